"""Lesson 8's exercises: a hint of its own for each mistake."""

import fractions

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check
from gan_lessons.models import sample_latents


@pytest.fixture(autouse=True)
def seeded():
    """Keras shuffles and draws weights, which tests need to be able to repeat."""
    keras.utils.set_random_seed(0)


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [
        (0.25, 0.75, 1.5),
        [1 / 4, 3 / 4, 3 / 2],
        np.array([0.25, 0.75, 1.5], "float32"),
        tf.constant([0.25, 0.75, 1.5]),
        tf.Variable([0.25, 0.75, 1.5]),
        (np.float32(0.25), np.array(0.75), tf.constant(1.5)),
        (np.array([0.25]), 0.75, 1.5),
        (0.25, (0.75**2 + 3 * 0.25**2), 0.75 * 2),
        (fractions.Fraction(1, 4), fractions.Fraction(3, 4), fractions.Fraction(3, 2)),
        np.array([[0.25], [0.75], [1.5]]),
        np.array([0.25, 0.75, 1.5], "float16"),
        {"a": 0.25, "b": 0.75, "c": 1.5}.values(),
        ([0.25] * 4, 0.75, 1.5),
        (np.full((2, 2), 0.25), 0.75, 1.5),
    ],
)
def test_the_best_picture(capsys, answer):
    assert printed(capsys, "8.1", answer) == "8.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ((0.5, 0.75, 1.5), "two pixels"),
        ((25, 0.75, 1.5), "between 0 and 1"),
        ((1, 0.75, 1.5), "wrong three times of four"),
        ((0, 1, 1.5), "misses the white pixel"),
        ((0.3, 0.75, 1.5), "How often is each of the pixels white"),
        ((0.25, 0.1875, 1.5), "mean over the four pixels"),
        ((0.25, 0.5625, 1.5), "white pixel's part alone"),
        ((0.25, 3, 1.5), "average over them"),
        ((0.25, 1, 1.5), "all-black"),
        ((0.25, 0.25, 1.5), "three should be black"),
        ((0.25, 0.6, 1.5), "squared differences from your (a)"),
        ((0.25, 1.5, 0.75), "swapped"),
        ((0.25, 0.75, 0.75), "wrong in *two* pixels"),
        ((0.25, 0.75, 2), "one guess in four is right"),
        ((0.25, 0.75, 0.375), "mean over the four pixels"),
        ((0.25, 0.75, 6), "average over them"),
        ((0.25, 0.75, 0.5), "three of four guesses were right"),
        ((0.25, 0.75, 1.2), "How often is each"),
        ((0.25, 0.75), "three finite numbers"),
        (0.25, "three finite numbers"),
        (("a", "b", "c"), "three finite numbers"),
        ((0.25, 0.75, float("nan")), "three finite numbers"),
        ({0.25, 0.75}, "three finite numbers"),
        ({0.25, 0.75, 1.5}, "three finite numbers"),
        ((0.25, None, 1.5), "three finite numbers"),
        ((0.25, [0.7, 0.8], 1.5), "three finite numbers"),
        ([(0.25, 0.75, 1.5)], "three finite numbers"),
        ((0.25, 0.75, 1.5, 0), "three finite numbers"),
        ((-0.25, 0.75, 1.5), "How often is each of the pixels white"),
        ((0.25, 0.5625 + 0.1875 / 2, 1.5), "squared differences from your (a)"),
    ],
)
def test_the_best_picture_goes_wrong(capsys, answer, hint):
    line = printed(capsys, "8.1", answer)
    assert hint in line
    advice = line.split(": ", 2)[-1]
    assert not any(number in advice for number in ("0.25", "0.75", "1.5"))


def pca(known, unseen, k, mean=None, rows=None, add=True):
    """The solution, and what goes wrong with it."""
    centre = known.mean(axis=0) if mean is None else mean
    if rows is None:
        rows = np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2]
    back = (unseen - centre) @ rows[:k].T @ rows[:k]
    return back + centre if add else back


def with_scikit(known, unseen, k):
    from sklearn.decomposition import PCA

    fitted = PCA(k).fit(known)
    return fitted.inverse_transform(fitted.transform(unseen))


def with_eigh(known, unseen, k):
    mean = known.mean(axis=0)
    vectors = np.linalg.eigh(np.cov(known.T))[1][:, ::-1][:, :k]
    return (unseen - mean) @ vectors @ vectors.T + mean


def with_tensorflow(known, unseen, k):
    known, unseen = tf.constant(known), tf.constant(unseen)
    mean = tf.reduce_mean(known, axis=0)
    _, _, v = tf.linalg.svd(known - mean)
    return (unseen - mean) @ v[:, :k] @ tf.transpose(v[:, :k]) + mean


def one_by_one(known, unseen, k):
    mean = known.mean(axis=0)
    rows = np.linalg.svd(known - mean)[2][:k]
    return [mean + sum((photo - mean) @ row * row for row in rows) for photo in unseen]


def with_least_squares(known, unseen, k):
    mean = known.mean(axis=0)
    rows = np.linalg.svd((known - mean) / np.sqrt(len(known)))[2][:k]
    codes = np.linalg.lstsq(rows.T, (unseen - mean).T, rcond=None)[0]
    return codes.T @ rows + mean


def in_place(known, unseen, k):
    mean = known.mean(axis=0)
    known -= mean
    unseen -= mean
    u, s, v = np.linalg.svd(known.T)
    return (u[:, :k] @ u[:, :k].T @ unseen.T).T + mean


def with_keras(known, unseen, k):
    mean = keras.ops.mean(known, axis=0, keepdims=True)
    rows = keras.ops.svd(known - mean, full_matrices=False)[2][:k]
    codes = keras.ops.matmul(unseen - mean, keras.ops.transpose(rows))
    return keras.ops.matmul(codes, rows) + mean


@pytest.mark.parametrize(
    "answer",
    [
        pca,
        with_scikit,
        with_eigh,
        with_tensorflow,
        one_by_one,
        with_least_squares,
        in_place,
        with_keras,
        lambda a, b, k: pca(a.astype("float64"), b.astype("float64"), k),
        lambda a, b, k: pca(a, b, k).tolist(),
        lambda a, b, k: tf.Variable(pca(a, b, k)),
    ],
)
def test_pca_by_hand(capsys, answer):
    assert printed(capsys, "8.2", answer) == "8.2: right\n"


def components(photos):
    return np.linalg.svd(photos - photos.mean(axis=0), full_matrices=False)[2]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b, k: b, "unchanged"),
        (lambda a, b, k: a, "known photos; the unseen"),
        (lambda a, b, k: np.tile(a.mean(axis=0), (len(b), 1)), "mean alone"),
        (lambda a, b, k: pca(a, b, k, add=False), "add it back"),
        (lambda a, b, k: pca(a, b, k, mean=0), "before you project"),
        (lambda a, b, k: pca(a, b, k, mean=0) + a.mean(axis=0), "did not subtract"),
        (
            lambda a, b, k: pca(a, b, k, 0, np.linalg.svd(a)[2]),
            "subtract the mean of the known photos first",
        ),
        (
            lambda a, b, k: pca(a, b, k, rows=np.linalg.svd(a)[2]),
            "without their mean subtracted",
        ),
        (lambda a, b, k: pca(a, b, k, mean=b.mean(axis=0)), "mean of the unseen"),
        (
            lambda a, b, k: pca(b, b, k) if len(b) > 1 else b,
            "come from the unseen",
        ),
        (
            lambda a, b, k: pca(a, b, k, rows=components(b)),
            "components come from the unseen",
        ),
        (lambda a, b, k: pca(a, b, k, rows=components(a)[::-1]), "smallest"),
        (lambda a, b, k: pca(a, b, k + 1), "too many"),
        (lambda a, b, k: pca(a, b, k - 1), "too few"),
        (lambda a, b, k: pca(a, b, 3), "k = 6"),
        (lambda a, b, k: (b - a.mean(axis=0)) @ components(a)[:k].T, "the codes"),
        (lambda a, b, k: pca(a, b[:1], k), "you gave the shape"),
        (lambda a, b, k: "a text", "one array"),
        (lambda a, b, k: pca(a, b, k) + 0.5, "off by 0.50 a pixel"),
        (lambda a, b, k: pca(a / a.std(axis=0), b / a.std(axis=0), k), "off by"),
        (lambda a, b, k: pca(a, b, k, mean=a.mean()), "off by"),
        (lambda a, b, k: pca(a, b, k).T, "you gave the shape (12, 7)"),
        (lambda a, b, k: ((pca(a, b, k) - b) ** 2).mean(), "you gave the shape ()"),
        (lambda a, b, k: (pca(a, b, k), k), "one array"),
        (lambda a, b, k: np.full(b.shape, np.nan), "off by nan"),
        (lambda a, b, k: np.linalg.svd(a)[5], "stopped with IndexError"),
    ],
)
def test_pca_by_hand_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "8.2", answer)


def searched(generator, photo, movable="code", steps=1, starts=1):
    """Gradient descent on codes, and on the weights if they are `movable`, too."""
    dim = generator.input_shape[-1]
    codes = tf.Variable(0.5 * sample_latents(starts, dim, seed=None))
    optimizer = keras.optimizers.Adam(0.1)
    variables = [codes]
    if movable == "all":
        variables += generator.trainable_variables
    optimizer.build(variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            errors = tf.reduce_mean((generator(codes) - photo) ** 2, axis=(1, 2, 3))
            total = tf.reduce_sum(errors)
        optimizer.apply(tape.gradient(total, variables), variables)
        return errors

    for _ in range(steps):
        errors = step()
    return codes.numpy()[[np.argmin(errors)]]


def with_invert(generator, photo):
    from gan_lessons.encoder import invert

    starts = sample_latents(8, generator.input_shape[-1], seed=None)
    path, errors = invert(generator, photo[None], starts, 300, penalty=0.0)
    return path[-1, errors[-1].argmin()]


def frozen_and_melted(generator, photo):
    generator.trainable = False
    code = searched(generator, photo, steps=300, starts=8)[0]
    generator.trainable = True
    return tf.constant(code)


@pytest.mark.parametrize(
    "answer",
    [
        lambda generator, photo: searched(generator, photo, steps=300, starts=8)[0],
        lambda generator, photo: searched(generator, photo, steps=300, starts=8)[
            0
        ].tolist(),
        with_invert,
        frozen_and_melted,
    ],
)
def test_a_code_for_a_photo(capsys, answer):
    assert printed(capsys, "8.3", answer) == "8.3: right\n"


def left_frozen(generator, photo):
    generator.trainable = False
    return searched(generator, photo)[0]


def layers_left_frozen(generator, photo):
    for layer in generator.layers:
        layer.trainable = False
    return searched(generator, photo)[0]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda generator, photo: searched(generator, photo, "all")[0], "moved"),
        (left_frozen, "`trainable` switched off"),
        (layers_left_frozen, "`trainable` switched off"),
        (lambda generator, photo: photo, "you gave a picture"),
        (lambda generator, photo: searched(generator, photo), "so take [0]"),
        (lambda generator, photo: np.zeros(64), "you gave the shape (64,)"),
        (lambda generator, photo: np.zeros(8), "still 0"),
        (lambda generator, photo: "code", "one array"),
        (lambda generator, photo: np.full(8, np.nan), "NaN"),
        (lambda generator, photo: (np.ones(8), 0.1), "one array"),
        (lambda generator, photo: 0.1, "you gave the shape ()"),
        (lambda generator, photo: np.ones((8, 1)), "you gave the shape (8, 1)"),
        (lambda generator, photo: np.ones((50, 8)), "you gave the shape (50, 8)"),
        (lambda generator, photo: -10 * np.ones(8), "a random code can do as well"),
        (lambda generator, photo: searched(generator, photo)[0], "squared error"),
        (lambda generator, photo: generator.predict(photo), "Your answer stopped"),
    ],
)
def test_a_code_for_a_photo_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "8.3", answer)


def trained(generator, pairs=2048, epochs=4, hidden=64, dim=None, shape=None):
    dim = dim or generator.input_shape[-1]
    z = sample_latents(pairs, dim, seed=1)
    encoder = keras.Sequential(
        [
            keras.Input(shape or generator.output_shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(dim),
        ]
    )
    encoder.compile(keras.optimizers.Adam(3e-3), "mean_squared_error")
    if epochs:
        encoder.fit(generator(z).numpy(), z, epochs=epochs, verbose=0)
    return encoder


def by_the_picture(generator):
    """Trained on the error of the pictures, with the gradient through the generator."""
    encoder = trained(generator, epochs=0)
    z = sample_latents(2048, generator.input_shape[-1], seed=1)
    pictures = generator(z).numpy()
    optimizer = keras.optimizers.Adam(3e-3)
    weights = encoder.trainable_variables
    optimizer.build(weights)

    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((generator(encoder(batch)) - batch) ** 2)
        optimizer.apply(tape.gradient(loss, weights), weights)

    for _ in range(4):
        for batch in np.split(pictures, 64):
            step(batch)
    return encoder


def as_a_function(generator):
    encoder = trained(generator)
    return lambda pictures: encoder(pictures).numpy()


@pytest.mark.parametrize("answer", [trained, by_the_picture, as_a_function])
def test_an_encoder_is_trained(capsys, answer):
    assert printed(capsys, "8.4", answer) == "8.4: right\n"


def encoder_frozen_generator(generator):
    generator.trainable = False
    return trained(generator, pairs=64, epochs=1)


def moved(generator):
    generator.layers[0].kernel.assign_add(0.01 * generator.layers[0].kernel)
    return trained(generator, pairs=64, epochs=1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda generator: trained(generator, epochs=0), "does worse than that"),
        (lambda generator: trained(generator, pairs=8), "error of the mean face"),
        (encoder_frozen_generator, "`trainable` switched off"),
        (moved, "weights moved"),
        (lambda generator: 3, "no network"),
        (lambda generator: (trained(generator, 64, 0), 1), "no network"),
        (lambda generator: keras.layers.Dense, "stopped with"),
        (
            lambda generator: keras.Sequential([trained(generator, 64, 0), generator]),
            "answers with the shape (300, 16, 16, 3)",
        ),
        (lambda generator: lambda pictures: pictures[:, 0, 0, :1], "expected (300, 8)"),
        (lambda generator: trained(generator, 64, 1).get_weights(), "no network"),
        (lambda generator: trained(generator, 0, 0, shape=(8, 8, 3)), "stopped with"),
        (lambda generator: generator, "stopped with"),
        (lambda generator: trained(generator, 64, 0, dim=5), "expected (300, 8)"),
        (lambda generator: generator.fit(), "Your answer stopped"),
        (
            lambda generator: lambda pictures: np.full((300, 8), np.nan),
            "answers with NaN",
        ),
    ],
)
def test_an_encoder_is_trained_wrongly(capsys, answer, hint):
    assert hint in printed(capsys, "8.4", answer)
