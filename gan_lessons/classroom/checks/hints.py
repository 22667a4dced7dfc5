"""What the checks of all lessons share: finding the mistake behind a wrong result."""

from collections.abc import Iterable

import numpy as np


def first_hint(
    result, mistakes: Iterable[tuple], otherwise: str = "", atol: float = 1e-6
) -> str:
    """The hint for the mistake that leads to a result.

    Args:
        result: the learner's, a number or an array of any shape.
        mistakes: pairs of what a mistake leads to and of its hint; the first counts.
        otherwise: the hint if no mistake leads to the result.
        atol: how far two equal numbers may be apart; 0 for exactly equal.

    Example:
        >>> first_hint(0.75, [(0.25, "That is the other share.")], "Count again.")
        'Count again.'
    """
    try:
        result = np.asarray(result, float)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    for wrong, hint in mistakes:
        if np.shape(wrong) == result.shape and np.allclose(result, wrong, 0, atol):
            return hint
    return otherwise


def one_number(answer) -> float | None:
    """A number, also one in a list, an array or a tensor; None for anything else.

    Args:
        answer: what a learner gave, or a learner's function returned.

    Example:
        >>> one_number([0.25]), one_number("0.25")
        (0.25, None)
    """
    if answer is None or isinstance(answer, (str, bytes)):
        return None
    try:
        numbers = np.asarray(answer, float).ravel()
    except (TypeError, ValueError, OverflowError):
        return None
    return float(numbers[0]) if len(numbers) == 1 else None


def short(value) -> str:
    """A number or an array with three decimals; anything else as it is.

    Args:
        value: what a learner's function returned.

    Example:
        >>> short([0.56789, 0.12])
        '[0.568 0.12 ]'
    """
    try:
        numbers = np.squeeze(np.asarray(value, float))
    except (TypeError, ValueError, OverflowError):
        return repr(value)
    if value is None:  # NumPy makes NaN of it
        return "None"
    return np.array2string(numbers, precision=3, suppress_small=True)
