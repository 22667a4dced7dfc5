"""The measures agree with independent references."""

import numpy as np
import pytest
import scipy.linalg
import scipy.spatial

from gan_lessons import metrics

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(300, 6)), RNG.normal(size=(200, 6)) @ RNG.normal(size=(6, 6)) + 0.5


def test_frechet_agrees_with_scipys_matrix_root_and_with_known_gaussians():
    cov_a, cov_b = np.cov(A, rowvar=False), np.cov(B, rowvar=False)
    expected = ((A.mean(0) - B.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * scipy.linalg.sqrtm(cov_a @ cov_b).real)
    assert metrics.frechet_distance(A, B) == pytest.approx(expected, rel=1e-6)
    assert metrics.frechet_distance(A, A + 3) == pytest.approx(9 * 6, rel=1e-6)
    assert metrics.frechet_distance(A, A) == pytest.approx(0, abs=1e-6)


def test_kid_is_unbiased_and_grows_with_distance():
    same = [metrics.kernel_distance(RNG.normal(size=(200, 6)), RNG.normal(size=(200, 6)), seed=k)[0] for k in range(20)]
    assert abs(np.mean(same)) < 0.02
    assert metrics.kernel_distance(A, A + 1)[0] > 10 * max(abs(value) for value in same)


def test_kid_agrees_with_the_sums_written_out():
    x, y = A[:20], B[:20]
    kernel = lambda p, q: (p @ q / 6 + 1) ** 3
    xx = sum(kernel(p, q) for i, p in enumerate(x) for j, q in enumerate(x) if i != j) / (20 * 19)
    yy = sum(kernel(p, q) for i, p in enumerate(y) for j, q in enumerate(y) if i != j) / (20 * 19)
    xy = sum(kernel(p, q) for p in x for q in y) / 400
    assert metrics.kernel_distance(x, y, subsets=3, size=20)[0] == pytest.approx(xx + yy - 2 * xy)


def test_precision_and_recall_agree_with_a_neighbour_search():
    def inside(points, members, k):
        radius = scipy.spatial.cKDTree(members).query(members, k + 1)[0][:, -1]
        return np.mean([(np.linalg.norm(members - point, axis=1) <= radius).any() for point in points])

    near = A[:150] + 0.1 * RNG.normal(size=(150, 6))
    assert metrics.precision_recall(A, near, k=3) == pytest.approx((inside(near, A, 3), inside(A, near, 3)))


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
    with pytest.raises(ValueError, match=r"features of shapes \(300, 6\) and \(300, 5\)"):
        metrics.frechet_distance(A, A[:, :5])
