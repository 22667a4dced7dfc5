"""Several devices and machines do what one does; a group that was killed goes on."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from PIL import Image

from gan_lessons import cli
from gan_lessons.data import load_faces
from gan_lessons.gan import GAN, R1GAN
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.scale import distribute_dataset, make_strategy, weights_sha256

# 20 steps of 16 photos, by one device or by several: plain SGD, no augmentation.
RUN = """
import sys
import keras, numpy as np, tensorflow as tf
from gan_lessons import gan as games
from gan_lessons.data import load_faces
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.scale import Scaled, distribute_dataset, make_strategy, weights_sha256

kind, name, out = sys.argv[1:]
if name == "mirrored":
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
strategy = make_strategy(name)
keras.utils.set_random_seed(0)
with strategy.scope():
    scaled = type("ScaledGAN", (Scaled, getattr(games, kind)), {})
    gan = scaled(build_discriminator(16, 1, 4), build_generator(16, 1, 4, 8))
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
photos = distribute_dataset(load_faces("orl", 16)[:320], 16 // gan.replicas, strategy)
logs = gan.fit(photos, epochs=1, verbose=0).history
for variable in gan.generator.variables + gan.discriminator.variables:
    for copy in getattr(variable.value, "values", []):
        assert np.array_equal(copy.numpy(), variable.numpy()), variable.path
np.savez(
    out,
    *[variable.numpy() for variable in gan.variables],
    logs=[logs[name][0] for name in sorted(logs)],
    replicas=gan.replicas,
)
print("weights", weights_sha256(gan.generator, gan.discriminator))
"""


def group(commands, folder):
    """Start these commands as one group of workers on this machine."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in commands]
    workers = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    processes = []
    for index, command in enumerate(commands):
        config = json.dumps(
            {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        )
        with open(folder / f"{index}.log", "w") as log:
            processes.append(
                subprocess.Popen(
                    [sys.executable, *map(str, command)],
                    env=os.environ | {"TF_CONFIG": config},
                    stdout=log,
                    stderr=log,
                )
            )
    return processes


def said(folder, n):
    return [(folder / f"{index}.log").read_text() for index in range(n)]


def one_device(kind):
    keras.utils.set_random_seed(0)
    gan = kind(build_discriminator(16, 1, 4), build_generator(16, 1, 4, 8))
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    logs = gan.fit(load_faces("orl", 16)[:320].dataset(16), epochs=1, verbose=0).history
    return [variable.numpy() for variable in gan.variables], [
        logs[name][0] for name in sorted(logs)
    ]


def holds_the_same(path, weights, logs, replicas):
    with np.load(path) as found:
        assert found["replicas"] == replicas
        assert (
            max(
                np.abs(found[f"arr_{k}"] - values).max()
                for k, values in enumerate(weights)
            )
            < 1e-5
        )
        assert np.abs(found["logs"] - logs).max() < 1e-4


def test_two_devices_of_one_machine_do_what_one_does(tmp_path):
    subprocess.run(
        [sys.executable, "-c", RUN, "R1GAN", "mirrored", tmp_path / "run.npz"],
        check=True,
    )
    holds_the_same(tmp_path / "run.npz", *one_device(R1GAN), replicas=2)


@pytest.mark.parametrize("n", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_several_machines_do_what_one_does(n, tmp_path):
    processes = group(
        [
            ["-c", RUN, "GAN", "multi-worker", tmp_path / f"{index}.npz"]
            for index in range(n)
        ],
        tmp_path,
    )
    assert [process.wait(300) for process in processes] == [0] * n, said(tmp_path, n)
    for index in range(n):
        holds_the_same(tmp_path / f"{index}.npz", *one_device(GAN), replicas=n)
    hashes = [
        re.findall(r"(?m)^weights [0-9a-f]{64}$", text) for text in said(tmp_path, n)
    ]  # TensorFlow 2.19 says something beside
    assert (
        all(len(found) == 1 for found in hashes) and len(set(map(tuple, hashes))) == 1
    ), "not the same bits on every machine"


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_group_that_loses_a_worker_ends_with_one_line_and_goes_on(victim, tmp_path):
    def train(folder, epochs=12):
        return group(
            [
                [
                    "-m",
                    "gan_lessons.cli",
                    "train",
                    "--strategy",
                    "multi-worker",
                    "--size",
                    16,
                    "--width",
                    4,
                    "--latent",
                    8,
                    "--batch",
                    8,
                    "--epochs",
                    epochs,
                    "--out",
                    folder,
                ]
            ]
            * 2,
            tmp_path,
        )

    assert [process.wait(300) for process in train(tmp_path / "whole")] == [0, 0], said(
        tmp_path, 2
    )
    wanted = said(tmp_path, 2)
    processes = train(tmp_path / "run")
    while not list(tmp_path.glob("run/epoch-000004*")):
        assert not any(process.poll() for process in processes), said(tmp_path, 2)
        time.sleep(0.05)
    processes[victim].send_signal(signal.SIGKILL)
    assert processes[1 - victim].wait(300) == 2
    assert processes[victim].wait() == -signal.SIGKILL
    lines = said(tmp_path, 2)[1 - victim].splitlines()
    assert (
        len(lines) == 2
        and lines[1].startswith("gan-lessons: another machine of this run has gone")
        and "the same command" in lines[1]
    )
    assert [process.wait(300) for process in train(tmp_path / "run")] == [0, 0], said(
        tmp_path, 2
    )
    again = said(tmp_path, 2)
    assert all(re.search(r"(?m)^continuing at epoch [56]$", text) for text in again)
    hashes = {
        re.search(r"(?m)^weights [0-9a-f]{64}$", text)[0] for text in wanted + again
    }
    assert len(hashes) == 1
    assert (tmp_path / "run/history.csv").read_bytes() == (
        tmp_path / "whole/history.csv"
    ).read_bytes()


@pytest.mark.slow
def test_machines_that_do_not_share_their_folder_are_told(tmp_path):
    train = [
        "-m",
        "gan_lessons.cli",
        "train",
        "--size",
        16,
        "--width",
        4,
        "--latent",
        8,
        "--batch",
        8,
        "--epochs",
        2,
        "--out",
    ]
    subprocess.run(
        [sys.executable, *map(str, train), tmp_path / "0"],
        check=True,
        capture_output=True,
    )
    processes = group(
        [
            [*train, tmp_path / str(index), "--strategy", "multi-worker"]
            for index in range(2)
        ],
        tmp_path,
    )
    assert [process.wait(300) for process in processes] == [2, 2]
    assert all(
        "do not agree on the epoch to go on from" in text
        and "a folder that they share" in text
        for text in said(tmp_path, 2)
    )


def test_a_group_may_start_from_trained_networks(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (64, 64)).save(photos / "a.png")
    line = f"train --start faces64 --data {photos} --batch 1 --epochs 1"
    line += f" --strategy multi-worker --out {tmp_path}/run"
    (process,) = group([["-m", "gan_lessons.cli", *line.split()]], tmp_path)
    assert process.wait(300) == 0, said(tmp_path, 1)


@pytest.mark.parametrize(
    "config",
    [
        None,
        "",
        "{",
        "[]",
        '{"cluster": {}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 3}}',
    ],
)
def test_a_group_that_is_not_described_is_one_line(
    config, monkeypatch, capsys, tmp_path
):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if config is not None:
        monkeypatch.setenv("TF_CONFIG", config)
    line = f"train --strategy multi-worker --epochs 1 --out {tmp_path}/run"
    assert cli.main(line.split()) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "TF_CONFIG" in error and '"index": 0' in error
    assert not (tmp_path / "run").exists()


def test_what_goes_with_no_strategy_or_with_none_of_them_is_one_line(capsys, tmp_path):
    for options, wanted in (
        ("two --epochs 1", "--strategy two is not one of one, mirrored, multi-worker"),
        ("multi-worker --minutes 1", "--minutes with --strategy multi-worker"),
    ):
        line = f"train --strategy {options} --out {tmp_path}/run"
        assert cli.main(line.split()) == 2
        error = capsys.readouterr().err
        assert wanted in error and error.count("\n") == 1


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_parts_of_a_batch_make_the_batch(n):
    faces = load_faces("orl", 16)[:40]
    whole = list(faces.dataset(16, seed=3))
    parts = [list(faces.dataset(16, seed=3, part=(index, n))) for index in range(n)]
    for step, batch in enumerate(whole):
        assert np.array_equal(np.concatenate([part[step] for part in parts]), batch)


def test_one_device_needs_no_strategy():
    strategy = make_strategy()
    photos = distribute_dataset(load_faces("orl", 16)[:32], 16, strategy)
    assert (
        strategy.num_replicas_in_sync == 1
        and len(photos) == 2
        and int(photos.epoch) == 0
    )
    assert tf.distribute.get_strategy() is strategy


def test_the_hash_sees_every_bit():
    network = build_discriminator(16, 1, 4)
    before = weights_sha256(network)
    assert weights_sha256(network) == before and len(before) == 64
    weights = network.get_weights()
    weights[-1] = np.nextafter(weights[-1], 1, dtype="float32")
    network.set_weights(weights)
    assert weights_sha256(network) != before


PAGE = (pathlib.Path(__file__).parents[1] / "docs/scale.md").read_text()


def stand_ins(folder, **programs):
    """A folder with programs that take the place of others, to be found first."""
    for name, script in {"gan-lessons": 'echo "$TF_CONFIG $*"', **programs}.items():
        (folder / name).write_text("#!/bin/bash\n" + script)
        (folder / name).chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}


def started(output):
    """The configurations with which the command was started, its options checked."""
    found = [
        re.fullmatch(r"(\{.*\}) (train .*)", line).groups()
        for line in output.splitlines()
    ]
    for _, arguments in found:
        options = cli._parser().parse_args(arguments.split())
        assert options.strategy == "multi-worker" and options.epochs == 100
    return [json.loads(config) for config, _ in found]


def test_the_slurm_script_starts_every_task_with_its_number(tmp_path):
    environment = stand_ins(
        tmp_path,
        scontrol='printf "node1\\nnode2\\n"',
        srun="shift; for ((SLURM_PROCID = 0; SLURM_PROCID < 4; SLURM_PROCID++)); do "
        'export SLURM_PROCID; "$@"; done',
    ) | {"SLURM_NTASKS_PER_NODE": "2", "SLURM_JOB_NODELIST": "node[1-2]"}
    script = re.search(r"```bash\n(.*?)```", PAGE, re.S)[1]
    configs = started(
        subprocess.run(
            ["bash", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    assert [config["task"]["index"] for config in configs] == [0, 1, 2, 3]
    assert {tuple(config["cluster"]["worker"]) for config in configs} == {
        ("node1:12345", "node1:12346", "node2:12345", "node2:12346")
    }


def test_the_kubernetes_job_starts_every_pod_with_its_number(tmp_path):
    service, job = yaml.safe_load_all(re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1])
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    names = [
        f"{job['metadata']['name']}-{index}.{service['metadata']['name']}:12345"
        for index in range(job["spec"]["completions"])
    ]
    assert pod["subdomain"] == service["metadata"]["name"] and service["spec"][
        "selector"
    ] == {"job-name": job["metadata"]["name"]}
    for index in range(2):
        environment = stand_ins(tmp_path) | {"JOB_COMPLETION_INDEX": str(index)}
        done = subprocess.run(
            [*container["command"], *container["args"]],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert started(done.stdout) == [
            {"cluster": {"worker": names}, "task": {"type": "worker", "index": index}}
        ]
