"""Checks of lesson 4: who is how wrong, both losses, one round byte by byte, and the best answer to a smoothed target."""

import keras
import numpy as np

NAMES = ("D's error on the photo", "D's error on the fake", "G's error on the fake")


def check_errors(answer):
    """4.1: the three errors when D says 80 % of a photo and 25 % of a fake."""
    expected = np.array([0.2, 0.25, 0.75])
    if np.shape(answer) != (3,):
        return f"You gave {answer!r}: give three numbers between 0 and 1, such as (0.5, 0.5, 0.5)."
    answer = np.asarray(answer, float)
    if np.allclose(answer, expected, atol=1e-6):
        return None
    tried = f"You gave {_short(answer)}. "
    if np.allclose(answer / 100, expected, atol=1e-6):
        return (
            tried
            + "The numbers are right in per cent; give them as shares between 0 and 1."
        )
    if np.allclose(answer, expected[[0, 2, 1]], atol=1e-6):
        return (
            tried
            + "D and G have changed places on the fake: D wants 0 % there, G wants 100 %."
        )
    if np.isclose(answer[0], 0.8):
        return (
            tried
            + "0.8 is D's confidence in the photo. Its error is what is missing to 100 %."
        )
    if np.allclose(answer[1:], answer[1]):
        return (
            tried
            + "One answer, two errors: on the fake, what is right for G is wrong for D."
        )
    wrong = NAMES[int(np.argmax(~np.isclose(answer, expected)))]
    return (
        tried
        + f"Look again at {wrong}: how far is what D says from what that network wants?"
    )


def check_losses(both_losses):
    """4.2: the discriminator's and the generator's loss from logits."""
    rng, cross_entropy = (
        np.random.default_rng(),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    for size, scale in ((4, 2.0), (6, 5.0), (3, 100.0)):
        on_real = on_fake = 0.0
        while (
            abs(on_real - on_fake) < 0.01 * scale
        ):  # else "half of their sum" could not be told from "one of them"
            real, fake = (
                scale
                * rng.choice([-1, 1], (2, size, 1))
                * rng.uniform(0.5, 1, (2, size, 1))
            )
            fake[0] = abs(
                fake[0]
            )  # where 1 - probability is 0, at a logit of 50 or more
            pairs = ((1.0, real), (0.0, fake), (1.0, fake))
            on_real, on_fake, g_loss = (
                float(cross_entropy(np.full((size, 1), truth), logits))
                for truth, logits in pairs
            )
        came = both_losses(real.copy(), fake.copy())
        tried = f"For real logits {_short(real)} and fake logits {_short(fake)} came {_short(came)}, expected [{on_real + on_fake:.3f} {g_loss:.3f}]. "
        if came is None or np.shape(came) != (2,):
            return (
                tried
                + "Give two numbers, (discriminator_loss, generator_loss), each a mean over the batch."
            )
        if not np.all(np.isfinite(came)):
            return (
                tried
                + "A large logit broke it: do not go through the probability, np.logaddexp(0, x) is safe."
            )
        if not np.allclose(came, (on_real + on_fake, g_loss), rtol=1e-4, atol=1e-4):
            return tried + _mistake_in_losses(
                np.asarray(came, float), size, on_real, on_fake, g_loss
            )


def _mistake_in_losses(came, size, on_real, on_fake, g_loss):
    right = on_real + on_fake
    mistakes = [
        ((right * size, g_loss * size), "You added up the batch; take its mean."),
        (
            (right / 2, g_loss),
            "D's loss is the sum of both means, on photos and on fakes. You halved it.",
        ),
        (
            (right, -on_fake),
            "That is the saturating loss, log(1 - D(G(z))). Wanted is the other: -log D(G(z)).",
        ),
        (
            (right, on_fake),
            "That generator wants its fakes to be unmasked: it should pay where they are NOT believed.",
        ),
        (
            (-right, -g_loss),
            "The signs are turned round: a loss is at least 0, and smaller is better.",
        ),
        ((g_loss, right), "The two losses have changed places."),
    ]
    for values, hint in mistakes:
        if np.allclose(came, values, rtol=1e-4, atol=1e-4):
            return hint
    if np.isclose(came[1], g_loss, rtol=1e-4):
        return "The generator's loss is right. D pays softplus(-logit) for a photo and softplus(logit) for a fake."
    return 'softplus(-logit) is the price where "real" was right, softplus(logit) where "fake" was.'


def check_round(one_round):
    """4.3: one round, compared with the same round worked out in NumPy for networks of one layer."""
    rng, moves = np.random.default_rng(), []
    discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    for network in (discriminator, generator):
        network.set_weights(
            [rng.normal(size=weight.shape) for weight in network.get_weights()]
        )
    real, (d_latents, g_latents) = (
        rng.normal(1, 1, (8, 3)).astype("float32"),
        rng.normal(size=(2, 8, 2)).astype("float32"),
    )
    start = discriminator.get_weights(), generator.get_weights()
    spies = [_spy(name, moves, discriminator, generator) for name in "DG"]
    came = one_round(discriminator, generator, *spies, real, d_latents, g_latents)
    hint = _who_moved(moves)
    if hint:
        return hint
    end = discriminator.get_weights(), generator.get_weights()
    return _compare(came, start, end, real, d_latents, g_latents)


def _spy(name, moves, discriminator, generator):
    """SGD that notes, at each use, both networks' weights before and after."""

    class Spy(keras.optimizers.SGD):
        def apply(self, gradients, variables=None):
            before = discriminator.get_weights(), generator.get_weights()
            super().apply(gradients, variables)
            moves.append(
                (name, before, (discriminator.get_weights(), generator.get_weights()))
            )

    return Spy(0.5)


def _who_moved(moves):
    """A hint if a network moved when it should not have, byte by byte, or did not when it should."""
    order = "".join(name for name, _, _ in moves)
    if order != "DG":
        said = " then ".join(f"{name}'s" for name in order) or "neither"
        return f"The optimizers were used in this order: {said}. Expected: D's once, then G's once, each with .apply(gradients, variables)."
    for name, before, after in moves:
        for k, (network, owner) in enumerate(
            (("discriminator", "D"), ("generator", "G"))
        ):
            same = all(
                old.tobytes() == new.tobytes() for old, new in zip(before[k], after[k])
            )
            furthest = max(
                np.abs(new - old).max() for old, new in zip(before[k], after[k])
            )
            if owner != name and not same:
                return f"The {network} moved in {name}'s turn: its weights changed by up to {furthest:.3f}, expected 0. Hand the optimizer {name}'s variables only."
            if owner == name and same:
                return f"The {network} did not move in its own turn: the list of its trainable variables was empty. Which one is frozen?"
    return None


def _compare(came, start, end, real, d_latents, g_latents):
    """A hint if the networks or the losses are not where NumPy says they should be."""
    d_after, d_loss = _d_turn(*start, real, d_latents)
    if not _close(end[0], d_after):
        others = (
            (
                _d_turn(*start, real, g_latents)[0],
                "D's turn is on what G paints from d_latents; g_latents are for G's turn.",
            ),
            (
                _d_turn(*start, real, d_latents, up=True)[0],
                "D went uphill: look at the signs in its loss.",
            ),
        )
        return _first_match(
            "the discriminator",
            end[0],
            others,
            "D pays softplus(-logit) for photos and softplus(logit) for fakes, mean over the batch.",
        )
    g_after, g_loss = _g_turn(d_after, start[1], g_latents)
    if not _close(end[1], g_after):
        others = (
            (
                _g_turn(d_after, start[1], g_latents, "saturating")[0],
                "G's loss is the saturating one: wanted is -log D(G(z)), softplus(-logit).",
            ),
            (
                _g_turn(d_after, start[1], g_latents, "helpful")[0],
                "G learned to be unmasked: it pays where its fakes are NOT believed, softplus(-logit).",
            ),
            (
                _g_turn(start[0], start[1], g_latents)[0],
                "G learned from the discriminator as it was before its turn: make G's tape after D has moved.",
            ),
            (
                _g_turn(d_after, start[1], d_latents)[0],
                "G's turn is on what it paints from g_latents; d_latents were for D's turn.",
            ),
        )
        return _first_match(
            "the generator",
            end[1],
            others,
            "Its loss is the mean of softplus(-logit) over what it paints from g_latents.",
        )
    if np.shape(came) != (2,) or not np.allclose(
        [float(loss) for loss in came], (d_loss, g_loss), atol=1e-3
    ):
        return f"Both networks moved rightly. Returned was {_short(came)}, expected the two losses, ({d_loss:.3f}, {g_loss:.3f})."
    return None


def _first_match(who, weights, others, otherwise):
    hint = next((hint for other, hint in others if _close(weights, other)), otherwise)
    return f"One round with fresh photos and latents: {who} did not end where it should. {hint}"


def _d_turn(d, g, real, latents, up=False):
    """D's weights after its turn, and its loss, by hand: D is logit = x w + b, G is x = z a + c, the rate is 0.5."""
    fake = latents @ g[0] + g[1]
    on_real, on_fake = real @ d[0] + d[1], fake @ d[0] + d[1]
    slopes = np.concatenate([-_sigmoid(-on_real), _sigmoid(on_fake)]) / len(real)
    step = -0.5 if up else 0.5
    after = [
        d[0] - step * np.concatenate([real, fake]).T @ slopes,
        d[1] - step * slopes.sum(axis=0),
    ]
    return after, np.logaddexp(0, -on_real).mean() + np.logaddexp(0, on_fake).mean()


def _g_turn(d, g, latents, loss="non_saturating"):
    """G's weights after its turn, and its loss, by hand."""
    logits = (latents @ g[0] + g[1]) @ d[0] + d[1]
    slopes = {
        "non_saturating": -_sigmoid(-logits),
        "saturating": -_sigmoid(logits),
        "helpful": _sigmoid(logits),
    }[loss] / len(latents)
    pixels = slopes @ d[0].T
    return [
        g[0] - 0.5 * latents.T @ pixels,
        g[1] - 0.5 * pixels.sum(axis=0),
    ], np.logaddexp(0, -logits).mean()


def check_best_answer(best_answer):
    """4.4: the answer with the smallest loss, found here by trying ten thousand of them."""
    rng, answers = np.random.default_rng(), np.linspace(0, 1, 10_002)[1:-1, None]
    for target in (0.9, 1.0, rng.uniform(0.6, 0.95)):
        p, q = rng.uniform(0.1, 1, (2, 4))
        losses = -p * (
            target * np.log(answers) + (1 - target) * np.log(1 - answers)
        ) - q * np.log(1 - answers)
        expected = answers[losses.argmin(axis=0), 0]
        came = best_answer(p.copy(), q.copy(), target)
        tried = f"For p = {_short(p)}, q = {_short(q)} and target {target:.2f} came {_short(came)}, expected {_short(expected)}. "
        if came is None or np.shape(came) != (4,):
            return tried + "p and q may be arrays: give one answer for each place."
        if np.allclose(came, expected, atol=1e-3):
            continue
        mistakes = (
            (p / (p + q), "That is the answer for target 1: the target is missing."),
            (
                target * p / (target * p + q),
                "The target is in the numerator and below: photos still come p often, however D is told to answer.",
            ),
            (q / (p + q), "That is the share of the fakes."),
            (target * q / (p + q), "That is the share of the fakes."),
            (
                (target * p + (1 - target) * q) / (p + q),
                "Only photos aim for the target; fakes still aim for 0, not for 1 - target.",
            ),
        )
        hint = next(
            (hint for wrong, hint in mistakes if np.allclose(came, wrong, atol=1e-3)),
            None,
        )
        return tried + (
            hint
            or "Of all the answers that D is asked for at a place, what is the mean target? A share p / (p + q) aims for the target, the rest for 0."
        )
    return None


def _sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def _close(weights, expected):
    return all(
        np.allclose(one, other, rtol=1e-3, atol=1e-4)
        for one, other in zip(weights, expected)
    )


def _short(value):
    try:
        return np.array2string(
            np.ravel(np.asarray(value, dtype=float)), precision=3, suppress_small=True
        )
    except (TypeError, ValueError):
        return repr(value)


CHECKS = {
    "4.1": check_errors,
    "4.2": check_losses,
    "4.3": check_round,
    "4.4": check_best_answer,
}
