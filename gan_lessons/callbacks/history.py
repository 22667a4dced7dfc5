"""The losses of a run, in a file."""

import csv
import os
import pathlib

import keras

from gan_lessons.files import reading_record


class History(keras.callbacks.Callback):
    """Write `history.csv`: a header, then a line per epoch as soon as it ends.

    A run that goes on from an earlier checkpoint replaces the lines of the epochs that
    it repeats.

    Args:
        folder: of the run.

    Raises:
        ValueError: at the start of `fit`, if the file is damaged.

    Example:
        >>> history = History("runs/faces")
        >>> gan.fit(photos, epochs=100, callbacks=[history])
        >>> history.rows["d_loss"][-1]   # of the last epoch
    """

    def __init__(self, folder: str | os.PathLike):
        super().__init__()
        self.path = pathlib.Path(folder) / "history.csv"

    @property
    def rows(self) -> dict[str, list]:
        """The whole history, earlier sessions included: a list per column."""
        rows = self._read()
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else [])}

    def on_epoch_begin(self, epoch, logs=None):
        """Drop the lines of epochs that are done again."""
        if epoch == (self.model._initial_epoch or 0):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            rows = [row for row in self._read() if row["epoch"] <= epoch]
            self._write(rows, "w", list(rows[0]) if rows else None)

    def on_epoch_end(self, epoch, logs=None):
        """Add a line."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        row = {"epoch": epoch + 1, **values}
        self._write([row], "a", list(row), header=self.path.stat().st_size == 0)

    def _read(self):
        if not self.path.exists():
            return []
        with reading_record(self.path), open(self.path, newline="") as file:
            rows = [row for row in csv.DictReader(file) if None not in row.values()]
            return [
                {name: float(value) for name, value in row.items()}
                | {"epoch": int(row["epoch"])}
                for row in rows
            ]

    def _write(self, rows, mode, names, header=True):
        with open(self.path, mode, newline="") as file:
            if names:
                writer = csv.DictWriter(file, names)
                if header:
                    writer.writeheader()
                writer.writerows(rows)
