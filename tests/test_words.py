"""The page of words: every word to keep, in order, and the lesson that has it first."""

import functools
import json
import pathlib
import re
import unicodedata

import pytest

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
PAGE = (NOTEBOOKS / "words.md").read_text(encoding="utf-8")
WORDS, NOTATION = PAGE.split("\n## Notation\n")
LINK = r"\[lesson (?P<number>\d+)\]\((?P<file>[^)]+)\)"
ENTRY = re.compile(rf"- \*\*(?P<word>[^*]+)\*\* \({LINK}\): (?P<meaning>.+)")
LINES = [line for line in WORDS.splitlines() if line.startswith("- ")]
ENTRIES = [ENTRY.fullmatch(line) for line in LINES]
SIGNS = re.findall(r"\*\*(.+?)\*\*", NOTATION)


@functools.cache
def text_of(path):
    """All text cells of a lesson."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text_cells = [cell for cell in cells if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in text_cells)


@functools.cache
def prose(path):
    """The text of a lesson as one reads it, in small letters, without marks."""
    return re.sub(r"[*`]", "", text_of(path)).casefold()


@functools.cache
def kept(path):
    """The bold terms under "Words to keep".

    "**Precision, recall:**" are two, "**Generator (G):**" is a word and a sign.
    """
    section = r"^## Words to keep\n(.*?)(?=^## |\Z)"
    words = re.search(section, text_of(path), re.DOTALL | re.MULTILINE)[1]
    bold = [term.rstrip(":") for term in re.findall(r"\*\*(.+?)\*\*", words)]
    parts = [part for term in bold for part in re.split(r", | and |\(", term)]
    return [part.strip(" )") for part in parts]


def says(text, word):
    pattern = rf"(?<![\w-]){re.escape(word.casefold())}(s|es)?(?!\w)"
    return re.search(pattern, text) is not None


def sort_key(word):
    plain = unicodedata.normalize("NFKD", word.casefold())
    return plain.encode("ascii", "ignore").decode()


def test_every_line_is_a_word_a_lesson_and_one_sentence():
    assert len(ENTRIES) > 80
    for line, entry in zip(LINES, ENTRIES):
        assert entry, line
        meaning = entry["meaning"]
        assert meaning.endswith(".") and ". " not in meaning, entry["word"]


def test_the_words_are_in_order_and_none_comes_twice():
    words = [sort_key(entry["word"]) for entry in ENTRIES]
    assert words == sorted(words)
    assert len(set(words)) == len(words)
    assert len(set(SIGNS)) == len(SIGNS)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_word_to_keep_is_on_the_page(path):
    terms = [term for term in kept(path) if term not in SIGNS]
    assert len(kept(path)) >= 8
    page = {entry["word"].casefold() for entry in ENTRIES}
    missing = [term for term in terms if term.casefold() not in page]
    assert not missing, f"not on the page of words: {missing}"


@pytest.mark.parametrize(
    "entry", [each for each in ENTRIES if each], ids=lambda entry: entry["word"]
)
def test_a_word_leads_to_the_lesson_that_says_it_first(entry):
    path, word = NOTEBOOKS / entry["file"], entry["word"]
    assert path in LESSONS and int(path.name[:2]) == int(entry["number"])
    assert says(prose(path), word)
    low = word.casefold()
    listed = [
        lesson
        for lesson in LESSONS
        if low in [term.casefold() for term in kept(lesson)]
    ]
    spoken = [lesson for lesson in LESSONS if says(prose(lesson), word)]
    first = (listed or spoken)[0]
    assert path == first, f"{first.stem} is the first"
