"""This course's training step against two well-known examples and against its own ceiling: one table, for docs/speed.md.

    make bench                                            # everything
    .venv/bin/python benchmarks/bench.py --quality 0      # without the last row, which trains for minutes

Every round runs every contender once, each in a process of its own; a ratio is taken within a round, and the table has the
medians over the rounds. What the rows mean is told in docs/speed.md.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import numpy as np
import opponents
import tensorflow as tf
from contenders import CONTENDERS, FULL, recipe_gan, run

from gan_lessons.scale import count_macs

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/speed.md"
BEGIN, END = "<!-- what `make bench` printed -->", "<!-- the end of what it printed -->"


def run_alone(name, o):
    """`run`, in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--contender",
        name,
        f"--seed={o.seed}",
        f"--quality={o.quality}",
        f"--scratch={o.scratch}",
    ]
    return json.loads(
        subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()[-1]
    )


def write_noise(o):
    """The files of as many photos of noise as `o.photos` says."""
    for n in o.photos:
        photos = np.lib.format.open_memmap(
            pathlib.Path(o.scratch) / f"{n}.npy", "w+", "uint8", (n, o.size, o.size, 3)
        )
        for start in range(0, n, 100):
            photos[start : start + 100] = np.random.default_rng(start).integers(
                0, 256, photos[start : start + 100].shape, "uint8"
            )


def measure_all(o, run=run_alone):
    """The table's rows, lists of strings."""
    write_noise(o)
    rounds, names = [], [*CONTENDERS, *(f"photos {n}" for n in o.photos)]
    for k in range(o.rounds):
        rounds.append({})
        for name in names if k % 2 == 0 else names[::-1]:
            rounds[-1][name] = run(name, o)
            print(
                f"round {k + 1}: {name}: {rounds[-1][name]}",
                file=sys.stderr,
                flush=True,
            )
    few, *many = names[len(CONTENDERS) :]
    rows = [
        row(
            rounds,
            f"lesson 4's plain step, {o.size} × {o.size} colour : Keras example, batches of {o.batch}",
            "≥ 20",
            "plain",
            "keras example",
        ),
        row(
            rounds,
            f"default colour recipe, {o.size} × {o.size} : Keras example, batches of {o.batch}",
            "≥ 12",
            "recipe",
            "keras example",
        ),
        row(
            rounds,
            f"the course's networks, 32 × 32 grey : TensorFlow tutorial, 28 × 28 grey, batches of {o.tutorial}",
            "≥ 1",
            "small networks",
            "tutorial",
        ),
        row(
            rounds,
            f"the tutorial's networks in `GAN` : TensorFlow tutorial, batches of {o.tutorial}",
            "–",
            "tutorial's networks",
            "tutorial",
        ),
        *(
            row(
                rounds,
                f"{what}, `fit` : bare loop, batches of {o.own}",
                target,
                name,
                name,
                "rate",
                "bare",
            )
            for what, target, name in (
                ("plain step", "≥ 0.95", "plain and bare"),
                ("default recipe", "≥ 0.95", "recipe and bare"),
                (
                    "default recipe, a checkpoint every 400 photos",
                    "–",
                    "few photos and bare",
                ),
            )
        ),
        row(
            rounds,
            f"input pipeline alone : plain step, batches of {o.own}",
            "≥ 10",
            few,
            few,
            "pipeline",
            "rate",
        ),
    ]
    for what, key in (("input pipeline", "pipeline"), ("plain step", "rate")):
        rows += [
            row(
                rounds, f"{what}, {name} : {few}", "about 1", name, few, key, key, "own"
            )
            for name in many
        ]
    if o.quality:
        ours, theirs = (
            run(f"quality {name}", o) for name in ("recipe", "keras example")
        )
        print(ours, theirs, sep="\n", file=sys.stderr)
        title = (
            f"after {o.quality:g} minutes on {ours['photos']}, {ours['seen']:,} : {theirs['seen']:,} images seen, {{}}"
            f" of N = {ours['samples']:,} samples, default recipe : Keras example"
        )
        floor = f"Fréchet distance (real against real {ours['floor']:.2f})"
        for what, key in ((floor, "frechet"), ("KID", "kid")):
            rows.append(
                [
                    title.format(what),
                    f"{ours[key]:.3g}",
                    f"{theirs[key]:.3g}",
                    f"**{ours[key] / theirs[key]:.2f}**",
                    "< 1",
                    "",
                    "",
                ]
            )
    return rows


def row(
    rounds, title, target, ours, theirs, key="rate", their_key="rate", memory="memory"
):
    """One row: medians over the rounds, and the range of the ratio."""

    def median(name, key, form):
        return form.format(statistics.median(each[name][key] for each in rounds))

    ratios = sorted(each[ours][key] / each[theirs][their_key] for each in rounds)
    both = [(memory, "{:,.0f}"), ("first", "{:.1f}")]
    return [
        title,
        median(ours, key, "{:,.0f}"),
        median(theirs, their_key, "{:,.0f}"),
        f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        target,
        *(
            median(ours, what, form)
            if ours == theirs
            else f"{median(ours, what, form)} : {median(theirs, what, form)}"
            for what, form in both
        ),
    ]


def table(rows, o):
    """The rows as Markdown, and under them what they were measured on."""
    header = [
        "ours : the other",
        "ours, images/s",
        "the other",
        "ratio (range)",
        "target",
        "peak memory, MiB",
        "first step, s",
    ]
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("tensorflow", "keras", "numpy")
    )
    gpus = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    info = (
        pathlib.Path("/proc/cpuinfo").read_text()
        if os.path.exists("/proc/cpuinfo")
        else ""
    )
    processor = (
        info.partition("model name")[2].partition("\n")[0].strip("\t :")
        or platform.machine()
    )
    about = (
        f"Medians of {o.rounds} rounds, seed {o.seed}, on {', '.join(gpus) or f'{os.cpu_count()} cores ({processor})'}; Python {platform.python_version()}, "
        f"{versions}. The photos are ORL's 400, or as many of noise as a row says.\n\n{work(o)}"
    )
    return (
        "\n".join(
            "| " + " | ".join(cells) + " |"
            for cells in [header, ["---"] * len(header), *rows]
        )
        + "\n\n"
        + about
    )


def work(o):
    """What the networks multiply, the reason for most of the ratios."""
    ours, example = recipe_gan(o), opponents.FaceDCGAN(o.size, o.shrink)
    tutorials = dict(
        zip(("discriminator", "generator"), opponents.tutorial_networks(o.shrink))
    )
    counts = [
        f"{role}: "
        + ", ".join(
            f"{whose} {count_macs(network) / 1e6:,.1f}"
            for whose, network in (
                ("ours", getattr(ours, role)),
                ("the Keras example's", getattr(example, role)),
                ("the TensorFlow tutorial's", tutorials[role]),
            )
        )
        for role in ("generator", "discriminator")
    ]
    return f"Millions of multiplications for one picture, forward; {'; '.join(counts)}."


def store(text, page=PAGE):
    """Put the table between the page's two marks."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--quality",
        type=float,
        default=5,
        help="minutes of training before the quality is measured; 0: leave that out (default: 5)",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    parser.add_argument("--scratch", help=argparse.SUPPRESS)
    o = argparse.Namespace(**FULL, **vars(parser.parse_args()))
    if o.contender:
        return print(json.dumps(run(o.contender, o)))
    with tempfile.TemporaryDirectory() as o.scratch:
        text = table(measure_all(o), o)
    print(text)
    store(text)


if __name__ == "__main__":
    main()
