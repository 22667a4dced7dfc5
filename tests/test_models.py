"""The networks have the shapes they promise, and refuse what does not fit."""

import numpy as np
import pytest

from gan_lessons.models import (
    build_discriminator,
    build_generator,
    build_recogniser,
    generate,
    sample_latents,
)


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (64, 3), (256, 1)])
def test_shapes_follow_from_the_size(size, channels):
    discriminator = build_discriminator(size, channels, width=4)
    generator = build_generator(size, channels, width=4, latent_dim=10)
    recogniser = build_recogniser(size, channels, classes=7, width=4)
    images = (None, size, size, channels)
    assert discriminator.input_shape == images
    assert discriminator.output_shape == (None, 1)
    assert generator.input_shape == (None, 10)
    assert generator.output_shape == images
    assert recogniser.output_shape == (None, 7)


def test_the_generator_mirrors_the_discriminator():
    def output_shapes(model, kinds):
        return [
            layer.output.shape[1:]
            for layer in model.layers
            if type(layer).__name__ in kinds
        ]

    down = output_shapes(build_discriminator(64), ["Conv2D"])
    up = output_shapes(build_generator(64), ["Reshape", "Conv2DTranspose"])
    assert down == [(32, 32, 32), (16, 16, 64), (8, 8, 128), (4, 4, 256)]
    assert up == down[::-1] + [(64, 64, 1)]


def test_no_network_normalises_by_its_batch():
    names = [
        type(layer).__name__
        for model in (build_discriminator(), build_generator(), build_recogniser())
        for layer in model.layers
    ]
    assert "BatchNormalization" not in names
    generator, latents = build_generator(16, width=4), sample_latents(6)
    assert np.allclose(generator(latents)[:2], generator(latents[:2]), atol=1e-5)


def test_generate_gives_pictures_in_batches():
    generator = build_generator(16, width=4, latent_dim=8)
    images = generate(generator, sample_latents(5, 8), batch_size=2)
    assert images.shape == (5, 16, 16, 1) and images.dtype == np.uint8
    assert np.array_equal(images, generate(generator, sample_latents(5, 8)))


@pytest.mark.parametrize("shape", [(3, 7), (8,), (2, 8, 1)])
def test_latents_of_another_length_are_refused_in_one_line(shape):
    with pytest.raises(ValueError, match=r"this generator reads \(n, 8\)") as error:
        generate(build_generator(16, width=4, latent_dim=8), np.zeros(shape))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "build", [build_discriminator, build_generator, build_recogniser]
)
def test_size_60_is_refused(build):
    with pytest.raises(ValueError, match="size=60 is not one of"):
        build(60)


def test_latents_are_standard_normal_and_repeat():
    latents = sample_latents(4000, 16, seed=3)
    assert latents.dtype == np.float32
    assert abs(latents.mean()) < 0.02 and abs(latents.std() - 1) < 0.02
    assert np.array_equal(latents, sample_latents(4000, 16, seed=3))
    assert not np.array_equal(latents, sample_latents(4000, 16, seed=4))
