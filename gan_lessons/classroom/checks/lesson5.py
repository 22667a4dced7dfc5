"""The exercises of lesson 5: reading precision and recall, a moving average, a search for copies, one more augmentation."""

import keras
import numpy as np
import tensorflow as tf


def check_galleries(letters):
    """5.1: which gallery is which, from precision and recall."""
    if not isinstance(letters, str) or sorted(letters.upper()) != list("ABCD"):
        return f"You gave {letters!r}: give the four letters A, B, C and D, each once, as one string such as 'ABCD'."
    letters = letters.upper()
    tried = f"You said {letters[0]} for one face again and again, {letters[1]} for forty copies, {letters[2]} for poor but different, {letters[3]} for other photos:"
    if letters == "ADBC":
        return None
    if letters == "BDAC":
        return f"{tried} you have precision and recall the wrong way round. Precision is the share of fakes among the photos: quality."
    if letters[3] != "C":
        return f"{tried} other photos of the same people are good and varied, so both numbers must be high."
    if letters[2] != "B":
        return f"{tried} poor faces lie in no photo's circle, so their precision is low, however different they are."
    return f"{tried} one face can lie near a few photos only; forty copies have circles round forty photos, so they reach more of the 360."


def check_moving_average(moving_average):
    """5.2: an exponential moving average, step by step."""
    random = np.random.default_rng()
    for keep in (0.9, 0.5, 0.75):
        values = [float(value) for value in random.integers(-9, 10, 7)] + [10.0]
        expected = [
            keep**k * values[0]
            + sum((1 - keep) * keep ** (k - j) * values[j] for j in range(1, k + 1))
            for k in range(len(values))
        ]
        came = moving_average(list(values), keep)
        tried = f"For the values {values} and keep={keep}"
        if came is None or np.shape(came) != (len(values),):
            return f"{tried} came something of shape {np.shape(came)}, expected {len(values)} averages, one per value (the first average is the first value)."
        tried += f" came {np.round(np.asarray(came, float), 2).tolist()}, expected {np.round(expected, 2).tolist()}. "
        if np.allclose(came, expected):
            continue
        return tried + _average_hint(np.asarray(came, float), values, keep)
    return None


def _average_hint(came, values, keep):
    """What went wrong in a moving average."""

    def averages(keep, start):
        result = [start]
        for value in values:
            result.append(keep * result[-1] + (1 - keep) * value)
        return result[1:]

    if np.allclose(came, averages(1 - keep, values[0])):
        return "You kept 1 - keep of the average: the share `keep` belongs to the past."
    if np.allclose(came, averages(keep, 0.0)):
        return "You started from 0, so the early averages are too small: start with the first value."
    if np.allclose(came, np.cumsum(values) / np.arange(1, len(values) + 1)):
        return "That is the plain mean so far, in which the oldest value counts as much as the newest."
    if np.allclose(
        came[1:], [keep * a + (1 - keep) * b for a, b in zip(values, values[1:])]
    ):
        return "You mixed each value with the value before it: mix it with the *average* before it."
    return (
        "average = keep * average + (1 - keep) * value, for each value after the first."
    )


def check_distance_to_photos(distance_to_photos):
    """5.3: root mean square distance to the nearest photo or mirrored photo."""
    random = np.random.default_rng()
    photos = random.integers(0, 256, (9, 16, 16, 1), dtype="uint8")
    wrong = photos[[2, 5]].astype(int) + random.integers(3, 30, (2, 16, 16, 1))
    faces = np.concatenate(
        [
            photos[3:4],
            photos[4:5, :, ::-1],
            np.clip(wrong, 0, 255).astype("uint8"),
            photos[6:7, ::-1],
        ]
    )
    expected = _all_distances(faces, photos, lambda images: images[:, :, ::-1])
    came = distance_to_photos(faces.copy(), photos.copy())
    if came is None or np.shape(came) != (len(faces),):
        return f"For {len(faces)} faces and {len(photos)} photos came the shape {np.shape(came)}, expected ({len(faces)},): one distance per face."
    came = np.asarray(came, float)
    if np.allclose(came, expected, atol=1e-2):
        return None
    tried = (
        f"Face 1 of {len(faces)} is a copy of a photo, face 2 a mirrored copy, faces 3 and 4 are photos a little changed: "
        f"came {np.round(came, 1).tolist()}, expected {np.round(expected, 1).tolist()}."
    )
    mistakes = {
        "The mirrored copy was not found: compare with the photos from right to left, too.": _all_distances(
            faces, photos, lambda images: images
        ),
        "You turned the photos upside down; mirroring turns the columns round, axis 2.": _all_distances(
            faces, photos, lambda images: images[:, ::-1]
        ),
        "These are mean squares: take the root.": expected**2,
        "You summed the squares and did not take their mean: divide by the number of pixels before the root.": expected
        * 16,
    }
    for hint, other in mistakes.items():
        if np.allclose(came, other, atol=1e-2):
            return f"{tried} {hint}"
    turned_or_not = (lambda images: images[:, :, ::-1], lambda images: images)
    if any(
        np.allclose(
            came, _all_distances(faces, photos, mirror, "uint8", square_too), atol=1e-2
        )
        for mirror in turned_or_not
        for square_too in (True, False)
    ):
        return f"{tried} uint8 minus uint8 wraps round below 0 (3 - 5 is 254): turn both into float first."
    return f"{tried} For each face: the differences to every photo, squared, their mean over the pixels, the root, the smallest."


def _all_distances(faces, photos, mirror, kind="float64", square_too=False):
    """The reference, one pair after the other. With kind "uint8" differences wrap round, and with `square_too` their squares."""
    photos = np.concatenate([photos, mirror(photos)]).astype(kind)
    differences = [[face - photo for photo in photos] for face in faces.astype(kind)]
    return np.array(
        [
            min(
                np.sqrt(((d if square_too else d.astype(float)) ** 2).mean())
                for d in row
            )
            for row in differences
        ]
    )


def check_cutout(cutout):
    """5.4: a grey square, half as wide as the picture, at a place of its own in each."""
    size, seed = (
        int(np.random.default_rng().choice([16, 32])),
        keras.random.SeedGenerator(int(np.random.default_rng().integers(1000))),
    )
    images = tf.Variable(
        np.random.default_rng().uniform(0.2, 1, (12, size, size, 1)).astype("float32")
    )
    with tf.GradientTape() as tape:
        result = tf.convert_to_tensor(cutout(images, seed))
        total = tf.reduce_sum(result)
    slope, tried = (
        tape.gradient(total, images),
        f"Tried on 12 pictures of {size} × {size}:",
    )
    if result.shape != images.shape:
        return f"{tried} came the shape {tuple(result.shape)}, expected {tuple(images.shape)}."
    result, kept = (
        result.numpy()[..., 0],
        np.isclose(result.numpy()[..., 0], images.numpy()[..., 0]),
    )
    if kept.all():
        return f"{tried} nothing was changed."
    if not np.allclose(result[~kept], 0):
        return f"{tried} pixels that changed became {result[~kept][0]:.2f}; grey is 0 here, since pixels go from -1 to 1."
    return _square_hint(~kept, size, slope, tried)


def _square_hint(cut, size, slope, tried):
    """What is wrong with the places that were cut, (n, size, size) True or False."""
    rows, columns = cut.any(axis=2).sum(axis=1), cut.any(axis=1).sum(axis=1)
    if (cut.sum(axis=(1, 2)) != rows * columns).any():
        return f"{tried} the pixels that were cut make no square; a pixel is cut if its row *and* its column are in range."
    if (rows != size // 2).any() or (columns != size // 2).any():
        return f"{tried} expected squares of {size // 2} × {size // 2}, came {sorted(set(zip(rows.tolist(), columns.tolist())))[:4]}; a smaller one has run over the edge."
    if (cut == cut[0]).all():
        return f"{tried} all have their square at the same place; draw a start for each picture, shape (n, ...), inside the function and with `seed`."
    if slope is None:
        return f"{tried} no gradient comes back; stay with TensorFlow or keras.ops, without a detour through NumPy."
    corners = {
        (int(one.any(axis=1).argmax()), int(one.any(axis=0).argmax())) for one in cut
    }
    if all(row == column for row, column in corners):
        return f"{tried} every square lies on the diagonal: draw a row and a column, two numbers for each picture."
    return None


CHECKS = {
    "5.1": check_galleries,
    "5.2": check_moving_average,
    "5.3": check_distance_to_photos,
    "5.4": check_cutout,
}
