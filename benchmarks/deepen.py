r"""Go on from trained networks with more layers in each: docs/recipe.md.

    .venv/bin/python benchmarks/deepen.py --start runs/faces64 --images 200000 \
        --d-rate 3e-4 --out runs/deep
    .venv/bin/python benchmarks/deepen.py --start runs/deep --images 200000 \
        --out runs/deeper
    .venv/bin/python benchmarks/deepen.py --start faces64 --size 128 --gamma 1 \
        --images 94368 --out runs/faces128

`gan_lessons.deepening` adds them, and `gan_lessons.growing` a stage for photos of twice
the size; networks that already have these are not changed. Called again with the same
folder, this goes on from the last checkpoint.
"""

import argparse
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
from keras.optimizers import Adam
from photos import split_photos
from variants import add_branches

from gan_lessons.callbacks import Checkpoint, History, Progress
from gan_lessons.deepening import Residual, deepen_discriminator, deepen_generator
from gan_lessons.device import best_precision, best_steps_per_execution
from gan_lessons.growing import grow_discriminator, grow_generator
from gan_lessons.models import generate, sample_latents
from gan_lessons.recipe import default_gan, load_networks
from gan_lessons.scale import full_precision


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--start", required=True, help="the folder of a finished run, or faces64")
    add("--size", type=int, default=64, choices=[64, 128], help="of the photos")
    add(
        "--images",
        type=int,
        default=80_000,
        help="photos to be seen, in all, rounded to whole epochs",
    )
    add("--rate", type=float, default=3e-4, help="learning rate of the generator")
    add("--d-rate", type=float, default=1e-4, help="of the discriminator")
    add("--branch", type=int, help="channels of a branch in each grown stage")
    add("--gamma", type=float, default=0.3, help="weight of R1")
    add("--seed", type=int, default=1)
    add("--out", type=pathlib.Path, required=True)
    o = parser.parse_args()

    train, _ = split_photos(o.size)
    keras.utils.set_random_seed(o.seed)
    discriminator, generator = load_networks(o.start)
    if not any(isinstance(layer, Residual) for layer in discriminator.layers):
        discriminator = deepen_discriminator(discriminator)
        generator = deepen_generator(generator)
    if discriminator.input_shape[1] < o.size:
        discriminator = grow_discriminator(discriminator)
        generator = grow_generator(generator)
        if o.branch:
            discriminator, generator = add_branches(discriminator, generator, o.branch)
    elif o.branch:
        parser.error("--branch is for networks that are grown here: add --size 128")
    networks = discriminator, generator
    gan = default_gan(len(train), start=networks, gamma=o.gamma, seed=o.seed)
    optimizers = [Adam(rate, beta_1=0.0, beta_2=0.99) for rate in (o.d_rate, o.rate)]
    switches = dict(
        precision=best_precision(), steps_per_execution=best_steps_per_execution()
    )
    gan.compile(*optimizers, **switches)
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
