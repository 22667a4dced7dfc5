"""The panels in JupyterLab, as a learner meets them: a lesson is opened in Chromium, all its cells are run, a control is moved.

Needs Chromium from the system and the extra `browser` (Playwright); part of `make test-all`.
"""

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

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
SETTINGS = {
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },  # no question, no network
    "notebook-extension/tracker": {
        "windowingMode": "none"
    },  # cells out of sight are drawn as well
}
LESSONS = [
    path
    for path in sorted(NOTEBOOKS.glob("0*.ipynb"))
    if "(a panel of " in path.read_text()
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a free port, with nothing of the user's: its address, and the folder it serves."""
    home = tmp_path_factory.mktemp("lab")
    for name, settings in SETTINGS.items():
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
    environment = (
        os.environ
        | {name: str(home / folder) for name, folder in folders.items()}
        | {"GAN_LESSONS_PACE": "test", "JUPYTER_TOKEN": token}
    )
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={home / 'lessons'}",
    ]
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status?token={token}", server, home / "log")
        yield address, token, home / "lessons"
    finally:
        server.terminate()  # and with it its kernels
        server.wait(60)


def wait_for(url, server, log, seconds=120):
    for _ in range(4 * seconds):
        assert server.poll() is None, f"JupyterLab ended:\n{log.read_text()}"
        try:
            return call(url)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    raise TimeoutError(log.read_text())


def call(url, method="GET"):
    with urllib.request.urlopen(
        urllib.request.Request(url, method=method), timeout=30
    ) as answer:
        return json.loads(answer.read() or "null")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: pip install -e '.[browser]'"
    )
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, lab, request):
    """A copy of the lesson, opened in JupyterLab, all its cells run."""
    address, token, folder = lab
    name = pathlib.Path(shutil.copy(request.param, folder)).name
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(
        f"{address}/lab/workspaces/{request.param.stem}/tree/{name}?token={token}"
    )  # a workspace of its own: no tabs of earlier lessons
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator("img.widget-image").first.wait_for(timeout=300_000)
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.textContent.includes('*'))",
        timeout=300_000,
    )
    yield page
    page.close()
    for session in call(f"{address}/api/sessions?token={token}"):
        call(
            f"{address}/api/sessions/{session['id']}?token={token}", "DELETE"
        )  # and its kernel, with TensorFlow in it


SEEN = """img => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    canvas.getContext("2d").drawImage(img, 0, 0);
    return canvas.toDataURL();
}"""


def press(page, picture, act):
    """Do `act`, and wait until the picture is another one."""
    image, loaded = picture.element_handle(), "img.complete && img.naturalWidth > 0"
    page.wait_for_function(f"img => {loaded}", arg=image)
    before = image.evaluate(SEEN)
    act()
    page.wait_for_function(
        f"([img, before]) => {loaded} && ({SEEN})(img) !== before", arg=[image, before]
    )


@pytest.mark.parametrize("page", LESSONS, ids=lambda path: path.stem, indirect=True)
def test_a_learner_touches_every_control(page):
    for kind in ("stderr", "error"):
        assert not page.locator(
            f"[data-mime-type='application/vnd.jupyter.{kind}']"
        ).count(), kind
    panel = page.locator(
        ".jp-OutputArea .widget-box", has=page.locator("img.widget-image")
    ).first
    panel.scroll_into_view_if_needed()
    picture, words, sliders = (
        panel.locator("img.widget-image"),
        panel.locator(".widget-html-content").last,
        panel.locator(".noUi-handle"),
    )
    for menu in panel.locator(".widget-dropdown").all():
        if not menu.inner_text().startswith(
            "times"
        ):  # how many turns a button takes: nothing to see yet
            press(page, picture, lambda: menu.locator("select").select_option(index=1))
    for slider in sliders.all():
        stands, highest = (
            float(slider.get_attribute(f"aria-value{which}"))
            for which in ("now", "max")
        )
        slider.focus()
        press(
            page,
            picture,
            lambda: page.keyboard.press(
                "ArrowLeft" if stands >= highest else "ArrowRight"
            ),
        )
    for name in [
        name
        for name in panel.get_by_role("button").all_inner_texts()
        if name not in ("reset", "all to 0")
    ]:
        said = words.inner_text()
        press(page, picture, panel.get_by_role("button", name=name).click)
        page.wait_for_function(
            "([words, said]) => words.innerText !== said",
            arg=[words.element_handle(), said],
        )  # they come after the picture
    assert sliders.count() or "D has taken 2 turns, G 2." in words.inner_text()
