"""Each row of docs/errors.md: what is wrong there, and the one line that it says."""

import hashlib
import io
import os
import pathlib
import re
import shutil
import tarfile
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from gan_lessons import pictures, pretrained, sources  # first: it quiets TensorFlow
from gan_lessons.cli import main
from gan_lessons.data import load_faces
from gan_lessons.gan import LOSSES

PAGE = (
    (pathlib.Path(__file__).parents[1] / "docs/errors.md")
    .read_text()
    .partition("## Whatever else")[0]
)
ROWS = dict(re.findall(r"(?m)^\| (.+?) \| (.*?) ?\|$", PAGE))
ROWS = {
    what: said.strip("`")
    for what, said in ROWS.items()
    if what != "what is there" and not what.startswith("---")
}
TRAIN = [
    "train",
    "--size",
    "16",
    "--width",
    "4",
    "--latent",
    "8",
    "--precision",
    "float32",
    "--epochs",
    "2",
]
CASES = {}


def case(what):
    return lambda function: CASES.setdefault(what, function)


def test_the_page_and_the_tests_have_the_same_rows():
    assert list(CASES) == list(ROWS)


@pytest.mark.parametrize("what", CASES)
def test_what_is_said(what, tmp_path, monkeypatch, capsys):
    out, said = CASES[what](tmp_path, monkeypatch, capsys) or "", ROWS[what]
    if said:
        assert re.search(".*".join(map(re.escape, said.split("…"))), out), out
    else:
        assert out == ""


# Pictures: each case puts one beside a good one, and gives what was printed.


def jpeg(size=(40, 40), colour=(200, 40, 40), mode="RGB", kind="JPEG", **more):
    file = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(file, kind, **more)
    return file.getvalue()


def beside_a_good_one(folder, capsys, name, data=None, used=False):
    (folder / "good.png").write_bytes(jpeg(kind="PNG"))
    if data is not None:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
            file.write(data)
    capsys.readouterr()
    faces = load_faces(folder, 16)
    assert len(faces) == 1 + used
    if used:
        assert np.abs(faces.images[0].astype(int) - faces.images[1]).max() < 60, (
            "not the colours of the good one"
        )
    printed = capsys.readouterr()
    printed.out.encode("utf-8")
    assert printed.err == "" and printed.out.count("\n") <= 1
    return printed.out


@case("a picture that is cut short")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "bad.jpg", jpeg((200, 200))[:600])


@case("an empty file")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "bad.jpg", b"")


@case("a text under a picture's name")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "bad.jpg", b"I am no picture.")


@case("a picture of 400 million pixels in a small file")
def _(folder, monkeypatch, capsys):
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000
    return beside_a_good_one(folder, capsys, "bad.png", bomb.getvalue())


@case("a file of more than 256 MiB")
def _(folder, monkeypatch, capsys):
    (folder / "bad.bmp").touch()
    os.truncate(folder / "bad.bmp", 2**28 + 1)  # takes no room
    monkeypatch.setattr(
        pathlib.Path,
        "read_bytes",
        lambda path, read=pathlib.Path.read_bytes: (
            read(path) if path.stat().st_size < 2**28 else pytest.fail("read")
        ),
    )
    return beside_a_good_one(folder, capsys, "bad.bmp")


@case("PostScript, which is a program, under a picture's name")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "bad.jpg", jpeg(kind="EPS"))


@case("NaN in a picture")
def _(folder, monkeypatch, capsys):
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40), np.nan, "float32")).save(file, "TIFF")
    return beside_a_good_one(folder, capsys, "bad.tif", file.getvalue())


@case("a link to what never ends")
def _(folder, monkeypatch, capsys):
    (folder / "bad.jpg").symlink_to("/dev/zero")
    monkeypatch.setattr(
        pathlib.Path,
        "read_bytes",
        lambda path, read=pathlib.Path.read_bytes: (
            read(path) if path.is_file() else pytest.fail("read")
        ),
    )
    return beside_a_good_one(folder, capsys, "bad.jpg")


@case("a link to a file that is gone")
def _(folder, monkeypatch, capsys):
    (folder / "bad.jpg").symlink_to(folder / "gone.jpg")
    return beside_a_good_one(folder, capsys, "bad.jpg")


@case("a damaged picture whose name is not UTF-8")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, b"b\xe4d.jpg", b"I am no picture.")


@case("a damaged picture with a line break in its name")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "b\nd.jpg", b"I am no picture.")


@case("damaged EXIF data")
def _(folder, monkeypatch, capsys):
    exif = Image.Exif()
    exif[0x010E] = "a long description"
    return beside_a_good_one(
        folder, capsys, "b.jpg", jpeg(exif=exif.tobytes()[:-12]), used=True
    )


@case("CMYK")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "b.jpg", jpeg(mode="CMYK"), used=True)


@case("16-bit grey")
def _(folder, monkeypatch, capsys):
    (folder / "deep.png").touch()
    Image.fromarray(np.linspace(0, 65535, 1600).reshape(40, 40).astype("uint16")).save(
        folder / "deep.png"
    )
    (folder / "good.png").write_bytes(jpeg(kind="PNG"))
    grey = load_faces(folder, 16).images[0]
    assert grey.min() < 10 and grey.max() > 245
    return capsys.readouterr().out


@case("a palette with a transparent colour")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(
        folder,
        capsys,
        "b.png",
        jpeg(mode="P", kind="PNG", transparency=bytes([255, 128, 0])),
        used=True,
    )


@case("an animation")
def _(folder, monkeypatch, capsys):
    frames = [
        Image.new("RGB", (40, 40), colour) for colour in ((200, 40, 40), (0, 0, 255))
    ]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return beside_a_good_one(folder, capsys, "b.gif", file.getvalue(), used=True)


@case("a photo that its camera turned")
def _(folder, monkeypatch, capsys):
    turned = Image.Exif()
    turned[0x0112] = 6
    return beside_a_good_one(folder, capsys, "b.jpg", jpeg(exif=turned), used=True)


@case("a link to a picture")
def _(folder, monkeypatch, capsys):
    (folder / "b.png").symlink_to(folder / "good.png")
    return beside_a_good_one(folder, capsys, "b.png", used=True)


@case("a name of 250 letters")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, 246 * "b" + ".jpg", jpeg(), used=True)


@case("only one photo")
def _(folder, monkeypatch, capsys):
    (folder / "good.png").write_bytes(jpeg(kind="PNG"))
    return refused(
        [*TRAIN, "--data", str(folder), "--out", str(folder / "new")], folder, capsys
    )


@case("no photo at all")
def _(folder, monkeypatch, capsys):
    return refused(
        [*TRAIN, "--data", str(folder), "--out", str(folder / "new")], folder, capsys
    )


def refused(arguments, folder, capsys):
    """The one line that a command says on stderr; it ends with 2 and writes nothing."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("gan-lessons: ") and error.count("\n") == 1
    assert {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == before
    return error


# Archives and downloads.


def data_folder(folder, monkeypatch, fetch=None):
    monkeypatch.setenv("GAN_LESSONS_DATA", str(folder / "data"))
    monkeypatch.setattr(sources, "cache_folder", lambda: folder / "cache")
    where, describe, _ = sources.SOURCES["utkface"]
    monkeypatch.setitem(
        sources.SOURCES,
        "utkface",
        (where, describe, fetch or (lambda: __import__("a_client_that_is_not_there"))),
    )
    (folder / "data").mkdir()
    return folder / "data/UTKFace.tar.gz"


def archive(names, links=(), more=()):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as members:
        for name, data in [
            (
                name,
                jpeg(
                    (200, 200),
                    tuple(
                        np.random.default_rng(len(name)).integers(0, 255, 3).tolist()
                    ),
                ),
            )
            for name in names
        ] + [*more]:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            members.addfile(member, io.BytesIO(data))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            members.addfile(member)
    return file.getvalue()


NAMES = [
    f"UTKFace/{age}_0_0_20170116174525{age}0.jpg.chip.jpg" for age in range(20, 40)
]
UTKFACE = [*TRAIN, "--data", "utkface", "--out"]


@case("an archive that is cut short")
def _(folder, monkeypatch, capsys):
    data_folder(folder, monkeypatch).write_bytes(archive(NAMES)[:-900])
    return refused([*UTKFACE, str(folder / "new")], folder, capsys)


@case("a web page under the name of the archive")
def _(folder, monkeypatch, capsys):
    data_folder(folder, monkeypatch).write_bytes(
        b"<!doctype html><title>Quota exceeded</title>"
    )
    return refused([*UTKFACE, str(folder / "new")], folder, capsys)


def celeba(folder, monkeypatch, table):
    data_folder(folder, monkeypatch)
    with zipfile.ZipFile(folder / "data/img_align_celeba.zip", "w") as members:
        members.writestr("img_align_celeba/000001.jpg", jpeg())
    (folder / "data/list_attr_celeba.txt").write_text(table)
    return folder / "data/img_align_celeba.zip"


CELEBA = [*TRAIN, "--data", "celeba", "--out"]


@case("an archive that a later program made")
def _(folder, monkeypatch, capsys):
    path = celeba(folder, monkeypatch, "1\nSmiling Male\n000001.jpg 1 -1\n")
    head, contents = path.read_bytes().split(b"PK\x01\x02")
    path.write_bytes(
        head + b"PK\x01\x02" + contents[:2] + b"\xff" + contents[3:]
    )  # the version needed to read it
    return refused([*CELEBA, str(folder / "new")], folder, capsys)


@case("a photo of gigabytes that were packed into kilobytes")
def _(folder, monkeypatch, capsys):
    monkeypatch.setattr(pictures, "LARGEST", 2**20)
    data_folder(folder, monkeypatch).write_bytes(
        archive(
            NAMES,
            more=[("UTKFace/50_0_0_20170116174525500.jpg.chip.jpg", bytes(2**20 + 1))],
        )
    )
    assert len(load_faces("utkface", 16)) == 20
    return capsys.readouterr().out


@case("a table of attributes with nothing in it")
def _(folder, monkeypatch, capsys):
    celeba(folder, monkeypatch, "202599\n")
    return refused([*CELEBA, str(folder / "new")], folder, capsys)


@case("names with .. or a leading / in an archive, and links")
def _(folder, monkeypatch, capsys):
    wild = [
        f"{start}30_0_0_20170116174525{k}00.jpg.chip.jpg"
        for k, start in enumerate(("../", "../../", "/tmp/"))
    ]
    data_folder(folder, monkeypatch).write_bytes(
        archive(
            NAMES[:2] + wild,
            links=[("UTKFace/30_0_0_20170116174525999.jpg.chip.jpg", "/etc/passwd")],
        )
    )
    before = {path for path in folder.rglob("*")}
    assert len(load_faces("utkface", 16)) == 5
    new = {
        path.relative_to(folder).parts[0] for path in set(folder.rglob("*")) - before
    }
    assert (
        new == {"cache"}
        and not list(folder.rglob("*.jpg"))
        and not list(pathlib.Path("/tmp").glob("30_0_0_20170116174525*"))
    )
    return capsys.readouterr().out.partition("utkface: ")[0]


@case("no archive, and no client to download it with")
def _(folder, monkeypatch, capsys):
    data_folder(folder, monkeypatch)
    return refused([*UTKFACE, str(folder / "new")], folder, capsys)


@case("a download that stops half-way")
def _(folder, monkeypatch, capsys):
    def fetch():
        raise ConnectionError("connection reset by peer\nand a long story")

    data_folder(folder, monkeypatch, fetch)
    return refused([*UTKFACE, str(folder / "new")], folder, capsys)


# Weights, runs and arrays.


@pytest.fixture(scope="module", autouse=True)
def trained(tmp_path_factory):
    """A run of one epoch, trained once; `a_run` gives a copy of it."""
    global TRAINED
    TRAINED = tmp_path_factory.mktemp("trained") / "run"
    assert main([*TRAIN, "--epochs", "1", "--out", str(TRAINED)]) == 0


def a_run(folder):
    return pathlib.Path(shutil.copytree(TRAINED, folder / "run"))


def flipped(data):
    return (
        data[: len(data) // 2]
        + bytes([data[len(data) // 2] ^ 1])
        + data[len(data) // 2 + 1 :]
    )


@case("weights of the package with a flipped bit")
def _(folder, monkeypatch, capsys):
    shutil.copytree(pretrained.FOLDER, folder / "weights")
    path = folder / "weights/faces64-generator.weights.h5"
    path.write_bytes(flipped(path.read_bytes()))
    monkeypatch.setattr(pretrained, "FOLDER", folder / "weights")
    monkeypatch.setattr(pretrained, "load", lambda name: pretrained.Pretrained(name))
    return refused(["sample", "--out", str(folder / "x.png")], folder, capsys)


@case("a generator's file that is cut short")
def _(folder, monkeypatch, capsys):
    path = a_run(folder) / "generator.keras"
    path.write_bytes(path.read_bytes()[:-5000])
    return refused(
        ["sample", "--model", str(folder / "run"), "--out", str(folder / "x.png")],
        folder,
        capsys,
    )


@case("a generator's file with Python code in it")
def _(folder, monkeypatch, capsys):
    evil = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Lambda(lambda z: open(os.environ["STOLEN"], "w") and z),
        ]
    )
    monkeypatch.setenv("STOLEN", str(folder / "stolen"))
    evil.save(a_run(folder) / "generator.keras")
    (folder / "stolen").unlink(missing_ok=True)
    said = refused(
        ["sample", "--model", str(folder / "run"), "--out", str(folder / "x.png")],
        folder,
        capsys,
    )
    assert not (folder / "stolen").exists()
    return said


@case("a direction that holds pickled objects")
def _(folder, monkeypatch, capsys):
    np.save(folder / "way.npy", np.array([{"a": 1}], dtype=object))
    return refused(
        [
            "edit",
            "--direction",
            str(folder / "way.npy"),
            "--out",
            str(folder / "x.png"),
        ],
        folder,
        capsys,
    )


@case("a checkpoint with a flipped bit")
def _(folder, monkeypatch, capsys):
    newest = next(a_run(folder).glob("epoch-*"))
    newest.write_bytes(flipped(newest.read_bytes()))
    capsys.readouterr()
    assert main([*TRAIN, "--epochs", "1", "--out", str(folder / "run")]) == 0
    return capsys.readouterr().out


@case("a direction with nothing in it")
def _(folder, monkeypatch, capsys):
    (folder / "way.npy").touch()
    return refused(
        [
            "edit",
            "--direction",
            str(folder / "way.npy"),
            "--out",
            str(folder / "x.png"),
        ],
        folder,
        capsys,
    )


@case("NaN in a direction")
def _(folder, monkeypatch, capsys):
    np.save(folder / "way.npy", np.full(128, np.nan))
    return refused(
        [
            "edit",
            "--direction",
            str(folder / "way.npy"),
            "--out",
            str(folder / "x.png"),
        ],
        folder,
        capsys,
    )


@case("a generator that paints NaN")
def _(folder, monkeypatch, capsys):
    generator = keras.models.load_model(a_run(folder) / "generator.keras")
    generator.set_weights([weights * np.nan for weights in generator.get_weights()])
    generator.save(folder / "run/generator.keras")
    return refused(
        ["sample", "--model", str(folder / "run"), "--out", str(folder / "x.png")],
        folder,
        capsys,
    )


@case("a damaged checkpoint whose checksum is right")
def _(folder, monkeypatch, capsys):
    newest = next(a_run(folder).glob("epoch-*"))
    data = newest.read_bytes().replace(b"HEAP", b"LEAP")
    newest.unlink()
    (
        folder / f"run/epoch-000001-{hashlib.sha256(data).hexdigest()[:16]}.weights.h5"
    ).write_bytes(data)
    return refused([*TRAIN, "--out", str(folder / "run")], folder, capsys)


@case("the checkpoint of another optimizer")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    monkeypatch.setattr(
        keras.optimizers, "Adam", lambda *_, **__: keras.optimizers.SGD()
    )
    return refused([*TRAIN, "--out", str(folder / "run")], folder, capsys)


@case("a recording with a flipped bit")
def _(folder, monkeypatch, capsys):
    path = a_run(folder) / "timeline.npz"
    path.write_bytes(flipped(path.read_bytes()))
    return refused([*TRAIN, "--out", str(folder / "run")], folder, capsys)


@case("a history that is no table")
def _(folder, monkeypatch, capsys):
    (a_run(folder) / "history.csv").write_text(
        "<!doctype html>\n<title>Quota exceeded</title>\n"
    )
    return refused([*TRAIN, "--out", str(folder / "run")], folder, capsys)


@case("the run of a network of another width")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    return refused(
        [*TRAIN, "--width", "8", "--out", str(folder / "run")], folder, capsys
    )


@case("losses that are no longer numbers")
def _(folder, monkeypatch, capsys):
    kept = {path.name: path.read_bytes() for path in a_run(folder).glob("[eg]*")}
    monkeypatch.setitem(
        LOSSES,
        "non_saturating",
        (
            lambda real, fake: float("nan") * LOSSES["hinge"][0](real, fake),
            LOSSES["hinge"][1],
        ),
    )
    capsys.readouterr()
    assert main([*TRAIN, "--out", str(folder / "run")]) == 2
    assert {
        path.name: path.read_bytes() for path in (folder / "run").glob("[eg]*")
    } == kept, "states or generator with NaN in them"
    return capsys.readouterr().err


@case("a full disk")
def _(folder, monkeypatch, capsys):
    before = {path.name: path.read_bytes() for path in a_run(folder).glob("[eg]*")}
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda path: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000),
    )
    capsys.readouterr()
    assert main([*TRAIN, "--out", str(folder / "run")]) == 2
    assert {
        path.name: path.read_bytes() for path in (folder / "run").glob("[eg]*")
    } == before and not list((folder / "run").glob("new-*"))
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@case("a folder that cannot be made")
def _(folder, monkeypatch, capsys):
    return refused([*TRAIN, "--out", "/proc/nowhere"], folder, capsys)


@case("several machines that nobody has told of each other")
def _(folder, monkeypatch, capsys):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    return refused(
        [*TRAIN, "--strategy", "multi-worker", "--out", str(folder / "new")],
        folder,
        capsys,
    )


@case("minutes for several machines")
def _(folder, monkeypatch, capsys):
    arguments = [name for name in TRAIN if name not in ("--epochs", "2")]
    return refused(
        [
            *arguments,
            "--minutes",
            "1",
            "--strategy",
            "multi-worker",
            "--out",
            str(folder / "new"),
        ],
        folder,
        capsys,
    )
