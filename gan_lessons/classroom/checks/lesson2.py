"""Checks of lesson 2: dials and sizes of convolutions, max-pooling, a tipping point."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from gan_lessons.classroom.checks.hints import first_hint


def check_dials(answer) -> str | None:
    """2.1: the number of dials of Conv2D(48, 5, strides=2) on 64 × 64 × 3.

    Args:
        answer: a whole number.
    """
    expected = 48 * (5 * 5 * 3 + 1)
    if answer == expected:
        return None
    everywhere = (
        "A kernel uses the same dials at every place: the size of the picture does not "
        "matter."
    )
    mistakes = [
        (48 * 5 * 5 * 3, "Each of the 48 kernels also has a bias."),
        (
            48 * 5 * 5 * 3 + 1,
            "There is a bias for each of the 48 kernels, not one for all.",
        ),
        (
            48 * (5 * 5 + 1),
            "The photos have three channels: each kernel is a block of 5 × 5 × 3.",
        ),
        (48 * 5 * 5, "The photos have three channels, and each kernel has a bias."),
        (5 * 5 * 3 + 1, "That is one kernel. There are 48."),
        (30 * 30 * expected, everywhere),
        (32 * 32 * expected, everywhere),
    ]
    otherwise = (
        "Count the numbers in one kernel (height × width × channels), add its bias, "
        "and multiply by the number of kernels."
    )
    return f"You said {answer}. {first_hint(answer, mistakes, otherwise, atol=0)}"


def check_output_size(output_size: Callable) -> str | None:
    """2.2: the output size of a convolution.

    Args:
        output_size: size, kernel size, stride and "valid" or "same" in, a size out.
    """
    rng = np.random.default_rng()
    cases = rng.integers((20, 2, 2), (60, 7, 5), size=(40, 3))
    for padding in ("valid", "same"):
        expected = [_keras_size(padding, *case) for case in cases.tolist()]
        given = [output_size(*case, padding) for case in cases.tolist()]
        for case, right, answer in zip(cases.tolist(), expected, given):
            if answer != right:
                size, kernel, stride = case
                hint = _size_hint(given, padding, *cases.T)
                return (
                    f'output_size({size}, {kernel}, {stride}, "{padding}") gave '
                    f"{answer}, Keras gets {right}. {hint}"
                )
    return None


def _keras_size(padding, size, kernel, stride):
    layer = layers.Conv2D(1, kernel, strides=stride, padding=padding)
    return layer.compute_output_shape((1, size, size, 1))[1]


def _size_hint(given, padding, size, kernel, stride):
    """The hint for the rule by which all sizes were computed; the rest are arrays."""
    other_rule = "That is the rule of {}: look at which padding was asked for."
    valid = [
        (
            (size - kernel) // stride,
            "The first place counts as well: one more than the jumps.",
        ),
        (
            np.ceil((size - kernel) / stride) + 1,
            "You rounded up: a jump that does not fit is not made, so round down.",
        ),
        ((size - stride) // kernel + 1, "Stride and kernel are swapped."),
        (
            size // stride,
            "Without padding the kernel has to fit in: subtract its size first.",
        ),
        (np.ceil(size / stride), other_rule.format('"same"')),
    ]
    same = [
        (
            size // stride,
            "You rounded down: with a border of zeros the last places count too, so "
            "round up.",
        ),
        (size, 'The stride counts with "same" padding too.'),
        ((size - kernel) // stride + 1, other_rule.format('"valid"')),
    ]
    mistakes = valid if padding == "valid" else same
    return first_hint(given, mistakes, "Compare with the table in the lesson.", atol=0)


def check_max_pool(max_pool: Callable) -> str | None:
    """2.3: max-pooling.

    Args:
        max_pool: maps (height, width, channels) and a size in, smaller maps out.
    """
    for shape, size in (((8, 12, 3), 2), ((9, 12, 2), 3), ((11, 13, 4), 3)):
        maps = np.random.default_rng().normal(size=shape).astype("float32")
        expected = layers.MaxPooling2D(size)(maps[None]).numpy()[0]
        tried = f"max_pool of maps {shape} with size {size}"
        try:
            given = np.asarray(max_pool(maps.copy(), size))
        except (ValueError, IndexError) as error:
            if shape[0] % size == 0:
                raise
            return (
                f"{tried} stopped with {type(error).__name__}: {shape[0]} is not a "
                f"multiple of {size}. Cut off what does not fill a last square."
            )
        if given.shape != expected.shape:
            return (
                f"{tried} gave the shape {given.shape}, expected {expected.shape}. "
                f"{_pooling_hint(given, maps, size)}"
            )
        if not np.allclose(given, expected):
            place = tuple(np.argwhere(~np.isclose(given, expected))[0].tolist())
            return (
                f"{tried} gave {given[place]:.3f} at {place}, Keras gets "
                f"{expected[place]:.3f}. {_pooling_hint(given, maps, size)}"
            )
    return None


def _pooling_hint(given, maps, size):
    height, width, channels = maps.shape
    if given.shape == (height - size + 1, width - size + 1, channels):
        return "Your squares overlap: the window has to jump by its own size."
    rows, columns = height // size, width // size
    cropped = maps[: rows * size, : columns * size]
    squares = cropped.reshape(rows, size, columns, size, channels)
    largest_of_all = squares.max(axis=(1, 3, 4))
    over_channels = (
        "You took the maximum over the channels too: each map is pooled on its own."
    )
    mistakes = [
        (
            squares.mean(axis=(1, 3)),
            "These are the means of the squares: take the largest.",
        ),
        (
            maps[::size, ::size],
            "You kept one corner of each square: that is a stride, not a maximum.",
        ),
        (largest_of_all, over_channels),
        (largest_of_all[..., None].repeat(channels, axis=2), over_channels),
        (
            np.abs(squares).max(axis=(1, 3)),
            "You took the largest number without its sign: −3 is smaller than 1.",
        ),
    ]
    otherwise = (
        "Each square of size × size becomes one number, its largest, in each channel."
    )
    return first_hint(given, mistakes, otherwise)


def check_tipping_point(tipping_point: Callable) -> str | None:
    """2.4: the share of noise at which a discriminator changes its mind.

    Args:
        tipping_point: a discriminator, a face and noise (1, size, size, 1) in, a
            share from 0 to 1 out.
    """
    rng = np.random.default_rng()
    for _ in range(3):
        face, noise = rng.uniform(-1, 1, (2, 1, 16, 16, 1)).astype("float32")
        expected, steepness = rng.uniform(0.6, 0.75), rng.uniform(4, 6)
        discriminator = _discriminator_tipping_at(expected, steepness, face, noise)
        given = tipping_point(discriminator, face, noise)
        if given is None or np.size(given) != 1:
            return (
                f"Your function returned {given}: it has to return one number, the "
                "share of noise."
            )
        given = float(np.ravel(given)[0])
        if abs(given - expected) > 0.0101:
            return (
                f"For a discriminator that tips at {expected:.2f} you found "
                f"{given:.2f}. {_tipping_hint(given, expected, steepness)}"
            )
    return None


def _tipping_hint(given, expected, steepness):
    if given > 1:
        return "A share lies between 0 and 1: that is a percentage."
    mistakes = [
        (
            expected - 0.5 / steepness,
            "You compared the logit with 0.5. A logit of 0 is a probability of one "
            "half.",
        ),
        (
            1 - expected,
            "That is the share of the face; the share of the noise was asked for.",
        ),
        (
            1,
            "It never tipped for you. If you took the sigmoid, compare with one half: "
            "a probability is never below 0.",
        ),
    ]
    otherwise = "Try share after share and find where the logit changes its sign."
    return first_hint(given, mistakes, otherwise, atol=0.015)


def _discriminator_tipping_at(share, steepness, face, noise):
    """One whose logit of a mixture is steepness · (share - the mixture's noise)."""
    direction = (noise - face).ravel().astype("float64")
    direction /= direction @ direction  # share of noise: (mixture - face) · direction
    kernel = -steepness * direction[:, None]
    bias = np.array([steepness * (share + face.ravel() @ direction)])
    flat = [keras.Input(face.shape[1:]), layers.Flatten(), layers.Dense(1)]
    discriminator = keras.Sequential(flat)
    discriminator.set_weights([kernel, bias])
    return discriminator


CHECKS = {
    "2.1": check_dials,
    "2.2": check_output_size,
    "2.3": check_max_pool,
    "2.4": check_tipping_point,
}
