"""A run that is killed again and again ends where an undisturbed one ends, bit for bit.

At most the epoch it was in is lost.
"""

import contextlib
import csv
import multiprocessing
import random
import re
import shutil
import time

import h5py
import numpy as np
import pytest

from gan_lessons.cli import main

EPOCHS = 12
OPTIONS = f"--size 16 --width 4 --latent 8 --precision float32 --epochs {EPOCHS} --out"
# Where there is `fork`, TensorFlow is imported once for all runs.
methods = multiprocessing.get_all_start_methods()
processes = multiprocessing.get_context(
    "forkserver" if "forkserver" in methods else "spawn"
)
if "forkserver" in methods:
    processes.set_forkserver_preload(["gan_lessons.cli", "gan_lessons.recipe"])


def train(folder, printed):
    with (
        open(printed, "w", buffering=1) as file,
        contextlib.redirect_stdout(file),
        contextlib.redirect_stderr(file),
    ):
        raise SystemExit(main(["train", *OPTIONS.split(), str(folder)]))


def begin(folder):
    """Start a run, and come back when its training begins."""
    printed = folder.with_suffix(".txt")
    printed.write_text("")
    process = processes.Process(target=train, args=(folder, printed))
    process.start()
    while "photos, 16" not in printed.read_text():
        assert process.is_alive(), printed.read_text()
        time.sleep(0.01)
    return process


def finish(process, folder):
    process.join()
    assert process.exitcode == 0
    return folder.with_suffix(".txt").read_text()


def rows(folder):
    with open(folder / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def state(folder):
    """Every number of the newest checkpoint."""
    found = {}
    with h5py.File(sorted(folder.glob("epoch-*"))[-1]) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    process, start = begin(folder), time.perf_counter()
    finish(process, folder)
    return folder, time.perf_counter() - start


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_again_and_again(kills, undisturbed, tmp_path):
    whole, seconds = undisturbed
    folder, moments = tmp_path / "run", random.Random(kills)
    for _ in range(kills):
        if (
            folder.exists()
            and sum(1 for _ in folder.glob("epoch-*"))
            and (folder / "generator.keras").exists()
        ):
            shutil.rmtree(folder)  # it came to its end: the next one begins anew
        process = begin(folder)
        time.sleep(moments.uniform(0, seconds * 2 / 3))
        process.kill()
        process.join()
    done = (
        rows(folder)[-1]["epoch"]
        if (folder / "history.csv").exists() and rows(folder)
        else 0
    )
    said = finish(begin(folder), folder)
    goes_on = re.search(r"continuing at epoch (\d+)", said)
    assert (int(goes_on[1]) if goes_on else 1) >= int(done), (
        "more than one epoch that had been recorded was lost"
    )
    assert [int(row["epoch"]) for row in rows(folder)] == list(range(1, EPOCHS + 1))
    assert (folder / "history.csv").read_bytes() == (whole / "history.csv").read_bytes()
    one, other = state(whole), state(folder)
    assert one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name]) for name in one
    )
    with np.load(whole / "timeline.npz") as a, np.load(folder / "timeline.npz") as b:
        assert all(np.array_equal(a[name], b[name]) for name in a)
    assert not list(folder.glob("new-*"))
