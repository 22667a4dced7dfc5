"""The repository's address: one place to give it, and every place that needs it."""

import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def first_cells(root):
    """The first code cell of every notebook, by path."""
    found = {}
    for path in sorted((root / "notebooks").glob("**/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        first = next(cell for cell in cells if cell["cell_type"] == "code")
        found[str(path.relative_to(root))] = "".join(first["source"])
    return found


def addresses(root):
    """Every address that is written somewhere, by place; "" where there is none."""
    places = {
        "pyproject.toml": r'^Repository = "(.*)"',
        "CITATION.cff": r'^repository-code: "(.*)"',
    }
    texts = {name: (root / name).read_text(encoding="utf-8") for name in places}
    for name, source in first_cells(root).items():
        texts[name], places[name] = source, r'^REPOSITORY = "(.*)"'
    found = {name: re.search(places[name], texts[name], re.M) for name in places}
    return {name: match[1] if match else "" for name, match in found.items()}


def load(root):
    """The module `notebooks/address.py` of this copy of the course."""
    path = root / "notebooks/address.py"
    spec = importlib.util.spec_from_file_location("address", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contents(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The files with an address in them, and the notebooks without their outputs."""
    root = tmp_path_factory.mktemp("course")
    for name in ("pyproject.toml", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, root)
    (root / "notebooks/solutions").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks/address.py", root / "notebooks")
    for folder in ("notebooks", "notebooks/solutions"):
        for path in (ROOT / folder).glob("*.ipynb"):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"] = []
            (root / folder / path.name).write_text(json.dumps(notebook))
    return root


@pytest.fixture
def copy(course, tmp_path):
    return shutil.copytree(course, tmp_path / "copy")


def test_all_places_agree():
    found = addresses(ROOT)
    assert len(found) == 22 and len(set(found.values())) == 1, found


def test_the_first_cells_are_those_that_an_address_is_written_into():
    first_cell = load(ROOT).FIRST_CELL
    for name, source in first_cells(ROOT).items():
        address = re.search(r'^REPOSITORY = "(.*)"', source, re.M)[1]
        assert source == first_cell.format(address=address), name


def test_an_address_is_written_everywhere_and_taken_out_again(copy):
    write = load(copy).main
    write("")
    empty = contents(copy)
    for owner in ("someone/a-course", "other/gan-lessons"):
        write(f"https://github.com/{owner}")
        assert set(addresses(copy).values()) == {f"https://github.com/{owner}"}
        colab = f"https://colab.research.google.com/github/{owner}"
        readme = (copy / "README.md").read_text(encoding="utf-8")
        assert f"{colab}/blob/main/notebooks/07_latent_directions.ipynb" in readme
    write("")
    assert contents(copy) == empty


def test_what_is_no_address_is_refused_and_nothing_is_written(course):
    before = contents(course)
    for address in (
        "github.com/someone/a-course",
        "https://github.com/someone/a-course/",
        'https://x"; import os',
        "http://plain.example/x",
    ):
        with pytest.raises(SystemExit, match="give an address such as"):
            load(course).main(address)
    assert contents(course) == before


def test_a_refused_address_is_one_line(course):
    command = [sys.executable, "notebooks/address.py", "github.com/someone/a-course"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("REPO=github.com/someone/a-course: ")
    assert done.stderr.count("\n") == 1
