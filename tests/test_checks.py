"""What holds for the exercises of all lessons: solutions, stubs, one line of output."""

import ast
import importlib
import pathlib
import re

import nbformat
import numpy as np
import pytest

from gan_lessons.classroom.checks import check

NOTEBOOKS = pathlib.Path(__file__).parents[1] / "notebooks"
LONG = 'check("7.5"'  # trains for a minute; nbval runs it with all notebooks


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


def verdicts(code, capsys):
    """What `check` prints when these cells are run, by exercise."""
    namespace = {}
    for source in code:
        exec(source, namespace)
    return dict(re.findall(r"(?m)^(\d\.\d): (.*)$", capsys.readouterr().out))


def names(lesson):
    module = importlib.import_module(f"gan_lessons.classroom.checks.lesson{lesson}")
    return list(module.CHECKS)


@pytest.mark.parametrize("lesson", range(1, 8))
def test_every_stub_is_not_tried_yet(lesson, capsys):
    (path,) = NOTEBOOKS.glob(f"0{lesson}_*.ipynb")
    expected = dict.fromkeys(names(lesson), "not tried yet")
    assert verdicts(exercises(path), capsys) == expected


@pytest.mark.parametrize("lesson", range(1, 8))
def test_every_solution_is_right(lesson, capsys):
    (path,) = NOTEBOOKS.glob(f"solutions/0{lesson}_*.ipynb")
    code = exercises(path)
    quick = [source for source in code if LONG not in source]
    expected = dict.fromkeys(names(lesson), "right")
    if len(quick) < len(code):
        del expected["7.5"]
    assert verdicts(quick, capsys) == expected


def test_whatever_comes_out_is_one_line(capsys):
    for answer in (np.zeros((3, 4)), "two\nlines", ["a", "b"], 10**400):
        check("1.1", answer)
        check("1.2", lambda *_, answer=answer: answer)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(": not yet. " in line and "stopped" not in line for line in lines)


@pytest.mark.parametrize("exercise", ["1.9", "9.1", "one", ""])
def test_an_exercise_that_does_not_exist_is_named(exercise):
    with pytest.raises(ValueError, match=f"^there is no exercise '{exercise}'$"):
        check(exercise, 1)
