"""Checks of lesson 3: coats of paint, un-flattening, holes, no checkerboards."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from gan_lessons.classroom.checks.hints import first_hint


def check_coats(answer) -> str | None:
    """3.1: how many of three regions, 3 long and 2 apart, cover each place.

    Args:
        answer: whole numbers in a row.
    """
    given = np.asarray(answer).ravel().tolist()
    expected = [1, 1, 2, 1, 2, 1, 1]
    if given == expected:
        return None
    cut_off = "you cut a place off at the border; here nothing is cut"
    mistakes = [
        (
            [1] * 9,
            "you laid the regions side by side: that is stride 3, with stride 2 "
            "neighbouring regions share a place",
        ),
        ([1, 2, 3, 2, 1], "you moved on by one place each time: that is stride 1"),
        (expected[:-1], cut_off),
        (expected[1:], cut_off),
        (
            [1] * 7,
            "the length is right, but where two regions overlap the coats add up",
        ),
    ]
    otherwise = (
        "draw the three regions under each other, each 2 places further on, and count "
        "in every column"
    )
    if len(given) != len(expected):
        otherwise = (
            f"the last region begins at place 4 and is 3 long, so there are "
            f"{len(expected)} places, not {len(given)}"
        )
    return f"You said {given}: {first_hint(given, mistakes, otherwise, atol=0)}."


def check_unflatten(unflatten: Callable) -> str | None:
    """3.2: undo Keras's Flatten.

    Args:
        unflatten: rows (n, numbers), height, width and channels in, maps
            (n, height, width, channels) out.
    """
    maps = np.random.default_rng().integers(0, 100, (3, 4, 5, 2))
    rows = keras.ops.convert_to_numpy(layers.Flatten()(maps))
    result = np.asarray(unflatten(rows, 4, 5, 2))
    if result.shape == maps.shape and np.array_equal(result, maps):
        return None
    tried = f"Rows of shape {rows.shape}, height 4, width 5, channels 2:"
    if result.shape != maps.shape:
        mistakes = {
            (3, 5, 4, 2): "height and width are swapped",
            (3, 2, 4, 5): "in Keras the channels come last",
        }
        otherwise = "the batch stays in front, then height, width, channels"
        return (
            f"{tried} you gave the shape {result.shape}, expected {maps.shape}: "
            f"{mistakes.get(result.shape, otherwise)}."
        )
    return f"{tried} the shape is right, {_order_hint(result, maps, rows)}."


def _order_hint(result, maps, rows):
    mistakes = [
        (
            rows.reshape(3, 2, 4, 5).transpose(0, 2, 3, 1),
            "the order is not: you filled channel after channel, Keras goes pixel by "
            "pixel, all channels of one first",
        ),
        (
            rows.reshape(maps.shape, order="F"),
            "the order is not: order='F' runs through the batch first and mixes the "
            "pictures",
        ),
        (
            rows.reshape(3, 5, 4, 2).transpose(0, 2, 1, 3),
            "the order is not: you filled column by column, Keras goes row by row",
        ),
    ]
    otherwise = (
        f"but {(result != maps).mean():.0%} of the numbers are in another place; one "
        "reshape puts them all back"
    )
    return first_hint(result, mistakes, otherwise, atol=0)


def check_deconvolve_with_holes(deconvolve: Callable) -> str | None:
    """3.3: a transposed convolution as a convolution over numbers with holes.

    Args:
        deconvolve: numbers (height, width), a square kernel and a stride in, a larger
            picture out.
    """
    rng = np.random.default_rng()
    sizes = ((3, 4, 3, 2), (4, 3, 4, 2), (3, 3, 3, 1), (2, 3, 4, 3))
    for height, width, size, stride in sizes:
        numbers = rng.standard_normal((height, width))
        kernel = rng.standard_normal((size, size))
        expected = _deconvolved(numbers, kernel, stride)
        result = deconvolve(numbers.copy(), kernel.copy(), stride)
        result = np.asarray(result, "float64")
        if result.shape != expected.shape or not np.allclose(
            result, expected, atol=1e-4
        ):
            return (
                f"Numbers {height} × {width}, kernel {size} × {size}, stride {stride}: "
                f"{_holes_hint(result, expected, numbers, kernel, stride)}"
            )
    return None


def _holes_hint(result, expected, numbers, kernel, stride):
    shapes = f"you gave the shape {result.shape}, expected {expected.shape}"
    border = len(kernel) - 1
    mistakes = [
        (
            _deconvolved(numbers, kernel[::-1, ::-1], stride),
            "the kernel is the wrong way round; turn it by 180° before you slide it.",
        ),
        (
            _deconvolved(numbers, kernel, stride + 1),
            f"you put {stride} zeros between neighbours; stride {stride} needs "
            f"{stride - 1}.",
        ),
        (
            _deconvolved(numbers, kernel, 1),
            f"that is stride 1; put {stride - 1} zeros between neighbouring numbers.",
        ),
        (
            expected[border:-border, border:-border],
            f"{shapes}: the border of zeros is missing, it is kernel − 1 = {border} "
            "wide.",
        ),
        (
            _deconvolved(numbers, kernel, stride, add=False),
            "where regions overlap you kept the last one; the paint must add up.",
        ),
    ]
    return first_hint(result, mistakes, _size_hint(result, expected, shapes), atol=1e-4)


def _size_hint(result, expected, shapes):
    if result.shape == expected.shape:
        furthest = np.abs(result - expected).max()
        return f"the shape is right, but the numbers are off by up to {furthest:.2f}."
    if result.ndim == 2:
        missing = np.subtract(expected.shape, result.shape)
        if missing[0] == missing[1] and missing[0] % 2 == 0:
            size = "narrow" if missing[0] > 0 else "wide"
            return f"{shapes}: the border of zeros is too {size}."
    return f"{shapes}: (numbers − 1) · stride + kernel, in height and in width."


def _deconvolved(numbers, kernel, stride, add=True):
    """The reference: the sum of one large picture per number."""
    (height, width), size = numbers.shape, len(kernel)
    canvas = np.zeros(((height - 1) * stride + size, (width - 1) * stride + size))
    for row, column in np.ndindex(height, width):
        top, left = row * stride, column * stride
        region = canvas[top : top + size, left : left + size]
        region[:] = numbers[row, column] * kernel + (region if add else 0)
    return canvas


def check_smooth_generator(build: Callable) -> str | None:
    """3.4: a generator that enlarges by UpSampling2D, without checkerboards.

    Args:
        build: `size` and `latent_dim` in, a Keras model out.
    """
    rng = np.random.default_rng()
    size, latent_dim = [(16, 24), (32, 10)][rng.integers(2)]
    model = build(size=size, latent_dim=latent_dim)
    hint = _model_hint(model, size, latent_dim)
    if not hint:
        latents = 100 * rng.standard_normal((4, latent_dim)).astype("float32")
        pictures = keras.ops.convert_to_numpy(model(latents))
        hint = _pictures_hint(model, pictures)
    return hint and f"Asked for size={size}, latent_dim={latent_dim}: {hint}"


def _model_hint(model, size, latent_dim):
    if not isinstance(model, keras.Model):
        return (
            f"you returned {type(model).__name__}, not a Keras model; did you forget "
            "`return model`?"
        )
    if not model.built:
        return (
            "the model does not know its input yet: begin with "
            "keras.Input((latent_dim,))."
        )
    if model.input_shape != (None, latent_dim):
        return f"it reads {model.input_shape}, expected (None, {latent_dim})."
    if model.output_shape != (None, size, size, 1):
        return (
            f"it paints {model.output_shape}, expected (None, {size}, {size}, 1): "
            f"4 × 4 doubled {int(np.log2(size)) - 2} times, and 1 channel at the end."
        )
    kinds = [type(layer).__name__ for layer in model.layers]
    if "Conv2DTranspose" in kinds:
        return (
            "there is still a Conv2DTranspose in it; enlarge with UpSampling2D, then "
            "convolve with Conv2D."
        )
    if "UpSampling2D" not in kinds or "Conv2D" not in kinds:
        return (
            f"it has {', '.join(sorted(set(kinds)))}; it needs UpSampling2D and Conv2D "
            "in every stage."
        )
    if kinds[::-1].index("UpSampling2D") < kinds[::-1].index("Conv2D"):
        return (
            "you enlarge after the last convolution, so pixels come in equal blocks; "
            "convolve after enlarging."
        )
    return None


def _pictures_hint(model, pictures):
    if not _ends_in_tanh(model):
        return (
            f"pixels go from {pictures.min():.2f} to {pictures.max():.2f}, and nothing "
            "keeps them in [-1, 1]: the last activation must be tanh."
        )
    if np.ptp(pictures, axis=0).max() < 1e-6:
        return (
            "four different latents painted the same picture: the latent gets lost on "
            "the way."
        )
    return None


def _ends_in_tanh(model):
    keep_values = (layers.Reshape, layers.UpSampling2D)
    last = [layer for layer in model.layers if not isinstance(layer, keep_values)][-1]
    return getattr(last, "activation", None) is keras.activations.tanh


CHECKS = {
    "3.1": check_coats,
    "3.2": check_unflatten,
    "3.3": check_deconvolve_with_holes,
    "3.4": check_smooth_generator,
}
