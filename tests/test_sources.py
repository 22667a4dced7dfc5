"""The sets with a name: found where they lie, read packed, labelled, decoded once."""

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
    for name in list(sources.SOURCES):
        set_download(monkeypatch, name, lambda: __import__("no_such_client"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def set_download(monkeypatch, name, fetch):
    source = sources.SOURCES[name]._replace(fetch=fetch)
    monkeypatch.setitem(sources.SOURCES, name, source)


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
        "utkface: 4 photos of adults, 2 of them with a malformed name and without "
        "labels; left out 1 photos of people under 18 or of no stated age\n"
    )
    files = [pathlib.PurePosixPath(name).name for name in faces.names]
    assert sorted(files) == sorted(name for name in NAMES if not name.startswith("9_"))
    by_name = {
        name: tuple(int(values[i]) for values in faces.attributes.values())
        for i, name in enumerate(files)
    }
    assert list(faces.attributes) == ["age", "gender", "race"]
    assert by_name[NAMES[0]] == (25, 0, 1) and by_name[NAMES[2]] == (70, 1, 4)
    assert by_name[NAMES[3]] == by_name[NAMES[4]] == (-1, -1, -1)
    for name, image in zip(files, faces.images):  # each row holds its own photo
        assert abs(image[:, :, 0].mean() - 50 * NAMES.index(name)) < 6
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
    ages = faces.attributes["age"]
    assert some.attributes["age"].tolist() == [ages[2], ages[0]]
    assert np.array_equal(some.images[1], faces.images[0])


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
    before = set(tmp_path.rglob("*"))
    faces = load_faces("utkface", 16)
    assert len(faces) == 5, "photos with an odd path are photos, a link is none"
    written = set(tmp_path.rglob("*")) - before
    assert {path.relative_to(tmp_path).parts[0] for path in written} == {"cache"}
    assert not (tmp_path.parent / NAMES[0]).exists()


def test_broken_photos_are_counted_and_the_others_stay_in_their_rows(places, capsys):
    utkface_folder(places / "UTKFace", NAMES[:3])
    (places / "UTKFace" / NAMES[0]).write_bytes(b"no picture")
    faces = load_faces("utkface", 16, adults=False)
    expected = f"left out 1 of 3 pictures: {NAMES[0]} (not a picture)"
    assert expected in capsys.readouterr().out
    assert faces.names == (NAMES[1], NAMES[2])
    assert faces.attributes["age"].tolist() == [9, 70]
    assert faces.images[1, :, :, 0].mean() == pytest.approx(100, abs=6)


def test_a_link_to_nowhere_is_left_out_like_a_broken_photo(places, capsys):
    utkface_folder(places / "UTKFace", NAMES[:2])
    link = "29_0_1_20170116174525129.jpg.chip.jpg"
    (places / "UTKFace" / link).symlink_to("/nowhere")
    assert len(load_faces("utkface", 16, adults=False)) == 2
    assert f"left out 1 of 3 pictures: {link}" in capsys.readouterr().out


@pytest.mark.parametrize("lost", ["photos.json", "images"])
def test_a_cache_that_lost_a_file_is_decoded_again(places, tmp_path, lost):
    utkface_folder(places / "UTKFace")
    images = np.array(load_faces("utkface", 16).images)
    (path,) = (tmp_path / "cache").glob(f"utkface-16-*/{lost}")
    path.unlink()
    assert np.array_equal(load_faces("utkface", 16).images, images)


def test_photos_that_are_all_left_out_by_age_are_called_that(places):
    utkface_folder(places / "UTKFace", [n for n in NAMES if n.startswith("9_")])
    with pytest.raises(ValueError, match="none of the 1 photos .* shows an adult"):
        load_faces("utkface", 16)


def test_an_archive_cut_short_is_one_line_and_leaves_nothing(places, tmp_path):
    utkface_archive(places / "UTKFace.tar.gz")
    whole = (places / "UTKFace.tar.gz").read_bytes()
    (places / "UTKFace.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is not a whole archive") as error:
        load_faces("utkface", 16)
    assert "\n" not in str(error.value) and not list((tmp_path / "cache").glob("*"))


@pytest.mark.parametrize("archive", ["UTKFace.tar.gz", "img_align_celeba.zip"])
def test_an_archive_that_is_a_web_page_is_called_that(places, archive):
    (places / archive).write_text("<!DOCTYPE html>\n<title>Quota exceeded</title>")
    name = "utkface" if archive.startswith("UTK") else "celeba"
    expected = f"{archive} is an HTML page, not an archive: "
    with pytest.raises(ValueError, match=expected) as error:
        load_faces(name, 16)
    assert "\n" not in str(error.value)


def test_an_archive_that_holds_a_web_page_is_an_archive(places, capsys):
    page = b"<!DOCTYPE html><title>Not found</title>"
    with zipfile.ZipFile(places / "img_align_celeba.zip", "w") as archive:
        archive.writestr("000001.jpg", page)
        archive.writestr("000002.jpg", jpeg(200))
    whole = (places / "img_align_celeba.zip").read_bytes()
    (places / "img_align_celeba.zip").write_bytes(page + whole)  # still a whole zip
    (places / "list_attr_celeba.csv").write_text("image_id,Male\n000002.jpg,1\n")
    assert load_faces("celeba", 16).left_out == ("000001.jpg (an HTML page)",)


@pytest.mark.parametrize("table", ["csv", "txt"])
def test_celeba_with_its_forty_attributes(places, table):
    folder = places / "img_align_celeba/img_align_celeba"
    folder.mkdir(parents=True)
    for i in (1, 2, 3):
        (folder / f"{i:06}.jpg").write_bytes(jpeg(60 * i))
    header = [f"Attribute_{k}" for k in range(39)] + ["Male"]
    rows = {i: [str((-1) ** (i + k + 1)) for k in range(40)] for i in (1, 2)}
    if table == "csv":
        lines = ["image_id," + ",".join(header)]
        lines += [f"{i:06}.jpg," + ",".join(row) for i, row in rows.items()]
    else:
        lines = ["202599", " ".join(header)]
        lines += [f"{i:06}.jpg  " + "  ".join(row) for i, row in rows.items()]
    (places / f"list_attr_celeba.{table}").write_text("\n".join(lines) + "\n")
    faces = load_faces("celeba", 16)
    assert faces.images.shape == (3, 16, 16, 3) and len(faces.attributes) == 40
    assert faces.attributes["male"].tolist() == [0, 1, -1]
    assert faces.attributes["attribute_0"].tolist() == [1, 0, -1]


def test_a_table_of_attributes_that_is_a_web_page_is_refused(places):
    with zipfile.ZipFile(places / "img_align_celeba.zip", "w") as archive:
        archive.writestr("000001.jpg", jpeg(90))
    page = "<!DOCTYPE html>\n<title>Quota exceeded</title>\n"
    (places / "list_attr_celeba.csv").write_text(page)
    with pytest.raises(ValueError, match="there are no attributes in"):
        load_faces("celeba", 16)


def test_celeba_in_its_zip(places):
    with zipfile.ZipFile(places / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/000001.jpg", jpeg(90))
    table = places / "list_attr_celeba.csv"
    table.write_text("image_id,Male,Smiling\n000001.jpg,-1,1\n")
    attributes = load_faces("celeba", 16).attributes
    assert attributes["smiling"].tolist() == [1] and attributes["male"].tolist() == [0]
    table.write_text("image_id,Male,Smiling\n000001.jpg,1,-1\n")
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
    folder = places / "lfw_home/lfw_funneled"
    for person, count in (("Ada_One", 2), ("Bo_Two", 1)):
        (folder / person).mkdir(parents=True)
        for i in range(count):
            (folder / person / f"{person}_{i + 1:04}.jpg").write_bytes(jpeg(80))
    assert load_faces("lfw", 16).attributes["person"].tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", ["utkface", "celeba", "lfw"])
def test_what_is_not_there_and_cannot_be_fetched_is_one_line(places, name):
    expected = f"{name} is not there: put .* into .*data.*pip install"
    with pytest.raises(ValueError, match=expected) as error:
        load_faces(name, 16)
    assert "\n" not in str(error.value)


def test_a_download_is_found_in_the_folder_that_its_client_names(
    places, tmp_path, monkeypatch
):
    set_download(monkeypatch, "utkface", lambda: tmp_path / "fetched")
    (tmp_path / "fetched").mkdir()
    with pytest.raises(ValueError, match="the download of utkface holds neither"):
        load_faces("utkface", 16)
    utkface_folder(tmp_path / "fetched/UTKFace")
    assert len(load_faces("utkface", 16)) == 4


def test_a_download_that_fails_is_one_line(places, monkeypatch):
    def fails():
        raise ConnectionError("no route to host\nand a long tail")

    set_download(monkeypatch, "utkface", fails)
    expected = r"could not be downloaded \(no route to host\)"
    with pytest.raises(ValueError, match=expected):
        load_faces("utkface", 16)


REAL_UTKFACE = pathlib.Path(os.environ.get("GAN_LESSONS_DATA", "")) / "UTKFace.tar.gz"


@pytest.mark.skipif(
    not REAL_UTKFACE.is_file(), reason="no UTKFace.tar.gz in $GAN_LESSONS_DATA"
)
def test_the_real_utkface(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "cache_folder", lambda: tmp_path)
    faces = load_faces("utkface", 16)
    assert len(faces) > 10_000 and not faces.left_out and faces.images.std() > 20
    known = faces.attributes["age"] >= 0
    assert 0 < (~known).sum() < 20
    assert faces.attributes["age"][known].min() >= 18
    assert set(faces.attributes["gender"][known]) == {0, 1}
    record = json.loads(next(tmp_path.glob("utkface-16-*/photos.json")).read_text())
    assert record["names"] == list(faces.names)


def test_a_withdrawn_photo_is_left_out_for_everybody(places, monkeypatch):
    utkface_archive(places / "UTKFace.tar.gz")
    monkeypatch.setattr(sources, "withdrawn_photos", lambda: frozenset([NAMES[0]]))
    faces = load_faces("utkface", 16)
    assert len(faces) == 3 and not any(name.endswith(NAMES[0]) for name in faces.names)


def test_the_list_of_withdrawn_photos_is_read_without_its_comments():
    assert not any(name.startswith("#") for name in sources.withdrawn_photos())
