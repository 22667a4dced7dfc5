"""What a notebook gets when it runs: alternative texts, small files, its costs."""

import base64
import importlib.util
import io
import pathlib
import re

import nbformat
import numpy as np
import pytest
from PIL import Image

from gan_lessons.classroom.plots.style import RED, description

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Loads the style alone: the kernel starts in a moment, without TensorFlow.
CELL = f"""
import runpy
style = runpy.run_path({str(ROOT / "gan_lessons/classroom/plots/style.py")!r})
style["set_style"]()
import matplotlib.pyplot as plt
figure, (left, right) = plt.subplots(1, 2)
left.plot([1, 2], label="photos < noise")
left.set(title="left", xlabel="epoch")
left.legend()
figure.suptitle('Loss "before" & after')
plt.show()
"""


@pytest.fixture(scope="module")
def build():
    path = ROOT / "notebooks/build.py"
    spec = importlib.util.spec_from_file_location("build", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tiny_notebook(code, outputs=()):
    heading = nbformat.v4.new_markdown_cell("# Tiny")
    cell = nbformat.v4.new_code_cell(code, outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[heading, cell])


def smaller(build, pixels):
    """The size as PNG, and what `smaller` makes of it: kind, bytes and picture."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    kind, data = build.smaller(base64.b64encode(file.getvalue()).decode())
    data = base64.b64decode(data)
    return len(file.getvalue()), kind, data, Image.open(io.BytesIO(data))


def test_a_figures_words_are_its_alternative_text(build, tmp_path):
    path = tmp_path / "0_tiny.ipynb"
    nbformat.write(tiny_notebook(CELL), path)
    notebook, memory = build.run(path)
    assert 0 < memory < 64 and len(notebook.cells) == 2
    outputs = notebook.cells[1].outputs
    picture = next(each for each in outputs if "image/png" in each.get("data", {}))
    alternative = picture.metadata["image/png"]["alt"]
    assert alternative == 'Loss "before" & after: left, epoch, photos < noise'


def test_a_description_is_one_short_line_and_empty_without_words():
    from matplotlib.figure import Figure

    figure = Figure()
    assert description(figure) == ""
    for title in ("two\nlines", "two\nlines", "many words " * 40):
        figure.add_axes((0, 0, 1, 1)).set_title(title)
    assert description(figure).startswith("two lines: two lines, many words many")
    assert 280 < len(description(figure)) <= 300


def test_a_rare_colour_survives_the_palette(build):
    grey = np.random.default_rng(0).integers(0, 256, (200, 200, 1), "uint8")
    drawing = grey.repeat(3, axis=2)
    red = np.array([*bytes.fromhex(RED[1:])])
    drawing[:2, :2] = red
    before, kind, data, picture = smaller(build, drawing)
    assert kind == "image/png" and len(data) < before
    corner = np.asarray(picture.convert("RGB"), int)[0, 0]
    assert np.abs(corner - red).max() < 8


def test_colour_photos_become_a_jpeg_that_looks_the_same(build):
    across, down = np.mgrid[:200, :200]
    channels = [across + 20, down + 30, (across + down) // 2]
    photo = np.stack(channels, axis=2).astype("uint8")
    _, kind, _, picture = smaller(build, photo)
    assert kind == "image/jpeg" and picture.format == "JPEG"
    assert np.abs(np.asarray(picture, int) - photo).mean() < 2


def test_the_time_of_a_lesson_goes_into_its_opening(build):
    notebook = tiny_notebook("1")
    opening = "**Question:** how?\n\n**Time:** {}\n\n**You need:** nothing."
    tasks = "**1.1 Predict** (3 minutes). Why?\n\n## Quiz\n\nOne question (1 minute)."
    for text in (opening.format("an hour"), tasks, "word " * 1200):
        notebook.cells.append(nbformat.v4.new_markdown_cell(text))
    build.write_time(notebook, seconds=130.0)
    assert notebook.cells[2].source == opening.format(
        "about 10 minutes: 6 to read text and code, 2 while the cells run on two CPU "
        "cores, 4 for the exercises, the quiz and the questions."
    )


def test_the_costs_of_a_run_go_into_the_readme(build, tmp_path):
    page = (
        "| | question |\n"
        "| [1](notebooks/01_black_box.ipynb) | How? | a box | {} |\n"
        "| [2](notebooks/02_other.ipynb) | How? | a box | 70 | 3 | 0.8 |\n\n"
        "from one run, {} minutes in all.\n"
    )
    readme = tmp_path / "README.md"
    readme.write_text(page.format("60 | 7 | 0.5", 23))
    notebook = tiny_notebook("1")
    tasks = nbformat.v4.new_markdown_cell("(20 minutes) (11 minutes)")
    notebook.cells.append(tasks)
    build.write_costs("01_black_box", notebook, 125.0, 0.94, readme)
    assert readme.read_text() == page.format("35 | 2 | 0.9", 5)


def test_the_readme_has_a_row_for_the_costs_of_every_lesson():
    readme = (ROOT / "README.md").read_text()
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        costs = r"\| \d+ \| \d+ \| \d\.\d \|"
        row = rf"(?m)^\| \[\d+\]\(notebooks/{path.name}\) .*{costs}$"
        assert re.search(row, readme), path.name
    assert "minutes in all" in readme
