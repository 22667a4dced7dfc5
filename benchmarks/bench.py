"""The course's training step against two well-known examples and its own ceiling.

    make bench                                        # everything
    .venv/bin/python benchmarks/bench.py --quality 0  # without the minutes of training

Every round runs every contender once, each in a process of its own; a ratio is taken
within a round, and the table has the medians over the rounds. docs/speed.md says what
the rows mean.
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
from contenders import CONTENDERS, FULL, recipe_gan, run

from gan_lessons.device import gpu_names
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
    photos = [f"photos {n}" for n in o.photos]
    names, rounds = [*CONTENDERS, *photos], []
    for k in range(o.rounds):
        rounds.append({})
        for name in names if k % 2 == 0 else names[::-1]:
            found = rounds[-1][name] = run(name, o)
            print(f"round {k + 1}: {name}: {found}", file=sys.stderr, flush=True)
    rows = [*against_examples(rounds, o), *against_ourselves(rounds, o, *photos)]
    return [*rows, *quality_rows(o, run)] if o.quality else rows


def against_examples(rounds, o):
    """Rows against the Keras example and the TensorFlow tutorial."""
    colour = f"{o.size} × {o.size} colour"
    keras, tutorial = f"batches of {o.batch}", f"batches of {o.tutorial}"
    return [
        row(
            rounds,
            f"lesson 4's plain step, {colour} : Keras example, {keras}",
            "≥ 20",
            "plain",
            "keras example",
        ),
        row(
            rounds,
            f"default recipe, {colour} : Keras example, {keras}",
            "≥ 12",
            "recipe",
            "keras example",
        ),
        row(
            rounds,
            "the course's networks, 32 × 32 grey : TensorFlow tutorial, "
            f"28 × 28 grey, {tutorial}",
            "≥ 1",
            "small networks",
            "tutorial",
        ),
        row(
            rounds,
            f"the tutorial's networks in `GAN` : TensorFlow tutorial, {tutorial}",
            "–",
            "tutorial's networks",
            "tutorial",
        ),
    ]


def against_ourselves(rounds, o, few, *many):
    """Rows against the bare loop, without progress, and with more photos."""
    own, rows = f"batches of {o.own}", []
    for what, target, name in (
        ("plain step", "≥ 0.95", "plain and bare"),
        ("default recipe", "≥ 0.95", "recipe and bare"),
        ("default recipe, a checkpoint every 400 photos", "–", "few photos and bare"),
    ):
        title = f"{what}, `fit` : bare loop, {own}"
        rows.append(row(rounds, title, target, name, name, their_key="bare"))
    title = f"default recipe with a notebook's progress : without its seconds, {own}"
    name = "progress"
    rows.append(row(rounds, title, "≥ 0.98", name, name, their_key="unhindered"))
    title = f"input pipeline alone : plain step, {own}"
    rows.append(row(rounds, title, "≥ 10", few, few, "pipeline", "rate"))
    for what, key in (("input pipeline", "pipeline"), ("plain step", "rate")):
        for name in many:
            title = f"{what}, {name} : {few}"
            rows.append(row(rounds, title, "about 1", name, few, key, key, "own"))
    return rows


def quality_rows(o, run):
    """Rows on the faces after equal minutes of training."""
    ours, theirs = run("quality recipe", o), run("quality keras example", o)
    print(ours, theirs, sep="\n", file=sys.stderr)
    floor = f"Fréchet distance (real against real {ours['floor']:.2f})"
    rows = []
    for what, key in ((floor, "frechet"), ("KID", "kid")):
        title = (
            f"after {o.quality:g} minutes on {ours['photos']}, {ours['seen']:,} : "
            f"{theirs['seen']:,} images seen, {what} of N = {ours['samples']:,} "
            "samples, default recipe : Keras example"
        )
        ratio = f"**{ours[key] / theirs[key]:.2f}**"
        both = [f"{ours[key]:.3g}", f"{theirs[key]:.3g}"]
        rows.append([title, *both, ratio, "< 1", "", ""])
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
    lines = [header, ["---"] * len(header), *rows]
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("tensorflow", "keras", "numpy")
    )
    return (
        f"{text}\n\nMedians of {o.rounds} rounds, seed {o.seed}, on {machine()}; "
        f"Python {platform.python_version()}, {versions}. The photos are ORL's 400, or "
        f"as many of noise as a row says.\n\n{macs(o)}"
    )


def machine():
    """The GPUs, or the cores and the processor's name."""
    info = pathlib.Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    name = text.partition("model name")[2].partition("\n")[0].strip("\t :")
    cores = f"{os.cpu_count()} cores ({name or platform.machine()})"
    return ", ".join(gpu_names()) or cores


def macs(o):
    """The networks' multiply-accumulate operations, the reason for most ratios."""
    ours, example = recipe_gan(o), opponents.FaceDCGAN(o.size, o.shrink)
    tutorial = opponents.tutorial_networks(o.shrink)
    networks = {
        "ours": (ours.discriminator, ours.generator),
        "the Keras example's": (example.discriminator, example.generator),
        "the TensorFlow tutorial's": tutorial,
    }
    counts = []
    for k, role in ((1, "generator"), (0, "discriminator")):
        millions = {
            whose: count_macs(pair[k]) / 1e6 for whose, pair in networks.items()
        }
        each = ", ".join(f"{whose} {count:,.1f}" for whose, count in millions.items())
        counts.append(f"{role}: {each}")
    return f"Millions of MACs for one image, forward; {'; '.join(counts)}."


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
        help="minutes of training before quality is measured; 0: none (default: 5)",
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
