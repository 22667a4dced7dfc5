"""Gather what the site is made of: copies with the repository's folders, so links hold.

Lessons, solutions, words and pages are read from where they lie. What is not written
anywhere is written here: the list of the lessons, what each needs and takes, and a page
for each module of the package.
"""

import ast
import hashlib
import json
import pathlib
import re
import shutil
import tomllib
from binascii import a2b_base64

import nbformat
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = "[0-9]*.ipynb"  # the lessons, in the order of their names
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "notebooks/words.md",
)
BADGE = re.compile(r"\[!\[Open in Colab\].*\n\n?")  # its picture is on another host
# The parts of a lesson's opening that say what it needs and takes.
PART = r"^\*\*{}\*\*:?\s*(.+)$"


def lessons(root=ROOT):
    """The paths of the lessons, in order."""
    return sorted((root / "notebooks").glob(NOTEBOOKS))


def title(notebook):
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def repository():
    """The repository's address, or "" as long as it has none."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    urls = tomllib.loads(text)["project"].get("urls", {})
    return urls.get("Repository", "").removesuffix(".git")


def gather(target, run=None):
    """Write everything that Sphinx reads into a folder, which is emptied before.

    Args:
        target: the folder.
        run: a folder with lessons as they have just run, which stand in for the stored
            ones of the same name.

    Returns:
        The notebooks of the lessons: {path in the repository: notebook}.
    """
    shutil.rmtree(target, ignore_errors=True)
    for name in ("notebooks/solutions", "docs", "api"):
        (target / name).mkdir(parents=True)
    found = {}
    for path in lessons():
        name = path.relative_to(ROOT)
        newest = pathlib.Path(run, path.name) if run else path
        found[name] = nbformat.read(newest if newest.exists() else path, as_version=4)
        write_notebook(found[name], target / name)
    write_solutions(target / "notebooks/solutions")
    for path in [*map(ROOT.joinpath, PAGES), *sorted((ROOT / "docs").glob("*.md"))]:
        name = path.relative_to(ROOT)
        text = BADGE.sub("", path.read_text(encoding="utf-8"), count=1)
        (target / name).write_text(fill(text, name, found), encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("*.png")):
        shutil.copy(path, target / "docs")
    write_first_page(target, found)
    write_api(target / "api")
    return found


def write_notebook(notebook, path):
    """A copy for the site: no badge, and at the end a link to the solutions."""
    notebook = nbformat.from_dict(notebook)
    opening = notebook.cells[0]
    opening.source = BADGE.sub("", opening.source, count=1)
    if (ROOT / "notebooks/solutions" / path.name).exists():
        link = f"[Solutions to the exercises](solutions/{path.name})"
        notebook.cells.append(nbformat.v4.new_markdown_cell(link, id="solutions"))
    # So that a line such as %pip is highlighted, too.
    notebook.metadata["language_info"] = {
        "name": "python",
        "pygments_lexer": "ipython3",
    }
    nbformat.write(notebook, path)


def write_solutions(folder):
    """The solutions, each on a page of its own, and a page that lists them."""
    for path in sorted((ROOT / "notebooks/solutions").glob(NOTEBOOKS)):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["language_info"] = {
            "name": "python",
            "pygments_lexer": "ipython3",
        }
        nbformat.write(notebook, folder / path.name)
    page = "# Solutions\n\nTry first: every exercise checks itself.\n\n"
    page += toctree("[0-9]*")
    (folder / "index.md").write_text(page, encoding="utf-8")


def toctree(*entries):
    return "\n".join(["```{toctree}", ":maxdepth: 1", ":glob:", "", *entries, "```\n"])


def write_first_page(target, found):
    """From the folder `site` to the top, with a picture of a fifth of the bytes."""
    text = (ROOT / "site/index.md").read_text(encoding="utf-8")
    text = text.replace("](../docs/faces64.png)", "](faces.jpg)").replace("](../", "](")
    text = fill(text, pathlib.PurePath("index.md"), found)
    (target / "index.md").write_text(text, encoding="utf-8")
    faces = Image.open(ROOT / "docs/faces64.png").convert("RGB")
    faces.save(target / "faces.jpg", quality=85, optimize=True)


# What takes the place of a mark such as <!-- lessons -->


def fill(text, name, found):
    """Write what a page asks for in place of its marks.

    Args:
        text: the page; a mark is a comment on a line of its own, which GitHub hides.
        name: the page's path in the repository.
        found: the notebooks of the lessons by theirs.
    """
    text = text.replace("](notebooks/solutions)", "](notebooks/solutions/index.md)")
    up = "../" * (len(name.parts) - 1)
    marks = {
        "lessons": list_of_lessons,
        "needs": table_of_needs,
        "slides": list_of_slides,
        "studio": link_to_the_studio,
    }
    for mark, write in marks.items():
        line = f"<!-- {mark} -->\n"
        if line in text:
            text = text.replace(line, write(up, found))
    return text


def list_of_lessons(up, found):
    lines = [
        f"- [{title(notebook)}]({up}{path.as_posix()})<br>{question(notebook)}\n"
        for path, notebook in found.items()
    ]
    return "".join(lines)


def question(notebook):
    return notebook.metadata.get("gan_lessons", {}).get("question", "")


def table_of_needs(up, found):
    """What each lesson needs from before and takes, as its opening says."""
    lines = ["| lesson | needs | time |\n|---|---|---|\n"]
    for path, notebook in found.items():
        link = f"[{title(notebook)}]({up}{path.as_posix()})"
        needs, time = said(notebook, "You need"), said(notebook, "Time:")
        lines.append(f"| {link} | {needs} | {time} |\n")
    return "".join(lines)


def said(notebook, part):
    """The rest of the paragraph that begins with a bold part, such as "You need"."""
    match = re.search(PART.format(part), notebook.cells[0].source, re.MULTILINE)
    return match[1].strip().replace("|", r"\|") if match else ""


def list_of_slides(up, found):
    """Links to pages that Sphinx does not know: build.py writes them."""
    return "".join(
        f'- <a href="{up}slides/{path.stem}.html">{title(notebook)}</a>\n'
        for path, notebook in found.items()
    )


# Sphinx does not know the studio's page: build.py copies it.
STUDIO = """\
## The studio

<a href="{up}studio/index.html">Open the studio</a>: paint faces, walk between them,
edit them, and ask the discriminator what it thinks. There is nothing to install, and
nothing leaves your browser. (It needs a web server, such as `make site-serve`.)

![The studio: a face, and the same face moved along a direction]({up}docs/studio.png)
"""


def link_to_the_studio(up, found):
    if not (ROOT / "site/studio/dist/index.html").exists():
        return ""
    return STUDIO.format(up=up)


# The pages of the package


def write_api(folder):
    """A page for each public module, in the order in which the package lists them."""
    package = ROOT / "gan_lessons"
    listed = {
        "The system": [f"gan_lessons.{name}" for name in modules(package)],
        "The classroom": [
            f"gan_lessons.classroom.{name}" for name in modules(package / "classroom")
        ],
    }
    parts = ["# API reference\n"]
    for heading, names in listed.items():
        parts.append(f"## {heading}\n\n{toctree(*names)}")
        for name in names:
            text = f"{name}\n{'=' * len(name)}\n\n.. automodule:: {name}\n"
            (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    (folder / "index.md").write_text("\n".join(parts), encoding="utf-8")


def modules(package):
    """The public modules of a package, first those that its docstring lists, in order.

    A line of the list has one or more names, then two spaces and what they are for,
    which may name others `so`. The package's own packages follow if they are not
    listed, but for the classroom, which has a part of its own.
    """
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text()))
    there = {
        path.stem
        for path in package.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
        and not path.name.startswith("_")
    } - {"classroom"}
    named = []
    for line in re.findall(r"^    (\S.*)", docstring, re.MULTILINE):
        names, _, rest = line.partition("  ")
        named += names.split(", ") + re.findall(r"`(\w+)`", rest)
    listed = [name for name in dict.fromkeys(named) if name in there]
    return listed + sorted(there - set(listed))


# The words in the figures


def alternatives(folder):
    """The alternative text of every figure below a folder, by the file's checksum.

    Sphinx names the files of figures by their SHA-256, and takes the texts that our
    plots have stored with them from here.
    """
    found = {}
    for path in folder.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for output in (each for cell in cells for each in cell.get("outputs", [])):
            for kind, data in output.get("data", {}).items():
                if kind in ("image/png", "image/jpeg"):
                    picture = a2b_base64("".join(data))
                    about = output.get("metadata", {}).get(kind, {})
                    found[hashlib.sha256(picture).hexdigest()] = about.get("alt", "")
    return found
