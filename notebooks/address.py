"""Write the repository's address where it is needed: `make address REPO=…`.

The places: the first cell of each notebook, which installs the course where the
notebook lies alone; the badge below each lesson's heading and the README's; the
README's ways in; pyproject.toml; CITATION.cff. An empty address takes it out again.
"""

import pathlib
import re
import sys

import nbformat

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXAMPLE = "https://github.com/OWNER/NAME"

FIRST_CELL = """import importlib.util

REPOSITORY = "{address}"
if importlib.util.find_spec("gan_lessons") is None:  # only where this lies alone
    assert REPOSITORY, (
        "fill in REPOSITORY above: the address of the course, "
        'such as REPOSITORY = "https://github.com/OWNER/NAME"'
    )
    %pip install --quiet git+{{REPOSITORY}}

from gan_lessons.classroom.pace import begin

begin()"""


def main(address):
    """Check the address, then write it everywhere."""
    if address and not re.fullmatch(r"(https|file)://[\w.~/-]+[\w~-]", address):
        sys.exit(
            f"REPO={address}: give an address such as {EXAMPLE}, without a slash at "
            "the end"
        )
    for path in [*LESSONS, *sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))]:
        notebook = nbformat.read(path, as_version=4)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source = FIRST_CELL.format(address=address)
        if path in LESSONS:
            opening = notebook.cells[0]
            opening.source = with_badge(opening.source, address, path)
        nbformat.write(notebook, path)
    write_readme(address)
    replace(
        "pyproject.toml",
        r"\n\[project\.urls\]\n(.+\n)+",
        project_urls(address) if address else "",
        before="\n[project.optional-dependencies]",
    )
    replace(
        "CITATION.cff",
        r"repository-code: .*\n",
        f'repository-code: "{address}"\n' if address else "",
        before="license:",
    )


def github_name(address):
    """OWNER/NAME, or None for an address that is not GitHub's."""
    place = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(\.git)?", address)
    return place and place[1]


def colab(address, path):
    """Where Colab opens a notebook that lies on GitHub."""
    name = path.relative_to(ROOT).as_posix()
    github = f"https://colab.research.google.com/github/{github_name(address)}"
    return f"{github}/blob/main/{name}"


def with_badge(text, address, path):
    """A page with the badge that opens a notebook in Colab, below its heading."""
    text = re.sub(r"\[!\[Open in Colab\].*\n\n", "", text, count=1)
    if not github_name(address):
        return text
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    heading, rest = text.split("\n", 1)
    return f"{heading}\n\n[![Open in Colab]({image})]({colab(address, path)})\n{rest}"


def write_readme(address):
    """The badge, and the lines on pip, Colab and Binder."""
    readme = ROOT / "README.md"
    text = with_badge(readme.read_text(encoding="utf-8"), address, LESSONS[0])
    readme.write_text(text, encoding="utf-8")
    on_colab = f"opens notebooks on GitHub; `make address REPO={EXAMPLE}` links them"
    on_binder = "opens repositories on GitHub: give `mybinder.org` this one's address"
    name = github_name(address)
    if name:
        links = [f"[{path.stem[1]}]({colab(address, path)})" for path in LESSONS]
        on_colab = f"open lesson {', '.join(links)}"
        lab = f"https://mybinder.org/v2/gh/{name}/main?labpath=notebooks"
        on_binder = f"[open the course]({lab})"
    replace("README.md", r'@ git\+[^"]*"', f'@ git+{address or EXAMPLE}"')
    replace("README.md", r"\*\*Colab:\*\* .*", f"**Colab:** {on_colab}")
    replace("README.md", r"\*\*Binder:\*\* .*", f"**Binder:** {on_binder}")


def project_urls(address):
    """What the course's page on PyPI links to."""
    urls = {"Repository": address}
    if github_name(address):
        github = f"https://github.com/{github_name(address)}"
        urls["Issues"] = f"{github}/issues"
        urls["Changelog"] = f"{github}/blob/main/CHANGELOG.md"
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    return f"\n[project.urls]\n{lines}"


def replace(name, pattern, text, before=None):
    """Replace the one match in a file; if there is none, insert before another text."""
    path = ROOT / name
    old = path.read_text(encoding="utf-8")
    new, found = re.subn(pattern, lambda _: text, old)
    if not found and text:
        new = old.replace(before, text + before, 1)
    path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
