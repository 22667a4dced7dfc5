"""Checks of lesson 4: errors, both losses, one round, D's best answer."""

from collections.abc import Callable

import keras
import numpy as np

from gan_lessons.classroom.checks.hints import first_hint, short

NAMES = ("D's error on the photo", "D's error on the fake", "G's error on the fake")


def check_errors(answer) -> str | None:
    """4.1: the three errors when D says 80 % of a photo and 25 % of a fake.

    Args:
        answer: three numbers from 0 to 1.
    """
    expected = np.array([0.2, 0.25, 0.75])
    if np.shape(answer) != (3,):
        return (
            f"You gave {answer!r}: give three numbers between 0 and 1, such as "
            "(0.5, 0.5, 0.5)."
        )
    answer = np.asarray(answer, float)
    if np.allclose(answer, expected, atol=1e-6):
        return None
    return f"You gave {short(answer)}. {_errors_hint(answer, expected)}"


def _errors_hint(answer, expected):
    if np.allclose(answer / 100, expected, atol=1e-6):
        return "The numbers are right as percentages; give them as shares from 0 to 1."
    if np.allclose(answer, expected[[0, 2, 1]], atol=1e-6):
        return (
            "D and G have changed places on the fake: D wants 0 % there, G wants 100 %."
        )
    if np.isclose(answer[0], 0.8):
        return (
            "0.8 is D's confidence in the photo. Its error is what is missing to 100 %."
        )
    if np.isclose(answer[1], answer[2]):
        return (
            "One answer, two errors: on the fake, what is right for G is wrong for D."
        )
    name = NAMES[np.argmin(np.isclose(answer, expected))]
    return (
        f"Think again about {name}: how far is D's answer from what that network wants?"
    )


def check_losses(both_losses: Callable) -> str | None:
    """4.2: the discriminator's and the generator's loss from logits.

    Args:
        both_losses: logits of photos (n, 1) and of fakes (n, 1) in, two numbers out.
    """
    rng = np.random.default_rng()
    for n, scale in ((4, 2.0), (6, 5.0), (3, 100.0)):
        on_real = on_fake = 0.0
        # Where both are equal, half of their sum cannot be told from one of them.
        while abs(on_real - on_fake) < 0.01 * scale:
            real, fake = _draw_logits(rng, n, scale)
            on_real, on_fake = _cross_entropy(1.0, real), _cross_entropy(0.0, fake)
        d_loss, g_loss = on_real + on_fake, _cross_entropy(1.0, fake)
        came = both_losses(real.copy(), fake.copy())
        hint = _losses_hint(came, n, on_real, on_fake, g_loss)
        if hint:
            return (
                f"For real logits {short(real)} and fake logits {short(fake)} you got "
                f"{short(came)}, expected [{d_loss:.3f} {g_loss:.3f}]. {hint}"
            )
    return None


def _draw_logits(rng, n, scale):
    signs = rng.choice([-1, 1], (2, n, 1))
    real, fake = scale * signs * rng.uniform(0.5, 1, (2, n, 1))
    fake[0] = abs(fake[0])  # one that breaks log(1 - probability), at 50 or more
    return real, fake


def _cross_entropy(target, logits):
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    return float(cross_entropy(np.full(logits.shape, target), logits))


def _losses_hint(came, n, on_real, on_fake, g_loss):
    if came is None or np.shape(came) != (2,):
        return (
            "Give two numbers, (discriminator_loss, generator_loss), each a mean over "
            "the batch."
        )
    if not np.all(np.isfinite(came)):
        return (
            "A large logit broke it: do not go through the probability; "
            "np.logaddexp(0, x) is safe."
        )
    d_loss = on_real + on_fake
    if np.allclose(came, (d_loss, g_loss), rtol=1e-4, atol=1e-4):
        return None
    mistakes = [
        ((d_loss * n, g_loss * n), "You added up the batch; take its mean."),
        (
            (d_loss / 2, g_loss),
            "D's loss is the sum of both means, on photos and on fakes. You halved it.",
        ),
        (
            (d_loss, -on_fake),
            "That is the saturating loss, log(1 - D(G(z))). Use the other one: "
            "-log D(G(z)).",
        ),
        (
            (d_loss, on_fake),
            "That generator wants its fakes to be found out: it should pay where they "
            "are NOT believed.",
        ),
        (
            (-d_loss, -g_loss),
            "The signs are turned round: a loss is at least 0, and smaller is better.",
        ),
        ((g_loss, d_loss), "The two losses have changed places."),
    ]
    otherwise = (
        'softplus(-logit) is the price where "real" was right, softplus(logit) where '
        '"fake" was.'
    )
    if np.isclose(came[1], g_loss, rtol=1e-4):
        otherwise = (
            "The generator's loss is right. D pays softplus(-logit) for a photo and "
            "softplus(logit) for a fake."
        )
    return first_hint(came, mistakes, otherwise, atol=1e-3)


def check_round(one_round: Callable) -> str | None:
    """4.3: one round, against the same round in NumPy for networks of one layer.

    Args:
        one_round: discriminator, generator, their optimizers, photos, and the latents
            of both turns in, both losses out.
    """
    rng = np.random.default_rng()
    discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    for network in (discriminator, generator):
        weights = [rng.normal(size=array.shape) for array in network.get_weights()]
        network.set_weights(weights)
    real = rng.normal(1, 1, (8, 3)).astype("float32")
    d_latents, g_latents = rng.normal(size=(2, 8, 2)).astype("float32")
    start = discriminator.get_weights(), generator.get_weights()
    turns: list[tuple] = []
    optimizers = [
        _recording_sgd(name, turns, discriminator, generator) for name in "DG"
    ]
    came = one_round(discriminator, generator, *optimizers, real, d_latents, g_latents)
    end = discriminator.get_weights(), generator.get_weights()
    return _turns_hint(turns) or _end_hint(came, start, end, real, d_latents, g_latents)


def _recording_sgd(name, turns, discriminator, generator):
    """SGD that notes, at each use, both networks' weights before and after."""

    class RecordingSGD(keras.optimizers.SGD):
        def apply(self, gradients, variables=None):
            before = discriminator.get_weights(), generator.get_weights()
            super().apply(gradients, variables)
            after = discriminator.get_weights(), generator.get_weights()
            turns.append((name, before, after))

    return RecordingSGD(0.5)


def _turns_hint(turns):
    """A hint if a network moved in the other's turn, or did not move in its own."""
    order = [f"{name}'s" for name, _, _ in turns]
    if order != ["D's", "G's"]:
        return (
            f"The optimizers were used in this order: "
            f"{' then '.join(order) or 'neither'}. Expected: D's once, then G's once, "
            "each with .apply(gradients, variables)."
        )
    for turn, before, after in turns:
        for owner, network, old, new in zip(
            "DG", ("discriminator", "generator"), before, after
        ):
            furthest = max(np.abs(b - a).max() for a, b in zip(old, new))
            moved = any(a.tobytes() != b.tobytes() for a, b in zip(old, new))
            if moved and owner != turn:
                return (
                    f"The {network} moved in {turn}'s turn: its weights changed by up "
                    f"to {furthest:.3f}, expected 0. Give the optimizer {turn}'s "
                    "variables only."
                )
            if owner == turn and not moved:
                return (
                    f"The {network} did not move in its own turn: the list of its "
                    "trainable variables was empty. Which one is frozen?"
                )
    return None


def _end_hint(came, start, end, real, d_latents, g_latents):
    """A hint if the networks or the losses are not where NumPy says they should be."""
    d_start, g_start = start
    d_end, d_loss = _d_turn(d_start, g_start, real, d_latents)
    where = (
        "One round with fresh photos and latents: the {} did not end where it should. "
    )
    if not _close(end[0], d_end):
        mistakes = [
            (
                _d_turn(d_start, g_start, real, g_latents),
                "D's turn is on what G paints from d_latents; g_latents are for G's "
                "turn.",
            ),
            (
                _d_turn(d_start, g_start, real, d_latents, rate=-0.5),
                "D went uphill: check the signs in its loss.",
            ),
        ]
        otherwise = (
            "D pays softplus(-logit) for photos and softplus(logit) for fakes, mean "
            "over the batch."
        )
        hint = _turn_hint(end[0], mistakes, otherwise)
        return where.format("discriminator") + hint
    g_end, g_loss = _g_turn(d_end, g_start, g_latents)
    if not _close(end[1], g_end):
        mistakes = [
            (
                _g_turn(d_end, g_start, g_latents, "saturating"),
                "G's loss is the saturating one: use -log D(G(z)), softplus(-logit).",
            ),
            (
                _g_turn(d_end, g_start, g_latents, "reversed"),
                "G learned to be found out: it pays where its fakes are NOT believed, "
                "softplus(-logit).",
            ),
            (
                _g_turn(d_start, g_start, g_latents),
                "G learned from the discriminator as it was before its turn: make G's "
                "tape after D has moved.",
            ),
            (
                _g_turn(d_end, g_start, d_latents),
                "G's turn is on what it paints from g_latents; d_latents were for D's "
                "turn.",
            ),
        ]
        otherwise = (
            "Its loss is the mean of softplus(-logit) over what it paints from "
            "g_latents."
        )
        return where.format("generator") + _turn_hint(end[1], mistakes, otherwise)
    losses = d_loss, g_loss
    if np.shape(came) != (2,) or not np.allclose(
        [float(loss) for loss in came], losses, atol=1e-3
    ):
        return (
            f"Both networks moved as they should. You returned {short(came)}, expected "
            f"the two losses, ({d_loss:.3f}, {g_loss:.3f})."
        )
    return None


def _turn_hint(weights, mistakes, otherwise):
    hints = (hint for (wrong, _), hint in mistakes if _close(weights, wrong))
    return next(hints, otherwise)


def _d_turn(d, g, real, latents, rate=0.5):
    """D's weights after its turn, and its loss: D is x w + b, G is z a + c."""
    fake = latents @ g[0] + g[1]
    on_real, on_fake = real @ d[0] + d[1], fake @ d[0] + d[1]
    slopes = np.concatenate([-_sigmoid(-on_real), _sigmoid(on_fake)]) / len(real)
    kernel = d[0] - rate * np.concatenate([real, fake]).T @ slopes
    bias = d[1] - rate * slopes.sum(axis=0)
    loss = np.logaddexp(0, -on_real).mean() + np.logaddexp(0, on_fake).mean()
    return [kernel, bias], loss


def _g_turn(d, g, latents, loss="non_saturating", rate=0.5):
    """G's weights after its turn, and its loss."""
    logits = (latents @ g[0] + g[1]) @ d[0] + d[1]
    slopes = {
        "non_saturating": -_sigmoid(-logits),
        "saturating": -_sigmoid(logits),
        "reversed": _sigmoid(logits),
    }
    pixels = slopes[loss] / len(latents) @ d[0].T
    kernel, bias = g[0] - rate * latents.T @ pixels, g[1] - rate * pixels.sum(axis=0)
    return [kernel, bias], np.logaddexp(0, -logits).mean()


def _sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def _close(weights, expected):
    pairs = zip(weights, expected)
    return all(np.allclose(one, other, rtol=1e-3, atol=1e-4) for one, other in pairs)


def check_best_answer(best_answer: Callable) -> str | None:
    """4.4: D's answer with the smallest loss, found here by trying ten thousand.

    Args:
        best_answer: how often photos and fakes are at a place (n,), and the target of
            photos in, probabilities (n,) out.
    """
    rng, answers = np.random.default_rng(), np.linspace(0, 1, 10_002)[1:-1, None]
    for target in (0.9, 1.0, rng.uniform(0.6, 0.95)):
        p, q = rng.uniform(0.1, 1, (2, 4))
        on_photos = -target * np.log(answers) - (1 - target) * np.log(1 - answers)
        losses = p * on_photos - q * np.log(1 - answers)
        expected = answers[losses.argmin(axis=0), 0]
        came = best_answer(p.copy(), q.copy(), target)
        tried = (
            f"For p = {short(p)}, q = {short(q)} and target {target:.2f} you got "
            f"{short(came)}, expected {short(expected)}. "
        )
        if came is None or np.shape(came) != (4,):
            return f"{tried}p and q may be arrays: give one answer for each place."
        if not np.allclose(came, expected, atol=1e-3):
            return tried + _best_answer_hint(came, p, q, target)
    return None


def _best_answer_hint(came, p, q, target):
    of_fakes = "That is the share of the fakes."
    mistakes = [
        (p / (p + q), "That is the answer for target 1: the target is missing."),
        (
            target * p / (target * p + q),
            "The target is in the numerator and below: however D is told to answer, "
            "photos still come p often.",
        ),
        (q / (p + q), of_fakes),
        (target * q / (p + q), of_fakes),
        (
            (target * p + (1 - target) * q) / (p + q),
            "Only photos aim for the target; fakes still aim for 0, not for "
            "1 - target.",
        ),
    ]
    otherwise = (
        "Of all the answers that D is asked for at a place, what is the mean target? A "
        "share p / (p + q) aims for the target, the rest for 0."
    )
    return first_hint(came, mistakes, otherwise, atol=1e-3)


NONE_IS_AN_ANSWER = {"4.3"}
CHECKS = {
    "4.1": check_errors,
    "4.2": check_losses,
    "4.3": check_round,
    "4.4": check_best_answer,
}
