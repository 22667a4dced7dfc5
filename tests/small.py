"""A small GAN that many tests train."""

import keras

from gan_lessons.gan import GAN
from gan_lessons.models import build_discriminator, build_generator


def small_gan(kind=GAN, loss="non_saturating", seed=0, optimizer=None, **kwargs):
    """A compiled GAN for 16 × 16 grey pictures, the same weights every time."""
    keras.utils.set_random_seed(seed)
    gan = kind(
        build_discriminator(16, width=4),
        build_generator(16, width=4, latent_dim=8),
        seed=seed,
        **kwargs,
    )
    optimizer = optimizer or (lambda: keras.optimizers.Adam(1e-3, beta_1=0.5))
    gan.compile(optimizer(), optimizer(), loss=loss)
    return gan
