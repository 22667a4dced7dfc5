"""Exercises of lesson 3: coats of paint, un-flatten, deconvolution by holes, a generator without checkerboards."""

import keras
import numpy as np
from keras import layers


def check_coats(answer):
    given = np.asarray(answer).ravel().tolist()
    stamps = np.zeros((3, 7), int)
    for number in range(3):
        stamps[number, 2 * number : 2 * number + 3] = 1
    expected = stamps.sum(axis=0).tolist()
    if given == expected:
        return None
    if given == [1] * 9:
        reason = "you laid the regions side by side: that is stride 3, with stride 2 neighbouring regions share a place"
    elif given == [1, 2, 3, 2, 1]:
        reason = "you moved on by one place each time: that is stride 1"
    elif given == expected[:6] or given == expected[1:]:
        reason = "you cut a place off at the border; here nothing is cut"
    elif given == [1] * 7:
        reason = "the length is right, but where two regions overlap the coats add up"
    elif len(given) != len(expected):
        reason = f"the last region begins at place {2 * 2} and is 3 long, so there are {len(expected)} places, not {len(given)}"
    else:
        reason = "draw the three regions under each other, each 2 places further on, and count in every column"
    return f"You said {given}: {reason}."


def check_unflatten(unflatten):
    maps = np.random.default_rng().integers(0, 100, (3, 4, 5, 2))
    rows = keras.ops.convert_to_numpy(layers.Flatten()(maps))
    tried = f"Rows of shape {rows.shape}, height 4, width 5, channels 2:"
    result = np.asarray(unflatten(rows, 4, 5, 2))
    if result.shape == maps.shape and np.array_equal(result, maps):
        return None
    if result.shape == (3, 5, 4, 2):
        return f"{tried} you gave {result.shape}, expected {maps.shape}: height and width are swapped."
    if result.shape == (3, 2, 4, 5):
        return f"{tried} you gave {result.shape}, expected {maps.shape}: in Keras the channels come last."
    if result.shape != maps.shape:
        return f"{tried} you gave the shape {result.shape}, expected {maps.shape}: the batch stays in front, then height, width, channels."
    if np.array_equal(result, rows.reshape(3, 2, 4, 5).transpose(0, 2, 3, 1)):
        return f"{tried} the shape is right, the order is not: you filled channel after channel, Keras goes pixel by pixel, all channels of one first."
    if np.array_equal(result, rows.reshape(maps.shape, order="F")):
        return f"{tried} the shape is right, the order is not: order='F' runs through the batch first and mixes the pictures."
    if np.array_equal(result, rows.reshape(3, 5, 4, 2).transpose(0, 2, 1, 3)):
        return f"{tried} the shape is right, the order is not: you filled column by column, Keras goes row by row."
    wrong = (result != maps).mean()
    return f"{tried} the shape is right, but {wrong:.0%} of the numbers stand in another place; one reshape puts them all back."


def check_deconvolve_with_holes(deconvolve):
    rng = np.random.default_rng()
    for height, width, size, stride in (
        (3, 4, 3, 2),
        (4, 3, 4, 2),
        (3, 3, 3, 1),
        (2, 3, 4, 3),
    ):
        numbers, kernel = (
            rng.standard_normal((height, width)),
            rng.standard_normal((size, size)),
        )
        expected = _deconvolved(numbers, kernel, stride)
        result = np.asarray(
            deconvolve(numbers.copy(), kernel.copy(), stride), "float64"
        )
        if result.shape == expected.shape and np.allclose(result, expected, atol=1e-4):
            continue
        tried = f"Numbers {height} × {width}, kernel {size} × {size}, stride {stride}:"
        return f"{tried} {_holes_hint(result, expected, numbers, kernel, stride)}"
    return None


def _holes_hint(result, expected, numbers, kernel, stride):
    """What went wrong in a deconvolution that is not `expected`."""

    def matches(other):
        return result.shape == other.shape and np.allclose(result, other, atol=1e-4)

    border = len(kernel) - 1
    if matches(_deconvolved(numbers, kernel[::-1, ::-1], stride)):
        return "the kernel is the wrong way round; turn it by 180° before sliding it."
    if matches(_deconvolved(numbers, kernel, stride + 1)):
        return f"you put {stride} zeros between neighbours; stride {stride} wants {stride - 1}."
    if matches(_deconvolved(numbers, kernel, 1)):
        return f"that is stride 1; put {stride - 1} zeros between neighbouring numbers."
    if border and matches(expected[border:-border, border:-border]):
        return f"you gave {result.shape}, expected {expected.shape}: the border of zeros is missing, it is kernel − 1 = {border} wide."
    if matches(_deconvolved(numbers, kernel, stride, add=False)):
        return "where regions overlap you kept the last one; the paint must add up."
    if result.shape != expected.shape:
        missing = (
            np.subtract(expected.shape, result.shape)
            if result.ndim == 2
            else np.zeros(2)
        )
        if missing[0] == missing[1] != 0 and missing[0] % 2 == 0:
            return f"you gave the shape {result.shape}, expected {expected.shape}: the border of zeros is too {'narrow' if missing[0] > 0 else 'wide'}."
        return f"you gave the shape {result.shape}, expected {expected.shape}: (numbers − 1) · stride + kernel, in height and in width."
    return f"the shape is right, but the numbers are off by up to {np.abs(result - expected).max():.2f}."


def _deconvolved(numbers, kernel, stride, add=True):
    """The reference: the sum of one big picture per number."""
    (height, width), size = numbers.shape, len(kernel)
    canvas = np.zeros(((height - 1) * stride + size, (width - 1) * stride + size))
    for row, column in np.ndindex(height, width):
        region = (
            slice(row * stride, row * stride + size),
            slice(column * stride, column * stride + size),
        )
        canvas[region] = numbers[row, column] * kernel + (canvas[region] if add else 0)
    return canvas


def check_smooth_generator(build):
    size, latent_dim = [(16, 24), (32, 10)][np.random.default_rng().integers(2)]
    model, asked = (
        build(size=size, latent_dim=latent_dim),
        f"Asked for size={size}, latent_dim={latent_dim}:",
    )
    if not isinstance(model, keras.Model):
        return f"{asked} you returned {type(model).__name__}, not a Keras model; did you forget `return model`?"
    if not model.built:
        return f"{asked} the model does not know yet what it reads: begin with keras.Input((latent_dim,))."
    if model.input_shape != (None, latent_dim):
        return f"{asked} it reads {model.input_shape}, expected (None, {latent_dim})."
    if model.output_shape != (None, size, size, 1):
        return f"{asked} it paints {model.output_shape}, expected (None, {size}, {size}, 1): 4 × 4 doubled {int(np.log2(size)) - 2} times, and 1 channel at the end."
    kinds = [type(layer).__name__ for layer in model.layers]
    if "Conv2DTranspose" in kinds:
        return f"{asked} there is still a Conv2DTranspose in it; enlarge with UpSampling2D, then convolve with Conv2D."
    if "UpSampling2D" not in kinds or "Conv2D" not in kinds:
        return f"{asked} it has {', '.join(sorted(set(kinds)))}; it needs UpSampling2D and Conv2D in every stage."
    if kinds[::-1].index("UpSampling2D") < kinds[::-1].index("Conv2D"):
        return f"{asked} the last layer to shape the picture enlarges it: its pixels come in equal blocks; convolve after enlarging."
    pictures = keras.ops.convert_to_numpy(
        model(
            100
            * np.random.default_rng().standard_normal((4, latent_dim)).astype("float32")
        )
    )
    if not _ends_in_tanh(model):
        return f"{asked} pixels from {pictures.min():.2f} to {pictures.max():.2f}, and nothing keeps them in [-1, 1]: the last activation must be tanh."
    if np.ptp(pictures, axis=0).max() < 1e-6:
        return f"{asked} four different latents painted the same picture: the latent gets lost on the way."
    return None


def _ends_in_tanh(model):
    last = [
        layer
        for layer in model.layers
        if not isinstance(layer, (layers.Reshape, layers.UpSampling2D))
    ][-1]
    return getattr(last, "activation", None) is keras.activations.tanh


CHECKS = {
    "3.1": check_coats,
    "3.2": check_unflatten,
    "3.3": check_deconvolve_with_holes,
    "3.4": check_smooth_generator,
}
