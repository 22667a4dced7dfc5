"""Checks of lesson 3: overlaps, an uneven kernel, zeros, a generator, one picture."""

import contextlib
from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import layers

from gan_lessons.classroom.checks.hints import first_hint


def _numbers(answer) -> np.ndarray | None:
    """An answer as an array of floats; None if it is not made of numbers."""
    try:
        if isinstance(answer, (set, frozenset, dict, str, bytes)):
            return None
        array = np.asarray(answer)
        if array.dtype == object:  # a list of tensors, say
            array = np.asarray([np.asarray(each) for each in answer])
        return array.astype("float64")
    except (TypeError, ValueError):
        return None


def check_coats(answer) -> str | None:
    """3.1: how many of three regions, 3 long and 2 apart, cover each place.

    Args:
        answer: whole numbers in a row.
    """
    numbers = _numbers(answer)
    if numbers is None or numbers.ndim == 0 or not np.isfinite(numbers).all():
        return (
            f"You gave {answer!r}; give a list with one number for each place of the "
            "result, such as [1, 2, 3]."
        )
    given = [int(n) if n == int(n) else float(n) for n in numbers.ravel()]
    expected = [1, 1, 2, 1, 2, 1, 1]
    if given == expected:
        return None
    cut_off = "you cut a place off at the border; here nothing is cut"
    mistakes = [
        (
            [1] * 9,
            "you laid the regions side by side: that is stride 3; with stride 2 "
            "neighbouring regions share a place",
        ),
        ([1, 2, 3, 2, 1], "you moved on by one place each time: that is stride 1"),
        (expected[:-1], cut_off),
        (expected[1:], cut_off),
        (expected[1:-1], "you cut both ends off; here nothing is cut"),
        (
            [1] * 7,
            "the length is right, but where two regions overlap both of them count",
        ),
        (
            [0, 0, 1, 0, 1, 0, 0],
            "you counted what comes on top of the first region; count all regions",
        ),
    ]
    otherwise = (
        "draw the three regions under each other, each 2 places further on, and count "
        "in every column"
    )
    if len(given) != len(expected):
        otherwise = (
            f"{len(given)} places are not right: find the place where the last region "
            "begins, and the one where it ends"
        )
    return f"You said {given}: {first_hint(given, mistakes, otherwise, atol=0)}."


def check_worst_kernel(answer) -> str | None:
    """3.2: a 4 × 4 kernel that makes the strongest contrast at stride 2.

    Args:
        answer: numbers between -1 and 1, (4, 4).
    """
    kernel = _numbers(answer)
    if kernel is None:
        return "That is not a kernel: give a 4 × 4 list or array of numbers."
    if kernel.size == 16 and kernel.ndim > 2:  # as Keras stores it
        kernel = kernel.squeeze()
    if kernel.shape != (4, 4):
        return f"Your kernel has the shape {kernel.shape}; it must be (4, 4)."
    if not np.isfinite(kernel).all():
        return "Your kernel holds numbers that are not finite."
    if np.abs(kernel).max() > 1 + 1e-6:
        return (
            f"Your kernel holds {kernel.ravel()[np.abs(kernel).argmax()]:g}: all "
            "numbers must lie between −1 and 1."
        )
    sums = np.array([[kernel[r::2, c::2].sum() for c in (0, 1)] for r in (0, 1)])
    if np.ptp(sums) >= 8 - 1e-3:  # any two kinds are neighbours somewhere
        return None
    kinds = ", ".join(f"{each:.3g}" for each in sums.ravel())
    found = f"Painting with ones, your four kinds of pixel come out as {kinds}: "
    if np.ptp(sums) < 1e-6:
        return found + (
            "that is perfectly even. The weights that paint one kind of pixel must "
            "have a different sum from those that paint another."
        )
    if np.abs(kernel).max() < 1 - 1e-3:
        return found + "your numbers do not go as far as they may."
    if kernel.min() >= 0 or kernel.max() <= 0:
        return found + (
            "the contrast can be twice as strong if some weights are below 0 and "
            "others above."
        )
    return found + (
        "a stronger contrast is possible. Which four weights paint the same kind of "
        "pixel? They should all pull in the same direction."
    )


def check_paint_with_zeros(paint: Callable) -> str | None:
    """3.3: a transposed convolution as a convolution over numbers with zeros between.

    Args:
        paint: numbers (height, width), a square kernel and a stride in, a larger
            picture out.
    """
    rng = np.random.default_rng()
    for height, width, size, stride, kind in (
        (3, 4, 3, 2, "float64"),
        (4, 3, 4, 2, "float32"),
        (3, 3, 3, 1, "float64"),
        (2, 3, 4, 3, "float64"),
        (2, 2, 2, 2, "float32"),
    ):
        numbers = rng.standard_normal((height, width)).astype(kind)
        kernel = rng.standard_normal((size, size)).astype(kind)
        expected = _painted(numbers, kernel, stride)
        result = paint(numbers.copy(), kernel.copy(), stride)
        case = f"Numbers {height} × {width}, kernel {size} × {size}, stride {stride}:"
        found = _numbers(result)
        if found is None:
            return f"{case} your function gave {type(result).__name__}, not an array."
        if found.shape != expected.shape or not np.allclose(found, expected, atol=1e-4):
            hint = _zeros_hint(found, expected, numbers, kernel, stride)
            return f"{case} {hint}"
    return None


def _zeros_hint(result, expected, numbers, kernel, stride):
    shapes = f"you gave the shape {result.shape}, expected {expected.shape}"
    if result.ndim > 2 and result.squeeze().shape == expected.shape:
        return f"{shapes}: remove the axes of length 1."
    border, turned = len(kernel) - 1, kernel[::-1, ::-1]
    wrong_turn = (
        "the kernel is the wrong way round; turn it by 180° before you slide it."
    )
    mistakes = [
        (_painted(numbers, turned, stride), wrong_turn),
        (
            _painted(numbers, kernel[::-1], stride),
            "you turned the kernel upside down only; 180° also swaps left and right.",
        ),
        (
            _painted(numbers, kernel[:, ::-1], stride),
            "you swapped left and right only; 180° also turns the kernel upside down.",
        ),
        (
            _painted(numbers, kernel.T, stride),
            "you transposed the kernel as well; turn it by 180° and nothing else.",
        ),
        (
            _painted(numbers, turned.T, stride),
            "you transposed the kernel; that is not a turn by 180°.",
        ),
        (
            _painted(numbers, np.rot90(kernel), stride),
            "the kernel is off by a quarter turn; it must be turned by 180°.",
        ),
        (
            _painted(numbers, np.rot90(kernel, -1), stride),
            "the kernel is off by a quarter turn; it must be turned by 180°.",
        ),
        (
            _painted(numbers, kernel, stride + 1),
            f"you put {stride} zeros between neighbours; stride {stride} needs "
            f"{stride - 1}.",
        ),
        (
            _painted(numbers, kernel, 1),
            f"that is stride 1; put {stride - 1} zeros between neighbouring numbers.",
        ),
        (
            expected[border:-border, border:-border],
            f"{shapes}: the border of zeros is missing.",
        ),
        (
            _painted(numbers, kernel, stride, add=False),
            "where regions overlap you kept the last one; the paint must add up.",
        ),
        (
            np.floor(expected),
            "the numbers were cut to whole ones; use an array of floats.",
        ),
        (
            np.trunc(expected),
            "the numbers were cut to whole ones; use an array of floats.",
        ),
        (
            _painted(np.trunc(numbers), kernel, stride),
            "your array for the numbers holds whole numbers only; make it of floats.",
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


def _painted(numbers, kernel, stride, add=True):
    """The reference: the sum of one large picture per number."""
    (height, width), size = numbers.shape, len(kernel)
    canvas = np.zeros(((height - 1) * stride + size, (width - 1) * stride + size))
    for row, column in np.ndindex(height, width):
        top, left = row * stride, column * stride
        region = canvas[top : top + size, left : left + size]
        region[:] = numbers[row, column] * kernel + (region if add else 0)
    return canvas


def check_smooth_generator(build: Callable) -> str | None:
    """3.4: a generator that enlarges and then convolves, at every stage.

    Only what is computed counts, however the layers are nested or called.

    Args:
        build: `size` and `latent_dim` in, a Keras model out.
    """
    rng = np.random.default_rng()
    for size, latent_dim in ((16, 24), (32, 10)):
        model = build(size=size, latent_dim=latent_dim)
        hint = _built_hint(model)
        if not hint:
            hint = _painting_hint(model, size, latent_dim, rng)
        if hint:
            return f"Asked for size={size}, latent_dim={latent_dim}: {hint}"
    return None


def _built_hint(model):
    if isinstance(model, list):
        return "you returned a list of layers; put it into keras.Sequential."
    if isinstance(model, type) or not isinstance(model, keras.Layer):
        return f"you returned {type(model).__name__}, not a Keras model."
    return None


def _painting_hint(model, size, latent_dim, rng):
    with contextlib.suppress(AttributeError, ValueError):  # not every model knows it
        if model.input_shape[1:] != (latent_dim,):
            return f"it reads {model.input_shape}, expected (None, {latent_dim})."
    latents = rng.standard_normal((4, latent_dim)).astype("float32")
    with _convolutions() as seen:
        pictures = np.asarray(keras.ops.convert_to_numpy(model(latents)))
    if pictures.shape != (4, size, size, 1):
        return _shape_hint(pictures.shape, size)
    return _stages_hint(seen, size) or _pictures_hint(model, pictures, latents)


def _shape_hint(shape, size):
    doublings = int(np.log2(size)) - 2
    expected = f"for 4 latents it paints {shape}, expected {(4, size, size, 1)}"
    if len(shape) == 4 and shape[1:3] == (size, size):
        return f"{expected}: one grey channel at the end."
    return (
        f"{expected}: 4 × 4 places, doubled {doublings} times, and every convolution "
        'with padding="same".'
    )


def _stages_hint(seen, size):
    """What is wrong with the convolutions: (kind, kernel, size) in order."""
    if any(kind == "Conv2DTranspose" for kind, _, _ in seen):
        return (
            "there is still a Conv2DTranspose in it; enlarge with UpSampling2D, then "
            "convolve with Conv2D."
        )
    if not seen:
        return "there is no Conv2D in it; every stage enlarges and then convolves."
    stages = [2**k for k in range(3, int(np.log2(size)) + 1)]
    sizes = {place for _, _, place in seen}
    if max(sizes) < size:
        return (
            "nothing is convolved after the last enlargement, so pixels come in equal "
            "blocks; in every stage enlarge first, then convolve."
        )
    missing = [stage for stage in stages if stage not in sizes]
    if missing:
        return (
            f"nothing is convolved at {missing[0]} × {missing[0]}; start from 4 × 4, "
            "and in every stage double the size once, then convolve."
        )
    good = {place for _, kernel, place in seen if kernel == (3, 3)}
    wrong = [stage for stage in stages if stage not in good]
    if wrong:
        kernel = next(kernel for _, kernel, place in seen if place == wrong[0])
        return (
            f"at {wrong[0]} × {wrong[0]} the kernel is {kernel[0]} × {kernel[1]}; the "
            "exercise asks for kernel 3 in every stage."
        )
    return None


@contextlib.contextmanager
def _convolutions() -> Iterator[list]:
    """Record every convolution that is computed: (kind, kernel, size it gives)."""
    seen: list = []
    originals: dict = {}

    def recorder(kind, original):
        def call(self, inputs, *args, **kwargs):
            maps = original(self, inputs, *args, **kwargs)
            seen.append((kind.__name__, tuple(self.kernel_size), maps.shape[1]))
            return maps

        return call

    for kind in (layers.Conv2D, layers.Conv2DTranspose):
        originals[kind] = kind.__dict__.get("call"), kind.call
        kind.call = recorder(kind, kind.call)
    try:
        yield seen
    finally:
        for kind, (own, _) in originals.items():
            if own is None:
                del kind.call
            else:
                kind.call = own


def _pictures_hint(model, pictures, latents):
    if np.ptp(pictures, axis=0).max() < 1e-6:
        return (
            "four different latents painted the same picture: the latent gets lost on "
            "the way."
        )
    before = model.get_weights()
    try:  # much larger weights drive the last activation to its ends
        model.set_weights([30 * weight for weight in before])
        loud = model(latents)
    finally:
        model.set_weights(before)
    loud = np.asarray(keras.ops.convert_to_numpy(loud))
    low, high = loud.min(), loud.max()
    if low < -1 - 1e-3 or high > 1 + 1e-3:
        return (
            f"with large weights its pixels go from {low:.3g} to {high:.3g}, and "
            "nothing keeps them in [−1, 1]: give the last layer the activation tanh."
        )
    if low >= -1e-6 or high <= 1e-6:
        return (
            f"even with large weights its pixels only go from {low:.3g} to {high:.3g}, "
            "half of [−1, 1]: give the last layer the activation tanh."
        )
    return None


def check_best_picture(train: Callable) -> str | None:
    """3.5: the picture with the smallest mean absolute error to a set of photos.

    Args:
        train: photos, float32 (n, height, width, 1), in; one picture out.
    """
    rng = np.random.default_rng()
    for n, height, width, sign in ((9, 6, 5, 1), (6, 4, 7, -1)):
        # most are dark, a few bright, or the other way round: mean and median differ
        share = rng.beta(0.6, 1.6, (n, height, width, 1))
        photos = (sign * (1.8 * share - 0.9)).astype("float32")
        case = f"{n} photos of {height} × {width}:"
        result = train(photos.copy())
        picture = _numbers(result)
        if picture is None:
            return f"{case} your function gave {type(result).__name__}, not a picture."
        if picture.size != height * width:
            return (
                f"{case} you gave the shape {picture.shape}, expected "
                f"{(height, width, 1)}: one picture."
            )
        if not np.isfinite(picture).all():
            return f"{case} your picture holds numbers that are not finite."
        hint = _best_hint(picture.reshape(height, width, 1), photos.astype("float64"))
        if hint:
            return f"{case} {hint}"
    return None


def _best_hint(picture, photos):
    def error(one):
        return np.abs(one - photos).mean()

    best, mean = np.median(photos, axis=0), photos.mean(axis=0)
    excess, allowed = error(picture) - error(best), 0.15 * (error(mean) - error(best))
    if excess <= allowed:
        return None
    mistakes = [
        (mean, "that is the mean; it has the smallest *squared* error."),
        (
            (photos.min(axis=0) + photos.max(axis=0)) / 2,
            "that is halfway between the darkest and the brightest value.",
        ),
        (np.zeros_like(best), "your picture is still grey: nothing was trained."),
        (-best, "your picture is the negative of the right one."),
    ]
    if any(np.allclose(picture, photo, atol=1e-6) for photo in photos):
        return "that is one of the photos; the others are far from it."
    otherwise = (
        f"its mean absolute error is {error(picture):.3f}, and {error(best):.3f} is "
        "possible. Take more steps, or try another learning rate; does the loss "
        "take the absolute difference?"
    )
    return first_hint(picture, mistakes, otherwise, atol=0.02)


CHECKS = {
    "3.1": check_coats,
    "3.2": check_worst_kernel,
    "3.3": check_paint_with_zeros,
    "3.4": check_smooth_generator,
    "3.5": check_best_picture,
}
