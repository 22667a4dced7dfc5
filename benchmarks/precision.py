"""Images per second, memory and first step of the default colour recipe: at each precision, with and without XLA.

    .venv/bin/python benchmarks/precision.py                       # width 32, 64 pixels, batches of 16, all precisions
    .venv/bin/python benchmarks/precision.py --width 64 --size 128

Every round runs each of them in a process of its own, in alternating order; a ratio (to float32 without XLA) is taken within a round. The
table has medians over the rounds. For docs/gpu.md.
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
from gan_lessons.gan import PRECISIONS, R1GAN
from gan_lessons.models import build_discriminator, build_generator


def measure(precision, jit, o):
    """Seconds to the first step's end, images/s of `o.seconds` of steps, and peak memory in MiB of one GAN in this process."""
    faces = Faces(
        np.random.default_rng(0).integers(
            0, 256, (64 * o.batch, o.size, o.size, 3), "uint8"
        ),
        None,
        ("",) * 64 * o.batch,
    )
    keras.utils.set_random_seed(0)
    networks = (
        build_discriminator(o.size, 3, o.width),
        build_generator(o.size, 3, o.width, 128),
    )
    gan = R1GAN(*networks, gamma=0.5, ema=0.999)
    gan.compile(
        *(keras.optimizers.Adam(8e-4, beta_1=0.0, beta_2=0.99) for _ in networks),
        precision=precision,
        jit_compile=jit,
        steps_per_execution=o.steps,
    )
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
    on_gpu = tf.config.list_physical_devices("GPU")
    memory = (
        tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20
        if on_gpu
        else peak_memory()[0]
    )
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
        return print(json.dumps(measure(o.only[0], o.only[1] == "XLA", o)))
    kinds, rounds = (
        [(precision, jit) for precision in o.precisions for jit in ("no XLA", "XLA")],
        [],
    )
    for k in range(o.rounds):
        rounds.append({})
        for kind in kinds if k % 2 == 0 else kinds[::-1]:
            alone = [sys.executable, __file__, *sys.argv[1:], "--only", *kind]
            rounds[-1][kind] = json.loads(
                subprocess.run(
                    alone, stdout=subprocess.PIPE, text=True, check=True
                ).stdout.splitlines()[-1]
            )
            print(
                f"round {k + 1}: {kind}: {rounds[-1][kind]}",
                file=sys.stderr,
                flush=True,
            )
    gpus = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    print(
        f"{', '.join(gpus) or 'CPU'}, {o.size} × {o.size} × 3, width {o.width}, batches of {o.batch}, {o.steps} steps per execution, "
        f"medians of {o.rounds} rounds, TensorFlow {tf.__version__}, Keras {keras.__version__}\n"
    )
    print(
        "| precision | XLA | images/s | ratio to float32 without XLA | first steps, s | peak memory, MiB |\n|---|---|---|---|---|---|"
    )
    for kind in kinds:
        rate, first, memory = (
            statistics.median(each[kind][what] for each in rounds)
            for what in ("rate", "first", "memory")
        )
        ratio = statistics.median(
            each[kind]["rate"] / each[kinds[0]]["rate"] for each in rounds
        )
        print(
            f"| {kind[0]} | {'yes' if kind[1] == 'XLA' else 'no'} | {rate:,.0f} | {ratio:.2f} | {first:.1f} | {memory:,.0f} |"
        )


if __name__ == "__main__":
    main()
