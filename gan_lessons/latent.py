"""Arithmetic in the latent space: interpolation, sums and directions (lesson 7).

A latent code z is float32 (latent_dim,), drawn from the standard normal distribution;
several are (n, latent_dim).
"""

import functools
from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import ArrayLike

# What follows `@_checked_…` is the idea alone, as lesson 7 builds it. The decorators
# turn arguments into arrays that fit, and refuse what cannot be meant.


def _checked_pair(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Two single codes of one length, and t as a number or as a column."""

    @functools.wraps(function)
    def checked(a, b, t):
        return function(*_pair(a, b, t))

    return checked


def _checked_angle(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """As `_checked_pair`, and the two codes have an angle between them."""

    @functools.wraps(function)
    def checked(a, b, t):
        a, b, t = _pair(a, b, t)
        length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
        if min(length_a, length_b) == 0:
            raise ValueError("slerp with a zero code, which has no direction: use lerp")
        angle = np.arccos(np.clip((a / length_a) @ (b / length_b), -1, 1))
        if np.pi - angle < 1e-4:
            raise ValueError("slerp between opposite codes: go through a third code")
        if angle < 1e-4:
            return lerp(a, b, t)
        return function(a, b, t).astype(a.dtype)

    return checked


def _checked_terms(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Three terms whose codes have the same length."""

    @functools.wraps(function)
    def checked(a, minus, plus):
        means = [mean_code(term) for term in (a, minus, plus)]
        if len({mean.shape for mean in means}) > 1:
            shapes = [mean.shape for mean in means]
            raise ValueError(
                "codes of different lengths: {}, {} and {}".format(*shapes)
            )
        return function(*means)

    return checked


def _checked_labels(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """As many labels as codes, and two different ones."""

    @functools.wraps(function)
    def checked(codes, labels):
        codes, labels = np.asarray(codes), np.asarray(labels)
        if codes.ndim != 2 or labels.shape != codes.shape[:1]:
            raise ValueError(
                f"codes of shape {codes.shape} with labels of shape {labels.shape}: "
                "give (n, latent_dim) and (n,)"
            )
        values = len(np.unique(labels))
        if values != 2:
            raise ValueError(
                f"a direction needs labels of two values, and these have {values}"
            )
        return function(codes, labels)

    return checked


def _checked_edit(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A direction that is as long as the codes, and leads somewhere."""

    @functools.wraps(function)
    def checked(z, direction, steps):
        z, direction = np.asarray(z, "float32"), np.asarray(direction, "float32")
        if direction.shape != z.shape[-1:]:
            raise ValueError(
                f"a direction of shape {direction.shape} for codes of length "
                f"{z.shape[-1]}: they must agree"
            )
        if np.linalg.norm(direction) == 0:
            raise ValueError("a direction of length 0 leads nowhere")
        return function(z, direction, np.asarray(steps, "float32"))

    return checked


def _pair(a, b, t):
    a, b, t = (_floats(each) for each in (a, b, t))
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(
            f"codes of shapes {a.shape} and {b.shape}: "
            "give two single codes of the same length"
        )
    t = t.astype(a.dtype)
    return a, b, t.reshape(-1, 1) if t.ndim else t


def _floats(values):
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(float)


@_checked_pair
def lerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Linear interpolation: the straight line from code `a` to code `b`.

    Half way between two random codes it is about 30 % nearer to the origin than either
    end.

    Args:
        a: a code (latent_dim,), reached at t = 0.
        b: a code (latent_dim,), reached at t = 1.
        t: a number, or (n,) for n points.

    Returns:
        (latent_dim,), or (n, latent_dim).

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> lerp(np.zeros(2), np.ones(2), 0.25)
        array([0.25, 0.25])
    """
    return (1 - t) * a + t * b


@_checked_angle
def slerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Spherical linear interpolation: turn evenly from code `a` to code `b`.

    The length changes evenly, too: unlike `lerp` it does not drop half way.

    Args:
        a: a code (latent_dim,), reached at t = 0.
        b: a code (latent_dim,), reached at t = 1.
        t: a number, or (n,) for n points.

    Returns:
        (latent_dim,), or (n, latent_dim).

    Raises:
        ValueError: if the shapes do not fit, or if no direction is defined: for a zero
            code, or for opposite codes.

    Example:
        >>> np.round(slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5), 3)
        array([0.707, 0.707])

    Reference:
        Shoemake, "Animating rotation with quaternion curves", 1985; White, "Sampling
        generative networks", 2016.
    """
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    angle = np.arccos(a @ b / (length_a * length_b))
    turned = np.sin((1 - t) * angle) * a / length_a + np.sin(t * angle) * b / length_b
    return turned / np.sin(angle) * ((1 - t) * length_a + t * length_b)


def walk(
    codes: ArrayLike,
    steps: int = 8,
    interpolate: Callable[..., np.ndarray] = slerp,
) -> np.ndarray:
    """A path from code to code.

    Args:
        codes: (n, latent_dim), at least 2.
        steps: points from each code to the next.
        interpolate: `slerp` or `lerp`.

    Returns:
        ((n - 1) * steps + 1, latent_dim), the last code included.

    Raises:
        ValueError: for a single code.

    Example:
        >>> walk(sample_latents(3, 64), steps=8).shape
        (17, 64)
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or len(codes) < 2:
        raise ValueError(
            f"codes of shape {codes.shape}: a walk needs (n, latent_dim), n at least 2"
        )
    t = np.arange(steps) / steps
    legs = [interpolate(a, b, t) for a, b in zip(codes[:-1], codes[1:])]
    return np.concatenate([*legs, codes[-1:]])


def mean_code(codes: ArrayLike) -> np.ndarray:
    """The mean of several codes, which keeps what their faces have in common.

    Args:
        codes: (n, latent_dim), or a single code (latent_dim,), which is its own mean.

    Returns:
        (latent_dim,).

    Example:
        >>> mean_code(np.array([[0.0, 4.0], [0.0, 2.0]]))
        array([0., 3.])
    """
    codes = np.asarray(codes)
    return codes if codes.ndim == 1 else codes.mean(axis=0)


@_checked_terms
def arithmetic(a: ArrayLike, minus: ArrayLike, plus: ArrayLike) -> np.ndarray:
    """`a - minus + plus`, where several codes stand for their mean.

    For instance `arithmetic(smiling_woman, woman, man)`: a smiling man, if all goes
    well.

    Args:
        a: (latent_dim,) or (n, latent_dim).
        minus: likewise.
        plus: likewise.

    Returns:
        (latent_dim,).

    Raises:
        ValueError: if the codes have different lengths.

    Example:
        >>> arithmetic(np.array([3.0, 1.0]), np.array([1.0, 1.0]), np.array([0.0, 3.0]))
        array([2., 3.])

    Reference:
        Radford, Metz and Chintala, "Unsupervised representation learning with deep
        convolutional generative adversarial networks", 2016.
    """
    return mean_code(a) - mean_code(minus) + mean_code(plus)


@_checked_labels
def direction(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The direction along which a label changes most: logistic regression on codes.

    Args:
        codes: (n, latent_dim).
        labels: (n,), two different values.

    Returns:
        float32 (latent_dim,), a unit vector that points towards the larger label.

    Raises:
        ValueError: if the shapes do not fit, or if the labels do not have two values.

    Example:
        >>> older = direction(codes, predictions["age"] > 40)
    """
    from sklearn.linear_model import LogisticRegression

    weights = LogisticRegression(max_iter=1000).fit(codes, labels).coef_[0]
    return (weights / np.linalg.norm(weights)).astype("float32")


def orthogonal(vector: ArrayLike, *others: ArrayLike) -> np.ndarray:
    """Project a direction so that it is orthogonal to others.

    Moving a code along it changes one attribute and leaves the others, as far as they
    are linear in the code.

    Args:
        vector: (latent_dim,).
        *others: one or more, (latent_dim,).

    Returns:
        (latent_dim,), a unit vector.

    Raises:
        ValueError: if the vector lies in the span of the others.

    Example:
        >>> orthogonal(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
        array([0., 1.])
    """
    vector, basis = np.asarray(vector), np.stack(others, axis=1)
    rest = vector - basis @ np.linalg.lstsq(basis, vector, rcond=None)[0]
    length = np.linalg.norm(rest)
    if length <= 1e-6 * np.linalg.norm(vector):
        raise ValueError(
            "nothing is left of the direction once the others are taken out"
        )
    return rest / length


def principal_directions(generator: keras.Model) -> np.ndarray:
    """The directions to which the generator's first layer responds most (SeFa).

    They need no labels: a singular value decomposition of the layer's weights has them
    in the order of how much the layer stretches them.

    Args:
        generator: its first layer is a dense one.

    Returns:
        float32 (k, latent_dim): unit vectors, a row each, the most stretched first; k
        is latent_dim, or the number of the layer's outputs if those are fewer.

    Example:
        >>> principal_directions(build_generator(64, latent_dim=64)).shape
        (64, 64)

    Reference:
        Shen and Zhou, "Closed-form factorization of latent semantics in GANs", 2021.
    """
    weights = generator.layers[0].get_weights()[0]
    directions, stretches, _ = np.linalg.svd(weights, full_matrices=False)
    return directions.T


@_checked_edit
def edit(z: np.ndarray, direction: np.ndarray, steps: ArrayLike) -> np.ndarray:
    """Move codes along a direction, each by each of the steps.

    Args:
        z: (n, latent_dim), or a single code (latent_dim,).
        direction: (latent_dim,), of any length but 0: it is scaled to length 1.
        steps: (k,), in standard deviations of the codes.

    Returns:
        float32 (n, k, latent_dim), or (k, latent_dim) for a single code.

    Raises:
        ValueError: if the lengths do not agree, or for a direction of length 0.

    Example:
        >>> edit(sample_latents(4, 64), older, steps=[-3, 0, 3]).shape
        (4, 3, 64)
    """
    unit = direction / np.linalg.norm(direction)
    return z[..., None, :] + np.reshape(steps, (-1, 1)) * unit
