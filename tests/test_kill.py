"""A run that is killed again and again ends where an undisturbed one ends, bit for bit.

At most the epoch it was in is lost.
"""

import csv
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from gan_lessons.cli import main

EPOCHS = 20
OPTIONS = f"--size 16 --width 4 --latent 8 --precision float32 --epochs {EPOCHS} --out"
TRAIN = [sys.executable, "-u", "-m", "gan_lessons.cli", "train", *OPTIONS.split()]


def begin(folder):
    """Start a run, and come back when its training begins."""
    command = [*TRAIN, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = ""
    while "photos, 16" not in output:
        line = process.stdout.readline()
        assert line, output
        output += line
    return process


def finish(process):
    with process:
        said = process.stdout.read()
    assert process.returncode == 0
    return said


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
    start = time.perf_counter()
    assert main([*TRAIN[4:], str(folder)]) == 0
    return folder, time.perf_counter() - start


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
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
        with begin(folder) as process:
            time.sleep(moments.uniform(0, seconds * 2 / 3))
            process.kill()
    done = (
        rows(folder)[-1]["epoch"]
        if (folder / "history.csv").exists() and rows(folder)
        else 0
    )
    said = finish(begin(folder))
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
    assert not list(pathlib.Path(folder).glob("new-*"))
