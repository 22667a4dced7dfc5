"""What all tests share. TensorFlow is imported by those who run tests only.

The process that hands the tests out to others would wait for it in vain.
"""

import functools
import itertools
import pathlib
import shutil
import subprocess

import pytest

STUDIO = pathlib.Path(__file__).resolve().parent.parent / "site/studio"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser):
    parser.addoption(
        "--draw", type=int, default=0, help="other random cases for the exercise checks"
    )


def pytest_pycollect_makemodule():
    """Before the first module of tests is read."""
    prepare_tensorflow()


@functools.cache
def prepare_tensorflow():
    import gan_lessons  # noqa: F401  first: it quiets TensorFlow

    # isort: split
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


@pytest.fixture(autouse=True)
def drawn_cases(request, monkeypatch):
    """The checks draw new cases each time; a test gets the same ones in every run.

    So what fails once fails again. `--draw N` tries others.
    """
    if not request.module.__name__.startswith("test_checks"):
        return
    import keras
    import numpy as np

    draw, default_rng = request.config.getoption("--draw"), np.random.default_rng
    seeds = itertools.count(1000 * draw)
    monkeypatch.setattr(
        np.random,
        "default_rng",
        lambda seed=None: default_rng(next(seeds) if seed is None else seed),
    )
    keras.utils.set_random_seed(draw)


@pytest.fixture(params=["GAN", "DiffAugmentGAN"])
def kind(request):
    from gan_lessons import gan

    return getattr(gan, request.param)


@pytest.fixture(scope="session")
def faces():
    from gan_lessons.data import load_faces

    return load_faces("orl", 16)


@pytest.fixture
def photos(faces):
    return faces.dataset(32)


@pytest.fixture(scope="session")
def chromium():
    """The path of the system's Chromium."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium: apt install chromium")
    return found


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium, driven by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            timeout=120_000,
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node_modules():
    """What the studio is built and tested with, installed as `make studio` does it."""
    npm, lock = shutil.which("npm"), STUDIO / "package-lock.json"
    if npm is None:
        pytest.skip("no npm: apt install nodejs npm")
    folder = STUDIO / "node_modules"
    done = folder / ".package-lock.json"  # npm writes it at the end
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return folder
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
    try:
        command = [npm, "ci", *options]
        subprocess.run(command, cwd=STUDIO, check=True, timeout=120)
    except subprocess.SubprocessError as error:
        pytest.skip(f"npm could not install the studio's packages: {error}")
    done.touch()
    return folder


@pytest.fixture(scope="session")
def grave_faults(node_modules):
    """A function that lists what axe-core finds grave in a page of Playwright's."""
    source = (node_modules / "axe-core/axe.min.js").read_text(encoding="utf-8")

    def find(page):
        page.evaluate(source)
        return [
            f"{fault['id']}: {node['html'][:200]}"
            for fault in page.evaluate("axe.run()")["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    return find
