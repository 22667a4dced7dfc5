"""The figures of each lesson as slides, a page for each lesson: `make slides`.

A page holds its figures and needs nothing else: it can be carried to a classroom on a
stick. Arrow keys, space and a swipe go from figure to figure; printing gives a page for
each.
"""

import argparse
import html
import pathlib
import re

import nbformat
import pages

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: slides</title>
<style>
html {{ scroll-snap-type: y mandatory; font: 1.5rem/1.4 sans-serif }}
body {{ margin: 0; color: #111; background: #fff }}
section {{
  box-sizing: border-box; height: 100vh; padding: 2vh 4vw; scroll-snap-align: start;
  display: flex; flex-direction: column; justify-content: center; align-items: center;
  break-after: page;
}}
h1, h2 {{ margin: 0 0 2vh; text-align: center }}
h2 {{ font-size: 1.2rem; font-weight: normal }}
img {{ min-height: 0; flex: 0 1 auto; max-width: 100%; object-fit: contain }}
img {{ width: 100%; height: 84vh }}
</style>
<main>
{slides}
</main>
<script>
document.addEventListener("keydown", event => {{
  const step = {{ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}}[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const slides = [...document.querySelectorAll("section")];
  const now = Math.round(scrollY / innerHeight);
  slides[Math.min(Math.max(now + step, 0), slides.length - 1)].scrollIntoView();
}});
</script>
"""
OPENING = "<section><h1>{}</h1><p>{}</p></section>"
SLIDE = '<section><h2>{}</h2><img alt="{}" src="data:{};base64,{}"></section>'


def figures(notebook):
    """Each figure of a notebook, below the heading that it stands under.

    Returns:
        A list of (heading, alternative text, MIME type, data in base64).
    """
    found, heading = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+ +(.+?) *$", cell.source, re.MULTILINE)
            heading = re.sub("[*`]", "", headings[-1]) if headings else heading
        for output in cell.get("outputs", []):
            for kind in {"image/png", "image/jpeg"} & set(output.get("data", {})):
                alt = output.metadata.get(kind, {}).get("alt", "")
                data = "".join(output.data[kind].split())
                found.append((heading, alt, kind, data))
    return found


def write_slides(notebook, path):
    """The page of one lesson: its question, then its figures."""
    opening = pages.title(notebook), pages.question(notebook)
    slides = [OPENING.format(*map(html.escape, opening))]
    slides += [SLIDE.format(*map(html.escape, each)) for each in figures(notebook)]
    title = html.escape(pages.title(notebook))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = PAGE.format(title=title, slides="\n".join(slides))
    path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    out = pages.ROOT / "build/slides"
    parser.add_argument("--out", type=pathlib.Path, default=out, help="the folder")
    options = parser.parse_args()
    for path in pages.lessons():
        notebook = nbformat.read(path, as_version=4)
        write_slides(notebook, options.out / f"{path.stem}.html")
        print(options.out / f"{path.stem}.html")


if __name__ == "__main__":
    main()
