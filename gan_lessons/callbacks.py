"""What happens between the epochs of a run: a checkpoint, a line of history, a row of pictures, a look for NaN.

    folder = run_folder("faces")
    gan.fit(photos, epochs=100, callbacks=[Checkpoint(folder), History(folder), Timeline(folder, every=5), StopOnNaN()])

Called again, the same line goes on where the folder stopped. `Checkpoint` comes first: the others ask it where that was.
"""

import contextlib
import csv
import hashlib
import os
import pathlib
import re
import shutil
import warnings

import keras
import numpy as np

from gan_lessons.data import to_uint8
from gan_lessons.metrics import frechet_distance
from gan_lessons.models import sample_latents
from gan_lessons.pictures import reason
from gan_lessons.scale import agree


def first_epoch(model):
    """The epoch at which this `fit` began: 0, or where `Checkpoint` found the run."""
    return model._initial_epoch or 0


def write_aside(path, write):
    """Call `write(other_path)` and rename the result to `path`: whoever reads `path` finds all of it or nothing."""
    aside = path.with_name("new-" + path.name)
    try:
        write(aside)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)  # there only if the writing failed, say on a full disk


@contextlib.contextmanager
def reading(path):
    """Whatever goes wrong in here, while a record of an earlier session is read, is one line that names the file."""
    try:
        yield
    except Exception as error:  # NumPy, zipfile and csv raise a dozen kinds for damaged files
        raise ValueError(f"{path} is damaged, or another run's ({reason(error)}): delete it, and the run goes on without what it tells") from error


def checksum(path):
    """The first 16 hex digits of a file's SHA-256."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


class Checkpoint(keras.callbacks.Callback):
    """Save the whole state of a `GAN` after an epoch, and go on from the newest state there is.

    folder: where; `every`: epochs between two states (the last epoch of a `fit` is always saved)

    Both networks, the EMA copy, both optimizers' moments and the state of the random numbers come back, so that a
    run that was stopped ends exactly where an uninterrupted one ends; at most one epoch is done again. The two newest
    states are kept, each with its checksum in its name, so that a damaged one is noticed and left out; a state with NaN
    in it is not saved. Of several machines, all load and one saves. ValueError if the folder holds the run of another
    architecture, or if the machines do not all find the same state in it.
    """

    def __init__(self, folder, every=1):
        super().__init__()
        self.folder, self.every = pathlib.Path(folder), every

    def _states(self):
        """(epoch, checksum, path) of each state, the newest last."""
        names = ((re.fullmatch(r"epoch-(\d+)-([0-9a-f]{16})\.weights\.h5", path.name), path) for path in self.folder.glob("epoch-*"))
        return sorted((int(name[1]), name[2], path) for name, path in names if name)

    def on_train_begin(self, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.saved = self.done = 0
        optimizers = (self.model.d_optimizer, self.model.g_optimizer)
        rates = [optimizer.get_config()["learning_rate"] for optimizer in optimizers]
        for epoch, digits, path in reversed(self._states()):
            if checksum(path) != digits:
                print(f"{path.name} is damaged and left out")
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", UserWarning)  # Keras only warns where an optimizer's moments do not fit, and goes on without them
                    self.model.load_weights(path)
            except Exception as error:  # HDF5 raises many kinds for what is damaged behind a right checksum
                raise ValueError(f"{path} cannot be read, or holds another architecture than this model's: choose another folder, or delete it") from error
            for optimizer, rate in zip(optimizers, rates):
                if isinstance(rate, float):  # no schedule: what `compile` was given now, not what it was given then
                    optimizer.learning_rate = rate
            self.saved = epoch
            print(f"continuing at epoch {self.saved + 1}")
            break
        agree(self.model.distribute_strategy, self.saved, f"the epoch to go on from in {self.folder}")
        self.model._initial_epoch = self.saved

    def on_epoch_begin(self, epoch, logs=None):
        # Not at the end of the epoch before: a process killed between this and the other callbacks would lose what they note of it.
        if self.done > self.saved and self.done % self.every == 0:
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self.done = epoch + 1

    def on_train_end(self, logs=None):
        if self.done > self.saved:
            self._save()
        self.model._initial_epoch = None

    def _save(self):
        if not self.model.chief or not all(np.isfinite(weights).all() for weights in self.model.discriminator.get_weights() + self.model.generator.get_weights()):
            return
        needed = 2 * sum(variable.numpy().nbytes for part in (self.model, self.model.d_optimizer, self.model.g_optimizer) for variable in part.variables)
        if shutil.disk_usage(self.folder).free < needed:  # asked before, as HDF5 takes the whole process with it when a disk is full
            raise OSError(f"no space left for a checkpoint in {self.folder}: {needed / 2**20:.0f} MiB are needed")
        aside = self.folder / "new-epoch.weights.h5"
        try:
            self.model.save_weights(aside)
            newest = self.folder / f"epoch-{self.done:06d}-{checksum(aside)}.weights.h5"
            os.replace(aside, newest)
        finally:
            aside.unlink(missing_ok=True)
        self.saved = self.done
        earlier = [path for epoch, _, path in self._states() if epoch < self.done]
        for _, _, path in self._states():
            if path not in (newest, *earlier[-1:]):
                path.unlink()


class History(keras.callbacks.Callback):
    """Write `history.csv` into a folder: a header, then a line per epoch, on disk as soon as the epoch ends.

    Lines of epochs that a run repeats, because it goes on from an earlier checkpoint, are replaced. After `fit`,
    `rows` is the whole history, earlier sessions included: a dict of lists.
    """

    def __init__(self, folder):
        super().__init__()
        self.path = pathlib.Path(folder) / "history.csv"

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == first_epoch(self.model):
            rows = [row for row in self._read() if row["epoch"] <= epoch]
            self._write(rows, "w", list(rows[0]) if rows else None)

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, **{name: float(value) for name, value in (logs or {}).items()}}
        self._write([row], "a", list(row), header=self.path.stat().st_size == 0)

    @property
    def rows(self):
        rows = self._read()
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else [])}

    def _read(self):
        if not self.path.exists():
            return []
        with reading(self.path), open(self.path, newline="") as file:
            rows = [row for row in csv.DictReader(file) if None not in row.values()]
            return [{name: float(value) for name, value in row.items()} | {"epoch": int(row["epoch"])} for row in rows]

    def _write(self, rows, mode, names, header=True):
        with open(self.path, mode, newline="") as file:
            if names:
                writer = csv.DictWriter(file, names)
                if header:
                    writer.writeheader()
                writer.writerows(rows)


class Timeline(keras.callbacks.Callback):
    """Paint the same latents again and again while the GAN learns, and note what the discriminator makes of each.

    folder: gets `timeline.npz` (each time) and `timeline.gif` (at the end of `fit`)
    n:      how many latents; `every`: epochs between two frames; `seed`: of the latents

    In the first epoch, where most happens, there are frames after 32, 64, 128, … rounds as well, if it has as many.
    Of a long run every second frame is given up whenever there are more than `most`, and half as many are painted from then on.
    The pictures are the EMA copy's, as in `generate`. After `fit`: `epochs` (k,), `frames` uint8
    (k, n, size, size, channels), `verdicts` float32 (k, n), the discriminator's confidence that each is real.
    """

    most = 100  # beside those of the first epoch

    def __init__(self, folder, n=8, every=1, seed=0):
        super().__init__()
        self.folder, self.n, self.every, self.seed = pathlib.Path(folder), n, every, seed
        self.epochs, self.frames, self.verdicts = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.steps = self.params["steps"] if epoch == 0 else None
        if epoch != first_epoch(self.model):
            return
        self._load(epoch)
        if epoch == 0:
            self._paint(0)

    def on_train_batch_end(self, batch, logs=None):
        rounds = batch + 1
        if self.steps and 32 <= rounds < self.steps and rounds & (rounds - 1) == 0:  # a power of two
            self._paint(round(rounds / self.steps, 2))

    def on_epoch_end(self, epoch, logs=None):
        gap = self.every
        while (epoch + 1) // gap > self.most:
            gap *= 2
        if (epoch + 1) % gap == 0:
            keep = [i for i, when in enumerate(self.epochs) if when < 1 or when % gap == 0]
            self.epochs, self.frames, self.verdicts = ([values[i] for i in keep] for values in (self.epochs, self.frames, self.verdicts))
            self._paint(epoch + 1)

    def on_train_end(self, logs=None):
        if not self.epochs:  # the run was already complete
            self._load(np.inf)
        if self.epochs:
            write_aside(self.folder / "timeline.gif", self.write_gif)

    def write_gif(self, path, milliseconds=120):
        """The frames as an animated GIF, one column per latent, the last frame held for two seconds."""
        from PIL import Image

        from gan_lessons.plots import tile

        pictures = [Image.fromarray(tile(frame, columns=min(self.n, 8))) for frame in self.frames]
        pictures[0].save(path, format="GIF", save_all=True, append_images=pictures[1:], loop=0,
                         duration=[milliseconds] * (len(pictures) - 1) + [2000])

    def _paint(self, epoch):
        latents = sample_latents(self.n, self.model.latent_dim, self.seed)
        images = self.model(latents)
        logits = self.model.discriminator(images, training=False)
        self.epochs.append(epoch)
        self.frames.append(to_uint8(images))
        self.verdicts.append(keras.ops.sigmoid(logits).numpy()[:, 0])
        write_aside(self.folder / "timeline.npz", lambda path: np.savez(
            path, epochs=self.epochs, frames=np.stack(self.frames), verdicts=np.stack(self.verdicts)))

    def _load(self, before):
        """Take over an earlier session's frames, up to the epoch at which this one goes on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.epochs, self.frames, self.verdicts = [], [], []
        if (self.folder / "timeline.npz").exists() and before > 0:
            with reading(self.folder / "timeline.npz"), np.load(self.folder / "timeline.npz", allow_pickle=False) as stored:
                keep = stored["epochs"] <= before
                frames, verdicts = stored["frames"][keep], stored["verdicts"][keep]
                if frames.dtype != "uint8" or frames.shape[1:] != (self.n, *self.model.generator.output_shape[1:]) or verdicts.shape[1:] != (self.n,):
                    raise ValueError(f"frames of shape {frames.shape[1:]}")
                self.epochs, self.frames, self.verdicts = stored["epochs"][keep].tolist(), list(frames), list(verdicts)


class KeepBest(keras.callbacks.Callback):
    """Measure the EMA copy now and then, and keep the weights with the smallest Fréchet distance.

    folder: gets `best.weights.h5` (a generator's weights) and `best.csv` (a line per measurement: epoch, distance)
    photos: uint8 (n, size, size, channels), what to compare with; as many faces are painted
    look:   a function from images to features (n, d), such as `metrics.layer_output(network, "features")`

    After `fit`: `measured`, a list of pairs (epoch, distance), earlier sessions included.
    """

    def __init__(self, folder, photos, look, every=5, seed=0):
        super().__init__()
        self.folder, self.photos, self.look, self.every, self.seed = pathlib.Path(folder), photos, look, every, seed

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == first_epoch(self.model):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.real, self.measured = self.look(self.photos), []
            if (self.folder / "best.csv").exists():
                with reading(self.folder / "best.csv"), open(self.folder / "best.csv", newline="") as file:
                    self.measured = [(int(when), float(distance)) for when, distance in csv.reader(file) if int(when) <= epoch]

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every:
            return
        distance = frechet_distance(self.real, self.look(self.model.generate(len(self.photos), self.seed)))
        if all(distance < earlier for _, earlier in self.measured):
            write_aside(self.folder / "best.weights.h5", self.model.ema_generator.save_weights)
        self.measured.append((epoch + 1, distance))
        write_aside(self.folder / "best.csv", lambda path: path.write_text("".join(f"{when},{far}\n" for when, far in self.measured)))


class StopOnNaN(keras.callbacks.Callback):
    """Stop a run whose losses are no longer numbers, and say which of the two networks broke first.

    After `fit`: `broke`, what was said, or None. `Checkpoint` keeps no state with NaN in it.
    """

    def __init__(self, say=print):
        super().__init__()
        self.say, self.broke = say, None

    def on_train_batch_end(self, batch, logs=None):
        bad = {name for name, value in (logs or {}).items() if not np.isfinite(value)}
        if not bad:
            return
        # In a round the discriminator judges a real and a fake, moves, and is then asked by the generator, which moves.
        if self.model.steps_per_execution > 1:
            culprit = f"NaN in {', '.join(sorted(bad))}, within the last {self.model.steps_per_execution} steps"
        elif bad >= {"d_fake"} and "d_real" not in bad:
            culprit = "the generator broke first: it paints NaN"
        elif bad >= {"d_real"} and "d_fake" not in bad:
            culprit = "there is NaN among the photos"
        else:
            culprit = "the discriminator broke first: its verdicts are NaN"
        self.broke = f"stopped at batch {batch + 1}: {culprit}. Try a smaller learning rate, and start from the last checkpoint."
        self.say(self.broke)
        self.model.stop_training = True
