"""The panels as a learner meets them: a lesson is run in Chromium, a control is moved.

In JupyterLab with ipywidgets 8, and in the classic notebook with ipywidgets 7 and what
else Colab has, if `make test-colab` has made its environment. Needs Chromium from the
system; part of `make test-all`.
"""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What TensorFlow writes on stderr, at whatever log level, when XLA first compiles.
XLA = re.compile(r"(WARNING: All log .* absl.*\s+)?.*Compiled cluster using XLA!.*\s*")
LESSONS = [
    path
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    if "(a panel of " in path.read_text()
]


class Lab:
    """JupyterLab: how it is started, and where its pages have what."""

    python = pathlib.Path(sys.executable)
    command = ("jupyterlab", "--ServerApp.port_retries=0", "--ServerApp.root_dir={}")
    settings = {
        # No question, no network.
        "apputils-extension/notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        # Cells out of sight are drawn as well.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    prompt, panel = ".jp-InputPrompt", ".jp-OutputArea .widget-box"
    noise = "[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']"
    slider = ".noUi-handle"
    is_highest = "slider => slider.ariaValueNow * 1 >= slider.ariaValueMax * 1"

    @staticmethod
    def run_all(page, address, path, token):
        # A workspace of its own: no tabs of earlier lessons.
        place = f"lab/workspaces/{path.stem}/tree/{path.name}"
        page.goto(f"{address}/{place}?token={token}")
        page.get_by_text(re.compile(r"Python 3.*\| Idle")).first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


class Classic:
    """The same for the classic notebook on the versions that Colab has."""

    python = ROOT / ".venv-colab/bin/python"
    command = ("notebook", "--NotebookApp.port_retries=0", "--notebook-dir={}")
    settings: dict = {}
    prompt, panel = ".input_prompt", ".output_area .widget-box"
    noise = ".output_stderr, .output_error"
    slider = ".ui-slider-handle"
    is_highest = "slider => slider.style.left === '100%'"

    @staticmethod
    def run_all(page, address, path, token):
        page.goto(f"{address}/notebooks/{path.name}?token={token}")
        page.locator(".kernel_idle_icon").wait_for()
        page.locator("#celllink").click()
        page.locator("#run_all_cells").click()


@pytest.fixture(scope="module", params=[Lab, Classic])
def server(request, tmp_path_factory):
    """A Jupyter server on a free port, with nothing of the user's.

    What it is, its address, its token and the folder it serves.
    """
    jupyter = request.param
    if not jupyter.python.exists():
        pytest.skip(f"no {jupyter.python.parent.parent.name}: make test-colab")
    home = tmp_path_factory.mktemp("jupyter")
    for name, settings in jupyter.settings.items():
        path = home / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    (home / "lessons").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "GAN_LESSONS_RUNS": "runs",
    }
    environment = os.environ | {name: str(home / folders[name]) for name in folders}
    environment |= {"GAN_LESSONS_PACE": "test", "JUPYTER_TOKEN": token}
    environment |= {"PYTHONPATH": str(ROOT)}  # this checkout, whatever is installed
    # Where ipykernel finds this, it leaves out what TensorFlow writes on stderr.
    environment.pop("PYTEST_CURRENT_TEST")
    module, *options = jupyter.command
    options = [option.format(home / "lessons") for option in options]
    options += ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    with open(home / "log", "w") as log:
        process = subprocess.Popen(
            [jupyter.python, "-m", module, *options],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status?token={token}", process, home / "log")
        yield jupyter, address, token, home / "lessons"
    finally:
        process.terminate()  # and with it its kernels
        process.wait(60)


def wait_for(url, process, log, seconds=120):
    for _ in range(4 * seconds):
        assert process.poll() is None, f"Jupyter ended:\n{log.read_text()}"
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            return call(url)
        time.sleep(0.25)
    raise TimeoutError(log.read_text())


def call(url, method="GET"):
    request = urllib.request.Request(url, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


@pytest.fixture
def page(browser, server, request):
    """A copy of the lesson, opened in Jupyter, all its cells run."""
    jupyter, address, token, folder = server
    path = pathlib.Path(shutil.copy(request.param, folder))
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.set_default_timeout(60_000)
    jupyter.run_all(page, address, path, token)
    page.locator("img.widget-image").first.wait_for(timeout=600_000)
    page.wait_for_function(
        """selector => ![...document.querySelectorAll(selector)].some(
            prompt => prompt.textContent.includes('*'))""",
        arg=jupyter.prompt,
        timeout=600_000,
    )
    yield page
    page.close()
    for session in call(f"{address}/api/sessions?token={token}"):
        # And its kernel, with TensorFlow in it.
        call(f"{address}/api/sessions/{session['id']}?token={token}", "DELETE")


PIXELS = """img => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    canvas.getContext("2d").drawImage(img, 0, 0);
    return canvas.toDataURL();
}"""


def press(page, picture, act):
    """Do `act`, and wait until the picture is another one."""
    image, loaded = picture.element_handle(), "img.complete && img.naturalWidth > 0"
    page.wait_for_function(f"img => {loaded}", arg=image)
    before = image.evaluate(PIXELS)
    act()
    changed = f"([img, before]) => {loaded} && ({PIXELS})(img) !== before"
    page.wait_for_function(changed, arg=[image, before])


@pytest.mark.parametrize("page", LESSONS, ids=lambda path: path.stem, indirect=True)
def test_a_learner_touches_every_control(page, server):
    jupyter = server[0]
    for output in page.locator(jupyter.noise).all():
        assert not XLA.sub("", output.inner_text()).strip()
    panel = page.locator(jupyter.panel, has=page.locator("img.widget-image")).first
    panel.scroll_into_view_if_needed()
    picture = panel.locator("img.widget-image")
    words = panel.locator(".widget-html-content").last
    sliders = panel.locator(jupyter.slider)
    for menu in panel.locator(".widget-dropdown").all():
        # How many turns a button takes: nothing to see yet.
        if not menu.inner_text().startswith("times"):
            select = menu.locator("select").select_option
            press(page, picture, lambda select=select: select(index=1))
    for slider in sliders.all():
        key = "ArrowLeft" if slider.evaluate(jupyter.is_highest) else "ArrowRight"
        slider.focus()
        press(page, picture, lambda key=key: page.keyboard.press(key))
    names = set(panel.get_by_role("button").all_inner_texts())
    for name in sorted(names - {"reset", "all to 0"}):
        text = words.inner_text()
        press(page, picture, panel.get_by_role("button", name=name).click)
        # The words come after the picture.
        page.wait_for_function(
            "([words, text]) => words.innerText !== text",
            arg=[words.element_handle(), text],
        )
    assert sliders.count() or "D has taken 2 turns, G 2." in words.inner_text()
