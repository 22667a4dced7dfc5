"""The weights that come with the course do what the model card and lesson 6 say of them."""

import pathlib
import re

import numpy as np
import pytest

from gan_lessons.attributes import predict_attributes, score_edits
from gan_lessons.data import to_uint8
from gan_lessons.latent import direction, orthogonal
from gan_lessons.metrics import frechet_distance, layer_output, nearest
from gan_lessons.models import generate, sample_latents
from gan_lessons.pretrained import FOLDER, load

CARD = (pathlib.Path(__file__).parents[1] / "docs/faces64.md").read_text()


@pytest.fixture(scope="module")
def faces():
    return load("faces64")


@pytest.fixture(scope="module")
def painted(faces):
    return generate(faces.generator, sample_latents(1000, 128, seed=11))


def test_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 24e6


def test_painted_faces_are_near_the_photos_and_no_copies(faces, painted):
    look = layer_output(faces.attributes, "features")
    unseen, train = (
        faces.photo_features[name].astype("float64") for name in ("unseen", "train")
    )
    other = np.random.default_rng(0).integers(0, 256, painted.shape, "uint8")
    near, floor, far = (
        frechet_distance(unseen[:1000], points)
        for points in (look(painted), train[:1000], look(other))
    )
    assert near < far / 10 and floor < near
    assert np.median(nearest(look(painted), train)[1]) > 0.5 * np.median(
        nearest(unseen, train)[1]
    )


def test_all_kinds_of_faces_are_painted(faces, painted):
    said = predict_attributes(faces.scorer, painted)
    assert 0.3 < (said["gender"] > 0.5).mean() < 0.7 and said["age"].std() > 5


def test_the_gender_direction_flips_nine_in_ten_and_leaves_age_within_two_years_of_chance(
    faces,
):
    z = sample_latents(500, 128, seed=12)
    flips, years = {}, {}
    for name, way in (
        ("gender", faces.directions["gender"]),
        *((k, sample_latents(1, 128, seed=100 + k)[0]) for k in range(3)),
    ):
        found = score_edits(faces.generator, faces.scorer, way, [3], n=len(z), seed=12)
        flips[name], years[name] = found["flips"][0], found["years"][0]
    random = np.mean([years[k] for k in range(3)])
    assert flips["gender"] >= 0.9 and max(flips[k] for k in range(3)) < 0.5
    assert years["gender"] <= random + 2


def test_the_age_direction_makes_older(faces):
    z, steps = sample_latents(300, 128, seed=13), np.array([-3, 3])[:, None, None]
    young, old = (
        predict_attributes(faces.scorer, generate(faces.generator, codes))["age"]
        for codes in z + steps * faces.directions["age"]
    )
    assert (old > young).mean() > 0.9 and (old - young).mean() > 10


def test_the_stored_directions_are_those_that_lesson_6_finds(faces):
    codes = sample_latents(4000, 128, seed=14)
    said = predict_attributes(faces.attributes, generate(faces.generator, codes))
    gender, age = (
        direction(codes, said["gender"] > 0.5),
        direction(codes, said["age"] > np.median(said["age"])),
    )
    assert orthogonal(age, gender) @ faces.directions["age"] > 0.9
    assert orthogonal(gender, age) @ faces.directions["gender"] > 0.7, (
        "where learning began"
    )


def test_the_encoder_reads_a_face_better_than_any_of_a_thousand_codes(faces, painted):
    fresh = generate(faces.generator, sample_latents(50, 128, seed=15))
    again = to_uint8(faces.generator(faces.encoder(fresh / np.float32(127.5) - 1)))
    errors = ((again / 255 - fresh / 255.0) ** 2).mean(axis=(1, 2, 3))
    best = np.array(
        [
            ((painted / 255.0 - face / 255.0) ** 2).mean(axis=(1, 2, 3)).min()
            for face in fresh
        ]
    )
    assert (errors < best).mean() > 0.9


def test_the_recording_begins_with_noise_and_ends_with_what_is_shipped(faces):
    recording = faces.recording
    assert recording["epochs"][0] == 0 and (np.diff(recording["epochs"]) > 0).all()
    last = generate(faces.generator, sample_latents(8, 128, seed=0)).astype(int)
    far = [
        np.abs(frame.astype(int) - last).mean()
        for frame in recording["frames"][[0, -1]]
    ]
    assert far[1] < 2 < 20 < far[0]
    assert (
        recording["verdicts"].shape == recording["frames"].shape[:2]
        and len(recording["history_d_real"]) == recording["history_epoch"][-1]
    )


def test_the_model_card_has_figures_and_names_its_limits():
    figures = CARD.split("<!-- figures -->")[1].split("<!-- end of figures -->")[0]
    assert re.search(r"N = 2,000", figures) and all(
        word in figures for word in ("female", "Black", "60 and more", "likeness")
    )
    assert all(word in CARD for word in ("non-commercial", "left out", "withdrawn.txt"))
