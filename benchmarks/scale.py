"""What it costs to train on several machines, for docs/scale.md.

    .venv/bin/python benchmarks/scale.py

Groups of 1, 2 and 4 processes of this machine add up arrays of several sizes, which
gives the link's speed and delay; then they train, with and without exchanging
gradients, at the same time on the same cores. The cost of the exchange is compared with
`scale.all_reduce_seconds`. Then the same formula for 1 to 256 GPUs, whose speed and
links are assumed, as the table says.
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
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.recipe import FEW_PHOTOS, default_gan
from gan_lessons.scale import (
    all_reduce_seconds,
    count_macs,
    make_strategy,
    scaling_efficiency,
)

SIZES = [2**k for k in (12, 16, 20, 22, 24)]  # bytes
GPUS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
FLOPS = 5e12  # of a step, per second on one GPU: lesson 10's assumption


def seconds_each(act, times=15):
    """The median duration of `act`, after three that do not count."""
    durations = []
    for _ in range(times + 3):
        begin = time.perf_counter()
        act()
        durations.append(time.perf_counter() - begin)
    return statistics.median(durations[3:])


def worker(o):
    """In one process of a group: seconds of sums, of a step alone, and together."""
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
        together = default_gan(FEW_PHOTOS)
    alone = default_gan(FEW_PHOTOS)
    photos = tf.random.uniform((o.batch, 64, 64, 3), -1, 1)
    step = tf.function(alone.train_step)
    exchange = tf.function(lambda: strategy.run(together.train_step, args=(photos,)))
    adding(4)  # all wait for each other, and then compute at the same time
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


def predict():
    """From 1 to 256 GPUs, the share of the time spent computing: a row per link."""
    rows = []
    for size in (64, 128, 256):
        networks = build_discriminator(size, 3, 64), build_generator(size, 3, 64, 128)
        gradients = [4 * network.count_params() for network in networks]
        # A backward pass costs two forward ones. D sees two images, then one; G paints
        # two and learns from one.
        d_macs, g_macs = map(count_macs, networks)
        macs = d_macs * (2 * 3 + 3) + g_macs * (1 + 3)
        seconds = 16 * 2 * macs / FLOPS
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
    # seconds = 2 (n - 1) (bytes / n / speed + delay): of two processes, the smallest
    # sum gives the delay and the largest the speed.
    sums = measured[2]["sums"]
    delay, speed = sums[0] / 2, SIZES[-1] / (sums[-1] - sums[0])
    rate, milliseconds = speed / 1e9, 1000 * delay
    print(f"From two processes: {rate:.2f} GB/s, {milliseconds:.2f} ms a message.\n")
    sizes = [f"{nbytes / 2**20:.3g} MiB, ms: measured (formula)" for nbytes in SIZES]
    print_header("processes", *sizes)
    for n in (2, 4):
        cells = [f"{n}"]
        for nbytes, seconds in zip(SIZES, measured[n]["sums"]):
            predicted = all_reduce_seconds(nbytes, n, speed, delay)
            cells.append(f"{1000 * seconds:.1f} ({1000 * predicted:.1f})")
        print_row(cells)
    gan = default_gan(FEW_PHOTOS)
    gradients = [
        4 * network.count_params() for network in (gan.discriminator, gan.generator)
    ]
    print()
    print_header("processes", "step without exchange, ms", "with, ms", "formula, ms")
    for n, found in measured.items():
        exchange = sum(all_reduce_seconds(size, n, speed, delay) for size in gradients)
        seconds = (found["without"], found["with"], found["without"] + exchange)
        print_row([f"{n}", *(f"{1000 * each:.0f}" for each in seconds)])
    print()
    print_header(
        "pixels",
        "gradients, MiB",
        "computing, ms",
        "link",
        *map(str, GPUS),
        "below half",
    )
    for row in predict():
        print_row(row)


def print_header(*cells):
    print_row(cells)
    print_row(["---"] * len(cells))


def print_row(cells):
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
