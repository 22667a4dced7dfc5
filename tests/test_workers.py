"""Groups of processes: who they are told to be, what they print, how they end."""

import json
import subprocess
import sys

import pytest

from gan_lessons.classroom.workers import Workers

SAY = """
import json, os, pathlib, sys, time
config = json.loads(os.environ["TF_CONFIG"])
print("arguments", *sys.argv[1:])
print("12.5 ms per step")
print("weights", str(config["task"]["index"]) * 64)
"""
SAVE = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[-1])
folder.mkdir(exist_ok=True)
(folder / "epoch-000002-abc.npz").touch()
time.sleep(60)
"""


def group(code, n, folder, command="train --epochs 2"):
    return Workers(command, n, folder, program=(sys.executable, "-u", "-c", code))


def test_every_process_has_its_number_and_all_have_the_same_addresses(tmp_path):
    workers = group(SAY, 3, tmp_path / "a run" / "out")
    assert workers.wait() == [0, 0, 0]
    configs = [json.loads(config) for config in workers.configs]
    assert [config["task"]["index"] for config in configs] == [0, 1, 2]
    (addresses,) = {tuple(config["cluster"]["worker"]) for config in configs}
    assert len(set(addresses)) == 3
    out = str(tmp_path / "a run" / "out")
    for k in range(3):
        assert workers.lines(k)[0] == f"arguments train --epochs 2 --out {out}"
        assert workers.fingerprint(k) == str(k) * 64
        assert workers.milliseconds(k) == 12.5


def test_one_that_is_killed_has_another_exit_code(tmp_path):
    workers = group(SAVE, 2, tmp_path / "out")
    workers.wait_for_epoch(2)
    for k in range(2):
        workers.kill(k)
    assert 0 not in workers.wait()


def test_a_process_that_ends_before_the_epoch_is_named_with_its_last_line(tmp_path):
    workers = group("print('no photos')", 1, tmp_path / "out")
    with pytest.raises(RuntimeError, match="worker 0 has ended already: no photos"):
        workers.wait_for_epoch(1)


def test_processes_that_take_too_long_are_killed(tmp_path):
    workers = group(SAVE, 2, tmp_path / "out")
    with pytest.raises(subprocess.TimeoutExpired):
        workers.wait(0.1)
    assert 0 not in workers.wait(60)
