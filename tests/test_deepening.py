"""Networks with more layers, which begin as good as they were."""

import h5py
import keras
import numpy as np
import pytest

from gan_lessons.deepening import Residual, deepen_discriminator, deepen_generator
from gan_lessons.gan import GAN
from gan_lessons.models import build_discriminator, build_generator, sample_latents
from gan_lessons.recipe import default_gan
from gan_lessons.scale import count_macs, full_precision


@pytest.fixture
def small():
    """Two small networks whose every weight, biases and scales too, is at work."""
    keras.utils.set_random_seed(0)
    pair = build_discriminator(16, 3, 16), build_generator(16, 3, 16, latent_dim=8)
    rng = np.random.default_rng(0)
    for network in pair:
        weights = network.get_weights()
        network.set_weights([w + 0.05 * rng.standard_normal(w.shape) for w in weights])
    return pair


@pytest.fixture
def deep(small):
    return deepen_discriminator(small[0]), deepen_generator(small[1])


PHOTOS = np.random.default_rng(1).uniform(-1, 1, (8, 16, 16, 3)).astype("float32")
LATENTS = sample_latents(8, 8)


def results(pair):
    return [np.asarray(network(x)) for network, x in zip(pair, (PHOTOS, LATENTS))]


def test_deep_networks_begin_with_exactly_what_the_small_ones_compute(small, deep):
    for before, after, network in zip(results(small), results(deep), deep):
        assert np.std(before) > 1e-3 and (before == after).all()
        assert any(isinstance(layer, Residual) for layer in network.layers)
    assert all(d.count_params() > 1.3 * s.count_params() for s, d in zip(small, deep))


def test_deep_networks_learn_with_every_weight(small):
    for network in small:
        network.trainable = False  # as an EMA copy is, or a shipped network
    deep = deepen_discriminator(small[0]), deepen_generator(small[1])
    before = [network.get_weights() for network in deep]
    gan = GAN(*deep)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    for _ in range(4):
        gan.train_step(PHOTOS)
    for network, weights in zip(deep, before):
        changed = [
            np.mean(old != new) for old, new in zip(weights, network.get_weights())
        ]
        assert min(changed) > 0.9
    assert not any(network.trainable for network in small)


def test_a_copy_and_a_file_keep_what_a_block_computes(deep, tmp_path):
    rng = np.random.default_rng(2)
    for network in deep:
        network.set_weights([w + rng.normal(size=w.shape) for w in network.weights])
    expected = results(deep)
    copies = [keras.models.clone_model(network) for network in deep]
    for network, copied in zip(deep, copies):
        network.save_weights(tmp_path / "one.weights.h5")
        copied.load_weights(tmp_path / "one.weights.h5")
    assert all((x == y).all() for x, y in zip(expected, results(copies)))
    for k, network in enumerate(deep):
        network.save(tmp_path / f"{k}.keras")
    files = [keras.models.load_model(tmp_path / f"{k}.keras") for k in (0, 1)]
    assert all((x == y).all() for x, y in zip(expected, results(files)))


def test_every_layer_within_a_block_gets_its_precision(deep):
    gan = default_gan(100, start=deep, precision="mixed_bfloat16")
    blocks = [
        layer
        for network in (gan.discriminator, gan.generator)
        for layer in network.layers
        if isinstance(layer, Residual)
    ]
    within = [layer for block in blocks for path in block.paths() for layer in path]
    assert len(within) > 15
    assert {layer.compute_dtype for layer in within} == {"bfloat16"}
    assert {layer.variable_dtype for layer in within} == {"float32"}
    with full_precision(gan.discriminator), full_precision(gan.generator):
        assert {layer.compute_dtype for layer in within} == {"float32"}
    assert {layer.compute_dtype for layer in within} == {"bfloat16"}


def test_the_work_within_a_block_is_counted():
    block = Residual(
        [keras.layers.Conv2D(4, 3, padding="same")],
        [keras.layers.Conv2DTranspose(4, 1)],
    )
    network = keras.Sequential([keras.Input((8, 8, 2)), block])
    assert count_macs(network) == 8 * 8 * (3 * 3 * 2 * 4 + 2 * 4)


def test_weights_have_names_that_every_keras_reads(deep, tmp_path):
    names = []
    for network in deep:
        network.save_weights(tmp_path / "one.weights.h5")
        with h5py.File(tmp_path / "one.weights.h5") as file:
            file.visit(names.append)
    assert any("/shortcut/" in name for name in names)
    folders = {name.split("/")[2] for name in names if name.count("/") > 2}
    assert folders <= {"branch", "shortcut", "vars"}
