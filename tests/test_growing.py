"""Networks that are grown for photos of twice the size."""

import keras
import numpy as np
import pytest

from gan_lessons.deepening import deepen_discriminator, deepen_generator
from gan_lessons.gan import GAN
from gan_lessons.growing import grow_discriminator, grow_generator, half_size
from gan_lessons.models import build_discriminator, build_generator, sample_latents


def networks(channels, width=16, deep=False):
    """Two small networks whose every weight, biases and scales too, is at work."""
    keras.utils.set_random_seed(0)
    pair = (
        build_discriminator(16, channels, width),
        build_generator(16, channels, width, latent_dim=8),
    )
    if deep:
        pair = deepen_discriminator(pair[0]), deepen_generator(pair[1])
    rng = np.random.default_rng(0)
    for network in pair:
        weights = network.get_weights()
        network.set_weights([w + 0.05 * rng.standard_normal(w.shape) for w in weights])
    return pair


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_grown_networks_begin_with_what_the_small_ones_can_do(channels, deep):
    discriminator, generator = networks(channels, deep=deep)
    large_discriminator = grow_discriminator(discriminator)
    large_generator = grow_generator(generator)
    z = sample_latents(32, 8)
    painted = np.asarray(generator(z))
    doubled = painted.repeat(2, axis=1).repeat(2, axis=2)
    grey_levels = 127.5 * np.abs(np.asarray(large_generator(z)) - doubled)
    assert grey_levels.max() < 0.01 and np.std(painted) > 0.1

    photos = np.random.default_rng(1).uniform(-1, 1, (8, 32, 32, channels))
    halved = photos.reshape(8, 16, 2, 16, 2, channels).mean(axis=(2, 4))
    logits = np.asarray(discriminator(halved))
    assert np.allclose(np.asarray(large_discriminator(photos)), logits, atol=1e-4)
    assert np.std(logits) > 1e-3


@pytest.mark.parametrize("deep", [False, True])
def test_grown_networks_learn_with_every_weight(deep):
    discriminator, generator = networks(3, deep=deep)
    pair = grow_discriminator(discriminator), grow_generator(generator)
    before = [network.get_weights() for network in pair]
    gan = GAN(*pair)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    photos = np.random.default_rng(1).uniform(-1, 1, (16, 32, 32, 3))
    for _ in range(4):
        gan.train_step(photos.astype("float32"))
    for network, weights in zip(pair, before):
        changed = [
            np.mean(old != new) for old, new in zip(weights, network.get_weights())
        ]
        assert min(changed) > 0.9


def test_what_grows_from_frozen_networks_learns_with_every_weight():
    """Such as from an EMA copy, or from the shipped networks."""
    small = networks(1)
    for network in small:
        network.trainable = False
    for network in (grow_discriminator(small[0]), grow_generator(small[1])):
        assert len(network.trainable_variables) == len(network.variables)
    assert not any(network.trainable for network in small)


@pytest.mark.parametrize("deep", [False, True])
def test_networks_grow_more_than_once(deep):
    discriminator, generator = networks(1, width=32, deep=deep)
    for _ in range(2):
        keras.utils.clear_session()  # Keras gives names anew, as in another process
        discriminator = grow_discriminator(discriminator)
        generator = grow_generator(generator)
    images = generator(sample_latents(2, 8))
    assert images.shape == (2, 64, 64, 1) and discriminator(images).shape == (2, 1)


def test_the_new_stage_paints_flat_what_it_is_given_flat():
    """Whatever its weights: a transposed convolution would lay a grid over it."""
    _, generator = networks(3)
    *_, doubling, convolution = grow_generator(generator).layers
    rng = np.random.default_rng(1)
    convolution.set_weights([rng.standard_normal(w.shape) for w in convolution.weights])
    flat = np.ones((1, 8, 8, 1)) * rng.standard_normal(8)
    image = np.asarray(convolution(doubling(flat)))[:, 1:-1, 1:-1]
    assert image.shape == (1, 14, 14, 3)
    assert np.ptp(image, axis=(1, 2)).max() < 1e-5


def test_a_generator_at_half_its_size_paints_the_mean_of_four_pixels():
    generator, z = build_generator(16, 3, width=4, latent_dim=8), sample_latents(2, 8)
    images, halved = generator(z).numpy(), half_size(generator)(z).numpy()
    assert halved.shape == (2, 8, 8, 3)
    assert np.allclose(halved[:, 2, 5], images[:, 4:6, 10:12].mean(axis=(1, 2)))


def test_networks_too_narrow_to_be_halved_are_refused():
    for grow, network in zip((grow_discriminator, grow_generator), networks(3, 8)):
        with pytest.raises(ValueError, match="have 8 channels .* at least 12"):
            grow(network)
