"""Checks of lesson 8: the norm of a mean, a direction, four faces, a photo's code."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import first_hint
from gan_lessons.latent import lerp, slerp
from gan_lessons.models import build_generator


def check_norm_of_the_mean(answer) -> str | None:
    """8.1: about √128 / √16.

    Args:
        answer: a number.
    """
    if np.ndim(answer) or not isinstance(answer, (int, float, np.number)):
        return f"You gave {answer!r}: give one number."
    codes = np.random.default_rng().standard_normal((2000, 16, 128))
    measured = np.linalg.norm(codes.mean(axis=1), axis=1).mean()
    if abs(answer - measured) < 0.1:
        return None
    norm = 128**0.5
    mistakes = [
        (
            norm,
            "That is the norm of one code: codes point in different directions, and in "
            "a mean they cancel in part.",
        ),
        (
            norm / 16,
            "You divided √128 by 16. The squares add: the sum of sixteen has norm "
            "√128 · √16, and the mean a sixteenth of that.",
        ),
        (
            4 * norm,
            "That is the norm of the sum, √128 · √16: a mean still divides it by 16.",
        ),
        (
            16 * norm,
            "That would be the sum of sixteen codes that all point in the same "
            "direction; random codes are nearly at right angles.",
        ),
        (
            0,
            "They cancel in part, not entirely: the squares of sixteen small leftovers "
            "add up.",
        ),
        (
            8,
            "You took 128 / 16 for the norm: the norm is the root of the sum of "
            "squares, and it is the squares that add.",
        ),
        (
            4,
            "You took √16 for the norm; it is what the norm of one code is divided by.",
        ),
    ]
    otherwise = "Codes at right angles: the squares of their norms add."
    return (
        f"You said {answer:g}; in 2,000 tries it was {measured:.2f} on average. "
        f"{first_hint(answer, mistakes, otherwise, atol=0.1)}"
    )


def check_direction_of_means(direction_of_means: Callable) -> str | None:
    """8.2: mean of the ones minus mean of the zeros, length 1.

    Args:
        direction_of_means: codes (n, latent_dim) and labels (n,), 0 or 1, in, a vector
            (latent_dim,) out.
    """
    rng = np.random.default_rng()
    codes = rng.standard_normal((60, 12)) + 0.5
    labels = rng.permutation(np.repeat([0, 1], [45, 15]))
    came = direction_of_means(codes.copy(), labels.copy())
    came = np.asarray(came, "float64")
    hint = _direction_hint(came, codes[labels == 0], codes[labels == 1])
    return hint and f"60 codes of 12 numbers, 15 of them labelled 1: {hint}"


def _direction_hint(came, zeros, ones):
    if came.shape != (12,):
        return (
            f"you gave the shape {came.shape}, expected (12,): the mean over the codes "
            "(axis=0), one number per place."
        )
    expected = _unit(ones.mean(axis=0) - zeros.mean(axis=0))
    if np.allclose(came, expected, atol=1e-4):
        return None
    length = np.linalg.norm(came)
    direction = came / max(length, 1e-9)
    mistakes = [
        (-expected, "it points from the ones to the zeros: turn the sign round."),
        (
            expected,
            f"the direction is right, but its length is {length:.2f} instead of 1: "
            "divide by its norm.",
        ),
        (
            _unit(ones.sum(axis=0) - zeros.sum(axis=0)),
            "you took sums; there are more zeros than ones here, so take the mean of "
            "each group.",
        ),
        (
            _unit(ones.mean(axis=0)),
            "that is the mean of the ones alone: subtract the mean of the zeros, or "
            "you keep what all codes share.",
        ),
    ]
    otherwise = (
        f"its cosine with the expected direction is {direction @ expected:.2f}, not 1. "
        "Take the mean of the ones minus the mean of the zeros."
    )
    return first_hint(direction, mistakes, otherwise, atol=1e-4)


def _unit(vector):
    return vector / np.linalg.norm(vector)


def check_between_four(between_four: Callable) -> str | None:
    """8.3: slerp down both edges and then across.

    Args:
        between_four: codes (latent_dim,) of the top left, top right, bottom left and
            bottom right corner and a size in, (size, size, latent_dim) out.
    """
    size, corners = 5, list(np.random.default_rng().standard_normal((4, 16)))
    came = between_four(*[corner.copy() for corner in corners], size)
    hint = _sheet_hint(np.asarray(came, "float64"), corners, size)
    return hint and f"Four corners of 16 numbers, size {size}: {hint}"


def _sheet_hint(came, corners, size):
    if came.shape != (size, size, 16):
        return (
            f"you gave the shape {came.shape}, expected ({size}, {size}, 16): rows, "
            "columns, numbers of a code."
        )
    t = np.linspace(0, 1, size)
    expected = _sheet(corners, t)
    if np.allclose(came, expected, atol=1e-4):
        return None
    across_first = _sheet([corners[k] for k in (0, 2, 1, 3)], t).swapaxes(0, 1)
    mistakes = [
        (
            expected.swapaxes(0, 1),
            "rows and columns are swapped: the top right corner came out at the bottom "
            "left.",
        ),
        (
            _sheet(corners, t, interpolate=lerp),
            "the corners are right, but you walked straight; use slerp, which stays on "
            "the sphere.",
        ),
        (
            across_first,
            "you went across first and then down; on a sphere the order matters: first "
            "down both edges, then across.",
        ),
        (
            _sheet(corners, t * (1 - 1 / size)),
            "you stop before the last corner: t runs from 0 to 1, both included "
            "(np.linspace(0, 1, size)).",
        ),
    ]
    return first_hint(came, mistakes, _corner_hint(came, corners), atol=1e-4)


def _corner_hint(came, corners):
    names = ("top left", "top right", "bottom left", "bottom right")
    places = ((0, 0), (0, -1), (-1, 0), (-1, -1))
    for name, place, corner in zip(names, places, corners):
        if not np.allclose(came[place], corner, atol=1e-4):
            return f"the {name} code is not the one given."
    return "the corners are right, the codes between them are not."


def _sheet(corners, t, interpolate=slerp):
    """The reference, code by code."""
    top_left, top_right, bottom_left, bottom_right = corners
    rows = []
    for down in t:
        left = interpolate(top_left, bottom_left, down)
        right = interpolate(top_right, bottom_right, down)
        rows.append([interpolate(left, right, across) for across in t])
    return np.array(rows)


def check_find_code(find_code: Callable) -> str | None:
    """8.4: a code for a photo that beats a hundred random ones.

    Args:
        find_code: a generator and a photo (16, 16, 3) in, a code (8,) out.
    """
    generator = build_generator(16, channels=3, width=8, latent_dim=8)
    codes = np.random.default_rng().standard_normal((101, 8), "float32")
    photo, *guesses = generator(codes).numpy()
    best = min(((guess - photo) ** 2).mean() for guess in guesses)
    before = generator.get_weights()
    came = np.asarray(find_code(generator, photo.copy()), "float32")
    unchanged = zip(before, generator.get_weights())
    if not all(np.array_equal(old, new) for old, new in unchanged):
        hint = (
            "the generator's weights moved. Only the code may learn: give the "
            "optimizer the code alone."
        )
    else:
        hint = _code_hint(came, generator, photo, best)
    setting = "A generator of 16 × 16 pictures in colour from 8 numbers, and a photo"
    return hint and f"{setting} it can paint: {hint}"


def _code_hint(came, generator, photo, best):
    if came.shape == photo.shape:
        return "you gave a picture; give the code that paints it, shape (8,)."
    if came.shape == (1, 8):
        return (
            "you gave the shape (1, 8), expected (8,): one code, not a batch of one, "
            "so take [0]."
        )
    if came.shape != (8,):
        return f"you gave the shape {came.shape}, expected (8,)."
    error = ((generator(came[None]).numpy()[0] - photo) ** 2).mean()
    if error < best / 5:
        return None
    hint = "follow the gradient of the pixel error for longer, or from more starts."
    if np.linalg.norm(came) < 1e-3:
        hint = "the code is still 0: did the optimizer's step reach it?"
    elif error > best:
        hint = (
            "a random code can do as well: is the loss the error between "
            "generator(code) and the photo, and does the code follow its gradient?"
        )
    return (
        f"squared error {error:.6f}; the best of a hundred random codes has "
        f"{best:.6f}, and you need less than a fifth of that: {hint}"
    )


CHECKS = {
    "8.1": check_norm_of_the_mean,
    "8.2": check_direction_of_means,
    "8.3": check_between_four,
    "8.4": check_find_code,
}
