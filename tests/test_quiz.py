"""Each quiz asks ten different questions, gives one right answer to each, and explains every answer."""

import html.parser
import json
import pathlib

import pytest

from gan_lessons.classroom import quiz
from gan_lessons.classroom.quiz import Page, questions

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"

LESSONS = range(1, 8)
EVERY_LESSON = pytest.mark.parametrize("lesson", LESSONS)


def right(item):
    return [option["right"] for option in item["options"]].index(True)


@EVERY_LESSON
def test_ten_questions_with_one_right_answer_each_and_a_reason_for_every_answer(lesson):
    asked = questions(lesson)
    assert len(asked) == 10
    for item in asked:
        assert set(item) == {"question", "options"} and item[
            "question"
        ].strip().endswith("?")
        assert len(item["options"]) in (3, 4)
        assert [option["right"] for option in item["options"]].count(True) == 1, item[
            "question"
        ]
        for option in item["options"]:
            assert set(option) == {"text", "right", "why"} and isinstance(
                option["right"], bool
            )
            assert option["text"].strip() and option["why"].strip().endswith(
                (".", "?", ").")
            ), option


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
            assert len(
                {option["text"].casefold() for option in item["options"]}
            ) == len(item["options"]), item["question"]


@EVERY_LESSON
def test_neither_its_place_nor_its_length_gives_the_right_answer_away(lesson):
    asked = questions(lesson)
    places = [right(item) for item in asked]
    assert len(set(places)) >= 3 and max(places.count(place) for place in places) <= 5
    for most in (max, min):
        told_by_length = [
            len(item["options"][right(item)]["text"])
            == most(len(option["text"]) for option in item["options"])
            for item in asked
        ]
        assert sum(told_by_length) <= 5, (
            f"the answer of {most.__name__} length is right {sum(told_by_length)} times of ten"
        )


class Reader(html.parser.HTMLParser):
    """The tags of a page, the text in the bold lines and in the folded parts, and what is left open."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.found = (
            [],
            set(),
            [],
            {"b": [], "summary": [], "blockquote": []},
        )
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
    assert (
        page.tags <= {"p", "b", "details", "summary", "blockquote", "code", "br"}
        and not page.open
    )
    assert (
        page.attributes == []
    )  # no colours that a dark theme would swallow, nothing that a notebook would strip
    options = [option for item in asked for option in item["options"]]
    plain = lambda text: text.replace("`", "")
    assert page.found["summary"] == [plain(option["text"]) for option in options]
    assert page.found["blockquote"] == [
        f"{'right' if option['right'] else 'not quite'}: {plain(option['why'])}"
        for option in options
    ]
    assert [line for line in page.found["b"] if line[0].isdigit()] == [
        f"{k}. {plain(item['question'])}" for k, item in enumerate(asked, start=1)
    ]


def test_text_is_escaped_and_names_are_code():
    nasty = '<script>alert("x")</script> & `a < b` is 1 < 2'
    page = Page(
        [{"question": nasty, "options": [{"text": nasty, "right": True, "why": nasty}]}]
    )._repr_html_()
    assert (
        page.count(
            '&lt;script&gt;alert("x")&lt;/script&gt; &amp; <code>a &lt; b</code> is 1 &lt; 2'
        )
        == 3
    )
    assert "<script" not in page and "`" not in page


@EVERY_LESSON
def test_no_formula_signs_that_a_notebook_would_typeset(lesson):
    assert not set("$\\") & set(
        json.dumps(questions(lesson), ensure_ascii=False).replace('\\"', "")
    )


def test_a_notebook_shows_html_and_a_terminal_one_line(capsys):
    quiz.quiz(1)
    assert (
        capsys.readouterr().out
        == "a quiz of ten questions: open the notebook in Jupyter or Colab\n"
    )
    assert (
        repr(Page(questions(1)))
        == "a quiz of ten questions: open the notebook in Jupyter or Colab"
    )


@pytest.mark.parametrize("lesson", [0, 99, "1", None, [1], 1.5])
def test_a_lesson_without_a_quiz_is_named_in_one_line(lesson):
    with pytest.raises(ValueError) as error:
        quiz.quiz(lesson)
    message = str(error.value)
    assert (
        repr(lesson) in message
        and "1, 2, 3, 4, 5, 6, 7" in message
        and "\n" not in message
    )


@EVERY_LESSON
def test_a_lesson_shows_its_quiz_before_think_and_links_the_words(lesson):
    cells = json.loads(
        next(NOTEBOOKS.glob(f"0{lesson}_*.ipynb")).read_text(encoding="utf-8")
    )["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    place = sources.index(
        f"from gan_lessons.classroom.quiz import quiz\n\nquiz({lesson})"
    )
    assert sources[place - 1].startswith("## Quiz\n") and sources[place + 1].startswith(
        "## Think"
    )
    (output,) = cells[place]["outputs"]
    page = Page(questions(lesson))
    assert "".join(output["data"]["text/html"]) == page._repr_html_() and "".join(
        output["data"]["text/plain"]
    ) == repr(page)
    assert sum("[words](words.md)" in source for source in sources) == 1
