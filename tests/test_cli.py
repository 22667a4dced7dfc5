"""The command line does what its help says, goes on where it stopped, and answers mistakes in one line."""

import csv
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from gan_lessons import cli, pretrained
from gan_lessons.attributes import predict_attributes
from gan_lessons.cli import main
from gan_lessons.gan import GAN
from gan_lessons.models import generate, sample_latents
from gan_lessons.pictures import read_picture

SMALL = ["--size", "16", "--width", "4", "--latent", "8"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "orl"
    assert main(["train", *SMALL, "--epochs", "2", "--out", str(folder)]) == 0
    return folder


def test_train_leaves_a_generator_a_history_and_a_timeline(trained):
    assert keras.models.load_model(trained / "generator.keras").output_shape == (
        None,
        16,
        16,
        1,
    )
    with open(trained / "history.csv", newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert (trained / "timeline.gif").stat().st_size > 0


def test_train_goes_on_where_it_stopped_and_equals_one_long_run(tmp_path, capsys):
    for folder, totals in (("parts", [2, 5]), ("whole", [5])):
        for epochs in totals:
            assert (
                main(
                    [
                        "train",
                        *SMALL,
                        "--epochs",
                        str(epochs),
                        "--out",
                        str(tmp_path / folder),
                    ]
                )
                == 0
            )
    out = capsys.readouterr().out
    assert out.count("continuing at epoch") == 1 and "continuing at epoch 3\n" in out
    assert re.search(
        r"\n\d+(\.\d+)? ms per step\n\d+(\.\d+)? images/s\nweights [0-9a-f]{64}\n$", out
    )
    assert len(set(re.findall(r"weights .*", out))) == 2, (
        "the last epoch does not show in the hash, or the parts differ from the whole"
    )
    for name in ("parts", "whole"):
        assert (
            main(
                [
                    "sample",
                    "--model",
                    str(tmp_path / name),
                    "--n",
                    "3",
                    "--out",
                    str(tmp_path / f"{name}.npz"),
                ]
            )
            == 0
        )
    assert np.array_equal(
        np.load(tmp_path / "parts.npz")["images"],
        np.load(tmp_path / "whole.npz")["images"],
    )
    assert (tmp_path / "parts/history.csv").read_bytes() == (
        tmp_path / "whole/history.csv"
    ).read_bytes()


@pytest.mark.parametrize(
    ("asked", "taken"),
    [([], "mixed_bfloat16"), (["--precision", "float32"], "float32")],
)
def test_train_takes_the_precision_that_fits_unless_it_is_told(
    asked, taken, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(
        "gan_lessons.classroom.pace.best_precision", lambda: "mixed_bfloat16"
    )
    seen, compile = [], GAN.compile
    monkeypatch.setattr(
        GAN,
        "compile",
        lambda self, *optimizers, **switches: (
            seen.append(switches["precision"]),
            compile(self, *optimizers, **switches),
        ),
    )
    assert (
        main(["train", *SMALL, *asked, "--epochs", "1", "--out", str(tmp_path / "run")])
        == 0
    )
    assert seen == [taken] and capsys.readouterr().out.splitlines()[0].endswith(
        f", {taken}"
    )
    saved = keras.models.load_model(tmp_path / "run/discriminator.keras")
    assert {layer.dtype_policy.name for layer in saved.layers} == {"float32"}, (
        "who loads it would calculate with 16 bits unasked"
    )


def test_several_steps_at_once_change_nothing_but_the_time(
    monkeypatch, tmp_path, capsys
):
    clocks = []
    monkeypatch.setattr(
        cli,
        "_clock",
        lambda *arguments, clock=cli._clock: (
            clocks.append(clock(*arguments)) or clocks[-1]
        ),
    )
    for steps in (1, 16):
        monkeypatch.setattr(
            "gan_lessons.classroom.pace.best_steps_per_execution", lambda: steps
        )
        assert (
            main(
                [
                    "train",
                    "--size",
                    "16",
                    "--width",
                    "4",
                    "--batch",
                    "16",
                    "--epochs",
                    "2",
                    "--out",
                    str(tmp_path / str(steps)),
                ]
            )
            == 0
        )
    rows = [
        np.loadtxt(tmp_path / str(steps) / "history.csv", delimiter=",", skiprows=1)
        for steps in (1, 16)
    ]
    assert np.allclose(*rows, atol=1e-3) and rows[0].shape == (2, 5)
    assert [clock.images for clock in clocks] == [
        800 - 16,
        800 - 16 * 16,
    ]  # the first are traced, and not counted; an epoch's 25 steps are 16 and 9


def test_minutes_count_training_only(tmp_path, capsys):
    assert (
        main(["train", *SMALL, "--minutes", "0.02", "--out", str(tmp_path / "run")])
        == 0
    )
    assert (tmp_path / "run/generator.keras").exists()
    assert re.search(r"(?m)^\d+(\.\d+)? images/s$", capsys.readouterr().out)


def test_train_on_a_folder_counts_what_it_leaves_out(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for k in range(6):
        Image.fromarray(
            np.random.default_rng(k).integers(0, 255, (20, 20, 3), "uint8")
        ).save(tmp_path / "photos" / f"{k}.png")
    (tmp_path / "photos/bad.jpg").write_text("text")
    arguments = [
        "train",
        "--data",
        str(tmp_path / "photos"),
        *SMALL,
        "--batch",
        "4",
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(arguments) == 0
    assert "left out 1 of 7 pictures: bad.jpg" in capsys.readouterr().out
    assert keras.models.load_model(tmp_path / "run/generator.keras").output_shape == (
        None,
        16,
        16,
        3,
    )


def test_held_out_photos_are_left_out_of_a_run(tmp_path, capsys):
    assert (
        main(
            [
                "train",
                *SMALL,
                "--hold-out",
                "0.25",
                "--epochs",
                "1",
                "--out",
                str(tmp_path / "run"),
            ]
        )
        == 0
    )
    out = capsys.readouterr().out
    held, left = (
        int(re.search(r"(\d+) photos are held out", out)[1]),
        int(re.search(r"(\d+) photos, 16", out)[1]),
    )
    assert held + left == 400 and 80 < held < 120


def test_sample_writes_arrays_and_sheets(trained, tmp_path):
    assert (
        main(
            [
                "sample",
                "--model",
                str(trained),
                "--n",
                "5",
                "--seed",
                "1",
                "--out",
                str(tmp_path / "a.npz"),
            ]
        )
        == 0
    )
    images = np.load(tmp_path / "a.npz")["images"]
    assert images.shape == (5, 16, 16, 1) and images.dtype == np.uint8
    assert (
        main(
            [
                "sample",
                "--model",
                str(trained / "generator.keras"),
                "--n",
                "5",
                "--seed",
                "1",
                "--out",
                str(tmp_path / "a.png"),
            ]
        )
        == 0
    )
    assert np.array_equal(
        np.asarray(Image.open(tmp_path / "a.png"))[:, :16], images[0, :, :, 0]
    )


def test_edit_moves_each_face_along_a_direction(trained, tmp_path):
    np.save(tmp_path / "way.npy", np.eye(8, dtype="float32")[2])
    for direction in ("1", str(tmp_path / "way.npy")):
        out = tmp_path / "e.npz"
        assert (
            main(
                [
                    "edit",
                    "--model",
                    str(trained),
                    "--direction",
                    direction,
                    "--steps=-2,0,2",
                    "--n",
                    "3",
                    "--out",
                    str(out),
                ]
            )
            == 0
        )
        images = np.load(out)["images"]
        assert images.shape == (3, 3, 16, 16, 1) and images.dtype == np.uint8
        assert not np.array_equal(images[:, 0], images[:, 2])
    assert (
        main(
            [
                "sample",
                "--model",
                str(trained),
                "--n",
                "3",
                "--out",
                str(tmp_path / "s.npz"),
            ]
        )
        == 0
    )
    assert np.array_equal(images[:, 1], np.load(tmp_path / "s.npz")["images"]), (
        "step 0 is the face as it was"
    )


def test_doctor_says_what_is_here(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert (
        re.search(r"tensorflow +2\.", out)
        and re.search(r"speed +\d+ images/s", out)
        and "400 of ORL" in out
    )


@pytest.mark.parametrize("command", ["doctor", "train", "sample", "edit"])
def test_help_has_an_example(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert (
        stop.value.code == 0
        and f"example:\n  gan-lessons {command}" in capsys.readouterr().out
    )


def mistakes(folder):
    """Name, arguments, and what the one line has to say."""
    new = str(folder / "new")
    return {
        "size 60": (
            ["train", "--size", "60", "--epochs", "1", "--out", new],
            "size=60 is not one of 16, 32, 64, 128, 256",
        ),
        "no folder": (
            ["train", "--data", str(folder / "nowhere"), "--epochs", "1", "--out", new],
            "there is no folder",
        ),
        "empty folder": (
            ["train", "--data", str(folder / "empty"), "--epochs", "1", "--out", new],
            "no pictures in",
        ),
        "only texts": (
            ["train", "--data", str(folder / "texts"), "--epochs", "1", "--out", new],
            "none of the 1 pictures",
        ),
        "too few": (
            ["train", "--data", str(folder / "few"), "--epochs", "1", "--out", new],
            "1 photos do not fill one batch of 16",
        ),
        "no epochs": (
            ["train", "--epochs", "0", "--out", new],
            "--epochs 0: give a number above 0",
        ),
        "out is a file": (
            ["train", "--epochs", "1", "--out", str(folder / "file")],
            "is a file: give a folder",
        ),
        "no model": (
            ["sample", "--model", str(folder / "nowhere"), "--out", new + ".npz"],
            "there is no",
        ),
        "damaged model": (
            ["sample", "--model", str(folder / "bad.keras"), "--out", new + ".npz"],
            "cannot be read as a generator",
        ),
        "ending": (
            ["sample", "--model", "x", "--out", new + ".jpg"],
            "has to end in .npz (arrays) or .png",
        ),
        "steps": (
            [
                "edit",
                "--model",
                "x",
                "--direction",
                "1",
                "--steps=a,b",
                "--out",
                new + ".npz",
            ],
            "is not a list of numbers",
        ),
    }


@pytest.mark.parametrize("name", list(mistakes(__import__("pathlib").Path("."))))
def test_a_mistake_is_one_line_and_writes_nothing(name, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "few").mkdir()
    (tmp_path / "texts/a.jpg").write_text("text")
    Image.new("RGB", (20, 20)).save(tmp_path / "few/a.png")
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.keras").write_text("no model")
    before = sorted(tmp_path.rglob("*"))
    arguments, wanted = mistakes(tmp_path)[name]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert (
        wanted in error and error.count("\n") == 1 and error.startswith("gan-lessons: ")
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_direction_that_does_not_fit_is_one_line(trained, tmp_path, capsys):
    np.save(tmp_path / "long.npy", np.ones(9))
    for direction, wanted in (
        ("9", "directions 1 to 8"),
        ("smile", "neither a number"),
        ("gender", "neither a number"),
        (str(tmp_path / "long.npy"), "they must agree"),
    ):
        assert (
            main(
                [
                    "edit",
                    "--model",
                    str(trained),
                    "--direction",
                    direction,
                    "--out",
                    str(tmp_path / "x.png"),
                ]
            )
            == 2
        )
        assert wanted in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def start(arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_another_backend_is_one_line(tmp_path):
    command = os.path.join(os.path.dirname(sys.executable), "gan-lessons")
    stopped = start(
        [command, "train", "--epochs", "1", "--out", str(tmp_path / "new")],
        KERAS_BACKEND="torch",
    )
    assert (
        stopped.returncode == 2
        and stopped.stdout == ""
        and not (tmp_path / "new").exists()
    )
    assert (
        stopped.stderr
        == "gan-lessons: Keras runs on 'torch' here, this course on TensorFlow: set KERAS_BACKEND=tensorflow before Python starts\n"
    )
    imported = start(["-c", "import gan_lessons"], KERAS_BACKEND="jax")
    assert imported.returncode == 1 and imported.stderr.splitlines()[-1].startswith(
        "ImportError: Keras runs on 'jax' here"
    )


@pytest.mark.parametrize(
    "inherited", [False, True], ids=["started alone", "started by a lesson"]
)
def test_nothing_is_printed_but_what_is_meant(inherited):
    """No line of TensorFlow's on importing, building and training, on a machine with or without a GPU."""
    code = (
        "from gan_lessons.data import load_faces; from gan_lessons.cli import _new_gan;"
        "_new_gan(16, 1, 4, 8, 0, few=True).fit(load_faces('orl', 16).dataset(32), verbose=0)"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if inherited or name not in ("TF_CPP_MIN_LOG_LEVEL", "GAN_LESSONS_LOG_LEVEL")
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_costs_little_more_than_importing_keras():
    code = "import time; import keras; start = time.perf_counter(); import gan_lessons; print(time.perf_counter() - start)"
    assert any(
        float(start(["-c", code]).stdout) < 0.3 for _ in range(3)
    )  # machines are noisy: one of three is enough


def test_without_a_model_the_faces_that_come_with_the_course_are_painted(tmp_path):
    assert (
        main(
            ["sample", "--n", "3", "--seed", "7", "--out", str(tmp_path / "faces.npz")]
        )
        == 0
    )
    images = np.load(tmp_path / "faces.npz")["images"]
    faces = pretrained.load("faces64")
    assert images.shape == (3, 64, 64, 3) and np.array_equal(
        images, generate(faces.generator, sample_latents(3, 128, seed=7))
    )


def test_edit_by_the_name_of_a_direction(tmp_path):
    assert (
        main(
            [
                "edit",
                "--direction",
                "age",
                "--steps=-2,0,2",
                "--n",
                "2",
                "--seed",
                "7",
                "--out",
                str(tmp_path / "edited.npz"),
            ]
        )
        == 0
    )
    images, faces = (
        np.load(tmp_path / "edited.npz")["images"],
        pretrained.load("faces64"),
    )
    assert images.shape == (2, 3, 64, 64, 3) and images.dtype == "uint8"
    assert (
        np.abs(
            images[:, 1].astype(int)
            - generate(faces.generator, sample_latents(2, 128, seed=7))
        ).max()
        <= 1
    )
    ages = predict_attributes(faces.scorer, images.reshape(6, 64, 64, 3))[
        "age"
    ].reshape(2, 3)
    assert (ages[:, 0] < ages[:, 2]).all()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_edit_a_photo(mode, tmp_path):
    face = generate(
        pretrained.load("faces64").generator, sample_latents(1, 128, seed=3)
    )[0]
    Image.fromarray(face).convert(mode).resize((90, 64)).save(tmp_path / "photo.png")
    for out in ("edited.npz", "row.png"):
        assert (
            main(
                [
                    "edit",
                    "--direction",
                    "gender",
                    "--steps=-3,0,3",
                    "--photo",
                    str(tmp_path / "photo.png"),
                    "--out",
                    str(tmp_path / out),
                ]
            )
            == 0
        )
    images = np.load(tmp_path / "edited.npz")["images"]
    photo = np.broadcast_to(
        read_picture((tmp_path / "photo.png").read_bytes(), 64), (64, 64, 3)
    )
    assert (
        images.shape == (1, 3, 64, 64, 3)
        and np.abs(images[0, 1].astype(int) - photo).max() <= 1
    )
    assert np.abs(images[0, 0].astype(int) - images[0, 2]).mean() > 3
    with Image.open(tmp_path / "row.png") as row:
        assert row.width > 3 * 64 - 1 and row.height < 2 * 64


def test_a_photo_that_cannot_be_edited_is_one_line(trained, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    start = [
        "edit",
        "--direction",
        "gender",
        "--out",
        str(tmp_path / "x.npz"),
        "--photo",
    ]
    for arguments, wanted in (
        ([str(tmp_path / "text.jpg")], "cannot be read as a picture: not a picture"),
        ([str(tmp_path / "none.jpg")], "cannot be read"),
        ([str(tmp_path / "text.jpg"), "--model", str(trained)], "leave --model out"),
    ):
        assert main(start + arguments) == 2
        error = capsys.readouterr().err
        assert (
            wanted in error
            and error.count("\n") == 1
            and not (tmp_path / "x.npz").exists()
        )
