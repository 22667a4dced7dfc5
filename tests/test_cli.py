"""The command does what its help says, goes on, and answers mistakes in one line."""

import csv
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from PIL import Image

from gan_lessons import pretrained, recipe
from gan_lessons.attributes import predict_attributes
from gan_lessons.cli import main
from gan_lessons.models import build_generator, generate, sample_latents
from gan_lessons.pictures import read_picture

SMALL = "train --size 16 --width 4 --latent 8"


def run(line):
    """The exit code of a command line; no path of a test has a space in it."""
    return main(line.split())


def images_in(path):
    return np.load(path)["images"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "orl"
    assert run(f"{SMALL} --epochs 2 --out {folder}") == 0
    return folder


def test_train_leaves_a_generator_a_history_and_a_timeline(trained):
    generator = keras.models.load_model(trained / "generator.keras")
    assert generator.output_shape == (None, 16, 16, 1)
    with open(trained / "history.csv", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert (trained / "timeline.gif").stat().st_size > 0


def test_train_goes_on_where_it_stopped_and_equals_one_long_run(tmp_path, capsys):
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    for folder, epochs in ((parts, 2), (parts, 5), (whole, 5)):
        assert run(f"{SMALL} --epochs {epochs} --out {folder}") == 0
    out = capsys.readouterr().out
    assert out.count("continuing at epoch") == 1 and "continuing at epoch 3\n" in out
    number = r"\d+(\.\d+)?"
    last_lines = (
        rf"\n{number} ms per step\n{number} images/s\nweights [0-9a-f]{{64}}\n$"
    )
    assert re.search(last_lines, out)
    assert len(set(re.findall(r"weights .*", out))) == 2, (
        "the last epoch does not show in the hash, or the parts differ from the whole"
    )
    for folder in (parts, whole):
        assert run(f"sample --model {folder} --n 3 --out {folder}.npz") == 0
    assert np.array_equal(images_in(f"{parts}.npz"), images_in(f"{whole}.npz"))
    histories = [(folder / "history.csv").read_bytes() for folder in (parts, whole)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize(
    ("asked", "taken"), [("", "mixed_bfloat16"), ("--precision float32", "float32")]
)
def test_train_takes_the_precision_that_fits_unless_it_is_told(
    asked, taken, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(recipe, "best_precision", lambda: "mixed_bfloat16")
    seen, default_gan = [], recipe.default_gan

    def watched(*arguments, **switches):
        seen.append(switches["precision"])
        return default_gan(*arguments, **switches)

    monkeypatch.setattr(recipe, "default_gan", watched)
    assert run(f"{SMALL} {asked} --epochs 1 --out {tmp_path}/run") == 0
    assert seen == [taken]
    assert capsys.readouterr().out.splitlines()[0].endswith(f", {taken}")
    saved = keras.models.load_model(tmp_path / "run/discriminator.keras")
    assert {layer.dtype_policy.name for layer in saved.layers} == {"float32"}, (
        "whoever loads it would compute in 16 bits unasked"
    )


def test_several_steps_at_once_change_nothing_but_the_time(monkeypatch, tmp_path):
    clocks = []

    class Watched(recipe.Clock):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            clocks.append(self)

    monkeypatch.setattr(recipe, "Clock", Watched)
    histories = []
    for steps in (1, 16):
        monkeypatch.setattr(recipe, "best_steps_per_execution", lambda n=steps: n)
        out = tmp_path / str(steps)
        assert run(f"train --size 16 --width 4 --batch 16 --epochs 2 --out {out}") == 0
        histories.append(np.loadtxt(out / "history.csv", delimiter=",", skiprows=1))
    assert np.allclose(*histories, atol=1e-3) and histories[0].shape == (2, 5)
    # The first execution compiles and is not timed; 25 steps are 16 and 9.
    assert [clock.images for clock in clocks] == [800 - 16, 800 - 16 * 16]


def test_minutes_count_training_only(tmp_path, capsys):
    assert run(f"{SMALL} --minutes 0.02 --out {tmp_path}/run") == 0
    assert (tmp_path / "run/generator.keras").exists()
    assert re.search(r"(?m)^\d+(\.\d+)? images/s$", capsys.readouterr().out)


def test_train_on_a_folder_counts_what_it_leaves_out(tmp_path, capsys):
    photos = tmp_path / "photos"
    photos.mkdir()
    for k in range(6):
        noise = np.random.default_rng(k).integers(0, 255, (20, 20, 3), "uint8")
        Image.fromarray(noise).save(photos / f"{k}.png")
    (photos / "bad.jpg").write_text("text")
    line = f"{SMALL} --data {photos} --batch 4 --epochs 1 --out {tmp_path}/run"
    assert run(line) == 0
    assert "left out 1 of 7 pictures: bad.jpg" in capsys.readouterr().out
    generator = keras.models.load_model(tmp_path / "run/generator.keras")
    assert generator.output_shape == (None, 16, 16, 3)


def test_held_out_photos_are_left_out_of_a_run(tmp_path, capsys):
    assert run(f"{SMALL} --hold-out 0.25 --epochs 1 --out {tmp_path}/run") == 0
    out = capsys.readouterr().out
    held_out = int(re.search(r"(\d+) photos are held out", out)[1])
    trained_on = int(re.search(r"(\d+) photos, 16", out)[1])
    assert held_out + trained_on == 400 and 80 < held_out < 120


def test_what_was_held_out_from_networks_is_held_out_when_they_grow(
    tmp_path, monkeypatch
):
    train, photos = recipe.train, []

    def noting(faces, *arguments, **options):
        photos.append(faces)
        if len(photos) == 1:
            train(faces, *arguments, **options)

    monkeypatch.setattr(recipe, "train", noting)
    line = "train --hold-out 0.25 --epochs 1 --batch 200 --width 8 --latent 8"
    assert run(f"{line} --size 16 --out {tmp_path}/small") == 0
    grow = f"--size 32 --start {tmp_path}/small"
    assert run(f"{line} {grow} --out {tmp_path}/run") == 0
    small, large = (faces.images.astype(float) for faces in photos)
    halved = large.reshape(-1, 16, 2, 16, 2, 1).mean(axis=(2, 4))
    assert halved.shape == small.shape
    assert np.abs(halved - small).mean() < 4, "the same photos, in grey levels"


def test_sample_writes_arrays_and_sheets(trained, tmp_path):
    arrays, sheet = tmp_path / "a.npz", tmp_path / "a.png"
    assert run(f"sample --model {trained} --n 5 --seed 1 --out {arrays}") == 0
    images = images_in(arrays)
    assert images.shape == (5, 16, 16, 1) and images.dtype == np.uint8
    model = trained / "generator.keras"
    assert run(f"sample --model {model} --n 5 --seed 1 --out {sheet}") == 0
    first = np.asarray(Image.open(sheet))[:, :16]
    assert np.array_equal(first, images[0, :, :, 0])


def test_edit_moves_each_face_along_a_direction(trained, tmp_path):
    np.save(tmp_path / "way.npy", np.eye(8, dtype="float32")[2])
    for direction in ("1", tmp_path / "way.npy"):
        options = f"--direction {direction} --steps=-2,0,2 --n 3"
        assert run(f"edit --model {trained} {options} --out {tmp_path}/e.npz") == 0
        images = images_in(tmp_path / "e.npz")
        assert images.shape == (3, 3, 16, 16, 1) and images.dtype == np.uint8
        assert not np.array_equal(images[:, 0], images[:, 2])
    assert run(f"sample --model {trained} --n 3 --out {tmp_path}/s.npz") == 0
    assert np.array_equal(images[:, 1], images_in(tmp_path / "s.npz")), (
        "step 0 is the face as it was"
    )


@pytest.mark.parametrize("command", ["doctor", "train", "sample", "edit", "export"])
def test_help_has_an_example(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"example:\n  gan-lessons {command}" in capsys.readouterr().out


# What is wrong: the command line, and what the one line has to say.
MISTAKES = {
    "size 60": (
        "train --size 60 --epochs 1 --out {new}",
        "--size 60 is not one of 16, 32, 64, 128, 256",
    ),
    "no folder": (
        "train --data {folder}/nowhere --epochs 1 --out {new}",
        "there is no folder",
    ),
    "empty folder": (
        "train --data {folder}/empty --epochs 1 --out {new}",
        "no pictures in",
    ),
    "only texts": (
        "train --data {folder}/texts --epochs 1 --out {new}",
        "none of the 1 pictures",
    ),
    "too few": (
        "train --data {folder}/few --epochs 1 --out {new}",
        "1 photos do not fill one batch of 16: give a smaller --batch",
    ),
    "no epochs": ("train --epochs 0 --out {new}", "--epochs 0: give a number above 0"),
    "no such precision": (
        "train --precision half --epochs 1 --out {new}",
        "--precision half is not one of float32, mixed_bfloat16, mixed_float16",
    ),
    "no share": (
        "train --hold-out 2 --epochs 1 --out {new}",
        "--hold-out 2.0 is no share of the photos",
    ),
    "out is a file": (
        "train --epochs 1 --out {folder}/file",
        "is a file: give a folder",
    ),
    "no start": (
        "train --start {folder}/nowhere --epochs 1 --out {new}",
        "nowhere/discriminator.keras: start from a run that has finished, "
        "faces128 or faces64",
    ),
    "start of another size": (
        "train --start faces64 --size 32 --epochs 1 --out {new}",
        "--size 32: the networks to start from read photos of 64 pixels, give --size",
    ),
    "no model": ("sample --model {folder}/nowhere --out {new}.npz", "there is no"),
    "damaged model": (
        "sample --model {folder}/bad.keras --out {new}.npz",
        "cannot be read as a generator",
    ),
    "ending": ("sample --model x --out {new}.jpg", "has to end in .npz (arrays) or"),
    "steps": (
        "edit --model x --direction 1 --steps=a,b --out {new}.npz",
        "is not a list of numbers",
    ),
    "steps without a number": (
        "edit --model x --direction 1 --steps=nan --out {new}.npz",
        "--steps=nan is not a list of numbers",
    ),
    "minutes without a number": (
        "train --minutes nan --out {new}",
        "--minutes nan: give a number above 0",
    ),
    "seed of train": (
        "train --epochs 1 --seed -1 --out {new}",
        "--seed -1: give a number from 0 to",
    ),
    "seed of sample": (
        "sample --seed 4294967296 --out {new}.npz",
        "--seed 4294967296: give a number from 0 to 4294967295",
    ),
    "more than the memory": ("sample --n 1000000000000 --out {new}.npz", "allocate"),
    "more than there are": (
        "edit --model {narrow} --direction 129 --out {new}.png",
        "--direction 129: this generator has directions 1 to 128",
    ),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_one_line_and_writes_nothing(name, tmp_path, capsys):
    for folder in ("empty", "texts", "few"):
        (tmp_path / folder).mkdir()
    (tmp_path / "texts/a.jpg").write_text("text")
    Image.new("RGB", (20, 20)).save(tmp_path / "few/a.png")
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.keras").write_text("no model")
    narrow = tmp_path / "narrow.keras"  # fewer numbers out of its first layer than in
    if "{narrow}" in MISTAKES[name][0]:
        build_generator(16, width=4, latent_dim=256).save(narrow)
    before = sorted(tmp_path.rglob("*"))
    line, wanted = MISTAKES[name]
    places = {"folder": tmp_path, "new": tmp_path / "new", "narrow": narrow}
    assert run(line.format(**places)) == 2
    error = capsys.readouterr().err
    assert wanted in error and error.count("\n") == 1
    assert error.startswith("gan-lessons: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_direction_that_does_not_fit_is_one_line(trained, tmp_path, capsys):
    np.save(tmp_path / "long.npy", np.ones(9))
    for direction, wanted in (
        ("9", "directions 1 to 8"),
        ("smile", "neither a number"),
        ("gender", "neither a number"),
        (tmp_path / "long.npy", "they must agree"),
    ):
        options = f"--direction {direction} --out {tmp_path}/x.png"
        assert run(f"edit --model {trained} {options}") == 2
        assert wanted in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr("gan_lessons.doctor.examine", stop)
    assert run("doctor") == 130
    assert capsys.readouterr().err == "gan-lessons: stopped\n"


@pytest.mark.parametrize("budget", [{"epochs": 0}, {"minutes": 0.0}])
def test_a_budget_of_nothing_is_refused_not_taken_for_endless(budget, faces, tmp_path):
    with pytest.raises(ValueError, match="=0.*: give a number above 0"):
        recipe.train(faces, tmp_path / "run", **budget)
    assert not (tmp_path / "run").exists()


def test_a_run_of_one_step_does_not_say_that_none_was_trained():
    clock = recipe.Clock(16)
    assert str(clock) == "0 images/s: nothing left to train"
    clock.on_train_batch_begin(0)
    clock.on_train_batch_end(0)
    assert str(clock) == "0 images/s: too few steps to time"


def start(arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_another_backend_is_one_line(tmp_path):
    command = pathlib.Path(sys.executable).with_name("gan-lessons")
    options = f"train --epochs 1 --out {tmp_path}/new".split()
    stopped = start([command, *options], KERAS_BACKEND="torch")
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert not (tmp_path / "new").exists()
    assert stopped.stderr == (
        "gan-lessons: Keras runs on 'torch' here, this course on TensorFlow: "
        "set KERAS_BACKEND=tensorflow before Python starts\n"
    )
    unset = start(["-c", "import gan_lessons"], KERAS_BACKEND="")
    assert unset.returncode == 0, unset.stderr
    imported = start(["-c", "import gan_lessons"], KERAS_BACKEND="jax")
    assert imported.returncode == 1
    last_line = imported.stderr.splitlines()[-1]
    assert last_line.startswith("ImportError: Keras runs on 'jax' here")


QUIET = """
from gan_lessons.data import load_faces
from gan_lessons.recipe import default_gan

photos = load_faces("orl", 16).dataset(32)
default_gan(400, 16, 1, width=4, latent_dim=8).fit(photos, verbose=0)
"""


@pytest.mark.parametrize(
    "inherited", [False, True], ids=["started alone", "started by a lesson"]
)
def test_nothing_is_printed_but_what_is_meant(inherited):
    """No line of TensorFlow's on importing, building and training."""
    ours = ("TF_CPP_MIN_LOG_LEVEL", "GAN_LESSONS_LOG_LEVEL")
    environment = {
        name: value
        for name, value in os.environ.items()
        if inherited or name not in ours
    }
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_costs_little_more_than_importing_keras():
    code = (
        "import time, keras; start = time.perf_counter(); import gan_lessons; "
        "print(time.perf_counter() - start)"
    )
    # Machines are noisy: one of three is enough.
    assert any(float(start(["-c", code]).stdout) < 0.3 for _ in range(3))


def test_without_a_model_the_faces_that_come_with_the_course_are_painted(tmp_path):
    assert run(f"sample --n 3 --seed 7 --out {tmp_path}/faces.npz") == 0
    images = images_in(tmp_path / "faces.npz")
    generator = pretrained.load("faces64").generator
    assert images.shape == (3, 64, 64, 3)
    assert np.array_equal(images, generate(generator, sample_latents(3, 128, seed=7)))


def test_edit_by_the_name_of_a_direction(tmp_path):
    options = "--direction age --steps=-2,0,2 --n 2 --seed 7"
    assert run(f"edit {options} --out {tmp_path}/edited.npz") == 0
    images, faces = images_in(tmp_path / "edited.npz"), pretrained.load("faces64")
    assert images.shape == (2, 3, 64, 64, 3) and images.dtype == "uint8"
    unedited = generate(faces.generator, sample_latents(2, 128, seed=7)).astype(int)
    assert np.abs(images[:, 1] - unedited).max() <= 1
    predictions = predict_attributes(faces.scorer, images.reshape(6, 64, 64, 3))
    ages = predictions["age"].reshape(2, 3)
    assert (ages[:, 0] < ages[:, 2]).all()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_edit_a_photo(mode, tmp_path):
    generator = pretrained.load("faces64").generator
    face = Image.fromarray(generate(generator, sample_latents(1, 128, seed=3))[0])
    file = tmp_path / "photo.png"
    face.convert(mode).resize((90, 64)).save(file)
    for out in ("edited.npz", "row.png"):
        options = f"--direction gender --steps=-3,0,3 --photo {file}"
        assert run(f"edit {options} --out {tmp_path / out}") == 0
    images = images_in(tmp_path / "edited.npz").astype(int)
    photo = np.broadcast_to(read_picture(file.read_bytes(), 64), (64, 64, 3))
    assert images.shape == (1, 3, 64, 64, 3)
    assert np.abs(images[0, 1] - photo).max() <= 1
    assert np.abs(images[0, 0] - images[0, 2]).mean() > 3
    with Image.open(tmp_path / "row.png") as row:
        assert row.width > 3 * 64 - 1 and row.height < 2 * 64


def test_a_photo_that_cannot_be_edited_is_one_line(trained, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    for options, wanted in (
        ("{folder}/text.jpg", "cannot be read as a picture: not a picture"),
        ("{folder}/none.jpg", "cannot be read"),
        ("{folder}/text.jpg --model {trained}", "leave --model out"),
        ("{folder}/text.jpg --model faces128", "leave --model out"),
    ):
        options = options.format(folder=tmp_path, trained=trained)
        line = f"edit --direction gender --out {tmp_path}/x.npz --photo {options}"
        assert run(line) == 2
        error = capsys.readouterr().err
        assert wanted in error and error.count("\n") == 1
        assert not (tmp_path / "x.npz").exists()


def test_ctrl_c_ends_a_run_with_its_state_saved_and_one_line(tmp_path):
    folder = tmp_path / "run"
    options = f"{SMALL} --epochs 10000 --out {folder}".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_lessons.cli", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list(folder.glob("epoch-*")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.count("\n") == 1 and "the same again" in error
    with open(folder / "history.csv", newline="") as file:
        last = list(csv.DictReader(file))[-1]["epoch"]
    assert list(folder.glob(f"epoch-{int(last):06d}-*")), "its last epoch is not saved"
    assert (folder / "timeline.gif").exists()


def test_a_head_start_goes_on_from_trained_networks(trained, tmp_path, capsys):
    line = f"{SMALL} --start {trained} --epochs 1 --precision float32 --out {tmp_path}"
    assert run(f"{line}/run") == 0
    assert "R1 and augmentation, a head start, batches" in capsys.readouterr().out
    generator = keras.models.load_model(trained / "generator.keras")
    with np.load(tmp_path / "run/timeline.npz") as begun:
        images = generate(generator, sample_latents(16, 8, seed=0))
        assert np.array_equal(begun["frames"][0], images)
    for kind in recipe.NETWORKS:
        first, second = (
            keras.models.load_model(folder / f"{kind}.keras").get_weights()
            for folder in (trained, tmp_path / "run")
        )
        assert all(np.any(a != b) for a, b in zip(first, second)), "all of it learned"
    assert run(f"{line.replace('--epochs 1', '--epochs 2')}/run") == 0
    assert "continuing at epoch 2" in capsys.readouterr().out
    with open(tmp_path / "run/history.csv", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]


def test_augmentation_can_be_chosen(tmp_path, monkeypatch, capsys):
    line = f"{SMALL} --epochs 1 --precision float32 --quiet --out {tmp_path}"
    assert run(f"{line}/plain --no-augment") == 0
    assert "; R1, batches" in capsys.readouterr().out
    monkeypatch.setattr(recipe, "FEW_PHOTOS", 10)
    assert run(f"{line}/changed --augment") == 0
    assert "; R1 and augmentation, batches" in capsys.readouterr().out
    assert run(f"{line}/plain --augment") == 2
    assert "choose another folder" in capsys.readouterr().err


def test_a_head_start_takes_smaller_steps(trained, tmp_path, monkeypatch):
    build, rates = recipe.default_gan, []

    def noting(*arguments, learning_rate, **others):
        rates.append(learning_rate)
        return build(*arguments, learning_rate=learning_rate, **others)

    monkeypatch.setattr(recipe, "default_gan", noting)
    for more in ("", f"--start {trained}"):
        assert run(f"{SMALL} {more} --epochs 1 --out {tmp_path}/run{len(rates)}") == 0
    usual, after_start = rates
    assert after_start == usual / 4


def test_a_run_on_larger_photos_grows_the_networks(tmp_path):
    line = "train --epochs 1 --batch 200 --precision float32"
    assert run(f"{line} --size 16 --width 8 --latent 8 --out {tmp_path}/small") == 0
    assert run(f"{line} --size 32 --start {tmp_path}/small --out {tmp_path}/run") == 0
    small = keras.models.load_model(tmp_path / "small/generator.keras")
    doubled = generate(small, sample_latents(16, 8, seed=0)).repeat(2, 1).repeat(2, 2)
    with np.load(tmp_path / "run/timeline.npz") as begun:
        assert np.abs(begun["frames"][0] - doubled.astype(float)).max() <= 1
    grown = keras.models.load_model(tmp_path / "run/generator.keras")
    assert grown.output_shape == (None, 32, 32, 1)


def test_colour_networks_learn_from_grey_photos(tmp_path):
    line = "train --size 64 --start faces64 --epochs 1 --batch 200 --quiet"
    assert run(f"{line} --out {tmp_path}/run") == 0
    generator = keras.models.load_model(tmp_path / "run/generator.keras")
    assert generator.output_shape == (None, 64, 64, 3)
    shipped = pretrained.load("faces64").generator
    assert not shipped.trainable, "the shipped networks stay as they are"
    latents = sample_latents(4, 128)
    moved = np.abs(generator(latents) - shipped(latents)).mean()
    assert 0 < moved < 0.2
