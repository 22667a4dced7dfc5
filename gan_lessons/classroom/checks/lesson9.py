"""Checks of lesson 9: MACs, a step's work, float16, a fair comparison, a grown GAN."""

import contextlib
from collections.abc import Callable
from unittest import mock

import keras
import numpy as np

from gan_lessons.classroom.checks.hints import first_hint, one_number, short
from gan_lessons.models import build_discriminator, build_generator, sample_latents

# 9.1


def check_macs(answer) -> str | None:
    """9.1: the MACs of a 4 × 4 convolution, 24 channels in, 40 out at 16 × 16 places.

    Args:
        answer: a whole number.
    """
    number = None if isinstance(answer, (bool, np.bool_)) else one_number(answer)
    if number is None or not np.isfinite(number):
        return f"You gave {answer!r}: give one number, of MACs."
    weights, places = 4 * 4 * 24 * 40, 16 * 16
    if number == weights * places:
        return None
    mistakes = [
        (
            weights * 32 * 32,
            "You counted the places of the input. With stride 2 a kernel of a "
            "convolution lies at one place for each number of the output.",
        ),
        (weights, "That is the number of weights: each works at many places."),
        (
            (weights + 40) * places,
            "You counted the biases too. A bias is added and multiplies nothing.",
        ),
        (
            2 * weights * places,
            "Those are operations: a MAC is a multiplication and an addition together.",
        ),
        (
            4 * 4 * 40 * places,
            "A kernel reaches through all channels that come in.",
        ),
        (
            4 * 4 * 24 * places,
            "That is one kernel. There is one for each channel that comes out.",
        ),
        (
            4 * 24 * 40 * places,
            "A 4 × 4 kernel has 16 weights per channel, not 4, and the 16 × 16 places "
            "are already those that the stride leaves.",
        ),
        (
            weights * 16,
            "A factor of 16 is missing: there are 16 rows of places and 16 columns, "
            "and a kernel has 4 · 4 weights per channel.",
        ),
        (
            number if np.isclose(number * 1e6, weights * places, 0.01, 0) else np.nan,
            "Give MACs, not millions of them.",
        ),
        (
            number if np.isclose(number, weights * places, 0.01, 0) else np.nan,
            "You are nearly there: give the exact number.",
        ),
    ]
    otherwise = (
        "Kernel height · kernel width · channels in · channels out is the number of "
        "weights. Each does one MAC at each place where a kernel lies."
    )
    return f"You said {number:,.10g} MACs. {first_hint(number, mistakes, otherwise, 0)}"


# 9.2


def check_macs_of_a_step(macs_of_a_step: Callable) -> str | None:
    """9.2: the MACs of a training step per photo, from those of the two networks.

    Args:
        macs_of_a_step: D's and G's MACs and how often the penalty comes in, MACs out.
    """
    cases = (
        (1000, 10, 4),
        (26_000_000, 27_000_000, 4),
        (700, 300, 1),
        (1000, 10, 3),
        (123, 457, 16),
    )
    for d, g, every in cases:
        came = macs_of_a_step(d, g, every)
        number, expected = one_number(came), (8 + 4 / every) * d + 4 * g
        if number is None:
            return f"Your function returned {short(came)}: return one number."
        if not np.isclose(number, expected, rtol=1e-6, atol=0):
            return (
                f"For D {d:,}, G {g:,} and every = {every} you got {number:,.10g}. "
                f"{_step_hint(macs_of_a_step, cases)}"
            )
    return None


def _step_hint(macs_of_a_step, cases):
    """The hint for the one mistake that leads to all numbers: several lead to one."""
    came = [one_number(macs_of_a_step(*case)) for case in cases]
    if None in came:
        return _STEP
    for pairs in zip(*(_step_mistakes(*case) for case in cases)):
        if np.allclose(came, [wrong for wrong, _ in pairs], rtol=1e-6, atol=0):
            return pairs[0][1]
    return _STEP


_STEP = (
    "Add up the rows of the table: D's turn is 2 · 3 for D and 1 for G, G's turn is 2 "
    "for D and 3 for G, and the penalty is 4 for D, shared among `every` steps."
)


def _step_mistakes(d, g, every):
    right = (8 + 4 / every) * d + 4 * g
    rounded = "You rounded: the penalty's share need not be a whole number."
    return [
        (right // 1, rounded),
        (round(right), rounded),
        (
            (8 + 4 // every) * d + 4 * g,
            "You rounded 4 / every down: use / in place of //.",
        ),
        (9 * d + 4 * g, "`every` plays no part: you counted every fourth step always."),
        (8 * d + 4 * g, "The penalty is missing: 4 times D, on every `every`-th step."),
        (
            12 * d + 4 * g,
            "You counted the penalty in full. Only every `every`-th step has it.",
        ),
        (
            (8 + 4 * every) * d + 4 * g,
            "The rarer the penalty, the cheaper the step: divide by `every`.",
        ),
        (
            (8 + every / 4) * d + 4 * g,
            "The rarer the penalty, the cheaper the step: it is 4 / every.",
        ),
        (
            (8 + 1 / every) * d + 4 * g,
            "The penalty costs about four times D, not one time.",
        ),
        (
            (8 + 4 / every) * g + 4 * d,
            "D and G have changed places: D does most of the work.",
        ),
        (
            (5 + 4 / every) * d + 4 * g,
            "In D's turn it judges photos and fakes, so its 3 counts twice.",
        ),
        (
            (9 + 4 / every) * d + 4 * g,
            "In G's turn D is frozen: its backward pass costs 1, not 2. (Or did you "
            "count the penalty twice?)",
        ),
        (
            (8 + 4 / every) * d + 3 * g,
            "G paints in D's turn, too.",
        ),
        (
            2 * ((8 + 4 / every) * d + 4 * g),
            "That is twice as much: a MAC counts once.",
        ),
    ]


# 9.3


def check_through_float16(through_float16: Callable) -> str | None:
    """9.3: enlarge, round to float16, make small again; None if anything overflowed.

    Args:
        through_float16: a float32 gradient of any shape and a scale in, a float32
            gradient or None out.
    """
    rng = np.random.default_rng()
    for shape, size, scale in (((8,), 1e-8, 4096.0), ((3, 2), 1e-9, 65536.0)):
        small = rng.choice([-1, 1], shape) * rng.uniform(0.6, 2.4, shape) * size
        small = small.astype("float32")
        hint = _small_hint(_quietly(through_float16, small, scale), small, scale)
        if hint:
            return f"Gradients of about {size:g}, scale {scale:g}: {hint}"
    for large, scale in (
        ([1e-6, -40.0, 3.0], 4096.0),
        ([30.0, -2.0, 1e-6], 4096.0),
        # Their sum is infinite in no kind of number, and in one of two is none at all.
        ([100.0, -100.0], 1024.0),
        ([[1e-3, 900.0]], 128.0),
    ):
        gradient = np.array(large, "float32")
        came = _quietly(through_float16, gradient, scale)
        if came is not None:
            return (
                f"Gradients of {large}, scale {scale:g}: the largest times the scale "
                "is beyond what float16 can hold, so expected None; you gave "
                f"{short(came)}. Check that all numbers are finite, in float16, before "
                "you divide."
            )
    # Large numbers that fit, whose squares or sums would not; float16 ends at 65504.
    fits = np.array([65024.0, 50000.0, 40000.0], "float32")
    hint = _small_hint(_quietly(through_float16, fits, 1.0), fits, 1.0)
    if hint:
        return f"Gradients of {fits.tolist()}, scale 1: {hint}"
    odd = np.array([3e-7, 1e-9, 1.0], "float32")
    came = _quietly(through_float16, odd, 1.0)
    if came is None:
        return (
            "Gradients of [3e-07, 1e-09, 1.0], scale 1: you gave None, but nothing "
            "overflowed. A number that becomes 0 underflows."
        )
    if np.asarray(came, "float32")[0] == odd[0]:
        return (
            "With scale 1 nothing is enlarged, and 3e-7 has to come out rounded: does "
            "it go through float16?"
        )
    return None


def _quietly(through_float16, gradient, scale):
    with np.errstate(all="ignore"):
        return through_float16(gradient.copy(), scale)


def _small_hint(came, small, scale):
    if came is None:
        return "you gave None, but nothing overflowed."
    came, scale = np.asarray(came), np.float32(scale)
    if came.shape != small.shape:
        return f"you gave the shape {came.shape}, expected {small.shape}."
    expected = (small * scale).astype("float16").astype("float32") / scale
    kind = str(came.dtype)
    came = came.astype("float64")
    if kind == "float16":
        if np.any(came == 0):
            return (
                "you stayed in float16, where numbers as small as these are 0: enlarge "
                "them before it, and go back to float32 before you divide."
            )
        return "you gave float16: go back to float32, then divide by the scale."
    if kind == "bfloat16":
        return "you gave bfloat16: the exercise asks for float16, and float32 back."
    if np.allclose(came, expected, rtol=2e-5, atol=0):
        if kind == "float32":
            return None
        return f"the numbers are right, but {kind}: return float32."
    if np.array_equal(came, small.astype("float64")):
        if np.array_equal(expected, small):
            return "they came out unchanged, as they should, but not as float32."
        return "they came out unchanged: did they go through float16 at all?"
    if np.any(came == 0):
        zeros = np.mean(came == 0)
        return (
            f"{zeros:.0%} of them came out as 0: enlarge them before they become "
            "float16, and go back to float32 before you divide."
        )
    if np.allclose(came, expected * scale, rtol=1e-2, atol=0):
        return "they came out enlarged: divide by the scale in the end."
    if np.allclose(came, expected / scale, rtol=1e-2, atol=0):
        return "you divided by the scale twice, or forgot to enlarge them first."
    if np.allclose(came, -expected, rtol=1e-2, atol=0):
        return "the signs are turned round."
    if np.allclose(came, expected, rtol=1e-2, atol=0):
        return (
            "they are nearly right, but not as float16 rounds them: is it another kind "
            "of 16 bits, a scale of your own, or were they rounded twice?"
        )
    if np.allclose(came, expected * scale / 4096, rtol=1e-2, atol=0):
        return "use `scale`, which need not be 4096."
    first = came.flat[0], expected.flat[0]
    return (
        f"{small.flat[0]:.4g} came out as {first[0]:.4g}, expected {first[1]:.4g}: "
        "float32 · scale, to float16, to float32, / scale."
    )


# 9.4


class _Machine:
    """Two pieces of work on a machine whose first calls are slow and that gets busy.

    Args:
        old: seconds of the old work.
        new: seconds of the new work.
        busy: the calls, counted over both, that take six times as long.
        first: what the first call of each takes in addition.
    """

    def __init__(self, old, new, busy=(), first=5.0):
        self.seconds = {"old": old, "new": new}
        self.busy, self.first, self.calls = busy, first, []

    def worker(self, name):
        """A function that does one piece of work and returns the seconds it took."""
        return lambda: self._run(name)

    def _run(self, name):
        mine = self.calls.count(name)
        spent = self.seconds[name]
        if len(self.calls) in self.busy:
            spent *= 6
        # No two measurements are quite the same.
        spent *= 1 + 0.002 * (mine % 3)
        self.calls.append(name)
        return spent + (0 if mine else self.first)


def check_speed_up(speed_up: Callable) -> str | None:
    """9.4: the speed-up of one piece of work over another, measured in turn.

    Args:
        speed_up: two functions that return seconds, and the number of turns, in; one
            number out.
    """
    cases = (
        (0.9, 0.3, (), 7),
        (0.2, 0.5, (), 5),
        # A busy spell in three turns of nine, and busy moments that hit one alone.
        (0.6, 0.2, range(8, 14), 9),
        # The turn in the middle, the last and the first are among these.
        (0.3, 0.4, (5, 13, 23), 11),
        (0.5, 0.5, (2, 8), 8),
    )
    for old, new, busy, turns in cases:
        machine = _Machine(old, new, busy)
        came = speed_up(*map(machine.worker, ("old", "new")), turns)
        hint = _calls_hint(machine.calls, turns) or _speed_hint(came, machine, turns)
        if hint:
            spell = ", a busy spell" if len(busy) else ""
            return (
                f"`old` takes {old} s and `new` {new} s, {turns} turns{spell}, slow "
                f"first calls: {hint}"
            )
    return None


def _calls_hint(calls, turns):
    if not calls:
        return "you called neither `old()` nor `new()`."
    counts = {name: calls.count(name) for name in ("old", "new")}
    if not all(counts.values()):
        missing = "old" if counts["new"] else "new"
        return f"you never called `{missing}()`."
    if counts["old"] != counts["new"]:
        return (
            f"you called `old` {counts['old']} times and `new` {counts['new']} times: "
            "both should run in every turn."
        )
    if counts["old"] == turns:
        return (
            f"each ran {turns} times, warm-up included: the first call does not count, "
            "so call each once more."
        )
    if counts["old"] < turns:
        times = "once" if counts["old"] == 1 else f"{counts['old']} times"
        return f"each ran {times}: {turns} turns and a warm-up are more."
    last = calls[-2 * turns :]
    if not all({*pair} == {"old", "new"} for pair in zip(last[::2], last[1::2])):
        return (
            "one ran several times before the other had its turn: let them run "
            "alternately, so that a busy spell hits both."
        )
    return None


def _speed_hint(came, machine, turns):
    number = one_number(came)
    old, new = machine.seconds["old"], machine.seconds["new"]
    if number is None:
        return f"you returned {short(came)}, expected one number."
    right = old / new
    if abs(number / right - 1) < 0.01:
        return None
    if abs(number * right - 1) < 0.01:
        return (
            f"you returned {number:.3g}: that is new / old. A speed-up is the old time "
            "divided by the new one."
        )
    if abs(number / 100 / right - 1) < 0.01:
        return f"you returned {number:.3g}: give the speed-up itself, not percent."
    if abs(number - (right - 1)) < 0.01 * abs(right - 1):
        return f"you returned {number:.3g}: no speed-up at all is 1, not 0."
    if abs(number - (1 - 1 / right)) < 0.01 * abs(1 - 1 / right):
        return (
            f"you returned {number:.3g}: that is the share of the time that is saved. "
            "Divide the old time by the new one."
        )
    if abs(number - (old - new)) < 0.01 * max(old, new):
        return "you returned a difference of seconds: divide them."
    return (
        f"you returned {number:.3g}, and {right:.3g} is what a quiet machine gives. "
        "Did a slow first call count? Is it a mean, a sum or a single turn, which a "
        "busy spell moves? "
        "Or did you time the calls yourself, and not use the seconds they return?"
    )


# 9.5


def check_grow_and_train(grow_and_train: Callable) -> str | None:
    """9.5: two networks for 16 pixels grown and trained on photos of 32.

    Args:
        grow_and_train: a discriminator, a generator and float32 photos (n, 32, 32,
            channels) in, the large generator out.
    """
    for channels, latent_dim, n in ((1, 8, 64), (3, 5, 48)):
        keras.utils.set_random_seed(channels)
        discriminator = build_discriminator(16, channels, 16)
        generator = build_generator(16, channels, 16, latent_dim)
        before = [*discriminator.get_weights(), *generator.get_weights()]
        photos = _striped_photos(n, channels)
        with _stepping_optimizers() as optimizers:
            came = grow_and_train(discriminator, generator, photos.copy())
        hint = _grown_hint(came, generator, channels)
        if hint is None:
            after = [*discriminator.get_weights(), *generator.get_weights()]
            if not all(map(np.array_equal, before, after)):
                hint = (
                    "the small networks have changed: train the grown ones, and leave "
                    "the small ones as they were."
                )
        if hint is None:
            hint = _rounds_hint([int(each.iterations) for each in optimizers])
        if hint:
            return f"{n} photos of 32 × 32 × {channels}: {hint}"
    return None


@contextlib.contextmanager
def _stepping_optimizers():
    """The optimizers that take a step in the meantime; each counts its own."""
    found, apply = [], keras.optimizers.Optimizer.apply

    def noted(optimizer, *args, **kwargs):
        if not any(optimizer is each for each in found):
            found.append(optimizer)
        return apply(optimizer, *args, **kwargs)

    with mock.patch.object(keras.optimizers.Optimizer, "apply", noted):
        yield found


def _rounds_hint(steps):
    """Noise on the weights makes fine detail, too, and so do three rounds."""
    rounds = max(steps, default=0)
    if rounds >= 50:  # in float16 an optimizer skips some
        return None
    if rounds:
        return f"the optimizers took {rounds} steps: train for at least 60 rounds."
    return (
        "it has fine detail, but no optimizer took a step: train the grown networks "
        "on the photos, for at least 60 rounds."
    )


def _striped_photos(n, channels):
    """Soft blobs with fine stripes: half of what they show needs 32 pixels."""
    rng = np.random.default_rng()
    blobs = rng.uniform(-0.6, 0.6, (n, 4, 4, channels)).repeat(8, 1).repeat(8, 2)
    # Two pixels wide, across the blocks that 16 pixels show: doubled and then convolved
    # 3 × 3, pixels make none that are one pixel wide.
    stripes = 0.4 * (-1.0) ** ((np.arange(32) + 1) // 2)[None, None, :, None]
    return (blobs + stripes).astype("float32")


def _grown_hint(came, small, channels):
    if isinstance(came, (tuple, list)):
        return "you returned several things: return the large generator alone."
    if not callable(came):
        return f"you returned {type(came).__name__}: return the large generator."
    if getattr(came, "ema_generator", None) is not None:
        return "you returned the whole GAN: return its `ema_generator`."
    if came is small:
        return "you returned the small generator: it paints 16 pixels. Grow it first."
    latents = sample_latents(32, small.input_shape[-1], seed=1)
    shape = getattr(came, "input_shape", (None, latents.shape[-1]))
    if isinstance(shape, tuple) and len(shape) == 4:
        return "you returned a network that reads photos: the generator is wanted."
    images = np.asarray(came(latents), "float32")
    wanted = (32, 32, 32, channels)
    if images.shape != wanted:
        return (
            f"of 32 latents it paints {images.shape}, expected {wanted}: grow the "
            "generator once."
        )
    if not np.isfinite(images).all():
        return "it paints numbers that are not finite: the training broke."
    if not _descends_from(came, small):
        return (
            "it paints 32 pixels, but there is nothing of the small generator "
            "in it: grow the one that you got, and train that."
        )
    detail = 127.5 * _fine_detail(images)
    if detail < 0.3:
        return (
            f"its fine detail is {detail:.1f} grey levels, hardly more than right "
            "after growing. Did the rounds reach the generator that you return? (The "
            "EMA copy follows slowly: it needs some dozens of rounds.)"
        )
    return None


def _descends_from(large, small):
    """Whether a network holds the small one's first kernel, somewhat trained."""
    kernel = small.get_weights()[0]
    return not isinstance(large, keras.Model) or any(
        np.corrcoef(array.ravel(), kernel.ravel())[0, 1] > 0.3
        for array in large.get_weights()
        if array.shape == kernel.shape
    )


def _fine_detail(images):
    n, size, _, channels = images.shape
    blocks = images.reshape(n, size // 2, 2, size // 2, 2, channels)
    return np.std(blocks - blocks.mean(axis=(2, 4), keepdims=True))


NONE_IS_AN_ANSWER = {"9.3"}
CHECKS = {
    "9.1": check_macs,
    "9.2": check_macs_of_a_step,
    "9.3": check_through_float16,
    "9.4": check_speed_up,
    "9.5": check_grow_and_train,
}
