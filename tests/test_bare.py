"""A lesson that lies alone on a machine with TensorFlow and Jupyter, as in Colab: its first cell brings the course."""

import os
import pathlib
import shutil
import subprocess
import venv

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git repository to install from")]

RUN = "import nbformat, nbclient; notebook = nbformat.read('lesson.ipynb', 4); nbclient.NotebookClient(notebook, timeout=600).execute(); nbformat.write(notebook, 'lesson.ipynb')"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A Python of its own with TensorFlow as it comes, and what a notebook needs; no course."""
    folder = tmp_path_factory.mktemp("machine")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "tensorflow==2.20.*", "ipykernel", "nbclient"], check=True)
    return python


def version(python, package):
    return subprocess.run([python, "-c", f"import importlib.metadata; print(importlib.metadata.version({package!r}))"], capture_output=True, text=True).stdout


def test_the_first_cell_brings_the_course_and_leaves_tensorflow(machine, tmp_path):
    shutil.copy(ROOT / "notebooks/06_latent_space.ipynb", tmp_path / "lesson.ipynb")
    notebook = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    before = version(machine, "tensorflow")
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GAN_LESSONS"))}, "GAN_LESSONS_PACE": "test"}

    unset = subprocess.run([machine, "-c", RUN], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert unset.returncode == 1 and "fill in REPOSITORY above: the address" in unset.stderr

    first.source = first.source.replace('REPOSITORY = ""', f'REPOSITORY = "file://{ROOT}"')
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    done = subprocess.run([machine, "-c", RUN], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert version(machine, "gan-lessons") and version(machine, "tensorflow") == before.strip() + "\n"
