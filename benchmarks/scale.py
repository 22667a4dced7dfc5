"""What it costs that several machines learn together: measured between processes of this machine, and reckoned up to 256 GPUs. For docs/scale.md.

    .venv/bin/python benchmarks/scale.py

First, groups of 1, 2 and 4 processes add up arrays of several sizes, which gives the link's speed and delay; then they train, once with and once
without exchanging gradients, all at the same time on the same cores. What the exchange costs is compared with `scale.all_reduce_seconds`.
Then the same formula for networks of 64, 128 and 256 pixels on GPUs, whose speed and links are assumed, as the table says.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import tensorflow as tf

from gan_lessons.classroom.panels.machines import LINKS
from gan_lessons.cli import _new_gan
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.scale import (
    all_reduce_seconds,
    count_macs,
    make_strategy,
    scaling_efficiency,
)

SIZES = [2**k for k in (12, 16, 20, 22, 24)]  # bytes
GPUS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
FLOPS = (
    5e12  # a step's useful calculations per second on one GPU: lesson 7's assumption
)


def seconds_each(act, times=15):
    """The median duration of `act`, after three that do not count."""
    durations = []
    for _ in range(times + 3):
        begin = time.perf_counter()
        act()
        durations.append(time.perf_counter() - begin)
    return statistics.median(durations[3:])


def worker(o):
    """In one process of a group: seconds to add up arrays, and of a step without and with the exchange of gradients."""
    strategy = make_strategy("multi-worker")

    def adding(nbytes):
        mine = tf.zeros(nbytes // 4)

        @tf.function
        def add():
            return strategy.run(
                lambda: tf.distribute.get_replica_context().all_reduce(
                    tf.distribute.ReduceOp.SUM, mine
                )
            )

        return seconds_each(lambda: np.asarray(add()[:1]))

    sums = [adding(nbytes) for nbytes in SIZES]
    keras.utils.set_random_seed(0)
    with strategy.scope():
        together = _new_gan(64, 3, 32, 128, 0, few=False)
    alone = _new_gan(64, 3, 32, 128, 0, few=False)
    photos = tf.random.uniform((o.batch, 64, 64, 3), -1, 1)
    step, exchange = (
        tf.function(alone.train_step),
        tf.function(lambda: strategy.run(together.train_step, args=(photos,))),
    )
    adding(4)  # everybody waits for everybody, so that all calculate at the same time
    without = seconds_each(lambda: float(step(photos)["d_loss"]))
    adding(4)
    return {
        "sums": sums,
        "without": without,
        "with": seconds_each(lambda: np.asarray(exchange()["d_loss"])),
    }


def group(n, o):
    """`worker` in `n` processes; the medians over them."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    workers = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    configs = [
        json.dumps(
            {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        )
        for index in range(n)
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", f"--batch={o.batch}"],
            env=os.environ | {"TF_CONFIG": config},
            stdout=subprocess.PIPE,
            text=True,
        )
        for config in configs
    ]
    found = [
        json.loads(process.communicate()[0].splitlines()[-1]) for process in processes
    ]
    return {
        name: np.median([each[name] for each in found], axis=0) for name in found[0]
    }


def reckon():
    """The table from 1 to 256 GPUs: a row per picture size and link, the share of the time spent learning."""
    rows = []
    for size in (64, 128, 256):
        networks = build_discriminator(size, 3, 64), build_generator(size, 3, 64, 128)
        gradients = [4 * network.count_params() for network in networks]
        # A forward pass is one, a backward pass two; D sees two images, then one, G paints two and learns once.
        passes = count_macs(networks[0]) * (2 * 3 + 3) + count_macs(networks[1]) * (
            1 + 3
        )
        seconds = 16 * 2 * passes / FLOPS
        for name, link in LINKS.items():
            shares = [scaling_efficiency(seconds, gradients, n, *link) for n in GPUS]
            last = max(n for n, share in zip(GPUS, shares) if share >= 0.5)
            rows.append(
                [
                    f"{size}",
                    f"{sum(gradients) / 2**20:.0f}",
                    f"{1000 * seconds:.1f}",
                    name,
                    *(f"{share:.0%}" for share in shares),
                    "never" if last == GPUS[-1] else f"above {last}",
                ]
            )
    return rows


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--batch", type=int, default=16, help="photos per process (default: 16)"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.worker:
        return print(json.dumps(worker(o)))
    measured = {n: group(n, o) for n in (1, 2, 4)}
    # seconds = 2 (n - 1) (bytes / n / speed + delay), a straight line in the bytes; of two processes, the smallest sum gives the delay, the largest the speed
    sums = measured[2]["sums"]
    delay, speed = sums[0] / 2, SIZES[-1] / (sums[-1] - sums[0])
    print(
        f"From two processes: {speed / 1e9:.2f} GB/s and {1000 * delay:.2f} ms per message.\n"
    )
    print(
        "| processes | "
        + " | ".join(
            f"{nbytes / 2**20:.3g} MiB, ms: measured (formula)" for nbytes in SIZES
        )
        + " |\n|"
        + "---|" * (1 + len(SIZES))
    )
    for n in (2, 4):
        cells = [
            f"{1000 * seconds:.1f} ({1000 * all_reduce_seconds(nbytes, n, speed, delay):.1f})"
            for nbytes, seconds in zip(SIZES, measured[n]["sums"])
        ]
        print(f"| {n} | " + " | ".join(cells) + " |")
    gan = _new_gan(64, 3, 32, 128, 0, few=False)
    gradients = [
        4 * network.count_params() for network in (gan.discriminator, gan.generator)
    ]
    print(
        "\n| processes | step without exchange, ms | with, ms | formula, ms |\n|---|---|---|---|"
    )
    for n, found in measured.items():
        reckoned = found["without"] + sum(
            all_reduce_seconds(nbytes, n, speed, delay) for nbytes in gradients
        )
        print(
            f"| {n} | {1000 * found['without']:.0f} | {1000 * found['with']:.0f} | {1000 * reckoned:.0f} |"
        )
    print(
        "\n| pixels | gradients, MiB | calculating, ms | link | "
        + " | ".join(map(str, GPUS))
        + " | below half |\n|"
        + "---|" * (5 + len(GPUS))
    )
    for row in reckon():
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
