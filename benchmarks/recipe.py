"""One trial of a training recipe, for the table in docs/recipe.md.

    .venv/bin/python benchmarks/recipe.py --rate 8e-4 --images 50000 --out trial.npz

Trains on so many images of UTKFace; keeps 2,000 samples and prints the speed.
"""

import argparse
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import tensorflow as tf
from variants import build_discriminator, build_generator

from gan_lessons.data import load_faces
from gan_lessons.models import generate, sample_latents
from gan_lessons.recipe import RATE, default_gan


def main():
    o = parse_options()
    tf.config.threading.set_intra_op_parallelism_threads(o.threads)
    faces = load_faces(o.data, 64).in_colour()
    keras.utils.set_random_seed(o.seed)
    networks = (
        build_discriminator(o.discriminator, o.minibatch_std),
        build_generator(o.generator, o.mapping, o.latent),
    )
    rate = o.rate or RATE
    if o.decay:
        steps = o.images // o.batch
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    chosen = {
        "learning_rate": rate,
        "beta_1": o.momentum,
        "gamma": o.gamma,
        "ema": o.ema,
    }
    gan = default_gan(
        len(faces),
        **{name: value for name, value in chosen.items() if value is not None},
        augment=o.augment,
        seed=o.seed,
        start=networks,
        precision=o.precision,
    )
    # As `R1GAN` has it, but for the number of steps and a weight that may change.
    gan.penalty = lambda real: tf.cond(
        gan.d_optimizer.iterations % o.every == 0,
        lambda: o.every * weight(gan, o) * gan.r1(real),
        lambda: 0.0,
    )
    scores, per_second, per_core_second = train(gan, faces, o)
    latents = sample_latents(2000, o.latent, seed=0)
    np.savez(o.out, images=generate(gan.ema_generator, latents))
    scores = {name: round(value, 3) for name, value in scores.items()}
    print(
        vars(o),
        f"{per_second:.1f} images/s, {per_core_second:.1f} per core and second,",
        scores,
    )


def weight(gan, o):
    """What gamma is multiplied by: 1 at first, `gamma_end` over gamma at the end."""
    if o.gamma_end is None:
        return 1.0
    share = tf.cast(gan.d_optimizer.iterations, "float32") * o.batch / o.images
    return (o.gamma_end / gan.gamma) ** share


def train(gan, faces, o):
    """Mean scores of the trial; images per second, and per second of one core."""
    step = tf.function(gan.train_step, jit_compile=gan.jit_compile)
    photos = iter(faces.dataset(o.batch, seed=o.seed).repeat())
    for _ in range(2):  # the first two are traced: no measure of the others
        step(next(photos))
    steps = o.images // o.batch - 2
    began, busy = time.perf_counter(), time.process_time()
    for _ in range(steps):
        scores = step(next(photos))
    scores = {name: float(score) for name, score in scores.items()}  # waits for a GPU
    wall, cpu = time.perf_counter() - began, time.process_time() - busy
    return scores, steps * o.batch / wall, steps * o.batch / cpu


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", default="utkface")
    add("--augment", action="store_true", help="as for few photos")
    add("--batch", type=int, default=16)
    add("--rate", type=float, help="learning rate of both networks")
    add("--momentum", type=float, help="Adam's beta_1")
    add("--gamma", type=float, help="weight of R1; 0 leaves it out")
    add("--gamma-end", type=float, help="what it goes to, evenly in its logarithm")
    add("--ema", type=float, help="share that the averaged generator keeps of itself")
    add("--precision", default="float32", help="float32, mixed_bfloat16, mixed_float16")
    add("--every", type=int, default=4, help="steps from one R1 penalty to the next")
    add("--decay", action="store_true", help="let the rate fall to 0 (cosine)")
    add("--discriminator", default="plain", choices=("plain", "residual", "wide"))
    add("--minibatch-std", action="store_true")
    add("--generator", default="plain", choices=("plain", "resize", "wide"))
    add("--mapping", type=int, default=0, help="dense layers before the generator")
    add("--latent", type=int, default=128)
    add("--images", type=int, default=50_000, help="photos to be seen")
    add("--threads", type=int, default=0, help="0: all cores")
    add("--seed", type=int, default=0)
    add("--out", required=True, help="FILE.npz with `images`, (2000, 64, 64, 3)")
    o = parser.parse_args()
    if o.gamma_end is not None and 0 in (o.gamma, o.gamma_end):
        parser.error("0 has no logarithm: give --gamma and --gamma-end above 0")
    return o


if __name__ == "__main__":
    main()
