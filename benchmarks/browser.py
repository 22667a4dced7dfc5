"""How soon the site and the studio are there in Chromium, on one core.

make site
.venv/bin/python benchmarks/browser.py

It prints the seconds from the request to the site's first page and to the studio's
first face, from a server on this machine and with an empty cache, and the faces that
WebAssembly paints a second.
"""

import contextlib
import functools
import http.server
import os
import pathlib
import shutil
import statistics
import threading

from playwright.sync_api import sync_playwright

SITE = pathlib.Path(__file__).resolve().parent.parent / "build/site"
TIMES, SEEDS = 5, 10
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    with contextlib.suppress(AttributeError):  # only Linux pins
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    handler = functools.partial(Quiet, directory=os.fspath(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=OPTIONS
        )
        rows = [
            (draw(browser, address), *paint(browser, address)) for _ in range(TIMES)
        ]
        browser.close()
    drawn, first, rate = map(statistics.median, zip(*rows))
    print(f"medians of {TIMES}; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"the site's first page is drawn after {drawn:.2f} s")
    print(f"the studio's first face is there after {first:.2f} s")
    print(f"the studio paints {rate:.0f} faces a second")


def draw(browser, address):
    """Seconds until something of the site's first page is to be seen."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/index.html", wait_until="networkidle")
        paint = "performance.getEntriesByName('first-contentful-paint')[0]"
        return page.evaluate(f"{paint}.startTime") / 1000


def paint(browser, address):
    """Seconds to the studio's first face, and faces a second."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{address}/studio/?backend=wasm")
        page.locator("html[data-state=ready]").wait_for(state="attached")
        first = page.evaluate("performance.getEntriesByName('first face')[0].startTime")
        start = page.evaluate("performance.now()")
        for seed in range(1, 1 + SEEDS):
            page.locator("#seed").fill(str(seed))
            page.locator("#seed").press("Enter")
            last = f'#wall .grid .face[aria-label="face 16 of seed {seed}"]'
            page.locator(last).wait_for()
        seconds = (page.evaluate("performance.now()") - start) / 1000
        return first / 1000, 16 * SEEDS / seconds


if __name__ == "__main__":
    main()
