"""What a notebook gets on its way into the course: each picture's alternative text, and every colour that means something."""

import base64
import io
import pathlib
import re
import sys

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
    pytest.importorskip(
        "jupyter_server_mathjax", reason="the course is built with the extra `lab`"
    )
    sys.path.insert(0, str(ROOT / "notebooks"))
    import build

    sys.path.remove(str(ROOT / "notebooks"))
    return build


def test_a_figures_words_are_its_alternative_text(build, tmp_path):
    path = tmp_path / "0_tiny.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell("# Tiny"),
                nbformat.v4.new_code_cell(CELL),
            ]
        ),
        path,
    )
    notebook, memory = build.run(path)
    assert 0 < memory < 4 and len(notebook.cells) == 2
    picture = next(
        output
        for output in notebook.cells[1].outputs
        if "image/png" in output.get("data", {})
    )
    assert (
        picture.metadata["image/png"]["alt"]
        == 'Loss "before" & after: left, epoch, photos < noise'
    )
    build.write_html(notebook, tmp_path / "tiny.html")
    page = (tmp_path / "tiny.html").read_text()
    assert page.count("<img") == 1
    assert """alt='Loss "before" &amp; after: left, epoch, photos &lt; noise'""" in page
    assert "data:image/png;base64," + picture.data["image/png"].strip()[:60] in page


def test_a_description_is_one_short_line_and_empty_without_words():
    from matplotlib.figure import Figure

    figure = Figure()
    assert description(figure) == ""
    for axis in figure.subplots(1, 40, squeeze=False)[0]:
        axis.set_title("two\nlines")
    assert description(figure).startswith("two lines: two lines, two lines")
    assert len(description(figure)) <= 300


def test_a_rare_colour_survives_the_palette(build):
    photo = (
        np.random.default_rng(0)
        .integers(0, 256, (200, 200, 1))
        .repeat(3, axis=2)
        .astype("uint8")
    )
    red = tuple(bytes.fromhex(RED[1:]))
    photo[:2, :2] = red
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    kind, small = build.smaller(base64.b64encode(file.getvalue()).decode())
    small = base64.b64decode(small)
    assert kind == "image/png" and len(small) < len(file.getvalue())
    assert (
        np.abs(
            np.asarray(Image.open(io.BytesIO(small)).convert("RGB"), int)[0, 0] - red
        ).max()
        < 8
    )


def test_colour_photos_become_a_jpeg_that_looks_the_same(build):
    across, down = np.mgrid[:200, :200]
    photo = np.stack([across + 20, down + 30, (across + down) // 2], axis=2).astype(
        "uint8"
    )
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    kind, small = build.smaller(base64.b64encode(file.getvalue()).decode())
    picture = Image.open(io.BytesIO(base64.b64decode(small)))
    assert kind == "image/jpeg" and picture.format == "JPEG"
    assert np.abs(np.asarray(picture, int) - photo).mean() < 2


def test_a_picture_of_either_kind_keeps_its_alternative_text(build, tmp_path):
    output = nbformat.v4.new_output(
        "display_data",
        {"image/jpeg": base64.b64encode(b"x").decode()},
        metadata={"image/jpeg": {"alt": 'many "faces"'}},
    )
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Tiny"),
            nbformat.v4.new_code_cell("1", outputs=[output]),
        ]
    )
    build.write_html(notebook, tmp_path / "tiny.html")
    assert """alt='many "faces"'""" in (tmp_path / "tiny.html").read_text().replace(
        "&#34;", '"'
    ).replace("&quot;", '"')


def test_the_costs_of_a_run_go_into_the_readme(build, tmp_path):
    row = "| [1](notebooks/01_black_box.ipynb) | How? | a box | 7 | 0.5 |"
    (tmp_path / "README.md").write_text(
        f"| | question |\n{row}\n\nfrom one run, 23 minutes in all.\n"
    )
    build.write_costs([("01_black_box", "", "", 125.0, 0.94)], tmp_path / "README.md")
    assert (
        (tmp_path / "README.md").read_text()
        == f"| | question |\n{row.replace('| 7 | 0.5 |', '| 2 | 0.9 |')}\n\nfrom one run, 2 minutes in all.\n"
    )


def test_the_readme_has_a_row_for_the_costs_of_every_lesson(build):
    readme = (ROOT / "README.md").read_text()
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        assert re.search(
            rf"(?m)^\| \[\d\]\(notebooks/{path.name}\) .*\| \d+ \| \d\.\d \|$", readme
        ), path.name
    assert "minutes in all" in readme
