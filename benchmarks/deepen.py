r"""Go on from trained networks with more layers in each: docs/recipe.md.

    .venv/bin/python benchmarks/deepen.py --start runs/faces64 --images 80000 \
        --out runs/deep

The new layers begin at 0, so that at first both networks compute what they did, as in
`growing`. Called again with the same folder, it goes on from the last checkpoint.
"""

import argparse
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
from keras import layers

from gan_lessons.callbacks import Checkpoint, History, Progress
from gan_lessons.data import load_faces
from gan_lessons.device import best_precision
from gan_lessons.metrics import near_duplicates
from gan_lessons.models import generate, sample_latents
from gan_lessons.recipe import default_gan, load_networks
from gan_lessons.scale import full_precision

BRANCH = 24  # channels of the new branch at the full resolution


def deepen_generator(small):
    """A block before each scaling, and a second way to paint the last stage."""
    x = latents = keras.Input(small.input_shape[1:])
    *hidden, last = small.layers
    for layer in hidden:
        if isinstance(layer, layers.RMSNormalization):
            block = [layers.RMSNormalization(), leaky(), new_convolution(x)]
            x = x + through(block, x)
        x = copy(layer)(x)
    branch = [
        layers.Conv2DTranspose(BRANCH, 4, strides=2, padding="same"),
        layers.RMSNormalization(),
        leaky(),
        layers.Conv2D(last.filters, 3, padding="same", kernel_initializer="zeros"),
    ]
    x = copy(last, activation="linear")(x) + through(branch, x)
    return with_weights(keras.Model(latents, layers.Activation("tanh")(x)), small)


def deepen_discriminator(small):
    """A block after each convolution, and a second way to read the pixels."""
    x = images = keras.Input(small.input_shape[1:])
    for layer in small.layers:
        seen, x = x, copy(layer)(x)
        if not isinstance(layer, layers.Conv2D):
            continue
        if seen is images:
            branch = [
                layers.Conv2D(BRANCH, 3, padding="same"),
                leaky(),
                copy(layer, name=None, kernel_initializer="zeros"),
            ]
            x = x + through(branch, seen)
        x = x + through([leaky(), new_convolution(x)], x)
    return with_weights(keras.Model(images, x), small)


def through(block, x):
    """One after another; within a `Sequential`, no layer would get its precision."""
    for layer in block:
        x = layer(x)
    return x


def leaky():
    return layers.LeakyReLU(negative_slope=0.2)


def new_convolution(x):
    return layers.Conv2D(x.shape[-1], 3, padding="same", kernel_initializer="zeros")


def copy(layer, **changes):
    return type(layer).from_config(layer.get_config() | changes)


def with_weights(large, small):
    for layer in small.layers:
        large.get_layer(layer.name).set_weights(layer.get_weights())
    return large


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--start", required=True, help="the folder of a finished run")
    add("--images", type=int, default=80_000, help="photos to be seen, in all")
    add("--rate", type=float, default=3e-4, help="learning rate of both networks")
    add("--gamma", type=float, default=0.3, help="weight of R1")
    add("--seed", type=int, default=1)
    add("--out", type=pathlib.Path, required=True)
    o = parser.parse_args()

    faces = load_faces("utkface", 64)
    # The same photos that `train --hold-out 0.1` holds out.
    train, _ = faces.split(0.1, groups=near_duplicates(faces.images))
    keras.utils.set_random_seed(o.seed)
    discriminator, generator = load_networks(o.start)
    gan = default_gan(
        len(train),
        start=(deepen_discriminator(discriminator), deepen_generator(generator)),
        learning_rate=o.rate,
        gamma=o.gamma,
        seed=o.seed,
        precision=best_precision(),
    )
    photos = train.dataset(16, seed=o.seed)
    epochs = round(o.images / (16 * len(photos)))
    callbacks = [Checkpoint(o.out), History(o.out), Progress()]
    gan.fit(photos, epochs=epochs, verbose=0, callbacks=callbacks)
    for name in ("ema_generator", "discriminator"):
        network = getattr(gan, name)
        with full_precision(network):
            network.save(o.out / f"{name.removeprefix('ema_')}.keras")
    samples = generate(gan.ema_generator, sample_latents(2000, gan.latent_dim))
    np.savez(o.out / "samples.npz", images=samples)


if __name__ == "__main__":
    main()
