"""Speed and memory of the default recipe at each precision, with and without XLA.

    .venv/bin/python benchmarks/precision.py    # width 32, 64 pixels, batches of 16
    .venv/bin/python benchmarks/precision.py --width 64 --size 128

Every round runs each of them in a process of its own, in alternating order; a ratio (to
float32 without XLA) is taken within a round. The table has medians over the rounds. For
docs/gpu.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import tensorflow as tf
from contenders import memory as peak_memory

from gan_lessons.data import Faces
from gan_lessons.device import gpu_names
from gan_lessons.recipe import FEW_PHOTOS, default_gan
from gan_lessons.scale import PRECISIONS


def measure(precision, jit, o):
    """Seconds of the first step, images/s, and peak memory in MiB of one GAN."""
    shape = (64 * o.batch, o.size, o.size, 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, "uint8")
    faces = Faces(noise, None, ("",) * len(noise))
    keras.utils.set_random_seed(0)
    switches = {"jit_compile": jit, "steps_per_execution": o.steps}
    gan = default_gan(FEW_PHOTOS, o.size, 3, o.width, precision=precision, **switches)
    photos = faces.dataset(o.batch).take(64 // o.steps * o.steps)
    begin = time.perf_counter()
    gan.fit(photos.take(o.steps), verbose=0)
    first, images = time.perf_counter() - begin, 0
    gan.fit(photos, verbose=0)
    begin = time.perf_counter()
    while time.perf_counter() - begin < o.seconds:
        gan.fit(photos, verbose=0)
        images += (64 // o.steps * o.steps) * o.batch
    rate = images / (time.perf_counter() - begin)
    if gpu_names():
        memory = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20
    else:
        memory = peak_memory()[0]
    return {"first": first, "rate": rate, "memory": memory}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument(
        "--steps", type=int, default=8, help="steps per execution (default: 8)"
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precisions", nargs="+", default=PRECISIONS)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.only:
        return print(json.dumps(measure(o.only[0], o.only[1] == "yes", o)))
    kinds = [(precision, jit) for precision in o.precisions for jit in ("no", "yes")]
    rounds = []
    for k in range(o.rounds):
        order = kinds if k % 2 == 0 else kinds[::-1]
        rounds.append({kind: measure_alone(*kind) for kind in order})
        print(f"round {k + 1}: {rounds[-1]}", file=sys.stderr, flush=True)
    print(
        f"{', '.join(gpu_names()) or 'CPU'}, {o.size} × {o.size} × 3, "
        f"width {o.width}, batches of {o.batch}, {o.steps} steps per execution, "
        f"medians of {o.rounds} rounds, TensorFlow {tf.__version__}, "
        f"Keras {keras.__version__}\n"
    )
    print("| precision | XLA | images/s | ratio to float32 without XLA ", end="")
    print("| first steps, s | peak memory, MiB |\n|---|---|---|---|---|---|")
    for kind in kinds:
        rate, first, memory = (
            statistics.median(each[kind][what] for each in rounds)
            for what in ("rate", "first", "memory")
        )
        ratio = statistics.median(
            each[kind]["rate"] / each[kinds[0]]["rate"] for each in rounds
        )
        print(f"| {kind[0]} | {kind[1]} | {rate:,.0f} | {ratio:.2f} ", end="")
        print(f"| {first:.1f} | {memory:,.0f} |")


def measure_alone(precision, jit):
    """`measure`, in a process of its own."""
    options = [*sys.argv[1:], "--only", precision, jit]
    command = [sys.executable, __file__, *options]
    output = subprocess.check_output(command, text=True)
    return json.loads(output.splitlines()[-1])


if __name__ == "__main__":
    main()
