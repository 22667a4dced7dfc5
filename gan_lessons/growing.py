"""Growing (lesson 9): networks for twice the size that begin as good as the small ones.

A stage is added to each network, at the highest resolution. Its weights are chosen so
that nothing changes at first: the grown generator paints each image of the small one
with every pixel doubled, and the grown discriminator halves what it sees and says what
the small one says. Training goes on from there.

Karras et al., "Progressive growing of GANs for improved quality, stability, and
variation", 2018, grow networks by fading the new layers in; Chen, Goodfellow and
Shlens, "Net2Net: accelerating learning via knowledge transfer", 2016, start larger
networks at what a small one computes, as is done here. Odena, Dumoulin and Olah,
"Deconvolution and checkerboard artifacts", 2016, double pixels and convolve them in
place of a transposed convolution, as the new stage of the generator does.
"""

import keras
import numpy as np
from keras import layers

from gan_lessons.deepening import Residual, copy_layer, paths_through

LEAK = 0.2  # the networks' `negative_slope`


def grow_discriminator(small: keras.Sequential) -> keras.Sequential:
    """A discriminator with a stage more, for images of twice the size.

    Args:
        small: from `build_discriminator`, or deepened or grown itself; it stays as it
            is.

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
    width = small.layers[0].output.shape[-1]
    filters = _half_width(width, channels)
    first = layers.Conv2D(
        filters, 4, strides=2, padding="same", name=f"grown_{filters}"
    )
    copies = [copy_layer(layer) for layer in small.layers]
    large = keras.Sequential(
        [
            keras.Input((2 * size, 2 * size, channels)),
            first,
            _leaky(filters),
            *copies,
        ],
        name=small.name,
    )

    # The first convolution halves the photo. What a leaky ReLU loses of x it keeps of
    # -x, so both are stored. Whatever read the photo now reads these.
    halve = np.zeros((4, 4), "float32")
    halve[1:3, 1:3] = 1 / 4
    kernel, bias = first.get_weights()
    kernel[..., : 2 * channels] = 0
    for channel in range(channels):
        kernel[:, :, channel, channel] = halve
        kernel[:, :, channel, channels + channel] = -halve
    first.set_weights([kernel, bias])

    readers = {id(path[0]) for path in paths_through(small.layers[0])}
    for before, after in _pairs(small.layers, copies):
        weights = before.get_weights()
        if id(before) in readers:
            old_kernel, kernel = weights[0], np.zeros(after.kernel.shape, "float32")
            kernel[:, :, :channels] = old_kernel / (1 + LEAK)
            kernel[:, :, channels : 2 * channels] = -old_kernel / (1 + LEAK)
            weights[0] = kernel
        after.set_weights(weights)
    return large


def grow_generator(small: keras.Sequential) -> keras.Sequential:
    """A generator with a stage more, for images of twice the size.

    Args:
        small: from `build_generator`, or deepened or grown itself; it stays as it is.

    Returns:
        A network that maps latents to the small one's images with every pixel doubled.

    Raises:
        ValueError: as in `grow_discriminator`.

    Example:
        >>> grow_generator(build_generator(64)).output_shape
        (None, 128, 128, 1)
    """
    channels = small.output_shape[-1]
    old = [layer for layer in small.layers if not isinstance(layer, layers.Activation)]
    width = _half_width(old[-1].input.shape[-1], channels)
    painting = _painting(old[-1], width)
    # No transposed convolution: it would paint each of the four pixels with weights of
    # its own, which leaves grids in smooth skin (Odena et al., 2016).
    convolution = layers.Conv2D(
        channels, 3, padding="same", activation="tanh", name=f"grown_{channels}"
    )
    copies = [*map(copy_layer, old[:-1]), painting]
    large = keras.Sequential(
        [
            keras.Input(small.input_shape[1:]),
            *copies,
            _leaky(width),
            layers.UpSampling2D(2, name=f"doubled_{width}"),
            convolution,
        ],
        name=small.name,
    )

    # `painting` paints the small image before its tanh, and beside it the negative, as
    # in `grow_discriminator`. It is not scaled to a root mean square of 1, as it is in
    # `build_generator`: that would change each pixel's brightness.
    colours, negatives = slice(channels), slice(channels, 2 * channels)
    painters = {id(path[-1]) for path in paths_through(old[-1])}
    for before, after in _pairs(old, copies):
        weights = before.get_weights()
        if id(before) in painters:
            (old_kernel, old_bias), (kernel, bias) = weights, after.get_weights()
            new, old_kernel = map(_outputs_last(after), (kernel, old_kernel))
            new[..., colours], bias[colours] = old_kernel, old_bias
            new[..., negatives], bias[negatives] = -old_kernel, -old_bias
            weights = [kernel, bias]
        after.set_weights(weights)
    kernel, bias = map(np.zeros_like, convolution.get_weights())
    for channel in range(channels):
        kernel[1, 1, channel, channel] = 1 / (1 + LEAK)
        kernel[1, 1, channels + channel, channel] = -1 / (1 + LEAK)
    convolution.set_weights([kernel, bias])
    return large


def half_size(generator: keras.Model) -> keras.Sequential:
    """The generator with its images halved, each pixel the mean of four.

    Networks that were trained on smaller images can judge these.

    Args:
        generator: latents in, images out.

    Returns:
        A network with the generator's weights.

    Example:
        >>> half_size(build_generator(64)).output_shape
        (None, 32, 32, 1)
    """
    halve = layers.AveragePooling2D(2)
    return keras.Sequential([generator, halve], name=generator.name)


def _painting(last, filters):
    """Like the layer that paints the small image, with other channels in its place."""
    new = {"filters": filters, "activation": "linear", "name": f"grown_{filters}"}
    if not isinstance(last, Residual):
        return copy_layer(last, **new)
    branch, shortcut = ([*map(copy_layer, path)] for path in last.paths())
    branch[-1] = copy_layer(last.branch[-1], **new)
    shortcut[-1] = copy_layer(last.shortcut[-1], **new)
    return Residual(branch, shortcut, name=f"grown_{filters}")


def _pairs(before, after):
    """Layers and their copies, in residual blocks too."""
    for old, new in zip(before, after, strict=True):
        for path, copied in zip(paths_through(old), paths_through(new), strict=True):
            yield from zip(path, copied, strict=True)


def _outputs_last(layer):
    """What views the kernels of such layers with the output channels at the end."""
    transposed = isinstance(layer, layers.Conv2DTranspose)
    return lambda kernel: np.moveaxis(kernel, 2 if transposed else 3, 3)


def _half_width(width, channels):
    needed = 2 * 2 * channels  # colours and their negatives
    if width < needed:
        raise ValueError(
            f"the networks to grow have {width} channels at the highest resolution: "
            f"take some that have at least {needed}"
        )
    return width // 2


def _leaky(filters):
    # With a name of its own: Keras's might be that of a layer loaded from a file.
    return layers.LeakyReLU(negative_slope=LEAK, name=f"leaky_{filters}")
