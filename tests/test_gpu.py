"""What only a GPU can show: `make test-gpu`. Skipped where TensorFlow sees none."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not tf.config.list_physical_devices("GPU"), reason="TensorFlow sees no GPU here"
    ),
]

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
# In a process of its own: the other tests ask for determinism, which XLA has not.
LEARN = """
import sys
from gan_lessons.data import load_faces
from gan_lessons.recipe import default_gan
import keras, numpy as np, tensorflow as tf

precision, jit, n_photos, folder = sys.argv[1:]
jit = {"auto": "auto", "off": False, "on": True}[jit]
switches = dict(precision=precision, jit_compile=jit, steps_per_execution=5)
photos = load_faces("orl", 64).dataset(16)

def new():
    keras.utils.set_random_seed(0)
    return default_gan(int(n_photos), 64, 1, latent_dim=64, **switches)

gan = new()
assert gan.jit_compile == (jit is not False), "XLA is on by default on a GPU"
history = gan.fit(photos, epochs=2, verbose=0).history
assert all(np.isfinite(values).all() for values in history.values()), history
for variable in gan.variables:
    assert variable.dtype != "float32" or "GPU" in variable.value.device, variable.path
assert tf.config.experimental.get_memory_info("GPU:0")["peak"] > 10 * 2**20
gan.save_weights(folder + "/gan.weights.h5")
again = new()
again.load_weights(folder + "/gan.weights.h5")
assert np.array_equal(gan.generate(8), again.generate(8))
one, other = (
    model.fit(photos, epochs=3, initial_epoch=2, verbose=0).history
    for model in (gan, again)
)
assert all(abs(one[name][0] - other[name][0]) < 0.05 for name in one), (one, other)
"""


@pytest.mark.parametrize("n_photos", ["400", "10000"])
@pytest.mark.parametrize("jit", ["auto", "off", "on"])
@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_each_switch_learns_and_goes_on(precision, jit, n_photos, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", LEARN, precision, jit, n_photos, tmp_path],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_train_takes_every_gpu_of_this_machine(tmp_path):
    n = len(tf.config.list_physical_devices("GPU"))
    command = [
        sys.executable,
        "-m",
        "gan_lessons.cli",
        "train",
        "--strategy",
        "mirrored",
        "--epochs",
        "1",
        "--batch",
        "8",
        "--out",
        tmp_path / "run",
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0 and "weights " in result.stdout, result.stderr[-2000:]
    assert n == 1 or f"on each of {n} devices" in result.stdout


@pytest.mark.parametrize(
    "lesson", sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), ids=lambda path: path.stem
)
def test_a_lesson_runs_on_the_gpu(lesson, tmp_path):
    environment = os.environ | {
        "GAN_LESSONS_PACE": "test",
        "GAN_LESSONS_RUNS": str(tmp_path),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval-lax",
        "--nbval-cell-timeout=300",
        lesson,
    ]
    result = subprocess.run(
        command, cwd=NOTEBOOKS.parent, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-2000:]
