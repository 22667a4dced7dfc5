"""The repository's address stands in one place for the reader, and in every place that needs it."""

import pathlib
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def addresses(root):
    """Every address that is written somewhere, by place; "" where there is none."""
    found = {}
    for path in sorted((root / "notebooks").glob("**/*.ipynb")):
        source = next(
            cell.source
            for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "code"
        )
        found[path.name, path.parent.name] = re.search(
            r'^REPOSITORY = "(.*)"', source, re.M
        )[1]
    for name, pattern in (
        ("pyproject.toml", r'^Repository = "(.*)"'),
        ("CITATION.cff", r'^repository-code: "(.*)"'),
    ):
        line = re.search(pattern, (root / name).read_text(), re.M)
        found[name] = line[1] if line else ""
    return found


@pytest.fixture
def copy(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(
        ROOT / "notebooks",
        tmp_path / "notebooks",
        ignore=shutil.ignore_patterns("runs", ".ipynb_checkpoints"),
    )
    return tmp_path


def write(copy, *arguments):
    return subprocess.run(
        [sys.executable, "notebooks/address.py", *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
    )


def test_all_places_agree():
    found = addresses(ROOT)
    assert len(found) == 16 and len(set(found.values())) == 1, found


def test_an_address_is_written_everywhere_and_taken_out_again(copy):
    write(copy, "")
    empty = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for address in (
        "https://github.com/someone/a-course",
        "https://github.com/other/gan-lessons",
    ):
        assert write(copy, address).returncode == 0
        assert set(addresses(copy).values()) == {address}
        readme = (copy / "README.md").read_text()
        assert (
            address.replace("github.com", "colab.research.google.com/github")
            + "/blob/main/notebooks/06_latent_space.ipynb"
            in readme
        )
    assert write(copy, "").returncode == 0
    assert {path: path.read_bytes() for path in empty} == empty


@pytest.mark.parametrize(
    "address",
    [
        "github.com/someone/a-course",
        "https://github.com/someone/a-course/",
        'https://x"; import os',
        "http://plain.example/x",
    ],
)
def test_what_is_no_address_is_one_line_and_nothing_is_written(copy, address):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    said = write(copy, address)
    assert (
        said.returncode == 1
        and said.stderr.count("\n") == 1
        and "give an address such as" in said.stderr
    )
    assert {path: path.read_bytes() for path in before} == before
