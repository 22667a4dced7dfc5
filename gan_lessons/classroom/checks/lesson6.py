"""The exercises of lesson 6: the norm of a mean, a direction from means, a sheet between four faces, a photo's code."""

import numpy as np

from gan_lessons.latent import lerp, slerp
from gan_lessons.models import build_generator, sample_latents


def check_norm_of_the_mean(answer):
    """6.1: about √128 / √16."""
    if np.ndim(answer) or not isinstance(answer, (int, float, np.number)):
        return f"You gave {answer!r}: give one number."
    draws = sample_latents(16 * 2000, 128, seed=None).reshape(2000, 16, 128)
    measured = np.linalg.norm(draws.mean(axis=1), axis=1).mean()
    if abs(answer - measured) < 0.1:
        return None
    mistakes = {
        128
        ** 0.5: "That is the norm of one code: codes point in different directions, and in a mean they cancel in part.",
        128**0.5
        / 16: "You divided √128 by 16. The squares add: the sum of sixteen has norm √128 · √16, and the mean a sixteenth of that.",
        4
        * 128
        ** 0.5: "That is the norm of the sum, √128 · √16: a mean still divides it by 16.",
        16
        * 128
        ** 0.5: "That would be the sum of sixteen codes that all point the same way; random codes are nearly at right angles.",
        0: "They cancel in part, not entirely: the squares of sixteen small leftovers add up.",
        8: "You took 128 / 16 for the norm: the norm is the root of the sum of squares, and it is the squares that add.",
        4: "You took √16 for the norm; it is what the norm of one code is divided by.",
    }
    reason = next(
        (text for value, text in mistakes.items() if abs(answer - value) < 0.1),
        "Codes at right angles: the squares of their norms add.",
    )
    return f"You said {answer:g}; in 2,000 tries it was {measured:.2f} on average. {reason}"


def check_direction_of_means(direction_of_means):
    """6.2: mean of the ones minus mean of the zeros, length 1."""
    rng = np.random.default_rng()
    codes, labels = (
        rng.standard_normal((60, 12)) + 0.5,
        rng.permutation(np.repeat([0, 1], [45, 15])),
    )
    difference = sum(
        code / 15 if label else -code / 45 for code, label in zip(codes, labels)
    )
    expected = difference / np.sqrt((difference**2).sum())
    came = np.asarray(direction_of_means(codes.copy(), labels.copy()), "float64")
    if came.shape == (12,) and np.allclose(came, expected, atol=1e-4):
        return None
    return f"60 codes of 12 numbers, 15 of them labelled 1: {_direction_hint(came, expected, codes[labels == 0], codes[labels == 1])}"


def _direction_hint(came, expected, zeros, ones):
    if came.shape != (12,):
        return f"you gave the shape {came.shape}, expected (12,): the mean over the codes (axis=0), one number per place."
    length = np.linalg.norm(came)
    way = came / max(length, 1e-9)
    if np.allclose(way, -expected, atol=1e-4):
        return "it points from the ones to the zeros: turn the sign round."
    if np.allclose(way, expected, atol=1e-4):
        return f"the way is right, but its length is {length:.2f} instead of 1: divide by its norm."
    sums, middle = ones.sum(axis=0) - zeros.sum(axis=0), ones.mean(axis=0)
    if np.allclose(way, sums / np.linalg.norm(sums), atol=1e-4):
        return "you took sums; there are more zeros than ones here, so take the mean of each group."
    if np.allclose(way, middle / np.linalg.norm(middle), atol=1e-4):
        return "that is the mean of the ones alone: subtract the mean of the zeros, or you keep what all codes share."
    return f"its cosine with the expected direction is {way @ expected:.2f}, not 1. Mean of the ones minus mean of the zeros."


def check_between_four(between_four):
    """6.3: (size, size, latent_dim), slerp down both edges and then across."""
    size, corners = 5, list(np.random.default_rng().standard_normal((4, 16)))
    came = np.asarray(
        between_four(*[corner.copy() for corner in corners], size), "float64"
    )
    if came.shape == (size, size, 16) and np.allclose(
        came, _sheet(corners, size), atol=1e-4
    ):
        return None
    return (
        f"Four corners of 16 numbers, size {size}: {_sheet_hint(came, corners, size)}"
    )


def _sheet_hint(came, corners, size):
    if came.shape != (size, size, 16):
        return f"you gave the shape {came.shape}, expected ({size}, {size}, 16): rows, columns, numbers of a code."
    across_first = _sheet([corners[k] for k in (0, 2, 1, 3)], size).swapaxes(0, 1)
    mistakes = (
        (
            _sheet(corners, size).swapaxes(0, 1),
            "rows and columns are swapped: the top right corner came out at the bottom left.",
        ),
        (
            _sheet(corners, size, way=lerp),
            "the corners are right, but you walked straight; on the sphere with slerp, please.",
        ),
        (
            across_first,
            "you went across first and then down; on a sphere the order matters: first down both edges, then across.",
        ),
        (
            _sheet(corners, size, last=1 - 1 / size),
            "you stop before the last corner: t runs from 0 to 1, both included (np.linspace(0, 1, size)).",
        ),
    )
    for sheet, hint in mistakes:
        if np.allclose(came, sheet, atol=1e-4):
            return hint
    places = {
        "top left": (0, 0),
        "top right": (0, -1),
        "bottom left": (-1, 0),
        "bottom right": (-1, -1),
    }
    wrong = [
        name
        for (name, place), corner in zip(places.items(), corners)
        if not np.allclose(came[place], corner, atol=1e-4)
    ]
    return (
        f"the {wrong[0]} code is not the one given."
        if wrong
        else "the corners are right, the codes between them are not."
    )


def _sheet(corners, size, way=slerp, last=1.0):
    """The reference, code by code."""
    t = [last * k / (size - 1) for k in range(size)]
    return np.array(
        [
            [
                way(
                    way(corners[0], corners[2], down),
                    way(corners[1], corners[3], down),
                    across,
                )
                for across in t
            ]
            for down in t
        ]
    )


def check_find_code(find_code):
    """6.4: a code that paints the photo better than a hundred random ones, with the generator untouched."""
    generator = build_generator(16, channels=3, width=8, latent_dim=8)
    hidden, *others = sample_latents(101, 8, seed=None)
    photo, *guesses = generator(np.stack([hidden, *others])).numpy()
    before = [value.copy() for value in generator.get_weights()]
    came = np.asarray(find_code(generator, photo.copy()), "float32")
    best = min(((guess - photo) ** 2).mean() for guess in guesses)
    hint = _code_hint(came, generator, before, photo, best)
    return (
        hint
        and f"A generator of 16 × 16 pictures in colour from 8 numbers, and a photo it can paint: {hint}"
    )


def _code_hint(came, generator, before, photo, best):
    if not all(np.array_equal(a, b) for a, b in zip(before, generator.get_weights())):
        return "the generator's weights moved. Only the code may learn: give the optimizer the code alone."
    if came.shape == photo.shape:
        return "you gave a picture; the code that paints it is wanted, shape (8,)."
    if came.shape != (8,):
        return f"you gave the shape {came.shape}, expected (8,)" + (
            ": one code, not a batch of one, so take [0]."
            if came.shape == (1, 8)
            else "."
        )
    error = ((generator(came[None]).numpy()[0] - photo) ** 2).mean()
    if error < best / 5:
        return None
    hint = "follow the gradient of the pixel error for longer, or from more starts."
    if np.linalg.norm(came) < 1e-3:
        hint = "the code is still 0: did the optimizer's step reach it?"
    elif error > best:
        hint = "a random code can do as well: is the loss the error between generator(code) and the photo, and does the code follow its gradient?"
    return f"squared error {error:.6f}; the best of a hundred random codes has {best:.6f}, and a fifth of that is wanted: {hint}"


CHECKS = {
    "6.1": check_norm_of_the_mean,
    "6.2": check_direction_of_means,
    "6.3": check_between_four,
    "6.4": check_find_code,
}
