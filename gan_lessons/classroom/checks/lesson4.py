"""Checks of lesson 4: errors, a smoothed loss, one round, a GAN that is trained."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.classroom.checks.hints import first_hint, short

NAMES = ("D's error on the photo", "D's error on the fake", "G's error on the fake")


# 4.1


def check_errors(answer) -> str | None:
    """4.1: the three errors when D says 80 % of a photo and 25 % of a fake.

    Args:
        answer: three numbers from 0 to 1.
    """
    expected = np.array([0.2, 0.25, 0.75])
    numbers = _three_numbers(answer)
    if numbers is None:
        return (
            f"You gave {answer!r}: give three numbers between 0 and 1, such as "
            "(0.5, 0.5, 0.5)."
        )
    if np.allclose(numbers, expected, atol=1e-6):
        return None
    return f"You gave {short(numbers)}. {_errors_hint(numbers, expected)}"


def _three_numbers(answer):
    """The answer as an array (3,), or None if it is anything else."""
    if isinstance(answer, str):
        return None
    try:
        numbers = np.array([float(np.squeeze(part)) for part in answer])
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if numbers.shape == (3,) and np.isfinite(numbers).all() else None


def _errors_hint(numbers, expected):
    if np.any(np.abs(numbers) > 1):
        if np.allclose(numbers / 100, expected, atol=1e-6):
            return (
                "The numbers are right as percentages; give them as shares from 0 to 1."
            )
        hint = _errors_hint(numbers / 100, expected) if np.all(numbers >= 0) else ""
        return f"Give shares from 0 to 1, not percentages. {hint}"
    if np.any(numbers < 0):
        return "An error is a distance, so it cannot be negative."
    if np.allclose(numbers, expected[[0, 2, 1]], atol=1e-6):
        return (
            "D and G have changed places on the fake: D should say 0 % there, and G "
            "would like 100 %."
        )
    wrong_photo = not np.isclose(numbers[0], expected[0])
    if wrong_photo and np.isclose(numbers[0], 0.8):
        return (
            "0.8 is D's confidence in the photo. Its error is the gap between that and "
            "100 %."
        )
    if not wrong_photo and np.isclose(numbers[1], numbers[2]):
        return (
            "The verdict on the fake counts twice: what is right for G is wrong for D."
        )
    name = NAMES[np.argmin(np.isclose(numbers, expected))]
    return (
        f"Think again about {name}: how far is D's verdict from what that network "
        "would like?"
    )


# 4.2


def check_smooth_loss(smooth_loss: Callable) -> str | None:
    """4.2: D's loss from logits when photos aim for a target below 1.

    Args:
        smooth_loss: logits of photos (n, 1) and of fakes (n, 1), and the target in;
            one number out.
    """
    rng = np.random.default_rng()
    cases = (
        (4, 2.0, 0.9, "float64"),
        (6, 5.0, 0.7, "float32"),
        (5, 3.0, 1.0, "float32"),
        (3, 100.0, 0.8, "float32"),
        (4, 100.0, 0.95, "float64"),
    )
    for n, scale, target, dtype in cases:
        real, fake = _draw_logits(rng, n, scale, target, dtype)
        came = smooth_loss(real.copy(), fake.copy(), target)
        hint = _smooth_hint(came, real.astype(float), fake.astype(float), target)
        if hint:
            expected = _smooth(real.astype(float), fake.astype(float), target)
            return (
                f"For real logits {short(real)}, fake logits {short(fake)} and target "
                f"{target} you got {short(came)}, expected {expected:.3f}. {hint}"
            )
    return None


def _draw_logits(rng, n, scale, target, dtype):
    """Logits on which every mistake we know leads to a number of its own."""
    while True:
        signs = rng.choice([-1, 1], (2, n, 1))
        real, fake = (scale * signs * rng.uniform(0.5, 1, (2, n, 1))).astype(dtype)
        # As sure as can be, and once wrong: 100 is too much for exp in float32.
        real[0], real[1], fake[0] = -scale, scale, scale
        wide = real.astype(float), fake.astype(float)
        expected = _smooth(*wide, target)
        wrong = [value for value, _ in _smooth_mistakes(*wide, target)]
        # For target 1 some mistakes are none.
        if target == 1 or np.diff(np.sort([expected, *wrong])).min() >= 1e-2:
            return real, fake


def _softplus(x):
    return np.logaddexp(0, x)


def _smooth(real, fake, target):
    on_photos = target * _softplus(-real) + (1 - target) * _softplus(real)
    return on_photos.mean() + _softplus(fake).mean()


def _smooth_mistakes(real, fake, target):
    """What each mistake leads to, and its hint."""
    n = len(real)
    right, on_fakes = _smooth(real, fake, target), _softplus(fake).mean()
    both = target * _softplus(fake) + (1 - target) * _softplus(-fake)
    return [
        (
            _smooth(real, fake, 1.0),
            "That is the loss for target 1: the target is missing.",
        ),
        (
            target * _softplus(-real).mean() + on_fakes,
            "A photo has two costs: add (1 - target) times softplus of its logit.",
        ),
        (
            _smooth(real, fake, 1 - target),
            "target and 1 - target have changed places.",
        ),
        (
            right - on_fakes + both.mean(),
            "Only photos aim for the target. A fake costs softplus of its logit, as "
            "before.",
        ),
        (right * n, "You added up the batch; take its mean."),
        (
            right / 2,
            "The loss is the sum of two means, on photos and on fakes. You halved it.",
        ),
        (right - on_fakes, "The cost of the fakes is missing."),
        (
            right - on_fakes + _softplus(-fake).mean(),
            "The sign of the fake logits is reversed: a fake that D believes has a "
            "large logit, and it should cost D much.",
        ),
        (
            _smooth(fake, real, target),
            "The real and the fake logits have changed places.",
        ),
        (-right, "The sign is reversed: a loss is at least 0."),
    ]


def _smooth_hint(came, real, fake, target):
    try:
        value = np.asarray(came, float)
    except (TypeError, ValueError):
        value = np.zeros(2)
    if came is None or value.size != 1:
        return "Give one number: the mean over the photos plus the mean over the fakes."
    value = float(np.squeeze(value))
    if not np.isfinite(value):
        return (
            "A large logit broke it: do not go through the probability, or through "
            "exp; np.logaddexp(0, x) is safe."
        )
    expected = _smooth(real, fake, target)
    if np.isclose(value, expected, rtol=1e-4, atol=1e-4):
        return None
    if max(np.abs(real).max(), np.abs(fake).max()) > 30 and value < expected:
        for limit in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-12, 1e-15):
            logits = np.log((1 - limit) / limit)
            clipped = [np.clip(each, -logits, logits) for each in (real, fake)]
            if np.isclose(value, _smooth(*clipped, target), rtol=1e-2):
                return (
                    "Clipped probabilities make the loss of a large logit too small: "
                    "work with the logits; np.logaddexp(0, x) is safe."
                )
    return first_hint(
        value,
        _smooth_mistakes(real, fake, target),
        "Take target * softplus(-s) + (1 - target) * softplus(s) for the logit s of a "
        "photo, softplus(s) for that of a fake, and add the two means.",
        atol=1e-3,
    )


# 4.3


def check_round(one_round: Callable) -> str | None:
    """4.3: two rounds, against the same rounds in NumPy for networks of one layer.

    Args:
        one_round: discriminator, generator, their optimizers, photos, and the latents
            of both turns in, both losses out.
    """
    rng = np.random.default_rng()
    for pixels, n, rates in ((3, 8, (0.5, 0.4)), (5, 6, (0.3, 0.45))):
        hint = _play_twice(one_round, rng, pixels, n, rates)
        if hint:
            return hint
    return None


def _play_twice(one_round, rng, pixels, n, rates):
    discriminator = keras.Sequential([keras.Input((pixels,)), keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(pixels)])
    networks = discriminator, generator
    for network in networks:
        weights = [rng.normal(size=array.shape) for array in network.get_weights()]
        network.set_weights(weights)
    turns: list[tuple] = []
    optimizers = [
        _recording_sgd(name, rate, turns, networks) for name, rate in zip("DG", rates)
    ]
    for when in ("first", "second"):
        real = rng.normal(1, 1, (n, pixels)).astype("float32")
        d_latents, g_latents = rng.normal(size=(2, n, 2)).astype("float32")
        start = tuple(network.get_weights() for network in networks)
        turns.clear()
        came = one_round(*networks, *optimizers, real, d_latents, g_latents)
        end = tuple(network.get_weights() for network in networks)
        hint = _end_hint(came, start, end, real, d_latents, g_latents, rates)
        if hint:
            return _turns_hint(turns, start, end, when) or hint
    return None


def _recording_sgd(name, rate, turns, networks):
    """SGD that notes whose variables it is given; in a graph, as the graph is made."""
    names = {
        id(variable): owner
        for owner, network in zip("DG", networks)
        for variable in network.variables
    }

    class RecordingSGD(keras.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            given = trainable_variables or []
            owners = {names.get(id(variable), "?") for variable in given}
            before = _weights_if_eager(networks)
            super().apply(grads, trainable_variables)
            turns.append((name, owners, before, _weights_if_eager(networks)))

    return RecordingSGD(rate)


def _weights_if_eager(networks):
    if tf.inside_function():
        return None
    return [network.get_weights() for network in networks]


def _turns_hint(turns, start, end, when):
    """The mistake in a round that went wrong, if it is in who moved when."""
    used = [name for name, *_ in turns]
    for turn, owners, before, after in turns:
        for k, (owner, network) in enumerate(zip("DG", ("discriminator", "generator"))):
            if owner == turn or owner not in owners:
                continue
            moved = "" if before is None else _furthest(before[k], after[k])
            if before is None or moved:
                return (
                    f"The {network} moved in {turn}'s turn{moved}. Give the optimizer "
                    f"{turn}'s weights only."
                )
    moved = [bool(_furthest(old, new)) for old, new in zip(start, end)]
    if when == "second" and not all(moved):
        network = "generator" if moved[0] else "discriminator"
        return (
            f"The first round is right, but in the second the {network} did not move. "
            "Was it left frozen, with trainable = False?"
        )
    if used and used != ["D", "G"]:
        order = " then ".join(f"{name}'s" for name in used)
        return (
            f"The optimizers were used in this order: {order}. Expected: D's once, "
            "then G's once, each with .apply(gradients, variables)."
        )
    if not used and not any(moved):
        return (
            "Neither network moved: each optimizer has .apply(gradients, variables), "
            "first D's, then G's."
        )
    for k, network in enumerate(("discriminator", "generator")):
        if not moved[k]:
            return (
                f"The {network} did not move in its own turn: the list of its "
                "trainable variables was empty, or its gradient was 0. Is the right "
                "one frozen?"
            )
    return None


def _furthest(before, after):
    """By how much the weights changed, as a part of a sentence; empty if not at all."""
    if all(old.tobytes() == new.tobytes() for old, new in zip(before, after)):
        return ""
    change = max(np.abs(new - old).max() for old, new in zip(before, after))
    return f": its weights changed by up to {change:.3f}, expected 0"


def _end_hint(came, start, end, real, d_latents, g_latents, rates):
    """A hint if the networks or the losses are not where NumPy says they should be."""
    (d_start, g_start), (d_rate, g_rate) = start, rates
    d_end, d_loss = _d_turn(d_start, g_start, real, d_latents, d_rate)
    where = (
        "One round with fresh photos and latents: the {} did not end where it should. "
    )
    if not _close(end[0], d_end):
        fake = d_latents @ g_start[0] + g_start[1]
        mistakes = [
            (
                _d_turn(d_start, g_start, real, g_latents, d_rate),
                "D's turn is on what G paints from d_latents; g_latents are for G's "
                "turn.",
            ),
            (
                _d_step(d_start, fake, real, d_rate),
                "D learned to call the fakes real and the photos fake: which logits "
                "come first in discriminator_loss?",
            ),
            (
                _d_turn(d_start, g_start, real, d_latents, -d_rate),
                "D went uphill: check the signs in its loss.",
            ),
        ]
        otherwise = (
            "D's loss is softplus(-logit) for photos and softplus(logit) for fakes, "
            "each as a mean over the batch, added up."
        )
        hint = _turn_hint(end[0], mistakes, otherwise)
        return where.format("discriminator") + hint
    g_end, g_loss = _g_turn(d_end, g_start, g_latents, g_rate)
    if not _close(end[1], g_end):
        mistakes = [
            (
                _g_turn(d_end, g_start, g_latents, g_rate, "saturating"),
                "G's loss is the saturating one: use -log D(G(z)), softplus(-logit).",
            ),
            (
                _g_turn(d_end, g_start, g_latents, g_rate, "reversed"),
                "G learned to be found out: its loss should be large where its fakes "
                "are NOT believed, softplus(-logit).",
            ),
            (
                _g_turn(d_start, g_start, g_latents, g_rate),
                "G learned from the discriminator as it was before its turn: record "
                "G's loss on a tape of its own, after D has moved.",
            ),
            (
                _g_turn(d_end, g_start, d_latents, g_rate),
                "G's turn is on what it paints from g_latents; d_latents were for D's "
                "turn.",
            ),
        ]
        otherwise = (
            "Its loss is the mean of softplus(-logit) over what it paints from "
            "g_latents."
        )
        return where.format("generator") + _turn_hint(end[1], mistakes, otherwise)
    return _returned_hint(came, d_loss, g_loss)


def _returned_hint(came, d_loss, g_loss):
    try:
        losses = np.array([float(np.squeeze(loss)) for loss in came])
    except (TypeError, ValueError):
        losses = np.zeros(0)
    expected = np.array([d_loss, g_loss])
    if losses.shape == (2,) and np.allclose(losses, expected, atol=1e-3):
        return None
    swapped = losses.shape == (2,) and np.allclose(losses, expected[::-1], atol=1e-3)
    hint = " They have changed places: D's comes first." if swapped else ""
    shown = short(losses) if losses.size else repr(came)
    return (
        f"Both networks moved as they should. You returned {shown}, expected the two "
        f"losses, ({d_loss:.3f}, {g_loss:.3f}).{hint}"
    )


def _turn_hint(weights, mistakes, otherwise):
    hints = (hint for (wrong, _), hint in mistakes if _close(weights, wrong))
    return next(hints, otherwise)


def _d_turn(d, g, real, latents, rate):
    """D's weights after its turn, and its loss: D is x w + b, G is z a + c."""
    return _d_step(d, real, latents @ g[0] + g[1], rate)


def _d_step(d, real, fake, rate):
    on_real, on_fake = real @ d[0] + d[1], fake @ d[0] + d[1]
    slopes = np.concatenate([-_sigmoid(-on_real), _sigmoid(on_fake)]) / len(real)
    kernel = d[0] - rate * np.concatenate([real, fake]).T @ slopes
    bias = d[1] - rate * slopes.sum(axis=0)
    return [kernel, bias], _softplus(-on_real).mean() + _softplus(on_fake).mean()


def _g_turn(d, g, latents, rate, loss="non_saturating"):
    """G's weights after its turn, and its loss."""
    logits = (latents @ g[0] + g[1]) @ d[0] + d[1]
    slopes = {
        "non_saturating": -_sigmoid(-logits),
        "saturating": -_sigmoid(logits),
        "reversed": _sigmoid(logits),
    }
    pixels = slopes[loss] / len(latents) @ d[0].T
    kernel, bias = g[0] - rate * latents.T @ pixels, g[1] - rate * pixels.sum(axis=0)
    return [kernel, bias], _softplus(-logits).mean()


def _sigmoid(x):
    return np.exp(-_softplus(-x))


def _close(weights, expected):
    pairs = zip(weights, expected)
    return all(np.allclose(one, other, rtol=1e-3, atol=1e-4) for one, other in pairs)


# 4.4


def check_imitation(imitate: Callable) -> str | None:
    """4.4: a GAN that is trained on numbers, and then makes numbers like them.

    Args:
        imitate: numbers (n, 1) in, a generator out.
    """
    rng = np.random.default_rng()
    side = rng.choice([-1, 1])
    for middle, spread in ((side * 1.5, 0.5), (-side * 1.0, 1.0)):
        middle += rng.uniform(-0.3, 0.3)
        numbers = rng.normal(middle, spread, (64 * 512, 1)).astype("float32")
        came = imitate(numbers.copy())
        made, hint = _numbers_of(came, rng)
        if hint:
            return hint
        hint = _imitation_hint(made, middle, spread)
        if hint:
            return (
                f"For numbers with mean {middle:.2f} and standard deviation "
                f"{spread:.2f}, yours have {made.mean():.2f} and {made.std():.2f}. "
                f"{hint}"
            )
    return None


def _numbers_of(came, rng):
    """What the learner's generator makes of 4,000 latents; a hint if it makes none."""
    generator = came
    if isinstance(came, (tuple, list)):
        return None, "Return the generator alone, such as gan.generator."
    if hasattr(came, "ema_generator"):
        generator = came.ema_generator
    if not callable(generator):
        return None, (
            f"You returned {type(came).__name__}. Return the trained generator, such "
            "as gan.generator."
        )
    if getattr(generator, "name", "").startswith("discriminator"):
        return None, "You returned the discriminator. Return the generator."
    width = (getattr(generator, "input_shape", None) or (None, 1))[-1]
    latents = rng.normal(size=(4000, width)).astype("float32")
    made = np.asarray(generator(latents), float)
    if made.size != len(latents):
        return None, (
            f"From latents of shape {latents.shape} your generator makes {made.shape}, "
            f"expected {(len(latents), 1)}."
        )
    if not np.isfinite(made).all():
        return None, "Your numbers are not finite: use a smaller learning rate."
    return made, None


def _imitation_hint(made, middle, spread):
    """Judged by what comes out, with room for a run that has not quite settled."""
    near = abs(made.mean() - middle) < 0.3 * spread
    as_wide = 0.7 < made.std() / spread < 1.4
    if near and as_wide:
        return None
    if made.std() < 0.05 * spread:
        return "All of them are nearly the same: does G still read its latents?"
    if near:
        return (
            "The mean is close, the standard deviation is not yet: train for longer, "
            "or with a smaller learning rate towards the end."
        )
    return (
        "Do both networks learn, each with a learning rate above 0, and on `numbers`? "
        "If so, train for longer."
    )


NONE_IS_AN_ANSWER = {"4.3"}
CHECKS = {
    "4.1": check_errors,
    "4.2": check_smooth_loss,
    "4.3": check_round,
    "4.4": check_imitation,
}
