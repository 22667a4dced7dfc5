"""Lesson 4's exercises: solutions, and a hint of its own for each mistake."""

import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check
from gan_lessons.gan import (
    discriminator_loss,
    frozen,
    generator_loss,
    saturating_generator_loss,
)


def softplus(x):
    return np.logaddexp(0, x)


def both_losses(real, fake):
    return np.mean(softplus(-real)) + np.mean(softplus(fake)), np.mean(softplus(-fake))


def through_probabilities(real, fake):
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        real, fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
        return -np.mean(np.log(real)) - np.mean(np.log(1 - fake)), -np.mean(
            np.log(fake)
        )


def one_round(
    discriminator,
    generator,
    d_optimizer,
    g_optimizer,
    real,
    d_latents,
    g_latents,
    d_sign=1,
    g_loss_function=generator_loss,
    d_list="D",
    g_list="G",
    swap_latents="",
    answer=True,
):
    """One round, and with the keywords every foreseen mistake in it."""
    lists = {"D": discriminator.trainable_variables, "G": generator.trainable_variables}
    lists["DG"], lists["none"] = lists["D"] + lists["G"], []
    with tf.GradientTape() as tape:
        fake = generator(g_latents if "D" in swap_latents else d_latents)
        d_loss = d_sign * discriminator_loss(discriminator(real), discriminator(fake))
    movable = lists[d_list]
    if movable:
        d_optimizer.apply(tape.gradient(d_loss, movable), movable)
    with tf.GradientTape() as tape:
        g_loss = g_loss_function(
            discriminator(generator(d_latents if "G" in swap_latents else g_latents))
        )
    movable = lists[g_list]
    g_optimizer.apply(tape.gradient(g_loss, movable), movable)
    return (d_loss, g_loss) if answer else None


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


def wrong_one_frozen(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    """Every gradient is zero, so that no network moves in its own turn."""
    for optimizer, network in ((d_optimizer, discriminator), (g_optimizer, generator)):
        optimizer.apply(
            [tf.zeros_like(variable) for variable in network.variables],
            network.variables,
        )


def generator_first(
    discriminator, generator, d_optimizer, g_optimizer, real, d_latents, g_latents
):
    return one_round(
        generator=generator,
        discriminator=discriminator,
        d_optimizer=g_optimizer,
        g_optimizer=d_optimizer,
        real=real,
        d_latents=d_latents,
        g_latents=g_latents,
    )


def mistaken(**mistake):
    return lambda *args: one_round(*args, **mistake)


def helpful_generator_loss(logits):
    return -saturating_generator_loss(logits)


def best_answer(p, q, target):
    return target * p / (p + q)


SOLUTIONS = {
    "4.1": (0.2, 0.25, 0.75),
    "4.2": both_losses,
    "4.3": one_round_frozen,
    "4.4": best_answer,
}

MISTAKES = [
    ("4.1", (20, 25, 75), "as percentages"),
    ("4.1", (0.2, 0.75, 0.25), "changed places"),
    ("4.1", (0.8, 0.25, 0.75), "D's confidence in the photo"),
    ("4.1", (0.2, 0.25, 0.25), "One answer, two errors"),
    ("4.1", (0.2, 0.75, 0.75), "One answer, two errors"),
    ("4.1", (0.3, 0.25, 0.75), "Think again about D's error on the photo"),
    ("4.1", 0.2, "three numbers"),
    ("4.1", "none", "three numbers"),
    ("4.2", lambda real, fake: both_losses(real, fake)[0], "Give two numbers"),
    ("4.2", lambda real, fake: None, "Give two numbers"),
    (
        "4.2",
        lambda real, fake: (softplus(-real) + softplus(fake), softplus(-fake)),
        "Give two numbers",
    ),
    ("4.2", through_probabilities, "do not go through the probability"),
    (
        "4.2",
        lambda real, fake: tuple(len(real) * loss for loss in both_losses(real, fake)),
        "take its mean",
    ),
    (
        "4.2",
        lambda real, fake: (both_losses(real, fake)[0] / 2, both_losses(real, fake)[1]),
        "You halved it",
    ),
    (
        "4.2",
        lambda real, fake: (both_losses(real, fake)[0], -np.mean(softplus(fake))),
        "saturating",
    ),
    (
        "4.2",
        lambda real, fake: (both_losses(real, fake)[0], np.mean(softplus(fake))),
        "NOT believed",
    ),
    (
        "4.2",
        lambda real, fake: tuple(-loss for loss in both_losses(real, fake)),
        "signs are turned round",
    ),
    ("4.2", lambda real, fake: both_losses(real, fake)[::-1], "changed places"),
    (
        "4.2",
        lambda real, fake: (np.mean(softplus(-real)), both_losses(real, fake)[1]),
        "The generator's loss is right",
    ),
    ("4.2", lambda real, fake: (np.mean(real), np.mean(fake)), "is the price"),
    (
        "4.3",
        mistaken(g_list="DG"),
        "The discriminator moved in G's turn: its weights changed by up to",
    ),
    ("4.3", mistaken(d_list="DG"), "The generator moved in D's turn"),
    ("4.3", wrong_one_frozen, "did not move in its own turn"),
    ("4.3", mistaken(d_list="none"), "in this order: G's"),
    ("4.3", lambda *args: None, "in this order: neither"),
    ("4.3", generator_first, "in this order: G's then D's"),
    ("4.3", mistaken(swap_latents="D"), "D's turn is on what G paints from d_latents"),
    ("4.3", mistaken(swap_latents="G"), "G's turn is on what it paints from g_latents"),
    ("4.3", mistaken(d_sign=-1), "D went uphill"),
    ("4.3", mistaken(d_sign=3), "D pays softplus(-logit) for photos"),
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
    ("4.3", mistaken(answer=False), "expected the two losses"),
    ("4.4", lambda p, q, target: p / (p + q), "the target is missing"),
    (
        "4.4",
        lambda p, q, target: target * p / (target * p + q),
        "in the numerator and below",
    ),
    ("4.4", lambda p, q, target: q / (p + q), "share of the fakes"),
    (
        "4.4",
        lambda p, q, target: (target * p + (1 - target) * q) / (p + q),
        "fakes still aim for 0",
    ),
    ("4.4", lambda p, q, target: 0.5, "one answer for each place"),
    ("4.4", lambda p, q, target: None, "one answer for each place"),
    ("4.4", lambda p, q, target: p * q, "what is the mean target"),
]


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_the_solution_is_right(exercise, capsys):
    times = 3 if exercise == "4.3" else 10  # with fresh inputs each time
    for _ in range(times):
        check(exercise, SOLUTIONS[exercise])
    assert capsys.readouterr().out == f"{exercise}: right\n" * times


def test_a_round_without_freezing_that_hands_over_the_right_lists_is_right_as_well(
    capsys,
):
    check("4.3", one_round)
    assert capsys.readouterr().out == "4.3: right\n"


@pytest.mark.parametrize(("exercise", "answer", "hint"), MISTAKES)
def test_a_mistake_gets_its_own_hint(exercise, answer, hint, capsys):
    for _ in range(1 if exercise == "4.1" else 5):
        check(exercise, answer)
    lines = capsys.readouterr().out.splitlines()
    assert all(
        line.startswith(f"{exercise}: not yet. ") and hint in line for line in lines
    ), lines
