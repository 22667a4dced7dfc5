"""The machine we run on: its name, and the switches of training that pay off on it."""

import os
import pathlib

import tensorflow as tf


def gpu_names() -> list[str]:
    """The names of the GPUs that TensorFlow sees.

    Example:
        >>> gpu_names()   # on a machine without a GPU
        []
    """
    details = tf.config.experimental.get_device_details
    gpus = tf.config.list_physical_devices("GPU")
    return [details(gpu).get("device_name", gpu.name) for gpu in gpus]


def device_name() -> str:
    """The first GPU's name, or the number of CPU cores.

    Example:
        >>> device_name()
        'CPU, 2 cores'
    """
    return next(iter(gpu_names()), f"CPU, {os.cpu_count()} cores")


def best_precision() -> str:
    """The `precision` to give `compile` here: what trains fastest at the same quality.

    "mixed_bfloat16" on a processor with instructions for it (Linux tells), else
    "float32". On a GPU 16 bits gain little with networks as small as the default
    recipe's (7 % on an H200 with XLA, `docs/gpu.md`), so it is "float32".

    Example:
        >>> best_precision()
        'float32'
    """
    processor = pathlib.Path("/proc/cpuinfo")
    if tf.config.list_physical_devices("GPU") or not processor.is_file():
        return "float32"
    flags = set(processor.read_text().split())
    return "mixed_bfloat16" if {"avx512_bf16", "amx_bf16"} & flags else "float32"


def best_steps_per_execution() -> int:
    """The `steps_per_execution` of a long run here: 16 on a GPU, else 1.

    Keras fetches the losses after each execution, for which a GPU has to stop.

    Example:
        >>> best_steps_per_execution()
        1
    """
    return 16 if tf.config.list_physical_devices("GPU") else 1
