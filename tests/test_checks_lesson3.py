"""Lesson 3's exercises: a hint of its own for each mistake."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_lessons.classroom.checks import check
from gan_lessons.models import build_generator


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ([1] * 9, "side by side"),
        ([1, 2, 3, 2, 1], "stride 1"),
        ([1, 1, 2, 1, 2, 1], "cut a place off"),
        ([1] * 7, "add up"),
        ([1, 1, 2, 2], "7 places, not 4"),
        ([2, 1, 2, 1, 2, 1, 2], "count in every column"),
    ],
)
def test_coats(capsys, answer, hint):
    assert hint in printed(capsys, "3.1", answer)


def test_coats_may_come_as_an_array(capsys):
    assert printed(capsys, "3.1", np.array([1, 1, 2, 1, 2, 1, 1])) == "3.1: right\n"


@pytest.mark.parametrize(
    ("unflatten", "hint"),
    [
        (
            lambda rows, h, w, c: rows.reshape(-1, w, h, c),
            "height and width are swapped",
        ),
        (lambda rows, h, w, c: rows.reshape(-1, c, h, w), "channels come last"),
        (lambda rows, h, w, c: rows[0].reshape(h, w, c), "the batch stays in front"),
        (
            lambda rows, h, w, c: rows.reshape(-1, c, h, w).transpose(0, 2, 3, 1),
            "pixel by pixel",
        ),
        (
            lambda rows, h, w, c: rows.reshape((-1, h, w, c), order="F"),
            "mixes the pictures",
        ),
        (
            lambda rows, h, w, c: rows.reshape(-1, w, h, c).transpose(0, 2, 1, 3),
            "row by row",
        ),
        (
            lambda rows, h, w, c: rows[::-1].reshape(-1, h, w, c),
            "in another place",
        ),
        (lambda rows, h, w, c: rows.reshape(h, w, c), "stopped with ValueError"),
    ],
)
def test_unflatten(capsys, unflatten, hint):
    assert hint in printed(capsys, "3.2", unflatten)


def deconvolve_with_mistakes(
    numbers, kernel, stride, gap=None, border=None, turned=True
):
    """The solution of 3.3 with an argument for each mistake."""
    size, gap = len(kernel), gap or stride
    border = size - 1 if border is None else border
    holes = np.zeros([(n - 1) * gap + 1 for n in numbers.shape])
    holes[::gap, ::gap] = numbers
    regions = np.lib.stride_tricks.sliding_window_view(
        np.pad(holes, border), (size, size)
    )
    return (regions * (kernel[::-1, ::-1] if turned else kernel)).sum(axis=(2, 3))


def overwritten(numbers, kernel, stride):
    canvas = np.zeros([(n - 1) * stride + len(kernel) for n in numbers.shape])
    for row, column in np.ndindex(*numbers.shape):
        canvas[
            row * stride : row * stride + len(kernel),
            column * stride : column * stride + len(kernel),
        ] = numbers[row, column] * kernel
    return canvas


@pytest.mark.parametrize(
    ("deconvolve", "hint"),
    [
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s, turned=False),
            "wrong way round",
        ),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s, gap=s + 1),
            "you put 2 zeros",
        ),
        (lambda n, k, s: deconvolve_with_mistakes(n, k, s, gap=1), "that is stride 1"),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s, border=0),
            "the border of zeros is missing",
        ),
        (overwritten, "the paint must add up"),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s, border=1),
            "the border of zeros is too narrow",
        ),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s, border=len(k)),
            "the border of zeros is too wide",
        ),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s)[1:],
            "in height and in width",
        ),
        (
            lambda n, k, s: deconvolve_with_mistakes(n, k, s).ravel(),
            "you gave the shape",
        ),
        (lambda n, k, s: 2 * deconvolve_with_mistakes(n, k, s), "the numbers are off"),
    ],
)
def test_deconvolve_with_holes(capsys, deconvolve, hint):
    assert hint in printed(capsys, "3.3", deconvolve)


def test_deconvolve_by_painting_is_right_too(capsys):
    def painted(numbers, kernel, stride):
        layer = layers.Conv2DTranspose(
            1, len(kernel), strides=stride, padding="valid", use_bias=False
        )
        layer.build((None, None, None, 1))
        layer.set_weights([kernel[:, :, None, None]])
        return keras.ops.convert_to_numpy(layer(numbers[None, :, :, None]))[0, :, :, 0]

    assert printed(capsys, "3.3", painted) == "3.3: right\n"


def smooth(
    size, latent_dim, stages=None, activation="tanh", enlarge_last=False, deaf=False
):
    model = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(64, kernel_initializer="zeros" if deaf else "glorot_uniform"),
            layers.Reshape((4, 4, 4)),
        ]
    )
    for _ in range(
        (int(np.log2(size)) - 2 if stages is None else stages) - enlarge_last
    ):
        model.add(layers.UpSampling2D(2))
        model.add(layers.Conv2D(4, 3, padding="same"))
    model.add(layers.Conv2D(1, 3, padding="same", activation=activation))
    if enlarge_last:
        model.add(layers.UpSampling2D(2))
    return model


@pytest.mark.parametrize(
    ("build", "hint"),
    [
        (lambda size, latent_dim: None, "forget `return model`"),
        (
            lambda size, latent_dim: keras.Sequential([layers.Dense(16)]),
            "begin with keras.Input",
        ),
        (lambda size, latent_dim: smooth(size, 64), "it reads (None, 64)"),
        (lambda size, latent_dim: smooth(size, latent_dim, stages=4), "doubled"),
        (
            lambda size, latent_dim: build_generator(size, latent_dim=latent_dim),
            "still a Conv2DTranspose",
        ),
        (
            lambda size, latent_dim: keras.Sequential(
                [
                    keras.Input((latent_dim,)),
                    layers.Dense(size * size),
                    layers.Reshape((size, size, 1)),
                ]
            ),
            "it needs UpSampling2D",
        ),
        (
            lambda size, latent_dim: smooth(size, latent_dim, enlarge_last=True),
            "convolve after enlarging",
        ),
        (
            lambda size, latent_dim: smooth(size, latent_dim, activation=None),
            "must be tanh",
        ),
        (
            lambda size, latent_dim: smooth(size, latent_dim, activation="sigmoid"),
            "must be tanh",
        ),
        (
            lambda size, latent_dim: smooth(size, latent_dim, deaf=True),
            "gets lost on the way",
        ),
    ],
)
def test_smooth_generator(capsys, build, hint):
    assert hint in printed(capsys, "3.4", build)


def test_a_smooth_generator_may_end_in_an_activation_layer(capsys):
    def build(size, latent_dim):
        blocks = smooth(size, latent_dim, activation=None).layers
        return keras.Sequential(
            [keras.Input((latent_dim,)), *blocks, layers.Activation("tanh")]
        )

    assert printed(capsys, "3.4", build) == "3.4: right\n"
