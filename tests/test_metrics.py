"""The measures agree with independent references."""

import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.spatial

from gan_lessons import metrics
from gan_lessons.data import to_float
from gan_lessons.models import build_recogniser, layer_output

RNG = np.random.default_rng(0)
A = RNG.normal(size=(300, 6))
B = RNG.normal(size=(200, 6)) @ RNG.normal(size=(6, 6)) + 0.5


def test_frechet_agrees_with_scipys_matrix_root_and_with_known_gaussians():
    cov_a, cov_b = np.cov(A, rowvar=False), np.cov(B, rowvar=False)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    means = ((A.mean(0) - B.mean(0)) ** 2).sum()
    expected = means + np.trace(cov_a + cov_b - 2 * root)
    assert metrics.frechet_distance(A, B) == pytest.approx(expected, rel=1e-6)
    assert metrics.frechet_distance(A, A + 3) == pytest.approx(9 * 6, rel=1e-6)
    assert metrics.frechet_distance(A, A) == pytest.approx(0, abs=1e-6)


def test_frechet_takes_a_single_feature():
    feature = A[:, :1]
    expected = (2 * feature.mean() + 1) ** 2 + 4 * feature.var(ddof=1)
    distance = metrics.frechet_distance(feature, feature * 3 + 1)
    assert distance == pytest.approx(expected, rel=1e-6)


def test_kid_is_unbiased_and_grows_with_distance():
    pairs = RNG.normal(size=(20, 2, 200, 6))
    same = [metrics.kernel_distance(*pair, seed=k)[0] for k, pair in enumerate(pairs)]
    assert abs(np.mean(same)) < 0.02
    assert metrics.kernel_distance(A, A + 1)[0] > 10 * max(abs(value) for value in same)


def test_kid_agrees_with_the_sums_written_out():
    def kernel(p, q):
        return (p @ q / 6 + 1) ** 3

    def mean_of_pairs(points):
        n = len(points)
        pairs = [(points[i], points[j]) for i in range(n) for j in range(n) if i != j]
        return np.mean([kernel(p, q) for p, q in pairs])

    x, y = A[:20], B[:20]
    across = np.mean([kernel(p, q) for p in x for q in y])
    expected = mean_of_pairs(x) + mean_of_pairs(y) - 2 * across
    kid, _ = metrics.kernel_distance(x, y, subsets=3, size=20)
    assert kid == pytest.approx(expected)


def test_precision_and_recall_agree_with_a_neighbour_search():
    def share_inside(points, members, k):
        radii = scipy.spatial.cKDTree(members).query(members, k + 1)[0][:, -1]
        distances = [np.linalg.norm(members - point, axis=1) for point in points]
        return np.mean([(each <= radii).any() for each in distances])

    near = A[:150] + 0.1 * RNG.normal(size=(150, 6))
    expected = share_inside(near, A, 3), share_inside(A, near, 3)
    assert metrics.precision_recall(A, near, k=3) == pytest.approx(expected)


def test_precision_is_quality_and_recall_is_variety():
    collapsed = A[:1] + 0.01 * RNG.normal(size=(100, 6))
    precision, recall = metrics.precision_recall(A, collapsed)
    assert precision > 0.9 > 0.1 > recall
    assert metrics.precision_recall(A, A + 100) == (0, 0)


def test_nearest_finds_the_copied_row():
    positions, distances = metrics.nearest(A[[7, 3]] + 1e-6, A)
    assert positions.tolist() == [7, 3] and distances.max() < 1e-4
    expected, _ = scipy.spatial.cKDTree(A).query(B)
    assert np.allclose(metrics.nearest(B, A)[1], expected)


def test_features_that_do_not_fit_are_named():
    shapes = r"features of shapes \(300, 6\) and \(300, 5\)"
    with pytest.raises(ValueError, match=shapes):
        metrics.frechet_distance(A, A[:, :5])


def test_fewer_rows_than_neighbours_are_named():
    with pytest.raises(ValueError, match="k=3 with 3 and 300 rows: give more rows"):
        metrics.precision_recall(A[:3], A)


def few_pixels(images):
    return images[:, :2, :3, 0].reshape(len(images), -1).astype("float32")


@pytest.fixture
def photos():
    return np.random.default_rng(1).integers(0, 256, (120, 4, 4, 1), "uint8")


@pytest.fixture
def generated():
    return np.random.default_rng(2).integers(60, 200, (60, 4, 4, 1), "uint8")


def test_measure_compares_half_of_the_photos_and_keeps_half_for_the_floor(
    photos, generated
):
    found = metrics.measure(photos, generated, features=few_pixels, k=5, size=50)
    real, fake = few_pixels(photos), few_pixels(generated)
    spread = real.std()
    compared, others = real[::2] / spread, real[1::2] / spread
    frechet = metrics.frechet_distance(compared, fake / spread)
    assert found.frechet == pytest.approx(frechet)
    floor = metrics.frechet_distance(compared, others)
    assert found.frechet_floor == pytest.approx(floor)
    assert found.frechet > found.frechet_floor >= 0


def test_measure_says_n_features_and_the_floor_in_one_line(photos, generated):
    found = metrics.measure(photos, generated, features=few_pixels, k=5, size=50)
    assert (found.n, found.k, found.features) == (60, 5, "few_pixels")
    line = str(found)
    assert "\n" not in line
    for text in ("N = 60", "few_pixels", "k = 5", "real against real"):
        assert text in line


def test_measure_refuses_too_few_photos_and_unknown_features(photos, generated):
    too_few = "100 photos for 60 generated images: give at least 120"
    with pytest.raises(ValueError, match=too_few):
        metrics.measure(photos[:100], generated, features=few_pixels)
    unknown = "features='colour' is neither attributes nor inception nor a function"
    with pytest.raises(ValueError, match=unknown):
        metrics.measure(photos, generated, features="colour")


def test_near_duplicates_find_each_other_under_two_names():
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal(128, 60, (40, 16, 16, 3)), 0, 255).astype("uint8")
    photos = pixels.repeat(2, axis=1).repeat(2, axis=2)
    noise = rng.integers(-4, 5, photos[7].shape)
    photos[30] = np.clip(photos[7].astype(int) + noise, 0, 255)
    photos[31] = photos[7]
    groups = metrics.near_duplicates(photos)
    assert groups[7] == groups[30] == groups[31] and len(set(groups)) == 38


def test_the_output_of_a_layer_as_features(faces):
    recogniser = build_recogniser(16, 1, classes=3, width=4)
    images = faces.images[:20]
    features = layer_output(recogniser, "features", batch_size=7)(images)
    without_last = keras.Sequential(recogniser.layers[:-1])
    assert features.shape == (20, 64)
    assert np.allclose(features, without_last(to_float(images)), atol=1e-6)


@pytest.mark.slow
def test_inceptions_features_come_from_its_last_layer_but_one(tmp_path, monkeypatch):
    inception = keras.applications.InceptionV3

    def untrained(weights, **options):
        return inception(weights=None, **options)  # the course does not have them

    monkeypatch.setattr(keras.applications, "InceptionV3", untrained)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))  # where Keras downloads to
    with pytest.raises(ValueError, match="InceptionV3's weights are not in"):
        metrics.feature_extractor("inception")
    folder = tmp_path / "models"
    folder.mkdir(parents=True)
    (folder / "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    extract_features, name = metrics.feature_extractor("inception")
    grey = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 1), "uint8")
    features = extract_features(grey)
    assert name == "InceptionV3" and features.shape == (3, 2048)
    colour = grey.repeat(3, axis=3)
    assert np.allclose(features, extract_features(colour), atol=1e-4)
