"""The site: everything is on it, nothing on it comes from elsewhere, all can read it.

What is gathered for it is tested with `make test`; `make test-all` makes the site and
opens it in Chromium, from the disk and from a server that the test starts.
"""

import base64
import contextlib
import functools
import hashlib
import html.parser
import http.server
import importlib
import json
import os
import pathlib
import pkgutil
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse

import nbformat
import pytest

import gan_lessons

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
DOCS = sorted((ROOT / "docs").glob("*.md"))
FIRST_PAGE = 1_500_000  # bytes with all that it loads
# A page of each kind.
SOME = [
    "index.html",
    f"notebooks/{LESSONS[0].stem}.html",
    "docs/teachers.html",
    "api/gan_lessons.models.html",
]


@pytest.fixture(scope="module")
def modules():
    """The modules `pages` and `slides` of the folder `site`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "site")
        yield importlib.import_module("pages"), importlib.import_module("slides")


@pytest.fixture(scope="module")
def pages(modules):
    return modules[0]


@pytest.fixture(scope="module")
def slides(modules):
    return modules[1]


@pytest.fixture(scope="module")
def gathered(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    pages.gather(folder)
    return folder


def lesson(question="Why?", alt="a < b"):
    """A lesson of one figure."""
    picture = {"image/png": base64.b64encode(b"picture").decode()}
    about = {"image/png": {"alt": alt}}
    output = nbformat.v4.new_output("display_data", picture, metadata=about)
    opening = "# 9 · Late & last\n\n**You need** a | b.\n\n**Time:** an hour."
    cells = [
        nbformat.v4.new_markdown_cell(opening),
        nbformat.v4.new_markdown_cell("## One `step`"),
        nbformat.v4.new_code_cell("1", outputs=[output]),
    ]
    about = {"gan_lessons": {"question": question}}
    return nbformat.v4.new_notebook(cells=cells, metadata=about)


# What is gathered


def test_every_lesson_and_every_page_is_gathered(gathered):
    solutions = sorted((ROOT / "notebooks/solutions").glob("*.ipynb"))
    pages = [*ROOT.glob("[A-Z]*.md"), *ROOT.glob("notebooks/*.md"), *DOCS]
    for path in [*LESSONS, *solutions, *pages]:
        assert (gathered / path.relative_to(ROOT)).exists(), path
    index = (gathered / "index.md").read_text()
    for path in LESSONS:
        about = nbformat.read(path, as_version=4).metadata["gan_lessons"]
        assert f"(notebooks/{path.name})<br>{about['question']}" in index


def test_a_lesson_leads_to_its_solutions(gathered):
    for path in LESSONS:
        cells = nbformat.read(gathered / "notebooks" / path.name, 4).cells
        assert f"(solutions/{path.name})" in cells[-1].source
        assert (gathered / "notebooks/solutions" / path.name).exists()


def test_a_run_stands_in_for_the_stored_outputs(pages, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    nbformat.write(lesson(), run / LESSONS[0].name)
    found = pages.gather(tmp_path / "source", run)
    titles = [pages.title(notebook) for notebook in found.values()]
    assert titles[0] == "9 · Late & last" and len(titles) == len(LESSONS)
    assert titles[1].startswith("2 · ")


def test_no_badge_comes_from_another_host(pages, tmp_path):
    notebook = lesson()
    badge = "[![Open in Colab](https://colab.example/b.svg)](https://colab.example/x)"
    opening = notebook.cells[0]
    opening.source = opening.source.replace("\n", f"\n\n{badge}\n", 1)
    pages.write_notebook(notebook, tmp_path / "9_x.ipynb")
    assert "colab.example" not in (tmp_path / "9_x.ipynb").read_text()
    assert badge in opening.source, "the caller's notebook was changed"


def test_a_mark_is_filled_with_links_that_fit_the_page(pages):
    found = {pathlib.PurePath("notebooks/9_x.ipynb"): lesson()}
    page = pathlib.PurePath("docs/page.md")
    text = pages.fill("before\n<!-- needs -->\n<!-- slides -->\nafter\n", page, found)
    row = "| [9 · Late & last](../notebooks/9_x.ipynb) | a \\| b. | an hour. |\n"
    assert row in text and 'href="../slides/9_x.html"' in text
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "<!--" not in text


def test_the_teachers_page_says_what_every_lesson_needs_and_takes(gathered):
    text = (gathered / "docs/teachers.md").read_text()
    for path in LESSONS:
        row = rf"(?m)^\| \[[^]]+\]\(\.\./notebooks/{path.name}\) \| .+ \| .+ \|$"
        assert re.search(row, text), path.name


def test_the_studio_is_linked_only_if_it_is_there(pages, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    assert pages.link_to_the_studio("", {}) == ""
    studio = tmp_path / "site/studio/dist"
    studio.mkdir(parents=True)
    (studio / "index.html").touch()
    assert 'href="studio/index.html"' in pages.link_to_the_studio("", {})


def test_every_public_module_has_a_page_in_the_order_of_the_package(pages, gathered):
    there = {
        name
        for _, name, _ in pkgutil.iter_modules(gan_lessons.__path__)
        if not name.startswith("_")
    }
    order = pages.modules(ROOT / "gan_lessons")
    assert set(order) == there - {"classroom"} and len(order) == len(set(order))
    assert order[:4] == ["data", "sources", "pictures", "models"]
    assert order.index("cli") < order.index("doctor")
    text = (gathered / "api/index.md").read_text()
    for name in [*order, "classroom.panels"]:
        assert f"\ngan_lessons.{name}\n" in text
        page = gathered / f"api/gan_lessons.{name}.rst"
        assert f".. automodule:: gan_lessons.{name}\n" in page.read_text()


def test_alternative_texts_are_found_by_the_files_checksum(pages, tmp_path):
    nbformat.write(lesson(alt="many faces"), tmp_path / "9_x.ipynb")
    checksum = hashlib.sha256(b"picture").hexdigest()
    assert pages.alternatives(tmp_path) == {checksum: "many faces"}


def test_a_slide_has_the_heading_the_figure_and_its_words(slides, tmp_path):
    path = tmp_path / "slides/9_x.html"
    slides.write_slides(lesson(question="Who & why?"), path)
    page = path.read_text()
    assert page.count("<section>") == 2 and "<p>Who &amp; why?</p>" in page
    assert "<h1>9 · Late &amp; last</h1>" in page
    assert '<h2>One step</h2><img alt="a &lt; b" src="data:image/png;base64,' in page


def test_a_missing_package_is_one_line():
    """As where only `make install` has run."""
    code = (
        "import importlib.util, runpy, sys; find = importlib.util.find_spec; "
        "importlib.util.find_spec = lambda name: None if name == 'sphinx' else "
        "find(name); sys.argv = ['build.py']; sys.path.insert(0, 'site'); "
        "runpy.run_path('site/build.py', run_name='__main__')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "sphinx is not there: pip install -e '.[site]', or make site\n"
    )


# What Sphinx makes of it


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The whole site. That it is made says that Sphinx has found nothing wrong."""
    pytest.importorskip("sphinx", reason="needs the extra `site`")
    # For a look at a site that is there already.
    if os.environ.get("GAN_LESSONS_SITE"):
        return pathlib.Path(os.environ["GAN_LESSONS_SITE"])
    out = tmp_path_factory.mktemp("build") / "site"
    command = [sys.executable, ROOT / "site/build.py", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith(f"open {out / 'index.html'}\n")
    return out


class Page(html.parser.HTMLParser):
    """What a page loads, links to and can be linked at."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.names, self.pictures = [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.names |= {attributes.get("id"), attributes.get("name")}
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        loaded = attributes.get("href") if tag == "link" else attributes.get("src")
        if loaded and attributes.get("rel") not in ("next", "prev", "search", "index"):
            self.loads.append(loaded)
        if tag == "img":
            self.pictures.append(attributes)


read_page = functools.cache(Page)


def own_pages(site):
    """All pages but the studio's and the theme's templates."""
    others = {site / "studio", site / "_static"}
    return [path for path in site.rglob("*.html") if not others & {*path.parents}]


def file_of(address, page):
    """The file that a page's address leads to."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
    return (page.parent / path).resolve() if path else page


@pytest.mark.slow
def test_every_page_is_made(site):
    paths = [*LESSONS, *DOCS, ROOT / "notebooks/words.md", ROOT / "README.md"]
    for path in paths:
        assert (site / path.relative_to(ROOT)).with_suffix(".html").exists(), path
        assert (path.suffix == ".md") or (site / f"slides/{path.stem}.html").exists()
    models = (site / "api/gan_lessons.models.html").read_text()
    assert "Args" not in models, "napoleon has not read the docstrings"
    for text in ("count_stages", "How often an image can be halved", "4 × 4 pixels"):
        assert text in models
    assert (site / "search.html").exists()
    assert "softplus" in (site / "searchindex.js").read_text()


@pytest.mark.slow
def test_nothing_is_loaded_from_another_host(site):
    for path in own_pages(site):
        for address in read_page(path).loads:
            scheme = urllib.parse.urlsplit(address).scheme
            assert scheme in ("", "data") and not address.startswith("//"), (
                f"{path.relative_to(site)}: {address}"
            )
            assert scheme == "data" or file_of(address, path).exists(), address
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        foreign = re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\"']*", text)
        assert not foreign, f"{path.relative_to(site)}: {foreign}"


@pytest.mark.slow
def test_every_link_within_the_site_leads_somewhere(site):
    for path in own_pages(site):
        for address in read_page(path).links:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme:
                continue
            target = file_of(address, path)
            where = f"{path.relative_to(site)}: {address}"
            assert target.is_file(), where
            if parts.fragment and target.suffix == ".html":
                anchor = urllib.parse.unquote(parts.fragment)
                assert anchor in read_page(target).names, where


@pytest.mark.slow
def test_every_figure_says_what_it_shows(site):
    for path in own_pages(site):
        for picture in read_page(path).pictures:
            assert picture.get("alt"), f"{path.relative_to(site)}: {picture['src']}"
    for path in LESSONS:
        shown = read_page(site / f"notebooks/{path.stem}.html").pictures
        texts = {picture["alt"] for picture in shown}
        for cell in json.loads(path.read_text())["cells"]:
            for output in cell.get("outputs", []):
                for about in output.get("metadata", {}).values():
                    assert about.get("alt", "") in texts | {""}


@pytest.mark.slow
def test_a_page_is_edited_and_opened_in_colab_once_there_is_an_address(tmp_path):
    pytest.importorskip("sphinx", reason="needs the extra `site`")
    address = "github.com/someone/a-course"
    urls = f'[project.urls]\nRepository = "https://{address}"\n'
    (tmp_path / "pyproject.toml").write_text(urls)
    studio = shutil.ignore_patterns("studio", "__pycache__")
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=studio)
    for folder in ("notebooks", "source/notebooks"):
        (tmp_path / folder).mkdir(parents=True)
        nbformat.write(lesson(), tmp_path / folder / "9_x.ipynb")
    listed = "# Index\n\n```{toctree}\nnotebooks/9_x\n```\n"
    (tmp_path / "source/index.md").write_text(listed)
    command = ["-m", "sphinx", "--quiet", "--conf-dir", "site", "source", "out"]
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)
    page = (tmp_path / "out/notebooks/9_x.html").read_text()
    assert f'href="https://{address}/edit/main/notebooks/9_x.ipynb"' in page
    assert f"colab.research.google.com/{address.replace('.com', '')}/blob/main/" in page
    assert (
        f"https://{address}/edit/main/site/index.md"
        in (tmp_path / "out/index.html").read_text()
    )
    assert "/edit/" not in (tmp_path / "out/genindex.html").read_text()


# Read in a browser


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def opened(browser, **options):
    """A page with an empty cache, which notes what it loads and what goes wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    page = context.new_page()
    page.loaded, page.errors = [], []
    page.on("response", lambda response: page.loaded.append(response))
    page.on("pageerror", lambda error: page.errors.append(error))
    yield page
    context.close()


@pytest.fixture
def page(browser):
    with opened(browser) as page:
        yield page


@pytest.mark.slow
def test_the_first_page_is_light(site, page):
    with served(site) as address:
        page.goto(f"{address}/index.html", wait_until="networkidle")
        assert all(each.url.startswith(address) for each in page.loaded)
        sizes = {each.url: len(each.body()) for each in page.loaded if each.ok}
    assert 100_000 < sum(sizes.values()) < FIRST_PAGE, sizes
    assert not page.errors


@pytest.mark.slow
def test_the_search_works_from_the_disk(site, page):
    page.goto(f"{(site / 'search.html').as_uri()}?q=softplus")
    page.locator("#search-results li a").first.wait_for()
    links = page.locator("#search-results li a")
    found = links.evaluate_all("links => links.map(link => link.href)")
    for address in found:
        text = file_of(address, site).read_text(encoding="utf-8")
        assert "softplus" in text.lower(), address


@pytest.mark.slow
def test_formulas_are_set_from_the_disk(site, page):
    with_formulas = next(
        path
        for path in sorted((site / "notebooks").glob("*.html"))
        if 'class="math ' in path.read_text()
    )
    page.goto(with_formulas.as_uri())
    page.locator(".math .MathJax, .math .MathJax_SVG").first.wait_for(timeout=60_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_use_a_page(site, page, grave_faults, name, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto((site / name).as_uri())
    theme = page.evaluate("document.documentElement.dataset.theme")
    assert theme == scheme
    assert grave_faults(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_a_page_fits_a_telephone(site, page, name):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto((site / name).as_uri())
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
