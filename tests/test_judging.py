"""What lesson 6 reads besides photos: stored figures, and generators that cheat."""

import numpy as np
import pytest

from gan_lessons import lessons
from gan_lessons.classroom.rivals import rival_faces
from gan_lessons.classroom.stored import labelled_groups, stored_table
from gan_lessons.models import build_generator

PAGE = """
| trial | other |
|---|---|
| not this one | 1 |

Text.

| name | `FD` |
|---|---|
| first | `a b` |
| second | 2.5 |
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(lessons, "course_root", lambda: tmp_path)


def test_a_table_is_found_by_a_column(page):
    assert stored_table("page.md", "FD") == [
        {"name": "first", "FD": "a b"},
        {"name": "second", "FD": "2.5"},
    ]
    assert stored_table("page.md", "trial") == [{"trial": "not this one", "other": "1"}]
    with pytest.raises(ValueError, match="no table with a column 'KID'"):
        stored_table("page.md", "KID")


def test_the_tables_that_lesson_6_prints_are_there():
    trials = stored_table("recipe.md", "trial")
    compared = [row for row in trials if row["images seen"] == "50,000"]
    assert len(compared) >= 4
    assert all(float(row["FD"]) > 0 and row["options"] for row in compared)
    groups = labelled_groups()
    for group in ("all", "female", "White", "other", "60 and more"):
        assert int(groups[group]["photos"]) > 50
        assert groups[group]["race right"].endswith("%")
    assert set(labelled_groups("scorer")) == set(groups)


def test_a_rival_paints_few_people_again_and_again():
    generator = build_generator(16, 3, width=4, latent_dim=8)
    faces = rival_faces(generator, 12, people=4)
    assert faces.shape == (12, 16, 16, 3) and faces.dtype == np.uint8
    assert len(np.unique(faces, axis=0)) == 12
    rows = faces.reshape(12, -1).astype(float)
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    same = np.arange(12)[:, None] % 4 == np.arange(12) % 4
    assert apart[same & (apart > 0)].mean() < apart[~same].mean() / 1.5
