"""Write the course as a site into build/site: `make site`.

The site is static. It needs no network, and no server: it can be read from the disk.
"""

import argparse
import importlib.util
import pathlib
import shutil
import sys

import pages
import slides

SITE = pages.ROOT / "site"
NEEDED = ("sphinx", "myst_nb", "pydata_sphinx_theme", "jupyter_server_mathjax")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--lessons", type=pathlib.Path, help="a folder with lessons that have just run"
    )
    out = pages.ROOT / "build/site"
    parser.add_argument("--out", type=pathlib.Path, default=out, help="the folder")
    options = parser.parse_args()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"{missing[0]} is not there: pip install -e '.[site]', or make site")
    sys.exit(build(options.out.resolve(), options.lessons))


def build(out, run=None):
    """Gather the sources, let Sphinx make pages of them, and add what stands apart.

    Args:
        out: the folder of the site.
        run: a folder with lessons that stand in for the stored ones.

    Returns:
        0, or Sphinx's exit code if a link leads nowhere or anything else is wrong.
    """
    from sphinx.cmd.build import build_main

    source = out.with_name(f"{out.name}-source")
    found = pages.gather(source, run)
    shutil.rmtree(out, ignore_errors=True)
    strict = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    folders = ["--conf-dir", SITE, "--doctree-dir", source / ".doctrees", source, out]
    code = build_main([*strict, "--builder", "html", *map(str, folders)])
    if code:
        return code
    for path, notebook in found.items():
        slides.write_slides(notebook, out / "slides" / f"{path.stem}.html")
    spec = importlib.util.find_spec("jupyter_server_mathjax")
    mathjax = pathlib.Path(spec.origin).parent / "static"
    shutil.copytree(mathjax, out / "_static/mathjax")
    studio = SITE / "studio/dist"
    if (studio / "index.html").exists():
        shutil.copytree(studio, out / "studio")
        page = out / "studio/index.html"
        text = page.read_text(encoding="utf-8")
        link = '<a href="../index.html">The course</a>'
        page.write_text(text.replace("<!-- course -->", link), encoding="utf-8")
    print(f"open {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    main()
