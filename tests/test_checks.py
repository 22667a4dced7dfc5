"""What holds for the exercises of all lessons: solutions, stubs, one line of output."""

import ast
import importlib
import inspect
import pathlib
import re
from collections.abc import Callable

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check, lesson1

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
LESSONS = [int(path.name[:2]) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
TO_MEND = {"4.3"}
LONG = "7.5"  # trains for a minute; nbval runs it with all notebooks


def imports(source):
    kinds = (ast.Import, ast.ImportFrom)
    nodes = [node for node in ast.parse(source).body if isinstance(node, kinds)]
    return "\n".join(ast.unparse(node) for node in nodes)


def exercises(path):
    """The code of a notebook of solutions, or of a lesson from its exercises on."""
    code = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## Exercises"):
            code = [imports(source) for source in code]
        elif cell.cell_type == "code" and "%pip" not in cell.source:
            code.append(cell.source)
    return [source for source in code if "quiz(" not in source]


def verdicts(code, capsys, lesson_has_run=True):
    """What `check` prints when these cells are run, by exercise."""
    keras.utils.set_random_seed(0)  # the tests' TensorFlow shuffles nothing unseeded
    namespace = {}
    for source in code:
        for node in ast.parse(source).body:
            try:
                exec(ast.unparse(node), namespace)
            except NameError:  # a stub may prepare from what the lesson has
                if lesson_has_run or "check(" in ast.unparse(node):
                    raise
    return dict(re.findall(r"(?m)^(\d+\.\d): (.*)$", capsys.readouterr().out))


def names(lesson):
    module = importlib.import_module(f"gan_lessons.classroom.checks.lesson{lesson}")
    return list(module.CHECKS)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_stub_is_not_tried_yet(lesson, capsys):
    (path,) = NOTEBOOKS.glob(f"{lesson:02}_*.ipynb")
    found = verdicts(exercises(path), capsys, lesson_has_run=False)
    assert list(found) == names(lesson)
    for exercise, verdict in found.items():
        # What is to be mended runs, and is wrong.
        to_mend = exercise in TO_MEND and verdict.startswith("not yet. ")
        assert to_mend or verdict == "not tried yet"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_solution_is_right(lesson, capsys):
    (path,) = NOTEBOOKS.glob(f"solutions/{lesson:02}_*.ipynb")
    code = exercises(path)
    quick = [source for source in code if f'check("{LONG}"' not in source]
    expected = dict.fromkeys(names(lesson), "right")
    if len(quick) < len(code):
        del expected[LONG]
    assert verdicts(quick, capsys) == expected


def test_whatever_comes_out_is_one_line(capsys):
    for answer in (np.zeros((3, 4)), "two\nlines", ["a", "b"], 10**400):
        check("1.1", answer)
        check("1.2", lambda *_, answer=answer: answer)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(": not yet. " in line and "stopped" not in line for line in lines)


def said(exercise, answer, capsys):
    check(exercise, answer)
    return capsys.readouterr().out


def exercises_that_ask_for(kind):
    found = []
    for lesson in LESSONS:
        module = importlib.import_module(f"gan_lessons.classroom.checks.lesson{lesson}")
        for exercise, find_mistake in module.CHECKS.items():
            (asked,) = inspect.signature(find_mistake).parameters.values()
            is_function = asked.annotation is Callable
            none_counts = exercise in getattr(module, "NONE_IS_AN_ANSWER", ())
            if is_function == (kind == "a function") and not none_counts:
                found.append(exercise)
    return found


@pytest.mark.parametrize("exercise", exercises_that_ask_for("a function"))
def test_a_forgotten_return_and_a_result_are_called_what_they_are(exercise, capsys):
    def forgot(*arguments, **named):
        pass

    assert "is a `return` missing?" in said(exercise, forgot, capsys)
    for result in (0.5, np.zeros(3), [1, 2], "text"):
        assert "asks for a function" in said(exercise, result, capsys)


@pytest.mark.parametrize("exercise", exercises_that_ask_for("a value"))
def test_a_function_in_place_of_its_result_is_called_what_it_is(exercise, capsys):
    assert "asks for what it returns" in said(exercise, lambda: 1, capsys)
    assert "gives that" in said(exercise, None, capsys)


def test_a_check_that_breaks_does_not_blame_the_learner(capsys, monkeypatch):
    def breaks(answer):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setitem(lesson1.CHECKS, "1.1", breaks)
    line = said("1.1", 3, capsys)
    assert "The check itself stopped with ZeroDivisionError" in line
    assert "Your answer stopped" in said("1.2", lambda c, t: c[99], capsys)


def test_a_number_may_come_as_tensor_array_or_variable(capsys):
    right = 232_000  # any number: what counts is that all are judged alike
    lines = {
        said("1.1", kind(right), capsys)
        for kind in (int, np.int32, np.array, tf.constant, tf.Variable)
    }
    assert len(lines) == 1 and "232,000" in lines.pop()


def test_the_number_of_an_exercise_may_be_a_number(capsys):
    assert said(1.1, ..., capsys) == "1.1: not tried yet\n"


@pytest.mark.parametrize("exercise", ["1.9", "11.1", "one", ""])
def test_an_exercise_that_does_not_exist_is_named(exercise):
    with pytest.raises(ValueError, match=f"^there is no exercise '{exercise}'$"):
        check(exercise, 1)
