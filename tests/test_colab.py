"""The lessons on the versions that Colab has; `make test-colab` runs these."""

import pathlib
import re
import sys

import nbformat
import pytest

COLAB = pathlib.Path(sys.prefix)
ROOT = pathlib.Path(__file__).resolve().parent.parent
# The longest first, so that no core is idle at the end.
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"), reverse=True)
# What TensorFlow writes on stderr at whatever log level: when XLA first compiles, and
# when a processor meets numbers of 16 bits for which it has no instructions.
NEWS = re.compile(
    r"(WARNING: All log .* absl.*\s+)?"
    r".*(Compiled cluster using XLA!|oneDNN supports DT_BFLOAT16 only on ).*\s*"
)

pytestmark = [
    pytest.mark.skipif(COLAB.name != ".venv-colab", reason="make test-colab"),
    pytest.mark.filterwarnings("ignore"),  # of the old packages; the kernel has its own
]


def test_installing_the_course_changes_no_package_that_colab_has():
    before, after = (
        set((COLAB / name).read_text().splitlines())
        for name in ("before.txt", "after.txt")
    )
    pins = set((ROOT / "tests/colab.txt").read_text().splitlines())
    assert {pin for pin in pins if not pin.startswith("#")} <= before
    assert any(line.startswith("gan-lessons") for line in after)
    assert not before - after, "pip changed these"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs(path, tmp_path, monkeypatch):
    from nbclient import NotebookClient

    # Where ipykernel finds this, it leaves out what TensorFlow writes on stderr.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    notebook = nbformat.read(path, as_version=4)
    stored = {
        cell.id: printed(cell)
        for cell in notebook.cells
        if cell.source.startswith("# NBVAL_CHECK_OUTPUT")
    }
    place = {"metadata": {"path": str(tmp_path)}}  # as in Colab, the notebook is alone
    NotebookClient(notebook, timeout=120, resources=place).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        warnings = printed(cell, "stderr")
        if path.stem.startswith("09"):
            warnings = NEWS.sub("", warnings)
        assert not warnings.strip(), cell.source
        for output in cell.outputs:
            for kind in {"image/png", "image/jpeg"} & set(output.get("data", ())):
                assert output.metadata[kind]["alt"], cell.source
    assert {cell.id: printed(cell) for cell in cells if cell.id in stored} == stored


def printed(cell, stream="stdout"):
    outputs = cell.get("outputs", ())
    return "".join(output.text for output in outputs if output.get("name") == stream)
