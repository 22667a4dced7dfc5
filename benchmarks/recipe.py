"""One trial of a training recipe: so many images of UTKFace, then 2,000 samples and their rate, for the table in docs/recipe.md.

.venv/bin/python benchmarks/recipe.py --rate 8e-4 --momentum 0 --images 50000 --out trial.npz
"""

import argparse
import time

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
import tensorflow as tf

from gan_lessons.data import load_faces
from gan_lessons.gan import GAN, R1GAN, DiffAugmentGAN
from gan_lessons.models import (
    build_discriminator,
    build_generator,
    generate,
    sample_latents,
)

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("--data", default="utkface")
parser.add_argument(
    "--kind", choices=("GAN", "R1GAN", "DiffAugmentGAN"), default="R1GAN"
)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument(
    "--rate", type=float, default=8e-4, help="learning rate of both networks"
)
parser.add_argument("--momentum", type=float, default=0.0, help="Adam's beta_1")
parser.add_argument("--gamma", type=float, default=0.5, help="strength of R1")
parser.add_argument("--ema", type=float, default=0.999)
parser.add_argument(
    "--precision", default="float32", help="float32, mixed_bfloat16 or mixed_float16"
)
parser.add_argument("--width", type=int, default=32)
parser.add_argument("--latent", type=int, default=128)
parser.add_argument("--images", type=int, default=50_000, help="photos to be seen")
parser.add_argument("--threads", type=int, default=0, help="0: all cores")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument(
    "--out", required=True, help="FILE.npz with `images`, uint8 (2000, 64, 64, 3)"
)
options = parser.parse_args()

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
faces = load_faces(options.data, 64)
keras.utils.set_random_seed(options.seed)
kind = {"GAN": GAN, "R1GAN": R1GAN, "DiffAugmentGAN": DiffAugmentGAN}[options.kind]
more = {} if kind is GAN else {"gamma": options.gamma}
networks = (
    build_discriminator(64, 3, options.width),
    build_generator(64, 3, options.width, options.latent),
)
gan = kind(*networks, ema=options.ema, seed=options.seed, **more)
gan.compile(
    *(
        keras.optimizers.Adam(options.rate, beta_1=options.momentum, beta_2=0.99)
        for _ in networks
    ),
    precision=options.precision,
)
step, photos = (
    tf.function(gan.train_step),
    iter(faces.dataset(options.batch, seed=options.seed).repeat()),
)
steps, wall, cpu = options.images // options.batch, 0.0, 0.0
for k in range(steps):
    batch, before, busy = next(photos), time.perf_counter(), time.process_time()
    scores = step(batch)
    if k >= 2:  # the first two are traced: no measure of the others
        wall, cpu = (
            wall + time.perf_counter() - before,
            cpu + time.process_time() - busy,
        )
np.savez(
    options.out,
    images=generate(gan.ema_generator, sample_latents(2000, options.latent, seed=0)),
)
seen = (steps - 2) * options.batch
print(
    vars(options),
    f"{seen / wall:.1f} images/s, {seen / cpu:.1f} images per core and second,",
    {name: round(float(value), 3) for name, value in scores.items()},
)
