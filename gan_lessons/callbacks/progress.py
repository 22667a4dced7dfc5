"""How far a run is, while it runs."""

import base64
import io
import sys
import time
from typing import Any

import keras
from PIL import Image
from tqdm import tqdm

from gan_lessons.data import to_uint8
from gan_lessons.gan_base import GANBase
from gan_lessons.models import sample_latents
from gan_lessons.pictures import tile

BAR = "{desc} {percentage:3.0f} % |{bar:20}| {rate_fmt}, {remaining} left{postfix}"
DONE = "{desc} in {elapsed}, {rate_fmt}{postfix}"


class Progress(keras.callbacks.Callback):
    """One line that is kept up to date: epochs, speed, time left, losses.

    In a notebook the same few faces are painted anew beneath it every few seconds; at
    the end of the run the line stays and the faces leave. A terminal has the line
    alone, a log file a line a minute.

    Args:
        faces: how many to paint in a notebook, if the model paints images.
        seconds: between two paintings.
        minutes: after which something else ends the run; None if epochs do.

    Example:
        >>> gan.fit(photos, epochs=100, verbose=0, callbacks=[Progress()])
    """

    def __init__(
        self, faces: int = 6, seconds: float = 5.0, minutes: float | None = None
    ):
        super().__init__()
        self.faces, self.seconds, self.minutes = faces, seconds, minutes

    def on_train_begin(self, logs=None):
        """Find out where the line is to be shown."""
        self.view = _view()
        self.began = self.shown = self.painted = time.perf_counter()
        self.first_epoch, self.epoch, self.scores = None, 0, {}
        self.seen, self.batch = 0, 0  # steps of the epochs before; of this one

    def on_epoch_begin(self, epoch, logs=None):
        """Note where the run begins."""
        self.first_epoch = epoch if self.first_epoch is None else self.first_epoch
        self.epoch, self.batch = epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        """Renew the line, and now and then the faces, if it is time."""
        steps, now = self.params["steps"], time.perf_counter()
        # The last execution of an epoch may have fewer steps than the others.
        self.batch = min(batch + 1, steps) if steps else batch + 1
        if now - self.shown < self.view.interval:
            return
        self.scores = {name: float(value) for name, value in (logs or {}).items()}
        if self.view.has_pictures and now - self.painted >= self.seconds:
            self.view.picture = self._paint_faces()
            self.painted = time.perf_counter()
        self.view.show(self.line())
        self.shown = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Note the epoch's scores."""
        self.seen, self.epoch, self.batch = self.seen + self.batch, epoch + 1, 0
        self.scores = {name: float(value) for name, value in (logs or {}).items()}

    def on_train_end(self, logs=None):
        """Leave a last line."""
        if self.first_epoch is not None:
            self.view.close(self.line(DONE))

    def line(self, form: str = BAR) -> str:
        """What is shown, in tqdm's words.

        Args:
            form: tqdm's `bar_format`.
        """
        epochs, steps = self.params["epochs"], self.params["steps"]
        per_step = getattr(self.model, "images_per_step", None)
        unit, scale = (" images", per_step) if per_step else (" steps", 1)
        seen = (self.seen + self.batch) * scale
        elapsed = time.perf_counter() - self.began
        total: Any = None  # tqdm takes None, its type hints do not
        if self.minutes:
            total = max(seen * 60 * self.minutes / elapsed, seen)
        elif steps:
            total = (epochs - self.first_epoch) * steps * scale
        now = min(self.epoch + 1, epochs) if form == BAR else self.epoch
        of = "" if self.minutes else f"/{epochs}"
        return tqdm.format_meter(
            seen,
            total,
            elapsed,
            prefix=f"epoch {now}{of}",
            unit=unit,
            bar_format=form,
            postfix=", ".join(f"{k} {v:.2f}" for k, v in self.scores.items()),
        )

    def _paint_faces(self):
        """The GAN's faces as a PNG, or None for a model that paints no images."""
        if not isinstance(self.model, GANBase):
            return None
        if len(self.model.generator.output_shape) != 4:
            return None
        images = self.model(sample_latents(self.faces, self.model.latent_dim))
        file = io.BytesIO()
        Image.fromarray(tile(to_uint8(images), self.faces)).save(file, "PNG")
        return file.getvalue()


class _Terminal:
    """A line that is overwritten in place."""

    interval, has_pictures = 0.5, False

    def show(self, line):
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def close(self, line):
        print(f"\r{line}\x1b[K", file=sys.stderr, flush=True)


class _Log:
    """A line a minute."""

    interval, has_pictures = 60.0, False

    def show(self, line):
        print(line, flush=True)

    def close(self, line):
        pass  # whoever writes to a log says at the end what came of the run


class _Notebook:
    """A line, and under it faces, that are replaced in place."""

    interval, has_pictures = 0.5, True

    def __init__(self):
        self.picture, self.handle = None, None

    def show(self, line):
        data = {"text/plain": line}
        if self.picture:
            png = base64.b64encode(self.picture).decode()
            picture = f'<img alt="faces so far" src="data:image/png;base64,{png}">'
            data["text/html"] = f"<pre>{line}</pre>{picture}"
        self._display(data)

    def close(self, line):
        self._display({"text/plain": line})

    def _display(self, data):
        from IPython.display import display

        if self.handle is None:
            self.handle = display(data, raw=True, display_id=True)
        else:
            self.handle.update(data, raw=True)


def _view():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(shell, "kernel"):
        return _Notebook()
    return _Terminal() if sys.stderr.isatty() else _Log()
