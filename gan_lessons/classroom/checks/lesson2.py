"""Checks of lesson 2: dials and sizes of a convolution, max-pooling, the point at which a discriminator changes its mind."""

import keras
import numpy as np
from keras import layers


def check_dials(answer):
    """2.1: the number of dials of Conv2D(48, 5, strides=2) on 64 × 64 × 3."""
    expected = layers.Conv2D(48, 5, strides=2)
    expected.build((None, 64, 64, 3))
    everywhere = "A kernel uses the same dials at every place: the size of the picture does not matter."
    mistakes = {
        48 * 5 * 5 * 3: "Each of the 48 kernels also has a bias.",
        48 * 5 * 5 * 3
        + 1: "There is a bias for each of the 48 kernels, not one for all.",
        48
        * (
            5 * 5 + 1
        ): "The photos have three channels: each kernel is a block of 5 × 5 × 3.",
        48 * 5 * 5: "The photos have three channels, and each kernel has a bias.",
        5 * 5 * 3 + 1: "That is one kernel. There are 48.",
        30 * 30 * expected.count_params(): everywhere,
        32 * 32 * expected.count_params(): everywhere,
    }
    if answer == expected.count_params():
        return None
    return f"You said {answer}. " + mistakes.get(
        answer,
        "Count the numbers in one kernel (height × width × channels), add its bias, and multiply by the kernels.",
    )


SIZE_MISTAKES = {
    "valid": [
        (
            lambda n, k, s: (n - k) // s,
            "The first place counts as well: one more than the jumps.",
        ),
        (
            lambda n, k, s: -(-(n - k) // s) + 1,
            "You rounded up: a jump that does not fit is not made, so round down.",
        ),
        (lambda n, k, s: (n - s) // k + 1, "Stride and kernel are swapped."),
        (
            lambda n, k, s: n // s,
            "Without padding the kernel has to fit in: take it off the size first.",
        ),
        (
            lambda n, k, s: -(-n // s),
            'That is the rule of "same": look at which padding was asked for.',
        ),
    ],
    "same": [
        (
            lambda n, k, s: n // s,
            "You rounded down: with a rim of zeros the last places count too, so round up.",
        ),
        (lambda n, k, s: n, 'The stride counts with "same" padding too.'),
        (
            lambda n, k, s: (n - k) // s + 1,
            'That is the rule of "valid": look at which padding was asked for.',
        ),
    ],
}


def check_output_size(answer):
    """2.2: the output size of a convolution."""
    cases = (
        np.random.default_rng().integers((20, 2, 2), (60, 7, 5), size=(40, 3)).tolist()
    )
    for padding, mistakes in SIZE_MISTAKES.items():
        expected = [
            layers.Conv2D(1, k, strides=s, padding=padding).compute_output_shape(
                (1, n, n, 1)
            )[1]
            for n, k, s in cases
        ]
        given = [answer(n, k, s, padding) for n, k, s in cases]
        wrong = [
            (case, ours, yours)
            for case, ours, yours in zip(cases, expected, given)
            if ours != yours
        ]
        if wrong:
            (n, k, s), ours, yours = wrong[0]
            why = next(
                (
                    hint
                    for rule, hint in mistakes
                    if given == [rule(*case) for case in cases]
                ),
                "Compare with the table in the lesson.",
            )
            return f'output_size({n}, {k}, {s}, "{padding}") gave {yours}, Keras gets {ours}. {why}'
    return None


def check_max_pool(answer):
    """2.3: max-pooling of (height, width, channels)."""
    for shape, size in (((8, 12, 3), 2), ((9, 12, 2), 3), ((11, 13, 4), 3)):
        maps = np.random.default_rng().normal(size=shape).astype("float32")
        expected, tried = (
            layers.MaxPooling2D(size)(maps[None]).numpy()[0],
            f"max_pool of maps {shape} with size {size}",
        )
        try:
            given = np.asarray(answer(maps.copy(), size))
        except (ValueError, IndexError) as error:
            if shape[0] % size == 0:
                raise
            return f"{tried} stopped with {type(error).__name__}: {shape[0]} is no multiple of {size}. Cut off what does not fill a last square."
        if given.shape != expected.shape:
            return f"{tried} gave the shape {given.shape}, expected {expected.shape}. {_pooling_mistake(given, maps, size)}"
        if not np.allclose(given, expected):
            wrong = tuple(
                int(place) for place in np.argwhere(~np.isclose(given, expected))[0]
            )
            return f"{tried} gave {given[wrong]:.3f} at {wrong}, Keras gets {expected[wrong]:.3f}. {_pooling_mistake(given, maps, size)}"
    return None


def _pooling_mistake(given, maps, size):
    height, width, channels = maps.shape
    squares = maps[: height // size * size, : width // size * size].reshape(
        height // size, size, width // size, size, channels
    )
    if given.shape == (height - size + 1, width - size + 1, channels):
        return "Your squares overlap: the window has to jump by its own size."
    over_channels = (
        "You took the maximum over the channels too: each map is pooled on its own."
    )
    for mistake, hint in (
        (
            squares.mean(axis=(1, 3)),
            "These are the means of the squares: take the largest.",
        ),
        (
            maps[::size, ::size],
            "You kept one corner of each square: that is a stride, not a maximum.",
        ),
        (squares.max(axis=(1, 3, 4)), over_channels),
        (
            squares.max(axis=(1, 3, 4), keepdims=True)[:, 0, :, 0].repeat(
                channels, axis=2
            ),
            over_channels,
        ),
        (
            np.abs(squares).max(axis=(1, 3)),
            "You took the largest size without its sign: −3 is smaller than 1.",
        ),
    ):
        if given.shape == mistake.shape and np.allclose(given, mistake):
            return hint
    return (
        "Each square of size × size becomes one number, its largest, in each channel."
    )


def check_tipping_point(answer):
    """2.4: the share of noise at which a discriminator changes its mind, here one that tips at a share we chose."""
    random = np.random.default_rng()
    for _ in range(3):
        face, noise = random.uniform(-1, 1, (2, 1, 16, 16, 1)).astype("float32")
        tips, steep = random.uniform(0.6, 0.75), random.uniform(4, 6)
        given = answer(_judge(face, noise, tips, steep), face, noise)
        if given is None or np.size(given) != 1:
            return f"Your function returned {given}: it has to return one number, the share of noise."
        given = float(np.ravel(given)[0])
        mistakes = (
            (
                tips - 0.5 / steep,
                "You compared the logit with 0.5. A logit of 0 is a probability of one half.",
            ),
            (
                1 - tips,
                "That is the share of the face; the share of the noise was asked for.",
            ),
            (100 * tips, "A share lies between 0 and 1: that is per cent."),
            (
                1,
                "It never tipped for you. If you took the sigmoid, compare with one half: a probability is never below 0.",
            ),
        )
        if abs(given - tips) > 0.0101:
            why = next(
                (
                    hint
                    for wrong, hint in mistakes
                    if abs(given - wrong) < 0.015 * max(1, wrong)
                ),
                "Try share after share and look where the logit changes its sign.",
            )
            return f"For a discriminator that tips at {tips:.2f} you found {given:.2f}. {why}"
    return None


def _judge(face, noise, tips, steep):
    """A discriminator whose logit of a mixture is steep · (tips - share of noise)."""
    way = (noise - face).ravel().astype("float64")
    way /= way @ way  # a mixture's share of noise is (mixture - face) · way
    judge = keras.Sequential(
        [keras.Input(face.shape[1:]), layers.Flatten(), layers.Dense(1)]
    )
    judge.set_weights(
        [-steep * way[:, None], np.array([steep * (tips + face.ravel() @ way)])]
    )
    return judge


CHECKS = {
    "2.1": check_dials,
    "2.2": check_output_size,
    "2.3": check_max_pool,
    "2.4": check_tipping_point,
}
