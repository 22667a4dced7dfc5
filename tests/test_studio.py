"""The face studio: what it computes is the course's, and nothing leaves the browser.

What needs no page is tested in Node. The page is built anew, as by `make studio`, and
driven in Chromium, from a server that writes down every request.
"""

import base64
import concurrent.futures
import functools
import http.server
import io
import json
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest
from PIL import Image

from gan_lessons import pretrained
from gan_lessons.attributes import predict_attributes
from gan_lessons.export import provenance, save_onnx
from gan_lessons.growing import grow_discriminator, grow_generator
from gan_lessons.latent import arithmetic, edit, slerp
from gan_lessons.models import build_generator, generate, sample_latents

ROOT = pathlib.Path(__file__).resolve().parent.parent
STUDIO = ROOT / "site/studio"
NODE = shutil.which("node")
SOURCES = [
    path
    for path in sorted(STUDIO.rglob("*"))
    if path.suffix in {".js", ".mjs", ".html", ".css", ".py"}
    and not {"node_modules", "dist"} & set(path.relative_to(STUDIO).parts)
]
VIEWS = sorted(path.stem for path in (STUDIO / "src/views").glob("*.js"))
slow = pytest.mark.slow
needs_node = pytest.mark.skipif(NODE is None, reason="no Node: apt install nodejs")


# Without a page


@needs_node
def test_what_is_computed_in_javascript():
    """Interpolation, the PNG's chunks, the game's gradients against differences."""
    tests = sorted(map(str, STUDIO.glob("tests/*.test.js")))
    assert len(tests) >= 5
    done = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


@needs_node
@pytest.mark.parametrize("seed", [0, 1, 7, 999_999_999])
def test_a_seed_gives_the_latents_of_the_course(seed):
    module = json.dumps((STUDIO / "src/random.js").as_uri())
    code = f"""
        import {{ sampleLatents }} from {module};
        const latents = sampleLatents(64, 128, {seed});
        console.log(JSON.stringify(latents.map((latent) => [...latent])));
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert np.array_equal(
        np.array(json.loads(done.stdout), "float32"), sample_latents(64, 128, seed)
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_sources_are_ours_and_ask_no_other_host(path):
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 88
    assert not re.search(r"(src|href)=.?https?:|fetch\(.?https?:|innerHTML", text)


def test_versions_are_pinned():
    package = json.loads((STUDIO / "package.json").read_text())
    for kind in ("dependencies", "devDependencies"):
        for name, version in package[kind].items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
    lock = json.loads((STUDIO / "package-lock.json").read_text())["packages"]
    assert lock[""]["dependencies"] == package["dependencies"]
    assert all("integrity" in about for path, about in lock.items() if path)
    # Without an address of each package, any registry will do.
    assert not any("resolved" in about for about in lock.values())


# The page


class Server:
    """A folder on a web server, below a path of its own; it writes down what is asked.

    Args:
        folder: to serve.
    """

    def __init__(self, folder):
        asked = self.asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                if not self.path.startswith("/some/where/"):
                    return self.send_error(404)
                self.path = self.path.removeprefix("/some/where")
                return super().do_GET()

            do_HEAD = do_POST = do_GET

            def log_message(self, *arguments):
                pass

        handler = functools.partial(Handler, directory=os.fspath(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/some/where/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def dist(node_modules, tmp_path_factory):
    """The built page; its directions are measured on a few faces only."""
    folder = tmp_path_factory.mktemp("studio")
    models, out = folder / "models", folder / "dist"
    write_models = [sys.executable, STUDIO / "models.py", models, "--faces", "8"]
    bundle = [NODE, STUDIO / "build.mjs", "--models", models, "--out", out]
    for command in (write_models, bundle):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def server(browser, dist):
    server = Server(dist)
    yield server
    server.close()


def open_page(browser, address, state="ready", **options):
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(address)
    # Not wait_for_function: the page allows no eval.
    page.locator(f"html[data-state={state}]").wait_for(state="attached")
    return page


@pytest.fixture(scope="module")
def one_page(browser, server):
    page = open_page(browser, server.address)
    yield page
    page.context.close()


@pytest.fixture
def page(one_page):
    """The page as it was after loading, but for kept faces."""
    show(one_page, "paint")
    set_seed(one_page, 0)
    one_page.locator("#wall .grid .face").first.click()
    yield one_page
    assert one_page.faults == []


def show(page, view):
    page.locator(f"#tab-{view}").click()
    page.locator(f"#{view}").wait_for()
    return page.locator(f"#{view}")


def set_seed(page, seed):
    page.locator("#seed").fill(str(seed))
    page.locator("#seed").press("Enter")
    grid = page.locator("#wall .grid").first
    until(lambda: grid.get_attribute("aria-busy") is None)
    until(lambda: f"of seed {seed}" in labels(grid)[-1])


def labels(grid):
    return grid.locator("button").evaluate_all("all => all.map(each => each.ariaLabel)")


def face(page, k):
    return page.locator("#wall .grid").first.locator(".face").nth(k)


def until(holds, seconds=60):
    """Wait for something that a locator cannot wait for."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def pixels(canvas):
    """The pixels of a canvas, uint8 (height, width, 3)."""
    address = canvas.evaluate("canvas => canvas.toDataURL()")
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


def differs(canvas, image):
    """The largest difference from an image, in grey levels; 255 if it isn't there."""
    found = pixels(canvas)
    if found.shape != image.shape:
        return 255
    return int(np.abs(found.astype(int) - image.astype(int)).max())


def slide(slider, value):
    slider.evaluate(
        """(slider, value) => {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
        }""",
        str(value),
    )


def saved(page, button):
    with page.expect_download() as download:
        button.click()
    return Image.open(io.BytesIO(pathlib.Path(download.value.path()).read_bytes()))


@pytest.fixture(scope="module")
def faces():
    return pretrained.load()


@pytest.fixture(scope="module")
def codes():
    return sample_latents(16, 128)


def test_the_page_loads_and_paints_a_face(browser, server, faces, codes):
    page = open_page(browser, server.address)
    (image,) = generate(faces.generator, codes[:1])
    assert differs(face(page, 0).locator("canvas"), image) <= 2
    assert page.faults == [] and page.locator("#line").text_content() == ""
    page.context.close()


@slow
@pytest.mark.parametrize("seed", [0, 5])
def test_sixteen_faces_are_those_of_keras(page, faces, seed):
    set_seed(page, seed)
    images = generate(faces.generator, sample_latents(16, 128, seed))
    found = [differs(face(page, k).locator("canvas"), images[k]) for k in range(16)]
    assert max(found) <= 2, found


@slow
def test_a_graphics_card_paints_the_same(server, chromium, faces, codes):
    """WebGPU, on a card that Chromium computes by itself."""
    options = ["--headless", "--no-sandbox", "--disable-background-networking"]
    options += ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    options += ["--enable-features=Vulkan", "--use-vulkan=swiftshader"]
    # Beside the browser of the other tests, which holds this thread's event loop.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        painted = thread.submit(paint_on_card, chromium, server.address, options)
        backend, found = painted.result()
    if backend != "webgpu":
        pytest.skip("this Chromium has no WebGPU")
    expected = generate(faces.generator, codes)
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 2


def paint_on_card(chromium, address, options):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        page = open_page(browser, address)
        backend = page.locator("html").get_attribute("data-backend")
        show(page, "judge").locator(".opinion", has_text="Logit").wait_for()
        found = [pixels(face(page, k).locator("canvas")) for k in range(16)]
        faults = page.faults
        browser.close()
    assert faults == []
    return backend, np.array(found)


@slow
def test_a_walk_is_straight_or_on_an_arc(page, faces, codes):
    walk = show(page, "walk")
    badges = page.locator("#wall .grid").first.locator(".badge").all_text_contents()
    picked = [k for k, badge in enumerate(badges) if badge]
    for k in picked:
        face(page, k).click()
    for k in (3, 8):
        face(page, k).click()
    slide(walk.locator("input[type=range]"), 0.5)
    a, b = codes[[3, 8]]
    middles = np.stack([(a + b) / 2, slerp(a, b, 0.5)])
    for k, image in enumerate(generate(faces.generator, middles)):
        canvas = walk.locator("canvas.large").nth(k)
        until(lambda canvas=canvas, image=image: differs(canvas, image) <= 2)
    lengths = walk.locator(".number").all_text_contents()
    straight, arc = (float(re.search(r"[\d.]+", text)[0]) for text in lengths)
    assert straight < 0.85 * arc
    before = pixels(walk.locator("canvas.large").first)
    walk.get_by_role("button", name="Play").click()
    until(lambda: (pixels(walk.locator("canvas.large").first) != before).any())
    walk.get_by_role("button", name="Pause").click()
    picture = saved(page, walk.get_by_role("button", name="Save as a strip"))
    assert picture.width == 4 * picture.height  # two rows of eight


@slow
@pytest.mark.parametrize("how", ["click", "drag"])
def test_a_minus_b_plus_c(page, faces, codes, how):
    view = show(page, "arithmetic")
    view.get_by_role("button", name="Clear").click()
    for k, letter in zip((2, 5, 11), "abc"):
        slot = view.locator(f"[data-slot={letter}]")
        if how == "drag":
            face(page, k).hover()
            page.mouse.down()
            box = slot.bounding_box()
            page.mouse.move(box["x"] + 40, box["y"] + 60, steps=5)
            page.mouse.up()
        else:
            face(page, k).click()
        assert slot.locator(".held .face").count() == 1
    code = arithmetic(codes[2], codes[5], codes[11])
    (image,) = generate(faces.generator, code[None])
    until(lambda: differs(view.locator("canvas.large"), image) <= 2)
    view.locator("[data-slot=b] .held .face").click()  # takes it out
    assert "Still empty: b" in view.text_content()


@slow
def test_an_edit_and_what_else_moves(page, dist, faces, codes):
    view = show(page, "edit")
    face(page, 4).click()
    edited = view.locator("canvas.large").nth(1)
    for name, direction in faces.directions.items():
        view.get_by_role("button", name="Back to 0").click()
        slide(view.get_by_label(name, exact=True), 2)
        (image,) = generate(faces.generator, edit(codes[4], direction, [2]))
        until(lambda image=image: differs(edited, image) <= 2)
    (table,) = (
        table
        for table in view.locator("table").all()
        if "scorer guesses" in table.text_content()
    )
    predictions = predict_attributes(faces.scorer, image[None])
    expected = [
        f"{100 * predictions['gender'][0]:.0f} %",
        f"{predictions['age'][0]:.0f} years",
        *(f"{100 * share:.0f} %" for share in predictions["race"][0]),
    ]

    def said():
        return table.locator("tbody tr td:nth-child(3)").all_text_contents()

    until(lambda: len(said()) == len(expected) + 1)
    # The shares are rounded after the network has read a picture of 256 levels.
    for found, wanted in zip(said(), expected):
        difference = float(found.split()[0]) - float(wanted.split()[0])
        assert abs(difference) <= 1, (said(), expected)
    about = json.loads((dist / "models/faces64/about.json").read_text())
    measured = view.locator(".direction")
    assert measured.count() == len(about["directions"]) == len(faces.directions)
    for k, direction in enumerate(about["directions"].values()):
        rows = measured.nth(k).locator("tbody tr")
        assert rows.count() == len(direction["moves"]) >= 3


@slow
def test_the_discriminators_opinion_and_its_gradient(page, faces, codes):
    view = show(page, "judge")
    face(page, 6).click()
    image = np.asarray(faces.generator(codes[6:7], training=False))
    logit = faces.discriminator(image).numpy().item()

    def said():
        found = re.search(r"Logit ([−\d.]+)", view.locator(".opinion").text_content())
        return float(found[1].replace("−", "-")) if found else np.nan

    until(lambda: abs(said() - logit) < 0.02)
    plain = pixels(view.locator("canvas.large").nth(0))
    assert (plain != pixels(view.locator("canvas.large").nth(1))).any()
    for _ in range(3):
        before = said()
        view.get_by_role("button", name="Follow the gradient").click()
        until(lambda before=before: said() > before)
    moved = pixels(view.locator("canvas.large").nth(0)).astype(int) - plain
    assert 2 <= np.abs(moved).max() <= 4
    slide(view.locator("input[type=range]"), 0)
    now = pixels(view.locator("canvas.large").nth(0))
    until(lambda: differs(view.locator("canvas.large").nth(1), now) == 0)


@slow
def test_a_model_of_your_own(page, dist, tmp_path):
    pytest.importorskip("onnx")
    keras.utils.set_random_seed(0)
    generator = build_generator(32, channels=1, width=4, latent_dim=8)
    save_onnx(tmp_path / "mine.onnx", generator, provenance(generator, "mine"))
    whole = (tmp_path / "mine.onnx").read_bytes()
    (tmp_path / "letter.onnx").write_text("Dear friend, this is no network.")
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    shutil.copy(dist / "models/faces64/scorer.onnx", tmp_path / "other.onnx")
    # As long as before, and of the right ends, but of no operation that there is.
    nonsense = whole.replace(b"ConvTranspose", b"ConvTransbose")
    (tmp_path / "nonsense.onnx").write_bytes(nonsense)
    assert nonsense != whole
    view = show(page, "own")
    line = page.locator("#line.wrong")
    for name, why in {
        "letter": "no ONNX file",
        "half": "no ONNX file, or only a part of one",
        "other": "reads “latent” and gives “image”",
        "nonsense": "cannot be read",
    }.items():
        view.locator("input[type=file]").set_input_files(tmp_path / f"{name}.onnx")
        line.filter(has_text=f"{name}.onnx: ").filter(has_text=why).wait_for()
        assert "\n" not in line.text_content()
    view.locator("input[type=file]").set_input_files(tmp_path / "mine.onnx")
    page.locator("#line").filter(has_text="mine.onnx paints").wait_for()
    assert "32 × 32 pixels, in grey, from 8 numbers" in view.text_content()
    set_seed(page, 3)
    images = generate(generator, sample_latents(16, 8, 3)).repeat(3, axis=-1)
    for k in (0, 15):
        assert differs(face(page, k).locator("canvas"), images[k]) <= 2
    paint = show(page, "paint")
    picture = saved(page, paint.get_by_role("button", name="Save this face"))
    assert picture.text["Model"] == provenance(generator, "mine")["Model"]
    assert "came as a generator alone" in show(page, "judge").text_content()
    show(page, "own").get_by_role("button", name="Back to the networks").click()
    until(lambda: pixels(face(page, 15).locator("canvas")).shape == (64, 64, 3))


@slow
def test_a_photo_looked_back_at(page, faces, tmp_path):
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (5, 8, 3), dtype="uint8")
    Image.fromarray(photo).resize((512, 320)).save(tmp_path / "photo.png")
    (tmp_path / "photo.txt").write_text("no picture")
    view = show(page, "look")
    view.locator("input[type=file]").set_input_files(tmp_path / "photo.txt")
    page.locator("#line.wrong").filter(has_text="photo.txt is no picture").wait_for()
    view.locator("input[type=file]").set_input_files(tmp_path / "photo.png")
    encode = view.get_by_role("button", name="Turn it into a latent")
    view.locator("canvas.crop").wait_for()
    assert encode.is_disabled(), "without consent"
    view.get_by_label("who has agreed").check()
    square = pixels(view.locator("canvas.crop"))
    view.locator("canvas.crop").focus()
    page.keyboard.press("ArrowRight")
    assert (pixels(view.locator("canvas.crop")) != square).any()
    encode.click()
    seen, back = (view.locator("figure canvas.large").nth(k) for k in (0, 1))
    until(lambda: pixels(back).shape == (64, 64, 3))
    read = pixels(seen)[None].astype("float32") / 127.5 - 1
    (image,) = generate(faces.generator, np.asarray(faces.encoder(read)))
    until(lambda: differs(back, image) <= 2)
    picture = saved(page, view.get_by_role("button", name="Save it"))
    expected = provenance(faces.generator, "faces64", edited_photo=True)
    assert expected.items() <= picture.text.items()
    view.get_by_role("button", name="Keep it").click()
    page.locator("#wall .face[aria-label*=photo]").click()
    edited = show(page, "edit")
    edited.get_by_text("the scorer keeps quiet").wait_for()
    assert "scorer guesses" not in edited.text_content()
    show(page, "look").get_by_role("button", name="Forget the photo").click()
    assert view.locator("canvas.crop").is_hidden()
    assert pixels(back).shape == (1, 1, 3)


@slow
def test_a_saved_face_says_what_it_is(page, faces, codes):
    view = show(page, "paint")
    face(page, 1).click()
    mark = page.get_by_label("Mark saved pictures")
    save = view.get_by_role("button", name="Save this face")
    marked = saved(page, save)
    mark.uncheck()
    plain = saved(page, save)
    mark.check()
    for picture in (marked, plain):
        about = provenance(faces.generator, "faces64")
        assert about.items() <= picture.text.items()
        assert about["DigitalSourceType"] in picture.text["XML:com.adobe.xmp"]
        assert about["Model"] in picture.text["XML:com.adobe.xmp"]
    (image,) = generate(faces.generator, codes[1:2])
    large = image.repeat(4, 0).repeat(4, 1).astype(int)
    assert np.abs(np.array(plain.convert("RGB")) - large).max() <= 2
    changed = np.abs(np.array(marked.convert("RGB")) - large).max(axis=2) > 2
    assert changed[-16:, 150:].any() and not changed[:200].any()
    sheet = saved(page, view.get_by_role("button", name="Save all sixteen"))
    assert sheet.size[0] == sheet.size[1] >= 256


@slow
def test_the_game_is_played_turn_by_turn(page):
    view = show(page, "game")
    plane = view.locator("canvas.plane")
    cards = view.locator(".card")
    before = pixels(plane)
    view.get_by_role("button", name="10 × D").click()
    states = cards.locator(".state").all_text_contents()
    assert states == ["learns", "frozen"]
    said = cards.all_text_contents()
    assert "10 turns" in said[0] and "moved by 0.000" not in said[0]
    assert "0 turns" in said[1] and "moved by 0.000" in said[1]
    assert (pixels(plane) != before).any()
    view.get_by_role("button", name="Step G").click()
    assert cards.locator(".state").all_text_contents() == ["frozen", "learns"]
    view.get_by_role("button", name="Play").click()
    until(lambda: "learns, in turn" in cards.first.text_content())
    until(lambda: int(re.search(r"(\d+) turns", cards.nth(1).text_content())[1]) > 3)
    view.get_by_role("button", name="Pause").click()
    view.get_by_label("spiral").check()
    assert "0 turns" in cards.first.text_content()
    assert re.search(r"real points \d+ % real, the fakes \d+ %", view.text_content())


@slow
def test_nothing_is_asked_for_after_loading(browser, server):
    page = open_page(browser, server.address)
    own, asked = server.address, []
    assert all(path.startswith("/some/where/") for path in server.asked)
    before = len(server.asked)
    page.on("request", lambda request: asked.append(request.url))
    for view in VIEWS:
        show(page, view)
        page.wait_for_timeout(300)
    show(page, "paint")
    set_seed(page, 2)
    saved(page, page.get_by_role("button", name="Save this face"))
    for attempt in (
        "fetch('studio.js')",
        "fetch('http://127.0.0.1:9/')",
        "import('./studio.js?again')",
    ):
        outcome = page.evaluate(f"{attempt}.then(() => 'sent', () => 'refused')")
        assert outcome == "refused", attempt
    page.evaluate("navigator.sendBeacon('studio.js', 'x')")
    page.evaluate("new Image().src = 'studio.js?picture'")
    page.wait_for_timeout(500)
    assert len(server.asked) == before, server.asked[before:]
    assert not [url for url in asked if not url.startswith(("blob:", own))]
    assert "asks for nothing" in page.locator("#sealed").text_content()
    cookies = page.context.cookies()
    kept = page.evaluate("[localStorage.length, sessionStorage.length]")
    assert (cookies, kept) == ([], [0, 0])
    page.context.close()


def resident_bytes(browser):
    """What the browser's pages hold in memory, by the operating system's word."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [str(each["id"]) for each in processes if each["type"] == "renderer"]
    held = [pathlib.Path("/proc", pid, "statm").read_text().split()[1] for pid in pages]
    return sum(map(int, held)) * os.sysconf("SC_PAGE_SIZE")


@slow
@pytest.mark.skipif(not pathlib.Path("/proc").is_dir(), reason="no /proc")
def test_five_hundred_faces_leave_the_memory_as_it_was(browser, server):
    page = open_page(browser, server.address)
    for seed in range(1, 9):  # so that what is made once is made
        set_seed(page, seed)
    before = resident_bytes(browser)
    for seed in range(9, 9 + 32):
        set_seed(page, seed)
    grown = resident_bytes(browser) - before
    assert grown < 40e6, f"{grown / 1e6:.0f} MB more after {32 * 16} faces"
    page.context.close()


@slow
def test_a_damaged_network_is_named_and_the_rest_works(browser, dist, tmp_path):
    copy = shutil.copytree(dist, tmp_path / "dist")
    for part, state in (("scorer", "ready"), ("generator", "failed")):
        path = copy / f"models/faces64/{part}.onnx"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        damaged = Server(copy)
        page = open_page(browser, damaged.address, state)
        line = page.locator("#line.wrong").text_content()
        assert "\n" not in line and line.endswith(".")
        if part == "scorer":
            assert "The scorer cannot be read: the file is damaged" in line
            assert "damaged" in show(page, "edit").text_content()
            show(page, "judge").locator(".opinion", has_text="Logit").wait_for()
            path.write_bytes(whole)
        else:
            assert "no ONNX file, or only a part of one" in line
            show(page, "game").get_by_role("button", name="Step D").click()
            for view in VIEWS:
                show(page, view)
        assert page.faults == []
        page.context.close()
        damaged.close()


@slow
def test_networks_of_another_size_that_come_without_readers(
    browser, dist, faces, tmp_path, monkeypatch
):
    """As a generator of 128 pixels would be shipped before anything reads its faces."""
    weights = shutil.copytree(pretrained.FOLDER, tmp_path / "weights")
    monkeypatch.setattr(pretrained, "FOLDER", weights)
    build = faces.files["discriminator"]["build"] | {"grown": 1}
    generator = grow_generator(faces.generator)
    pretrained.store(
        "large",
        weights,
        generator=(generator, {**build, "latent_dim": 128}),
        discriminator=(grow_discriminator(faces.discriminator), build),
    )
    copy = shutil.copytree(dist, tmp_path / "dist")
    write_models = runpy.run_path(STUDIO / "models.py")
    write_models["write_networks"]("large", copy / "models/large", 8)
    names = {"names": ["faces64", "large"], "default": "faces64"}
    (copy / "models/names.json").write_text(json.dumps(names))
    server = Server(copy)
    page = open_page(browser, server.address)
    page.locator("#network").get_by_role("link", name="large").click()
    page.locator("html[data-state=ready]").wait_for(state="attached")
    until(lambda: labels(page.locator("#wall .grid").first)[15:])
    images = generate(generator, sample_latents(16, 128))
    assert images.shape[1] == 128
    for k in (0, 15):
        assert differs(face(page, k).locator("canvas"), images[k]) <= 2
    show(page, "edit").get_by_text("No directions come with").wait_for()
    show(page, "look").get_by_text("No encoder comes with").wait_for()
    show(page, "judge").locator(".opinion", has_text="Logit").wait_for()
    assert page.faults == [] and page.locator("#line").text_content() == ""
    page.context.close()
    server.close()


@slow
def test_without_webassembly_the_page_says_so(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.WebAssembly")
    page.goto(server.address)
    page.locator("html[data-state=failed]").wait_for(state="attached")
    assert "no WebAssembly" in page.locator("#line.wrong").text_content()
    show(page, "game").get_by_role("button", name="Step D").click()
    context.close()


@slow
def test_on_a_telephone_by_touch(browser, server, faces, codes):
    viewport = {"width": 360, "height": 740}
    page = open_page(browser, server.address, viewport=viewport, has_touch=True)
    for view in VIEWS:
        page.locator(f"#tab-{view}").tap()
        page.locator(f"#{view}").wait_for()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, f"{view} is {width} pixels wide"
    page.locator("#tab-paint").tap()
    face(page, 9).tap()
    (image,) = generate(faces.generator, codes[9:10])
    until(lambda: differs(page.locator("#paint canvas.large"), image) <= 2)
    page.context.close()


@slow
def test_by_keyboard_alone(page):
    page.locator("#tab-paint").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-walk").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    page.locator("#wall .grid .face").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == "face 6 of seed 0"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert face(page, 5).get_attribute("aria-pressed") == "true"
    assert "Face 6 of seed 0" in page.locator("#paint").text_content()


@slow
def test_everything_that_is_touched_has_a_name(page):
    for view in VIEWS:
        show(page, view)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, canvas[role]")]
                .filter(each => each.checkVisibility())
                .filter(each => !(each.ariaLabel || each.textContent.trim()
                    || each.labels?.length))
                .map(each => each.outerHTML)"""
        )
        assert nameless == [], view


@slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_use_every_view(browser, server, grave_faults, scheme):
    page = open_page(browser, server.address, bypass_csp=True, color_scheme=scheme)
    for view in VIEWS:
        show(page, view)
        assert grave_faults(page) == [], view
    page.context.close()


@slow
def test_about_names_terms_and_licences(page):
    text = show(page, "about").text_content()
    for words in ("non-commercial", "onnxruntime-web 1.", "MIT", "Nothing. The"):
        assert words in text
    assert page.locator("#about details").count() >= 3
