"""Checks of lesson 10: gradients in bytes, unequal shares, float16, parts, a table."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import first_hint
from gan_lessons.scale import PRECISIONS


def check_bytes_of_gradients(answer) -> str | None:
    """10.1: the bytes of the gradients of a 4 × 4 convolution from 64 to 128 channels.

    Args:
        answer: a whole number.
    """
    is_number = isinstance(answer, (int, float, np.number))
    if np.ndim(answer) or isinstance(answer, bool) or not is_number:
        return f"You gave {answer!r}: give one number, of bytes."
    weights = 4 * 4 * 64 * 128 + 128
    if answer == 4 * weights:
        return None
    mistakes = [
        (
            weights,
            "That is the number of weights; each has a gradient of 32 bits, which are "
            "4 bytes.",
        ),
        (
            4 * (weights - 128),
            "The bias is missing: one more number for each of the 128 channels that "
            "come out.",
        ),
        (
            2 * weights,
            "You counted 2 bytes each. Even in mixed precision the weights and their "
            "gradients have 32 bits.",
        ),
        (8 * weights, "That is 8 bytes each: a float32 has 4."),
        (32 * weights, "Those are bits: 8 of them are a byte."),
        (
            4 * (4 * 4 * 128 + 128),
            "The kernel reaches through all 64 channels that come in: 4 · 4 · 64 "
            "numbers for each that comes out.",
        ),
        (
            4 * (4 * 64 * 128 + 128),
            "The kernel is 4 × 4 numbers large, not 4.",
        ),
    ]
    otherwise = (
        "Kernel height · kernel width · channels in · channels out, and a bias per "
        "channel out; each is a float32. The size of the picture plays no part: the "
        "kernel is the same everywhere."
    )
    hint = first_hint(answer, mistakes, otherwise, atol=0)
    return f"You said {answer:,} bytes. {hint}"


def check_gradient_of_all(gradient_of_all: Callable) -> str | None:
    """10.2: the mean over the devices, weighted by their photos.

    Args:
        gradient_of_all: one mean gradient (6,) per device and its number of photos
            in, a gradient (6,) out.
    """
    photos = [3, 5, 8]
    of_each_photo = np.random.default_rng().normal(size=(16, 6))
    parts = np.split(of_each_photo, [3, 8])
    gradients = [part.mean(axis=0) for part in parts]
    came = gradient_of_all([each.copy() for each in gradients], list(photos))
    came = np.asarray(came, "float64")
    if came.shape == (6,) and np.allclose(came, of_each_photo.mean(axis=0)):
        return None
    return (
        "Three devices with 3, 5 and 8 photos, gradients of 6 numbers: "
        f"{_gradient_hint(came, gradients, photos)}"
    )


def _gradient_hint(came, gradients, photos):
    if came.shape != (6,):
        return (
            f"you gave the shape {came.shape}, expected (6,): one gradient for "
            "all devices."
        )
    pairs = list(zip(gradients, photos))
    weighted = sum(gradient * count for gradient, count in pairs)
    mistakes = [
        (
            sum(gradients) / 3,
            "that is the plain mean of the devices: a photo of the first counts more "
            "than twice as much as one of the last.",
        ),
        (
            sum(gradients),
            "that is the plain sum: about three times too large, and small shares "
            "count as much as large ones.",
        ),
        (
            weighted,
            "the weights are right, and now divide by the number of all photos, 16.",
        ),
        (
            weighted / 3,
            "you divided by the number of devices; the weights are photos, so divide "
            "by the number of all photos, 16.",
        ),
        (
            sum(gradient / count for gradient, count in pairs),
            "you divided by the photos, but the gradients are means already: multiply.",
        ),
    ]
    otherwise = (
        "every photo should count the same: weight each device's mean by its photos."
    )
    return first_hint(came, mistakes, otherwise)


def check_through_float16(through_float16: Callable) -> str | None:
    """10.3: enlarge, round to float16, make small again; None if anything overflowed.

    Args:
        through_float16: a float32 gradient (n,) and a scale in, a float32 gradient or
            None out.
    """
    rng = np.random.default_rng()
    small = rng.choice([-1, 1], 8) * rng.uniform(0.6, 2.4, 8) * 1e-8
    small = small.astype("float32")
    hint = _small_hint(through_float16(small.copy(), 4096.0), small, 4096.0)
    if hint:
        return f"Gradients of about 1e-8, scale 4096: {hint}"
    large = np.array([1e-6, -40.0, 3.0], "float32")
    with np.errstate(all="ignore"):
        came = through_float16(large.copy(), 4096.0)
    if came is not None:
        return (
            f"Gradients of {large.tolist()}, scale 4096: -40 · 4096 is beyond what "
            f"float16 can hold, so expected None; you gave "
            f"{np.asarray(came).tolist()}. Check for numbers that are not finite "
            "before you divide."
        )
    odd = np.array([3e-7, 1.0], "float32")
    came = through_float16(odd.copy(), 1.0)
    if came is None or came[0] == odd[0]:
        return (
            "With scale 1 nothing is enlarged, and 3e-7 has to come out rounded: does "
            "it go through float16?"
        )
    return None


def _small_hint(came, small, scale):
    if came is None:
        return "you gave None, but nothing overflowed."
    came, scale = np.asarray(came), np.float32(scale)
    if came.shape != small.shape:
        return f"you gave the shape {came.shape}, expected {small.shape}."
    zeros = np.mean(came == 0)
    if came.dtype == np.float16:
        if zeros:
            return (
                "you stayed in float16, where numbers as small as these are 0: enlarge "
                "them before it, and go back to float32 before you divide."
            )
        return "you gave float16: go back to float32, then divide by the scale."
    if np.array_equal(came, small):
        return "they came out unchanged: did they go through float16 at all?"
    expected = (small * scale).astype("float16").astype("float32") / scale
    if came.dtype == np.float32 and np.allclose(came, expected, rtol=1e-4, atol=0):
        return None
    if zeros > 0.1:
        return (
            f"{zeros:.0%} of them came out as 0: enlarge them before they become "
            "float16, and go back to float32 before you divide."
        )
    if np.allclose(came, expected * scale, rtol=1e-2, atol=0):
        return "they came out enlarged: divide by the scale in the end."
    return (
        f"{small[0]:.3g} came out as {came[0]:.3g}, expected {expected[0]:.3g}, as "
        f"{came.dtype}: float32 · scale, to float16, to float32, / scale."
    )


def check_my_part(my_part: Callable) -> str | None:
    """10.4: a worker's part of a batch, one of several equal parts in a row.

    Args:
        my_part: a batch (n, 2), the worker's number and the number of workers in, the
            worker's part out.
    """
    batch = np.random.default_rng().normal(size=(12, 2))
    parts = [np.asarray(my_part(batch.copy(), worker, 4)) for worker in range(4)]
    of_right_shape = all(part.shape == (3, 2) for part in parts)
    if of_right_shape and np.array_equal(np.concatenate(parts), batch):
        return None
    return f"A batch of 12, four workers: {_part_hint(parts, batch)}"


def _part_hint(parts, batch):
    first = parts[0]
    if any(part.ndim != 2 for part in parts):
        array = f"an array of shape {first.shape}"
        return (
            f"you gave {array if first.ndim else repr(first.item())} for the first "
            "worker, expected three of the batch's photos, shape (3, 2)."
        )
    if all(np.array_equal(part, batch[worker::4]) for worker, part in enumerate(parts)):
        return (
            "each photo is read once, but every fourth goes to the same worker; one "
            "after the other, the parts should be the batch."
        )
    if all(np.array_equal(part, batch) for part in parts):
        return (
            "every worker reads the whole batch: the group would do the same work four "
            "times."
        )
    if len({part.tobytes() for part in parts}) == 1:
        return (
            "every worker reads the same part: the other photos are never seen. Where "
            "does `worker` come in?"
        )
    if len(first) == 4 and np.array_equal(parts[1], batch[4:8]):
        return (
            "you gave parts of 4 photos: each worker gets 12 / 4 = 3. Four is how many "
            "workers there are."
        )
    if np.array_equal(first, batch[3:6]):
        return "the workers count from 0: nobody reads the first three photos."
    return (
        f"the four parts have {[len(part) for part in parts]} photos, expected three "
        "each, the first from the beginning of the batch."
    )


def check_table(answer) -> str | None:
    """10.5: the speeds that the learner measured.

    Args:
        answer: a dict from (precision, batch size) to images per second.
    """
    if not isinstance(answer, dict) or not answer:
        return (
            f"You gave {type(answer).__name__}; expected a dict from (precision, batch "
            "size) to images per second."
        )
    if not all(_is_precision_and_batch(key) for key in answer):
        return (
            "The keys are pairs such as ('float32', 16), with a precision of "
            f"{', '.join(PRECISIONS)}; one of yours is {next(iter(answer))!r}."
        )
    precisions = sorted({precision for precision, _ in answer})
    batches = sorted({int(batch) for _, batch in answer})
    pairs = [(precision, batch) for precision in precisions for batch in batches]
    missing = [pair for pair in pairs if pair not in answer]
    if len(precisions) < 2 or len(batches) < 3 or missing:
        what_else = f", and {missing[0]} is missing" if missing else ""
        return (
            f"Your table has {len(precisions)} precisions and {len(batches)} batch "
            f"sizes; it needs two and three{what_else}."
        )
    values = [float(value) for value in answer.values()]
    impossible = [value for value in values if not 0 < value < np.inf]
    if impossible:
        return (
            f"One of the speeds is {impossible[0]}: images per second are above 0 and "
            "finite."
        )
    if max(values) < 10:
        return (
            f"The largest number is {max(values):.3g}: are these seconds per step? "
            "Images per second are the batch size divided by them."
        )
    if len(set(values)) == 1:
        return (
            "All speeds are the same to the last digit: measure each pair with a GAN "
            "compiled in its own precision."
        )
    return None


def _is_precision_and_batch(key):
    if not isinstance(key, tuple) or len(key) != 2:
        return False
    precision, batch = key
    whole = isinstance(batch, (int, np.integer))
    return precision in PRECISIONS and whole and batch > 0


NONE_IS_AN_ANSWER = {"10.3"}
CHECKS = {
    "10.1": check_bytes_of_gradients,
    "10.2": check_gradient_of_all,
    "10.3": check_through_float16,
    "10.4": check_my_part,
    "10.5": check_table,
}
