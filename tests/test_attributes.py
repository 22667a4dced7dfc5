"""The networks of lessons 6 to 8 learn their task on faces whose attributes we drew."""

import json
import re

import keras
import numpy as np
import pytest

from gan_lessons import pretrained
from gan_lessons.attributes import (
    RACES,
    build_attribute_network,
    group_shares,
    predict_attributes,
    to_predictions,
    train_attribute_network,
)
from gan_lessons.data import Faces, to_float
from gan_lessons.encoder import EncoderTraining, build_encoder
from gan_lessons.growing import grow_generator
from gan_lessons.models import build_generator, generate, sample_latents


def drawn_faces(n=256, size=16, seed=0):
    """Pictures whose upper half shows gender and whose lower half shows age.

    Every eighth has no labels.
    """
    rng = np.random.default_rng(seed)
    gender, age = rng.integers(2, size=n), rng.integers(18, 80, n)
    images = rng.integers(0, 30, (n, size, size, 3)).astype("uint8")
    images[:, : size // 2] += (150 * gender).astype("uint8")[:, None, None, None]
    images[:, size // 2 :] += (2 * age).astype("uint8")[:, None, None, None]
    labelled = np.arange(n) % 8 > 0
    labels = {"age": age, "gender": gender, "race": np.arange(n) % 5}
    attributes = {
        name: np.where(labelled, values, -1) for name, values in labels.items()
    }
    return Faces(images, None, tuple(map(str, range(n))), attributes=attributes)


def test_the_attribute_network_learns_gender_and_age_of_the_photos_with_labels(
    monkeypatch,
):
    steps, fit = [], keras.Model.fit

    def counting_fit(self, batches, **options):
        steps.append(len(batches))
        return fit(self, batches, **options)

    monkeypatch.setattr(keras.Model, "fit", counting_fit)
    network = train_attribute_network(drawn_faces(), epochs=25, batch_size=32, width=8)
    assert steps == [7 * 256 // 8 // 32]

    unseen = drawn_faces(seed=1)
    unseen = unseen[unseen.attributes["age"] >= 0]
    predictions = predict_attributes(network, unseen.images)
    right = (predictions["gender"] > 0.5) == unseen.attributes["gender"]
    assert right.mean() > 0.9
    ages = predictions["age"], unseen.attributes["age"]
    assert np.corrcoef(*ages)[0, 1] > 0.6
    assert predictions["race"].shape == (len(unseen), 5)
    assert np.allclose(predictions["race"].sum(axis=1), 1, atol=1e-5)


def test_logits_become_probabilities():
    outputs = {
        "gender": np.log([[3.0], [1 / 3]]),
        "age": np.array([[20.0], [70.0]]),
        "race": np.log([[4.0, 1, 1, 1, 1], [1, 1, 1, 1, 4]]),
    }
    predictions = to_predictions(outputs)
    assert np.allclose(predictions["gender"], [0.75, 0.25])
    assert predictions["age"].tolist() == [20, 70]
    assert np.allclose(predictions["race"][0], [0.5, 0.125, 0.125, 0.125, 0.125])


def test_the_shares_of_groups():
    predictions = {
        "gender": np.array([0.9, 0.6, 0.4, 0.1, 0.1]),
        "age": np.array([29.9, 30.0, 44.0, 45.0, 80.0]),
        "race": np.eye(5)[[0, 0, 1, 3, 3]],
    }
    ages = {"under 30": 0.2, "30 to 44": 0.4, "45 to 59": 0.2, "60 and more": 0.2}
    races = dict(zip(RACES, [0.4, 0.2, 0.0, 0.4, 0.0]))
    assert group_shares(predictions) == {"female": 0.4, **ages, **races}
    predictions["age"][0] = -1  # the network's output has no lower limit
    assert group_shares(predictions) == {"female": 0.4, **ages, **races}


def test_the_encoder_learns_while_the_generator_stays_byte_for_byte():
    keras.utils.set_random_seed(0)
    generator = build_generator(16, 1, width=4, latent_dim=8)
    before = [weights.tobytes() for weights in generator.get_weights()]
    photos = to_float(generate(generator, sample_latents(64, 8, seed=5)))
    training = EncoderTraining(build_encoder(16, 1, width=4, latent_dim=8), generator)
    training.compile(keras.optimizers.Adam(2e-3))
    history = training.fit(photos, batch_size=32, epochs=30, verbose=0).history
    assert history["latent_error"][-1] < 0.7 * history["latent_error"][0]
    assert [weights.tobytes() for weights in generator.get_weights()] == before


TOY = {"size": 16, "channels": 1, "width": 4, "latent_dim": 8}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    return tmp_path


def test_networks_come_back_in_half_precision_and_frozen(folder):
    generator = build_generator(**TOY)
    pretrained.store("toy", folder, generator=(generator, TOY))
    loaded = pretrained.Pretrained("toy").generator
    z = sample_latents(4, 8)
    assert np.allclose(loaded(z), generator(z), atol=0.01)
    assert not loaded.trainable_variables
    size = (folder / "toy-generator.weights.h5").stat().st_size
    assert size < 2 * generator.count_params() + 20_000


def test_grown_networks_come_back(folder):
    build = {**TOY, "width": 8}
    generator = grow_generator(build_generator(**build))
    pretrained.store("toy", folder, generator=(generator, {**build, "grown": 1}))
    loaded, z = pretrained.Pretrained("toy").generator, sample_latents(4, 8)
    assert loaded.output_shape == (None, 32, 32, 1)
    assert np.allclose(loaded(z), generator(z), atol=0.02)


def test_a_part_is_stored_again_and_the_others_stay(folder):
    generator, build = build_generator(**TOY), {"size": 16, "channels": 3, "width": 4}
    parts = {
        "generator": (generator, TOY),
        "attributes": (build_attribute_network(**build), build),
    }
    pretrained.store("toy", folder, **parts)
    pretrained.store("toy", folder, generator=(generator, TOY))
    assert set(json.loads((folder / "toy.json").read_text())) == set(parts)
    network = pretrained.Pretrained("toy").attributes
    predictions = predict_attributes(network, np.zeros((2, 16, 16, 3), "uint8"))
    assert set(predictions) == {"gender", "age", "race"}


def test_arrays_are_stored_beside_the_networks(folder):
    pretrained.store("toy", folder, directions={"gender": np.ones(8, "float32")})
    assert np.array_equal(pretrained.Pretrained("toy").directions["gender"], np.ones(8))


def test_a_part_that_there_is_not_is_one_line(folder):
    pretrained.store("toy", folder, generator=(build_generator(**TOY), TOY))
    toy = pretrained.Pretrained("toy")
    for part in ("encoder", "directions"):
        with pytest.raises(ValueError, match=f"toy has no {part}: it comes with gener"):
            getattr(toy, part)


def test_damaged_and_unknown_weights_are_one_line(folder):
    pretrained.store("toy", folder, generator=(build_generator(**TOY), TOY))
    path = folder / "toy-generator.weights.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    damaged = f"{path.name} is missing or damaged: install the package again"
    toy = pretrained.Pretrained("toy")
    with pytest.raises(ValueError, match=re.escape(damaged)):
        _ = toy.generator
    unknown = "no trained networks named 'nobody': there are toy"
    with pytest.raises(ValueError, match=unknown):
        pretrained.Pretrained("nobody")
