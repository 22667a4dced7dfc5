"""Lesson 3's exercises: a hint of its own for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from gan_lessons.classroom.checks import check
from gan_lessons.models import build_generator


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


def right(capsys, exercise, answer):
    return printed(capsys, exercise, answer) == f"{exercise}: right\n"


# 3.1

COATS = [1, 1, 2, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ([1] * 9, "side by side"),
        ([1, 2, 3, 2, 1], "stride 1"),
        (COATS[:-1], "cut a place off"),
        (COATS[1:], "cut a place off"),
        (COATS[1:-1], "both ends"),
        ([1] * 7, "both of them count"),
        ([0, 0, 1, 0, 1, 0, 0], "count all regions"),
        ([1, 1, 2, 2], "4 places are not right"),
        ([*COATS, 0], "8 places are not right"),
        ([2, 1, 2, 1, 2, 1, 2], "count in every column"),
        ([1.5, 1, 2, 1, 2, 1, 1], "count in every column"),
        (7, "give a list"),
        ("1121211", "give a list"),
        ({1, 2}, "give a list"),
        ([1, [2, 3]], "give a list"),
        ([float("nan")] * 7, "give a list"),
        (None, "You gave None"),
    ],
)
def test_coats(capsys, answer, hint):
    assert hint in printed(capsys, "3.1", answer)


@pytest.mark.parametrize(
    "answer",
    [
        tuple(COATS),
        [COATS],
        np.array(COATS),
        np.array(COATS, "float32")[:, None],
        tf.constant(COATS),
        tf.Variable([float(each) for each in COATS]),
        ops.convert_to_tensor(COATS),
        [tf.constant(each) for each in COATS],
        [np.array(each) for each in COATS],
        map(int, "1121211"),
    ],
)
def test_coats_may_come_in_any_form(capsys, answer):
    assert right(capsys, "3.1", answer)


def test_the_hints_on_coats_do_not_tell_the_answer(capsys):
    for length in range(12):
        out = printed(capsys, "3.1", [3] * length)
        assert "7" not in out.replace(str(length), "", 1), out


# 3.2

SIGNS = np.array([1, -1, 1, -1])


@pytest.mark.parametrize(
    "kernel",
    [
        np.outer(SIGNS, SIGNS),
        np.outer(SIGNS, np.ones(4)),
        np.outer(np.ones(4), SIGNS),
        -np.outer(SIGNS, SIGNS),
        np.outer(SIGNS, SIGNS).tolist(),
        np.outer(SIGNS, SIGNS).astype("float32"),
        np.outer(SIGNS, SIGNS).astype("float16"),
        tf.constant(np.outer(SIGNS, SIGNS)),
        tf.Variable(np.outer(SIGNS, SIGNS).astype("float32")),
        np.outer(SIGNS, SIGNS)[:, :, None, None],
        [tf.constant(row) for row in np.outer(SIGNS, SIGNS)],
        # two kinds as strong as can be, the others anything
        np.array([[1, -1], [0.3, 0.2]] * 2)[:, [0, 1, 0, 1]],
        # neighbours across a corner
        np.array([[1, 0], [0, -1]] * 2)[:, [0, 1, 0, 1]],
    ],
)
def test_the_worst_kernels(capsys, kernel):
    assert right(capsys, "3.2", kernel)


@pytest.mark.parametrize(
    ("kernel", "hint"),
    [
        (np.ones((4, 4)), "perfectly even"),
        (np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 9, "perfectly even"),
        (np.zeros((4, 4)), "perfectly even"),
        (np.outer([1, 0, 1, 0], [1, 0, 1, 0]), "twice as strong"),
        (np.outer([1, 0, 1, 0], np.ones(4)) - 1, "twice as strong"),
        (0.5 * np.outer(SIGNS, SIGNS), "as far as they may"),
        (4 * np.outer(SIGNS, SIGNS), "between −1 and 1"),
        (np.outer([1, 1, -1, -1], SIGNS), "perfectly even"),
        (np.outer([1, 1, 1, -1], [1, 1, 1, -1]), "same direction"),
        (np.random.default_rng(0).choice([-1.0, 1.0], (4, 4)), "same direction"),
        (np.outer(SIGNS[:3], SIGNS[:3]), "the shape (3, 3)"),
        (SIGNS, "the shape (4,)"),
        (np.outer(SIGNS, SIGNS).ravel(), "the shape (16,)"),
        (1, "the shape ()"),
        ("checkerboard", "not a kernel"),
        ([[1, -1], [1]], "not a kernel"),
        (None, "You gave None"),
        (np.full((4, 4), np.nan), "not finite"),
        (np.full((4, 4), np.inf), "not finite"),
    ],
)
def test_kernels_that_could_be_worse(capsys, kernel, hint):
    assert hint in printed(capsys, "3.2", kernel)


# 3.3


def with_mistakes(
    numbers, kernel, stride, gap=None, border=None, turn=lambda k: k[::-1, ::-1]
):
    """The solution of 3.3 with an argument for each mistake."""
    size, gap = len(kernel), gap or stride
    border = size - 1 if border is None else border
    holes = np.zeros([(n - 1) * gap + 1 for n in numbers.shape])
    holes[::gap, ::gap] = numbers
    regions = np.lib.stride_tricks.sliding_window_view(
        np.pad(holes, border), (size, size)
    )
    return (regions * turn(kernel)).sum(axis=(2, 3))


def overwritten(numbers, kernel, stride):
    canvas = np.zeros([(n - 1) * stride + len(kernel) for n in numbers.shape])
    for row, column in np.ndindex(*numbers.shape):
        canvas[
            row * stride : row * stride + len(kernel),
            column * stride : column * stride + len(kernel),
        ] = numbers[row, column] * kernel
    return canvas


@pytest.mark.parametrize(
    ("paint", "hint"),
    [
        (lambda n, k, s: with_mistakes(n, k, s, turn=lambda k: k), "wrong way round"),
        (
            lambda n, k, s: with_mistakes(n, k, s, turn=lambda k: k[::-1]),
            "180° also",
        ),
        (
            lambda n, k, s: with_mistakes(n, k, s, turn=lambda k: k[:, ::-1]),
            "180° also",
        ),
        (lambda n, k, s: with_mistakes(n, k, s, turn=np.rot90), "quarter turn"),
        (
            lambda n, k, s: with_mistakes(n, k, s, turn=lambda k: np.rot90(k, -1)),
            "quarter turn",
        ),
        (lambda n, k, s: with_mistakes(n, k, s, turn=np.transpose), "transposed"),
        (
            lambda n, k, s: with_mistakes(n, k, s, turn=lambda k: k[::-1, ::-1].T),
            "transposed",
        ),
        (lambda n, k, s: with_mistakes(n, k, s, gap=s + 1), "you put 2 zeros"),
        (lambda n, k, s: with_mistakes(n, k, s, gap=1), "that is stride 1"),
        (
            lambda n, k, s: with_mistakes(n, k, s, border=0),
            "the border of zeros is missing",
        ),
        (overwritten, "the paint must add up"),
        (
            lambda n, k, s: with_mistakes(n, k, s, border=1),
            "the border of zeros is too narrow",
        ),
        (
            lambda n, k, s: with_mistakes(n, k, s, border=len(k)),
            "the border of zeros is too wide",
        ),
        (lambda n, k, s: with_mistakes(n, k, s, border=s), "too narrow"),
        (lambda n, k, s: with_mistakes(n, k, 2), "Numbers 3 × 3"),
        (lambda n, k, s: with_mistakes(n, k, s)[1:], "in height and in width"),
        (lambda n, k, s: with_mistakes(n, k, s).ravel(), "you gave the shape"),
        (lambda n, k, s: with_mistakes(n, k, s)[None], "axes of length 1"),
        (lambda n, k, s: with_mistakes(n, k, s)[:, :, None], "axes of length 1"),
        (lambda n, k, s: 2 * with_mistakes(n, k, s), "the numbers are off"),
        (lambda n, k, s: with_mistakes(n, k, s).astype(int), "whole ones"),
        (lambda n, k, s: with_mistakes(n.astype(int), k, s), "whole numbers only"),
        (lambda n, k, s: with_mistakes(n.T, k, s).T, "transposed the kernel"),
        (lambda n, k, s: None, "is a `return` missing"),
        (lambda n, k, s: "a picture", "gave str"),
        (lambda n, k, s: n[7], "stopped with IndexError"),
    ],
)
def test_paint_with_zeros(capsys, paint, hint):
    assert hint in printed(capsys, "3.3", paint)


def by_keras(numbers, kernel, stride):
    layer = layers.Conv2DTranspose(
        1, len(kernel), strides=stride, padding="valid", use_bias=False
    )
    layer.build((None, None, None, 1))
    layer.set_weights([kernel[:, :, None, None]])
    return layer(numbers[None, :, :, None])[0, :, :, 0]


def by_conv2d(numbers, kernel, stride):
    size = len(kernel)
    holes = np.zeros([(n - 1) * stride + 1 for n in numbers.shape], kernel.dtype)
    holes[::stride, ::stride] = numbers
    holes = np.pad(holes, size - 1)[None, :, :, None]
    turned = np.rot90(kernel, 2)[:, :, None, None].copy()
    return tf.nn.conv2d(holes, turned, 1, "VALID")[0, :, :, 0]


def by_loops(numbers, kernel, stride):
    size = len(kernel)
    rows, columns = ((n - 1) * stride + 1 + 2 * (size - 1) for n in numbers.shape)
    holes = [[0.0] * columns for _ in range(rows)]
    for row, column in np.ndindex(*numbers.shape):
        holes[row * stride + size - 1][column * stride + size - 1] = numbers[
            row, column
        ]
    turned = np.flip(kernel)
    return [
        [
            sum(
                holes[y + i][x + j] * turned[i, j]
                for i in range(size)
                for j in range(size)
            )
            for x in range(columns - size + 1)
        ]
        for y in range(rows - size + 1)
    ]


def by_kron(numbers, kernel, stride):
    hole = np.zeros((stride, stride))
    hole[0, 0] = 1
    holes = np.kron(numbers, hole)
    if stride > 1:
        holes = holes[: 1 - stride, : 1 - stride]
    return with_mistakes(holes, kernel, 1)


@pytest.mark.parametrize(
    "paint",
    [
        with_mistakes,
        by_keras,
        by_conv2d,
        by_loops,
        by_kron,
        lambda n, k, s: with_mistakes(n, k, s).astype("float32"),
        lambda n, k, s: tf.constant(with_mistakes(n, k, s)),
        lambda n, k, s: ops.convert_to_tensor(with_mistakes(n, k, s)),
        lambda n, k, s: with_mistakes(n, k, s).tolist(),
        lambda n, k, s: [tf.constant(row) for row in with_mistakes(n, k, s)],
        lambda n, k, s: np.asfortranarray(with_mistakes(n, k, s)),
    ],
)
def test_paint_with_zeros_may_be_written_otherwise(capsys, paint):
    assert right(capsys, "3.3", paint)


# 3.4


def stack(
    size,
    latent_dim,
    kernel=3,
    ending=("tanh",),
    start=4,
    factor=2,
    way="nearest",
    first="up",
    deaf=False,
):
    """A generator as exercise 3.4 asks for it, with an argument for each mistake."""
    parts = [
        layers.Dense(
            start * start * 4, kernel_initializer="zeros" if deaf else "glorot_uniform"
        ),
        layers.Reshape((start, start, 4)),
    ]
    while start < size:
        stage = [
            layers.UpSampling2D(factor, interpolation=way),
            layers.Conv2D(4, kernel, padding="same", activation="leaky_relu"),
        ]
        parts += stage if first == "up" else stage[::-1]
        start *= factor
    last = layers.Conv2D(1, kernel, padding="same")
    parts.insert(len(parts) if first == "up" else -1, last)
    for each in ending:
        known = isinstance(each, keras.Layer)
        parts.append(each if known else layers.Activation(each))
    return parts


def sequential(size, latent_dim, **changes):
    parts = stack(size, latent_dim, **changes)
    return keras.Sequential([keras.Input((latent_dim,)), *parts])


def nested(size, latent_dim):
    parts = stack(size, latent_dim)
    inner = [keras.Sequential(parts[k : k + 2]) for k in range(0, len(parts), 2)]
    return keras.Sequential([keras.Input((latent_dim,)), *inner])


def functional(size, latent_dim):
    latents = keras.Input((latent_dim,))
    maps = latents
    for layer in stack(size, latent_dim):
        maps = layer(maps)
    return keras.Model(latents, maps)


class Subclassed(keras.Model):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def call(self, latents):
        for layer in self.parts:
            latents = layer(latents)
        return latents


class OneCall(keras.Model):
    """All in one `call`, with functions in place of some layers."""

    def __init__(self, size):
        super().__init__()
        self.stages = int(np.log2(size)) - 2
        self.dense = layers.Dense(64)
        self.convolutions = [
            layers.Conv2D(4, 3, padding="same") for _ in range(self.stages)
        ]
        self.last = layers.Conv2D(1, 1)

    def call(self, latents):
        maps = ops.reshape(self.dense(latents), (-1, 4, 4, 4))
        for convolution in self.convolutions:
            maps = ops.repeat(ops.repeat(maps, 2, axis=1), 2, axis=2)
            maps = ops.leaky_relu(convolution(maps))
        return ops.tanh(self.last(maps))


def normalised(size, latent_dim):
    parts = [layers.Dense(64), layers.Reshape((4, 4, 4))]
    for _ in range(int(np.log2(size)) - 2):
        parts += [layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.1)]
        parts += [layers.UpSampling2D(), layers.Conv2D(4, (3, 3), padding="same")]
    parts += [layers.RMSNormalization(), layers.LeakyReLU()]
    parts += [layers.Conv2D(1, 3, padding="same", activation=tf.math.tanh)]
    return keras.Sequential([keras.Input((latent_dim,)), *parts])


def padded(size, latent_dim):
    """Zeros around the maps in place of padding="same"."""
    parts = [keras.Input((latent_dim,)), layers.Dense(64), layers.Reshape((4, 4, 4))]
    for _ in range(int(np.log2(size)) - 2):
        parts += [layers.UpSampling2D(), layers.ZeroPadding2D(1), layers.Conv2D(4, 3)]
    return keras.Sequential([*parts, layers.Conv2D(1, 1, activation="tanh")])


def with_skips(size, latent_dim):
    """Every stage paints a picture, and the pictures are added up."""
    latents = keras.Input((latent_dim,))
    maps = layers.Reshape((4, 4, 4))(layers.Dense(64)(latents))
    picture = layers.Conv2D(1, 1)(maps)
    for _ in range(int(np.log2(size)) - 2):
        maps = layers.UpSampling2D(interpolation="bicubic")(maps)
        maps = layers.Conv2D(4, 3, padding="same", activation="silu")(maps)
        picture = layers.UpSampling2D()(picture) + layers.Conv2D(1, 1)(maps)
    return keras.Model(latents, ops.tanh(picture))


@pytest.mark.parametrize(
    "build",
    [
        padded,
        with_skips,
        sequential,
        nested,
        functional,
        normalised,
        lambda size, latent_dim: Subclassed(stack(size, latent_dim)),
        lambda size, latent_dim: OneCall(size),
        lambda size, latent_dim: keras.Sequential(stack(size, latent_dim)),
        lambda size, latent_dim: sequential(size, latent_dim, way="bilinear"),
        lambda **asked: sequential(**asked),
    ],
)
def test_a_smooth_generator_may_be_built_otherwise(capsys, build):
    assert right(capsys, "3.4", build)


@pytest.mark.parametrize(
    "ending",
    [
        ("tanh",),
        (tf.tanh,),
        (tf.nn.tanh,),
        (ops.tanh,),
        (layers.Activation("tanh"),),
        (layers.Lambda(tf.tanh),),
        ("sigmoid", layers.Rescaling(2, -1)),
        ("hard_tanh",),
        ("softsign",),
        ("tanh", layers.Identity()),
        ("tanh", "linear"),
        ("tanh", "hard_tanh"),
        (layers.Lambda(lambda maps: ops.clip(maps, -1, 1)),),
    ],
)
def test_what_keeps_the_pixels_in_range_may_be_anything(capsys, ending):
    def build(size, latent_dim):
        return sequential(size, latent_dim, ending=ending)

    assert right(capsys, "3.4", build)


def hidden(size, latent_dim):
    """A transposed convolution in a nested model that also has all that is asked."""
    inner = keras.Sequential(
        [layers.AveragePooling2D(2), layers.Conv2DTranspose(4, 4, 2, padding="same")]
    )
    parts = stack(size, latent_dim)
    return keras.Sequential(
        [keras.Input((latent_dim,)), *parts[:-2], inner, *parts[-2:]]
    )


@pytest.mark.parametrize(
    ("build", "hint"),
    [
        (lambda size, latent_dim: None, "is a `return` missing"),
        (lambda size, latent_dim: stack(size, latent_dim), "a list of layers"),
        (lambda size, latent_dim: keras.Sequential, "not a Keras model"),
        (lambda size, latent_dim: np.zeros((4, size, size, 1)), "returned ndarray"),
        (lambda size, latent_dim: sequential(size, 64), "it reads (None, 64)"),
        (lambda size, latent_dim: sequential(64, latent_dim), "it paints (4, 64, 64"),
        (lambda size, latent_dim: sequential(16, latent_dim), "doubled 3 times"),
        (
            lambda size, latent_dim: keras.Sequential(
                [sequential(size, latent_dim), layers.Conv2D(3, 1, activation="tanh")]
            ),
            "one grey channel",
        ),
        (
            lambda size, latent_dim: build_generator(size, latent_dim=latent_dim),
            "still a Conv2DTranspose",
        ),
        (hidden, "still a Conv2DTranspose"),
        (
            lambda size, latent_dim: keras.Sequential(
                [
                    keras.Input((latent_dim,)),
                    layers.Dense(size * size, activation="tanh"),
                    layers.Reshape((size, size, 1)),
                ]
            ),
            "there is no Conv2D",
        ),
        (
            lambda size, latent_dim: sequential(size, latent_dim, first="convolve"),
            "in every stage enlarge first",
        ),
        (lambda size, latent_dim: sequential(size, latent_dim, kernel=1), "1 × 1"),
        (lambda size, latent_dim: sequential(size, latent_dim, kernel=4), "4 × 4"),
        (lambda size, latent_dim: sequential(size, latent_dim, kernel=5), "5 × 5"),
        (lambda size, latent_dim: sequential(size, latent_dim, kernel=(1, 3)), "1 × 3"),
        (
            lambda size, latent_dim: sequential(size, latent_dim, factor=size // 4),
            "convolved at 8 × 8",
        ),
        (
            lambda size, latent_dim: sequential(size, latent_dim, start=size // 2),
            "convolved at 8 × 8",
        ),
        (
            lambda size, latent_dim: keras.Sequential(
                [
                    keras.Input((latent_dim,)),
                    layers.Dense(64),
                    layers.Reshape((4, 4, 4)),
                    *[layers.UpSampling2D() for _ in range(int(np.log2(size)) - 2)],
                    layers.Conv2D(1, 3, padding="same", activation="tanh"),
                ]
            ),
            "convolved at 8 × 8",
        ),
        (
            lambda size, latent_dim: keras.Sequential(
                [sequential(size, latent_dim), layers.AveragePooling2D(3, 1)]
            ),
            'padding="same"',
        ),
        (lambda size, latent_dim: sequential(size, latent_dim, ending=()), "tanh"),
        (
            lambda size, latent_dim: sequential(size, latent_dim, ending=("sigmoid",)),
            "half of [−1, 1]",
        ),
        (
            lambda size, latent_dim: sequential(size, latent_dim, ending=("relu",)),
            "nothing keeps them",
        ),
        (
            lambda size, latent_dim: sequential(
                size, latent_dim, ending=("tanh", layers.Rescaling(255))
            ),
            "nothing keeps them",
        ),
        (lambda size, latent_dim: sequential(size, latent_dim, deaf=True), "gets lost"),
        (lambda size: sequential(size, 24), "stopped with TypeError"),
    ],
)
def test_smooth_generator(capsys, build, hint):
    assert hint in printed(capsys, "3.4", build)


def test_the_check_leaves_keras_as_it_was(capsys):
    before = layers.Conv2D.call, layers.Conv2DTranspose.call
    printed(capsys, "3.4", sequential)
    printed(capsys, "3.4", lambda size, latent_dim: sequential(size, 3))
    assert (layers.Conv2D.call, layers.Conv2DTranspose.call) == before


# 3.5


def trained(
    photos, steps=120, rate=0.02, error=ops.abs, optimizer=keras.optimizers.Adam
):
    """The solution of 3.5 with an argument for each mistake."""
    picture = tf.Variable(tf.zeros(photos.shape[1:]))
    chosen = optimizer(rate)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = ops.mean(error(picture - photos))
        chosen.apply_gradients([(tape.gradient(loss, picture), picture)])
    return picture


@pytest.mark.parametrize(
    "train",
    [
        trained,
        lambda photos: trained(photos).numpy(),
        lambda photos: trained(photos)[None],
        lambda photos: trained(photos)[:, :, 0],
        lambda photos: trained(photos, steps=200, rate=0.01),
        lambda photos: np.median(photos, axis=0),
        lambda photos: np.median(photos, axis=0, keepdims=True),
        lambda photos: np.median(photos, axis=0).tolist(),
        lambda photos: np.sort(photos, axis=0)[len(photos) // 2],
        lambda photos: np.sort(photos, axis=0)[(len(photos) - 1) // 2],
        lambda photos: np.percentile(photos, 50, axis=0).astype("float16"),
        lambda photos: tf.sort(photos, axis=0)[len(photos) // 2],
        lambda photos: keras.Variable(np.median(photos, axis=0)),
    ],
)
def test_best_picture(capsys, train):
    assert right(capsys, "3.5", train)


@pytest.mark.parametrize(
    ("train", "hint"),
    [
        (lambda photos: photos.mean(axis=0), "smallest *squared* error"),
        (lambda photos: trained(photos, error=ops.square), "smallest *squared* error"),
        (lambda photos: photos[0], "one of the photos"),
        (lambda photos: photos[-1], "one of the photos"),
        (lambda photos: np.zeros_like(photos[0]), "still grey"),
        (lambda photos: tf.Variable(tf.zeros(photos.shape[1:])), "still grey"),
        (
            lambda photos: (photos.min(axis=0) + photos.max(axis=0)) / 2,
            "halfway",
        ),
        (lambda photos: photos.min(axis=0), "is possible"),
        (lambda photos: photos.max(axis=0), "is possible"),
        (lambda photos: trained(photos, steps=5), "is possible"),
        (lambda photos: -np.median(photos, axis=0), "the negative"),
        (lambda photos: np.full_like(photos[0], np.median(photos)), "is possible"),
        (lambda photos: np.median(photos, axis=0) * 127.5 + 127.5, "is possible"),
        (lambda photos: photos, "expected (6, 5, 1)"),
        (lambda photos: np.median(photos), "you gave the shape ()"),
        (lambda photos: np.zeros((64, 64, 1)), "you gave the shape (64, 64, 1)"),
        (lambda photos: None, "is a `return` missing"),
        (lambda photos: "median", "gave str"),
        (lambda photos: np.full_like(photos[0], np.nan), "not finite"),
        (lambda photos: photos[10], "stopped with IndexError"),
    ],
)
def test_pictures_that_are_not_the_best(capsys, train, hint):
    assert hint in printed(capsys, "3.5", train)
