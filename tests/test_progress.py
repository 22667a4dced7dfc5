"""Nobody waits in silence: one line is kept up to date, wherever it is read."""

import io
import json
import re
import subprocess
import sys
import time

import keras
import nbformat
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from small import small_gan

from gan_lessons.callbacks import Progress
from gan_lessons.callbacks import progress as module


class Screen:
    """Takes the place of a view, and keeps what is shown."""

    interval, has_pictures = 0.0, True

    def __init__(self):
        self.lines, self.pictures, self.last, self.picture = [], [], None, None

    def show(self, line):
        self.lines.append(line)
        self.pictures.append(self.picture)

    def close(self, line):
        self.last = line


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(module, "_view", lambda: screen)
    return screen


def test_the_line_tells_epochs_speed_time_left_and_losses(photos, screen):
    small_gan().fit(photos, epochs=3, verbose=0, callbacks=[Progress()])
    assert len(screen.lines) == 3 * len(photos)
    assert re.match(r"epoch 1/3 +\d+ % \|", screen.lines[0])
    assert re.match(r"epoch 3/3 +100 % \|", screen.lines[-1])
    assert re.search(r"\d images/s, 00:00 left", screen.lines[-1])
    for name in ("d_loss", "g_loss", "d_real", "d_fake"):
        assert re.search(rf"{name} \d\.\d\d", screen.lines[-1])
    assert re.match(r"epoch 3/3 in 00:\d\d, .* images/s, .*d_loss", screen.last)
    halves = [line for line in screen.lines if line.startswith("epoch 2/3")]
    percents = [int(re.search(r"(\d+) %", line)[1]) for line in halves]
    assert percents == sorted(percents) and 34 <= percents[0] < 45 < percents[-1] <= 67


def test_images_are_counted_with_the_batch_size(photos, screen, monkeypatch):
    now = iter(np.arange(0, 1000, 0.25))
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(now))
    small_gan().fit(photos, verbose=0, callbacks=[Progress(seconds=1e9)])
    seconds = 0.25 * (3 * len(photos) + 1)  # the clock is asked thrice for each step
    rate = float(re.search(r"([\d.]+) images/s", screen.lines[-1])[1])
    assert rate == pytest.approx(32 * len(photos) / seconds, rel=0.2)


def test_an_epoch_that_was_cut_short_counts_with_the_steps_it_had(screen, monkeypatch):
    now = iter(np.arange(0, 1000, 0.01))
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(now))
    progress = Progress()
    progress.set_params({"epochs": 1, "steps": 1000})
    progress.set_model(keras.Model())
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    for batch in range(100):
        progress.on_train_batch_end(batch)
    progress.on_epoch_end(0)
    progress.on_train_end()
    live, last = (
        float(re.search(r"([\d.]+) steps/s", line)[1])
        for line in (screen.lines[-1], screen.last)
    )
    assert last == pytest.approx(live, rel=0.05)


def test_faces_are_painted_from_the_same_latents_every_few_seconds(photos, screen):
    small_gan().fit(photos, verbose=0, callbacks=[Progress(faces=3, seconds=0)])
    assert all(picture.startswith(b"\x89PNG") for picture in screen.pictures)
    assert len(set(screen.pictures)) > 1, "the faces never change"
    screen.pictures.clear()
    small_gan().fit(photos, verbose=0, callbacks=[Progress(seconds=1e9)])
    assert set(screen.pictures) == {screen.pictures[0]}


def test_a_model_that_paints_no_images_has_the_line_alone(screen):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((64, 2), "float32")
    progress = Progress(seconds=0)
    model.fit(x, x[:, :1], batch_size=16, verbose=0, callbacks=[progress])
    assert "steps/s" in screen.lines[-1] and set(screen.pictures) == {None}


def test_minutes_take_the_place_of_epochs(photos, screen):
    progress = Progress(minutes=60)
    small_gan().fit(photos, epochs=2, verbose=0, callbacks=[progress])
    assert screen.lines[-1].startswith("epoch 2 ")
    assert re.search(r"(59:\d\d|1:00:00) left", screen.lines[-1])


def test_a_terminal_has_one_line_in_place_and_a_log_one_a_minute(monkeypatch, capsys):
    error = io.StringIO()
    error.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", error)
    view = module._view()
    view.show("a"), view.show("b"), view.close("c")
    assert error.getvalue().count("\n") == 1
    assert [part[:1] for part in error.getvalue().split("\r")[1:]] == ["a", "b", "c"]
    error.isatty = lambda: False
    view = module._view()
    assert view.interval == 60
    view.show("a"), view.close("b")
    assert capsys.readouterr().out == "a\n"


CELL = """
from gan_lessons.callbacks import Progress
from gan_lessons.data import load_faces
from gan_lessons.recipe import default_gan

gan = default_gan(400, 16, 1, width=4, latent_dim=8)
progress = Progress(seconds=0)
photos = load_faces("orl", 16).dataset(16)
history = gan.fit(photos, epochs=8, verbose=0, callbacks=[progress])
"""


def test_a_stored_notebook_keeps_one_clean_line():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {"text/plain"}, "the faces stay, or a widget does"
    line = output.data["text/plain"]
    assert re.fullmatch(r"epoch 8/8 in [^\n]*images/s, [^\n]*d_loss[^\n]*", line)
    assert "\x1b" not in json.dumps(output) and "\r" not in line


def test_the_command_shows_a_line_a_minute_in_a_log_and_none_when_it_is_short(tmp_path):
    options = f"train --size 16 --width 4 --epochs 1 --out {tmp_path}/run".split()
    done = subprocess.run(
        [sys.executable, "-m", "gan_lessons.cli", *options],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "epoch" not in done.stdout


STOPPED = """
from gan_lessons.callbacks import Checkpoint
from gan_lessons.data import load_faces
from gan_lessons.recipe import default_gan
import keras, pathlib

folder = pathlib.Path({folder!r})
started = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: (folder / "started").touch()
)
gan = default_gan(400, 16, 1, width=4, latent_dim=8)
photos = load_faces("orl", 16).dataset(16)
callbacks = [Checkpoint(folder, every=10**6), started]
gan.fit(photos, epochs=10**6, verbose=0, callbacks=callbacks)
"""


def test_the_stop_button_of_a_notebook_ends_a_run_with_its_state_saved(tmp_path):
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        message = client.execute(STOPPED.format(folder=str(tmp_path)))
        deadline = time.monotonic() + 120
        while not tmp_path.joinpath("started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=60)
        while reply["parent_header"]["msg_id"] != message:
            reply = client.get_shell_msg(timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "error"
    assert len(reply["content"]["traceback"]) == 1, "a traceback, not one line"
    assert "run the same again" in reply["content"]["traceback"][0]
    assert len(list(tmp_path.glob("epoch-*"))) == 1
