"""The sets with a name: found in their real layouts, read without unpacking, labelled, decoded once."""

import io
import json
import os
import pathlib
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from gan_lessons import sources
from gan_lessons.data import load_faces

NAMES = [
    "25_0_1_20170116174525125.jpg.chip.jpg",
    "9_1_2_20170116174525126.jpg.chip.jpg",
    "70_1_4_20170116174525127.jpg.chip.jpg",
    "39_1_20170116174525125.jpg.chip.jpg",
    "24_0_1_20170116220224657 .jpg.chip.jpg",
]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A data directory and a cache of their own, and no network."""
    monkeypatch.setenv("GAN_LESSONS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sources, "cache_folder", lambda: tmp_path / "cache")
    for name, (where, describe, _) in list(sources.SOURCES.items()):
        monkeypatch.setitem(
            sources.SOURCES,
            name,
            (where, describe, lambda: __import__("a_client_that_is_not_installed")),
        )
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def jpeg(shade):
    file = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 0, 255 - shade)).save(file, "JPEG")
    return file.getvalue()


def utkface_folder(folder, names=NAMES):
    folder.mkdir()
    for i, name in enumerate(names):
        (folder / name).write_bytes(jpeg(50 * i))


def utkface_archive(path, names=NAMES, more=()):
    with tarfile.open(path, "w:gz") as archive:
        for i, name in enumerate(names):
            member = tarfile.TarInfo(f"UTKFace/{name}")
            member.size = len(jpeg(50 * i))
            archive.addfile(member, io.BytesIO(jpeg(50 * i)))
        for member, data in more:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize(
    "layout",
    [
        lambda data: utkface_folder(data / "UTKFace"),
        lambda data: utkface_archive(data / "UTKFace.tar.gz"),
    ],
    ids=["folder", "archive"],
)
def test_utkface_of_adults_with_labels_from_the_names(places, layout, capsys):
    layout(places)
    faces = load_faces("utkface", 16)
    assert capsys.readouterr().out == (
        "utkface: 4 photos of adults, 2 of them with a malformed name and without labels; "
        "left out 1 photos of people under 18 or of no stated age\n"
    )
    files = [pathlib.PurePosixPath(name).name for name in faces.names]
    assert sorted(files) == sorted(name for name in NAMES if not name.startswith("9_"))
    of = {
        name: {what: int(values[i]) for what, values in faces.attributes.items()}
        for i, name in enumerate(files)
    }
    assert of[NAMES[0]] == {"age": 25, "gender": 0, "race": 1} and of[NAMES[2]] == {
        "age": 70,
        "gender": 1,
        "race": 4,
    }
    assert of[NAMES[3]] == of[NAMES[4]] == {"age": -1, "gender": -1, "race": -1}
    for i, name in enumerate(files):  # each row holds its own photo
        assert (
            abs(int(faces.images[i].mean(axis=(0, 1))[0]) - 50 * NAMES.index(name)) < 6
        )
    assert load_faces("utkface", 16, adults=False).images.shape == (5, 16, 16, 3)


def test_photos_are_decoded_once_and_again_when_the_archive_changes(
    places, monkeypatch, capsys
):
    utkface_archive(places / "UTKFace.tar.gz")
    first = load_faces("utkface", 16)
    assert isinstance(first.images, np.memmap)
    monkeypatch.setattr(
        sources, "read_picture", lambda *_: pytest.fail("decoded a second time")
    )
    assert np.array_equal(load_faces("utkface", 16).images, first.images)
    assert len(set(capsys.readouterr().out.splitlines())) == 1, (
        "the second start says something else"
    )
    monkeypatch.undo()
    monkeypatch.setenv("GAN_LESSONS_DATA", str(places))
    monkeypatch.setattr(sources, "cache_folder", lambda: places.parent / "cache")
    utkface_archive(places / "UTKFace.tar.gz", NAMES[:1])
    assert len(load_faces("utkface", 16)) == 1


def test_a_subset_keeps_its_attributes(places):
    utkface_folder(places / "UTKFace")
    faces = load_faces("utkface", 16)
    some = faces[[2, 0]]
    assert some.attributes["age"].tolist() == faces.attributes["age"][
        [2, 0]
    ].tolist() and np.array_equal(some.images[1], faces.images[0])


def test_nothing_of_an_archive_is_written_anywhere_and_links_are_not_followed(
    places, tmp_path
):
    up, absolute, link = (
        tarfile.TarInfo("../../50_0_0_20170116174525999.jpg.chip.jpg"),
        tarfile.TarInfo(f"{tmp_path}/evil.jpg"),
        tarfile.TarInfo("UTKFace/51_0_0_20170116174525998.jpg.chip.jpg"),
    )
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    utkface_archive(
        places / "UTKFace.tar.gz",
        more=[(up, jpeg(0)), (absolute, jpeg(0)), (link, b"")],
    )
    before = {path for path in tmp_path.rglob("*")}
    faces = load_faces("utkface", 16)
    assert len(faces) == 5, (
        "the photo with an odd path is a photo like others, the link is none"
    )
    written = {
        path.relative_to(tmp_path).parts[0]
        for path in set(tmp_path.rglob("*")) - before
    }
    assert written == {"cache"} and not (tmp_path.parent / NAMES[0]).exists()


def test_broken_photos_are_counted_and_the_others_stay_in_their_rows(places, capsys):
    utkface_folder(places / "UTKFace", NAMES[:3])
    (places / "UTKFace" / NAMES[0]).write_bytes(b"no picture")
    faces = load_faces("utkface", 16, adults=False)
    assert (
        "left out 1 of 3 pictures: 25_0_1_20170116174525125.jpg.chip.jpg (not a picture)"
        in capsys.readouterr().out
    )
    assert (
        len(faces) == 2
        and faces.attributes["age"].tolist() == [9, 70]
        and [name[:2] for name in faces.names] == ["9_", "70"]
    )
    assert faces.images[1].mean(axis=(0, 1))[0] == pytest.approx(100, abs=6)


def test_an_archive_cut_short_is_one_line_and_leaves_nothing(places, tmp_path):
    utkface_archive(places / "UTKFace.tar.gz")
    whole = (places / "UTKFace.tar.gz").read_bytes()
    (places / "UTKFace.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is not a whole archive") as error:
        load_faces("utkface", 16)
    assert "\n" not in str(error.value) and not list((tmp_path / "cache").glob("*"))


@pytest.mark.parametrize("table", ["csv", "txt"])
def test_celeba_with_its_forty_attributes(places, table):
    (places / "img_align_celeba/img_align_celeba").mkdir(parents=True)
    for i in (1, 2, 3):
        (places / f"img_align_celeba/img_align_celeba/{i:06}.jpg").write_bytes(
            jpeg(60 * i)
        )
    header, rows = (
        [f"Attribute_{k}" for k in range(39)] + ["Male"],
        {i: [1 if (i + k) % 2 else -1 for k in range(40)] for i in (1, 2)},
    )
    if table == "csv":
        lines = ["image_id," + ",".join(header)] + [
            f"{i:06}.jpg," + ",".join(map(str, row)) for i, row in rows.items()
        ]
    else:
        lines = ["202599", " ".join(header)] + [
            f"{i:06}.jpg  " + "  ".join(map(str, row)) for i, row in rows.items()
        ]
    (places / f"list_attr_celeba.{table}").write_text("\n".join(lines) + "\n")
    faces = load_faces("celeba", 16)
    assert faces.images.shape == (3, 16, 16, 3) and len(faces.attributes) == 40
    assert faces.attributes["male"].tolist() == [0, 1, -1] and faces.attributes[
        "attribute_0"
    ].tolist() == [1, 0, -1]


def test_celeba_in_its_zip(places):
    with zipfile.ZipFile(places / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/000001.jpg", jpeg(90))
    (places / "list_attr_celeba.csv").write_text(
        "image_id,Male,Smiling\n000001.jpg,-1,1\n"
    )
    faces = load_faces("celeba", 16)
    assert faces.attributes["smiling"].tolist() == [1] and faces.attributes[
        "male"
    ].tolist() == [0]
    (places / "list_attr_celeba.csv").write_text(
        "image_id,Male,Smiling\n000001.jpg,1,-1\n"
    )
    assert load_faces("celeba", 16).attributes["male"] == 1, (
        "a corrected table is read again"
    )


def test_a_damaged_member_of_a_zip_is_left_out_and_named(places, capsys):
    with zipfile.ZipFile(places / "img_align_celeba.zip", "w") as archive:
        archive.writestr("000001.jpg", jpeg(90))
        archive.writestr("000002.jpg", jpeg(200))
    (places / "list_attr_celeba.csv").write_text(
        "image_id,Male\n000001.jpg,-1\n000002.jpg,1\n"
    )
    data = bytearray((places / "img_align_celeba.zip").read_bytes())
    data[60] ^= 255  # within the first photo
    (places / "img_align_celeba.zip").write_bytes(data)
    faces = load_faces("celeba", 16)
    assert faces.names == ("000002.jpg",) and faces.attributes["male"].tolist() == [1]
    assert "left out 1 of 2 pictures: 000001.jpg" in capsys.readouterr().out


def test_lfw_with_its_people(places):
    for person, count in (("Ada_One", 2), ("Bo_Two", 1)):
        (places / "lfw_home/lfw_funneled" / person).mkdir(parents=True)
        for i in range(count):
            (
                places / f"lfw_home/lfw_funneled/{person}/{person}_{i + 1:04}.jpg"
            ).write_bytes(jpeg(80))
    assert load_faces("lfw", 16).attributes["person"].tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", ["utkface", "celeba", "lfw"])
def test_what_is_not_there_and_cannot_be_fetched_is_one_line(places, name):
    with pytest.raises(
        ValueError, match=f"{name} is not there: put .* into .*data.*pip install"
    ) as error:
        load_faces(name, 16)
    assert "\n" not in str(error.value)


def test_a_download_is_found_in_the_folder_that_its_client_names(
    places, tmp_path, monkeypatch
):
    where, describe, _ = sources.SOURCES["utkface"]
    monkeypatch.setitem(
        sources.SOURCES, "utkface", (where, describe, lambda: tmp_path / "fetched")
    )
    (tmp_path / "fetched").mkdir()
    with pytest.raises(ValueError, match="the download of utkface holds neither"):
        load_faces("utkface", 16)
    utkface_folder(tmp_path / "fetched/UTKFace")
    assert len(load_faces("utkface", 16)) == 4


def test_a_download_that_fails_is_one_line(places, monkeypatch):
    def fails():
        raise ConnectionError("no route to host\nand a long tail")

    where, describe, _ = sources.SOURCES["utkface"]
    monkeypatch.setitem(sources.SOURCES, "utkface", (where, describe, fails))
    with pytest.raises(
        ValueError, match=r"could not be downloaded \(no route to host\)"
    ):
        load_faces("utkface", 16)


@pytest.mark.skipif(
    not (
        pathlib.Path(os.environ.get("GAN_LESSONS_DATA", "")) / "UTKFace.tar.gz"
    ).is_file(),
    reason="no UTKFace.tar.gz in $GAN_LESSONS_DATA",
)
def test_the_real_utkface(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "cache_folder", lambda: tmp_path)
    faces = load_faces("utkface", 16)
    assert len(faces) > 10_000 and not faces.left_out and faces.images.std() > 20
    known = faces.attributes["age"] >= 0
    assert (
        0 < (~known).sum() < 20
        and faces.attributes["age"][known].min() >= 18
        and set(faces.attributes["gender"][known]) == {0, 1}
    )
    about = json.loads(next(tmp_path.glob("utkface-16-*/photos.json")).read_text())
    assert about["names"] == list(faces.names)


def test_a_withdrawn_photo_is_left_out_for_everybody(places, monkeypatch):
    utkface_archive(places / "UTKFace.tar.gz")
    monkeypatch.setattr(sources, "withdrawn", lambda: frozenset([NAMES[0]]))
    faces = load_faces("utkface", 16)
    assert len(faces) == 3 and not any(name.endswith(NAMES[0]) for name in faces.names)


def test_the_list_of_withdrawn_photos_is_read_without_its_comments():
    assert not any(name.startswith("#") for name in sources.withdrawn())
