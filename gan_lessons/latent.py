"""Arithmetic on codes: walks, sums and directions in the latent space (lesson 6).

A code z is float32 (latent_dim,), or (n, latent_dim) for several, drawn from the standard normal.
"""

import numpy as np


def lerp(a, b, t):
    """The straight way from code `a` (t = 0) to code `b` (t = 1).

    a, b: (latent_dim,); t: a number, or (n,) for n points. Out: (latent_dim,), or (n, latent_dim).
    Half way between two random codes the straight way is about 30 % nearer to the origin than either end.

    >>> lerp(np.zeros(2), np.ones(2), 0.25)
    array([0.25, 0.25])
    """
    a, b, t = _pair(a, b, t)
    return (1 - t) * a + t * b


def slerp(a, b, t):
    """The way along the sphere from code `a` to code `b` (Shoemake, 1985; White, 2016): the norm changes evenly.

    Arguments and result as for `lerp`. ValueError where the angle leaves the way open (opposite or zero codes).

    >>> np.round(slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5), 3)
    array([0.707, 0.707])
    """
    a, b, t = _pair(a, b, t)
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(length_a, length_b) == 0:
        raise ValueError(
            "slerp from or to the zero code: a sphere's centre has no direction; use lerp"
        )
    unit_a, unit_b = a / length_a, b / length_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if np.pi - angle < 1e-4:
        raise ValueError(
            "slerp between opposite codes: every great circle is a shortest way; go through a third code"
        )
    if angle < 1e-4:
        return lerp(a, b, t)
    on_sphere = (
        np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b
    ) / np.sin(angle)
    return (on_sphere * ((1 - t) * length_a + t * length_b)).astype(a.dtype)


def walk(codes, steps=8, way=slerp):
    """A way through several codes: `steps` points per leg, the last code added at the end.

    codes: (n, latent_dim), n ≥ 2. Out: ((n - 1) · steps + 1, latent_dim).

    >>> walk(sample_latents(3, 64), steps=8).shape
    (17, 64)
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or len(codes) < 2:
        raise ValueError(
            f"codes of shape {codes.shape}: a walk needs (n, latent_dim) with n of at least 2"
        )
    t = np.arange(steps) / steps
    return np.concatenate(
        [way(a, b, t) for a, b in zip(codes[:-1], codes[1:])] + [codes[-1:]]
    )


def mean_code(codes):
    """The mean of several codes: what their faces have in common, with each one's accidents averaged away.

    codes: (n, latent_dim), or one code (latent_dim,), which is its own mean. Out: (latent_dim,).
    """
    codes = np.asarray(codes)
    return codes if codes.ndim == 1 else codes.mean(axis=0)


def arithmetic(a, minus, plus):
    """A - minus + plus, each a code or several codes whose mean is taken (Radford, Metz and Chintala, 2016).

    Out: (latent_dim,). For instance `arithmetic(smiling_woman, woman, man)`: a smiling man, if all goes well.

    >>> arithmetic(np.array([3.0, 1.0]), np.array([1.0, 1.0]), np.array([[0.0, 4.0], [0.0, 2.0]]))
    array([2., 3.])
    """
    a, minus, plus = mean_code(a), mean_code(minus), mean_code(plus)
    if not a.shape == minus.shape == plus.shape:
        raise ValueError(
            f"codes of different lengths: {a.shape}, {minus.shape} and {plus.shape}"
        )
    return a - minus + plus


def direction(codes, labels):
    """The unit vector along which a label changes most surely: logistic regression from code to label.

    codes: (n, latent_dim); labels: (n,), two different values, the larger one ahead. Out: float32 (latent_dim,), length 1.

    >>> older = direction(codes, is_old)
    """
    from sklearn.linear_model import LogisticRegression

    codes, labels = np.asarray(codes), np.asarray(labels)
    if codes.ndim != 2 or labels.shape != codes.shape[:1]:
        raise ValueError(
            f"codes of shape {codes.shape} with labels of shape {labels.shape}: give (n, latent_dim) and (n,)"
        )
    if len(np.unique(labels)) != 2:
        raise ValueError(
            f"a direction needs labels of two values, and these have {len(np.unique(labels))}"
        )
    weights = LogisticRegression(max_iter=1000).fit(codes, labels).coef_[0]
    return (weights / np.linalg.norm(weights)).astype("float32")


def orthogonal(vector, *others):
    """`vector` without its share along each of `others`, again of length 1: change one thing and not the others.

    >>> orthogonal(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    array([0., 1.])
    """
    vector, others = np.asarray(vector), np.stack(others, axis=1)
    rest = vector - others @ np.linalg.lstsq(others, vector, rcond=None)[0]
    if np.linalg.norm(rest) <= 1e-6 * np.linalg.norm(vector):
        raise ValueError(
            "nothing is left of the direction once the others are taken out"
        )
    return rest / np.linalg.norm(rest)


def principal_directions(generator):
    """The directions in which the generator's first layer moves most, largest first: float32 (latent_dim, latent_dim).

    They need no labels: eigenvectors of the first layer's weights times their transpose (Shen and Zhou, "SeFa", 2021).
    Row k is a unit vector.
    """
    first = generator.layers[0].get_weights()[0]
    return np.linalg.eigh(first @ first.T)[1][:, ::-1].T.astype("float32")


def edit(z, direction, steps):
    """The codes z, each moved along a direction by each of the steps.

    z: (n, latent_dim) or (latent_dim,); direction: (latent_dim,), any length but 0; it is scaled to length 1;
    steps: (k,), in standard deviations of the codes. Out: (n, k, latent_dim), or (k, latent_dim) for one code.

    >>> edit(sample_latents(4, 64), older, steps=[-3, 0, 3]).shape
    (4, 3, 64)
    """
    z, direction, steps = (
        np.asarray(z, "float32"),
        np.asarray(direction, "float32"),
        np.asarray(steps, "float32"),
    )
    if direction.shape != z.shape[-1:]:
        raise ValueError(
            f"a direction of shape {direction.shape} for codes of length {z.shape[-1]}: they must agree"
        )
    length = np.linalg.norm(direction)
    if length == 0:
        raise ValueError("a direction of length 0 leads nowhere")
    return z[..., None, :] + steps[:, None] * (direction / length)


def _pair(a, b, t):
    a, b, t = np.asarray(a), np.asarray(b), np.asarray(t)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(
            f"codes of shapes {a.shape} and {b.shape}: give two single codes of the same length"
        )
    return a, b, t[..., None].astype(a.dtype) if t.ndim else t.astype(a.dtype)
