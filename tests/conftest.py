"""Small networks and photos that the tests share."""

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import pytest
import tensorflow as tf

from gan_lessons.data import load_faces
from gan_lessons.gan import GAN, DiffAugmentGAN
from gan_lessons.models import build_discriminator, build_generator

tf.config.experimental.enable_op_determinism()


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


@pytest.fixture(params=[GAN, DiffAugmentGAN], ids=["GAN", "DiffAugmentGAN"])
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def faces():
    return load_faces("orl", 16)


@pytest.fixture
def photos(faces):
    return faces.dataset(32)
