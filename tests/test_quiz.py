"""Each quiz: ten questions, one right answer each, a reason for every answer."""

import html.parser
import json
import pathlib

import pytest

from gan_lessons.classroom import quiz
from gan_lessons.classroom.quiz import Page, questions

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"

LESSONS = [int(path.name[:2]) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
EVERY_LESSON = pytest.mark.parametrize("lesson", LESSONS)


def right(item):
    return [option["right"] for option in item["options"]].index(True)


@EVERY_LESSON
def test_ten_questions_with_one_right_answer_each_and_a_reason_for_every_answer(lesson):
    asked = questions(lesson)
    assert len(asked) == 10
    for item in asked:
        assert set(item) == {"question", "options"}
        assert item["question"].strip().endswith("?")
        options = item["options"]
        assert len(options) in (3, 4)
        assert sum(option["right"] for option in options) == 1, item["question"]
        for option in options:
            assert set(option) == {"text", "right", "why"}
            assert isinstance(option["right"], bool)
            assert option["text"].strip()
            assert option["why"].strip().endswith((".", "?", ").")), option


def test_nothing_is_asked_or_explained_twice():
    asked = [item["question"] for lesson in LESSONS for item in questions(lesson)]
    assert len(set(asked)) == len(asked)
    reasons = [
        option["why"]
        for lesson in LESSONS
        for item in questions(lesson)
        for option in item["options"]
    ]
    assert len(set(reasons)) == len(reasons)
    for lesson in LESSONS:
        for item in questions(lesson):
            texts = [option["text"].casefold() for option in item["options"]]
            assert len(set(texts)) == len(texts), item["question"]


@EVERY_LESSON
def test_neither_its_place_nor_its_length_gives_the_right_answer_away(lesson):
    asked = questions(lesson)
    places = [right(item) for item in asked]
    assert len(set(places)) >= 3 and max(places.count(place) for place in places) <= 5
    for extreme in (max, min):
        hits = 0
        for item in asked:
            lengths = [len(option["text"]) for option in item["options"]]
            hits += lengths[right(item)] == extreme(lengths)
        assert hits <= 5, f"{extreme.__name__} length is right {hits} times of ten"


class Reader(html.parser.HTMLParser):
    """The tags of a page, those left open, and the text of bold and of folded parts."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes = [], set(), []
        self.found = {"b": [], "summary": [], "blockquote": []}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)
        self.attributes += attributes
        if tag in self.found:
            self.found[tag].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.found:
            if tag in self.open:
                self.found[tag][-1] += data


@EVERY_LESSON
def test_the_page_holds_every_word_and_only_tags_that_fold(lesson):
    asked = questions(lesson)
    page = Reader(Page(asked)._repr_html_())
    assert page.tags <= {"p", "b", "details", "summary", "blockquote", "code", "br"}
    assert not page.open
    # No colours that a dark theme would swallow, nothing that a notebook would strip.
    assert page.attributes == []
    options = [option for item in asked for option in item["options"]]
    assert page.found["summary"] == [plain(option["text"]) for option in options]
    verdicts = ["right" if option["right"] else "not quite" for option in options]
    reasons = [plain(option["why"]) for option in options]
    assert page.found["blockquote"] == [
        f"{verdict}: {reason}" for verdict, reason in zip(verdicts, reasons)
    ]
    assert [line for line in page.found["b"] if line[0].isdigit()] == [
        f"{k}. {plain(item['question'])}" for k, item in enumerate(asked, start=1)
    ]


def plain(text):
    return text.replace("`", "")


def test_text_is_escaped_and_names_are_code():
    nasty = '<script>alert("x")</script> & `a < b` is 1 < 2'
    options = [{"text": nasty, "right": True, "why": nasty}]
    page = Page([{"question": nasty, "options": options}])._repr_html_()
    escaped = (
        '&lt;script&gt;alert("x")&lt;/script&gt; &amp; '
        "<code>a &lt; b</code> is 1 &lt; 2"
    )
    assert page.count(escaped) == 3
    assert "<script" not in page and "`" not in page


@EVERY_LESSON
def test_no_formula_signs_that_a_notebook_would_typeset(lesson):
    text = json.dumps(questions(lesson), ensure_ascii=False).replace('\\"', "")
    assert not set("$\\") & set(text)


def test_a_notebook_shows_html_and_a_terminal_one_line(capsys):
    line = "a quiz of ten questions: open the notebook in Jupyter or Colab"
    quiz.quiz(1)
    assert capsys.readouterr().out == f"{line}\n"
    assert repr(Page(questions(1))) == line


@pytest.mark.parametrize("lesson", [0, 99, "1", None, [1], 1.5, True])
def test_a_lesson_without_a_quiz_is_named_in_one_line(lesson):
    with pytest.raises(ValueError) as error:
        quiz.quiz(lesson)
    assert str(error.value) == (
        f"lesson {lesson!r} has no quiz: give one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "
        "as a number"
    )


@EVERY_LESSON
def test_a_lesson_shows_its_quiz_before_think_and_links_the_words(lesson):
    path = next(NOTEBOOKS.glob(f"{lesson:02}_*.ipynb"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    code = f"from gan_lessons.classroom.quiz import quiz\n\nquiz({lesson})"
    place = sources.index(code)
    assert sources[place - 1].startswith("## Quiz\n")
    assert sources[place + 1].startswith("## Think")
    (output,) = cells[place]["outputs"]
    page = Page(questions(lesson))
    assert "".join(output["data"]["text/html"]) == page._repr_html_()
    assert "".join(output["data"]["text/plain"]) == repr(page)
    assert sum("[words](words.md)" in source for source in sources) == 1
