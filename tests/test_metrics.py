"""The measures agree with independent references."""

import pathlib

import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.spatial

from gan_lessons import metrics
from gan_lessons.data import to_float
from gan_lessons.models import build_recogniser

RNG = np.random.default_rng(0)
A, B = (
    RNG.normal(size=(300, 6)),
    RNG.normal(size=(200, 6)) @ RNG.normal(size=(6, 6)) + 0.5,
)


def test_frechet_agrees_with_scipys_matrix_root_and_with_known_gaussians():
    cov_a, cov_b = np.cov(A, rowvar=False), np.cov(B, rowvar=False)
    expected = ((A.mean(0) - B.mean(0)) ** 2).sum() + np.trace(
        cov_a + cov_b - 2 * scipy.linalg.sqrtm(cov_a @ cov_b).real
    )
    assert metrics.frechet_distance(A, B) == pytest.approx(expected, rel=1e-6)
    assert metrics.frechet_distance(A, A + 3) == pytest.approx(9 * 6, rel=1e-6)
    assert metrics.frechet_distance(A, A) == pytest.approx(0, abs=1e-6)
    assert metrics.frechet_distance(A[:, :1], A[:, :1] * 3 + 1) == pytest.approx(
        (2 * A[:, 0].mean() + 1) ** 2 + 4 * A[:, 0].var(ddof=1), rel=1e-6
    )  # one feature


def test_kid_is_unbiased_and_grows_with_distance():
    same = [
        metrics.kernel_distance(
            RNG.normal(size=(200, 6)), RNG.normal(size=(200, 6)), seed=k
        )[0]
        for k in range(20)
    ]
    assert abs(np.mean(same)) < 0.02
    assert metrics.kernel_distance(A, A + 1)[0] > 10 * max(abs(value) for value in same)


def test_kid_agrees_with_the_sums_written_out():
    x, y = A[:20], B[:20]
    kernel = lambda p, q: (p @ q / 6 + 1) ** 3
    xx = sum(
        kernel(p, q) for i, p in enumerate(x) for j, q in enumerate(x) if i != j
    ) / (20 * 19)
    yy = sum(
        kernel(p, q) for i, p in enumerate(y) for j, q in enumerate(y) if i != j
    ) / (20 * 19)
    xy = sum(kernel(p, q) for p in x for q in y) / 400
    assert metrics.kernel_distance(x, y, subsets=3, size=20)[0] == pytest.approx(
        xx + yy - 2 * xy
    )


def test_precision_and_recall_agree_with_a_neighbour_search():
    def inside(points, members, k):
        radius = scipy.spatial.cKDTree(members).query(members, k + 1)[0][:, -1]
        return np.mean(
            [
                (np.linalg.norm(members - point, axis=1) <= radius).any()
                for point in points
            ]
        )

    near = A[:150] + 0.1 * RNG.normal(size=(150, 6))
    assert metrics.precision_recall(A, near, k=3) == pytest.approx(
        (inside(near, A, 3), inside(A, near, 3))
    )


def test_precision_is_quality_and_recall_is_variety():
    collapsed = A[:1] + 0.01 * RNG.normal(size=(100, 6))
    precision, recall = metrics.precision_recall(A, collapsed)
    assert precision > 0.9 > 0.1 > recall
    assert metrics.precision_recall(A, A + 100) == (0, 0)


def test_nearest_finds_the_copied_row():
    where, distances = metrics.nearest(A[[7, 3]] + 1e-6, A)
    assert where.tolist() == [7, 3] and distances.max() < 1e-4
    expected, _ = scipy.spatial.cKDTree(A).query(B)
    assert np.allclose(metrics.nearest(B, A)[1], expected)


def test_features_that_do_not_fit_are_named():
    with pytest.raises(
        ValueError, match=r"features of shapes \(300, 6\) and \(300, 5\)"
    ):
        metrics.frechet_distance(A, A[:, :5])


def test_every_measure_at_once_says_n_features_and_the_floor():
    rng = np.random.default_rng(1)
    photos, painted = (
        rng.integers(0, 256, (120, 4, 4, 1), "uint8"),
        rng.integers(60, 200, (60, 4, 4, 1), "uint8"),
    )

    def few_pixels(images):
        return images[:, :2, :3, 0].reshape(len(images), -1).astype("float32")

    found = metrics.measure(photos, painted, features=few_pixels, k=5, size=50)
    assert (found.n, found.k, found.features) == (
        60,
        5,
        "few_pixels",
    ) and found.frechet > found.frechet_floor >= 0
    order = np.sort(np.random.default_rng(0).permutation(120)[:120])
    real = few_pixels(photos[order]) / few_pixels(photos[order]).std()
    assert found.frechet == pytest.approx(
        metrics.frechet_distance(
            real[::2], few_pixels(painted) / few_pixels(photos[order]).std()
        )
    )
    assert found.frechet_floor == pytest.approx(
        metrics.frechet_distance(real[::2], real[1::2])
    )
    assert all(
        text in str(found)
        for text in ("N = 60", "few_pixels", "k = 5", "real against real")
    ) and "\n" not in str(found)
    with pytest.raises(
        ValueError, match="100 photos for 60 generated images: give at least 120"
    ):
        metrics.measure(photos[:100], painted, features=few_pixels)
    with pytest.raises(
        ValueError,
        match="features='colour' is neither attributes nor inception nor a function",
    ):
        metrics.measure(photos, painted, features="colour")


def test_near_duplicates_find_each_other_under_two_names():
    rng = np.random.default_rng(0)
    photos = (
        np.clip(rng.normal(128, 60, (40, 32, 32, 3)), 0, 255)
        .astype("uint8")
        .reshape(40, 16, 2, 16, 2, 3)
    )
    photos[:] = photos[:, :, :1, :, :1]  # so that something is left at 16 x 16
    photos = photos.reshape(40, 32, 32, 3)
    photos[30] = np.clip(
        photos[7].astype(int) + rng.integers(-4, 5, photos[7].shape), 0, 255
    )
    photos[31] = photos[7]
    groups = metrics.near_duplicates(photos)
    assert groups[7] == groups[30] == groups[31] and len(set(groups)) == 38


def test_the_output_of_a_layer_as_features(faces):
    recogniser = build_recogniser(16, 1, classes=3, width=4)
    look = metrics.layer_output(recogniser, "features", batch_size=7)
    whole = keras.Sequential(recogniser.layers[:-1])(to_float(faces.images[:20]))
    assert np.allclose(look(faces.images[:20]), whole, atol=1e-6) and look(
        faces.images[:20]
    ).shape == (20, 64)


@pytest.mark.slow
def test_inceptions_features_come_from_its_last_layer_but_one(tmp_path, monkeypatch):
    built = (
        keras.applications.InceptionV3
    )  # with random weights: the real ones are not part of the course
    monkeypatch.setattr(
        keras.applications,
        "InceptionV3",
        lambda weights, **more: built(weights=None, **more),
    )
    monkeypatch.setattr(pathlib.Path, "home", lambda: tmp_path)
    with pytest.raises(ValueError, match="InceptionV3's weights are not in"):
        metrics.feature_extractor("inception")
    (tmp_path / ".keras/models").mkdir(parents=True)
    (
        tmp_path
        / ".keras/models/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    ).touch()
    look, name = metrics.feature_extractor("inception")
    grey = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 1), "uint8")
    assert name == "InceptionV3" and look(grey).shape == (3, 2048)
    assert np.allclose(look(grey), look(grey.repeat(3, axis=3)), atol=1e-4)
