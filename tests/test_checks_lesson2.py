"""Lesson 2's exercises: a hint of its own for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from gan_lessons.classroom.checks import check


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 2.1


@pytest.mark.parametrize(
    "answer",
    [
        3648,
        3648.0,
        np.int64(3648),
        np.array(3648),
        np.array([3648]),
        tf.constant(3648),
        [3648],
    ],
    ids=repr,
)
def test_the_number_of_parameters_in_any_form(capsys, answer):
    assert printed(capsys, "2.1", answer) == "2.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (3600, "also has a bias"),
        (tf.constant(3600), "also has a bias"),
        (3601, "not one for all"),
        (3603, "not for each colour"),
        (1248, "three channels: each kernel is a block"),
        (3744, "has one bias, not three"),
        (1200, "and each kernel has a bias"),
        (76, "That is one kernel"),
        (75, "without its bias"),
        (768, "5 pixels wide and 5 pixels high"),
        (3648 * 900, "the same weights at every place"),
        (3648 * 1024, "the same weights at every place"),
        (48 * 30 * 30, "the numbers in the output"),
        (7, "Count the numbers in one kernel"),
        ("3648", "a single number"),
        (None, "You gave None"),
        ([48, 76], "a single number"),
        (lambda: 3648, "call it"),
    ],
)
def test_a_wrong_number_of_parameters(capsys, answer, hint):
    assert hint in printed(capsys, "2.1", answer)


# 2.2


def stack(*last, channels=3, between=True):
    parts = [keras.Input((32, 32, channels))]
    for filters in (4, 8):
        parts.append(layers.Conv2D(filters, 4, strides=2, padding="same"))
        if between:
            parts.append(layers.LeakyReLU(negative_slope=0.2))
    return keras.Sequential([*parts, *last])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inside = stack(layers.Flatten())
        self.last = layers.Dense(1)

    def call(self, images):
        return self.last(self.inside(images))


def functional():
    images = keras.Input((32, 32, 3))
    maps = layers.Conv2D(4, 3, strides=2, activation="relu")(images)
    pooled = layers.GlobalAveragePooling2D()(maps)
    return keras.Model(images, layers.Dense(1)(pooled))


def less_the_mean_of_its_batch(photos):
    bent = tf.nn.leaky_relu(photos - tf.reduce_mean(photos, 0, keepdims=True))
    weights = np.random.default_rng(0).normal(size=(32, 32, 3)).astype("float32")
    return tf.reduce_sum(bent * weights, (1, 2, 3))


@pytest.mark.parametrize(
    "answer",
    [
        lambda: stack(layers.Flatten(), layers.Dense(1)),
        lambda: stack(layers.Flatten(), layers.Dense(1, activation="linear")),
        lambda: stack(layers.GlobalAveragePooling2D(), layers.Dense(1)),
        lambda: stack(layers.Conv2D(1, 8), layers.Reshape((1,))),
        lambda: stack(layers.Reshape((-1,)), layers.Dense(1), layers.Reshape(())),
        lambda: stack(layers.Flatten(), layers.Dense(1, dtype="float16")),
        lambda: keras.Sequential([stack(layers.Flatten()), layers.Dense(1)]),
        lambda size=32: stack(layers.Flatten(), layers.Dense(1)),
        functional,
        Subclassed,
    ],
)
def test_a_mended_network_of_any_kind(capsys, answer):
    assert printed(capsys, "2.2", lambda: answer()) == "2.2: right\n"


def test_the_mended_network_itself(capsys):
    network = stack(layers.Flatten(), layers.Dense(1))
    assert printed(capsys, "2.2", network) == "2.2: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda: stack(layers.Flatten(), layers.Dense(1), channels=1), "one channel"),
        (lambda: stack(layers.Dense(1, activation="sigmoid")), "at every place"),
        (lambda: stack(layers.Dense(1)), "at every place"),
        (lambda: stack(layers.Flatten(), layers.Dense(2)), "Give one number for each"),
        (
            lambda: stack(layers.Flatten(), layers.Dense(1, activation="sigmoid")),
            "these are probabilities",
        ),
        (
            lambda: stack(layers.Flatten(), layers.Dense(1, activation="tanh")),
            "between −1 and 1",
        ),
        (
            lambda: stack(layers.Flatten(), layers.Dense(1, activation="relu")),
            "the same sign",
        ),
        (
            lambda: stack(layers.Flatten(), layers.Dense(1), between=False),
            "It is linear",
        ),
        (
            lambda: stack(
                layers.Flatten(), layers.Dense(1, kernel_initializer="zeros")
            ),
            "the same answer to every picture",
        ),
        (lambda: less_the_mean_of_its_batch, "the other photos of its batch"),
        (lambda: None, "is a `return` missing"),
        (lambda: np.zeros((5, 1)), "return the network"),
        (
            lambda: lambda x: tf.reshape(x, (2, 7)),
            "Which two numbers do not fit",
        ),
        (lambda: stack(layers.Flatten())[0], "stopped with"),
    ],
)
def test_what_is_still_broken(capsys, answer, hint):
    assert hint in printed(capsys, "2.2", answer)


# 2.3


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def through_p(logits, targets, clip=None):
    p = sigmoid(logits)
    p = p if clip is None else np.clip(p, clip, 1 - clip)
    return -targets * np.log(p) - (1 - targets) * np.log(1 - p)


def softplus(logits):
    return np.logaddexp(0, logits)


@pytest.mark.parametrize(
    "answer",
    [
        lambda s, t: t * tf.nn.softplus(-s) + (1 - t) * tf.nn.softplus(s),
        lambda s, t: t * softplus(-s) + (1 - t) * softplus(s),
        lambda s, t: softplus(s) - t * s,
        lambda s, t: np.maximum(s, 0) - t * s + np.log1p(np.exp(-np.abs(s))),
        lambda s, t: tf.nn.sigmoid_cross_entropy_with_logits(labels=t, logits=s),
        lambda s, t: (
            -t * keras.ops.log_sigmoid(s) - (1 - t) * keras.ops.log_sigmoid(-s)
        ),
        lambda s, t: keras.losses.binary_crossentropy(
            t[..., None], s[..., None], from_logits=True
        ),
        lambda s, t: (t * softplus(-s) + (1 - t) * softplus(s)).tolist(),
        lambda s, t: np.ravel(softplus(s) - t * s),
        lambda s, t: [softplus(a) - b * a for a, b in zip(s.ravel(), t.ravel())],
        lambda logits, targets: softplus(-logits) + (1 - targets) * logits,
    ],
)
def test_cross_entropy_written_in_any_way(capsys, answer):
    assert printed(capsys, "2.3", answer) == "2.3: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (through_p, "rounded to 0 or 1"),
        (
            lambda s, t: t * np.log(1 + np.exp(-s)) + (1 - t) * np.log(1 + np.exp(s)),
            "an exponential became infinite",
        ),
        (lambda s, t: through_p(s, t, clip=1e-7), "cut off just short"),
        (lambda s, t: through_p(s, t, clip=1e-4), "cut off just short"),
        (lambda s, t: t * softplus(s) + (1 - t) * softplus(-s), "are swapped"),
        (
            lambda s, t: np.where(t > 0.5, softplus(-s), softplus(s)),
            "rounded to 0 or 1: a target of 0.9",
        ),
        (
            lambda s, t: np.where(t == 1, softplus(-s), softplus(s)),
            "between 0 and 1",
        ),
        (lambda s, t: t * softplus(-s), "The part for fake is missing"),
        (lambda s, t: (1 - t) * softplus(s), "The part for real is missing"),
        (lambda s, t: softplus(s) + softplus(-s), "Weigh the two parts"),
        (lambda s, t: t * s - softplus(s), "The sign is wrong"),
        (lambda s, t: (softplus(s) - t * s) / np.log(2), "to the base 2"),
        (lambda s, t: np.mean(softplus(s) - t * s), "a loss for each picture"),
        (lambda s, t: np.sum(softplus(s) - t * s), "a loss for each picture"),
        (lambda s, t: (softplus(s) - t * s)[:2], "one loss for each logit"),
        (lambda s, t: (t - sigmoid(s)) ** 2, "the squared error"),
        (lambda s, t: np.abs(t - sigmoid(s)), "the logarithm is missing"),
        (lambda s, t: softplus(s * (1 - 2 * t)), "in front of the softplus"),
        (lambda s, t: None, "is a `return` missing"),
        (lambda s, t: s + t, "Start from"),
        (lambda s, t: s.no_such_thing, "stopped with AttributeError"),
    ],
)
def test_a_wrong_cross_entropy(capsys, answer, hint):
    assert hint in printed(capsys, "2.3", answer)


# 2.4


def tips(
    limit=0.0,
    squeeze=lambda logits: logits,
    result=lambda share: share,
    count=201,
    swap=False,
):
    def tipping_point(discriminator, face, noise):
        if swap:
            face, noise = noise, face
        shares = np.linspace(0, 1, count, dtype="float32")
        mixtures = [(1 - share) * face + share * noise for share in shares]
        answers = squeeze(tf.reshape(discriminator(np.concatenate(mixtures)), -1))
        below = np.flatnonzero(np.asarray(answers) < limit)
        return result(shares[below[0]] if len(below) else 1.0)

    return tipping_point


def halved(discriminator, face, noise):
    low, high = 0.0, 1.0
    for _ in range(8):
        middle = (low + high) / 2
        logit = discriminator((1 - middle) * face + middle * noise)[0, 0]
        low, high = (middle, high) if logit > 0 else (low, middle)
    return (low + high) / 2


def one_by_one(discriminator, face, noise):
    for hundredths in range(101):
        share = hundredths / 100
        mixture = (1 - share) * face + share * noise
        if discriminator(mixture).numpy().item() < 0:
            return share


@pytest.mark.parametrize(
    "answer",
    [
        tips(),
        tips(count=101),
        tips(count=1001, result=float),
        tips(result=tf.constant),
        tips(result=lambda share: np.array([share])),
        tips(result=lambda share: [share]),
        tips(limit=0.5, squeeze=tf.sigmoid),
        halved,
        one_by_one,
    ],
)
def test_a_tipping_point_found_in_any_way(capsys, answer):
    assert printed(capsys, "2.4", answer) == "2.4: right\n"


def straight_line(discriminator, face, noise):
    at_face, at_noise = discriminator(face), discriminator(noise)
    return at_face / (at_face - at_noise)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (tips(limit=0.5), "A logit of 0 is a probability of one half"),
        (tips(squeeze=tf.sigmoid), "compare with one half"),
        (straight_line, "a straight line between the two"),
        (tips(count=51), "your steps are too large"),
        (tips(count=51, result=lambda share: share - 0.02), "your steps are too large"),
        (tips(count=21), "your steps are too large"),
        (tips(swap=True), "At share 0 the mixture has to be the face"),
        (tips(result=lambda share: 1 - share), "That is the share of the face"),
        (tips(result=lambda share: 100 * share), "a percentage"),
        (tips(result=lambda share: -share), "a logit, perhaps"),
        (tips(result=lambda share: 0.15), "where the logit changes sign"),
        (tips(result=lambda share: None), "is a `return` missing"),
        (tips(result=lambda share: np.arange(3)), "it has to return one number"),
        (tips(result=lambda share: "0.7"), "it has to return one number"),
    ],
)
def test_a_wrong_tipping_point(capsys, answer, hint):
    for _ in range(2):  # wherever it tips
        assert hint in printed(capsys, "2.4", answer)


# 2.5


def looks_at_the_seam(images, cut=0.15):
    """A judge that needs no training: how large is the step in the middle?"""
    steps = np.abs(np.diff(np.asarray(images), axis=2)).mean(axis=(1, 3))
    return cut - steps[:, 31]


def judge_of(logits):
    return lambda images: np.asarray(logits(images), "float32")[:, None]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (judge_of(lambda x: np.ones(len(x))), "has to meet joined halves"),
        (judge_of(lambda x: -np.ones(len(x))), "keep calling photos real"),
        (judge_of(lambda x: -looks_at_the_seam(x)), "labels are swapped"),
        (judge_of(lambda x: 0.5 + 0.1 * looks_at_the_seam(x)), "as if they were prob"),
        (judge_of(lambda x: np.nan * np.ones(len(x))), "not finite"),
        (judge_of(lambda x: (-1.0) ** np.arange(len(x))), "Train it longer"),
        (lambda x: np.float32(1), "Hand over the network itself"),
        (lambda x: np.zeros((len(x), 2)), "Hand over the network itself"),
    ],
)
def test_an_untrained_answer(capsys, answer, hint):
    assert hint in printed(capsys, "2.5", answer)


@pytest.mark.parametrize(
    "answer",
    [
        judge_of(looks_at_the_seam),
        lambda images: tf.constant(looks_at_the_seam(images)),
        lambda images: looks_at_the_seam(images).tolist(),
    ],
)
def test_a_judge_that_notices_the_seam(capsys, answer):
    assert printed(capsys, "2.5", answer) == "2.5: right\n"
