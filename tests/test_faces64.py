"""The weights that come with the course do what model card and lesson 7 say."""

import pathlib
import re

import numpy as np
import pytest

from gan_lessons.attributes import predict_attributes
from gan_lessons.data import to_float
from gan_lessons.directions import (
    colourfulness,
    find_directions,
    score_edits,
    score_random,
)
from gan_lessons.latent import direction, orthogonal
from gan_lessons.metrics import frechet_distance, nearest
from gan_lessons.models import generate, layer_output, sample_latents
from gan_lessons.pretrained import FOLDER, load

CARD = (pathlib.Path(__file__).parents[1] / "docs/faces64.md").read_text()


@pytest.fixture(scope="module")
def faces():
    return load("faces64")


@pytest.fixture(scope="module")
def samples(faces):
    return generate(faces.generator, sample_latents(1000, 128, seed=11))


def test_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 48e6


def test_samples_are_near_the_photos_and_no_copies(faces, samples):
    extract_features = layer_output(faces.attributes, "features")
    unseen, train = (
        faces.photo_features[name].astype("float64") for name in ("unseen", "train")
    )
    generated = extract_features(samples)
    noise = np.random.default_rng(0).integers(0, 256, samples.shape, "uint8")
    near, floor, far = (
        frechet_distance(unseen[:1000], features)
        for features in (generated, train[:1000], extract_features(noise))
    )
    assert near < far / 10 and floor < near
    to_copies, to_photos = (
        np.median(nearest(features, train)[1]) for features in (generated, unseen)
    )
    assert to_copies > 0.5 * to_photos


def test_all_kinds_of_faces_are_generated(faces, samples):
    predictions = predict_attributes(faces.scorer, samples)
    assert 0.3 < (predictions["gender"] > 0.5).mean() < 0.7
    assert predictions["age"].std() > 5


@pytest.fixture(scope="module")
def random(faces):
    return score_random(faces.generator, faces.scorer, [3], n=250, seed=100)


@pytest.mark.parametrize(
    ("name", "moved", "least"), [("gender", "gender", 0.9), ("age", "years", 20)]
)
def test_a_direction_moves_its_attribute_and_others_no_more_than_a_random_one(
    faces, random, name, moved, least
):
    way = faces.directions[name]
    score = score_edits(faces.generator, faces.scorer, way, [3], n=250, seed=12)
    assert score[moved] >= least > random[moved].max()
    for other in {"gender", "years", "race", "shift"} - {moved}:
        assert score[other] <= random[other].max(), other
    assert score["colour"] < 5 < random["colour"].max()


def test_the_age_direction_makes_older(faces):
    z, steps = sample_latents(300, 128, seed=13), np.array([-3, 3])[:, None, None]
    young, old = (
        predict_attributes(faces.scorer, generate(faces.generator, codes))["age"]
        for codes in z + steps * faces.directions["age"]
    )
    assert (old > young).mean() > 0.9 and (old - young).mean() > 10


@pytest.mark.parametrize("name", ["gender", "age"])
def test_a_stored_direction_is_what_lesson_7_finds_cleaned_of_colour_too(faces, name):
    codes = sample_latents(4000, 128, seed=14)
    images = generate(faces.generator, codes)
    found = find_directions(codes, predict_attributes(faces.attributes, images))
    colours = colourfulness(images)
    found["colour"] = direction(codes, colours > np.median(colours))
    clean = orthogonal(found.pop(name), *found.values())
    assert clean @ faces.directions[name] > 0.6  # of random ones: 0 ± 0.09


@pytest.mark.parametrize("name", ["smile", "glasses", "pose"])
def test_a_labelled_direction_moves_nothing_that_the_scorer_sees(faces, random, name):
    way = faces.directions[name]
    score = score_edits(faces.generator, faces.scorer, way, [3], n=250, seed=12)
    for other in ("gender", "years", "race", "shift", "colour"):
        assert score[other] <= random[other].max(), other


def test_a_mirror_keeps_smile_and_glasses_and_turns_the_pose(faces):
    images = generate(faces.generator, sample_latents(200, 128, seed=16))
    codes, mirrored = (
        faces.encoder(to_float(each)).numpy() for each in (images, images[:, :, ::-1])
    )

    def correlation(name):
        way = faces.directions[name]
        return np.corrcoef(codes @ way, mirrored @ way)[0, 1]

    assert correlation("smile") > 0.6 and correlation("glasses") > 0.6
    assert correlation("pose") < -0.6


def test_the_encoder_finds_a_face_better_than_a_thousand_random_codes(faces, samples):
    def error(images, face):
        return ((images / 255.0 - face / 255.0) ** 2).mean(axis=(-3, -2, -1))

    fresh = generate(faces.generator, sample_latents(50, 128, seed=15))
    copies = generate(faces.generator, faces.encoder(to_float(fresh)))
    best = np.array([error(samples, face).min() for face in fresh])
    assert (error(copies, fresh) < best).mean() > 0.9


def test_the_recording_begins_with_noise_and_ends_with_faces(faces):
    recording = faces.recording
    assert recording["epochs"][0] == 0 and (np.diff(recording["epochs"]) > 0).all()
    extract_features = layer_output(faces.attributes, "features")
    photos = faces.photo_features["train"].astype("float64")
    first, last = (
        np.median(nearest(extract_features(recording["frames"][k]), photos)[1])
        for k in (0, -1)
    )
    assert last < 0.7 * first
    assert recording["verdicts"].shape == recording["frames"].shape[:2]
    assert len(recording["history_d_real"]) == recording["history_epoch"][-1]


def test_the_model_card_has_figures_and_names_its_limits():
    figures = CARD.split("<!-- figures -->")[1].split("<!-- end of figures -->")[0]
    assert re.search(r"N = 2,000", figures)
    for word in ("female", "Black", "60 and more", "likeness"):
        assert word in figures
    for word in ("non-commercial", "left out", "withdrawn.txt"):
        assert word in CARD
