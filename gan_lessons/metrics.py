"""How good, how varied and how new generated faces are (lesson 6).

All measures compare features: float (n, d), a row per image, from a network that was
trained to tell faces apart. Two figures can be compared only if features and n are the
same; `measure` reports both.
"""

import dataclasses
import os
import pathlib
from collections.abc import Callable

import keras
import numpy as np

from gan_lessons import pretrained
from gan_lessons.models import layer_output

FeatureExtractor = Callable[[np.ndarray], np.ndarray]


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The Fréchet distance between two sets of features, each taken as a Gaussian.

    It is 0 if means and covariances agree. Small samples make it larger.

    Args:
        a: features (n, d).
        b: features (m, d).

    Returns:
        At least 0, in squared units of the features.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> round(frechet_distance(features, features + 1), 3)   # of 64 dimensions
        64.0

    Reference:
        Heusel et al., "GANs trained by a two time-scale update rule converge to a local
        Nash equilibrium", 2017.
    """
    a, b = _features(a, b)
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    root = _square_root(cov_a)
    eigenvalues = np.linalg.eigvalsh(root @ cov_b @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(max(0, means + cov_a.trace() + cov_b.trace() - 2 * cross))


def kernel_distance(
    a: np.ndarray, b: np.ndarray, subsets: int = 50, size: int = 100, seed: int = 0
) -> tuple[float, float]:
    """KID: the squared maximum mean discrepancy with the kernel (x·y / d + 1)³.

    Unlike the Fréchet distance it is unbiased: for two samples of one distribution it
    is 0 on average, whatever their size. Divide the features by the standard deviation
    of the real ones first, as the kernel is meant for features of about 1.

    Args:
        a: features (n, d).
        b: features (m, d).
        subsets: random subsets to average over.
        size: rows of each subset.
        seed: of the subsets.

    Returns:
        Mean and standard deviation over the subsets.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> kid, spread = kernel_distance(real_features, fake_features)

    Reference:
        Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    a, b = _features(a, b)
    size = min(size, len(a), len(b))
    rng = np.random.default_rng(seed)

    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    values = []
    for _ in range(subsets):
        x = a[rng.choice(len(a), size, replace=False)]
        y = b[rng.choice(len(b), size, replace=False)]
        xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
        within = xx.sum() - xx.trace() + yy.sum() - yy.trace()
        values.append(within / (size * (size - 1)) - 2 * xy.mean())
    return float(np.mean(values)), float(np.std(values))


def precision_recall(
    real: np.ndarray, fake: np.ndarray, k: int = 3
) -> tuple[float, float]:
    """Improved precision and recall: the quality and the variety of generated images.

    Precision is the share of fakes that lie inside the set of reals, recall the share
    of reals inside the set of fakes. A point is inside a set if it is no farther from
    one of its members than that member is from its k-th nearest neighbour.

    Args:
        real: features of photos (n, d).
        fake: features of generated images (m, d).
        k: the neighbour whose distance counts.

    Returns:
        Precision and recall, 0 to 1.

    Raises:
        ValueError: if the shapes do not fit, or for k rows or fewer.

    Example:
        >>> precision_recall(features, features)
        (1.0, 1.0)

    Reference:
        Kynkäänniemi et al., "Improved precision and recall metric for assessing
        generative models", 2019.
    """
    real, fake = _features(real, fake)
    if min(len(real), len(fake)) <= k:
        raise ValueError(
            f"k={k} with {len(real)} and {len(fake)} rows: give more rows than k"
        )

    def share_inside(points, members):
        radii = np.sort(_distances(members, members), axis=1)[:, k]
        return float((_distances(points, members) <= radii).any(axis=1).mean())

    return share_inside(fake, real), share_inside(real, fake)


def nearest(points: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest member of each point, by Euclidean distance.

    Args:
        points: features (n, d).
        members: features (m, d).

    Returns:
        Positions in `members`, int64 (n,), and the distances, float64 (n,).

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> positions, distances = nearest(fake_features, photo_features)
    """
    distances = _distances(*_features(points, members))
    return distances.argmin(axis=1), distances.min(axis=1)


@dataclasses.dataclass(frozen=True)
class Measures:
    """What `measure` found; printed, it is one line.

    Attributes:
        frechet: Fréchet distance between photos and generated images.
        frechet_floor: the same between photos and other photos.
        kid: kernel distance, mean over subsets.
        kid_spread: its standard deviation.
        precision: improved precision, 0 to 1.
        recall: improved recall, 0 to 1.
        k: the neighbour that precision and recall count to.
        n: images on each side.
        features: the name of what was compared.
    """

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
            f"Fréchet distance {self.frechet:.2f} "
            f"(real against real {self.frechet_floor:.2f}), "
            f"KID {self.kid:.4f} ± {self.kid_spread:.4f}, "
            f"precision {self.precision:.2f}, recall {self.recall:.2f} (k = {self.k}); "
            f"N = {self.n:,}, features: {self.features}"
        )


def measure(
    real: np.ndarray,
    fake: np.ndarray,
    features: str | FeatureExtractor = "attributes",
    k: int = 3,
    subsets: int = 50,
    size: int = 500,
) -> Measures:
    """Every measure of n generated images, and the floor of n photos against n others.

    Features are divided by the standard deviation of those of the photos, as KID's
    kernel needs.

    Args:
        real: uint8 (2n or more, size, size, channels), photos: one half is compared
            with the generated images, the other gives the floor.
        fake: uint8 (n, size, size, channels), generated images.
        features: as in `feature_extractor`.
        k: as in `precision_recall`.
        subsets: as in `kernel_distance`.
        size: as in `kernel_distance`.

    Raises:
        ValueError: if there are too few photos, or for unknown features.

    Example:
        >>> print(measure(load_faces("utkface").images, gan.generate(2000)))
    """
    n = len(fake)
    if len(real) < 2 * n:
        raise ValueError(
            f"{len(real)} photos for {n} generated images: give at least {2 * n}, "
            "half of them for the floor, or fewer images"
        )
    extract_features, name = feature_extractor(features)
    order = np.sort(np.random.default_rng(0).permutation(len(real))[: 2 * n])
    real_features = np.asarray(extract_features(real[order]), "float64")
    spread = real_features.std()
    photos, others = real_features[::2] / spread, real_features[1::2] / spread
    generated = np.asarray(extract_features(fake), "float64") / spread
    kid, kid_spread = kernel_distance(photos, generated, subsets=subsets, size=size)
    precision, recall = precision_recall(photos, generated, k=k)
    return Measures(
        frechet=frechet_distance(photos, generated),
        frechet_floor=frechet_distance(photos, others),
        kid=kid,
        kid_spread=kid_spread,
        precision=precision,
        recall=recall,
        k=k,
        n=n,
        features=name,
    )


def feature_extractor(
    features: str | FeatureExtractor,
) -> tuple[FeatureExtractor, str]:
    """A function from images to features, and its name.

    Args:
        features: "attributes", the 256 features of the course's own network for colour
            faces of 64 × 64 pixels; "inception", InceptionV3's 2,048, if Keras has its
            weights; or a function of your own, such as
            `layer_output(recogniser, "features")`.

    Returns:
        A function that maps uint8 (n, size, size, channels) to float (n, d), and what
        `Measures` calls it.

    Raises:
        ValueError: for another name, or if InceptionV3's weights are not there.

    Example:
        >>> extract_features, name = feature_extractor("attributes")
    """
    if callable(features):
        return features, getattr(features, "__name__", "a function")
    if features == "attributes":
        network = pretrained.load("faces64").attributes
        return layer_output(network, "features"), "attribute network"
    if features == "inception":
        return _inception(), "InceptionV3"
    raise ValueError(
        f"features={features!r} is neither attributes nor inception nor a function "
        "from images to numbers"
    )


def _inception():
    home = os.environ.get("KERAS_HOME", pathlib.Path.home() / ".keras")
    folder = pathlib.Path(home) / "models"
    file = folder / "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    if not file.is_file():
        raise ValueError(
            f"InceptionV3's weights are not in {folder}: "
            "keras.applications.InceptionV3(include_top=False) fetches them, "
            "or give a function of your own"
        )
    size = (299, 299)
    network = keras.applications.InceptionV3(
        include_top=False, weights=str(file), pooling="avg", input_shape=(*size, 3)
    )

    def features_of(images):
        colour = np.repeat(images, 3 // images.shape[-1], axis=-1)
        floats = colour / np.float32(127.5) - 1
        larger = keras.ops.image.resize(floats, size, interpolation="bilinear")
        return np.asarray(network(larger, training=False))

    def extract_features(images):
        starts = range(0, len(images), 50)
        return np.concatenate([features_of(images[k : k + 50]) for k in starts])

    return extract_features


def near_duplicates(images: np.ndarray, limit: float = 0.04) -> np.ndarray:
    """Find photos that are in a set twice, such as one photo under two file names.

    Two photos are near-duplicates if the root mean square of their difference, at
    16 × 16 pixels and from 0 to 1, is below a limit. Split such a set by these groups:
    otherwise photos of the training set are in the test set, too.

    Args:
        images: uint8 (n, size, size, channels).
        limit: 0 to 1.

    Returns:
        int64 (n,), the same number for all photos of one group.

    Example:
        >>> photos = load_faces("utkface")
        >>> train, unseen = photos.split(0.1, groups=near_duplicates(photos.images))
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    small = _thumbnails(np.asarray(images))
    n, d = small.shape
    block = max(1, 10_000_000 // n)  # rows of the distance matrix at a time: 40 MB
    pairs = []
    for start in range(0, n, block):
        near = _distances(small[start : start + block], small) < limit * d**0.5
        pairs.append(np.argwhere(near) + [start, 0])
    first, second = np.concatenate(pairs).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n, n))
    _, groups = connected_components(graph, directed=False)
    return groups.astype("int64")


def _thumbnails(images):
    """Images at 16 × 16 pixels, as rows of numbers from 0 to 1."""
    n, factor = len(images), images.shape[1] // 16
    cropped = images[:, : 16 * factor, : 16 * factor]
    blocks = cropped.reshape(n, 16, factor, 16, factor, -1)
    return blocks.mean(axis=(2, 4), dtype="float32").reshape(n, -1) / 255


def _features(a, b):
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    two_tables = a.ndim == b.ndim == 2
    if not two_tables or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            f"features of shapes {a.shape} and {b.shape}: "
            "give (n, d) and (m, d), at least two rows each"
        )
    return a, b


def _distances(a, b):
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.sqrt(np.clip(squares, 0, None))


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
