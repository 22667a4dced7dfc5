"""What all tests share. TensorFlow is imported by those who run tests only.

The process that hands the tests out to others would wait for it in vain.
"""

import functools
import shutil

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_pycollect_makemodule():
    """Before the first module of tests is read."""
    prepare_tensorflow()


@functools.cache
def prepare_tensorflow():
    import gan_lessons  # noqa: F401  first: it quiets TensorFlow

    # isort: split
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


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


@pytest.fixture(scope="module")
def browser():
    """Chromium from the system, driven by Playwright of the extra `browser`."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: pip install -e '.[browser]'"
    )
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        pytest.skip("no Chromium: apt install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
