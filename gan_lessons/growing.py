"""Growing (lesson 9): networks for twice the size that begin as good as the small ones.

A stage is added to each network, at the highest resolution. Its weights are chosen so
that nothing changes at first: the grown generator paints each image of the small one
with every pixel doubled, and the grown discriminator halves what it sees and says what
the small one says. Training goes on from there.

Karras et al., "Progressive growing of GANs for improved quality, stability, and
variation", 2018, grow networks by fading the new layers in; Chen, Goodfellow and
Shlens, "Net2Net: accelerating learning via knowledge transfer", 2016, start larger
networks at what a small one computes, as is done here.
"""

import keras
import numpy as np
from keras import layers

LEAK = 0.2  # the networks' `negative_slope`
LOUD = 30.0  # beside it, the colours hardly change a pixel's root mean square


def grow_discriminator(small: keras.Sequential) -> keras.Sequential:
    """A discriminator with a stage more, for images of twice the size.

    Args:
        small: from `build_discriminator` or grown itself; it stays as it is.

    Returns:
        A network that maps images of twice the size to the logits which the small one
        gives the halved images.

    Raises:
        ValueError: if the network is too narrow: half of its first convolution's
            channels have to hold the colours.

    Example:
        >>> grow_discriminator(build_discriminator(64)).input_shape
        (None, 128, 128, 1)
    """
    _, size, _, channels = small.input_shape
    first = _convolution(layers.Conv2D, _half_width(small.layers[0].filters, channels))
    second = _convolution(layers.Conv2D, small.layers[0].filters)
    large = keras.Sequential(
        [
            keras.Input((2 * size, 2 * size, channels)),
            first,
            layers.LeakyReLU(negative_slope=LEAK),
            second,
            *map(_copy, small.layers[1:]),
        ],
        name=small.name,
    )
    for before, after in zip(small.layers[1:], large.layers[3:], strict=True):
        after.set_weights(before.get_weights())

    # The first convolution halves the photo. What a leaky ReLU loses of x it keeps of
    # -x, so both are stored. The second is the first of the small network.
    halve = np.zeros((4, 4), "float32")
    halve[1:3, 1:3] = 1 / 4
    kernel, bias = first.get_weights()
    kernel[..., : 2 * channels] = 0
    for channel in range(channels):
        kernel[:, :, channel, channel] = halve
        kernel[:, :, channel, channels + channel] = -halve
    first.set_weights([kernel, bias])

    old_kernel, bias = small.layers[0].get_weights()
    kernel = np.zeros_like(second.get_weights()[0])
    kernel[:, :, :channels] = old_kernel / (1 + LEAK)
    kernel[:, :, channels : 2 * channels] = -old_kernel / (1 + LEAK)
    second.set_weights([kernel, bias])
    return large


def grow_generator(small: keras.Sequential) -> keras.Sequential:
    """A generator with a stage more, for images of twice the size.

    Args:
        small: from `build_generator` or grown itself; it stays as it is.

    Returns:
        A network that maps latents to the small one's images with every pixel doubled,
        to about 1 grey level of 255.

    Raises:
        ValueError: as in `grow_discriminator`.

    Example:
        >>> grow_generator(build_generator(64)).output_shape
        (None, 128, 128, 1)
    """
    *_, width = small.layers[-2].output.shape
    channels = small.output_shape[-1]
    painting = _convolution(layers.Conv2DTranspose, _half_width(width, channels))
    scaling = layers.RMSNormalization(name=f"scale_{painting.name}")
    doubling = _copy(small.layers[-1])
    large = keras.Sequential(
        [
            keras.Input(small.input_shape[1:]),
            *map(_copy, small.layers[:-1]),
            painting,
            scaling,
            layers.LeakyReLU(negative_slope=LEAK),
            doubling,
        ],
        name=small.name,
    )
    for before, after in zip(small.layers[:-1], large.layers, strict=False):
        after.set_weights(before.get_weights())

    # `painting` paints the small image before its tanh, and beside it the negative, as
    # in `grow_discriminator`. One loud channel makes the root mean square, by which
    # `scaling` divides, the same for every pixel: so it can be multiplied back.
    old_kernel, old_bias = small.layers[-1].get_weights()
    kernel, bias = painting.get_weights()
    kernel[:, :, :channels], bias[:channels] = old_kernel, old_bias
    negative = slice(channels, 2 * channels)
    kernel[:, :, negative], bias[negative] = -old_kernel, -old_bias
    kernel[:, :, -1], bias[-1] = 0, LOUD
    painting.set_weights([kernel, bias])
    scaling.set_weights([np.full(len(bias), LOUD / len(bias) ** 0.5, "float32")])

    kernel, bias = map(np.zeros_like, doubling.get_weights())
    for channel in range(channels):
        kernel[1:3, 1:3, channel, channel] = 1 / (1 + LEAK)
        kernel[1:3, 1:3, channel, channels + channel] = -1 / (1 + LEAK)
    doubling.set_weights([kernel, bias])
    return large


def _half_width(width, channels):
    needed = 2 * (2 * channels + 1)  # colours, their negatives, the loud one
    if width < needed:
        raise ValueError(
            f"the networks to grow have {width} channels at the highest resolution: "
            f"take some that have at least {needed}"
        )
    return width // 2


def _convolution(kind, filters):
    return kind(filters, 4, strides=2, padding="same", name=f"grown_{filters}")


def _copy(layer):
    config = layer.get_config()
    config["trainable"] = True  # the small one may be frozen, as an EMA copy is
    return type(layer).from_config(config)
