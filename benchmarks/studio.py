"""How fast the face studio is in Chromium on one core, in WebAssembly.

make studio
.venv/bin/python benchmarks/studio.py

It prints the seconds from the request of the page to the first face, from a server on
this machine and with an empty cache, and the faces painted a second.
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

DIST = pathlib.Path(__file__).resolve().parent.parent / "site/studio/dist"
TIMES, SEEDS = 5, 10
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    with contextlib.suppress(AttributeError):  # only Linux pins
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    handler = functools.partial(Quiet, directory=os.fspath(DIST))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/?backend=wasm"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=OPTIONS
        )
        firsts, rates = zip(*(measure(browser, address) for _ in range(TIMES)))
        browser.close()
    print(f"medians of {TIMES}; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"first face after {statistics.median(firsts):.2f} s")
    print(f"{statistics.median(rates):.0f} faces a second")


def measure(browser, address):
    """Seconds to the first face, and faces a second, of a page without a cache."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    page.locator("html[data-state=ready]").wait_for(state="attached")
    first = page.evaluate("performance.getEntriesByName('first face')[0].startTime")
    start = page.evaluate("performance.now()")
    for seed in range(1, 1 + SEEDS):
        page.locator("#seed").fill(str(seed))
        page.locator("#seed").press("Enter")
        last = f'#wall .grid .face[aria-label="face 16 of seed {seed}"]'
        page.locator(last).wait_for()
    seconds = (page.evaluate("performance.now()") - start) / 1000
    context.close()
    return first / 1000, 16 * SEEDS / seconds


if __name__ == "__main__":
    main()
