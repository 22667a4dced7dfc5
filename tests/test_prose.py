"""The lessons' rhythm, the names of their figures, every link, and the spelling of all prose. Nothing here needs the network."""

import ast
import importlib.resources
import inspect
import json
import pathlib
import re
import statistics
import urllib.parse

import nbformat
import pytest
import spellchecker

from gan_lessons.classroom import panels, plots

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
NOTEBOOKS = LESSONS + sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
PAGES = sorted(
    path
    for folder in (".", "docs", "notebooks")
    for path in (ROOT / folder).glob("*.md")
)
QUIZZES = sorted((ROOT / "gan_lessons/classroom/quizzes").glob("*.json"))
HOSTS = {"susanqq.github.io", "arxiv.org", "distill.pub", "nimfa.biolab.si"}

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
each_text = pytest.mark.parametrize(
    "path", PAGES + NOTEBOOKS + QUIZZES, ids=lambda path: str(path.relative_to(ROOT))
)


def cells(path, kind):
    return [
        {**cell, "source": "".join(cell["source"])}
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == kind
    ]


def pictures(cell):
    return [
        output
        for output in cell["outputs"]
        if {"image/png", "image/jpeg"} & set(output.get("data", {}))
    ]


def alternative(picture):
    return next(
        (
            about["alt"]
            for kind, about in picture["metadata"].items()
            if kind in ("image/png", "image/jpeg")
        ),
        "",
    )


def text_of(path):
    """What there is to read on a page, in a quiz or in a notebook, its figures' alternative texts included."""
    if path.suffix == ".md":
        return path.read_text()
    if path.suffix == ".json":
        return "\n\n".join(
            item["question"]
            + "".join(
                f"\n\n{option['text']}\n\n{option['why']}" for option in item["options"]
            )
            for item in json.loads(path.read_text())
        )
    shown = [
        alternative(picture)
        for cell in cells(path, "code")
        for picture in pictures(cell)
    ]
    return "\n\n".join([cell["source"] for cell in cells(path, "markdown")] + shown)


# Rhythm


@each_notebook
def test_a_notebook_is_valid(path):
    nbformat.validate(nbformat.read(path, as_version=4))


@each_lesson
def test_text_and_code_come_in_small_pieces(path):
    words = [len(cell["source"].split()) for cell in cells(path, "markdown")]
    assert statistics.median(words) <= 60
    code = cells(path, "code")
    assert statistics.median(lines(cell) for cell in code) <= 10
    long = {
        cell["id"]: lines(cell)
        for cell in code
        if lines(cell) > (40 if "def train_step" in cell["source"] else 25)
    }
    assert not long, f"cells with too many lines: {long}"


def lines(cell):
    return len(cell["source"].splitlines())


@each_lesson
def test_there_is_always_something_to_see(path):
    code = cells(path, "code")
    assert sum(len(pictures(cell)) for cell in code) >= 5
    silent = 0
    for cell in code:
        silent = 0 if cell["outputs"] else silent + 1
        assert silent <= 2, f"a third cell in a row that shows nothing: {cell['id']}"


# Figures


@each_lesson
def test_every_figure_says_what_it_shows(path):
    for cell in cells(path, "code"):
        if pictures(cell):
            assert any(has_title(call) for call in calls(cell["source"])), (
                f"no title in cell {cell['id']}"
            )
        for picture in pictures(cell):
            assert len(alternative(picture).split()) >= 3, (
                f"a picture without alternative text in cell {cell['id']}: make outputs"
            )


def calls(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def has_title(call):
    """Whether a call hands over a title: by name, as a sentence in its place, or as the default of a function in `plots` or `panels`."""
    named = any(keyword.arg == "title" for keyword in call.keywords)
    sentence = any(
        isinstance(part, ast.Constant) and len(str(part.value).split()) >= 3
        for part in call.args
    )
    name = getattr(call.func, "attr", "")
    function = getattr(plots, name, getattr(panels, name, None))
    parameter = inspect.isfunction(function) and inspect.signature(
        function
    ).parameters.get("title")
    return (
        named
        or sentence
        or bool(parameter and parameter.default not in (None, inspect.Parameter.empty))
    )


# Links


@each_text
def test_every_link_within_the_course_leads_somewhere(path):
    for target in links(path):
        if not urllib.parse.urlsplit(target).scheme:
            file, _, anchor = target.partition("#")
            place = (
                (path.parent / urllib.parse.unquote(file)).resolve() if file else path
            )
            assert place.exists(), f"{target}: there is no such file"
            assert not anchor or urllib.parse.unquote(anchor) in anchors(place), (
                f"{target}: there is no such heading"
            )


@each_text
def test_every_link_to_elsewhere_is_https_and_to_a_host_we_know(path):
    text = without_code(text_of(path))
    for address in re.findall(r"\b[a-z]+://[^\s<>)\]\"]+|\bwww\.\S+", text):
        parts = urllib.parse.urlsplit(address)
        assert parts.scheme == "https" and parts.hostname, address
        assert parts.hostname in HOSTS, (
            f"{address}: if it is right, add the host to HOSTS"
        )
        assert not re.search(r"[.,;:!?'*_]$", address), f"{address}: set it in <…>"
        assert parts.hostname != "arxiv.org" or re.fullmatch(
            r"/abs/\d{4}\.\d{4,5}", parts.path
        ), address


def links(path):
    text = without_code(text_of(path))
    return re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", text) + re.findall(
        r"(?:src|href)=\"([^\"]+)\"", text
    )


def anchors(path):
    """The names of a page's headings: as GitHub makes them, and as Jupyter does."""
    headings = re.findall(r"^#+ +(.+?) *$", without_fences(text_of(path)), re.MULTILINE)
    plain = [re.sub(r"[`*]", "", heading) for heading in headings]
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain
    } | {heading.replace(" ", "-") for heading in plain}


# Spelling: pyspellchecker knows the words of English, codespell the common mistakes, and which spelling of a word is British.

ENGLISH = spellchecker.SpellChecker()
OWN = {
    word
    for line in (ROOT / "tests/words.txt").read_text().splitlines()
    for word in line.partition("#")[0].split()
}


def pairs(name):
    text = (importlib.resources.files("codespell_lib") / "data" / name).read_text(
        encoding="utf-8"
    )
    return [
        (word, [part.strip() for part in right.split(",") if part.strip()])
        for word, _, right in (line.partition("->") for line in text.splitlines())
    ]


MISTAKES = dict(pairs("dictionary.txt"))
BRITISH = {british for british, _ in pairs("dictionary_en-GB_to_en-US.txt")}
AMERICAN = {
    word: british
    for british, words in pairs("dictionary_en-GB_to_en-US.txt")
    for word in words
}


@each_text
def test_the_spelling_is_british_and_right(path):
    wrong = misspelt(text_of(path))
    assert not wrong, (
        "\n".join(f"{word}: {why}" for word, why in wrong.items())
        + "\n(what is right belongs into tests/words.txt)"
    )


def misspelt(text):
    text = re.sub(
        r"\*[^*\n]+\*(?=,[^\n]*\d{4})", " ", without_code(text)
    )  # the title of a paper is as its authors spelt it
    text = re.sub(
        r"\]\([^)]*\)|\b[a-z]+://\S+|</?[a-z][^>]*>|\$\$.*?\$\$|\$[^$\n]+\$",
        " ",
        text,
        flags=re.DOTALL,
    )
    reasons = {
        word: fault(word)
        for word in re.findall(r"(?<!\w)[A-Za-zÀ-ž]+(?:['’][a-z]+)?(?!\w)", text)
    }
    return {word: why for word, why in reasons.items() if why}


def fault(word):
    plain = re.sub(r"['’]s$", "", word)
    low = plain.lower().replace("’", "'")
    if plain in OWN or low in OWN or len(plain) == 1:
        return None
    if low in AMERICAN:
        return f"American for {AMERICAN[low]}"
    if re.search(r"(?<!s)(?<!pr)(?<!e)i[z](e|es|ed|ing|er|ers|ations?)$", low):
        return "American: -ise"
    if low in MISTAKES:
        return f"did you mean {' or '.join(MISTAKES[low])}?"
    return None if low in ENGLISH or low in BRITISH else "not a word we know"


def without_fences(text):
    return re.sub(r"^```.*?^```", " ", text, flags=re.DOTALL | re.MULTILINE)


def without_code(text):
    return re.sub(r"(`+).*?\1", " ", without_fences(text), flags=re.DOTALL)


@pytest.mark.parametrize(
    "word",
    [
        "color",
        "gray",
        "neighbors",
        "favorite",
        "behavior",
        "generalize",
        "generalizing",
        "normalization",
        "normalized",
        "orthogonalize",
        "center",
        "labeled",
        "recieve",
        "dicsriminator",
        "convoluton",
        "wether",
        "latnet",
    ],
)
def test_the_spelling_test_finds(word):
    assert misspelt(f"A sentence with {word} in it.")
    assert not misspelt(
        f"A sentence with `{word}` as code, and https://arxiv.org/{word} as an address."
    )


def test_the_spelling_test_lets_pass():
    assert not misspelt(
        "The colours and greys of neighbours: Fréchet's distance isn’t normalised. Karras, *Optimizing color*, 2020. A size to seize, a prize."
    )
