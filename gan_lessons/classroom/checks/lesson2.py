"""Checks of lesson 2: parameters, a network to mend, cross-entropy, training."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from gan_lessons.classroom.checks.hints import first_hint, one_number
from gan_lessons.data import load_faces, to_float


def check_parameters(answer) -> str | None:
    """2.1: the number of parameters of Conv2D(48, 5, strides=2) on 64 × 64 × 3.

    Args:
        answer: a whole number.
    """
    expected = 48 * (5 * 5 * 3 + 1)
    number = one_number(answer)
    if number is None:
        return f"You gave {answer!r}: give a single number."
    if number == expected:
        return None
    everywhere = (
        "A kernel uses the same weights at every place: the size of the picture does "
        "not matter."
    )
    mistakes = [
        (48 * 5 * 5 * 3, "Each of the 48 kernels also has a bias."),
        (
            48 * 5 * 5 * 3 + 1,
            "There is a bias for each of the 48 kernels, not one for all.",
        ),
        (
            48 * 5 * 5 * 3 + 3,
            "There is a bias for each of the 48 kernels, not for each colour.",
        ),
        (
            48 * (5 * 5 + 1),
            "The photos have three channels: each kernel is a block of 5 × 5 × 3.",
        ),
        (
            48 * (5 * 5 + 1) * 3,
            "A kernel adds up all three channels and has one bias, not three.",
        ),
        (48 * 5 * 5, "The photos have three channels, and each kernel has a bias."),
        (5 * 5 * 3 + 1, "That is one kernel. There are 48."),
        (5 * 5 * 3, "That is one kernel, without its bias. There are 48."),
        (48 * (5 * 3 + 1), "A kernel is 5 pixels wide and 5 pixels high."),
        (30 * 30 * expected, everywhere),
        (32 * 32 * expected, everywhere),
        (64 * 64 * expected, everywhere),
        (48 * 30 * 30, "Those are the numbers in the output, not the parameters."),
        (48 * 32 * 32, "Those are the numbers in the output, not the parameters."),
    ]
    otherwise = (
        "Count the numbers in one kernel (height × width × channels), add its bias, "
        "and multiply by the number of kernels."
    )
    return f"You gave {number:.12g}. {first_hint(number, mistakes, otherwise, atol=0)}"


def check_mended(mended: Callable) -> str | None:
    """2.2: a discriminator for photos of 32 × 32 × 3 that gives a logit for each.

    Args:
        mended: a function that builds the network; the network itself does as well.
    """
    network = _network(mended)
    if not callable(network):
        return (
            f"Your function returned a {type(network).__name__}. It has to return the "
            "network: `return keras.Sequential(…)`."
        )
    rng = np.random.default_rng()
    for count in (1, 5):
        photos = rng.uniform(-1, 1, (count, 32, 32, 3)).astype("float32")
        try:
            given = _logits(network, photos)
        except Exception as error:  # Keras raises errors of many kinds
            return _why_it_stopped(network, photos, error)
        shape = given.shape
        if shape not in ((count, 1), (count,)):
            return f"{count} photos in, the shape {shape} out. {_shape_hint(shape)}"
    return _range_hint(network, rng) or _mixing_hint(network, rng)


def _network(builder):
    """What a function without arguments returns, or, if it takes some, itself."""
    try:
        return builder()
    except TypeError as error:
        asked = str(error)
        if "argument" in asked and ("missing" in asked or "required" in asked):
            return builder
        raise


def _logits(network, images):
    """A network's answers as an array, whatever it returns them as."""
    return np.asarray(keras.ops.convert_to_numpy(network(images)), "float64")


def _why_it_stopped(network, photos, error):
    try:
        _logits(network, photos[..., :1])
    except Exception:  # not the channels, then
        message = " ".join(str(error).split())[:160]
        return (
            f"{len(photos)} photos of 32 × 32 × 3 in, and it stopped with "
            f"{type(error).__name__}: {message} … Which two numbers do not fit?"
        )
    return (
        "It still expects photos with one channel: the colour photos have three. Look "
        "at the shape in `keras.Input`."
    )


def _shape_hint(shape):
    if len(shape) == 4:
        return (
            "The dense layer was applied at every place of the map: lay all numbers of "
            "a photo out in one row first."
        )
    if len(shape) == 2 and shape[0] > 0:
        return "Give one number for each photo."
    return "The first axis has to count the photos, and each gets one number."


def _range_hint(network, rng):
    """The hint for an output that cannot be every number, or None."""
    noise = rng.normal(size=(64, 32, 32, 3))
    colours = rng.normal(size=(64, 1, 1, 3)) + 0 * noise
    pictures = np.concatenate([noise, colours]).astype("float32")
    given = _logits(network, pictures).ravel()
    if not np.isfinite(given).all():
        return "Some of the answers are not finite numbers."
    for size in (1e2, 1e3, 1e5):  # 16 bits overflow at some time
        far = _logits(network, size * pictures).ravel()
        given = np.concatenate([given, far[np.isfinite(far)]])
    if given.max() - given.min() < 1e-6:
        return "It gives the same answer to every picture."
    if given.min() >= 0 and given.max() <= 1:
        return (
            "All answers lie between 0 and 1: these are probabilities. A logit comes "
            "out of the last layer without a sigmoid."
        )
    if np.abs(given).max() <= 1.01:
        return "All answers lie between −1 and 1. A logit can be any number."
    one_sign = given.min() >= 0 or given.max() <= 0
    # An untrained network may lean one way by chance; training turns it.
    if one_sign and not _can_turn(network, pictures[::16], np.sign(given.sum())):
        return (
            "All answers have the same sign. A logit is above 0 for real and below 0 "
            "for fake: the last layer has no activation."
        )
    return None


def _can_turn(network, pictures, sign, steps=60):
    """Whether training gives an answer of the other sign; the weights come back."""
    with tf.GradientTape() as tape:
        network(pictures)
    weights = tape.watched_variables()
    before = [weight.numpy() for weight in weights]
    try:
        for _ in range(steps):
            with tf.GradientTape() as tape:
                mean = tf.reduce_mean(tf.cast(network(pictures), "float32"))
            for weight, gradient in zip(weights, tape.gradient(mean, weights)):
                if gradient is not None:
                    size = tf.reduce_max(tf.abs(gradient)) + 1e-12
                    weight.assign_sub(0.05 * sign * gradient / size)
            if (sign * _logits(network, pictures)).min() < 0:
                return True
        return False
    finally:
        for weight, value in zip(weights, before):
            weight.assign(value)


def _mixing_hint(network, rng):
    """The hint for a network that is linear, or that mixes up the pictures of a batch.

    The tests leave room for what is added and scaled at random, and for rounding.
    """
    photos = rng.uniform(-1, 1, (6, 32, 32, 3)).astype("float32")
    there, back = _logits(network, photos).ravel(), _logits(network, -photos).ravel()
    zero = _logits(network, 0 * photos).ravel()
    spread = np.abs(there - zero).max()
    if np.abs(there + back - 2 * zero).max() < 1e-4 * spread:
        return (
            "It is linear: the negative of a photo gets the negative answer. Something "
            "that is not linear has to stand between the layers."
        )
    alone = [_logits(network, photos[i : i + 1]).ravel()[0] for i in range(6)]
    if np.abs(there - alone).max() > 1e-3 * spread + 1e-6:
        return "The answer to a photo depends on the other photos of its batch."
    return None


def check_cross_entropy(cross_entropy: Callable) -> str | None:
    """2.3: binary cross-entropy from logits, for targets from 0 to 1.

    Args:
        cross_entropy: logits and targets, arrays of one shape, in; as many losses out.
    """
    rng = np.random.default_rng()
    for kind in ("float32", "float64"):
        for shape in ((6,), (4, 1)):
            logits = rng.uniform(-4, 4, shape).astype(kind)
            targets = rng.uniform(0.05, 0.95, shape).astype(kind)
            if hint := _loss_hint(cross_entropy, logits, targets):
                return hint
        far = np.array([-100, 100, -100, 100, 0, 50], kind)
        targets = np.array([0, 1, 1, 0, 0.5, 0.9], kind)
        if hint := _loss_hint(cross_entropy, far, targets, far=True):
            return hint
    return None


def _loss_hint(cross_entropy, logits, targets, far=False):
    expected = targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(
        0, logits
    )
    with np.errstate(all="ignore"):
        result = cross_entropy(logits.copy(), targets.copy())
    given = np.asarray(result, "float64")
    if given.size == 1 and expected.size > 1:
        return (
            "Your function returned one number: give a loss for each picture, and do "
            "not add them up or average them."
        )
    if given.size != expected.size:
        return (
            f"{expected.size} logits in, the shape {given.shape} out. Give one loss "
            "for each logit."
        )
    given = given.reshape(expected.shape)
    if np.allclose(given, expected, rtol=1e-3, atol=1e-4):
        return None
    apart = np.nan_to_num(np.abs(given - expected), nan=np.inf)
    place = np.unravel_index(np.argmax(apart), apart.shape)
    words = (
        f"For the logit {logits[place]:.2f} and the target {targets[place]:.2f} you "
        f"got {given[place]:.3f}, expected {expected[place]:.3f}."
    )
    if far and not np.isfinite(given[place]):
        return (
            f"{words} Somewhere a probability was rounded to 0 or 1, or an exponential "
            "became infinite. Use softplus on the logit."
        )
    if far and given[place] < expected[place]:
        return (
            f"{words} A probability cut off just short of 0 or 1 gives the wrong loss. "
            "Compute from the logit, without p."
        )
    return f"{words} {_loss_mistake(given, logits, targets)}"


def _loss_mistake(given, logits, targets):
    logits, targets = logits.astype("float64"), targets.astype("float64")
    real, fake = np.logaddexp(0, -logits), np.logaddexp(0, logits)
    right = targets * real + (1 - targets) * fake
    mistakes = [
        (
            targets * fake + (1 - targets) * real,
            "Real and fake are swapped: a target of 1 asks for softplus(−logit).",
        ),
        (
            np.where(targets > 0.5, real, fake),
            "Every target was rounded to 0 or 1: a target of 0.9 is nine parts real "
            "and one part fake.",
        ),
        (np.where(targets == 1, real, fake), "A target may lie between 0 and 1."),
        (targets * real, "The part for fake is missing: 1 − target of it."),
        ((1 - targets) * fake, "The part for real is missing: target of it."),
        (real + fake, "Weigh the two parts: by the target, and by 1 − target."),
        (-right, "The sign is wrong: a loss is minus a logarithm."),
        (right / np.log(2), "That is the logarithm to the base 2: take the natural."),
        (
            np.logaddexp(0, logits * (1 - 2 * targets)),
            "The target belongs in front of the softplus, not inside it.",
        ),
        ((targets - 1 / (1 + np.exp(-logits))) ** 2, "That is the squared error."),
        (
            np.abs(targets - 1 / (1 + np.exp(-logits))),
            "That is the error, not its loss: the logarithm is missing.",
        ),
    ]
    otherwise = (
        "Start from −t log p − (1 − t) log(1 − p), and write each logarithm as a "
        "softplus."
    )
    return first_hint(given, mistakes, otherwise, atol=1e-3)


def check_tipping_point(tipping_point: Callable) -> str | None:
    """2.4: the share of noise at which a discriminator changes its mind.

    Args:
        tipping_point: a discriminator, a face and noise (1, size, size, channels) in, a
            share from 0 to 1 out.
    """
    rng = np.random.default_rng()
    shapes = ((1, 16, 16, 1), (1, 20, 20, 3), (1, 16, 16, 1), (1, 12, 12, 1))
    # Between two steps of 0.02, a little nearer to one of them each time.
    for shape, beyond in zip(shapes, (0.005, 0.015, 0.015, 0.005)):
        face, noise = rng.uniform(-1, 1, (2, *shape)).astype("float32")
        expected = 0.02 * rng.integers(33, 40) + beyond
        discriminator = _discriminator_tipping_at(expected, face, noise)
        returned = tipping_point(discriminator, face, noise)
        given = one_number(returned)
        if given is None:
            return (
                f"Your function returned a {type(returned).__name__}: it has to return "
                "one number, the share of noise."
            )
        if not abs(given - expected) <= 0.0105:
            return (
                f"For a discriminator that changes its mind at {expected:.3f} you "
                f"found {given:.3f}. {_tipping_hint(given, expected)}"
            )
    return None


STEEPNESS, BEND = 2.0, 2.0  # of the logit against the share of noise


def _tipping_hint(given, expected):
    if given > 1:
        return "A share lies between 0 and 1: that is a percentage."
    if given < 0:
        return "A share lies between 0 and 1: that is a logit, perhaps?"
    shares = np.linspace(0, 1, 10_001)
    logits = STEEPNESS * (expected - shares) * (1 + BEND * shares)
    at_half = shares[np.argmax(logits < 0.5)]
    straight = logits[0] / (logits[0] - logits[-1])
    mistakes = [
        (
            at_half,
            "You compared the logit with 0.5. A logit of 0 is a probability of one "
            "half.",
        ),
        (
            straight,
            "You drew a straight line between the two verdicts. The logit bends on the "
            "way: look at mixtures in between.",
        ),
        (
            1 - expected,
            "That is the share of the face: give the share of the noise.",
        ),
        (
            0,
            "That would be the face alone, which it calls real. At share 0 the "
            "mixture has to be the face.",
        ),
        (
            1,
            "It never changed its mind for you. If you took the sigmoid, compare with "
            "one half: a probability is never below 0.",
        ),
    ]
    otherwise = "Try share after share, and find where the logit changes sign."
    if abs(given - expected) < 0.06:
        otherwise = "You are close, but your steps are too large: take steps of 0.01."
        mistakes = []
    return first_hint(given, mistakes, otherwise, atol=0.012)


def _discriminator_tipping_at(share, face, noise):
    """One whose logit is above 0 up to a share of noise, along a bent line."""
    direction = (noise - face).ravel().astype("float64")
    direction /= direction @ direction  # share of noise: (mixture - face) · direction

    def bent(noise_share):
        return STEEPNESS * (share - noise_share) * (1 + BEND * noise_share)

    discriminator = keras.Sequential(
        [
            keras.Input(face.shape[1:]),
            layers.Flatten(),
            layers.Dense(1, activation=bent),
        ]
    )
    bias = np.array([-(face.ravel() @ direction)])
    discriminator.set_weights([direction[:, None], bias])
    return discriminator


def check_seam(trained: Callable) -> str | None:
    """2.5: a discriminator that tells photos from two halves of different people.

    Args:
        trained: a network that gives logits to images (n, 64, 64, 1).
    """
    network = trained
    _, held_out = load_faces("orl", 64).split(test=0.2)
    photos = to_float(held_out.images)
    verdicts = {}
    for name, by in (("photos", 0), ("first", 10), ("second", 26)):
        images = photos.copy()
        images[:, :, 32:] = np.roll(photos, by, axis=0)[:, :, 32:]
        logits = _logits(network, images)
        if logits.shape not in ((len(images), 1), (len(images),)):
            return (
                f"{len(images)} pictures in, the shape {logits.shape} out. Hand over "
                "the network itself: it gives one logit for each picture."
            )
        verdicts[name] = logits.ravel()
    every = np.concatenate(list(verdicts.values()))
    if not np.isfinite(every).all():
        return "Some of its logits are not finite numbers: its training went astray."
    if every.min() >= 0 and every.max() <= 1 and every.max() > every.min():
        return (
            "All its answers lie between 0 and 1, as if they were probabilities. Hand "
            "over a network that gives logits."
        )
    real = {name: np.mean(logits > 0) for name, logits in verdicts.items()}
    fooled = max(real["first"], real["second"])
    words = (
        f"It calls {100 * real['photos']:.0f} % of the unseen photos real, and "
        f"{100 * fooled:.0f} % of the joined halves."
    )
    if real["photos"] >= 0.75 and fooled <= 0.25:
        return None
    if real["photos"] < 0.25 and min(real["first"], real["second"]) > 0.75:
        return f"{words} The labels are swapped: 1 is real."
    if real["photos"] >= 0.75:
        hint = "It has to meet joined halves in its training, and often enough."
    elif fooled <= 0.25:
        hint = "It has to keep calling photos real: show it as many photos as fakes."
    else:
        hint = "Train it longer, and with as many photos as fakes."
    return f"{words} It should be at least 75 % and at most 25 %. {hint}"


CHECKS = {
    "2.1": check_parameters,
    "2.2": check_mended,
    "2.3": check_cross_entropy,
    "2.4": check_tipping_point,
    "2.5": check_seam,
}
