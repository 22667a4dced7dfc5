"""How good, how varied and how new generated faces are, measured in the features of a network (lesson 5).

Features are float arrays (n, d), one row per image, from any network that was trained to tell faces apart.
Figures compare only at the same features and the same n.
"""

import numpy as np


def frechet_distance(a, b):
    """The Fréchet distance between two sets of features, taken as two Gaussians: 0 if mean and covariance agree.

    a, b: (n, d) and (m, d). Out: one number, at least 0, in squared feature units; small samples make it larger.
    Heusel et al., "GANs trained by a two time-scale update rule", 2017.

    >>> frechet_distance(features_of_real, features_of_fake)
    """
    a, b = _features(a, b)
    root = _square_root(np.cov(a, rowvar=False))
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ np.cov(b, rowvar=False) @ root), 0, None)).sum()
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(max(0, means + np.cov(a, rowvar=False).trace() + np.cov(b, rowvar=False).trace() - 2 * cross))


def kernel_distance(a, b, subsets=50, size=100, seed=0):
    """KID: the squared maximum mean discrepancy with the kernel (x·y / d + 1)³, mean and spread over random subsets.

    Unlike the Fréchet distance it is unbiased: two samples of the same faces give 0 on average, at any size.
    Out: (mean, standard deviation). Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    a, b = _features(a, b)
    size, rng, values = min(size, len(a), len(b)), np.random.default_rng(seed), []
    for _ in range(subsets):
        x, y = a[rng.choice(len(a), size, replace=False)], b[rng.choice(len(b), size, replace=False)]
        xx, yy, xy = ((p @ q.T / a.shape[1] + 1) ** 3 for p, q in ((x, x), (y, y), (x, y)))
        values.append((xx.sum() - xx.trace() + yy.sum() - yy.trace()) / (size * (size - 1)) - 2 * xy.mean())
    return float(np.mean(values)), float(np.std(values))


def precision_recall(real, fake, k=3):
    """Improved precision and recall: the share of fakes that fall among the reals, and of reals that fall among the fakes.

    A point is "among" a set if it is nearer to one of its members than that member is to its own k-th neighbour.
    Out: two numbers, 0 to 1: precision is quality, recall is variety. Kynkäänniemi et al., 2019.
    """
    real, fake = _features(real, fake)

    def share_inside(points, members):
        radius = np.sort(_distances(members, members), axis=1)[:, k]
        return float((_distances(points, members) <= radius).any(axis=1).mean())

    return share_inside(fake, real), share_inside(real, fake)


def nearest(points, members):
    """For each row of `points` the nearest row of `members`: (positions (n,), distances (n,))."""
    distances = _distances(*_features(points, members))
    return distances.argmin(axis=1), distances.min(axis=1)


def _features(a, b):
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"features of shapes {a.shape} and {b.shape}: give (n, d) and (m, d), at least two rows each")
    return a, b


def _distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.clip(squares, 0, None))


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
