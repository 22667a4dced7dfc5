"""Lesson 5's exercises: solutions, other right answers, a hint for each mistake."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from gan_lessons.classroom.checks import check
from gan_lessons.classroom.checks.lesson5 import LETTERS
from gan_lessons.classroom.patients import load_patients
from gan_lessons.data import load_faces, to_float


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 5.1


@pytest.mark.parametrize(
    "penalties",
    [
        (0.64, 2.56),
        [0.64, 2.56],
        np.float32([0.64, 2.56]),
        tf.constant([0.64, 2.56]),
        (tf.constant(0.64), np.array([2.56])),
        (64 * 0.01, 64 * 0.04),
        np.array([[0.64, 2.56]]),
        (64 * weight**2 for weight in (0.1, 0.2)),
    ],
)
def test_penalties(capsys, penalties):
    assert printed(capsys, "5.1", penalties) == "5.1: right\n"


@pytest.mark.parametrize(
    ("penalties", "hint"),
    [
        ((0.64, 1.28), "doubles and is squared"),
        ((0.64, 0.64), "The gradient is the weights"),
        ((0.64, 10.24), "What becomes of its square"),
        ((0.8, 1.6), "length of the gradient"),
        ((0.4, 0.8), "half of the length"),
        ((0.32, 1.28), "nothing is to be halved"),
        ((1.28, 5.12), "and not γ"),
        ((0.01, 0.04), "square of one weight"),
        ((0.02, 0.08), "for one weight"),
        ((0.08, 0.32), "not over 8"),
        ((6.4, 12.8), "Add their squares"),
        ((40.96, 163.84), "Add up their squares"),
        ((2.56, 0.64), "it comes second"),
        ((5, 7), "64 numbers"),
        (0.64, "two numbers"),
        ((0.64,), "two numbers"),
        ((0.64, 2.56, 0), "two numbers"),
        ("0.64, 2.56", "two numbers"),
        (("0.64", "2.56"), "gave ('0.64', '2.56'): give two numbers"),
        ((0.64, None), "gave (0.64, None): give two numbers"),
        ({0.64, 2.56}, "two numbers"),
        (("a", "b"), "two numbers"),
    ],
)
def test_wrong_penalties(capsys, penalties, hint):
    out = printed(capsys, "5.1", penalties)
    assert out.startswith("5.1: not yet") and hint in out


# 5.2


def r1_penalty(
    discriminator,
    images,
    gamma,
    over=lambda squares: tf.reduce_sum(squares, axis=(1, 2, 3)),
    mean=tf.reduce_mean,
    of=lambda logits: logits,
    factor=lambda gamma: gamma / 2,
    after=lambda value: value,
):
    """The solution, and with the keywords every foreseen mistake in it."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        values = of(discriminator(images))
    gradient = tape.gradient(values, images)
    return after(factor(gamma) * mean(over(gradient**2)))


def r1_image_by_image(discriminator, images, gamma):
    total = 0.0
    for i in range(images.shape[0]):
        one = images[i : i + 1]
        with tf.GradientTape() as tape:
            tape.watch(one)
            logit = discriminator(one)[0, 0]
        total += tf.reduce_sum(tape.gradient(logit, one) ** 2)
    return gamma * total / (2 * images.shape[0])


def r1_of_a_variable(discriminator, images, gamma):
    pixels = tf.Variable(images)
    with tf.GradientTape() as tape:
        logits = discriminator(pixels, training=True)
    flat = tf.reshape(tape.gradient(logits, pixels), (len(images), -1))
    return 0.5 * gamma * tf.reduce_mean(tf.norm(flat, axis=1) ** 2)


def r1_with_tf_gradients(discriminator, images, gamma):
    @tf.function
    def penalty(images):
        (gradient,) = tf.gradients(discriminator(images), images)
        return gamma / 2 * tf.reduce_sum(gradient**2) / tf.cast(len(images), "float32")

    return penalty(images)


def r1_with_a_jacobian(discriminator, images, gamma):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    jacobian = tape.batch_jacobian(logits, images)[:, 0]
    return gamma / 2 * ops.mean(ops.sum(ops.square(jacobian), axis=(-3, -2, -1)))


def r1_of_the_sum(discriminator, images, gamma):
    return r1_penalty(discriminator, images, gamma, of=tf.reduce_sum)


def r1_as_an_array_of_one(discriminator, images, gamma):
    return tf.reshape(r1_penalty(discriminator, images, gamma), (1,))


def r1_with_einsum(discriminator, images, gamma):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = discriminator(images)
    gradient = tape.gradient(logits, images)
    return gamma / 2 * tf.reduce_mean(tf.einsum("nyxc,nyxc->n", gradient, gradient))


def r1_with_persistent_tape(discriminator, images, gamma):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        logits = tf.squeeze(discriminator(images))
    gradient = tape.gradient(logits, images)
    return tf.reduce_mean(gamma / 2 * tf.reduce_sum(tf.square(gradient), [1, 2, 3]))


def r1_that_halves_the_norms(discriminator, images, gamma):
    return gamma * r1_penalty(discriminator, images, 1.0)


@pytest.mark.parametrize(
    "answer",
    [
        r1_penalty,
        r1_image_by_image,
        r1_of_a_variable,
        r1_with_tf_gradients,
        r1_with_a_jacobian,
        r1_of_the_sum,
        r1_as_an_array_of_one,
        r1_with_einsum,
        r1_with_persistent_tape,
        r1_that_halves_the_norms,
    ],
)
def test_r1(capsys, answer):
    assert printed(capsys, "5.2", answer) == "5.2: right\n"


def with_mistake(**mistake):
    return lambda *given: r1_penalty(*given, **mistake)


def r1_by_weights(discriminator, images, gamma):
    with tf.GradientTape() as tape:
        logits = discriminator(images)
    gradients = tape.gradient(logits, discriminator.trainable_variables)
    return gamma / 2 * sum(tf.reduce_sum(gradient**2) for gradient in gradients)


def r1_not_watched(discriminator, images, gamma):
    with tf.GradientTape() as tape:
        logits = discriminator(images)
    return gamma / 2 * tf.reduce_mean(tape.gradient(logits, images) ** 2)


def r1_outside_the_tape(discriminator, images, gamma):
    logits = discriminator(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
    return gamma / 2 * tf.reduce_sum(tf.square(tape.gradient(logits, images)))


def r1_gradient(discriminator, images, gamma):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    return tape.gradient(logits, images)


def all_images_at_once(squares):
    return tf.sqrt(tf.reduce_sum(squares))


def lengths(squares):
    return tf.sqrt(tf.reduce_sum(squares, axis=(1, 2, 3)))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (with_mistake(factor=lambda gamma: gamma), "and not γ"),
        (with_mistake(factor=lambda gamma: 1.0), "factor γ/2 is missing"),
        (with_mistake(factor=lambda gamma: 0.5), "did not multiply by γ"),
        (with_mistake(mean=tf.reduce_sum), "take their mean"),
        (
            with_mistake(mean=tf.reduce_sum, factor=lambda gamma: 1.0),
            "and γ/2 is missing",
        ),
        (
            with_mistake(over=lambda squares: tf.reduce_mean(squares, axis=(1, 2, 3))),
            "the *sum* over the pixels",
        ),
        (
            with_mistake(over=lambda squares: tf.reduce_sum(squares, axis=(1, 2))),
            "Sum over the channels as well",
        ),
        (with_mistake(over=lengths), "has to be squared"),
        (
            with_mistake(over=lengths, mean=lambda each: tf.reduce_mean(each) ** 2),
            "for each image",
        ),
        (with_mistake(over=all_images_at_once), "of the whole batch"),
        (with_mistake(of=tf.reduce_mean), "the *mean* of the logits"),
        (with_mistake(of=tf.sigmoid), "not D(x)"),
        (with_mistake(factor=lambda gamma: -gamma / 2), "The sign is wrong"),
        (with_mistake(factor=lambda gamma: 2 * gamma), "That is 4 times R1"),
        (with_mistake(factor=lambda gamma: 3.3 * gamma), "Let the tape watch"),
        (r1_by_weights, "to D's weights"),
        (with_mistake(after=float), "no gradient gets through"),
        (with_mistake(after=lambda value: value.numpy()), "no gradient gets through"),
        (with_mistake(after=tf.stop_gradient), "no gradient gets through"),
        (with_mistake(mean=lambda each: each), "return one number"),
        (r1_not_watched, "the tape has to watch the images"),
        (r1_outside_the_tape, "inside its `with` block"),
        (r1_gradient, "an array of shape (5, 8, 8, 1): return one number"),
        (lambda discriminator, images, gamma: None, "`return` missing"),
        (lambda discriminator, images: 0.0, "stopped with TypeError"),
    ],
)
def test_wrong_r1(capsys, answer, hint):
    out = printed(capsys, "5.2", answer)
    assert out.startswith("5.2: not yet") and any(
        part in out for part in hint.split("|")
    )


# 5.3


def cutout(
    images,
    seed,
    inside=True,
    share=2,
    places=None,
    grey=0.0,
    either=False,
    fixed=None,
    seeds=lambda seed: seed,
    n=None,
    size=None,
):
    """The solution, and with the keywords every foreseen mistake in it."""
    n, size = n or ops.shape(images)[0], size or images.shape[1]
    width = size // share
    last = size - width if inside else size - 1
    starts = keras.random.randint((places or n, 2), 0, last + 1, seed=seeds(seed))
    starts = tf.broadcast_to(starts, (n, 2))
    if fixed == "diagonal":
        starts = tf.repeat(starts[:, :1], 2, axis=1)
    if fixed in ("row", "column"):
        one = tf.zeros((n, 1), starts.dtype)
        pair = (one, starts[:, 1:]) if fixed == "row" else (starts[:, :1], one)
        starts = tf.concat(pair, axis=1)
    steps = tf.range(size) - starts[:, :, None]
    in_range = (steps >= 0) & (steps < width)
    rows, columns = in_range[:, 0, :, None], in_range[:, 1, None]
    square = rows | columns if either else rows & columns
    return tf.where(square[..., None], grey, images)


def cutout_with_len(images, seed):
    half = images.shape[1] // 2
    starts = keras.random.randint((len(images), 2), 0, half + 1, seed=seed)
    pieces = []
    for picture, (top, left) in zip(images, starts.numpy()):
        mask = np.ones(picture.shape, "float32")
        mask[top : top + half, left : left + half] = 0
        pieces.append(picture * mask)
    return tf.stack(pieces)


def cutout_with_pads(images, seed):
    n, size, half = images.shape[0], images.shape[1], images.shape[1] // 2
    tops = keras.random.randint((n,), 0, half + 1, seed=seed)
    lefts = keras.random.randint((n,), 0, half + 1, seed=seed)

    def one(given):
        picture, top, left = given
        hole = tf.ones((half, half, 1))
        rest = half - top, half - left
        pads = [[top, rest[0]], [left, rest[1]], [0, 0]]
        return picture * (1 - tf.pad(hole, pads))

    assert size == 2 * half
    return tf.map_fn(one, (images, tops, lefts), fn_output_signature="float32")


def cutout_with_uniform(images, seed):
    n, size = images.shape[0], images.shape[1]
    half = size // 2
    draws = keras.random.uniform((2, n, 1), seed=seed)
    start = tf.cast(tf.floor(draws * (half + 1)), "int32")
    inside = (tf.range(size) >= start) & (tf.range(size) < start + half)
    hole = tf.cast(inside[0][:, :, None] & inside[1][:, None, :], "float32")
    return images - images * hole[..., None]


def cutout_without_keras(images, seed):
    n, size = tf.shape(images)[0], images.shape[1]
    half = size // 2
    shape, state = (n, 2), tf.cast(seed.next(), "int32")
    start = tf.random.stateless_uniform(shape, state, 0, half + 1, dtype="int32")
    rows, columns = tf.meshgrid(tf.range(size), tf.range(size), indexing="ij")
    top, left = start[:, 0, None, None], start[:, 1, None, None]
    hole = (rows >= top) & (rows < top + half)
    hole &= (columns >= left) & (columns < left + half)
    return tf.where(hole[..., None], tf.zeros_like(images), images)


@tf.function
def cutout_as_a_graph(images, seed):
    return cutout(images, seed)


@pytest.mark.parametrize(
    "answer",
    [
        cutout,
        cutout_with_len,
        cutout_with_pads,
        cutout_with_uniform,
        cutout_without_keras,
        cutout_as_a_graph,
    ],
)
def test_cutout(capsys, answer):
    for _ in range(3):
        assert printed(capsys, "5.3", answer) == "5.3: right\n"


def changed(**mistake):
    return lambda images, seed: cutout(images, seed, **mistake)


def in_the_corners(images, seed):
    n, half = images.shape[0], images.shape[1] // 2
    start = keras.random.randint((n, 2), 0, 2, seed=seed) * half
    inside = ops.arange(2 * half) - start[:, :, None]
    inside = (inside >= 0) & (inside < half)
    return ops.where(
        inside[:, 0, :, None, None] & inside[:, 1, None, :, None], 0.0, images
    )


def without_a_known_gradient(images, seed):
    n, half = images.shape[0], images.shape[1] // 2
    starts = np.asarray(keras.random.randint((n, 2), 0, half + 1, seed=seed))
    hole = ops.zeros((half, half, images.shape[-1]))
    return ops.stack(
        [
            ops.slice_update(picture, (int(top), int(left), 0), hole)
            for picture, (top, left) in zip(images, starts)
        ]
    )


def turned_round(images, seed):
    return cutout(images[::-1], seed)


def only_the_first(images, seed):
    return tf.concat([cutout(images, seed)[:1], images[1:]], axis=0)


def only_one_channel(images, seed):
    return tf.concat([cutout(images, seed)[..., :1], images[..., 1:]], axis=-1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda images, seed: images + 0, "nothing was changed"),
        (lambda images, seed: cutout(images, seed)[:, 1:], "returned the shape"),
        (changed(grey=-1.0), "grey is 0 here"),
        (changed(grey=127.0), "grey is 0 here"),
        (changed(either=True), "are not a square"),
        (changed(share=4), "you got [(4, 4)]: half as wide"),
        (changed(inside=False), "run over the edge"),
        (changed(places=1), "at the same place"),
        (changed(fixed="diagonal"), "on the diagonal"),
        (changed(fixed="row"), "same row"),
        (changed(fixed="column"), "same column"),
        (changed(seeds=lambda seed: 0), "a second call cuts at the same places"),
        (
            changed(seeds=lambda seed: keras.random.SeedGenerator(5)),
            "a second call cuts at the same places",
        ),
        (changed(seeds=lambda seed: None), "draw with the `seed` that you were given"),
        (lambda images, seed: cutout(images, seed).numpy(), "no gradient comes back"),
        (without_a_known_gradient, "no gradient comes back"),
        (in_the_corners, "in the corners only"),
        (turned_round, "pixels outside the square changed as well"),
        (
            lambda images, seed: images - cutout(images, seed),
            "the other way round",
        ),
        (
            lambda images, seed: tf.cast(cutout(images, seed), "float16"),
            "you returned float16",
        ),
        (lambda images, seed: cutout(images, seed) == 0, "you returned bool"),
        (lambda images, seed: list(cutout(images, seed)), "make one tensor"),
        (lambda images, seed: {"images": images}, "you returned a dict"),
        (only_the_first, "1 of 64 pictures were changed"),
        (only_one_channel, "only some of the channels"),
        (changed(n=12), "stopped with"),
        (changed(size=16), "stopped with"),
        (
            lambda images, seed: (
                cutout(images, seed) - images + tf.stop_gradient(images)
            ),
            "the gradient is not",
        ),
    ],
)
def test_wrong_cutout(capsys, answer, hint):
    out = printed(capsys, "5.3", answer)
    assert out.startswith("5.3: not yet") and hint in out


def test_a_start_that_may_lie_one_too_far_is_never_taken(capsys):
    def one_too_far(images, seed):
        half = images.shape[1] // 2
        start = keras.random.randint((images.shape[0], 2), 0, half + 2, seed=seed)
        steps = ops.arange(2 * half) - start[:, :, None]
        inside = (steps >= 0) & (steps < half)
        hole = inside[:, 0, :, None, None] & inside[:, 1, None, :, None]
        return ops.where(hole, 0.0, images)

    for seed in range(40):
        keras.utils.set_random_seed(seed)
        assert "run over the edge" in printed(capsys, "5.3", one_too_far)


# 5.4


@pytest.mark.parametrize(
    "letters",
    [
        LETTERS,
        LETTERS.lower(),
        list(LETTERS),
        tuple(LETTERS),
        ", ".join(LETTERS),
        " ".join(LETTERS),
        np.array(list(LETTERS)),
        f"{LETTERS}\n",
        f"{LETTERS!r}",
        " > ".join(LETTERS),
        "/".join(LETTERS),
        ". ".join(LETTERS),
        f"{', '.join(LETTERS[:4])} and {LETTERS[4]}",
        tf.constant(LETTERS),
        tf.constant(list(LETTERS)),
    ],
)
def test_letters(capsys, letters):
    assert printed(capsys, "5.4", letters) == "5.4: right\n"


@pytest.mark.parametrize(
    ("letters", "hint"),
    [
        ("BCAED", "Three are right. The healthy run and the D that is too slow"),
        ("ADCEB", "the points reach all clusters"),
        ("DAECB", "in a few of the clusters"),
        ("DCEAB", "points creep"),
        ("DCABE", "a straight line"),
        ("ABCDE", "for 'healthy'"),
        ("DCAEE", "each once"),
        ("DCAE", "each once"),
        (12345, "one string"),
        ("healthy, collapse", "one string"),
    ],
)
def test_wrong_letters(capsys, letters, hint):
    out = printed(capsys, "5.4", letters)
    assert out.startswith("5.4: not yet") and hint in out


def test_no_hint_gives_the_letters_away(capsys):
    assert LETTERS not in printed(capsys, "5.4", "ABCDE")


def test_the_patients_show_the_symptoms_that_the_lesson_names():
    patients, real, moments = load_patients()
    healthy, collapse, d_wins, no_d, slow_d = (patients[each] for each in LETTERS)
    assert real.shape[1] == 2 and len(moments) == len(healthy[1])

    def scores(run):
        return np.array(run[0]["d_real"]), np.array(run[0]["d_fake"])

    def clusters(run):
        angles = np.pi / 2 + np.arange(5) * 2 * np.pi / 5
        corners = 2.2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        far = np.linalg.norm(run[1][-1][:, None] - corners, axis=2)
        reached = far.argmin(axis=1)[far.min(axis=1) < 0.4]
        return (np.bincount(reached, minlength=5) >= 4).sum(), len(reached)

    assert clusters(healthy)[0] == 5
    assert clusters(collapse)[0] <= 2
    real_score, fake_score = scores(d_wins)
    assert real_score[-1] > 0.95 and fake_score[-1] < 0.05
    assert np.ptp(scores(no_d)[0]) < 0.05 and scores(no_d)[1][-1] > 0.9
    real_score, fake_score = scores(slow_d)
    assert (fake_score > real_score)[-30:].sum() > 5 and clusters(slow_d)[0] < 2
    real_score, fake_score = scores(healthy)
    assert (fake_score > real_score)[-30:].sum() == 0


# 5.5


def stand_in(on_learned, on_unseen, rounds=1280, faces=True):
    """What stands for a trained GAN: two levels of confidence, and faces or noise."""
    train, _ = load_faces("orl", 16).split(0.1)
    few = to_float(train[::36].images)

    def discriminator(images):
        far = np.abs(np.asarray(images)[:, None] - few).mean(axis=(2, 3, 4)).min(axis=1)
        share = np.where(far < 1e-6, on_learned, on_unseen)
        return tf.constant(np.log(share / (1 - share))[:, None], "float32")

    def generate(n, seed):
        rng = np.random.default_rng(seed)
        if faces:
            return train.images[rng.integers(len(train), size=n)]
        return rng.integers(0, 256, (n, 16, 16, 1), "uint8")

    return types.SimpleNamespace(
        discriminator=discriminator,
        generate=generate,
        d_optimizer=types.SimpleNamespace(iterations=tf.Variable(rounds)),
    )


BROKEN, CURED = (0.8, 0.3), (0.52, 0.5)


def test_broken_and_cured(capsys):
    broken, cured = stand_in(*BROKEN), stand_in(*CURED)
    watch = object()
    for answer in (
        (broken, cured),
        [broken, cured],
        ((broken, watch), (cured, watch)),
        (broken, stand_in(*CURED, rounds=2000)),
        (stand_in(0.9, 0.5), stand_in(0.45, 0.5)),
    ):
        assert printed(capsys, "5.5", answer) == "5.5: right\n"


@pytest.mark.parametrize(
    ("broken", "cured", "hint"),
    [
        ((CURED,), (BROKEN,), "changed places"),
        ((CURED,), (CURED,), "Nothing should hold D back"),
        ((BROKEN,), (BROKEN,), "closed the gap for forty photos"),
        ((BROKEN,), ((0.65, 0.5),), "closed the gap for forty photos"),
        ((BROKEN,), (CURED, 160), "has played 160 rounds"),
        ((BROKEN,), (CURED, 1280, False), "far from the photos"),
    ],
)
def test_not_broken_or_not_cured(capsys, broken, cured, hint):
    answer = [stand_in(*levels, *rest) for levels, *rest in (broken, cured)]
    out = printed(capsys, "5.5", answer)
    assert out.startswith("5.5: not yet") and hint in out


def test_something_else_in_place_of_two_gans(capsys):
    one = stand_in(*BROKEN)
    for answer, hint in (
        (one, "two GANs"),
        ((one,), "two GANs"),
        ((one, 0.1), "two GANs"),
        ((0.4, 0.05), "two GANs"),
        ((one, one), "the same GAN twice"),
        ("two GANs, they say", "two GANs as a tuple"),
    ):
        out = printed(capsys, "5.5", answer)
        assert out.startswith("5.5: not yet") and hint in out


def test_a_gan_that_has_broken_down(capsys):
    answer = stand_in(np.nan, np.nan), stand_in(*CURED)
    assert "its D answers NaN" in printed(capsys, "5.5", answer)


def test_a_gan_of_another_size(capsys):
    large = stand_in(*BROKEN)
    large.discriminator = types.SimpleNamespace(input_shape=(None, 64, 64, 1))
    assert "use 16 × 16" in printed(capsys, "5.5", (large, stand_in(*CURED)))
