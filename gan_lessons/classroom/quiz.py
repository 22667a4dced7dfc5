"""Ten questions to a lesson; a click on an answer says what speaks for or against it.

The questions are data, `quizzes/lesson1.json` and so on: every wrong answer is a mistake that learners do make, and
says why it is one. The page is plain HTML that folds (`<details>`), so it also works where no kernel runs: in Colab, in
JupyterLab, and in the lessons as `make course` writes them.
"""

import html
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).with_name("quizzes")


def quiz(lesson):
    """Show the ten questions of a lesson, given by its number, in a notebook.

    Raises ValueError for a lesson that has no quiz. Outside of notebooks there is one line of text in its place:

    >>> quiz(1)
    a quiz of ten questions: open the notebook in Jupyter or Colab
    """
    from IPython.display import display

    display(Page(questions(lesson)))


def questions(lesson):
    """What is asked: a list of {"question": str, "options": [{"text": str, "right": bool, "why": str}, ...]}."""
    files = {
        int(path.stem.removeprefix("lesson")): path
        for path in FOLDER.glob("lesson*.json")
    }
    if lesson not in list(files):
        raise ValueError(
            f"lesson {lesson!r} has no quiz: give one of {', '.join(map(str, sorted(files)))}, as a number"
        )
    return json.loads(files[lesson].read_text(encoding="utf-8"))


class Page:
    """Questions as HTML where it can be shown, and as one line of text elsewhere."""

    def __init__(self, questions):
        self.questions = questions

    def _repr_html_(self):
        return "<br>\n".join(
            _question(number, item)
            for number, item in enumerate(self.questions, start=1)
        )

    def __repr__(self):
        return "a quiz of ten questions: open the notebook in Jupyter or Colab"


def _question(number, item):
    options = "\n".join(
        f"<details><summary>{_text(option['text'])}</summary>"
        f"<blockquote><b>{'right' if option['right'] else 'not quite'}:</b> {_text(option['why'])}</blockquote></details>"
        for option in item["options"]
    )
    return f"<p><b>{number}. {_text(item['question'])}</b></p>\n{options}"


def _text(text):
    """Escaped, so that < and & come out as themselves; names between backticks are set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
