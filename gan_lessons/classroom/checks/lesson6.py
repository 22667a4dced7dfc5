"""Checks of lesson 6: precision and recall, a moving average, copies, cutout."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.classroom.checks.hints import first_hint


def check_galleries(letters) -> str | None:
    """6.1: which gallery is which, from precision and recall.

    Args:
        letters: one string of the letters A to D in any order.
    """
    if not isinstance(letters, str) or sorted(letters.upper()) != list("ABCD"):
        return (
            f"You gave {letters!r}: give the four letters A, B, C and D, each once, as "
            "one string such as 'ABCD'."
        )
    letters = letters.upper()
    one_face, copies, poor, photos = letters
    if letters == "ADBC":
        return None
    if letters == "BDAC":
        hint = (
            "you have precision and recall the wrong way round. Precision is the share "
            "of fakes among the photos: quality."
        )
    elif photos != "C":
        hint = (
            "other photos of the same people are good and varied, so both numbers must "
            "be high."
        )
    elif poor != "B":
        hint = (
            "poor faces lie in no photo's circle, so their precision is low, however "
            "different they are."
        )
    else:
        hint = (
            "one face can lie near a few photos only; forty copies have circles round "
            "forty photos, so they reach more of the 360."
        )
    return (
        f"You said {one_face} for one face again and again, {copies} for forty copies, "
        f"{poor} for poor but different, {photos} for other photos: {hint}"
    )


def check_moving_average(moving_average: Callable) -> str | None:
    """6.2: an exponential moving average, step by step.

    Args:
        moving_average: values and the share that the past keeps in, one average per
            value out.
    """
    rng = np.random.default_rng()
    for keep in (0.9, 0.5, 0.75):
        values = [*rng.integers(-9, 10, 7).astype(float).tolist(), 10.0]
        expected = _averages(values[1:], keep, start=values[0])
        came = moving_average(list(values), keep)
        if came is None or np.shape(came) != (len(values),):
            return (
                f"For the values {values} and keep={keep} you returned something of "
                f"shape {np.shape(came)}, expected {len(values)} averages, one per "
                "value (the first average is the first value)."
            )
        came = np.asarray(came, float)
        if not np.allclose(came, expected):
            return (
                f"For the values {values} and keep={keep} you got "
                f"{np.round(came, 2).tolist()}, expected "
                f"{np.round(expected, 2).tolist()}. "
                f"{_average_hint(came, values, keep)}"
            )
    return None


def _averages(values, keep, start):
    averages = [start]
    for value in values:
        averages.append(keep * averages[-1] + (1 - keep) * value)
    return averages


def _average_hint(came, values, keep):
    first, *rest = values
    with_previous = [keep * a + (1 - keep) * b for a, b in zip(values, rest)]
    if np.allclose(came[1:], with_previous):
        return (
            "You mixed each value with the value before it: mix it with the *average* "
            "before it."
        )
    mistakes = [
        (
            _averages(rest, 1 - keep, start=first),
            "You kept 1 - keep of the average: the share `keep` belongs to the past.",
        ),
        (
            _averages(values, keep, start=0.0)[1:],
            "You started from 0, so the early averages are too small: start with the "
            "first value.",
        ),
        (
            np.cumsum(values) / np.arange(1, len(values) + 1),
            "That is the plain mean so far, in which the oldest value counts as much "
            "as the newest.",
        ),
    ]
    otherwise = (
        "average = keep * average + (1 - keep) * value, for each value after the first."
    )
    return first_hint(came, mistakes, otherwise)


def check_distance_to_photos(distance_to_photos: Callable) -> str | None:
    """6.3: root mean square distance to the nearest photo or mirrored photo.

    Args:
        distance_to_photos: faces (n, size, size, 1) and photos, both uint8 in,
            distances (n,) out.
    """
    rng = np.random.default_rng()
    photos = rng.integers(0, 256, (9, 16, 16, 1), dtype="uint8")
    brighter = photos[[2, 5]].astype(int) + rng.integers(3, 30, (2, 16, 16, 1))
    brighter = np.clip(brighter, 0, 255).astype("uint8")
    copy, mirrored, turned = photos[3:4], photos[4:5, :, ::-1], photos[6:7, ::-1]
    faces = np.concatenate([copy, mirrored, brighter, turned])
    candidates = np.concatenate([photos, photos[:, :, ::-1]])
    expected = _nearest(faces.astype(float), candidates)
    came = distance_to_photos(faces.copy(), photos.copy())
    if came is None or np.shape(came) != (len(faces),):
        return (
            f"For {len(faces)} faces and {len(photos)} photos you returned the shape "
            f"{np.shape(came)}, expected ({len(faces)},): one distance per face."
        )
    came = np.asarray(came, float)
    if np.allclose(came, expected, atol=1e-2):
        return None
    return (
        f"Face 1 of {len(faces)} is a copy of a photo, face 2 a mirrored copy, faces 3 "
        f"and 4 are photos with a little added: you got {np.round(came, 1).tolist()}, "
        f"expected {np.round(expected, 1).tolist()}. "
        f"{_distance_hint(came, expected, faces, photos, candidates)}"
    )


def _nearest(faces, photos):
    """Root mean square distances; as in NumPy, differences of two uint8 wrap round."""
    differences = (faces[:, None] - photos).astype(float)
    return np.sqrt((differences**2).mean(axis=(2, 3, 4)).min(axis=1))


def _nearest_squared_in_uint8(faces, photos):
    """The same, where the squares wrap round as well."""
    squares = (faces[:, None] - photos) ** 2
    return np.sqrt(squares.mean(axis=(2, 3, 4)).min(axis=1))


def _distance_hint(came, expected, faces, photos, candidates):
    wraps_round = (
        "uint8 minus uint8 wraps round below 0 (3 - 5 is 254): turn both into float "
        "first."
    )
    upside_down = np.concatenate([photos, photos[:, ::-1]])
    mistakes = [
        (
            _nearest(faces.astype(float), photos),
            "The mirrored copy was not found: compare with the photos from right to "
            "left, too.",
        ),
        (
            _nearest(faces.astype(float), upside_down),
            "You turned the photos upside down; mirroring turns the columns round, "
            "axis 2.",
        ),
        (expected**2, "These are mean squares: take the root."),
        (
            expected * 16,
            "You summed the squares and did not take their mean: divide by the number "
            "of pixels before the root.",
        ),
        (_nearest(faces, candidates), wraps_round),
        (_nearest(faces, photos), wraps_round),
        (_nearest_squared_in_uint8(faces, candidates), wraps_round),
        (_nearest_squared_in_uint8(faces, photos), wraps_round),
    ]
    otherwise = (
        "For each face: the differences to every photo, squared, their mean over the "
        "pixels, the root, the smallest."
    )
    return first_hint(came, mistakes, otherwise, atol=1e-2)


def check_cutout(cutout: Callable) -> str | None:
    """6.4: a grey square, half as wide as the picture, at a random place in each.

    Args:
        cutout: images (n, size, size, 1) and a seed generator in, images out.
    """
    rng = np.random.default_rng()
    size = int(rng.choice([16, 32]))
    seed = keras.random.SeedGenerator(int(rng.integers(1000)))
    pixels = rng.uniform(0.2, 1, (12, size, size, 1)).astype("float32")
    images = tf.Variable(pixels)
    with tf.GradientTape() as tape:
        result = tf.convert_to_tensor(cutout(images, seed))
        total = tf.reduce_sum(result)
    gradient = tape.gradient(total, images)
    hint = _cutout_hint(result.numpy(), pixels, gradient)
    return hint and f"Tried on 12 pictures of {size} × {size}: {hint}"


def _cutout_hint(result, pixels, gradient):
    if result.shape != pixels.shape:
        return f"you returned the shape {result.shape}, expected {pixels.shape}."
    cut = ~np.isclose(result, pixels)[..., 0]
    if not cut.any():
        return "nothing was changed."
    if not np.allclose(result[cut], 0):
        return (
            f"pixels that changed became {result[cut][0, 0]:.2f}; grey is 0 here, "
            "since pixels go from -1 to 1."
        )
    hint = _squares_hint(cut)
    if not hint and gradient is None:
        return (
            "no gradient comes back; stay with TensorFlow or keras.ops, without a "
            "detour through NumPy."
        )
    return hint


def _squares_hint(cut):
    """What is wrong with the places that were cut, bool (n, size, size)."""
    half = cut.shape[1] // 2
    rows, columns = cut.any(axis=2), cut.any(axis=1)
    heights, widths = rows.sum(axis=1), columns.sum(axis=1)
    if (cut.sum(axis=(1, 2)) != heights * widths).any():
        return (
            "the pixels that were cut are no square; a pixel is cut if its row *and* "
            "its column are in range."
        )
    if (heights != half).any() or (widths != half).any():
        sizes = sorted(set(zip(heights.tolist(), widths.tolist())))
        return (
            f"expected squares of {half} × {half}, you got {sizes[:4]}; a smaller one "
            "has run over the edge."
        )
    if (cut == cut[0]).all():
        return (
            "all have their square at the same place; draw a start for each picture, "
            "shape (n, ...), inside the function and with `seed`."
        )
    if (rows.argmax(axis=1) == columns.argmax(axis=1)).all():
        return (
            "every square lies on the diagonal: draw a row and a column, two numbers "
            "for each picture."
        )
    return None


CHECKS = {
    "6.1": check_galleries,
    "6.2": check_moving_average,
    "6.3": check_distance_to_photos,
    "6.4": check_cutout,
}
