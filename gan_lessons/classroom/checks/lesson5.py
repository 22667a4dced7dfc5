"""Checks of lesson 5: R1 twice, cutout, diagnoses, a run broken and cured.

`LETTERS` is the order of the runs that `benchmarks/patients.py` trains.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.classroom.checks.hints import (
    first_hint,
    letters_in_order,
    one_number,
    short,
)
from gan_lessons.data import load_faces, to_float

# 5.1


def check_penalties(penalties) -> str | None:
    """5.1: R1 of a weighted sum of 64 pixels, and with every weight doubled.

    Args:
        penalties: two numbers.
    """
    if isinstance(penalties, np.ndarray):
        penalties = penalties.ravel()
    try:
        if isinstance(penalties, (set, frozenset)):
            raise TypeError("a set has no order")
        came = np.array([one_number(each) for each in penalties], float)
    except TypeError:
        came = np.zeros(0)
    if came.shape != (2,) or np.isnan(came).any():
        return (
            f"You gave {short(penalties)}: give two numbers as a tuple, R1 with the "
            "weights as they are, and R1 with every weight doubled."
        )
    right = 0.64
    if np.allclose(came, (right, 4 * right), atol=0.005):
        return None
    if np.isclose(came[0], right, atol=0.005):
        return first_hint(
            came[1],
            [
                (2 * right, "The first is right. The gradient doubles and is squared."),
                (right, "The first is right. The gradient is the weights: it doubles."),
            ],
            "The first is right. With doubled weights the gradient is twice as long. "
            "What becomes of its square?",
            atol=0.005,
        )
    mistakes = [
        (0.8, "That is the length of the gradient: R1 has its square."),
        (0.4, "That is half of the length: R1 has the square of the length."),
        (0.32, "γ/2 is 1 here: nothing is to be halved."),
        (1.28, "R1 has γ/2 and not γ; here it is 1."),
        (0.01, "That is the square of one weight: add the squares of all pixels."),
        (0.02, "That is for one weight: add the squares of all pixels."),
        (0.08, "Add the squares over 8 × 8 pixels, not over 8."),
        (6.4, "You added the weights. Add their squares."),
        (40.96, "You squared the sum of the weights. Add up their squares."),
        (2.56, "That is R1 with doubled weights: it comes second."),
    ]
    return first_hint(
        came[0],
        mistakes,
        "The gradient with respect to the pixels is the weights: 64 numbers. Square "
        "them, add them up, and multiply by γ/2.",
        atol=0.003,
    )


# 5.2


def check_r1(r1_penalty: Callable) -> str | None:
    """5.2: the R1 penalty of two small networks, and whether D can learn from it.

    Args:
        r1_penalty: a discriminator, images (n, size, size, channels) and gamma in, one
            number out.
    """
    rng = np.random.default_rng()
    for shape, gamma in (((5, 8, 8, 1), 2.3), ((3, 6, 6, 3), 0.7)):
        discriminator = _curved_discriminator(shape[1:], rng)
        images = tf.constant(rng.uniform(-1, 1, shape).astype("float32"))
        expected, wanted = _r1(discriminator, images, gamma)
        with tf.GradientTape() as tape:
            try:
                came = r1_penalty(discriminator, images, gamma)
            except (AttributeError, TypeError, ValueError) as error:
                if "NoneType" not in str(error):
                    raise
                return (
                    "The gradient is None: the tape has to watch the images, and D has "
                    "to look at them inside its `with` block."
                )
            value = one_number(came)
            total = tf.reduce_sum(came) if value is not None else None
        where = f"For {shape[0]} images of shape {shape[1:]} and gamma {gamma}"
        if value is None:
            return f"{where} you returned {short(came)}: return one number."
        if not np.isclose(value, expected, rtol=2e-3):
            hint = _r1_hint(value, discriminator, images, gamma)
            return (
                f"{where} you got {value:.4g}, expected {expected:.4g}. {hint}".strip()
            )
        got = tape.gradient(total, discriminator.trainable_variables)
        if all(gradient is None for gradient in got):
            return (
                f"{where} the number is right, but no gradient gets through to D's "
                "weights: stay with TensorFlow or keras.ops, without NumPy, float() or "
                "a tape that has stopped recording."
            )
        if not all(
            np.allclose(0 if gradient is None else gradient, right, 0.02, 1e-3)
            for gradient, right in zip(got, wanted)
        ):
            return (
                f"{where} the number is right, but only a part of its gradient gets "
                "through to D's weights."
            )
    return None


def _curved_discriminator(shape, rng):
    """A network that is not linear, with a gradient that differs between images."""
    network = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(7, activation="tanh"),
            keras.layers.Dense(1),
        ]
    )
    network.set_weights(
        [rng.normal(0, 0.4, array.shape) for array in network.get_weights()]
    )
    return network


def _norms(discriminator, images, of=lambda logits: logits):
    """The length of the gradient with respect to each image, a tensor (n,)."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        values = of(discriminator(images))
    gradient = tape.gradient(values, images)
    return tf.sqrt(tf.reduce_sum(gradient**2, axis=(1, 2, 3)))


def _r1(discriminator, images, gamma):
    weights = discriminator.trainable_variables
    with tf.GradientTape() as tape:
        value = gamma / 2 * tf.reduce_mean(_norms(discriminator, images) ** 2)
    gradients = tape.gradient(value, weights)
    pairs = zip(gradients, weights)
    return float(value), [tf.zeros_like(w) if g is None else g for g, w in pairs]


def _r1_hint(value, discriminator, images, gamma):
    norms = _norms(discriminator, images).numpy()
    shares = _norms(discriminator, images, tf.sigmoid).numpy()
    n, pixels = len(norms), int(np.prod(images.shape[1:]))
    channels = images.shape[-1]
    right = gamma / 2 * np.mean(norms**2)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(discriminator(images))
    of_weights = tape.gradient(total, discriminator.trainable_variables)
    by_weights = sum(float(tf.reduce_sum(gradient**2)) for gradient in of_weights)
    mistakes = [
        (right * 2, "R1 has γ/2, and not γ."),
        (
            right * 4,
            "That is 4 times R1: the lesson's 4 belongs to a penalty in one round of "
            "four.",
        ),
        (right * 2 / gamma, "The factor γ/2 is missing."),
        (right / gamma, "You divided by 2 and did not multiply by γ."),
        (right * n, "You added the images of the batch up: take their mean."),
        (right * n * 2 / gamma, "You added the images up, and γ/2 is missing."),
        (
            right / pixels,
            "You took the mean over the pixels. A squared length is the *sum* over the "
            "pixels; the mean is over the images.",
        ),
        (right / channels, "Sum over the channels as well, axis 3."),
        (
            gamma / 2 * np.mean(norms),
            "The length of the gradient has to be squared.",
        ),
        (
            gamma / 2 * np.mean(norms) ** 2,
            "Square the length for each image, and take the mean afterwards.",
        ),
        (
            gamma / 2 * np.sqrt(np.sum(norms**2)),
            "That is the length of the gradient of the whole batch: square and sum for "
            "each image, then take the mean.",
        ),
        (
            right / n**2,
            "You differentiated the *mean* of the logits, so each gradient is too "
            "small by the number of images: differentiate the logits.",
        ),
        (right / n, "You divided by the number of images twice."),
        (
            gamma / 2 * np.mean(shares**2),
            "You differentiated the confidence: R1 is about the logit, not D(x).",
        ),
        (
            gamma / 2 * by_weights,
            "You differentiated with respect to D's weights: R1 is about the pixels.",
        ),
        (-right, "The sign is wrong: a penalty is at least 0."),
    ]
    for wrong, hint in mistakes:
        if np.isclose(value, wrong, rtol=2e-3):
            return hint
    return (
        "Let the tape watch the images, differentiate the logits with respect to them, "
        "square, sum over all axes but the first, take the mean, and multiply by γ/2."
    )


# 5.3


def check_cutout(cutout: Callable) -> str | None:
    """5.3: a grey square, half as wide as the picture, at a random place in each.

    Args:
        cutout: images (n, size, size, channels) and a seed generator in, images out.
    """
    rng = np.random.default_rng()
    # So many that a start that may lie one too far is drawn for sure.
    for n, size, channels in ((64, 16, 1), (9, 32, 3)):
        start = int(rng.integers(1000))
        generators = [keras.random.SeedGenerator(start + k) for k in (0, 0, 1)]
        pixels = rng.uniform(0.2, 1, (n, size, size, channels)).astype("float32")
        images = tf.constant(pixels)
        with tf.GradientTape() as tape:
            tape.watch(images)
            came = cutout(images, generators[0])
            hint = _type_hint(came)
            total = None if hint else tf.reduce_sum(came)
        if not hint:
            gradient = _gradient(tape, total, images)
            hint = _cutout_hint(np.asarray(came), pixels, gradient)
        if not hint:
            again = [cutout(images, seed) for seed in (generators[0], *generators[1:])]
            hint = _seed_hint(np.asarray(came), *map(np.asarray, again))
        if hint:
            return f"Tried on {n} pictures of {size} × {size} × {channels}: {hint}"
    return None


def _type_hint(came):
    if isinstance(came, (list, tuple)):
        return "you returned a list: make one tensor of the pictures, with `ops.stack`."
    try:
        came = tf.convert_to_tensor(came)
    except (TypeError, ValueError):
        return f"you returned a {type(came).__name__}: return one tensor of pictures."
    if came.dtype not in (tf.float32, tf.float64):
        return f"you returned {came.dtype.name}: the pictures are float32."
    return None


def _gradient(tape, total, images):
    try:
        return tape.gradient(total, images)
    except LookupError:  # TensorFlow knows no gradient of some operation in between
        return None


def _cutout_hint(result, pixels, gradient):
    if result.shape != pixels.shape:
        return f"you returned the shape {result.shape}, expected {pixels.shape}."
    changed = ~np.isclose(result, pixels, atol=1e-5)
    cut = changed.any(axis=-1)
    if not cut.any():
        return "nothing was changed."
    if (changed.any(axis=-1) != changed.all(axis=-1)).any():
        return "only some of the channels are grey: cut all of them."
    touched = cut.any(axis=(1, 2))
    if not touched.all():
        return (
            f"{touched.sum()} of {len(touched)} pictures were changed: each of them "
            "needs a square."
        )
    if not np.allclose(result[cut], 0, atol=1e-5):
        grey = np.isclose(result, 0, atol=1e-5).any(axis=-1)
        if grey.any():
            other = result[cut & ~grey].flat[0]
            return f"pixels outside the square changed as well: one became {other:.2f}."
        return (
            f"pixels that changed became {result[cut].flat[0]:.2f}; grey is 0 here, "
            "since pixels go from -1 to 1."
        )
    hint = _squares_hint(cut)
    if hint:
        return hint
    if gradient is None:
        return (
            "no gradient comes back; stay with TensorFlow or keras.ops, without a "
            "detour through NumPy, and multiply by a mask or use `ops.where`."
        )
    if not np.allclose(np.asarray(gradient), ~changed, atol=1e-4):
        return (
            "the pictures are right, but the gradient is not: it should be 1 where a "
            "pixel stays, and 0 where it is cut."
        )
    return None


def _squares_hint(cut):
    """What is wrong with the places that were cut, bool (n, size, size)."""
    half = cut.shape[1] // 2
    rows, columns = cut.any(axis=2), cut.any(axis=1)
    heights, widths = rows.sum(axis=1), columns.sum(axis=1)
    if (cut.sum(axis=(1, 2)) != heights * widths).any():
        kept = [(~cut).any(axis=axis) for axis in (1, 2)]
        spans = [2 * half - k.argmax(1) - k[:, ::-1].argmax(1) for k in kept]
        if (np.array(spans) == half).all():
            return "everything was cut but a square: it is the other way round."
        return (
            "the pixels that were cut are not a square; a pixel is cut if its row "
            "*and* its column are in range."
        )
    if (heights != half).any() or (widths != half).any():
        sizes = sorted(set(zip(heights.tolist(), widths.tolist())))
        got = f"expected squares of {half} × {half}, you got {sizes[:4]}"
        if len(sizes) == 1:
            return f"{got}: half as wide and half as high as the picture."
        return f"{got}; a smaller one has run over the edge."
    top, left = rows.argmax(axis=1), columns.argmax(axis=1)
    if len(set(top)) == len(set(left)) == 1:
        return (
            "all have their square at the same place; draw a start for each picture, "
            "shape (n, ...), inside the function and with `seed`."
        )
    if len(set(top)) == 1 or len(set(left)) == 1:
        axis = "row" if len(set(top)) == 1 else "column"
        return f"all squares begin at the same {axis}: draw one for each picture."
    if len(top) > 60 and max(len(set(top)), len(set(left))) < 3:
        return "the squares lie in the corners only: draw from all places."
    if (top == left).all():
        return (
            "every square lies on the diagonal: draw a row and a column, two numbers "
            "for each picture."
        )
    return None


def _seed_hint(first, later, same, other):
    """Results of one generator's first and second call, of its twin, of another."""
    if np.array_equal(first, later):
        return (
            "a second call cuts at the same places again: give the random function the "
            "`seed` that you were given, not a number, and not a new generator."
        )
    if not np.array_equal(first, same):
        return (
            "two generators with the same seed give different places: draw with the "
            "`seed` that you were given, as `shift` does."
        )
    if np.array_equal(first, other):
        return "generators with different seeds give the same places: use `seed`."
    return None


# 5.4

LETTERS = "DCAEB"  # healthy, collapse, D wins, D learns nothing, D too slow
NAMES = ("healthy", "collapse", "D wins", "D learns nothing", "D too slow")
SYMPTOMS = (
    "In a healthy run the scores are smooth, and the points reach all clusters.",
    "After a collapse all points are in a few of the clusters, and the scores stop "
    "short of 1 and 0.",
    "Where D wins, the scores are near 1 and 0, and the points creep.",
    "If D learns nothing, its score for real points is a straight line.",
    "Where D is too slow, both scores are near one half, but jagged and crossing.",
)


def check_letters(letters) -> str | None:
    """5.4: which of five recorded runs has which fault.

    Args:
        letters: A to E in any order, as one string or as a list.
    """
    given = letters_in_order(letters, "ABCDE")
    if given is None:
        return (
            f"You gave {letters!r}: give the five letters A to E, each once, as one "
            "string such as 'ABCDE'."
        )
    wrong = [k for k in range(5) if given[k] != LETTERS[k]]
    if not wrong:
        return None
    if wrong == [0, 4]:
        return (
            "Three are right. The healthy run and the D that is too slow both have "
            "scores near one half: which of the two has crossing lines, and where do "
            "the points go?"
        )
    first = wrong[0]
    return (
        f"{5 - len(wrong)} of 5 are right. You said {given[first]} for "
        f"{NAMES[first]!r}. {SYMPTOMS[first]}"
    )


# 5.5

LEAST, MOST = 0.3, 0.1  # the gap of the broken run, and of the cured one


def check_broken_and_cured(broken_and_cured) -> str | None:
    """5.5: two GANs on ten photos, one with a D that memorises them and one without.

    Args:
        broken_and_cured: two GANs for 16 × 16 pixels, or what `train_small` returned.
    """
    try:
        gans = [_gan_of(each) for each in broken_and_cured]
    except TypeError:
        gans = []
    if len(gans) != 2 or None in gans:
        return (
            "Give two GANs as a tuple, the broken one first: "
            "(broken, cured), each of them trained by train_small."
        )
    if gans[0] is gans[1]:
        return "You gave the same GAN twice: train a second one."
    train, unseen = load_faces("orl", 16).split(0.1)
    few = train[::36]
    gaps = []
    for name, gan in zip(("broken", "cured"), gans):
        shape = getattr(gan.discriminator, "input_shape", (None, 16, 16, 1))
        if tuple(shape)[1:] != (16, 16, 1):
            return f"The {name} GAN reads pictures of {shape[1:]}: use 16 × 16 pixels."
        gaps.append(_confidence(gan, few) - _confidence(gan, unseen))
    if not np.isfinite(gaps).all():
        return "One of the GANs has broken down: its D answers NaN. Train it again."
    rounds = [int(gan.d_optimizer.iterations) for gan in gans]
    found = f"The gaps are {gaps[0]:+.2f} (broken) and {gaps[1]:+.2f} (cured)."
    if gaps[0] < LEAST and gaps[1] >= LEAST:
        return f"{found} They seem to have changed places: the broken one comes first."
    if gaps[0] < LEAST:
        return (
            f"{found} The first should be at least {LEAST}. Nothing should hold D "
            "back: the plain GAN, on `few`, for more epochs."
        )
    if gaps[1] > MOST:
        return (
            f"{found} The second should be at most {MOST}. Which class of this lesson "
            "closed the gap for forty photos?"
        )
    if rounds[1] < rounds[0]:
        return (
            f"{found} But the cured GAN has played {rounds[1]:,} rounds and the broken "
            f"one {rounds[0]:,}: a D that has hardly learned memorises nothing."
        )
    if not _paints_faces(gans[1], train):
        return (
            f"{found} But what the cured GAN paints is far from the photos: did both "
            "of its networks learn, with learning rates above 0?"
        )
    return None


def _gan_of(answer):
    """A GAN, also if its `Watch` came with it; None for anything else."""
    parts = answer if isinstance(answer, (tuple, list)) else [answer]
    gans = [part for part in parts if hasattr(part, "discriminator")]
    return gans[0] if len(gans) == 1 else None


def _confidence(gan, photos):
    logits = gan.discriminator(to_float(photos.images))
    return float(np.mean(tf.sigmoid(logits)))


def _paints_faces(gan, photos):
    """Whether the mean of what G paints looks like the mean photo."""
    painted = np.asarray(gan.generate(200, seed=1), float).mean(axis=0).ravel()
    mean_photo = photos.images.astype(float).mean(axis=0).ravel()
    if painted.std() == 0:
        return False
    return np.corrcoef(painted, mean_photo)[0, 1] > 0.6


CHECKS = {
    "5.1": check_penalties,
    "5.2": check_r1,
    "5.3": check_cutout,
    "5.4": check_letters,
    "5.5": check_broken_and_cured,
}
