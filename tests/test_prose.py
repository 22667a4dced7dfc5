"""The lessons' rhythm, the titles of their figures, all links and all spelling.

Nothing here needs the network.
"""

import ast
import functools
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
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
NOTEBOOKS = LESSONS + sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        ".github/**/*.md",
        "docs/**/*.md",
        "notebooks/*.md",
        "site/*.md",
    )
    for path in ROOT.glob(pattern)
)
QUIZZES = sorted((ROOT / "gan_lessons/classroom/quizzes").glob("*.json"))
HOSTS = {
    "colab.research.google.com",
    "mybinder.org",
    "susanqq.github.io",
    "arxiv.org",
    "github.com",
    "distill.pub",
    "nimfa.biolab.si",
}

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
each_text = pytest.mark.parametrize(
    "path", PAGES + NOTEBOOKS + QUIZZES, ids=lambda path: str(path.relative_to(ROOT))
)


@functools.cache
def notebook(path):
    return json.loads(path.read_text(encoding="utf-8"))


def cells(path, kind):
    return [
        {**cell, "source": "".join(cell["source"])}
        for cell in notebook(path)["cells"]
        if cell["cell_type"] == kind
    ]


def pictures(cell):
    kinds = {"image/png", "image/jpeg"}
    return [each for each in cell["outputs"] if kinds & set(each.get("data", {}))]


def alternative(picture):
    about = picture["metadata"]
    kind = "image/png" if "image/png" in about else "image/jpeg"
    return about.get(kind, {}).get("alt", "")


@functools.cache
def text_of(path):
    """What there is to read on a page, in a quiz or in a notebook with its figures."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    parts = []
    if path.suffix == ".json":
        for item in json.loads(path.read_text(encoding="utf-8")):
            parts.append(item["question"])
            for option in item["options"]:
                parts += [option["text"], option["why"]]
    else:
        parts += [cell["source"] for cell in cells(path, "markdown")]
        for cell in cells(path, "code"):
            parts += [alternative(picture) for picture in pictures(cell)]
    return "\n\n".join(parts)


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
    for cell in code:
        most = 40 if cell["source"].startswith("class ") else 25
        assert lines(cell) <= most, f"too many lines in cell {cell['id']}"


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
        shown = [alternative(picture) for picture in pictures(cell)]
        if shown:
            titled = any(has_title(call) for call in calls(cell["source"]))
            assert titled, f"no title in cell {cell['id']}"
        wordy = [text for text in shown if len(text.split()) >= 3]
        assert wordy == shown, f"no alternative text in cell {cell['id']}: make outputs"


def calls(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def has_title(call):
    """Whether a title is given: by name, as a sentence, or as a default of ours."""
    if any(keyword.arg == "title" for keyword in call.keywords):
        return True
    constants = [part.value for part in call.args if isinstance(part, ast.Constant)]
    if any(len(str(value).split()) >= 3 for value in constants):
        return True
    name = getattr(call.func, "attr", "")
    function = getattr(plots, name, getattr(panels, name, None))
    if not inspect.isfunction(function):
        return False
    parameter = inspect.signature(function).parameters.get("title")
    return parameter is not None and isinstance(parameter.default, str)


# Links


@each_text
def test_every_link_within_the_course_leads_somewhere(path):
    for target in links(path):
        if not urllib.parse.urlsplit(target).scheme:
            file, _, anchor = target.partition("#")
            file, anchor = urllib.parse.unquote(file), urllib.parse.unquote(anchor)
            place = (path.parent / file).resolve() if file else path
            assert place.exists(), f"{target}: there is no such file"
            found = not anchor or anchor in anchors(place)
            assert found, f"{target}: there is no such heading"


@each_text
def test_every_link_to_elsewhere_is_https_and_to_a_host_we_know(path):
    text = without_code(text_of(path))
    for address in re.findall(r"\b[a-z]+://[^\s<>)\]\"]+|\bwww\.\S+", text):
        parts = urllib.parse.urlsplit(address)
        assert parts.scheme == "https" and parts.hostname, address
        known = parts.hostname in HOSTS
        assert known, f"{address}: if it is right, add the host to HOSTS"
        assert not re.search(r"[.,;:!?'*_]$", address), f"{address}: set it in <…>"
        if parts.hostname == "arxiv.org":
            assert re.fullmatch(r"/abs/\d{4}\.\d{4,5}", parts.path), address


def links(path):
    text = without_code(text_of(path))
    in_markdown = re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", text)
    return in_markdown + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)


def anchors(path):
    """The names of a page's headings: as GitHub makes them, and as Jupyter does."""
    headings = re.findall(r"^#+ +(.+?) *$", without_fences(text_of(path)), re.MULTILINE)
    plain = [re.sub(r"[`*]", "", heading) for heading in headings]
    as_on_github = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in plain]
    return {heading.replace(" ", "-") for heading in [*plain, *as_on_github]}


# Spelling: pyspellchecker knows the words of English; codespell knows the common
# mistakes, and which spelling of a word is British.

ENGLISH = spellchecker.SpellChecker()
OWN = set(re.sub("#.*", "", (ROOT / "tests/words.txt").read_text()).split())


def replacements(name):
    """One of codespell's dictionaries: a word, and what to write in its place."""
    path = importlib.resources.files("codespell_lib") / "data" / name
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("->") for line in lines]
    return {word: right.strip(", ").split(", ") for word, right in pairs}


MISTAKES = replacements("dictionary.txt")
BRITISH = replacements("dictionary_en-GB_to_en-US.txt")
AMERICAN = {word: british for british, words in BRITISH.items() for word in words}


@each_text
def test_the_spelling_is_british_and_right(path):
    wrong = misspelt(text_of(path))
    faults = "\n".join(f"{word}: {why}" for word, why in wrong.items())
    assert not wrong, f"{faults}\n(what is right belongs into tests/words.txt)"


PAPER = r"\*[^*\n]+\*(?=,[^\n]*\d{4})"  # its title is as its authors spelt it
LINK = r"\]\([^)]*\)|\b[a-z]+://\S+"
TAG = r"</?[a-z][^>]*>"
FORMULA = r"\$\$.*?\$\$|\$[^$\n]+\$"
WORD = r"(?<!\w)[A-Za-zÀ-ž]+(?:['’][a-z]+)?(?!\w)"


def misspelt(text):
    text = re.sub(PAPER, " ", without_code(text))
    text = re.sub(f"{LINK}|{TAG}|{FORMULA}", " ", text, flags=re.DOTALL)
    reasons = {word: fault(word) for word in set(re.findall(WORD, text))}
    return {word: why for word, why in sorted(reasons.items()) if why}


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
    address = f"https://arxiv.org/{word}"
    assert not misspelt(f"A sentence with `{word}` as code, and {address} as a link.")


def test_the_spelling_test_lets_pass():
    assert not misspelt(
        "The colours and greys of neighbours: Fréchet's distance isn’t normalised. "
        "Karras, *Optimizing color*, 2020. A size to seize, a prize."
    )
