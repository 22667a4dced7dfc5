"""Who takes part in `bench.py`.

Each contender trains with a `Meter` and returns the number of images of an epoch. Its
options `o` are those of `bench.py`, with the sizes `FULL`, or `TINY` for a quick try.
"""

import pathlib
import resource
import sys
import tempfile
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import opponents
import tensorflow as tf

from gan_lessons.callbacks import Checkpoint, History, Progress, StopOnNaN, Timeline
from gan_lessons.callbacks.progress import _Notebook
from gan_lessons.data import Faces, load_faces, to_uint8
from gan_lessons.gan import GAN
from gan_lessons.metrics import measure
from gan_lessons.models import build_discriminator, build_generator, sample_latents
from gan_lessons.recipe import FEW_PHOTOS, Clock, default_gan
from gan_lessons.sources import where

EPOCHS = 6  # twice as many against a bare loop; the first is not counted
# Batches: `batch` is the Keras example's and its opponents', `own` that of lesson 4 and
# of `train`, `tutorial` the TensorFlow tutorial's.
FULL = dict(
    size=64,
    shrink=1,
    batch=32,
    own=16,
    tutorial=256,
    photos=(400, 10_000, 100_000),
    pipeline=20_000,
    features="attributes",
    samples=2000,
)
TINY = dict(
    size=16,
    shrink=16,
    batch=128,
    own=128,
    tutorial=16,
    photos=(128, 256, 512),
    pipeline=256,
    samples=50,
    features=lambda images: images[:, ::8, ::8].reshape(len(images), -1),
)


class Meter(keras.callbacks.Callback):
    """The seconds of the first step, of every epoch, and of bare loops in between."""

    bare = pipeline = first = progress = None

    def __init__(self):
        super().__init__()
        self.epochs, self.bares, self.own = [], [], 0

    def begin(self):
        """To be called right before `fit`."""
        self.start = self.mark = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.first = self.first or time.perf_counter() - self.start

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.epochs.append(now - self.mark)
        if self.bare:
            self.bare()
            self.bares.append(time.perf_counter() - now)
        self.own = max(self.own, memory()[1])
        self.mark = time.perf_counter()

    def figures(self, images):
        """What was measured, `images` being those of one epoch."""
        rate, bare = (
            (len(times) - 1) * images / sum(times[1:]) if times else None
            for times in (self.epochs, self.bares)
        )
        unhindered = None
        if self.progress:
            seconds = sum(self.epochs) - self.progress.seconds_spent
            unhindered = rate * sum(self.epochs) / seconds
        return {
            "rate": rate,
            "bare": bare,
            "unhindered": unhindered,
            "pipeline": self.pipeline,
            "first": self.first,
            "memory": memory()[0],
            "own": self.own,
        }


def memory():
    """MiB: the peak of this process, and what it has now besides pages of files."""
    try:
        status = pathlib.Path("/proc/self/status").read_text()
        return [
            int(status.partition(name)[2].split()[0]) / 2**10
            for name in ("VmHWM:", "RssAnon:")
        ]
    except OSError:  # not Linux; there, a child's ru_maxrss would begin at its parent's
        unit = 2**20 if sys.platform == "darwin" else 2**10
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        return [peak, peak]


class TimedProgress(Progress):
    """A notebook's progress, shown nowhere, that counts the seconds it takes."""

    def __init__(self):
        super().__init__()
        self.seconds_spent = 0.0

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.view = _Notebook()
        self.view._display = lambda data: None

    def on_train_batch_end(self, batch, logs=None):
        start = time.perf_counter()
        super().on_train_batch_end(batch, logs)
        self.seconds_spent += time.perf_counter() - start


def faces_of(images):
    return Faces(images, None, ("",) * len(images))


def orl(o):
    """ORL's 400 photos in three channels."""
    return faces_of(np.repeat(load_faces("orl", o.size).images, 3, axis=-1))


def keras_example(o, meter):
    # So slow that one step makes an epoch.
    photos = orl(o).dataset(o.batch).map(lambda batch: (batch + 1) / 2).take(1)
    gan = opponents.FaceDCGAN(o.size, o.shrink)
    meter.begin()
    gan.fit(photos, epochs=EPOCHS, callbacks=[meter], shuffle=False, verbose=0)
    return o.batch


def plain_gan(o):
    """Lesson 4's, in colour."""
    gan = GAN(
        build_discriminator(o.size, 3, 32 // o.shrink),
        build_generator(o.size, 3, 32 // o.shrink, latent_dim=64),
    )
    gan.compile(*(keras.optimizers.Adam(4e-4, beta_1=0.5) for _ in range(2)))
    return gan


def recipe_gan(o):
    """What `gan-lessons train` trains on many colour photos."""
    return default_gan(FEW_PHOTOS, o.size, 3, 32 // o.shrink, seed=o.seed)


def fitted(build, batch="batch", against_bare=False, every=5, progress=False):
    """`fit` with the callbacks of `gan-lessons train`.

    against_bare: with a bare loop of the same step after each epoch.
    every: epochs between two checkpoints; five of ORL's are 2,000 photos, as many as
    lie between two of `train` if an epoch has them.
    progress: with a notebook's progress.
    """

    def contender(o, meter):
        gan, photos, n = build(o), orl(o), getattr(o, batch)
        folder = tempfile.mkdtemp(dir=o.scratch)
        if against_bare:
            meter.bare = bare_loop(gan, list(photos.dataset(n)))
        callbacks = [
            Checkpoint(folder, every),
            History(folder),
            Timeline(folder, n=16, every=5),
            StopOnNaN(),
            Clock(n),
        ]
        if progress:
            meter.progress = TimedProgress()
            callbacks.append(meter.progress)
        batches, epochs = photos.dataset(n), EPOCHS * (1 + against_bare)
        meter.begin()
        gan.fit(batches, epochs=epochs, callbacks=[*callbacks, meter], verbose=0)
        return len(photos) // n * n

    return contender


def bare_loop(gan, batches):
    """An epoch of `train_step` on batches in memory, with nothing around it."""
    step = tf.function(gan.train_step)

    def epoch():
        for batch in batches:
            scores = step(batch)
        float(scores["d_loss"])  # a GPU is done only when somebody asks for its result

    return epoch


def tutorial_photos(o, size):
    """ORL several times over, an epoch of four batches; 28 × 28 is cut from 32 × 32."""
    cut = slice((32 - size) // 2, (32 + size) // 2)
    images = np.resize(load_faces("orl", 32).images, (4 * o.tutorial, 32, 32, 1))
    return faces_of(images[:, cut, cut]).dataset(o.tutorial)


def tutorial(o, meter):
    step = opponents.tutorial_step(*opponents.tutorial_networks(o.shrink))
    photos = tutorial_photos(o, 28)
    meter.begin()
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
        photos = tutorial_photos(o, size)
        meter.begin()
        gan.fit(photos, epochs=EPOCHS, callbacks=[meter], verbose=0)
        return 4 * o.tutorial

    return contender


def small_networks(o):
    width = 32 // o.shrink
    return build_discriminator(32, 1, width), build_generator(32, 1, width, 100)


def many_photos(n):
    """The plain step on `n` photos on disk, then the input pipeline alone."""

    def contender(o, meter):
        faces = faces_of(np.load(pathlib.Path(o.scratch) / f"{n}.npy", mmap_mode="r"))
        steps, seen = min(25, n // o.own), max(n, o.pipeline) // o.own
        gan, photos = plain_gan(o), faces.dataset(o.own).take(steps)
        meter.begin()
        gan.fit(photos, epochs=EPOCHS, callbacks=[meter], verbose=0)
        start = time.perf_counter()
        for _ in faces.dataset(o.own).repeat().take(seen):
            pass
        meter.pipeline = seen * o.own / (time.perf_counter() - start)
        meter.own = max(meter.own, memory()[1])
        return steps * o.own

    return contender


CONTENDERS = {
    "keras example": keras_example,
    "plain": fitted(plain_gan),
    "recipe": fitted(recipe_gan),
    "tutorial": tutorial,
    "small networks": at_the_tutorials_task(small_networks, 32),
    "tutorial's networks": at_the_tutorials_task(
        lambda o: opponents.tutorial_networks(o.shrink), 28
    ),
    "plain and bare": fitted(plain_gan, "own", against_bare=True),
    "recipe and bare": fitted(recipe_gan, "own", against_bare=True),
    "progress": fitted(recipe_gan, "own", progress=True),
    "few photos and bare": fitted(recipe_gan, "own", against_bare=True, every=1),
}


def quality(name, o):
    """Train for so many minutes, each with its own batch, and `measure` samples."""
    source = "utkface" if where("utkface") else "orl"
    faces = load_faces("utkface", o.size) if source == "utkface" else orl(o)
    samples = min(o.samples, len(faces) // 2)
    if name == "recipe":
        gan = default_gan(len(faces), o.size, 3, 32 // o.shrink, seed=o.seed)
        photos, clock = faces.dataset(o.own, seed=o.seed), Clock(o.own, o.quality)
    else:
        gan = opponents.FaceDCGAN(o.size, o.shrink)
        photos = faces.dataset(o.batch, seed=o.seed)
        photos = photos.map(lambda batch: (batch + 1) / 2)
        clock = Clock(o.batch, o.quality)
    gan.fit(photos, epochs=10**6, callbacks=[clock], shuffle=False, verbose=0)
    if name == "recipe":
        images = gan.generate(samples, o.seed)
    else:
        images = generate_example(gan, samples, o.seed)
    found = measure(faces.images, images, o.features)
    return {
        "frechet": found.frechet,
        "kid": found.kid,
        "floor": found.frechet_floor,
        "samples": samples,
        "seen": clock.images,
        "photos": source,
    }


def generate_example(gan, n, seed):
    """Images of the Keras example's generator: uint8 (n, size, size, 3)."""
    latents = sample_latents(n, gan.latent_dim, seed)
    batches = np.array_split(latents, -(-n // 50))
    images = [gan.generator(batch, training=False) for batch in batches]
    return to_uint8(2 * np.concatenate(images) - 1)


def run(name, o):
    """The figures of one of `CONTENDERS`, of "photos N", or of "quality NAME"."""
    keras.utils.set_random_seed(o.seed)
    if name.startswith("quality "):
        return quality(name.removeprefix("quality "), o)
    meter = Meter()
    contender = CONTENDERS.get(name) or many_photos(int(name.removeprefix("photos ")))
    return meter.figures(contender(o, meter))
