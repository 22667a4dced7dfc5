"""How much work a cell does: a little in a test, minutes on a laptop, more on a GPU.

`$GAN_LESSONS_PACE` (test, cpu or gpu) chooses; otherwise the device decides.
"""

import os
import pathlib
import platform
from typing import TypeVar

import keras
import tensorflow as tf

from gan_lessons.device import device_name

PACES = ("test", "cpu", "gpu")
DRIVE = pathlib.Path("/content/drive/MyDrive")  # where Colab mounts it

T = TypeVar("T")


def chosen_pace() -> str:
    """The pace of this machine: "test", "cpu" or "gpu".

    Raises:
        ValueError: if `$GAN_LESSONS_PACE` is none of them.

    Example:
        >>> chosen_pace()   # on a machine without a GPU
        'cpu'
    """
    by_device = "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
    chosen = os.environ.get("GAN_LESSONS_PACE") or by_device
    if chosen not in PACES:
        known = ", ".join(PACES)
        raise ValueError(f"GAN_LESSONS_PACE={chosen!r} is not one of {known}")
    return chosen


def pace(test: T, cpu: T, gpu: T) -> T:
    """The one of three budgets that fits this machine.

    Args:
        test: for tests, as little as possible.
        cpu: for a laptop, a few minutes.
        gpu: for a GPU.

    Example:
        >>> steps = pace(test=4, cpu=800, gpu=20_000)
    """
    return {"test": test, "cpu": cpu, "gpu": gpu}[chosen_pace()]


def begin(seed: int = 0) -> None:
    """Start a lesson: seed all random numbers, style the figures, print the versions.

    Also turns off TF32, which rounds the inputs of matrix products and convolutions to
    10 bits on NVIDIA's GPUs from Ampere on: a convolution by hand would not match
    Keras's to four decimals.

    Args:
        seed: of Python, NumPy and Keras.

    Example:
        >>> begin()
        CPU, 2 cores · TensorFlow 2.19.0 · Keras 3.10.0 · Python 3.11.7 · pace cpu
    """
    from gan_lessons.classroom import plots

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_tensor_float_32_execution(False)
    plots.set_style()
    versions = (
        f"TensorFlow {tf.__version__}",
        f"Keras {keras.__version__}",
        f"Python {platform.python_version()}",
    )
    print(device_name(), *versions, f"pace {chosen_pace()}", sep=" · ")


def run_folder(name: str) -> pathlib.Path:
    """The folder of a training run: beside the notebook, or in `$GAN_LESSONS_RUNS`.

    A lesson that fits with a `Checkpoint` in it goes on where an earlier lesson
    stopped. In Colab, which empties its disk at every disconnect, it is in the folder
    gan-lessons of your Drive, if that is mounted.

    Args:
        name: of the run; each pace has its own.

    Returns:
        The folder, which exists now.

    Example:
        >>> run_folder("faces")
        PosixPath('runs/cpu/faces')
    """
    beside = DRIVE / "gan-lessons/runs" if DRIVE.is_dir() else "runs"
    runs = os.environ.get("GAN_LESSONS_RUNS") or beside
    folder = pathlib.Path(runs) / chosen_pace() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
