"""Exercises that answer back: `check("2.1", answer)` tries an answer and gives a hint.

The modules `lesson1` to `lesson7` hold one function per exercise, and a table of them,
`CHECKS`. Each takes the answer and returns a hint, or None if the answer is right.
"""

import importlib
from collections.abc import Callable


class NotTriedYet(Exception):
    """The answer, or what the learner's function returned, is still `...`."""


def check(exercise: str, answer) -> None:
    """Try an answer and print one line: right, not tried yet, or what went wrong.

    A wrong answer never raises; the line says what was tried, what came out and what
    was expected.

    Args:
        exercise: its number, such as "2.1".
        answer: what the exercise asks for, a value or a function.

    Raises:
        ValueError: if there is no such exercise.

    Example:
        >>> check("2.1", ...)
        2.1: not tried yet
    """
    find_mistake = _load(exercise)
    try:
        hint = find_mistake(_watched(answer))
        verdict = f"not yet. {hint}" if hint else "right"
    except NotTriedYet:
        verdict = "not tried yet"
    except Exception as error:  # the learner's own code may stop in any way
        message = next(iter(str(error).splitlines()), "")
        kind = type(error).__name__
        verdict = f"not yet. Your answer stopped with {kind}: {message}"
    print(f"{exercise}:", *verdict.split())  # an array would fill several lines


def _load(exercise: str) -> Callable:
    lesson = exercise.partition(".")[0]
    try:
        module = importlib.import_module(f"{__name__}.lesson{lesson}")
        return module.CHECKS[exercise]
    except (ImportError, KeyError):
        raise ValueError(f"there is no exercise {exercise!r}") from None


def _watched(answer):
    """The answer; `...`, given or returned by a function, ends the check."""
    if answer is ...:
        raise NotTriedYet
    if not callable(answer) or isinstance(answer, type):
        return answer

    def watched(*args, **kwargs):
        result = answer(*args, **kwargs)
        if result is ...:
            raise NotTriedYet
        return result

    return watched
