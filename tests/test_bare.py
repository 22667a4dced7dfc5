"""A lesson that lies alone on a machine with TensorFlow and Jupyter, as in Colab: its first cell brings the course."""

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

RUN = "import nbformat, nbclient; notebook = nbformat.read('lesson.ipynb', 4); nbclient.NotebookClient(notebook, timeout=600).execute(); nbformat.write(notebook, 'lesson.ipynb')"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A Python of its own with TensorFlow as it comes, and what a notebook needs; no course."""
    folder = tmp_path_factory.mktemp("machine")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    subprocess.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "tensorflow==2.20.*",
            "ipykernel",
            "nbclient",
        ],
        check=True,
    )
    return python


def version(python, package):
    return subprocess.run(
        [
            python,
            "-c",
            f"import importlib.metadata; print(importlib.metadata.version({package!r}))",
        ],
        capture_output=True,
        text=True,
    ).stdout


def test_the_first_cell_brings_the_course_and_leaves_tensorflow(machine, tmp_path):
    shutil.copy(ROOT / "notebooks/06_latent_space.ipynb", tmp_path / "lesson.ipynb")
    notebook = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    before = version(machine, "tensorflow")
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "GAN_LESSONS"))
        },
        "GAN_LESSONS_PACE": "test",
    }

    unset = subprocess.run(
        [machine, "-c", RUN],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (
        unset.returncode == 1
        and "fill in REPOSITORY above: the address" in unset.stderr
    )

    first.source = first.source.replace(
        'REPOSITORY = ""', f'REPOSITORY = "file://{ROOT}"'
    )
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    done = subprocess.run(
        [machine, "-c", RUN],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (
        version(machine, "gan-lessons")
        and version(machine, "tensorflow") == before.strip() + "\n"
    )


@pytest.mark.parametrize(
    ("python", "tensorflow"),
    [("3.12", "2.19.*"), ("3.12", "2.21.*"), ("3.13", "2.20.*"), ("3.13", "2.21.*")],
)
def test_pip_finds_versions_that_go_together_for_colabs_pythons(
    python, tensorflow, tmp_path
):
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--dry-run",
        "--ignore-installed",
        "--only-binary=:all:",
        f"--python-version={python}",
        f"--target={tmp_path}",
        f"--report={tmp_path / 'report.json'}",
        f"tensorflow=={tensorflow}",
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {
        each["metadata"]["name"]: each["metadata"]["version"]
        for each in json.loads((tmp_path / "report.json").read_text())["install"]
    }
    assert found["tensorflow"].startswith(tensorflow[:4]) and "gan-lessons" in found
