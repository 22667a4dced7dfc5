"""Lesson 6's exercises: a hint of its own for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


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
    assert hint in printed(capsys, "6.1", letters)


def test_galleries_may_be_in_small_letters(capsys):
    assert printed(capsys, "6.1", "adbc") == "6.1: right\n"


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
        (lambda values, keep: values, "for each value after the first"),
    ],
)
def test_moving_average(capsys, moving_average, hint):
    out = printed(capsys, "6.2", moving_average)
    assert "not yet" in out and hint in out


def distances(faces, photos, mirrored=True, axis=2, power=0.5, mean=True):
    """The solution of 6.3, with an argument for each mistake."""
    candidates = [photos, np.flip(photos, axis)] if mirrored else [photos]
    differences = faces.astype(float)[:, None] - np.concatenate(candidates)
    total = np.mean if mean else np.sum
    return total(differences**2, axis=(2, 3, 4)).min(axis=1) ** power


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
    assert hint in printed(
        capsys, "6.3", lambda faces, photos: distances(faces, photos, **mistake)
    )


def test_distance_to_photos_in_uint8(capsys):
    def root_mean(squares):
        return np.sqrt(squares.mean(axis=(2, 3, 4))).min(axis=1)

    def wrapped(faces, photos):
        candidates = np.concatenate([photos, photos[:, :, ::-1]])
        return root_mean((faces[:, None] - candidates) ** 2)

    def wrapped_then_float(faces, photos):
        candidates = np.concatenate([photos, photos[:, :, ::-1]])
        return root_mean((faces[:, None] - candidates).astype(float) ** 2)

    def wrapped_and_not_mirrored(faces, photos):
        return root_mean((faces[:, None] - photos) ** 2)

    for answer in (wrapped, wrapped_then_float, wrapped_and_not_mirrored):
        assert "wraps round" in printed(capsys, "6.3", answer)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda faces, photos: distances(faces, photos)[0], "one distance per face"),
        (lambda faces, photos: distances(faces, photos) + 1, "the smallest"),
    ],
)
def test_distance_to_photos_otherwise_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "6.3", answer)


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
    """The solution of 6.4, with an argument for each mistake."""
    n, size = images.shape[0], images.shape[1]
    width = size // share
    last = size - width if inside else size - 1
    starts = keras.random.randint((places or n, 2), 0, last + 1, seed=seed)
    starts = tf.broadcast_to(starts[:, :1] if diagonal else starts, (n, 2))
    offsets = tf.range(size) - starts[:, :, None]
    in_range = (offsets >= 0) & (offsets < width)
    rows, columns = in_range[:, 0, :, None], in_range[:, 1, None]
    square = rows | columns if either else rows & columns
    return tf.where(square[..., None], grey, images)


@pytest.mark.parametrize(
    ("cutout", "hint"),
    [
        (lambda images, seed: images + 0, "nothing was changed"),
        (lambda images, seed: cut(images, seed)[:, 1:], "returned the shape"),
        (lambda images, seed: cut(images, seed, grey=-1.0), "grey is 0 here"),
        (lambda images, seed: cut(images, seed, either=True), "are no square"),
        (lambda images, seed: cut(images, seed, share=4), "expected squares of"),
        (lambda images, seed: cut(images, seed, inside=False), "run over the edge"),
        (lambda images, seed: cut(images, seed, places=1), "at the same place"),
        (lambda images, seed: cut(images, seed, diagonal=True), "on the diagonal"),
        (lambda images, seed: cut(images, seed).numpy(), "no gradient comes back"),
    ],
)
def test_cutout(capsys, cutout, hint):
    assert hint in printed(capsys, "6.4", cutout)


def test_cutout_is_right_every_time(capsys):
    for _ in range(10):
        assert printed(capsys, "6.4", cut) == "6.4: right\n"
