"""Ten questions to a lesson; a click on an answer unfolds why it is right or wrong.

The questions are data, `quizzes/lesson1.json` and so on: every wrong answer is a
mistake that learners do make, and says why it is one. The page is plain HTML that folds
(`<details>`), so it also works where no kernel runs: in Colab, in JupyterLab, and in
the lessons as `make course` writes them.
"""

import html
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).with_name("quizzes")


def quiz(lesson: int) -> None:
    """Show the questions of a lesson in a notebook; elsewhere, one line of text.

    Args:
        lesson: its number.

    Raises:
        ValueError: for a lesson that has no quiz.

    Example:
        >>> quiz(1)   # outside a notebook
        a quiz of ten questions: open the notebook in Jupyter or Colab
    """
    from IPython.display import display

    display(Page(questions(lesson)))


def questions(lesson: int) -> list[dict]:
    """The questions of a lesson, as its JSON file has them.

    Args:
        lesson: its number.

    Returns:
        Dicts {"question": str, "options": [{"text": str, "right": bool, "why": str}]}.

    Raises:
        ValueError: for a lesson that has no quiz.

    Example:
        >>> len(questions(1))
        10
    """
    paths = {path.stem.removeprefix("lesson"): path for path in FOLDER.glob("*.json")}
    if not isinstance(lesson, int) or str(lesson) not in paths:
        known = ", ".join(sorted(paths, key=int))
        raise ValueError(
            f"lesson {lesson!r} has no quiz: give one of {known}, as a number"
        )
    return json.loads(paths[str(lesson)].read_text(encoding="utf-8"))


class Page:
    """Questions as HTML where it can be shown, and as one line of text elsewhere.

    Args:
        questions: as returned by `questions`.

    Example:
        >>> Page(questions(1))
        a quiz of ten questions: open the notebook in Jupyter or Colab
    """

    def __init__(self, questions: list[dict]):
        self.questions = questions

    def _repr_html_(self):
        numbered = enumerate(self.questions, start=1)
        return "<br>\n".join(_question(number, item) for number, item in numbered)

    def __repr__(self):
        return "a quiz of ten questions: open the notebook in Jupyter or Colab"


def _question(number, item):
    options = "\n".join(_option(option) for option in item["options"])
    return f"<p><b>{number}. {_text(item['question'])}</b></p>\n{options}"


def _option(option):
    verdict = "right" if option["right"] else "not quite"
    why = f"<blockquote><b>{verdict}:</b> {_text(option['why'])}</blockquote>"
    return f"<details><summary>{_text(option['text'])}</summary>{why}</details>"


def _text(text):
    """Escaped, so that < and & stay as they are; backticks become code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
