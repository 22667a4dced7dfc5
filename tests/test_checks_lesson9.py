"""Lesson 9's exercises: solutions, other right answers, a hint for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import LossScaleOptimizer

from gan_lessons.classroom.checks import check
from gan_lessons.classroom.checks.lesson9 import _stepping_optimizers
from gan_lessons.growing import grow_discriminator, grow_generator
from gan_lessons.models import build_generator
from gan_lessons.recipe import default_gan


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 9.1

MACS = 4 * 4 * 24 * 40 * 16 * 16


@pytest.mark.parametrize(
    "answer",
    [
        MACS,
        float(MACS),
        np.int64(MACS),
        np.float32(MACS),
        np.array(MACS),
        np.array([MACS]),
        [MACS],
        tf.constant(MACS),
        tf.Variable(float(MACS)),
        3.93216e6,
    ],
)
def test_the_macs_of_a_convolution(capsys, answer):
    assert printed(capsys, "9.1", answer) == "9.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (4 * MACS, "places of the input"),
        (15_360, "number of weights"),
        (MACS + 40 * 256, "counted the biases"),
        (2 * MACS, "multiplication and an addition together"),
        (MACS // 24, "all channels that come in"),
        (MACS // 40, "one kernel"),
        (MACS // 4, "16 weights per channel"),
        (MACS // 16, "A factor of 16 is missing"),
        (3_930_000, "give the exact number"),
        (MACS + 1, "give the exact number"),
        (3.93, "not millions"),
        (3.93216, "not millions"),
        (7, "at each place where a kernel lies"),
        ("four million", "give one number"),
        (True, "give one number"),
        ([1, 2], "give one number"),
        (float("nan"), "give one number"),
        (lambda: MACS, "call it"),
    ],
)
def test_the_macs_of_a_convolution_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "9.1", answer)


# 9.2


def in_rows(d, g, every):
    rows = np.array([[6, 1], [4 / every, 0], [2, 3]])
    return (rows @ [d, g]).sum()


@pytest.mark.parametrize(
    "answer",
    [
        lambda d, g, every: 8 * d + 4 * g + 4 * d / every,
        lambda d_macs, g_macs, every: d_macs * (8 + 4 / every) + g_macs * 4,
        lambda d, g, every: [8 * d + 4 * g + 4 * d / every],
        lambda d, g, every: tf.constant(8.0 * d + 4 * g + 4 * d / every),
        lambda d, g, every: np.float32(8 * d + 4 * g + 4 * d / every),
        lambda d, g, every: round(8 * d + 4 * g + 4 * d / every, 3),
        in_rows,
    ],
)
def test_the_macs_of_a_step(capsys, answer):
    assert printed(capsys, "9.2", answer) == "9.2: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda d, g, every: 9 * d + 4 * g, "`every` plays no part"),
        (lambda d, g, every: 8 * d + 4 * g, "penalty is missing"),
        (lambda d, g, every: 12 * d + 4 * g, "in full"),
        (lambda d, g, every: (8 + 4 * every) * d + 4 * g, "divide by `every`"),
        (lambda d, g, every: (8 + every / 4) * d + 4 * g, "it is 4 / every"),
        (lambda d, g, every: (8 + 1 / every) * d + 4 * g, "not one time"),
        (lambda d, g, every: (8 + 4 // every) * d + 4 * g, "in place of //"),
        (lambda d, g, every: (8 + 4 / every) * g + 4 * d, "changed places"),
        (lambda d, g, every: (5 + 4 / every) * d + 4 * g, "photos and fakes"),
        (lambda d, g, every: (9 + 4 / every) * d + 4 * g, "D is frozen"),
        (lambda d, g, every: (8 + 4 / every) * d + 3 * g, "in D's turn, too"),
        (lambda d, g, every: 2 * ((8 + 4 / every) * d + 4 * g), "twice as much"),
        (lambda d, g, every: int(8 * d + 4 * g + 4 * d / every), "You rounded"),
        (lambda d, g, every: round(8 * d + 4 * g + 4 * d / every), "You rounded"),
        # At `every` = 4 these give what other mistakes give.
        (lambda d, g, every: (7 + 4 / every) * d + 4 * g, "Add up the rows"),
        (lambda d, g, every: (8 + 4 / every**2) * d + 4 * g, "Add up the rows"),
        (lambda d, g, every: d + g, "Add up the rows"),
        (lambda d, g, every: (d, g), "return one number"),
        (lambda d, g, every: None, "is a `return` missing"),
        (lambda d, g: d, "stopped with TypeError"),
        (13, "give its name alone"),
    ],
)
def test_the_macs_of_a_step_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "9.2", answer)


# 9.3


def finite(half):
    return np.isfinite(np.asarray(half, "float32")).all()


def with_numpy(gradient, scale):
    half = (gradient * np.float32(scale)).astype("float16")
    return half.astype("float32") / np.float32(scale) if finite(half) else None


def with_tensorflow(gradient, scale):
    half = tf.cast(tf.constant(gradient) * scale, tf.float16)
    if not tf.reduce_all(tf.math.is_finite(half)):
        return None
    return tf.cast(half, tf.float32) / scale


def with_keras(gradient, scale):
    half = keras.ops.cast(keras.ops.convert_to_tensor(gradient) * scale, "float16")
    back = keras.ops.cast(half, "float32") / scale
    return back if keras.ops.all(keras.ops.isfinite(half)) else None


def times_the_inverse(gradient, scale):
    half = np.float16(np.float64(gradient) * scale)
    if np.isinf(half).any():
        return None
    return (half * np.float32(1 / scale)).astype("float32")


def by_a_limit(gradient, scale):
    if np.abs(gradient * scale).max() > 65519:
        return None
    return np.float32(np.float16(gradient * scale)) / np.float32(scale)


@pytest.mark.parametrize(
    "answer",
    [with_numpy, with_tensorflow, with_keras, times_the_inverse, by_a_limit],
)
def test_loss_scaling(capsys, answer):
    assert printed(capsys, "9.3", answer) == "9.3: right\n"


def half_first(gradient, scale):
    return (gradient.astype("float16") * np.float16(scale)).astype("float32") / scale


def unchecked(gradient, scale):
    half = (gradient * np.float32(scale)).astype("float16")
    return half.astype("float32") / np.float32(scale)


def checked_for_plus_infinity(gradient, scale):
    came = unchecked(gradient, scale)
    return None if np.max(came) == np.inf else came


def checked_by_its_sum(gradient, scale):
    half = (gradient * np.float32(scale)).astype("float16")
    came = half.astype("float32") / np.float32(scale)
    return came if np.isfinite(half.sum()) else None


def checked_for_zeros(gradient, scale):
    """Takes what underflows for an overflow."""
    came = with_numpy(gradient, scale)
    return None if came is None or np.any(came == 0) else came


def by_a_low_limit(gradient, scale):
    too_large = np.abs(gradient * np.float32(scale)).max() > 60000
    return None if too_large else with_numpy(gradient, scale)


def with_a_scale_of_its_own(gradient, scale):
    return with_numpy(gradient, 1.0 if scale == 1 else 4096.0)


def in_float16_to_the_end(gradient, scale):
    half = (gradient * np.float32(scale)).astype("float16")
    return (half / np.float16(scale)) if finite(half) else None


def in_bfloat16(gradient, scale):
    kind = tf.bfloat16.as_numpy_dtype
    return ((gradient * np.float32(scale)).astype(kind)).astype("float32") / np.float32(
        scale
    )


def at_will(gradient, scale):
    return gradient if scale == 1 else with_numpy(gradient, scale)


def flattened(gradient, scale):
    came = with_numpy(gradient, scale)
    return None if came is None else came.ravel()


def in_float64(gradient, scale):
    came = with_numpy(gradient, scale)
    return None if came is None else came.astype("float64")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda gradient, scale: gradient, "unchanged"),
        (lambda gradient, scale: gradient * np.float32(scale) / scale, "unchanged"),
        (half_first, "enlarge them before"),
        (in_float16_to_the_end, "back to float32 before you divide"),
        (
            lambda gradient, scale: (
                gradient.astype("float16") * np.float16(1) / np.float16(1)
            ),
            "enlarge them before it",
        ),
        (
            lambda gradient, scale: (gradient * np.float32(scale)).astype("float16"),
            "go back to float32",
        ),
        (
            lambda gradient, scale: (
                (gradient * np.float32(scale)).astype("float16").astype("float32")
            ),
            "came out enlarged",
        ),
        (lambda gradient, scale: None, "nothing overflowed"),
        (unchecked, "all numbers are finite"),
        (checked_for_plus_infinity, "all numbers are finite"),
        (checked_by_its_sum, "you gave None, but nothing overflowed"),
        (checked_for_zeros, "becomes 0 underflows"),
        (by_a_low_limit, "65024.0"),
        (lambda gradient, scale: with_numpy(gradient, 1024.0), "a scale of your own"),
        (with_a_scale_of_its_own, "scale 65536"),
        (in_bfloat16, "another kind of 16 bits"),
        (at_will, "go through float16"),
        (flattened, "expected (3, 2)"),
        (in_float64, "return float32"),
        (lambda gradient, scale: unchecked(gradient, scale)[:2], "expected (8,)"),
        (lambda gradient, scale: -unchecked(gradient, scale), "turned round"),
        (lambda gradient, scale: gradient["D"], "stopped with IndexError"),
    ],
)
def test_loss_scaling_goes_wrong(capsys, answer, hint):
    with np.errstate(all="ignore"):
        assert hint in printed(capsys, "9.3", answer)


# 9.4


def in_turn(old, new, turns):
    old(), new()
    pairs = [(old(), new()) for _ in range(turns)]
    a, b = np.median(pairs, axis=0)
    return a / b


def ratio_by_ratio(old, new, turns):
    ratios = [old() / new() for _ in range(turns + 1)]
    return np.median(ratios[1:])


def turned_round(old, new, turns):
    """Who goes first changes from turn to turn."""
    times = {old: [], new: []}
    for turn in range(turns + 1):
        for each in ((old, new), (new, old))[turn % 2]:
            times[each].append(each())
    return float(np.median(times[old][1:]) / np.median(times[new][1:]))


def with_statistics(old, new, turns):
    import statistics

    for _ in range(2):
        old()
    for _ in range(2):
        new()
    a, b = [], []
    for _ in range(turns):
        b.append(new())
        a.append(old())
    return statistics.median(a) / statistics.median(b)


def the_fastest(old, new, turns):
    pairs = [(old(), new()) for _ in range(turns + 1)]
    a, b = np.min(pairs, axis=0)
    return np.array([a / b])


@pytest.mark.parametrize(
    "answer",
    [
        in_turn,
        ratio_by_ratio,
        turned_round,
        with_statistics,
        the_fastest,
        lambda old, new, turns: tf.constant(in_turn(old, new, turns)),
    ],
)
def test_a_fair_comparison(capsys, answer):
    assert printed(capsys, "9.4", answer) == "9.4: right\n"


def by_means(old, new, turns):
    pairs = [(old(), new()) for _ in range(turns + 1)]
    a, b = np.mean(pairs[1:], axis=0)
    return a / b


def by_means_with_the_first(old, new, turns):
    pairs = [(old(), new()) for _ in range(turns + 1)]
    a, b = np.mean(pairs, axis=0)
    return a / b


def by_one_turn(which):
    """The first, the last or any other turn after the warm-up, and that alone."""

    def answer(old, new, turns):
        return [old() / new() for _ in range(turns + 1)][1:][which]

    return answer


def by_the_best_ratio(old, new, turns):
    """Right on a quiet machine, also if the two are equally fast."""
    return max([old() / new() for _ in range(turns + 1)][1:])


def one_after_the_other(old, new, turns):
    a = [old() for _ in range(turns + 1)]
    b = [new() for _ in range(turns + 1)]
    return np.median(a[1:]) / np.median(b[1:])


def without_a_warm_up(old, new, turns):
    return np.median([old() / new() for _ in range(turns)])


def timed_by_oneself(old, new, turns):
    for _ in range(turns + 1):
        old(), new()
    return 1.017


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (by_means, "a busy spell moves"),
        (by_one_turn(0), "a single turn"),
        (by_one_turn(-1), "a single turn"),
        (lambda old, new, turns: by_one_turn(turns // 2)(old, new, turns), "a single"),
        (by_the_best_ratio, "a busy spell moves"),
        (lambda old, new, turns: 1 - 1 / in_turn(old, new, turns), "that is saved"),
        (lambda old, new, turns: old() / new(), "each ran once"),
        (by_means_with_the_first, "slow first call"),
        (one_after_the_other, "alternately"),
        (without_a_warm_up, "warm-up included"),
        (timed_by_oneself, "time the calls yourself"),
        (lambda old, new, turns: 1 / in_turn(old, new, turns), "that is new / old"),
        (lambda old, new, turns: in_turn(old, new, turns) - 1, "at all is 1"),
        (lambda old, new, turns: 100 * in_turn(old, new, turns), "not percent"),
        (lambda old, new, turns: in_turn(old, new, 3), "a warm-up are more"),
        (lambda old, new, turns: 3.0, "neither"),
        (lambda old, new, turns: old(), "never called `new()`"),
        (lambda old, new, turns: old() / new() / new(), "in every turn"),
        (lambda old, new, turns: (in_turn(old, new, turns), 1), "expected one number"),
        (lambda old, new, turns: old / new, "stopped with TypeError"),
        (lambda old, new, turns: print(), "is a `return` missing"),
    ],
)
def test_a_fair_comparison_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "9.4", answer)


# 9.5


def grown(discriminator, generator):
    return grow_discriminator(discriminator), grow_generator(generator)


def batches(photos):
    return tf.data.Dataset.from_tensor_slices(photos).shuffle(64).batch(16)


def play(gan, photos, rounds=60):
    step = tf.function(gan.train_step)
    for real in batches(photos).repeat().take(rounds):
        step(real)
    return gan


def by_hand(discriminator, generator, photos):
    start = grown(discriminator, generator)
    return play(default_gan(len(photos), start=start), photos).ema_generator


def by_fit(discriminator, generator, photos):
    gan = default_gan(len(photos), start=grown(discriminator, generator), ema=0.9)
    gan.fit(batches(photos), epochs=20, verbose=0)
    return gan.generator


def no_rounds(discriminator, generator, photos):
    return grow_generator(generator)


def the_wrong_copy(discriminator, generator, photos):
    start = grown(discriminator, generator)
    play(default_gan(len(photos), start=start), photos, rounds=2)
    return start[1]


def three_rounds(discriminator, generator, photos):
    start = grown(discriminator, generator)
    gan = default_gan(len(photos), start=start, learning_rate=2e-2)
    return play(gan, photos, rounds=3).generator


def noise_on_the_weights(discriminator, generator, photos):
    large = grow_generator(generator)
    rng = np.random.default_rng(0)
    large.set_weights(
        [w + 0.05 * rng.standard_normal(w.shape) for w in large.get_weights()]
    )
    return large


def built_from_nothing(discriminator, generator, photos):
    channels, latent_dim = photos.shape[-1], generator.input_shape[-1]
    return build_generator(32, channels, 8, latent_dim)


def the_small_one(discriminator, generator, photos):
    return generator


def the_judge(discriminator, generator, photos):
    return grow_discriminator(discriminator)


def both(discriminator, generator, photos):
    return grown(discriminator, generator)


def the_whole_gan(discriminator, generator, photos):
    return default_gan(len(photos), start=grown(discriminator, generator))


def grown_twice(discriminator, generator, photos):
    return grow_generator(grow_generator(generator))


def broken(discriminator, generator, photos):
    large = grow_generator(generator)
    large.set_weights([np.nan * weight for weight in large.get_weights()])
    return large


def the_small_ones_moved(discriminator, generator, photos):
    generator.layers[0].kernel.assign_add(0.1 * generator.layers[0].kernel)
    large = grow_generator(generator)
    rng = np.random.default_rng(0)
    large.set_weights(
        [w + 0.1 * rng.standard_normal(w.shape) for w in large.get_weights()]
    )
    return large


@pytest.mark.parametrize("wrap", [lambda inner: inner, LossScaleOptimizer])
@pytest.mark.parametrize("make_step", [tf.function, lambda step: step])
def test_the_steps_of_an_optimizer_are_counted(wrap, make_step):
    """In a graph and without one, with loss scaling and without it."""
    weight = keras.Variable(1.0)
    optimizer = wrap(keras.optimizers.Adam(0.1))
    optimizer.build([weight])
    step = make_step(lambda: optimizer.apply([tf.constant(1.0)], [weight]))
    with _stepping_optimizers() as found:
        for _ in range(5):
            step()
    assert [int(each.iterations) for each in found] == [5]
    apply = keras.optimizers.Optimizer.apply
    with _stepping_optimizers() as found:
        pass
    assert not found and keras.optimizers.Optimizer.apply is apply


@pytest.mark.parametrize("answer", [by_hand, by_fit])
def test_a_grown_gan(capsys, answer):
    assert printed(capsys, "9.5", answer) == "9.5: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (no_rounds, "hardly more than right after growing"),
        (the_wrong_copy, "hardly more than right after growing"),
        (three_rounds, "took 3 steps"),
        (noise_on_the_weights, "no optimizer took a step"),
        (built_from_nothing, "nothing of the small generator"),
        (the_small_one, "Grow it first"),
        (the_judge, "the generator is wanted"),
        (both, "the large generator alone"),
        (the_whole_gan, "`ema_generator`"),
        (grown_twice, "grow the generator once"),
        (broken, "the training broke"),
        (the_small_ones_moved, "the small networks have changed"),
        (lambda discriminator, generator, photos: photos, "you returned ndarray"),
        (lambda discriminator, generator, photos: None, "is a `return` missing"),
        (lambda discriminator, generator: generator, "stopped with TypeError"),
    ],
)
def test_a_grown_gan_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "9.5", answer)
