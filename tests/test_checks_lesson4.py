"""Lesson 4's exercises: solutions, other right answers, a hint for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from gan_lessons.classroom.checks import check
from gan_lessons.gan import (
    GAN,
    discriminator_loss,
    frozen,
    generator_loss,
    saturating_generator_loss,
)


def softplus(x):
    return np.logaddexp(0, x)


# 4.2


def smooth_loss(real, fake, target):
    on_photos = target * softplus(-real) + (1 - target) * softplus(real)
    return np.mean(on_photos) + np.mean(softplus(fake))


def smooth_through_probabilities(real, fake, target):
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        real, fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
        on_photos = -target * np.log(real) - (1 - target) * np.log(1 - real)
        return np.mean(on_photos) - np.mean(np.log(1 - fake))


def smooth_through_exp(real, fake, target):
    with np.errstate(over="ignore"):

        def naive(x):
            return np.log(1 + np.exp(x))

        on_photos = target * naive(-real) + (1 - target) * naive(real)
        return np.mean(on_photos) + np.mean(naive(fake))


def smooth_clipped(real, fake, target):
    with np.errstate(over="ignore"):
        real, fake = (
            np.clip(1 / (1 + np.exp(-each.astype(float))), 1e-7, 1 - 1e-7)
            for each in (real, fake)
        )
    on_photos = -target * np.log(real) - (1 - target) * np.log(1 - real)
    return np.mean(on_photos) - np.mean(np.log(1 - fake))


def smooth_in_keras(real, fake, target):
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    aims = np.full(real.shape, target, "float32")
    on_photos = cross_entropy(aims, real.astype("float32"))
    fake = fake.astype("float32")
    return on_photos + cross_entropy(np.zeros(fake.shape, "float32"), fake)


def smooth_with_ops(real, fake, target):
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    on_photos = ops.softplus(-real) + (1 - target) * real
    return ops.mean(on_photos) + ops.mean(ops.softplus(fake))


def smooth_in_plain_python(real, fake, target):
    total = 0.0
    for s in real.ravel().tolist():
        total += target * float(softplus(-s)) + (1 - target) * float(softplus(s))
    for s in fake.ravel().tolist():
        total += float(softplus(s))
    return total / len(real)


# 4.3


def one_round(
    discriminator,
    generator,
    d_optimizer,
    g_optimizer,
    real,
    d_latents,
    g_latents,
    d_sign=1,
    d_swap=False,
    g_loss_function=generator_loss,
    d_list="D",
    g_list="G",
    swap_latents="",
    give=lambda d_loss, g_loss: (d_loss, g_loss),
):
    """One round, and with the keywords every foreseen mistake in it."""
    lists = {"D": discriminator.trainable_variables, "G": generator.trainable_variables}
    lists["DG"], lists["none"] = lists["D"] + lists["G"], []
    with tf.GradientTape() as tape:
        fake = generator(g_latents if "D" in swap_latents else d_latents)
        logits = discriminator(real), discriminator(fake)
        d_loss = d_sign * discriminator_loss(*logits[:: -1 if d_swap else 1])
    movable = lists[d_list]
    if movable:
        d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    with tf.GradientTape() as tape:
        g_loss = g_loss_function(
            discriminator(generator(d_latents if "G" in swap_latents else g_latents))
        )
    movable = lists[g_list]
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    return give(d_loss, g_loss)


def one_round_frozen(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with frozen(generator), tf.GradientTape() as tape:
        d_loss = discriminator_loss(
            discriminator(real), discriminator(generator(d_latents))
        )
        movable = discriminator.trainable_variables + generator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    with frozen(discriminator), tf.GradientTape() as tape:
        g_loss = generator_loss(discriminator(generator(g_latents)))
        movable = discriminator.trainable_variables + generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    return d_loss, g_loss


def round_with_keywords(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape() as tape:
        d_loss = discriminator_loss(
            discriminator(real), discriminator(generator(d_latents))
        )
    movable = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, movable), trainable_variables=movable)
    with tf.GradientTape() as tape:
        g_loss = generator_loss(discriminator(generator(g_latents)))
    movable = generator.trainable_variables
    gradients = tape.gradient(g_loss, movable)
    g_optimizer.apply(grads=gradients, trainable_variables=movable)
    return np.array([d_loss, g_loss])


def round_with_apply_gradients(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape() as tape:
        fake = tf.stop_gradient(generator(d_latents))
        d_loss = discriminator_loss(discriminator(real), discriminator(fake))
    gradients = tape.gradient(d_loss, discriminator.trainable_weights)
    d_optimizer.apply_gradients(zip(gradients, discriminator.trainable_weights))
    with tf.GradientTape() as tape:
        g_loss = generator_loss(discriminator(generator(g_latents)))
    gradients = tape.gradient(g_loss, generator.trainable_weights)
    g_optimizer.apply_gradients(zip(gradients, generator.trainable_weights))
    return [float(d_loss), float(g_loss)]


def round_with_switches(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    discriminator.trainable, generator.trainable = True, False
    with tf.GradientTape() as tape:
        logits = discriminator(tf.concat([real, generator(d_latents)], axis=0))
        d_loss = discriminator_loss(logits[: len(real)], logits[len(real) :])
    movable = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    discriminator.trainable, generator.trainable = False, True
    with tf.GradientTape() as tape:
        logits = discriminator(generator(g_latents))
        g_loss = -ops.mean(ops.log_sigmoid(logits))
    movable = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    discriminator.trainable = True
    return tf.stack([d_loss, g_loss])


def round_with_turns_as_graphs(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    @tf.function
    def d_turn():
        with tf.GradientTape() as tape:
            loss = discriminator_loss(
                discriminator(real), discriminator(generator(d_latents))
            )
        movable = discriminator.trainable_variables
        d_optimizer.apply(tape.gradient(loss, movable), movable)
        return loss

    @tf.function
    def g_turn():
        with tf.GradientTape() as tape:
            loss = generator_loss(discriminator(generator(g_latents)))
        movable = generator.trainable_variables
        g_optimizer.apply(tape.gradient(loss, movable), movable)
        return loss

    return d_turn(), g_turn()


def discriminator_left_frozen(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape() as tape:
        d_loss = discriminator_loss(
            discriminator(real), discriminator(generator(d_latents))
        )
    movable = discriminator.trainable_variables
    if movable:
        d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    discriminator.trainable = False
    with tf.GradientTape() as tape:
        g_loss = generator_loss(discriminator(generator(g_latents)))
    movable = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    return d_loss, g_loss


def both_turns_on_the_old_networks(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape(persistent=True) as tape:
        d_loss = discriminator_loss(
            discriminator(real), discriminator(generator(d_latents))
        )
        g_loss = generator_loss(discriminator(generator(g_latents)))
    gradients = (
        tape.gradient(d_loss, discriminator.variables),
        tape.gradient(g_loss, generator.variables),
    )
    d_optimizer.apply(gradients[0], discriminator.variables)
    g_optimizer.apply(gradients[1], generator.variables)
    return d_loss, g_loss


def as_the_lesson_gives_it(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape(persistent=True) as tape:
        on_fake = discriminator(generator(d_latents))
        d_loss = discriminator_loss(on_fake, discriminator(real))
        g_loss = generator_loss(discriminator(generator(g_latents)))
    weights = discriminator.trainable_variables + generator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return d_loss, g_loss


def wrong_one_frozen(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    """Every gradient is zero, so that no network moves in its own turn."""
    for optimizer, network in ((d_optimizer, discriminator), (g_optimizer, generator)):
        optimizer.apply(
            [tf.zeros_like(variable) for variable in network.variables],
            network.variables,
        )


def optimizers_swapped(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    return one_round(
        discriminator, generator, g_optimizer, d_optimizer, real, d_latents, g_latents
    )


def generator_first(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    with tf.GradientTape() as tape:
        g_loss = generator_loss(discriminator(generator(g_latents)))
    movable = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    with tf.GradientTape() as tape:
        d_loss = discriminator_loss(
            discriminator(real), discriminator(generator(d_latents))
        )
    movable = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    return d_loss, g_loss


def discriminator_twice(*arguments):
    one_round(*arguments)
    return one_round(*arguments)


def mistaken(**mistake):
    return lambda *arguments: one_round(*arguments, **mistake)


def helpful_generator_loss(logits):
    return -saturating_generator_loss(logits)


# 4.4


def number_networks():
    hidden = [keras.layers.Dense(32, activation="tanh") for _ in range(3)]
    inputs = keras.Input((1,))
    discriminator = keras.Sequential([inputs, *hidden, keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    generator.set_weights([np.float32([[1.0]]), np.float32([0.0])])
    return discriminator, generator


def trained(numbers, g_rate=5e-3, epochs=16):
    data = tf.data.Dataset.from_tensor_slices(numbers).shuffle(len(numbers), seed=0)
    gan = GAN(*number_networks())
    g_optimizer = keras.optimizers.Adam(g_rate, beta_1=0.5)
    if not g_rate:
        g_optimizer = keras.optimizers.SGD(0.0)
    d_optimizer = keras.optimizers.Adam(5e-3, beta_1=0.5)
    gan.compile(d_optimizer, g_optimizer, steps_per_execution=16)
    gan.fit(data.batch(512), epochs=epochs, verbose=0)
    return gan


def as_if_trained(numbers):
    """A GAN with the weights that a perfect run would end with."""
    discriminator, generator = number_networks()
    kernel, bias = np.std(numbers), np.mean(numbers)
    generator.set_weights([np.array([[kernel]]), np.array([bias])])
    return GAN(discriminator, generator)


def linear(scale, shift):
    return lambda numbers: lambda latents: scale * latents + shift


SOLUTIONS = {
    "4.1": (0.2, 0.25, 0.75),
    "4.2": smooth_loss,
    "4.3": one_round_frozen,
}

OTHERS = {
    "a list": ("4.1", [0.2, 0.25, 0.75]),
    "an array": ("4.1", np.float32([0.2, 0.25, 0.75])),
    "a tensor": ("4.1", tf.constant([0.2, 0.25, 0.75])),
    "tensors": ("4.1", tuple(tf.constant(x) for x in (0.2, 0.25, 0.75))),
    "arrays without axes": ("4.1", tuple(np.array(x) for x in (0.2, 0.25, 0.75))),
    "arrays of one": ("4.1", tuple(np.array([x]) for x in (0.2, 0.25, 0.75))),
    "worked out": ("4.1", (1 - 0.8, 0.25, 1 - 0.25)),
    "Keras": ("4.2", smooth_in_keras),
    "ops": ("4.2", smooth_with_ops),
    "plain Python": ("4.2", smooth_in_plain_python),
    "an array of one": ("4.2", lambda *a: np.array([smooth_loss(*a)])),
    "a table of one": ("4.2", lambda *a: np.array([[smooth_loss(*a)]])),
    "float32": ("4.2", lambda *a: np.float32(smooth_loss(*a))),
    "a tensor without axes": ("4.2", lambda *a: tf.constant(smooth_loss(*a))),
    "flat logits": ("4.2", lambda r, f, t: smooth_loss(r.ravel(), f.ravel(), t)),
    "one mean": (
        "4.2",
        lambda r, f, t: np.mean(t * softplus(-r) + (1 - t) * softplus(r) + softplus(f)),
    ),
    "the short form": (
        "4.2",
        lambda r, f, t: np.mean(softplus(-r) + (1 - t) * r + softplus(f)),
    ),
    "not frozen, the right lists": ("4.3", one_round),
    "keywords of Keras": ("4.3", round_with_keywords),
    "apply_gradients": ("4.3", round_with_apply_gradients),
    "switches, and back": ("4.3", round_with_switches),
    "graphs": ("4.3", round_with_turns_as_graphs),
    "one graph": ("4.3", tf.function(one_round_frozen)),
    "floats": ("4.3", mistaken(give=lambda d, g: (float(d), float(g)))),
    "arrays": ("4.3", mistaken(give=lambda d, g: [d.numpy(), g.numpy()])),
    "losses with an axis": (
        "4.3",
        mistaken(give=lambda d, g: (ops.reshape(d, (1,)), ops.reshape(g, (1,)))),
    ),
}

MISTAKES = [
    ("4.1", (20, 25, 75), "right as percentages"),
    ("4.1", (20, 75, 25), "not percentages. D and G have changed places"),
    ("4.1", (0.2, 0.75, 0.25), "changed places"),
    ("4.1", (0.8, 0.25, 0.75), "D's confidence in the photo"),
    ("4.1", (0.2, 0.25, 0.25), "counts twice"),
    ("4.1", (0.2, 0.75, 0.75), "counts twice"),
    ("4.1", (0.3, 0.25, 0.75), "Think again about D's error on the photo"),
    ("4.1", (0.2, 0.35, 0.75), "Think again about D's error on the fake"),
    ("4.1", (0.2, 0.25, 0.55), "Think again about G's error on the fake"),
    ("4.1", (-0.2, 0.25, 0.75), "cannot be negative"),
    ("4.1", (0.2, ..., 0.75), "three numbers"),
    ("4.1", (0.2, None, 0.75), "three numbers"),
    ("4.1", (0.2, 0.25), "three numbers"),
    ("4.1", 0.2, "three numbers"),
    ("4.1", "none", "three numbers"),
    ("4.1", ("20 %", "25 %", "75 %"), "three numbers"),
    ("4.2", lambda r, f, t: None, "is a `return` missing"),
    ("4.2", lambda r, f, t: (smooth_loss(r, f, t), 0.0), "Give one number"),
    ("4.2", lambda r, f, t: softplus(-r) + softplus(f), "Give one number"),
    ("4.2", lambda r, f, t: "small", "Give one number"),
    ("4.2", smooth_through_probabilities, "do not go through the probability"),
    ("4.2", smooth_through_exp, "through exp"),
    ("4.2", smooth_clipped, "Clipped probabilities"),
    ("4.2", lambda r, f, t: smooth_loss(r, f, 1), "the target is missing"),
    ("4.2", lambda r, f, t: smooth_loss(r, f, 0.9), "expected"),
    ("4.2", lambda r, f, t: smooth_loss(r, f, 1 - t), "changed places"),
    ("4.2", lambda r, f, t: smooth_loss(f, r, t), "expected"),
    (
        "4.2",
        lambda r, f, t: t * np.mean(softplus(-r)) + np.mean(softplus(f)),
        "A photo has two costs",
    ),
    (
        "4.2",
        lambda r, f, t: (
            smooth_loss(r, f, t) + (1 - t) * np.mean(softplus(-f) - softplus(f))
        ),
        "Only photos aim for the target",
    ),
    ("4.2", lambda r, f, t: len(r) * smooth_loss(r, f, t), "take its mean"),
    ("4.2", lambda r, f, t: smooth_loss(r, f, t) / 2, "You halved it"),
    (
        "4.2",
        lambda r, f, t: smooth_loss(r, f, t) - np.mean(softplus(f)),
        "The cost of the fakes is missing",
    ),
    ("4.2", lambda r, f, t: smooth_loss(r, -f, t), "believes has a large logit"),
    ("4.2", lambda r, f, t: -smooth_loss(r, f, t), "at least 0"),
    ("4.2", lambda r, f, t: np.mean(r) + np.mean(f), "expected"),
    ("4.2", lambda r, f, t: np.max(r), "expected"),
    ("4.3", as_the_lesson_gives_it, "The generator moved in D's turn"),
    (
        "4.3",
        mistaken(g_list="DG"),
        "The discriminator moved in G's turn: its weights changed by up to",
    ),
    ("4.3", mistaken(d_list="DG"), "The generator moved in D's turn"),
    ("4.3", tf.function(mistaken(d_list="DG")), "The generator moved in D's turn"),
    ("4.3", mistaken(d_swap=True), "which logits come first"),
    ("4.3", wrong_one_frozen, "did not move in its own turn"),
    ("4.3", discriminator_left_frozen, "in the second the discriminator did not move"),
    ("4.3", mistaken(d_list="none"), "in this order: G's"),
    ("4.3", lambda *arguments: None, "Neither network moved"),
    ("4.3", optimizers_swapped, "moved in"),
    ("4.3", generator_first, "in this order: G's then D's"),
    ("4.3", discriminator_twice, "in this order: D's then G's then D's"),
    ("4.3", mistaken(swap_latents="D"), "D's turn is on what G paints from d_latents"),
    ("4.3", mistaken(swap_latents="G"), "G's turn is on what it paints from g_latents"),
    ("4.3", mistaken(d_sign=-1), "D went uphill"),
    ("4.3", mistaken(d_sign=3), "D's loss is softplus(-logit) for photos"),
    ("4.3", mistaken(g_loss_function=saturating_generator_loss), "the saturating one"),
    (
        "4.3",
        mistaken(g_loss_function=helpful_generator_loss),
        "G learned to be found out",
    ),
    (
        "4.3",
        mistaken(g_loss_function=lambda logits: 3 * generator_loss(logits)),
        "Its loss is the mean",
    ),
    ("4.3", both_turns_on_the_old_networks, "after D has moved"),
    ("4.3", mistaken(give=lambda d, g: None), "expected the two losses"),
    ("4.3", mistaken(give=lambda d, g: d + g), "expected the two losses"),
    ("4.3", mistaken(give=lambda d, g: (g, d)), "They have changed places"),
    ("4.4", lambda numbers: None, "is a `return` missing"),
    ("4.4", lambda numbers: (1, 2), "Return the generator alone"),
    ("4.4", lambda numbers: numbers, "You returned ndarray"),
    ("4.4", lambda numbers: number_networks()[1], "Do both networks learn"),
    ("4.4", linear(0.0, 1.5), "nearly the same"),
    ("4.4", linear(0.5, 1.5), "For numbers with mean"),
    ("4.4", lambda n: lambda z: z * n.std() * 2 + n.mean(), "standard deviation is"),
    ("4.4", lambda n: lambda z: z * np.nan, "not finite"),
    ("4.4", lambda n: lambda z: np.concatenate([z, z], 1), "generator makes"),
    (
        "4.4",
        lambda n: keras.Sequential(number_networks()[0].layers, name="discriminator"),
        "Return the generator.",
    ),
]


def lines(exercise, answer, times, capsys):
    for _ in range(times):
        check(exercise, answer)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_the_solution_is_right(exercise, capsys):
    times = 3 if exercise == "4.3" else 20  # with fresh inputs each time
    assert lines(exercise, SOLUTIONS[exercise], times, capsys) == (
        times * [f"{exercise}: right"]
    )


@pytest.mark.parametrize(("exercise", "answer"), OTHERS.values(), ids=OTHERS)
def test_an_answer_written_otherwise_is_right(exercise, answer, capsys):
    times = {"4.1": 1, "4.2": 10, "4.3": 1}[exercise]
    assert lines(exercise, answer, times, capsys) == times * [f"{exercise}: right"]


@pytest.mark.parametrize(("exercise", "answer", "hint"), MISTAKES)
def test_a_mistake_gets_its_own_hint(exercise, answer, hint, capsys):
    times = {"4.1": 1, "4.2": 10, "4.3": 2, "4.4": 2}[exercise]
    found = lines(exercise, answer, times, capsys)
    assert all(
        line.startswith(f"{exercise}: not yet. ") and hint in line for line in found
    ), found


def test_a_gan_trained_on_the_numbers_is_right(capsys):
    found = lines("4.4", lambda numbers: trained(numbers).generator, 1, capsys)
    assert found == ["4.4: right"]


@pytest.mark.parametrize(
    "answer",
    [
        as_if_trained,
        lambda numbers: as_if_trained(numbers).generator,
        lambda numbers: as_if_trained(numbers).ema_generator,
    ],
)
def test_the_generator_its_copy_or_the_whole_gan_may_be_returned(answer, capsys):
    assert lines("4.4", answer, 3, capsys) == 3 * ["4.4: right"]


def test_a_gan_whose_generator_does_not_learn_is_wrong(capsys):
    (line,) = lines("4.4", lambda n: trained(n, g_rate=0.0, epochs=1), 1, capsys)
    assert "Do both networks learn" in line
