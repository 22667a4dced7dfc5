"""The ways to the lessons: copied by `gan-lessons lessons`, or opened in Colab."""

import importlib.util
import json
import pathlib
import re
import urllib.parse

import pytest

from gan_lessons import lessons
from gan_lessons.cli import main

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson and its words, which a test may change."""
    root = tmp_path / "course"
    (root / "notebooks").mkdir(parents=True)
    (root / "notebooks/01_box.ipynb").write_text("lesson, first edition")
    (root / "notebooks/words.md").write_text("words, first edition")
    monkeypatch.setattr(lessons, "course_root", lambda: root)
    return root / "notebooks"


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "mine"


# Copying


def test_the_copy_has_everything_and_its_links_lead_somewhere(mine):
    written, kept = lessons.copy_lessons(mine)
    notebooks = [path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")]
    assert len(notebooks) == 10 and kept == []
    assert {*notebooks, *(f"solutions/{name}" for name in notebooks)} < {*written}
    assert "words.md" in written
    found = 0
    for path in [*mine.rglob("*.ipynb"), *mine.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)\s#]+)", prose(path)):
            if not urllib.parse.urlsplit(target).scheme:
                found += 1
                place = (path.parent / target).resolve()
                assert place.exists(), f"{path.relative_to(mine)}: {target}"
                assert mine in place.parents, f"{target} leads out of the folder"
    assert found > 50


def prose(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
        )
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def test_a_lesson_is_copied_as_it_is(mine):
    lessons.copy_lessons(mine)
    for name in ("01_black_box.ipynb", "solutions/05_arms_race.ipynb"):
        assert (mine / name).read_bytes() == (ROOT / "notebooks" / name).read_bytes()


def test_called_again_nothing_is_written(course, mine):
    assert lessons.copy_lessons(mine) == (["01_box.ipynb", "words.md"], [])
    assert lessons.copy_lessons(mine) == ([], [])


def test_an_upgrade_updates_what_was_not_changed_and_keeps_what_was(course, mine):
    lessons.copy_lessons(mine)
    (mine / "01_box.ipynb").write_text("lesson, and my answers")
    (course / "01_box.ipynb").write_text("lesson, second edition")
    (course / "words.md").write_text("words, second edition")
    (course / "02_new.ipynb").write_text("a new lesson")
    for written in (["02_new.ipynb", "words.md"], []):
        assert lessons.copy_lessons(mine) == (written, ["01_box.ipynb"])
    assert (mine / "01_box.ipynb").read_text() == "lesson, and my answers"
    assert (mine / "words.md").read_text() == "words, second edition"


def test_changes_that_were_taken_back_do_not_stop_an_update(course, mine):
    lessons.copy_lessons(mine)
    (mine / "01_box.ipynb").write_text("lesson, and my answers")
    (course / "01_box.ipynb").write_text("lesson, second edition")
    assert lessons.copy_lessons(mine) == ([], ["01_box.ipynb"])
    (mine / "01_box.ipynb").write_text("lesson, first edition")
    assert lessons.copy_lessons(mine) == (["01_box.ipynb"], [])


def test_a_lesson_that_was_deleted_or_renamed_comes_back(course, mine):
    lessons.copy_lessons(mine)
    (mine / "01_box.ipynb").rename(mine / "my answers.ipynb")
    assert lessons.copy_lessons(mine) == (["01_box.ipynb"], [])
    assert (mine / "my answers.ipynb").exists()


def test_a_file_of_that_name_that_was_there_before_is_kept(course, mine):
    mine.mkdir()
    (mine / "words.md").write_text("a poem")
    for _ in range(2):
        assert lessons.copy_lessons(mine)[1] == ["words.md"]
    assert (mine / "words.md").read_text() == "a poem"


def test_a_copy_without_its_record_is_taken_up_again(course, mine):
    lessons.copy_lessons(mine)
    record = (mine / lessons.RECORD).read_text()
    (mine / lessons.RECORD).unlink()  # as if killed before it was written
    assert lessons.copy_lessons(mine) == ([], [])
    assert (mine / lessons.RECORD).read_text() == record


def test_the_command_says_what_it_kept(course, mine, capsys):
    assert main(["lessons", str(mine)]) == 0
    assert capsys.readouterr().out == f"{mine}: 2 files written, 0 kept\n"
    (mine / "words.md").write_text("words, and mine")
    assert main(["lessons", str(mine)]) == 0
    assert capsys.readouterr().out == (
        f"{mine}: 0 files written, 1 kept\n"
        "kept words.md: you have changed it; for the course's, rename yours first\n"
    )


@pytest.mark.parametrize("damaged", ["{", "[1, 2]", "\x00"])
def test_a_damaged_record_is_one_line_and_nothing_is_written(
    damaged, course, mine, capsys
):
    lessons.copy_lessons(mine)
    (mine / lessons.RECORD).write_text(damaged)
    (course / "words.md").write_text("words, second edition")
    assert main(["lessons", str(mine)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and ".gan-lessons.json is damaged: delete" in error
    assert (mine / "words.md").read_text() == "words, first edition"


def test_a_file_in_place_of_the_folder_is_one_line(course, mine, capsys):
    mine.write_text("")
    assert main(["lessons", str(mine)]) == 2
    assert capsys.readouterr().err == (
        f"gan-lessons: {mine} is a file: give a folder\n"
    )


# Colab


@pytest.fixture(scope="module")
def address():
    path = ROOT / "notebooks/address.py"
    spec = importlib.util.spec_from_file_location("address", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = "# 1 · Title\n\nThe first paragraph.\n\nThe second."


def test_a_badge_stands_below_the_heading_and_opens_the_lesson(address):
    lesson = address.LESSONS[6]
    for owner in ("someone/a-course", "other/b"):
        page = address.with_badge(PAGE, f"https://github.com/{owner}", lesson)
        heading, _, badge, _, rest = page.split("\n", 4)
        assert heading == "# 1 · Title" and rest.startswith("The first paragraph.")
        assert badge.startswith("[![Open in Colab](https://") and badge.endswith(
            f"/github/{owner}/blob/main/notebooks/07_latent_directions.ipynb)"
        )
        again = address.with_badge(page, f"https://github.com/{owner}.git", lesson)
        assert again == page
        assert address.with_badge(page, "", lesson) == PAGE


def test_without_an_address_on_github_there_is_no_badge(address):
    for elsewhere in ("", "https://gitlab.com/a/b", "file:///course"):
        assert address.with_badge(PAGE, elsewhere, address.LESSONS[0]) == PAGE


class Notebook:
    """What IPython is to the first cell: it keeps what pip was told."""

    def __init__(self):
        self.pip = []

    def run_line_magic(self, name, line):
        self.pip.append((name, line))


def run_first_cell(address, where, monkeypatch):
    transformer = pytest.importorskip("IPython.core.inputtransformer2")
    source = address.FIRST_CELL.format(address=where)
    source = transformer.TransformerManager().transform_cell(source)
    notebook = Notebook()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("gan_lessons.classroom.pace.begin", lambda: None)
    exec(source, {"get_ipython": lambda: notebook})
    return notebook.pip


def test_the_first_cell_asks_for_the_address_in_one_line(address, monkeypatch):
    with pytest.raises(AssertionError) as refused:
        run_first_cell(address, "", monkeypatch)
    message = str(refused.value)
    assert "\n" not in message
    assert 'such as REPOSITORY = "https://github.com/' in message


def test_the_first_cell_installs_the_package_alone(address, monkeypatch):
    where = "https://github.com/someone/a-course"
    told = run_first_cell(address, where, monkeypatch)
    # No extras and no --upgrade: what Colab has installed stays as it is.
    assert told == [("pip", "install --quiet git+{REPOSITORY}")]
