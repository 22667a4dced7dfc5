"""Lesson 7's exercises: a hint of its own for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check
from gan_lessons.latent import lerp, slerp


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize("answer", [2.83, 128**0.5 / 4, np.float32(2.8284), 2.8])
def test_the_norm_of_the_mean(capsys, answer):
    assert printed(capsys, "7.1", answer) == "7.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (11.3, "cancel in part"),
        (0.707, "divided √128 by 16"),
        (45.25, "norm of the sum"),
        (181, "point in the same direction"),
        (0, "not entirely"),
        (8, "128 / 16"),
        (4, "is divided by"),
        (3, "squares of their norms add"),
        ([2], "give one number"),
        ("two", "give one number"),
    ],
)
def test_the_norm_of_the_mean_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "7.1", answer)


def difference(codes, labels):
    return codes[labels == 1].mean(axis=0) - codes[labels == 0].mean(axis=0)


def unit(vector):
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda codes, labels: unit(-difference(codes, labels)), "turn the sign round"),
        (
            lambda codes, labels: unit(
                codes[labels == 1].sum(axis=0) - codes[labels == 0].sum(axis=0)
            ),
            "you took sums",
        ),
        (lambda codes, labels: unit(codes[labels == 1].mean(axis=0)), "ones alone"),
        (lambda codes, labels: codes[labels == 1].mean(axis=0), "ones alone"),
        (difference, "instead of 1: divide by its norm"),
        (lambda codes, labels: codes.mean(axis=1), "axis=0"),
        (
            lambda codes, labels: codes[labels == 1].mean() - codes[labels == 0].mean(),
            "axis=0",
        ),
        (lambda codes, labels: unit(codes[0]), "cosine"),
        (lambda codes, labels: codes[labels == "woman"][0], "stopped with IndexError"),
    ],
)
def test_a_direction_of_means_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "7.2", answer)


def sheet(a, b, c, d, size, interpolate=slerp, stop=1.0):
    t = np.linspace(0, stop, size)
    left, right = interpolate(a, c, t), interpolate(b, d, t)
    return np.stack([interpolate(*pair, t) for pair in zip(left, right)])


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            lambda a, b, c, d, size: sheet(a, b, c, d, size, interpolate=lerp),
            "stays on the sphere",
        ),
        (lambda a, b, c, d, size: sheet(a, b, c, d, size).swapaxes(0, 1), "swapped"),
        (
            lambda a, b, c, d, size: sheet(a, c, b, d, size).swapaxes(0, 1),
            "across first and then down",
        ),
        (
            lambda a, b, c, d, size: sheet(a, b, c, d, size, stop=1 - 1 / size),
            "before the last corner",
        ),
        (
            lambda a, b, c, d, size: sheet(a, b, c, d, size).reshape(size * size, -1),
            "you gave the shape (25, 16)",
        ),
        (
            lambda a, b, c, d, size: sheet(a, b, d, c, size),
            "the bottom left code is not the one given",
        ),
        (
            lambda a, b, c, d, size: sheet(a, b, c, d, size)[:, [0, 2, 1, 3, 4]],
            "the codes between them are not",
        ),
    ],
)
def test_a_sheet_between_four_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "7.3", answer)


def searched(generator, photo, movable="code", steps=1):
    code = tf.Variable(np.zeros((1, 8), "float32"))
    optimizer = keras.optimizers.Adam(0.05)
    variables = [code] if movable == "code" else [code, *generator.trainable_variables]
    for _ in range(steps):
        with tf.GradientTape() as tape:
            error = tf.reduce_mean((generator(code) - photo) ** 2)
        optimizer.apply(tape.gradient(error, variables), variables)
    return code.numpy()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            lambda generator, photo: searched(generator, photo, movable="all")[0],
            "weights moved",
        ),
        (lambda generator, photo: photo, "you gave a picture"),
        (lambda generator, photo: searched(generator, photo), "so take [0]"),
        (lambda generator, photo: np.zeros(64), "you gave the shape (64,)"),
        (lambda generator, photo: np.zeros(8), "still 0"),
        (
            lambda generator, photo: -searched(generator, photo, steps=15)[0],
            "a random code can do as well",
        ),
        (
            lambda generator, photo: searched(generator, photo)[0],
            "squared error",
        ),
    ],
)
def test_a_code_for_a_photo_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "7.4", answer)
