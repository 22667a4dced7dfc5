"""How good, how varied and how new generated faces are, measured in the features of a network (lesson 5).

Features are float arrays (n, d), one row per image, from any network that was trained to tell faces apart.
Figures compare only at the same features and the same n: `measure` says both with every figure.
"""

import dataclasses
import pathlib

import numpy as np

from gan_lessons.models import layer_output


def frechet_distance(a, b):
    """The Fréchet distance between two sets of features, taken as two Gaussians: 0 if mean and covariance agree.

    a, b: (n, d) and (m, d). Out: one number, at least 0, in squared feature units; small samples make it larger.
    Heusel et al., "GANs trained by a two time-scale update rule", 2017.

    >>> frechet_distance(features_of_real, features_of_fake)
    """
    a, b = _features(a, b)
    of_a, of_b = (np.atleast_2d(np.cov(features, rowvar=False)) for features in (a, b))
    root = _square_root(of_a)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ of_b @ root), 0, None)).sum()
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(max(0, means + of_a.trace() + of_b.trace() - 2 * cross))


def kernel_distance(a, b, subsets=50, size=100, seed=0):
    """KID: the squared maximum mean discrepancy with the kernel (x·y / d + 1)³, mean and spread over random subsets.

    Unlike the Fréchet distance it is unbiased: two samples of the same faces give 0 on average, at any size. The kernel
    wants features of spread 1 or so: divide them by the spread of the real ones first.
    Out: (mean, standard deviation). Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    a, b = _features(a, b)
    size, rng, values = min(size, len(a), len(b)), np.random.default_rng(seed), []
    for _ in range(subsets):
        x, y = (
            a[rng.choice(len(a), size, replace=False)],
            b[rng.choice(len(b), size, replace=False)],
        )
        xx, yy, xy = (
            (p @ q.T / a.shape[1] + 1) ** 3 for p, q in ((x, x), (y, y), (x, y))
        )
        values.append(
            (xx.sum() - xx.trace() + yy.sum() - yy.trace()) / (size * (size - 1))
            - 2 * xy.mean()
        )
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


@dataclasses.dataclass(frozen=True)
class Measures:
    """What `measure` found. `print` gives one line."""

    frechet: float
    frechet_floor: float
    kid: float
    kid_spread: float
    precision: float
    recall: float
    k: int
    n: int
    features: str

    def __str__(self):
        return (
            f"Fréchet distance {self.frechet:.2f} (real against real {self.frechet_floor:.2f}), KID {self.kid:.4f} ± {self.kid_spread:.4f}, "
            f"precision {self.precision:.2f}, recall {self.recall:.2f} (k = {self.k}); N = {self.n:,}, features: {self.features}"
        )


def measure(real, fake, features="attributes", k=3, subsets=50, size=500):
    """Every measure at once, of `n` generated images against `n` photos, and the floor against `n` other photos.

    real:     uint8 (2n, size, size, channels) at least; one half is compared with, the other gives the floor
    fake:     uint8 (n, size, size, channels)
    features: "attributes", the 256 numbers of the course's own network for colour faces of 64 × 64 (`pretrained`);
              "inception", InceptionV3's 2,048 numbers, if Keras has its weights;
              or a function from images to (n, d), such as `layer_output(recogniser, "features")`

    Features are divided by the spread of those of the photos, so that KID's kernel is of a usual size.

    >>> print(measure(load_faces("utkface").images, gan.generate(2000)))
    """
    n = len(fake)
    if len(real) < 2 * n:
        raise ValueError(
            f"{len(real)} photos for {n} generated images: give at least {2 * n}, half of them for the floor, or fewer images"
        )
    look, name = feature_extractor(features)
    order = np.sort(np.random.default_rng(0).permutation(len(real))[: 2 * n])
    seen = np.asarray(look(real[order]), "float64")
    spread = seen.std()
    photos, others, painted = (
        seen[::2] / spread,
        seen[1::2] / spread,
        np.asarray(look(fake), "float64") / spread,
    )
    kid, kid_spread = kernel_distance(photos, painted, subsets=subsets, size=size)
    precision, recall = precision_recall(photos, painted, k=k)
    return Measures(
        frechet_distance(photos, painted),
        frechet_distance(photos, others),
        kid,
        kid_spread,
        precision,
        recall,
        k,
        n,
        name,
    )


def feature_extractor(features):
    """A function from images, uint8 (n, size, size, channels), to features (n, d), and its name."""
    if callable(features):
        return features, getattr(features, "__name__", "a function")
    if features == "attributes":
        from gan_lessons.pretrained import load

        return layer_output(load("faces64").attributes, "features"), "attribute network"
    if features == "inception":
        return _inception(), "InceptionV3"
    raise ValueError(
        f"features={features!r} is neither attributes nor inception nor a function from images to numbers"
    )


def _inception():
    import keras

    file = (
        pathlib.Path.home()
        / ".keras/models/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    )
    if not file.is_file():
        raise ValueError(
            f"InceptionV3's weights are not in {file.parent}: keras.applications.InceptionV3(include_top=False) fetches them, "
            "or give a function of your own"
        )
    network = keras.applications.InceptionV3(
        include_top=False, weights=str(file), pooling="avg", input_shape=(299, 299, 3)
    )

    def look(images):
        batches = (
            np.repeat(images[start : start + 50], 3 // images.shape[-1], axis=-1)
            for start in range(0, len(images), 50)
        )
        larger = (
            keras.ops.image.resize(
                batch / np.float32(127.5) - 1, (299, 299), interpolation="bilinear"
            )
            for batch in batches
        )
        return np.concatenate(
            [np.asarray(network(batch, training=False)) for batch in larger]
        )

    return look


def near_duplicates(images, limit=0.04):
    """Which photos are the same photo under two names: int64 (n,), equal numbers for photos of one group.

    Two photos are near-duplicates if their root mean square difference, seen at 16 × 16 pixels and from 0 to 1, is below
    `limit`. Whoever splits photos that hold such pairs, or looks for copies among them, has to know them.

    >>> groups = near_duplicates(load_faces("utkface").images)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    images = np.asarray(images)
    n, size = len(images), images.shape[1] // 16
    block = max(
        1, 10_000_000 // n
    )  # the distances of so many photos to all others at a time: 40 MB
    small = (
        images[:, : 16 * size, : 16 * size]
        .reshape(n, 16, size, 16, size, -1)
        .mean(axis=(2, 4), dtype="float32")
        .reshape(n, -1)
        / 255
    )
    pairs = [
        np.argwhere(
            _distances(small[start : start + block], small)
            < limit * small.shape[1] ** 0.5
        )
        + [start, 0]
        for start in range(0, n, block)
    ]
    first, second = np.concatenate(pairs).T
    return connected_components(
        coo_array((np.ones(len(first)), (first, second)), shape=(n, n)), directed=False
    )[1].astype("int64")


def _features(a, b):
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    if (
        a.ndim != 2
        or b.ndim != 2
        or a.shape[1] != b.shape[1]
        or min(len(a), len(b)) < 2
    ):
        raise ValueError(
            f"features of shapes {a.shape} and {b.shape}: give (n, d) and (m, d), at least two rows each"
        )
    return a, b


def _distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.clip(squares, 0, None))


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
