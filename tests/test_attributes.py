"""The networks of lesson 6 learn what they are for, on faces whose attributes are known by construction; what is stored comes back."""

import json

import keras
import numpy as np
import pytest

from gan_lessons import pretrained
from gan_lessons.attributes import (
    build_attribute_network,
    learn_direction,
    predict_attributes,
    train_attribute_network,
)
from gan_lessons.data import Faces, to_float
from gan_lessons.encoder import EncoderTraining, build_encoder
from gan_lessons.models import build_generator, sample_latents


def drawn_faces(n=256, size=16, seed=0):
    """Pictures in which gender is a bright upper half and age the brightness of the lower one; every eighth has no labels."""
    rng = np.random.default_rng(seed)
    gender, age = rng.integers(2, size=n), rng.integers(18, 80, n)
    images = rng.integers(0, 30, (n, size, size, 3)).astype("uint8")
    images[:, : size // 2] += (150 * gender).astype("uint8")[:, None, None, None]
    images[:, size // 2 :] += (2 * age).astype("uint8")[:, None, None, None]
    known = np.arange(n) % 8 > 0
    labels = {"age": age, "gender": gender, "race": np.arange(n) % 5}
    return Faces(
        images,
        None,
        tuple(map(str, range(n))),
        attributes={
            name: np.where(known, values, -1) for name, values in labels.items()
        },
    )


def test_the_attribute_network_learns_gender_and_age_and_leaves_photos_without_labels_out(
    monkeypatch,
):
    faces, unseen = drawn_faces(), drawn_faces(seed=1)
    seen = []
    monkeypatch.setattr(
        keras.Model,
        "fit",
        lambda self, data, fit=keras.Model.fit, **more: (
            seen.append(len(data)),
            fit(self, data, **more),
        )[1],
    )
    said = predict_attributes(
        train_attribute_network(faces, epochs=25, batch_size=32, width=8), unseen.images
    )
    assert seen == [7 * 256 // 8 // 32]
    known = unseen.attributes["age"] >= 0
    assert (
        np.mean((said["gender"] > 0.5) == unseen.attributes["gender"], where=known)
        > 0.9
    )
    assert np.corrcoef(said["age"][known], unseen.attributes["age"][known])[0, 1] > 0.6
    assert said["race"].shape == (256, 5) and np.allclose(
        said["race"].sum(axis=1), 1, atol=1e-5
    )


def test_the_encoder_learns_while_the_generator_stays_byte_for_byte():
    keras.utils.set_random_seed(0)
    generator = build_generator(16, 1, width=4, latent_dim=8)
    before = [weights.tobytes() for weights in generator.get_weights()]
    photos = to_float(
        np.asarray(generator(sample_latents(64, 8, seed=5))) * 127.5 + 127.5
    )
    training = EncoderTraining(build_encoder(16, 1, width=4, latent_dim=8), generator)
    training.compile(keras.optimizers.Adam(2e-3))
    history = training.fit(photos, batch_size=32, epochs=30, verbose=0).history
    assert history["latent_error"][-1] < 0.7 * history["latent_error"][0]
    assert [weights.tobytes() for weights in generator.get_weights()] == before


def test_a_direction_learns_what_is_asked_of_it_while_both_networks_stay():
    keras.utils.set_random_seed(0)
    latent = keras.Input(
        (3,)
    )  # a painter of three grey levels, and a network for which the first is gender and the first two are age
    generator = keras.Model(
        latent, keras.layers.Reshape((1, 3, 1))(keras.layers.Dense(3)(latent))
    )
    generator.layers[1].set_weights(
        [np.eye(3, dtype="float32"), np.zeros(3, "float32")]
    )
    image = keras.Input((1, 3, 1))
    flat = keras.layers.Flatten()(image)
    network = keras.Model(
        image,
        {name: keras.layers.Dense(1, name=name)(flat) for name in ("gender", "age")},
    )
    for name, weights in (("gender", [1, 0, 0]), ("age", [5, 5, 0])):
        network.get_layer(name).set_weights(
            [np.array(weights, "float32")[:, None], np.zeros(1, "float32")]
        )
    before = [
        weights.tobytes() for weights in generator.get_weights() + network.get_weights()
    ]
    way = learn_direction(generator, network, np.array([1, 0, 0], "float32"), steps=200)
    assert np.isclose(np.linalg.norm(way), 1, atol=1e-5) and np.allclose(
        way, [0.5**0.5, -(0.5**0.5), 0], atol=0.1
    )
    assert [
        weights.tobytes() for weights in generator.get_weights() + network.get_weights()
    ] == before


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    return tmp_path


def test_what_is_stored_comes_back_in_half_precision_and_checked(folder):
    build = {"size": 16, "channels": 1, "width": 4, "latent_dim": 8}
    generator, network = build_generator(**build), build_attribute_network(16, 3, 4)
    pretrained.store(
        "toy",
        folder,
        generator=(generator, build),
        attributes=(network, {"size": 16, "channels": 3, "width": 4}),
    )
    toy = pretrained.Pretrained("toy")
    z = sample_latents(4, 8)
    assert (
        np.allclose(toy.generator(z), generator(z), atol=0.01)
        and not toy.generator.trainable_variables
    )
    assert set(
        predict_attributes(toy.attributes, np.zeros((2, 16, 16, 3), "uint8"))
    ) == {"gender", "age", "race"}
    parameters = generator.count_params()
    assert (
        folder / "toy-generator.weights.h5"
    ).stat().st_size < 2 * parameters + 20_000
    pretrained.store("toy", folder, generator=(generator, build))
    assert set(json.loads((folder / "toy.json").read_text())) == {
        "generator",
        "attributes",
    }


def test_arrays_are_stored_beside_the_networks(folder):
    pretrained.store("toy", folder, directions={"gender": np.ones(8, "float32")})
    assert np.array_equal(pretrained.Pretrained("toy").directions["gender"], np.ones(8))


def test_damaged_and_unknown_weights_are_one_line(folder):
    build = {"size": 16, "channels": 1, "width": 4, "latent_dim": 8}
    pretrained.store("toy", folder, generator=(build_generator(**build), build))
    path = folder / "toy-generator.weights.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        ValueError,
        match="toy-generator.weights.h5 is missing or damaged: install the package again",
    ):
        pretrained.Pretrained("toy").generator
    with pytest.raises(
        ValueError, match="no trained networks named 'nobody': there are toy"
    ):
        pretrained.Pretrained("nobody")
