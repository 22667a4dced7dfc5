"""The picture of the studio in the README: a face that is edited.

make studio
.venv/bin/python site/studio/picture.py

It needs Chromium, and writes docs/studio.png with its provenance.
"""

import functools
import http.server
import io
import pathlib
import shutil
import threading

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from gan_lessons import pretrained
from gan_lessons.export import provenance, save_png

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEVELS = 24
SIZE = {"width": 1080, "height": 740}
SEED, FACE, STEPS = 0, 3, {"age": 3}  # what is edited, and how far


def main():
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler,
        directory=str(ROOT / "site/studio/dist"),
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"http://127.0.0.1:{server.server_port}/?backend=wasm")
        page.locator("html[data-state=ready]").wait_for(state="attached")
        picture = edit(page)
        browser.close()
    name = "faces64"
    about = provenance(pretrained.load(name).generator, name)
    save_png(ROOT / "docs/studio.png", picture, about)


def edit(page):
    """Edit a face; the page as uint8 (height, width, 3)."""
    page.locator("#seed").fill(str(SEED))
    page.locator("#seed").press("Enter")
    page.locator(f'.face[aria-label="face 16 of seed {SEED}"]').wait_for()
    page.locator("#tab-edit").click()
    page.locator("#wall .face").nth(FACE).click()
    for name, step in STEPS.items():
        page.locator("#edit").get_by_label(name, exact=True).fill(str(step))
    page.locator("#edit").get_by_text("What the scorer guesses").wait_for()
    page.evaluate("scrollTo(0, 0)")
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    # Few levels of each colour make a small file.
    return (np.round(shot / 255 * LEVELS) * (255 / LEVELS)).astype("uint8")


if __name__ == "__main__":
    main()
