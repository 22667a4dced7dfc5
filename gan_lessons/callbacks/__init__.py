"""What happens besides the steps of a run: checkpoints, records, pictures, progress.

    folder = run_folder("faces")
    callbacks = [Checkpoint(folder), History(folder), Timeline(folder), Progress()]
    gan.fit(photos, epochs=100, verbose=0, callbacks=[*callbacks, StopOnNaN()])

Run again, the same lines go on where the folder stopped. `Checkpoint` comes first: the
others ask it where that was.
"""

from gan_lessons.callbacks.checkpoint import Checkpoint
from gan_lessons.callbacks.guard import StopOnNaN
from gan_lessons.callbacks.history import History
from gan_lessons.callbacks.progress import Progress
from gan_lessons.callbacks.timeline import Timeline

__all__ = ["Checkpoint", "History", "Progress", "StopOnNaN", "Timeline"]
