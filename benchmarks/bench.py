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
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

import keras
import numpy as np
import opponents
import tensorflow as tf

from gan_lessons import cli
from gan_lessons.callbacks import Checkpoint, History, StopOnNaN, Timeline
from gan_lessons.data import Faces, load_faces, to_uint8
from gan_lessons.gan import GAN
from gan_lessons.metrics import measure
from gan_lessons.models import build_discriminator, build_generator, sample_latents

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/speed.md"
BEGIN, END = "<!-- what `make bench` printed -->", "<!-- the end of what it printed -->"
EPOCHS = 6  # of every contender; the first is not counted
# batch: the Keras example's, and its opponents'; own: that of lesson 4 and of `train`; tutorial: the TensorFlow tutorial's; pipeline: photos read at least
FULL = dict(size=64, shrink=1, batch=32, own=16, tutorial=256, photos=(400, 10_000, 100_000), pipeline=20_000, features="attributes", samples=2000)
TINY = dict(size=16, shrink=16, batch=128, own=128, tutorial=16, photos=(128, 256, 512), pipeline=256, samples=50,
            features=lambda images: images[:, ::8, ::8].reshape(len(images), -1))


class Meter(keras.callbacks.Callback):
    """The seconds to the end of the first step and of every epoch; after each epoch, if there is one, of a bare loop."""

    bare = pipeline = first = None

    def __init__(self):
        super().__init__()
        self.start = self.mark = time.perf_counter()
        self.epochs, self.bares, self.own = [], [], 0

    def on_train_batch_end(self, batch, logs=None):
        self.first = self.first or time.perf_counter() - self.start
        self.own = max(self.own, own_memory())

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.epochs.append(now - self.mark)
        if self.bare:
            self.bare()
            self.bares.append(time.perf_counter() - now)
        self.mark = time.perf_counter()

    def figures(self, images):
        """What was measured, `images` being those of one epoch."""
        rate, bare = ((EPOCHS - 1) * images / sum(times[1:]) if times else None for times in (self.epochs, self.bares))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        return {"rate": rate, "bare": bare, "pipeline": self.pipeline, "first": self.first, "memory": peak, "own": self.own or peak}


def own_memory():
    """MiB of this process that are not pages of files, which the system takes back when it needs them; 0 where there is no /proc."""
    try:
        return int(pathlib.Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) / 2**10
    except OSError:
        return 0


# The contenders: each trains with a meter among its callbacks, and returns how many images an epoch had.


def faces_of(images):
    return Faces(images, None, ("",) * len(images))


def orl(o):
    """ORL's 400 photos in three channels."""
    return faces_of(np.repeat(load_faces("orl", o.size).images, 3, axis=-1))


def keras_example(o, meter):
    photos = orl(o).dataset(o.batch).map(lambda batch: (batch + 1) / 2).take(2)  # so slow that two steps make an epoch
    opponents.FaceDCGAN(o.size, o.shrink).fit(photos, epochs=EPOCHS, callbacks=[meter], shuffle=False, verbose=0)
    return 2 * o.batch


def plain_gan(o):
    """Lesson 4's, in colour."""
    gan = GAN(build_discriminator(o.size, 3, 32 // o.shrink), build_generator(o.size, 3, 32 // o.shrink, latent_dim=64))
    gan.compile(*(keras.optimizers.Adam(4e-4, beta_1=0.5) for _ in range(2)))
    return gan


def recipe_gan(o):
    """What `gan-lessons train` trains on many colour photos."""
    return cli._new_gan(o.size, 3, 32 // o.shrink, 128, o.seed, few=False)


def fitted(build, batch="batch", against_bare=False):
    """`fit` with all the callbacks of `gan-lessons train`; on request, with a bare loop of the same step after each epoch."""

    def contender(o, meter):
        gan, photos, n, folder = build(o), orl(o), getattr(o, batch), tempfile.mkdtemp(dir=o.scratch)
        if against_bare:
            meter.bare = bare_loop(gan, list(photos.dataset(n)))
        callbacks = [Checkpoint(folder), History(folder), Timeline(folder, n=16, every=5), StopOnNaN(), cli._clock(n, None)]
        gan.fit(photos.dataset(n), epochs=EPOCHS, callbacks=[*callbacks, meter], verbose=0)
        return len(photos) // n * n

    return contender


def bare_loop(gan, batches):
    """An epoch of the GAN's own `train_step`, on photos that are in memory already, with nothing around it."""
    step = tf.function(gan.train_step)

    def epoch():
        for batch in batches:
            scores = step(batch)
        float(scores["d_loss"])  # a GPU is done only when somebody asks for its result

    return epoch


def tutorial_photos(o, size):
    """ORL several times over, so that an epoch has four of the tutorial's batches; 28 × 28 is the middle of 32 × 32."""
    cut = slice((32 - size) // 2, (32 + size) // 2)
    return faces_of(np.resize(load_faces("orl", 32).images, (4 * o.tutorial, 32, 32, 1))[:, cut, cut]).dataset(o.tutorial)


def tutorial(o, meter):
    step, photos = opponents.tutorial_step(*opponents.tutorial_networks(o.shrink)), tutorial_photos(o, 28)
    for epoch in range(EPOCHS):
        for batch, real in enumerate(photos):
            step(real)
            meter.on_train_batch_end(batch)
        meter.on_epoch_end(epoch)
    return 4 * o.tutorial


def at_the_tutorials_task(build, size):
    def contender(o, meter):
        gan = GAN(*build(o))
        gan.compile(*(keras.optimizers.Adam(1e-4) for _ in range(2)))
        gan.fit(tutorial_photos(o, size), epochs=EPOCHS, callbacks=[meter], verbose=0)
        return 4 * o.tutorial

    return contender


def small_networks(o):
    return build_discriminator(32, 1, 32 // o.shrink), build_generator(32, 1, 32 // o.shrink, latent_dim=100)


def many_photos(n):
    """The plain step on `n` photos that are mapped into memory, and then the input pipeline alone over all of them."""

    def contender(o, meter):
        faces = faces_of(np.load(pathlib.Path(o.scratch) / f"{n}.npy", mmap_mode="r"))
        steps, seen = min(25, n // o.own), max(n, o.pipeline) // o.own
        plain_gan(o).fit(faces.dataset(o.own).take(steps), epochs=EPOCHS, callbacks=[meter], verbose=0)
        start = time.perf_counter()
        for _ in faces.dataset(o.own).repeat().take(seen):
            pass
        meter.pipeline = seen * o.own / (time.perf_counter() - start)
        meter.on_train_batch_end(0)  # the memory
        return steps * o.own

    return contender


CONTENDERS = {
    "keras example": keras_example, "plain": fitted(plain_gan), "recipe": fitted(recipe_gan), "tutorial": tutorial,
    "small networks": at_the_tutorials_task(small_networks, 32),
    "tutorial's networks": at_the_tutorials_task(lambda o: opponents.tutorial_networks(o.shrink), 28),
    "plain and bare": fitted(plain_gan, "own", against_bare=True), "recipe and bare": fitted(recipe_gan, "own", against_bare=True),
}


def quality(name, o):
    """Train for so many minutes, each with its own batch, and `measure` samples."""
    photos_of = "utkface" if os.environ.get("GAN_LESSONS_DATA") else "orl"
    faces = load_faces("utkface", o.size) if photos_of == "utkface" else orl(o)
    if name == "recipe":
        gan, n = cli._new_gan(o.size, 3, 32 // o.shrink, 128, o.seed, few=len(faces) < cli.FEW), o.own
        photos, paint = faces.dataset(n, seed=o.seed), lambda samples: gan.generate(samples, o.seed)
    else:
        gan, n = opponents.FaceDCGAN(o.size, o.shrink), o.batch
        photos = faces.dataset(n, seed=o.seed).map(lambda batch: (batch + 1) / 2)

        def paint(samples):
            batches = np.array_split(sample_latents(samples, gan.latent_dim, o.seed), -(-samples // 50))
            return np.concatenate([to_uint8(2 * gan.generator(batch, training=False) - 1) for batch in batches])

    clock, samples = cli._clock(n, o.quality), min(o.samples, len(faces) // 2)
    gan.fit(photos, epochs=10**6, callbacks=[clock], shuffle=False, verbose=0)
    found = measure(faces.images, paint(samples), o.features)
    return {"frechet": found.frechet, "kid": found.kid, "floor": found.frechet_floor, "samples": samples, "seen": clock.images, "photos": photos_of}


# The rounds and the table


def run(name, o):
    """The figures of one contender, a dict; `name` is one of `CONTENDERS`, "photos N" or "quality NAME"."""
    keras.utils.set_random_seed(o.seed)
    if name.startswith("quality "):
        return quality(name.removeprefix("quality "), o)
    contender, meter = CONTENDERS.get(name) or many_photos(int(name.removeprefix("photos "))), Meter()
    return meter.figures(contender(o, meter))


def run_alone(name, o):
    """`run`, in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, f"--seed={o.seed}", f"--quality={o.quality}", f"--scratch={o.scratch}"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])


def measure_all(o, run=run_alone):
    """The table's rows, lists of strings."""
    for n in o.photos:  # noise
        photos = np.lib.format.open_memmap(pathlib.Path(o.scratch) / f"{n}.npy", "w+", "uint8", (n, o.size, o.size, 3))
        for start in range(0, n, 100):
            photos[start : start + 100] = np.random.default_rng(start).integers(0, 256, photos[start : start + 100].shape, "uint8")
    rounds, names = [], [*CONTENDERS, *(f"photos {n}" for n in o.photos)]
    for k in range(o.rounds):
        rounds.append({})
        for name in names if k % 2 == 0 else names[::-1]:
            rounds[-1][name] = run(name, o)
            print(f"round {k + 1}: {name}: {rounds[-1][name]}", file=sys.stderr, flush=True)
    few, *many = names[len(CONTENDERS):]
    rows = [
        row(rounds, f"lesson 4's plain step, {o.size} × {o.size} colour : Keras example, batches of {o.batch}", "≥ 20", "plain", "keras example"),
        row(rounds, f"default colour recipe, {o.size} × {o.size} : Keras example, batches of {o.batch}", "≥ 12", "recipe", "keras example"),
        row(rounds, f"the course's networks, 32 × 32 grey : TensorFlow tutorial, 28 × 28 grey, batches of {o.tutorial}", "≥ 1", "small networks", "tutorial"),
        row(rounds, f"the tutorial's networks in `GAN` : TensorFlow tutorial, batches of {o.tutorial}", "–", "tutorial's networks", "tutorial"),
        row(rounds, f"plain step, `fit` : bare loop, batches of {o.own}", "≥ 0.95", "plain and bare", "plain and bare", "rate", "bare"),
        row(rounds, f"default recipe, `fit` : bare loop, batches of {o.own}", "≥ 0.95", "recipe and bare", "recipe and bare", "rate", "bare"),
        row(rounds, f"input pipeline alone : plain step, batches of {o.own}", "≥ 10", few, few, "pipeline", "rate"),
    ]
    for what, key in (("input pipeline", "pipeline"), ("plain step", "rate")):
        rows += [row(rounds, f"{what}, {name} : {few}", "about 1", name, few, key, key, "own") for name in many]
    if o.quality:
        ours, theirs = (run(f"quality {name}", o) for name in ("recipe", "keras example"))
        print(ours, theirs, sep="\n", file=sys.stderr)
        title = (f"after {o.quality:g} minutes on {ours['photos']}, {ours['seen']:,} : {theirs['seen']:,} images seen, {{}}"
                 f" of N = {ours['samples']:,} samples, default recipe : Keras example")
        floor = f"Fréchet distance (real against real {ours['floor']:.2f})"
        for what, key in ((floor, "frechet"), ("KID", "kid")):
            rows.append([title.format(what), f"{ours[key]:.3g}", f"{theirs[key]:.3g}", f"**{ours[key] / theirs[key]:.2f}**", "< 1", "", ""])
    return rows


def row(rounds, title, target, ours, theirs, key="rate", their_key="rate", memory="memory"):
    """One row: medians over the rounds, and the range of the ratio."""
    def median(name, key, form):
        return form.format(statistics.median(each[name][key] for each in rounds))

    ratios = sorted(each[ours][key] / each[theirs][their_key] for each in rounds)
    both = [(memory, "{:,.0f}"), ("first", "{:.1f}")]
    return [title, median(ours, key, "{:,.0f}"), median(theirs, their_key, "{:,.0f}"),
            f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})", target,
            *(median(ours, what, form) if ours == theirs else f"{median(ours, what, form)} : {median(theirs, what, form)}" for what, form in both)]


def table(rows, o):
    """The rows as Markdown, and under them what they were measured on."""
    header = ["ours : the other", "ours, images/s", "the other", "ratio (range)", "target", "peak memory, MiB", "first step, s"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("tensorflow", "keras", "numpy"))
    gpus = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in tf.config.list_physical_devices("GPU")]
    info = pathlib.Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
    processor = info.partition("model name")[2].partition("\n")[0].strip("\t :") or platform.machine()
    about = (f"Medians of {o.rounds} rounds, seed {o.seed}, on {', '.join(gpus) or f'{os.cpu_count()} cores ({processor})'}; Python {platform.python_version()}, "
             f"{versions}. The photos are ORL's 400, or as many of noise as a row says.")
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *rows]) + "\n\n" + about


def store(text, page=PAGE):
    """Put the table between the page's two marks."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quality", type=float, default=5, help="minutes of training before the quality is measured; 0: leave that out (default: 5)")
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
