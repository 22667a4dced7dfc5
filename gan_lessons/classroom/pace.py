"""How much work a cell does: a little in a test, minutes on a laptop, as much as pays on a GPU.

`$GAN_LESSONS_PACE` (test, cpu or gpu) chooses; otherwise the device decides.
"""

import os
import pathlib
import platform

import keras
import tensorflow as tf

from gan_lessons.device import device_name

PACES = ("test", "cpu", "gpu")
DRIVE = pathlib.Path("/content/drive/MyDrive")  # where Colab mounts it


def chosen_pace():
    """ "test", "cpu" or "gpu"."""
    chosen = os.environ.get("GAN_LESSONS_PACE") or (
        "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
    )
    if chosen not in PACES:
        raise ValueError(
            f"GAN_LESSONS_PACE={chosen!r} is not one of {', '.join(PACES)}"
        )
    return chosen


def pace(test, cpu, gpu):
    """The one of three budgets that fits this machine.

    >>> steps = pace(test=4, cpu=800, gpu=20_000)
    """
    return {"test": test, "cpu": cpu, "gpu": gpu}[chosen_pace()]


def begin(seed=0):
    """The first cell of a lesson: seeds every random number, sets the style of the figures, and says where we are."""
    from gan_lessons.classroom import plots

    keras.utils.set_random_seed(seed)
    plots.set_style()
    print(
        f"{device_name()} · TensorFlow {tf.__version__} · Keras {keras.__version__} · Python {platform.python_version()} · pace {chosen_pace()}"
    )


def run_folder(name):
    """The folder that keeps the training run `name` at this pace: beside the notebook, or in `$GAN_LESSONS_RUNS`.

    A lesson that fits with a `Checkpoint` in it goes on where an earlier lesson stopped. In Colab, whose disk is thrown away at
    every disconnect, it is in the folder gan-lessons of your Drive, if that is mounted.

    >>> run_folder("faces")
    PosixPath('runs/cpu/faces')
    """
    runs = os.environ.get("GAN_LESSONS_RUNS") or (
        DRIVE / "gan-lessons/runs" if DRIVE.is_dir() else "runs"
    )
    folder = pathlib.Path(runs) / chosen_pace() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
