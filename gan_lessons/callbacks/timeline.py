"""The same latents, painted again and again while a GAN learns."""

import os
import pathlib

import keras
import numpy as np

from gan_lessons.data import to_uint8
from gan_lessons.export import provenance, save_gif
from gan_lessons.files import reading_record, write_atomically
from gan_lessons.models import sample_latents
from gan_lessons.pictures import tile


class Timeline(keras.callbacks.Callback):
    """Paint fixed latents every few epochs, and note D's verdict on each image.

    The images are the EMA copy's, as in `generate`. In the first epoch, where most
    happens, there are frames after 32, 64, 128, … rounds as well. A long run drops
    every second frame whenever there are more than `most`, and paints half as often
    from then on.

    Args:
        folder: of the run; gets `timeline.npz` with each frame, and `timeline.gif` at
            the end of `fit`.
        n: how many latents.
        every: epochs between two frames.
        seed: of the latents.

    Attributes:
        epochs: list of k numbers, when each frame was painted.
        frames: list of k arrays, uint8 (n, size, size, channels).
        verdicts: list of k arrays, float32 (n,): D's confidence that each is real.
        most: frames at most, besides those of the first epoch.

    Raises:
        ValueError: at the start of `fit`, if `timeline.npz` is damaged, or holds other
            latents or another size.

    Example:
        >>> timeline = Timeline("runs/faces", every=5)
        >>> gan.fit(photos, epochs=100, callbacks=[timeline])
        >>> timeline.frames[-1].shape
        (8, 64, 64, 1)
    """

    most = 100

    def __init__(
        self, folder: str | os.PathLike, n: int = 8, every: int = 1, seed: int = 0
    ):
        super().__init__()
        self.path = pathlib.Path(folder) / "timeline.npz"
        self.n, self.every, self.seed = n, every, seed
        self.epochs: list[float] = []
        self.frames: list[np.ndarray] = []
        self.verdicts: list[np.ndarray] = []

    def on_epoch_begin(self, epoch, logs=None):
        """Take over an earlier session's frames, or paint the first one."""
        self.steps = self.params["steps"] if epoch == 0 else None
        if epoch == (self.model._initial_epoch or 0):
            self._load(epoch)
            if epoch == 0:
                self._add_frame(0)

    def on_train_batch_end(self, batch, logs=None):
        """In the first epoch, paint after 32, 64, 128, … rounds."""
        rounds = batch + 1
        power_of_two = rounds & (rounds - 1) == 0
        if self.steps and 32 <= rounds < self.steps and power_of_two:
            self._add_frame(round(rounds / self.steps, 2))

    def on_epoch_end(self, epoch, logs=None):
        """Paint, if it is time."""
        gap = self.every
        while (epoch + 1) // gap > self.most:
            gap *= 2
        if (epoch + 1) % gap == 0:
            self._keep([when < 1 or when % gap == 0 for when in self.epochs])
            self._add_frame(epoch + 1)

    def on_train_end(self, logs=None):
        """Write the animation."""
        if not self.epochs:  # the run was already complete
            self._load(np.inf)
        if self.epochs:
            self.write_gif(self.path.with_suffix(".gif"))

    def write_gif(self, path: str | os.PathLike, milliseconds: int = 120):
        """Write the frames as an animated GIF, a column per latent.

        Args:
            path: of the file.
            milliseconds: per frame; the last one is held for two seconds.
        """
        columns = min(self.n, 8)
        frames = [tile(images, columns) for images in self.frames]
        about = provenance(self.model.ema_generator, self.path.parent.name)
        durations = [milliseconds] * (len(frames) - 1) + [2000]
        save_gif(path, frames, about, durations)

    def _add_frame(self, epoch):
        images = self.model(sample_latents(self.n, self.model.latent_dim, self.seed))
        logits = self.model.discriminator(images, training=False)
        self.epochs.append(epoch)
        self.frames.append(to_uint8(images))
        self.verdicts.append(keras.ops.sigmoid(logits).numpy()[:, 0])

        def write(path):
            frames, verdicts = np.stack(self.frames), np.stack(self.verdicts)
            np.savez(path, epochs=self.epochs, frames=frames, verdicts=verdicts)

        write_atomically(self.path, write)

    def _keep(self, wanted):
        positions = np.flatnonzero(wanted)
        self.epochs, self.frames, self.verdicts = (
            [values[i] for i in positions]
            for values in (self.epochs, self.frames, self.verdicts)
        )

    def _load(self, before):
        """Take over an earlier session's frames, up to the epoch it goes on from."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.epochs, self.frames, self.verdicts = [], [], []
        if not self.path.exists() or before == 0:
            return
        with (
            reading_record(self.path),
            np.load(self.path, allow_pickle=False) as stored,
        ):
            keep = stored["epochs"] <= before
            epochs, frames = stored["epochs"][keep], stored["frames"][keep]
            verdicts = stored["verdicts"][keep]
            shape = (self.n, *self.model.generator.output_shape[1:])
            right = frames.shape[1:] == shape and verdicts.shape[1:] == (self.n,)
            if frames.dtype != "uint8" or not right:
                raise ValueError(f"frames of shape {frames.shape[1:]}")
            self.epochs = epochs.tolist()
            self.frames, self.verdicts = list(frames), list(verdicts)
