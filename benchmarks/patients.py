"""Train the five runs of exercise 5.4 into gan_lessons/classroom/patients.json.

Each is a GAN on five clusters of points; what was done to it is its two learning rates.
"""

import json

import keras
import numpy as np
from keras import layers

from gan_lessons.classroom.patients import FILE
from gan_lessons.gan import GAN
from gan_lessons.models import sample_latents

# {letter: (D's rate, G's rate)}
RATES = {
    "A": (1e-3, 1e-5),  # D wins
    "B": (1e-4, 1e-3),  # D is too slow
    "C": (1e-2, 1e-4),  # mode collapse
    "D": (1e-3, 1e-3),  # healthy
    "E": (1e-6, 1e-3),  # D learns nothing
}
EPOCHS, SHOWN = 60, [0, 20, 40, 60]


class Film(keras.callbacks.Callback):
    """200 points of the generator, before the first epoch and after each."""

    def on_train_begin(self, logs=None):
        """Note where the points are at first."""
        self.frames = [self._points()]

    def on_epoch_end(self, epoch, logs=None):
        """Note where they are now."""
        self.frames.append(self._points())

    def _points(self):
        return self.model.generator(sample_latents(200, 2)).numpy()


def five_clusters(n, seed):
    """Points (n, 2) in five clusters, the corners of a pentagon."""
    random = np.random.default_rng(seed)
    angles = np.pi / 2 + random.integers(5, size=n) * 2 * np.pi / 5
    corners = 2.2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (corners + random.normal(0, 0.08, (n, 2))).astype("float32")


def small_network(outputs):
    """Two numbers in, a few numbers out."""
    hidden = [layers.Dense(64, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(outputs)])


def train(d_rate, g_rate):
    """One run: the scores of every epoch, and G's points at the moments shown."""
    keras.utils.set_random_seed(3)
    gan, film = GAN(small_network(1), small_network(2)), Film()
    optimizers = [
        keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99)
        for rate in (d_rate, g_rate)
    ]
    gan.compile(*optimizers, steps_per_execution=25)
    real = five_clusters(3200, seed=1)
    history = gan.fit(
        real, batch_size=128, epochs=EPOCHS, verbose=0, callbacks=[film]
    ).history
    scores = {
        name: np.round(history[name], 3).tolist() for name in ("d_real", "d_fake")
    }
    frames = np.array([film.frames[k] for k in SHOWN])
    print(d_rate, g_rate, {name: values[::10] for name, values in scores.items()})
    return {**scores, "frames": np.round(frames, 2).tolist()}


def main():
    """Train all five, and write them."""
    patients = {
        "runs": {letter: train(*rates) for letter, rates in RATES.items()},
        "real": np.round(five_clusters(300, seed=2), 2).tolist(),
        "rounds": [25 * epoch for epoch in SHOWN],
    }
    FILE.write_text(json.dumps(patients) + "\n")


if __name__ == "__main__":
    main()
