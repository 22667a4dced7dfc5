"""The networks: recogniser, discriminator and its mirror image, the generator.

Lessons 1 to 3 build them, one each.
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from gan_lessons.data import SIZES, to_float, to_uint8


def count_stages(size: int) -> int:
    """How often an image can be halved until 4 × 4 pixels are left.

    Args:
        size: of the image in pixels, one of `data.SIZES`.

    Raises:
        ValueError: for another size.

    Example:
        >>> count_stages(64)   # 32, 16, 8, 4
        4
    """
    if size not in SIZES:
        sizes = ", ".join(map(str, SIZES))
        raise ValueError(f"size={size} is not one of {sizes}: take the nearest of them")
    return int(np.log2(size)) - 2


def stage_width(width: int, stage: int) -> int:
    """The channels of a stage: doubled from stage to stage, at most 8 times `width`.

    Args:
        width: channels of stage 0, the one at the highest resolution.
        stage: from 0.

    Example:
        >>> [stage_width(32, stage) for stage in range(5)]
        [32, 64, 128, 256, 256]
    """
    return width * min(2**stage, 8)


def build_recogniser(
    size: int = 64, channels: int = 1, classes: int = 3, width: int = 16
) -> keras.Sequential:
    """A convolutional classifier: whose face is in this photo?

    Args:
        size: of the photos in pixels, one of `data.SIZES`.
        channels: of the photos, 1 or 3.
        classes: people to tell apart.
        width: channels of the first convolution.

    Returns:
        A network that maps float32 (n, size, size, channels) in [-1, 1] to float32
        (n, classes), probabilities that sum to 1. Its layer "features" gives 64 numbers
        per photo that describe the face.

    Example:
        >>> build_recogniser(64, 1, classes=3).output_shape
        (None, 3)
    """
    photos = keras.Input((size, size, channels))
    model = keras.Sequential([photos], name="recogniser")
    for stage in range(count_stages(size)):
        filters = stage_width(width, stage)
        model.add(
            layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")
        )
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu", name="features"))
    model.add(layers.Dense(classes, activation="softmax", name="confidences"))
    return model


def build_discriminator(
    size: int = 64, channels: int = 1, width: int = 32
) -> keras.Sequential:
    """A convolutional network that tells photos from generated images.

    Each stage halves the image and doubles the channels, until 4 × 4 pixels are left:
    DCGAN's discriminator without batch normalisation.

    Args:
        size: of the images in pixels, one of `data.SIZES`.
        channels: of the images, 1 or 3.
        width: channels of the first convolution; no later one has more than 8 times as
            many.

    Returns:
        A network that maps float32 (n, size, size, channels) in [-1, 1] to logits,
        float32 (n, 1): sigmoid(logit) is the probability that the image is a photo.

    Example:
        >>> build_discriminator(64).output_shape
        (None, 1)

    Reference:
        Radford, Metz and Chintala, "Unsupervised representation learning with deep
        convolutional generative adversarial networks", 2016.
    """
    images = keras.Input((size, size, channels))
    model = keras.Sequential([images], name="discriminator")
    for stage in range(count_stages(size)):
        filters = stage_width(width, stage)
        model.add(layers.Conv2D(filters, 4, strides=2, padding="same"))
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1, name="logit"))
    return model


def build_generator(
    size: int = 64, channels: int = 1, width: int = 32, latent_dim: int = 64
) -> keras.Sequential:
    """A network of transposed convolutions that turns latent vectors into images.

    It mirrors the discriminator stage by stage. Before each transposed convolution the
    channels of every pixel are scaled to a root mean square of 1, as in ProGAN: unlike
    batch normalisation, this makes no image depend on the others of its batch.

    Args:
        size: of the images in pixels, one of `data.SIZES`.
        channels: of the images, 1 or 3.
        width: channels at the highest resolution; no stage has more than 8 times as
            many.
        latent_dim: the length of a latent vector.

    Returns:
        A network that maps float32 (n, latent_dim), standard normal, to float32
        (n, size, size, channels) in [-1, 1].

    Example:
        >>> build_generator(64, latent_dim=64).output_shape
        (None, 64, 64, 1)

    Reference:
        Karras et al., "Progressive growing of GANs for improved quality, stability, and
        variation", 2018.
    """
    stages = count_stages(size)
    filters = stage_width(width, stages - 1)
    model = keras.Sequential([keras.Input((latent_dim,))], name="generator")
    model.add(layers.Dense(4 * 4 * filters))
    model.add(layers.Reshape((4, 4, filters)))
    for stage in reversed(range(stages)):
        model.add(layers.RMSNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
        last = stage == 0
        model.add(
            layers.Conv2DTranspose(
                filters=channels if last else stage_width(width, stage - 1),
                kernel_size=4,
                strides=2,
                padding="same",
                activation="tanh" if last else None,
            )
        )
    return model


def sample_latents(n: int, latent_dim: int = 64, seed: int = 0) -> np.ndarray:
    """Random latent vectors; the same seed gives the same ones on every machine.

    Args:
        n: how many.
        latent_dim: the length of each.
        seed: of the random numbers.

    Returns:
        float32 (n, latent_dim), standard normal.

    Example:
        >>> sample_latents(5, 64, seed=1).shape
        (5, 64)
    """
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, latent_dim)).astype("float32")


def generate(
    generator: keras.Model, latents: np.ndarray, batch_size: int = 64
) -> np.ndarray:
    """The generator's images of latent vectors.

    Args:
        generator: maps latents to images in [-1, 1].
        latents: (n, latent_dim).
        batch_size: images at a time.

    Returns:
        uint8 (n, size, size, channels).

    Raises:
        ValueError: if the latents do not have the length that the generator reads.

    Example:
        >>> generate(build_generator(64), sample_latents(3)).shape
        (3, 64, 64, 1)
    """
    latents, latent_dim = np.asarray(latents, "float32"), generator.input_shape[-1]
    if latents.ndim != 2 or latents.shape[1] != latent_dim:
        raise ValueError(
            f"latents of shape {latents.shape}: this generator reads (n, {latent_dim})"
        )
    starts = range(0, len(latents), batch_size)
    batches = (latents[start : start + batch_size] for start in starts)
    images = [to_uint8(generator(batch, training=False)) for batch in batches]
    return np.concatenate(images)


def layer_output(
    network: keras.Model, layer: str, batch_size: int = 256
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from images to the output of one layer of a network.

    Args:
        network: a Keras model that reads images.
        layer: the layer's name.
        batch_size: images at a time.

    Returns:
        A function that maps uint8 (n, size, size, channels) to float32 (n, …).

    Example:
        >>> extract_features = layer_output(recogniser, "features")
        >>> extract_features(faces.images).shape
        (400, 64)
    """
    part = keras.Model(network.inputs[0], network.get_layer(layer).output)

    def extract_features(images):
        starts = range(0, len(images), batch_size)
        batches = (to_float(images[start : start + batch_size]) for start in starts)
        outputs = [np.asarray(part(batch, training=False)) for batch in batches]
        return np.concatenate(outputs)

    return extract_features
