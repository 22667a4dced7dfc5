"""Load Keras on TensorFlow without noise, or say in one line why that fails."""

import contextlib
import importlib.util
import json
import os
import pathlib
import sys
import tempfile

# What TensorFlow 2.19 to 2.21 prints while it is imported, whatever log level is set:
# news of its build, and on a machine without NVIDIA's driver the line with cuInit.
# Other lines that are printed in these moments are passed on.
_NOISE = (
    "I0000",
    " I tensorflow",
    "WARNING: All log messages before absl",
    "failed call to cuInit",
    "Attempting to register factory for plugin cu",
    "computation placer already registered",
)


def _chosen_backend():
    if chosen := os.environ.get("KERAS_BACKEND"):  # to Keras, empty is not set
        return chosen
    home = pathlib.Path(os.environ.get("KERAS_HOME", pathlib.Path.home() / ".keras"))
    try:
        settings = json.loads((home / "keras.json").read_text())
    except (OSError, ValueError):
        return "tensorflow"
    return settings.get("backend", "tensorflow")


@contextlib.contextmanager
def _without_noise():
    """Hold back what goes to file descriptor 2; then write it without `_NOISE`."""
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
    import keras  # noqa: F401  loaded here, while its output is held back
    import tensorflow as tf

    tf.config.list_physical_devices()
    # TensorFlow's remapper tries to fuse convolution, bias and LeakyReLU, fails where a
    # gradient needs the sum in between, and prints an error at every training; without
    # it the same graph runs as fast.
    tf.config.optimizer.set_experimental_options({"remapping": False})


def _refuse(reason):
    """Stop the import; under the command line, which cannot catch it, in one line."""
    if pathlib.Path(sys.argv[0]).stem == "gan-lessons":
        print(f"gan-lessons: {reason}", file=sys.stderr)
        sys.exit(2)
    raise ImportError(reason)


_backend = _chosen_backend()
if _backend != "tensorflow":
    _refuse(
        f"Keras runs on {_backend!r} here, this course on TensorFlow: "
        "set KERAS_BACKEND=tensorflow before Python starts"
    )
if importlib.util.find_spec("tensorflow") is None:
    _refuse("TensorFlow is not installed: pip install tensorflow")

_level_is_ours = "GAN_LESSONS_LOG_LEVEL" in os.environ  # a parent process set it
if "TF_CPP_MIN_LOG_LEVEL" in os.environ and not _level_is_ours:
    _load()  # the user wants to read TensorFlow's log
else:
    # When one of several machines ends, TensorFlow prints on each of the others several
    # times over what Python's error says once.
    _level = "3" if "TF_CONFIG" in os.environ else "2"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = _level
    os.environ["GAN_LESSONS_LOG_LEVEL"] = _level  # for child processes
    with _without_noise():
        _load()
