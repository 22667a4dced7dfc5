"""Exercises that answer back: `check("2.1", answer)` tries the answer and says what came out and what to look at.

Each lesson's checks are in `lesson1.py`, `lesson2.py`, …: a function per exercise, listed in the module's `CHECKS`.
"""

import importlib


class NotTriedYet(Exception):
    """The answer, or what the function returned, is still `...`."""


def check(exercise, answer):
    """Try an answer and print one line: right, not tried yet, or what was tried, what came out and what was expected.

    exercise: its number, such as "2.1"; answer: what the exercise asks for, a value or a function.
    A wrong answer never raises.

    >>> check("2.1", ...)
    2.1: not tried yet
    """
    try:
        checks = importlib.import_module(
            f"gan_lessons.classroom.checks.lesson{exercise.split('.')[0]}"
        ).CHECKS
        judge = checks[exercise]
    except (ImportError, KeyError):
        raise ValueError(f"there is no exercise {exercise!r}") from None
    try:
        hint = judge(_answered(answer))
    except NotTriedYet:
        print(f"{exercise}: not tried yet")
    except Exception as error:  # the learner's own code may stop in any way
        print(
            f"{exercise}: not yet. Your answer stopped with {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
    else:
        print(f"{exercise}: not yet. {hint}" if hint else f"{exercise}: right")


def _answered(answer):
    """The answer; `...`, given or returned, ends the check."""
    if answer is ...:
        raise NotTriedYet
    if not callable(answer) or isinstance(answer, type):
        return answer

    def answered(*args, **kwargs):
        result = answer(*args, **kwargs)
        if result is ...:
            raise NotTriedYet
        return result

    return answered
