"""Directions are found, cleaned, learned and scored where the truth is known."""

import keras
import numpy as np
import pytest

from gan_lessons.attributes import RACES
from gan_lessons.directions import (
    colourfulness,
    find_directions,
    learn_direction,
    score_edits,
    score_random,
)
from gan_lessons.latent import orthogonal
from gan_lessons.models import sample_latents

AGE = np.array([5, 5, 0, 0], "float32")  # years per unit of each number of a code


@pytest.fixture(scope="module")
def networks():
    """A generator that shows its code as four grey levels, and a network that reads it.

    The first number is gender, age is AGE times the code, the third tells White from
    Black.
    """
    latent = keras.Input((4,))
    dense = keras.layers.Dense(4)
    generator = keras.Model(latent, keras.layers.Reshape((2, 2, 1))(dense(latent)))
    # Small, so that the images stay in [-1, 1].
    dense.set_weights([np.eye(4, dtype="float32") / 8, np.zeros(4, "float32")])

    image = keras.Input((2, 2, 1))
    flat = keras.layers.Flatten(name="features")(image)
    heads = {"gender": 1, "age": 1, "race": 5}
    outputs = {
        name: keras.layers.Dense(n, name=name)(flat) for name, n in heads.items()
    }
    network = keras.Model(image, outputs)
    race = np.zeros((4, 5), "float32")
    race[2, :2] = 20, -20
    weights = {
        "gender": np.array([[20], [0], [0], [0]]),
        "age": AGE[:, None],
        "race": race,
    }
    for name, kernel in weights.items():
        bias = np.array([0, 0, -9, -9, -9]) if name == "race" else np.zeros(1)
        network.get_layer(name).set_weights(
            [8 * kernel if name == "age" else kernel, bias]
        )
    return generator, network


def test_a_direction_is_found_for_each_common_group():
    codes = np.random.default_rng(0).standard_normal((4000, 4))
    predictions = {
        "gender": (codes[:, 0] > 0).astype(float),
        "age": 40 + codes @ AGE,
        "race": np.eye(5)[np.where(codes[:, 2] > 0, 0, 1)],
    }
    found = find_directions(codes, predictions)
    assert list(found) == ["gender", "age", "White", "Black"]
    expected = {
        "gender": [1, 0, 0, 0],
        "age": [0.5**0.5, 0.5**0.5, 0, 0],
        "White": [0, 0, 1, 0],
        "Black": [0, 0, -1, 0],
    }
    for name, way in found.items():
        assert np.allclose(way, expected[name], atol=0.05), name
    age = orthogonal(found["age"], found["gender"], found["White"])
    assert np.allclose(age, [0, 1, 0, 0], atol=0.05)


def test_everything_that_changes_is_counted(networks):
    def score(*way):
        return score_edits(*networks, np.array(way), [1, 3], n=200, seed=1)

    z = sample_latents(200, 4, seed=1)
    for k, name in ((0, "gender"), (2, "race")):
        found = score(*np.eye(4)[k])
        crossing = [(np.abs(z[:, k]) < length).mean() for length in (1, 3)]
        assert np.allclose(found[name], crossing, atol=0.02)
    assert np.allclose(score(0, 1, 0, 0)["years"], [10, 30], atol=0.7)
    assert np.allclose(score(0, 0, 0, 1)["years"], 0, atol=0.7)
    by_race = score(0, 0, 1, 0)
    assert by_race["shares"].shape == (2, 2, 5)
    white = RACES.index("White")
    shift = by_race["shares"][:, 1, white] - by_race["shares"][:, 0, white]
    assert np.allclose(by_race["shift"], shift) and shift[1] > 0.9
    nothing = score(0, 0, 0, 1)
    assert nothing["gender"].max() < 0.03 and nothing["shift"].max() < 0.03
    assert (np.diff(nothing["likeness"]) < 0).all() and nothing["likeness"][0] < 1
    assert (nothing["colour"] == 0).all()  # its images are grey


def test_an_edit_that_changes_colours_is_counted():
    """Red, 0.5 at first, moves with a code's first number, grey with the second."""
    latent = keras.Input((2,))
    dense = keras.layers.Dense(12)
    generator = keras.Model(latent, keras.layers.Reshape((2, 2, 3))(dense(latent)))
    kernel = np.array([np.tile([0.1, 0, 0], 4), np.full(12, 0.1)])
    dense.set_weights([kernel, np.tile([0.5, 0, 0], 4)])
    image = keras.Input((2, 2, 3))
    flat = keras.layers.Flatten(name="features")(image)
    heads = {"gender": 1, "age": 1, "race": 5}
    outputs = {name: keras.layers.Dense(n)(flat) for name, n in heads.items()}
    scorer = keras.Model(image, outputs)
    for way, expected in (([1, 0], [25.5, 51]), ([0, 1], [0, 0])):
        score = score_edits(generator, scorer, np.array(way), [1, 2], n=200)
        assert np.allclose(score["colour"], expected, atol=0.3)


def test_colourfulness_is_the_distance_from_grey():
    grey = np.full((1, 2, 2, 3), 90, "uint8")
    red = np.zeros((1, 2, 2, 3), "uint8")
    red[..., 0] = 255
    half = np.concatenate([grey[:, :1], red[:, :1]], axis=1)
    found = colourfulness(np.concatenate([grey, red, half]))
    assert found.tolist() == [0, 255, 127.5]


def test_random_directions_are_scored_one_by_one(networks):
    random = score_random(*networks, lengths=[1, 3], directions=5, n=50)
    assert random["years"].shape == (5, 2) and random["shares"].shape == (5, 2, 2, 5)
    assert len(set(random["years"][:, 1])) == 5


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("gender", [0.5**0.5, -(0.5**0.5), 0, 0]), ("age", [0, 1, 0, 0])],
)
def test_a_direction_is_learned_while_both_networks_stay(networks, attribute, expected):
    def all_weights():
        return [w.tobytes() for each in networks for w in each.get_weights()]

    before = all_weights()
    start = np.array([0.6, 0.6, 0.4, 0.2], "float32")
    learned = learn_direction(*networks, attribute, start, steps=300)
    assert np.isclose(np.linalg.norm(learned), 1, atol=1e-5)
    # A number that nothing reads (the last) may stay.
    assert np.allclose(
        learned[:3] / np.linalg.norm(learned[:3]), expected[:3], atol=0.2
    )
    assert all_weights() == before
