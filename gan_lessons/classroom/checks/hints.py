"""What the checks of all lessons share: finding the mistake behind a wrong result."""

import re
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
    """A number or a small array with three decimals; anything else as it is.

    Args:
        value: what a learner's function returned.

    Example:
        >>> short([0.56789, 0.12])
        '[0.568 0.12 ]'
    """
    try:
        numbers = np.squeeze(np.asarray(value, float))
        given = np.asarray(value)
    except (TypeError, ValueError, OverflowError):
        return repr(value)
    # NumPy makes numbers of texts, and NaN of None.
    if given.dtype.kind in "SU" or any(each is None for each in given.ravel()):
        return repr(value)
    if numbers.size > 64:
        return f"an array of shape {given.shape}"
    return np.array2string(numbers, precision=3, suppress_small=True)


def changed(given, before, names: tuple[str, ...]) -> str | None:
    """The hint if a learner's function changed what it was given, or None.

    Args:
        given: arrays, lists or dicts that the function got.
        before: the same, as they were before.
        names: what the exercise calls them.

    Example:
        >>> changed([[1, 3]], [[1, 2]], ("codes",))
        'your function changed the codes that it was given: work on a copy.'
    """
    for now, then, name in zip(given, before, names):
        if isinstance(then, dict):
            same, now, then = now.keys() == then.keys(), now.values(), then.values()
        else:
            same = len(now) == len(then)
        if not (same and all(np.array_equal(a, b) for a, b in zip(now, then))):
            return (
                f"your function changed the {name} that it was given: work on a copy."
            )
    return None


def letters_in_order(answer, wanted: str) -> str | None:
    """The letters of an answer in the order given; None if it is anything else.

    Args:
        answer: what a learner gave: a text, with whatever stands between the letters,
            or a list, an array or a tensor of letters.
        wanted: the letters that an answer has, each once, in capitals.

    Example:
        >>> letters_in_order("b, a and c", "ABC"), letters_in_order("aab", "ABC")
        ('BAC', None)
    """
    if isinstance(answer, (list, tuple, np.ndarray)):
        each = np.ravel(np.asarray(answer, object)).tolist()
    else:
        each = [answer]
    each = [getattr(part, "numpy", lambda part=part: part)() for part in each]
    each = [part.decode() if isinstance(part, bytes) else part for part in each]
    if not all(isinstance(part, str) for part in each):
        return None
    text = re.sub(r"\bAND\b", "", " ".join(each).upper())
    letters = re.sub(r"[\W\d_]", "", text)
    return letters if sorted(letters) == sorted(wanted) else None
