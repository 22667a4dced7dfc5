"""Arithmetic on latent codes does what its formulas say."""

import numpy as np
import pytest

from gan_lessons import latent
from gan_lessons.models import build_generator, sample_latents

A, B = sample_latents(2, 64, seed=1)


@pytest.mark.parametrize("interpolate", [latent.lerp, latent.slerp])
def test_interpolation_begins_and_ends_at_the_codes(interpolate):
    assert np.allclose(interpolate(A, B, 0.0), A, atol=1e-5)
    assert np.allclose(interpolate(A, B, 1.0), B, atol=1e-5)
    assert interpolate(A, B, np.linspace(0, 1, 5)).shape == (5, 64)
    assert interpolate(A, B, 0.5).dtype == np.float32


def test_slerp_keeps_the_norm_and_turns_evenly_where_lerp_cuts_the_corner():
    t = np.linspace(0, 1, 9)
    turned, straight = latent.slerp(A, B, t), latent.lerp(A, B, t)
    lengths = (1 - t) * np.linalg.norm(A) + t * np.linalg.norm(B)
    assert np.allclose(np.linalg.norm(turned, axis=1), lengths, rtol=1e-4)
    assert np.linalg.norm(straight[4]) < 0.8 * lengths[4]
    unit = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    angles = np.arccos((unit[:-1] * unit[1:]).sum(1))
    assert np.allclose(angles, angles[0], rtol=1e-3)


def test_slerp_at_its_edges():
    assert np.allclose(latent.slerp(A, A, 0.3), A)
    assert np.allclose(latent.slerp(A, 2 * A, 0.5), 1.5 * A, rtol=1e-5)
    with pytest.raises(ValueError, match="opposite"):
        latent.slerp(A, -A, 0.5)
    with pytest.raises(ValueError, match="zero code"):
        latent.slerp(A, 0 * A, 0.5)
    with pytest.raises(ValueError, match="same length"):
        latent.slerp(A, B[:10], 0.5)


def test_walk_passes_through_every_code():
    codes = sample_latents(3, 64)
    path = latent.walk(codes, steps=4)
    assert path.shape == (9, 64) and np.allclose(path[[0, 4, 8]], codes, atol=1e-5)
    straight = latent.walk(codes, steps=2, interpolate=latent.lerp)
    assert np.allclose(straight[1], codes[:2].mean(axis=0), atol=1e-5)
    with pytest.raises(ValueError, match="at least 2"):
        latent.walk(codes[:1])


def test_arithmetic_takes_single_codes_and_means():
    a, minus, plus = (sample_latents(n, 64, seed) for seed, n in enumerate((3, 4, 2)))
    expected = a.mean(0) - minus.mean(0) + plus.mean(0)
    assert np.allclose(latent.arithmetic(a, minus, plus), expected)
    assert np.allclose(latent.arithmetic(A, B, B), A, atol=1e-5)
    with pytest.raises(ValueError, match="different lengths"):
        latent.arithmetic(A, B, B[:3])


def test_direction_finds_the_axis_that_made_the_labels():
    codes, axis = sample_latents(3000, 16), sample_latents(1, 16, 9)[0]
    found = latent.direction(codes, codes @ axis > 0.3)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    assert found @ axis / np.linalg.norm(axis) > 0.97
    with pytest.raises(ValueError, match="labels of two values, and these have 1"):
        latent.direction(codes, np.ones(3000))
    with pytest.raises(ValueError, match="labels of shape"):
        latent.direction(codes, np.ones(5))


def test_orthogonal_leaves_nothing_along_the_others():
    vector, first, second = sample_latents(3, 16)
    rest = latent.orthogonal(vector, first, second)
    assert np.linalg.norm(rest) == pytest.approx(1, abs=1e-5)
    assert abs(rest @ first) < 1e-4 and abs(rest @ second) < 1e-4
    assert rest @ vector > 0
    for dependent in (first, 0 * first):
        with pytest.raises(ValueError, match="nothing is left"):
            latent.orthogonal(dependent, first)


def test_principal_directions_are_sorted_by_what_they_move():
    generator = build_generator(16, width=4, latent_dim=8)
    directions = latent.principal_directions(generator)
    assert np.allclose(directions @ directions.T, np.eye(8), atol=1e-4)
    weights = generator.layers[0].get_weights()[0]
    moved = np.linalg.norm(directions @ weights, axis=1)
    assert (np.diff(moved) <= 1e-5).all() and moved[0] > moved[-1]


def test_edit_moves_along_the_direction_by_the_steps():
    codes = sample_latents(4, 64)
    edited = latent.edit(codes, 5 * A, [-3, 0, 3])
    assert edited.shape == (4, 3, 64) and np.allclose(edited[:, 1], codes)
    moved = (edited[:, 2] - codes) @ A / np.linalg.norm(A)
    assert np.allclose(moved, 3, atol=1e-4)
    assert latent.edit(codes[0], A, [1, 2]).shape == (2, 64)
    with pytest.raises(ValueError, match="length 64"):
        latent.edit(codes, A[:5], [1])
    with pytest.raises(ValueError, match="leads nowhere"):
        latent.edit(codes, 0 * A, [1])
