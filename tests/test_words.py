"""The page of words has every word that a lesson wants kept, once, in order, and knows the lesson that says it first."""

import functools
import json
import pathlib
import re
import unicodedata

import pytest

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("0*.ipynb"))
WORDS, NOTATION = (
    (NOTEBOOKS / "words.md").read_text(encoding="utf-8").split("\n## Notation\n")
)
ENTRY = re.compile(
    r"- \*\*(?P<word>[^*]+)\*\* \(\[lesson (?P<number>\d)\]\((?P<file>[^)]+)\)\): (?P<meaning>.+)"
)
ENTRIES = [
    ENTRY.fullmatch(line) for line in WORDS.splitlines() if line.startswith("- ")
]
SIGNS = re.findall(r"\*\*(.+?)\*\*", NOTATION)


@functools.cache
def prose(path):
    """The text of a lesson as one reads it, in small letters, without marks."""
    cells = [
        cell
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    return re.sub(
        r"[*`]", "", "\n\n".join("".join(cell["source"]) for cell in cells)
    ).casefold()


@functools.cache
def kept(path):
    """The bold terms under "Words to keep": "**Precision, recall:**" are two, "**Generator (G):**" is a word and a sign."""
    cells = [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    section = re.search(
        r"^## Words to keep\n(.*?)(?=^## |\Z)",
        "\n\n".join(cells),
        re.DOTALL | re.MULTILINE,
    )[1]
    bold = [term.rstrip(":") for term in re.findall(r"\*\*(.+?)\*\*", section)]
    return [
        part.strip(" )") for term in bold for part in re.split(r", | and |\(", term)
    ]


def says(text, word):
    return (
        re.search(rf"(?<![\w-]){re.escape(word.casefold())}(s|es)?(?!\w)", text)
        is not None
    )


def order(word):
    return (
        unicodedata.normalize("NFKD", word.casefold())
        .encode("ascii", "ignore")
        .decode()
    )


def test_every_line_is_a_word_a_lesson_and_one_sentence():
    assert len(ENTRIES) > 80 and all(ENTRIES)
    for entry in ENTRIES:
        assert entry["meaning"].endswith(".") and ". " not in entry["meaning"], entry[
            "word"
        ]


def test_the_words_are_in_order_and_none_comes_twice():
    words = [order(entry["word"]) for entry in ENTRIES]
    assert words == sorted(words)
    assert len(set(words)) == len(words)
    assert len(set(SIGNS)) == len(SIGNS)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_word_to_keep_is_on_the_page(path):
    terms = kept(path)
    assert len(terms) >= 8
    page = {entry["word"].casefold() for entry in ENTRIES}
    missing = [
        term for term in terms if term.casefold() not in page and term not in SIGNS
    ]
    assert not missing, f"not on the page of words: {missing}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["word"])
def test_a_word_leads_to_the_lesson_that_says_it_first(entry):
    path = NOTEBOOKS / entry["file"]
    assert path in LESSONS and path.name.startswith(f"0{entry['number']}_")
    assert says(prose(path), entry["word"])
    listed = [
        lesson
        for lesson in LESSONS
        if entry["word"].casefold() in [term.casefold() for term in kept(lesson)]
    ]
    spoken = [lesson for lesson in LESSONS if says(prose(lesson), entry["word"])]
    assert path == (listed or spoken)[0], f"{(listed or spoken)[0].stem} is the first"
