"""The default recipe: what `gan-lessons train` does, as functions (docs/recipe.md)."""

import os
import pathlib
import time

import keras
import tensorflow as tf

from gan_lessons import pretrained
from gan_lessons.callbacks import Checkpoint, History, Progress, StopOnNaN, Timeline
from gan_lessons.data import Faces
from gan_lessons.device import best_precision, best_steps_per_execution
from gan_lessons.files import write_atomically
from gan_lessons.gan import R1GAN, DiffAugmentGAN
from gan_lessons.growing import grow_discriminator, grow_generator
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.pictures import reason
from gan_lessons.scale import (
    Scaled,
    assert_same_on_all_workers,
    distribute_dataset,
    full_precision,
    weights_sha256,
)

NETWORKS = ("discriminator", "generator")  # a finished run's files
FEW_PHOTOS = 5_000  # fewer are augmented, for the sake of long runs: docs/recipe.md
RATE = 8e-4
RATE_AFTER_START = 2e-4  # trained networks lose at RATE what they know: docs/recipe.md


@keras.saving.register_keras_serializable("gan_lessons")
class ScaledR1GAN(Scaled, R1GAN):
    """The default GAN for many photos: R1, 16 bits, several devices."""


@keras.saving.register_keras_serializable("gan_lessons")
class ScaledDiffAugmentGAN(Scaled, DiffAugmentGAN):
    """The default GAN for few photos: R1, augmentation, 16 bits, several devices."""


def default_gan(
    n_photos: int,
    size: int = 64,
    channels: int = 3,
    width: int = 32,
    latent_dim: int = 128,
    *,
    learning_rate: float = RATE,
    beta_1: float = 0.0,
    gamma: float = 0.5,
    ema: float = 0.999,
    augment: bool | None = None,
    seed: int = 0,
    start: tuple[keras.Model, keras.Model] | None = None,
    **switches,
) -> ScaledR1GAN | ScaledDiffAugmentGAN:
    """The GAN of the default recipe, compiled.

    Args:
        n_photos: how many it will be trained on.
        size: of the photos, in pixels.
        channels: of the photos, 1 or 3.
        width: channels at the highest resolution.
        latent_dim: the length of a latent vector.
        learning_rate: of both Adam optimizers.
        beta_1: the momentum of both.
        gamma: the weight of the R1 penalty.
        ema: of the generator's averaged copy.
        augment: whether D sees photos and fakes randomly changed (`DiffAugmentGAN`);
            None for yes with fewer than `FEW_PHOTOS`.
        seed: of the latents drawn in training.
        start: a discriminator and a generator to go on from, which stay as they are;
            `size`, `channels`, `width` and `latent_dim` are then theirs.
        **switches: `precision` and Keras's own, as in `Scaled.compile`.

    Example:
        >>> gan = default_gan(400, size=64, channels=1, precision="mixed_bfloat16")
        >>> gan.fit(load_faces("orl").dataset(16), epochs=100)
    """
    if augment is None:
        augment = n_photos < FEW_PHOTOS
    kind = ScaledDiffAugmentGAN if augment else ScaledR1GAN
    if start:
        discriminator, generator = (_copy(network) for network in start)
    else:
        discriminator = build_discriminator(size, channels, width)
        generator = build_generator(size, channels, width, latent_dim)
    gan = kind(discriminator, generator, gamma=gamma, ema=ema, seed=seed)
    optimizers = [
        keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=0.99)
        for network in (discriminator, generator)
    ]
    gan.compile(*optimizers, **switches)
    return gan


def _copy(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    # A loaded EMA copy calls itself trainable, but its layers are frozen; and giving
    # Keras the value that is there already changes nothing within.
    copy.trainable = False
    copy.trainable = True
    return copy


def load_networks(model: str | os.PathLike) -> tuple[keras.Model, keras.Model]:
    """A trained discriminator and generator, to go on from.

    Args:
        model: the folder of a run that has finished, or a name that
            `pretrained.load` knows.

    Returns:
        The discriminator and the generator (its EMA copy).

    Raises:
        ValueError: if they are not there, or cannot be read.

    Example:
        >>> start = load_networks("faces64")
        >>> gan = default_gan(400, start=start, learning_rate=RATE_AFTER_START)
    """
    if str(model) in pretrained.names():
        trained = pretrained.load(str(model))
        return trained.discriminator, trained.generator
    paths = [pathlib.Path(model) / f"{kind}.keras" for kind in NETWORKS]
    for path in paths:
        if not path.is_file():
            known = " or ".join(pretrained.names())
            raise ValueError(
                f"there is no {path}: start from a run that has finished, {known}"
            )
    try:
        discriminator, generator = map(keras.models.load_model, paths)
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise ValueError(
            f"{model} cannot be read, start from another run: {reason(error)}"
        ) from None
    return discriminator, generator


class Clock(keras.callbacks.Callback):
    """Time the training steps alone, and end the run when its minutes are over.

    Args:
        batch_size: images per step, all devices together.
        minutes: of training, or None for no limit.

    Attributes:
        images: seen in the steps that were timed; the first, which compiles, is not.
        seconds: that they took.

    Example:
        >>> clock = Clock(16, minutes=10)
        >>> gan.fit(photos, epochs=10**6, callbacks=[clock])
        >>> print(clock.images / clock.seconds)
    """

    def __init__(self, batch_size: int, minutes: float | None = None):
        super().__init__()
        self.batch_size, self.minutes = batch_size, minutes
        self.images, self.seconds, self.compiled = 0, 0.0, False

    def on_train_batch_begin(self, batch, logs=None):
        """Start the clock."""
        self.start, self.before = time.perf_counter(), batch

    def on_train_batch_end(self, batch, logs=None):
        """Stop the clock, and the run if its time is over."""
        if not self.compiled:
            self.compiled = True
            return
        self.seconds += time.perf_counter() - self.start
        steps = self.model.steps_per_execution
        if self.params["steps"]:  # an epoch's last execution may have fewer
            steps = min(steps, self.params["steps"] - self.before)
        self.images += steps * self.batch_size
        if self.minutes and self.seconds >= 60 * self.minutes:
            self.model.stop_training = True

    def __str__(self):
        if not self.images:
            why = "too few steps to time" if self.compiled else "nothing left to train"
            return f"0 images/s: {why}"
        milliseconds = 1000 * self.batch_size * self.seconds / self.images
        rate = self.images / self.seconds
        return f"{milliseconds:.1f} ms per step\n{rate:.1f} images/s"


def train(
    faces: Faces,
    out: str | os.PathLike,
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    batch_size: int = 16,
    width: int = 32,
    latent_dim: int = 128,
    augment: bool | None = None,
    seed: int = 0,
    precision: str | None = None,
    strategy: tf.distribute.Strategy | None = None,
    start: tuple[keras.Model, keras.Model] | None = None,
    quiet: bool = False,
) -> ScaledR1GAN | ScaledDiffAugmentGAN:
    """Train the default GAN; called again with the same folder, go on.

    The folder gets checkpoints, `history.csv`, `timeline.gif`, and at the end
    `generator.keras` (the EMA copy) and `discriminator.keras`. The last lines printed
    are the speed and the SHA-256 of all weights.

    Args:
        faces: the photos.
        out: the folder of the run.
        epochs: in all, earlier sessions included; or
        minutes: of training, from now on.
        batch_size: photos per step and device.
        width: channels at the highest resolution.
        latent_dim: the length of a latent vector.
        augment: as in `default_gan`.
        seed: of weights, shuffle and latents.
        precision: one of `scale.PRECISIONS`; None for `device.best_precision()`.
        strategy: from `scale.make_strategy`; None for one device.
        start: a discriminator and a generator to begin with, from `load_networks`;
            `width` and `latent_dim` are then theirs, and the learning rate is a quarter
            of the usual one. For photos of twice their size they are grown (`growing`).
        quiet: whether to show no progress.

    Raises:
        ValueError: for arguments out of range, before any work starts; for a run that
            broke (NaN), or that another machine has left.
        OSError: if the folder cannot be written.

    Example:
        >>> gan = train(load_faces("orl"), "runs/orl", minutes=10)
    """
    out = pathlib.Path(out)
    _check_budget(epochs, minutes, strategy)
    check_writable(out)
    if start:
        start, faces = _fitted(start, faces)
    strategy = strategy or tf.distribute.get_strategy()
    several_machines = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    photos = distribute_dataset(faces, batch_size, strategy, seed=seed)
    keras.utils.set_random_seed(seed)
    precision = precision or best_precision()
    size, channels = faces.shape[1], faces.shape[-1]
    one_device = strategy.num_replicas_in_sync == 1 and not several_machines
    with strategy.scope():
        gan = default_gan(
            len(faces),
            size,
            channels,
            width,
            latent_dim,
            learning_rate=RATE_AFTER_START if start else RATE,
            augment=augment,
            seed=seed,
            start=start,
            precision=precision,
            steps_per_execution=best_steps_per_execution() if one_device else 1,
        )
    devices = f" on each of {gan.replicas} devices" if gan.replicas > 1 else ""
    added = "R1 and augmentation" if isinstance(gan, DiffAugmentGAN) else "R1"
    added += ", a head start" if start else ""
    print(
        f"{len(faces)} photos, {size} × {size} × {channels}; {added}, "
        f"batches of {batch_size}{devices}, {precision}"
    )
    clock = Clock(batch_size * gan.replicas, minutes)
    guard = StopOnNaN(say=lambda line: None)
    callbacks = [Checkpoint(out)]
    if gan.chief:
        every = max(1, round(2000 / len(faces)))  # a frame for about 2,000 photos
        callbacks += [History(out), Timeline(out, n=16, every=every, seed=seed)]
        callbacks += [] if quiet else [Progress(minutes=minutes)]
    try:
        gan.fit(
            photos,
            epochs=epochs or 10**6,
            verbose=0,
            callbacks=[*callbacks, guard, clock],
        )
    except (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.InternalError,
    ) as error:
        if not several_machines:
            raise
        raise ValueError(
            f"another machine of this run has gone ({type(error).__name__}): start "
            "all of them again with the same command, and they go on from the last "
            "checkpoint"
        ) from None
    if guard.broke:
        raise ValueError(guard.broke)
    if gan.chief:
        _save_networks(gan, out)
    print(clock)
    digits = weights_sha256(gan.generator, gan.discriminator)
    print("weights", digits)
    assert_same_on_all_workers(strategy, int(digits[:8], 16), "the weights")
    return gan


def _save_networks(gan, out):
    for name, network in zip(NETWORKS, (gan.discriminator, gan.ema_generator)):
        with full_precision(network):
            write_atomically(out / f"{name}.keras", network.save)
    print(f"{out}: generator.keras, discriminator.keras, history.csv, timeline.gif")


def _fitted(start, faces):
    """The networks grown for the photos, the photos in the networks' colours."""
    _, size, _, channels = start[0].input_shape
    if faces.shape[1] == 2 * size:
        start = grow_discriminator(start[0]), grow_generator(start[1])
    elif faces.shape[1] != size:
        raise ValueError(
            f"size={faces.shape[1]}: the networks to start from read photos of {size} "
            f"pixels, give size={size}, or {2 * size} to grow them"
        )
    if faces.shape[-1] > channels:
        raise ValueError(
            "the networks to start from know no colour, and the photos have some: "
            "start from others, or make the photos grey"
        )
    return start, faces.in_colour() if faces.shape[-1] < channels else faces


def _check_budget(epochs, minutes, strategy):
    if (epochs is None) == (minutes is None):
        raise ValueError(f"epochs={epochs} and minutes={minutes}: give one of the two")
    name, value = ("epochs", epochs) if minutes is None else ("minutes", minutes)
    if not value > 0:
        raise ValueError(f"{name}={value}: give a number above 0")
    several_machines = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if minutes and several_machines:
        raise ValueError(
            "minutes on several machines: they do not agree on when minutes are over, "
            "give epochs"
        )


def check_writable(folder: pathlib.Path):
    """Fail before hours of training, and leave no folder behind.

    Args:
        folder: where a run is to be kept; it need not be there yet.

    Raises:
        ValueError: if it is a file, or cannot be written.

    Example:
        >>> check_writable(pathlib.Path("runs/orl"))
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: give a folder")
    ancestors = (folder, *folder.absolute().parents)
    parent = next(path for path in ancestors if path.exists())
    if not os.access(parent, os.W_OK):
        raise ValueError(
            f"{folder}: no permission to write there, choose another folder"
        )
