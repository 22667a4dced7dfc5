"""The exercises of lesson 7: bytes of gradients, unequal shares, loss scaling, a worker's part, a table of speeds."""

import numpy as np

from gan_lessons.scale import PRECISIONS


def check_bytes_of_gradients(answer):
    """7.1: (4 · 4 · 64 · 128 + 128) · 4 bytes."""
    if (
        np.ndim(answer)
        or isinstance(answer, bool)
        or not isinstance(answer, (int, float, np.number))
    ):
        return f"You gave {answer!r}: give one number, of bytes."
    weights = 4 * 4 * 64 * 128 + 128
    if answer == 4 * weights:
        return None
    mistakes = {
        weights: "That is the number of weights; each has a gradient of 32 bits, which are 4 bytes.",
        4
        * (
            weights - 128
        ): "The bias is missing: one more number for each of the 128 channels that come out.",
        2
        * weights: "You counted 2 bytes each. Even in mixed precision the weights and their gradients have 32 bits.",
        8 * weights: "That is 8 bytes each: a float32 has 4.",
        32 * weights: "Those are bits: 8 of them are a byte.",
        4
        * (
            4 * 4 * 128 + 128
        ): "The kernel reaches through all 64 channels that come in: 4 · 4 · 64 numbers for each that comes out.",
        4 * (4 * 64 * 128 + 128): "The kernel is 4 × 4 numbers large, not 4.",
    }
    reason = mistakes.get(
        answer,
        "Kernel height · kernel width · channels in · channels out, and a bias per channel out; each is a float32. "
        "The size of the picture plays no part: the kernel is the same everywhere.",
    )
    return f"You said {answer:,} bytes. {reason}"


def check_gradient_of_all(gradient_of_all):
    """7.2: the mean over the devices, weighted by their photos."""
    rng, photos = np.random.default_rng(), [3, 5, 8]
    slopes = rng.normal(
        size=(16, 6)
    )  # one gradient per photo, of which everybody sees the means
    gradients = [
        slopes[start:stop].mean(axis=0) for start, stop in ((0, 3), (3, 8), (8, 16))
    ]
    expected, given = (
        slopes.sum(axis=0) / 16,
        [gradient.copy() for gradient in gradients],
    )
    came = np.asarray(gradient_of_all(given, list(photos)), "float64")
    if came.shape == (6,) and np.allclose(came, expected):
        return None
    return f"Three devices with 3, 5 and 8 photos, gradients of 6 numbers: {_gradient_hint(came, gradients, photos)}"


def _gradient_hint(came, gradients, photos):
    if came.shape != (6,):
        return f"you gave the shape {came.shape}, expected (6,): one gradient for everybody."
    weighted = sum(count * gradient for count, gradient in zip(photos, gradients))
    mistakes = (
        (
            sum(gradients) / 3,
            "that is the plain mean of the devices: a photo of the first counts more than twice as much as one of the last.",
        ),
        (
            sum(gradients),
            "that is the plain sum: about three times too large, and small shares count as much as large ones.",
        ),
        (
            weighted,
            "the weights are right, and now divide by the number of all photos, 16.",
        ),
        (
            weighted / 3,
            "you divided by the number of devices; the weights are photos, so divide by the number of all photos, 16.",
        ),
        (
            sum(gradient / count for count, gradient in zip(photos, gradients)),
            "you divided by the photos, but the gradients are means already: multiply.",
        ),
    )
    return next(
        (hint for values, hint in mistakes if np.allclose(came, values)),
        "every photo should count the same: weight each device's mean by its photos.",
    )


def check_through_float16(through_float16):
    """7.3: enlarge, float16, float32, make small again; None if anything overflowed, downwards too."""
    rng = np.random.default_rng()
    small = (rng.choice([-1, 1], 8) * rng.uniform(0.6, 2.4, 8) * 1e-8).astype("float32")
    came = through_float16(small.copy(), 4096.0)
    if came is None:
        return "Gradients of about 1e-8, scale 4096: you gave None, but nothing overflowed."
    came = np.asarray(came)
    hint = _half_hint(came, small, 4096.0)
    if hint:
        return f"Gradients of about 1e-8, scale 4096: {hint}"
    large = np.float32([1e-6, -40.0, 3.0])
    with np.errstate(all="ignore"):
        came = through_float16(large.copy(), 4096.0)
    if came is not None:
        return (
            f"Gradients of {large.tolist()}, scale 4096: -40 · 4096 is beyond what float16 can hold, so expected None; you gave {np.asarray(came).tolist()}. "
            "Look for numbers that are not finite before you divide."
        )
    came = through_float16(np.float32([3e-7, 1.0]), 1.0)
    return (
        None
        if came is not None and came[0] != np.float32(3e-7)
        else "With scale 1 nothing is enlarged, and 3e-7 has to come out rounded: does it go through float16?"
    )


def _half_hint(came, small, scale):
    if came.shape != small.shape:
        return f"you gave the shape {came.shape}, expected {small.shape}."
    expected = (small * np.float32(scale)).astype("float16").astype(
        "float32"
    ) / np.float32(scale)
    if came.dtype == np.float16:
        if np.any(came == 0):
            return "you stayed in float16, where numbers as small as these are 0: enlarge them before it, and go back to float32 before you divide."
        return "you gave float16: go back to float32, then divide by the scale."
    if came.dtype == np.float32 and np.allclose(came, expected, rtol=1e-4, atol=0):
        return (
            None
            if not np.array_equal(came, small)
            else "they came out unchanged: did they go through float16 at all?"
        )
    if np.array_equal(came, small):
        return "they came out unchanged: did they go through float16 at all?"
    if np.mean(came == 0) > 0.1:
        return f"{np.mean(came == 0):.0%} of them came out as 0: enlarge them before they become float16, and go back to float32 before you divide."
    if np.allclose(came, expected * scale, rtol=1e-2, atol=0):
        return "they came out enlarged: divide by the scale in the end."
    return f"{small[0]:.3g} came out as {came[0]:.3g}, expected {expected[0]:.3g}, as {came.dtype}: float32 · scale, to float16, to float32, / scale."


def check_my_part(my_part):
    """7.4: the worker-th of equal parts in a row."""
    batch = np.random.default_rng().normal(size=(12, 2))
    parts = [np.asarray(my_part(batch.copy(), worker, 4)) for worker in range(4)]
    if all(part.shape == (3, 2) for part in parts) and np.array_equal(
        np.concatenate(parts), batch
    ):
        return None
    return f"A batch of 12, four workers: {_part_hint(parts, batch)}"


def _part_hint(parts, batch):
    if any(part.ndim != 2 for part in parts):
        gave = (
            f"an array of shape {parts[0].shape}"
            if parts[0].ndim
            else repr(parts[0].item())
        )
        return f"you gave {gave} for the first worker, expected three of the batch's photos, shape (3, 2)."
    if all(np.array_equal(part, batch[worker::4]) for worker, part in enumerate(parts)):
        return "each photo is read once, but every fourth goes to the same worker; one behind the other, the parts should be the batch."
    if all(np.array_equal(part, batch) for part in parts):
        return "everybody reads the whole batch: the group would do the same work four times."
    if len({part.tobytes() for part in parts}) == 1:
        return "everybody reads the same part: the other photos are never seen. Where does `worker` come in?"
    if len(parts[0]) == 4 and np.array_equal(parts[1], batch[4:8]):
        return "you gave parts of 4 photos: each worker gets 12 / 4 = 3. Four is how many workers there are."
    if np.array_equal(parts[0], batch[3:6]):
        return "the workers count from 0: nobody reads the first three photos."
    return f"the four parts have {[len(part) for part in parts]} photos, expected three each, the first from the beginning of the batch."


def check_table(answer):
    """7.5: images per second by (precision, batch size); the numbers are the learner's own."""
    if not isinstance(answer, dict) or not answer:
        return f"You gave {type(answer).__name__}; expected a dict from (precision, batch size) to images per second."
    if not all(
        isinstance(key, tuple)
        and len(key) == 2
        and key[0] in PRECISIONS
        and isinstance(key[1], (int, np.integer))
        and key[1] > 0
        for key in answer
    ):
        return f"The keys are pairs such as ('float32', 16), with a precision of {', '.join(PRECISIONS)}; one of yours is {list(answer)[0]!r}."
    precisions, batches = {key[0] for key in answer}, {int(key[1]) for key in answer}
    missing = [
        key
        for key in sorted((p, b) for p in precisions for b in batches)
        if key not in answer
    ]
    if len(precisions) < 2 or len(batches) < 3 or missing:
        return (
            f"Your table has {len(precisions)} precisions and {len(batches)} sizes of batch; two and three are wanted"
            + (f", and {missing[0]} is missing." if missing else ".")
        )
    values = [float(value) for value in answer.values()]
    if not all(np.isfinite(value) and value > 0 for value in values):
        return f"One of the speeds is {next(value for value in values if not (np.isfinite(value) and value > 0))}: images per second are above 0."
    if max(values) < 10:
        return f"The largest number is {max(values):.3g}: are these seconds per step? Images per second are the batch size divided by them."
    if len(set(values)) == 1:
        return "All speeds are the same to the last digit: measure each pair with a GAN compiled in its own precision."
    return None


CHECKS = {
    "7.1": check_bytes_of_gradients,
    "7.2": check_gradient_of_all,
    "7.3": check_through_float16,
    "7.4": check_my_part,
    "7.5": check_table,
}
