"""The networks: a recogniser (lesson 1), a discriminator (lesson 2) and its mirror image, the generator (lesson 3)."""

import keras
import numpy as np
from keras import layers

from gan_lessons.data import SIZES, to_float, to_uint8


def count_stages(size):
    """How often a picture of `size` × `size` can be halved until 4 × 4 is left.

    >>> count_stages(64)   # 32, 16, 8, 4
    4
    """
    if size not in SIZES:
        raise ValueError(
            f"size={size} is not one of {', '.join(map(str, SIZES))}: take the nearest of them"
        )
    return int(np.log2(size)) - 2


def stage_width(width, stage):
    """The channels of a stage: `width` at first, doubled with every halving of the picture, at most 8 times `width`."""
    return width * min(2**stage, 8)


def build_recogniser(size=64, channels=1, classes=3, width=16):
    """A network that looks at a photo and says who it is: one confidence per person, together 1.

    In: float32 (n, size, size, channels) in [-1, 1]. Out: float32 (n, classes), each 0 to 1.
    Its layer "features" gives 64 numbers per photo that describe the face.

    >>> build_recogniser(64, 1, classes=3).output_shape
    (None, 3)
    """
    model = keras.Sequential([keras.Input((size, size, channels))], name="recogniser")
    for stage in range(count_stages(size)):
        model.add(
            layers.Conv2D(
                stage_width(width, stage),
                3,
                strides=2,
                padding="same",
                activation="relu",
            )
        )
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu", name="features"))
    model.add(layers.Dense(classes, activation="softmax", name="confidences"))
    return model


def build_discriminator(size=64, channels=1, width=32):
    """A network that doubts: photo in, one logit out. Positive means "real", and sigmoid(logit) is the confidence.

    In: float32 (n, size, size, channels) in [-1, 1]. Out: float32 (n, 1), any real number.
    Every stage halves the picture and doubles the channels (`width` at first, at most 8 times that) until 4 × 4 is left.
    After DCGAN (Radford, Metz and Chintala, 2016), without batch normalisation.

    >>> build_discriminator(64).output_shape
    (None, 1)
    """
    model = keras.Sequential(
        [keras.Input((size, size, channels))], name="discriminator"
    )
    for stage in range(count_stages(size)):
        model.add(
            layers.Conv2D(stage_width(width, stage), 4, strides=2, padding="same")
        )
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1, name="logit"))
    return model


def build_generator(size=64, channels=1, width=32, latent_dim=64):
    """A network that paints: latent vector in, image out. The discriminator's mirror image, stage by stage.

    In: float32 (n, latent_dim), standard normal. Out: float32 (n, size, size, channels) in [-1, 1].
    Each stage but the last normalises every pixel's channels to a root mean square of 1 (as ProGAN does; Karras
    et al., 2018). That needs no statistics of the batch, so a frozen generator paints what a free one paints.

    >>> build_generator(64, latent_dim=64).output_shape
    (None, 64, 64, 1)
    """
    stages = count_stages(size)
    model = keras.Sequential([keras.Input((latent_dim,))], name="generator")
    model.add(layers.Dense(4 * 4 * stage_width(width, stages - 1)))
    model.add(layers.Reshape((4, 4, stage_width(width, stages - 1))))
    for stage in reversed(range(stages)):
        model.add(layers.RMSNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
        last = stage == 0
        model.add(
            layers.Conv2DTranspose(
                channels if last else stage_width(width, stage - 1),
                4,
                strides=2,
                padding="same",
                activation="tanh" if last else None,
            )
        )
    return model


def sample_latents(n, latent_dim=64, seed=0):
    """`n` random codes z: float32 (n, latent_dim), standard normal; the same ones for the same seed, on any machine.

    >>> sample_latents(5, 64, seed=1).shape
    (5, 64)
    """
    return (
        np.random.default_rng(seed).standard_normal((n, latent_dim)).astype("float32")
    )


def generate(generator, latents, batch_size=64):
    """The generator's images of these latents: float32 (n, latent_dim) in, uint8 (n, size, size, channels) out.

    ValueError if the latents have another length than the generator reads.

    >>> generate(build_generator(64), sample_latents(3)).shape
    (3, 64, 64, 1)
    """
    latents, wanted = np.asarray(latents, "float32"), generator.input_shape[-1]
    if latents.ndim != 2 or latents.shape[1] != wanted:
        raise ValueError(
            f"latents of shape {latents.shape}: this generator reads (n, {wanted})"
        )
    batches = [
        latents[start : start + batch_size]
        for start in range(0, len(latents), batch_size)
    ]
    return np.concatenate(
        [to_uint8(generator(batch, training=False)) for batch in batches]
    )


def layer_output(network, layer: str, batch_size: int = 256):
    """A function from images to what one layer of a network makes of them.

    Args:
        network: a Keras model that reads images.
        layer: the layer's name.
        batch_size: images at a time.

    Returns:
        A function: uint8 (n, size, size, channels) in, float32 (n, …) out.

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
