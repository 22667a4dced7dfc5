"""Write the address of the repository into every place that has to know it: `make address REPO=https://github.com/OWNER/NAME`.

The places: the first cell of each notebook, which installs the course where the notebook lies alone; pyproject.toml;
CITATION.cff; and the README's links to Colab. An empty address takes it out again.
"""

import pathlib
import re
import sys

import nbformat

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))

FIRST_CELL = """import importlib.util

REPOSITORY = "{address}"  # asked for only where this notebook lies alone, as in Colab
if importlib.util.find_spec("gan_lessons") is None:
    assert REPOSITORY, "fill in REPOSITORY above: the address that git clones the course from"
    %pip install --quiet git+{{REPOSITORY}}

from gan_lessons.classroom.pace import begin

begin()"""


def main(address):
    """Check the address, then write it everywhere."""
    if address and not re.fullmatch(r"(https|file)://[\w.~/-]+[\w~-]", address):
        sys.exit(
            f"REPO={address}: give an address such as https://github.com/OWNER/NAME, without a slash at the end"
        )
    for path in [*LESSONS, *sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))]:
        notebook = nbformat.read(path, as_version=4)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source = FIRST_CELL.format(address=address)
        nbformat.write(notebook, path)
    replace(
        "pyproject.toml",
        r'\n\[project\.urls\]\nRepository = ".*"\n',
        f'\n[project.urls]\nRepository = "{address}"\n' if address else "",
        before="\n[project.optional-dependencies]",
    )
    replace(
        "CITATION.cff",
        r"repository-code: .*\n",
        f'repository-code: "{address}"\n' if address else "",
        before="license:",
    )
    replace("README.md", r"\*\*Colab:\*\*.*", f"**Colab:** {colab(address)}")


def colab(address):
    """What the README says of Colab."""
    place = re.fullmatch(r"https://github\.com/(.+)", address)
    if not place:
        return "opens notebooks that lie on GitHub; `make address REPO=https://github.com/OWNER/NAME` writes the links here"
    link = f"https://colab.research.google.com/github/{place[1]}/blob/main/notebooks"
    return "open lesson " + ", ".join(
        f"[{path.stem[1]}]({link}/{path.name})" for path in LESSONS
    )


def replace(name, pattern, text, before=None):
    """The one place in a file that matches now reads `text`; where there is none, it comes before another text."""
    path = ROOT / name
    old = path.read_text(encoding="utf-8")
    new, found = re.subn(pattern, lambda _: text, old)
    if not found and text:
        new = old.replace(before, text + before, 1)
    path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
