"""Exercises that answer back: `check("2.1", answer)` tries an answer and gives a hint.

The modules `lesson1`, `lesson2`, … hold one function per exercise, and a table of them,
`CHECKS`. Each takes the answer and returns a hint, or None if the answer is right.
`NONE_IS_AN_ANSWER` names the exercises whose function may return None.
"""

import functools
import importlib
import inspect
from collections.abc import Callable

import numpy as np
import tensorflow as tf


class NotTriedYet(Exception):
    """The answer, or what the learner's function returned, is still `...`."""


class Mistake(Exception):
    """A mistake found before the exercise's own check: the hint is its message."""


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
    exercise = str(exercise)
    find_mistake, may_be_none = _load(exercise)
    try:
        hint = find_mistake(_prepared(answer, find_mistake, may_be_none))
        verdict = f"not yet. {hint}" if hint else "right"
    except NotTriedYet:
        verdict = "not tried yet"
    except Mistake as mistake:
        verdict = f"not yet. {mistake}"
    except Exception as error:
        message = next(iter(str(error).splitlines()), "")
        stopped = f"stopped with {type(error).__name__}: {message}"
        if getattr(error, "from_the_answer", False):
            verdict = f"not yet. Your answer {stopped}"
        else:
            verdict = (
                f"not yet. The check itself {stopped}. If your answer is what the "
                "exercise asks for, this is a fault of the course."
            )
    print(f"{exercise}:", *verdict.split())  # an array would fill several lines


def _load(exercise: str) -> tuple[Callable, bool]:
    """The exercise's check, and whether its function may return None."""
    lesson = exercise.partition(".")[0]
    try:
        module = importlib.import_module(f"{__name__}.lesson{lesson}")
        may_be_none = exercise in getattr(module, "NONE_IS_AN_ANSWER", ())
        return module.CHECKS[exercise], may_be_none
    except (ImportError, KeyError):
        raise ValueError(f"there is no exercise {exercise!r}") from None


def _prepared(answer, find_mistake, may_be_none):
    """The answer as the check takes it: a function is watched, a tensor an array."""
    if answer is ...:
        raise NotTriedYet
    if answer is None:
        raise Mistake("You gave None: a function without `return` gives that.")
    (parameter,) = inspect.signature(find_mistake).parameters.values()
    if parameter.annotation is Callable:
        if not callable(answer):
            raise Mistake(
                f"You gave {_kind(answer)}, and the exercise asks for a function or a "
                "network: give its name alone, without brackets behind it."
            )
        return _watched(answer, may_be_none)
    if inspect.isfunction(answer):
        raise Mistake(
            "You gave a function, and the exercise asks for what it returns: call it."
        )
    if tf.is_tensor(answer) or isinstance(answer, (tf.Variable, np.ndarray)):
        array = np.asarray(answer)
        return array if array.ndim else array.item()
    return answer


def _watched(function, may_be_none):
    """The learner's function; what stops it is told from what stops the check."""

    @functools.wraps(function)
    def watched(*args, **kwargs):
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            error.from_the_answer = True
            raise
        if result is ...:
            raise NotTriedYet
        if result is None and not may_be_none:
            raise Mistake("Your function returned None: is a `return` missing?")
        return result

    return watched


def _kind(value):
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
