"""Load Keras on TensorFlow, or say in one line why not, without the noise of a machine that has no GPU."""

import contextlib
import importlib.util
import json
import os
import pathlib
import sys
import tempfile

# What TensorFlow prints while it is imported, whatever log level is set: news of its build (2.19, 2.21), and "no NVIDIA
# driver here" (the line with cuInit). Everything else that comes in these moments is passed on.
_NOISE = (
    "I0000",
    " I tensorflow",
    "WARNING: All log messages before absl",
    "failed call to cuInit",
    "Attempting to register factory for plugin cu",
    "computation placer already registered",
)


def _chosen_backend():
    if "KERAS_BACKEND" in os.environ:
        return os.environ["KERAS_BACKEND"]
    home = pathlib.Path(os.environ.get("KERAS_HOME", pathlib.Path.home() / ".keras"))
    try:
        return json.loads((home / "keras.json").read_text()).get(
            "backend", "tensorflow"
        )
    except (OSError, ValueError):
        return "tensorflow"


@contextlib.contextmanager
def _without_noise():
    """Hold back what is written to file descriptor 2, and then write all of it but the lines of `_NOISE`."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if not any(noise in line for noise in _NOISE):
                    print(line, file=sys.stderr)


def _load():
    import keras
    import tensorflow as tf

    tf.config.list_physical_devices()
    # TensorFlow's remapper tries to fuse convolution, bias and LeakyReLU, fails where a gradient needs the
    # sum in between, and prints an error at every training; without it the same graph runs as fast.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    return keras


def _refuse(reason):
    """Stop the import; the command line, which cannot catch what happens before it starts, ends with one line."""
    if pathlib.Path(sys.argv[0]).stem == "gan-lessons":
        print(f"gan-lessons: {reason}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(reason)


if _chosen_backend() != "tensorflow":
    _refuse(
        f"Keras runs on {_chosen_backend()!r} here, this course on TensorFlow: set KERAS_BACKEND=tensorflow before Python starts"
    )
if importlib.util.find_spec("tensorflow") is None:
    _refuse("TensorFlow is not installed: pip install tensorflow")

if (
    "TF_CPP_MIN_LOG_LEVEL" in os.environ and "GAN_LESSONS_LOG_LEVEL" not in os.environ
):  # somebody wants to read TensorFlow's log
    _load()
else:
    # Of several machines, each would print what it heard of another's end several times over; Python's error says it once.
    level = "3" if "TF_CONFIG" in os.environ else "2"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = os.environ["GAN_LESSONS_LOG_LEVEL"] = (
        level  # the second tells a child process that it was us
    )
    with _without_noise():
        _load()
