"""Speed and memory of the default recipe at each precision, with and without XLA.

    .venv/bin/python benchmarks/precision.py    # width 32, 64 pixels, batches of 16
    .venv/bin/python benchmarks/precision.py --networks 32,64 64,64 128,128

Each kind trains in a process of its own. All processes start together; when every one
has done its first steps, they train in turns, one at a time, in alternating order. A
ratio (to the first row) is taken within a round. The tables have medians over the
rounds. For docs/gpu.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import tensorflow as tf
from contenders import memory as peak_memory

from gan_lessons.data import Faces
from gan_lessons.device import best_steps_per_execution, gpu_names
from gan_lessons.recipe import FEW_PHOTOS, Clock, default_gan
from gan_lessons.scale import PRECISIONS


def main():
    o = parse_options()
    if o.only:
        return take_turns(*o.only, o)
    kinds = [
        (network, precision, jit)
        for network in o.networks
        for precision in o.precisions
        for jit in ("no", "yes")
    ]
    workers = {kind: start(kind) for kind in kinds}
    for kind, worker in workers.items():
        if not worker.stdout.readline():  # an empty line says that it is ready
            sys.exit(f"{' '.join(kind)} has stopped: its error is above")
    rounds = []
    for k in range(o.rounds):
        order = kinds if k % 2 == 0 else kinds[::-1]
        rounds.append({kind: next_turn(workers[kind]) for kind in order})
    for worker in workers.values():
        worker.communicate()
    print(
        f"{', '.join(gpu_names()) or f'CPU, {os.cpu_count()} cores'}, batches of "
        f"{o.batch}, {o.steps} steps per execution, medians of {o.rounds} rounds of "
        f"{o.seconds:g} s, TensorFlow {tf.__version__}, Keras {keras.__version__}"
    )
    for network in o.networks:
        print_table(network, [kind for kind in kinds if kind[0] == network], rounds)


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--networks", nargs="+", default=["32,64"], help="width,size in pixels")
    add("--batch", type=int, default=16)
    add(
        "--steps",
        type=int,
        default=best_steps_per_execution(),
        help="steps per execution; as `train` has it if not given",
    )
    add("--seconds", type=float, default=10, help="of a turn")
    add("--rounds", type=int, default=3)
    add("--precisions", nargs="+", default=PRECISIONS)
    add("--only", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def start(kind):
    """`take_turns`, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, __file__, *sys.argv[1:], "--only", *kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Else the first process would take all the memory of a GPU.
        env=os.environ | {"TF_FORCE_GPU_ALLOW_GROWTH": "true"},
        text=True,
    )


def next_turn(worker):
    print(file=worker.stdin, flush=True)
    return json.loads(worker.stdout.readline())


def take_turns(network, precision, jit, o):
    """Train one kind a little, and then for so many seconds at each line read.

    Prints a line of JSON each time: images/s, and the peak memory in MiB.
    """
    width, size = map(int, network.split(","))
    shape = (64 * o.batch, size, size, 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, "uint8")
    photos = Faces(noise, None, ("",) * len(noise)).dataset(o.batch)
    keras.utils.set_random_seed(0)
    switches = {"jit_compile": jit == "yes", "steps_per_execution": o.steps}
    gan = default_gan(FEW_PHOTOS, size, 3, width, precision=precision, **switches)
    gan.fit(photos, verbose=0)
    print(flush=True)
    for _ in sys.stdin:
        clock = Clock(o.batch, o.seconds / 60)
        gan.fit(photos, epochs=10**6, verbose=0, callbacks=[clock])
        print(json.dumps((clock.images / clock.seconds, memory())), flush=True)


def memory():
    """The peak in MiB: of the GPU, or of the process."""
    if gpu_names():
        return tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20
    return peak_memory()[0]


def print_table(network, kinds, rounds):
    width, size = network.split(",")
    print(f"\nWidth {width}, {size} × {size} × 3:\n")
    print("| precision | XLA | images/s | ratio to the first row | peak memory, MiB |")
    print("|---|---|---|---|---|")
    for kind in kinds:
        rate, mib = (
            statistics.median(each[kind][i] for each in rounds) for i in (0, 1)
        )
        ratio = statistics.median(each[kind][0] / each[kinds[0]][0] for each in rounds)
        _, precision, jit = kind
        print(f"| {precision} | {jit} | {rate:,.0f} | {ratio:.2f} | {mib:,.0f} |")


if __name__ == "__main__":
    main()
