"""Lesson 5's exercises: solutions are right, stubs are not tried yet, and each foreseen mistake gets a hint of its own."""

import pathlib

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
EXERCISES = ("5.1", "5.2", "5.3", "5.4")
IMPORTS = "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom gan_lessons.classroom.checks import check\n"


def said(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


def test_every_solution_is_right_and_every_stub_is_not_tried_yet(capsys):
    for notebook, verdict in (
        ("solutions/05_arms_race.ipynb", "right"),
        ("05_arms_race.ipynb", "not tried yet"),
    ):
        exercises = [
            cell.source
            for cell in nbformat.read(NOTEBOOKS / notebook, 4).cells
            if cell.cell_type == "code" and 'check("5.' in cell.source
        ]
        assert len(exercises) == len(EXERCISES)
        for name, source in zip(EXERCISES, exercises):
            exec(IMPORTS + source, {})
            assert capsys.readouterr().out == f"{name}: {verdict}\n"


@pytest.mark.parametrize(
    ("letters", "hint"),
    [
        ("BDAC", "the wrong way round"),
        ("CDBA", "both numbers must be high"),
        ("ABDC", "in no photo's circle"),
        ("DABC", "forty copies have circles"),
        ("AABC", "each once"),
        (["A", "D", "B", "C"], "one string"),
    ],
)
def test_galleries(capsys, letters, hint):
    assert hint in said(capsys, "5.1", letters)


def test_galleries_may_be_in_small_letters(capsys):
    assert said(capsys, "5.1", "adbc") == "5.1: right\n"


def averages(values, keep, start=None):
    result = [values[0] if start is None else start]
    for value in values[1:] if start is None else values:
        result.append(keep * result[-1] + (1 - keep) * value)
    return result if start is None else result[1:]


@pytest.mark.parametrize(
    ("moving_average", "hint"),
    [
        (lambda values, keep: averages(values, 1 - keep), "belongs to the past"),
        (
            lambda values, keep: averages(values, keep, start=0.0),
            "start with the first value",
        ),
        (
            lambda values, keep: np.cumsum(values) / np.arange(1, len(values) + 1),
            "the plain mean so far",
        ),
        (
            lambda values, keep: (
                [values[0]]
                + [keep * a + (1 - keep) * b for a, b in zip(values, values[1:])]
            ),
            "with the *average* before it",
        ),
        (lambda values, keep: averages(values, keep)[-1], "one per value"),
        (lambda values, keep: None, "one per value"),
        (lambda values, keep: values, "for each value after the first"),
    ],
)
def test_moving_average(capsys, moving_average, hint):
    out = said(capsys, "5.2", moving_average)
    assert "not yet" in out and hint in out


def distances(
    faces, photos, mirrored=True, axis=2, kind="float64", power=0.5, mean=True
):
    everything = np.concatenate(
        [photos, np.flip(photos, axis)] if mirrored else [photos]
    ).astype(kind)
    squares = (faces.astype(kind)[:, None] - everything[None]) ** 2
    return (squares.mean(axis=(2, 3, 4)) if mean else squares.sum(axis=(2, 3, 4))).min(
        axis=1
    ) ** power


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"mirrored": False}, "mirrored copy was not found"),
        ({"axis": 1}, "upside down"),
        ({"power": 1}, "take the root"),
        ({"mean": False}, "divide by the number of pixels"),
    ],
)
def test_distance_to_photos(capsys, mistake, hint):
    assert hint in said(
        capsys, "5.3", lambda faces, photos: distances(faces, photos, **mistake)
    )


def test_distance_to_photos_in_uint8(capsys):
    def wrapped(faces, photos):
        everything = np.concatenate([photos, photos[:, :, ::-1]])
        return np.sqrt(
            ((faces[:, None] - everything[None]) ** 2).mean(axis=(2, 3, 4))
        ).min(axis=1)

    def wrapped_then_float(faces, photos):
        everything = np.concatenate([photos, photos[:, :, ::-1]])
        return np.sqrt(
            ((faces[:, None] - everything[None]).astype(float) ** 2).mean(
                axis=(2, 3, 4)
            )
        ).min(axis=1)

    def wrapped_and_not_mirrored(faces, photos):
        return np.sqrt(((faces[:, None] - photos[None]) ** 2).mean(axis=(2, 3, 4))).min(
            axis=1
        )

    for answer in (wrapped, wrapped_then_float, wrapped_and_not_mirrored):
        assert "wraps round" in said(capsys, "5.3", answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda faces, photos: distances(faces, photos)[0], "one distance per face"),
        (lambda faces, photos: distances(faces, photos) + 1, "the smallest"),
    ],
)
def test_distance_to_photos_otherwise_wrong(capsys, answer, hint):
    assert hint in said(capsys, "5.3", answer)


def cut(
    images,
    seed,
    inside=True,
    share=2,
    places=None,
    grey=0.0,
    either=False,
    diagonal=False,
):
    """The solution of 5.4 with a dial for each mistake."""
    n, size = images.shape[0], images.shape[1]
    wide = size // share
    start = keras.random.randint(
        (places or n, 2), 0, size - wide + 1 if inside else size, seed=seed
    )
    start = (
        start[:, :1] * tf.ones((n, 2), "int32")
        if diagonal
        else start * tf.ones((n, 2), "int32")
    )
    place = tf.range(size)[None, None] - start[:, :, None]
    hit = (place >= 0) & (place < wide)
    square = (
        hit[:, 0, :, None] | hit[:, 1, None]
        if either
        else hit[:, 0, :, None] & hit[:, 1, None]
    )
    return tf.where(square[..., None], grey, images)


@pytest.mark.parametrize(
    ("cutout", "hint"),
    [
        (lambda images, seed: images + 0, "nothing was changed"),
        (lambda images, seed: cut(images, seed)[:, 1:], "came the shape"),
        (lambda images, seed: cut(images, seed, grey=-1.0), "grey is 0 here"),
        (lambda images, seed: cut(images, seed, either=True), "make no square"),
        (lambda images, seed: cut(images, seed, share=4), "expected squares of"),
        (lambda images, seed: cut(images, seed, inside=False), "run over the edge"),
        (lambda images, seed: cut(images, seed, places=1), "at the same place"),
        (lambda images, seed: cut(images, seed, diagonal=True), "on the diagonal"),
        (lambda images, seed: cut(images, seed).numpy(), "no gradient comes back"),
    ],
)
def test_cutout(capsys, cutout, hint):
    assert hint in said(capsys, "5.4", cutout)


def test_cutout_is_right_every_time(capsys):
    for _ in range(10):
        assert said(capsys, "5.4", cut) == "5.4: right\n"
