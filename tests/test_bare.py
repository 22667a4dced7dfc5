"""A lesson that lies alone, as in Colab: its first cell installs the course."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import venv

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ROOT / ".git").exists(), reason="no git repository to install from"
    ),
]

RUN = """
import nbclient, nbformat
notebook = nbformat.read("lesson.ipynb", 4)
nbclient.NotebookClient(notebook, timeout=600).execute()
nbformat.write(notebook, "lesson.ipynb")
"""
PIP = ["-m", "pip", "install", "--quiet"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A Python of its own with TensorFlow and what a notebook needs; no course."""
    folder = tmp_path_factory.mktemp("machine")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    packages = ["tensorflow==2.20.*", "ipykernel", "nbclient"]
    subprocess.run([python, *PIP, "--disable-pip-version-check", *packages], check=True)
    return python


def version(python, package):
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True
    ).stdout.strip()


def test_the_first_cell_brings_the_course_and_leaves_tensorflow(machine, tmp_path):
    lesson = tmp_path / "lesson.ipynb"
    shutil.copy(ROOT / "notebooks/07_latent_directions.ipynb", lesson)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "GAN_LESSONS"))
    }

    def run_lesson():
        return subprocess.run(
            [machine, "-c", RUN],
            cwd=tmp_path,
            env={**environment, "GAN_LESSONS_PACE": "test"},
            capture_output=True,
            text=True,
        )

    without_address = run_lesson()
    assert without_address.returncode == 1
    assert "fill in REPOSITORY above: the address" in without_address.stderr

    notebook = nbformat.read(lesson, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    address = f'REPOSITORY = "file://{ROOT}"'
    first.source = first.source.replace('REPOSITORY = ""', address)
    nbformat.write(notebook, lesson)
    before = version(machine, "tensorflow")
    done = run_lesson()
    assert done.returncode == 0, done.stderr[-2000:]
    assert version(machine, "gan-lessons")
    assert version(machine, "tensorflow") == before


@pytest.mark.parametrize(
    ("python", "tensorflow"),
    [("3.12", "2.19.*"), ("3.12", "2.21.*"), ("3.13", "2.20.*"), ("3.13", "2.21.*")],
)
def test_pip_finds_versions_that_go_together_for_colabs_pythons(
    python, tensorflow, tmp_path
):
    report = tmp_path / "report.json"
    options = [
        "--disable-pip-version-check",
        "--dry-run",
        "--ignore-installed",
        "--only-binary=:all:",
        f"--python-version={python}",
        f"--target={tmp_path}",
        f"--report={report}",
    ]
    command = [sys.executable, *PIP, *options, f"tensorflow=={tensorflow}", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    installed = json.loads(report.read_text())["install"]
    versions = {
        package["metadata"]["name"]: package["metadata"]["version"]
        for package in installed
    }
    assert versions["tensorflow"].startswith(tensorflow[:4])
    assert "gan-lessons" in versions
