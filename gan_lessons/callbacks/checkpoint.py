"""Save the whole state of a run, and go on from it."""

import os
import pathlib
import re
import shutil
import warnings

import keras
import numpy as np

from gan_lessons.files import checksum, write_atomically
from gan_lessons.scale import assert_same_on_all_workers

STATE = re.compile(r"epoch-(\d+)-([0-9a-f]{16})\.weights\.h5")  # epoch, checksum


class Checkpoint(keras.callbacks.Callback):
    """Save the state of a `GAN` after an epoch, and go on from the newest state.

    Both networks, the EMA copy, both optimizers' moments and the state of the random
    numbers come back, so that a run that was killed ends exactly where an undisturbed
    one ends; at most `every` epochs are done again. The two newest states are kept,
    each with its checksum in its name: a damaged one is left out. A state with NaN in
    it is not saved. Of several machines, all load and one saves.

    Args:
        folder: of the run.
        every: epochs between two states; the last epoch of a `fit` is always saved.

    Raises:
        ValueError: at the start of `fit`, if the folder holds the run of another
            architecture, or if several machines do not find the same state in it.
        OSError: before a state is written for which the disk has no space.

    Example:
        >>> gan.fit(photos, epochs=100, callbacks=[Checkpoint("runs/faces", every=5)])
    """

    def __init__(self, folder: str | os.PathLike, every: int = 1):
        super().__init__()
        self.folder, self.every = pathlib.Path(folder), every

    def on_train_begin(self, logs=None):
        """Load the newest state that is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.saved = self.done = self._load()
        assert_same_on_all_workers(
            self.model.distribute_strategy,
            self.saved,
            f"the epoch to go on from in {self.folder}",
        )
        self.model._initial_epoch = self.saved

    def on_epoch_begin(self, epoch, logs=None):
        """Save the epoch before, which all callbacks have noted by now."""
        # At that epoch's end, a process killed before the other callbacks had their
        # turn would lose what they note of it.
        if self.done > self.saved and self.done % self.every == 0:
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        """Count the epoch."""
        self.done = epoch + 1

    def on_train_end(self, logs=None):
        """Save the last epoch."""
        if self.done > self.saved:
            self._save()
        self.model._initial_epoch = None

    def _states(self):
        """(epoch, checksum, path) of each state, the newest last."""
        found = ((STATE.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted((int(m[1]), m[2], path) for m, path in found if m)

    def _load(self):
        """Load the newest whole state; its epoch, or 0."""
        optimizers = (self.model.d_optimizer, self.model.g_optimizer)
        # With float16 each is wrapped in one that scales the loss and has no rate.
        optimizers = [getattr(one, "inner_optimizer", one) for one in optimizers]
        rates = [optimizer.get_config()["learning_rate"] for optimizer in optimizers]
        for epoch, digits, path in reversed(self._states()):
            if checksum(path) != digits:
                print(f"{path.name} is damaged and left out")
                continue
            self._load_weights(path)
            for optimizer, rate in zip(optimizers, rates):
                if isinstance(rate, float):  # what `compile` was given now, not then
                    optimizer.learning_rate = rate
            print(f"continuing at epoch {epoch + 1}")
            return epoch
        return 0

    def _load_weights(self, path):
        try:
            with warnings.catch_warnings():
                # Keras only warns where an optimizer's moments do not fit.
                warnings.simplefilter("error", UserWarning)
                self.model.load_weights(path)
        except Exception as error:  # HDF5 raises many kinds
            raise ValueError(
                f"{path} cannot be read, or holds another architecture than this "
                "model's: choose another folder, or delete it"
            ) from error

    def _save(self):
        networks = (self.model.discriminator, self.model.generator)
        weights = [array for network in networks for array in network.get_weights()]
        if not self.model.chief or not all(np.isfinite(each).all() for each in weights):
            return
        self._check_space()

        def write(path):
            self.model.save_weights(path)
            write.checksum = checksum(path)

        aside = self.folder / "epoch.weights.h5"
        write_atomically(aside, write)
        newest = self.folder / f"epoch-{self.done:06d}-{write.checksum}.weights.h5"
        os.replace(aside, newest)
        self.saved = self.done
        earlier = [path for epoch, _, path in self._states() if epoch < self.done]
        for _, _, path in self._states():
            if path not in (newest, *earlier[-1:]):
                path.unlink()

    def _check_space(self):
        """Ask before writing: HDF5 takes the process down when a disk is full."""
        parts = (self.model, self.model.d_optimizer, self.model.g_optimizer)
        variables = [variable for part in parts for variable in part.variables]
        needed = 2 * sum(variable.numpy().nbytes for variable in variables)
        if shutil.disk_usage(self.folder).free < needed:
            raise OSError(
                f"no space left for a checkpoint in {self.folder}: "
                f"{needed / 2**20:.0f} MiB are needed"
            )
