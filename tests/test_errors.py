"""Each row of docs/errors.md: a fault, and the one line that it leads to."""

import hashlib
import io
import os
import pathlib
import re
import shutil
import sys
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image, features

from gan_lessons import pictures, pretrained, sources  # first: it quiets TensorFlow
from gan_lessons.cli import main
from gan_lessons.data import load_faces
from gan_lessons.gan import LOSSES

# isort: split
import keras

PAGE = pathlib.Path(__file__).parents[1] / "docs/errors.md"
TABLES = PAGE.read_text().partition("## Anything else")[0]
ROWS = {
    fault: line.strip("`")
    for fault, line in re.findall(r"(?m)^\| (.+?) \| (.*?) ?\|$", TABLES)
    if fault != "fault"
}
SMALL = ["--size", "16", "--width", "4", "--latent", "8", "--precision", "float32"]
TRAIN = ["train", *SMALL, "--epochs", "2"]
CASES = {}


def case(fault):
    return lambda function: CASES.setdefault(fault, function)


def test_the_page_and_the_tests_have_the_same_rows():
    assert list(CASES) == list(ROWS)


@pytest.mark.parametrize("fault", CASES)
def test_each_fault_leads_to_its_line(fault, tmp_path, monkeypatch, capsys):
    printed = CASES[fault](tmp_path, monkeypatch, capsys) or ""
    if expected := ROWS[fault]:
        pattern = ".*".join(map(re.escape, expected.split("…")))
        assert re.search(pattern, printed), printed
    else:
        assert printed == ""


# Pictures: each case puts one beside a good one, and returns what was printed.


def jpeg(size=(40, 40), colour=(200, 40, 40), mode="RGB", kind="JPEG", **more):
    file = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(file, kind, **more)
    return file.getvalue()


HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)  # its beginning


def beside_a_good_one(folder, capsys, name, data=None, used=False):
    pictures._installed_formats.cache_clear()
    (folder / "good.png").write_bytes(jpeg(kind="PNG"))
    if data is not None:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
            file.write(data)
    capsys.readouterr()
    faces = load_faces(folder, 16)
    assert len(faces) == 1 + used
    if used:
        difference = np.abs(faces.images[0].astype(int) - faces.images[1]).max()
        assert difference < 60, "not the colours of the good one"
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


@case("a web page under a picture's name")
def _(folder, monkeypatch, capsys):
    page = b"<!doctype html><title>Not found</title>"
    return beside_a_good_one(folder, capsys, "bad.jpg", page)


@case("HEIC, where the package pillow-heif is not installed")
def _(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    return beside_a_good_one(folder, capsys, "bad.HEIC", HEIC)


@case("AVIF, where Pillow is too old for it")
def _(folder, monkeypatch, capsys):
    monkeypatch.delitem(features.modules, "avif", raising=False)
    data = HEIC.replace(b"heic", b"avif")
    return beside_a_good_one(folder, capsys, "bad.avif", data)


@case("a drawing, a raw photo, or another format that is not read")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "bad.SVG", b"<svg></svg>")


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
    deep = np.linspace(0, 65535, 1600).reshape(40, 40).astype("uint16")
    Image.fromarray(deep).save(folder / "deep.png")
    (folder / "good.png").write_bytes(jpeg(kind="PNG"))
    grey = load_faces(folder, 16).images[0]
    assert grey.min() < 10 and grey.max() > 245
    return capsys.readouterr().out


@case("a palette with a transparent colour")
def _(folder, monkeypatch, capsys):
    data = jpeg(mode="P", kind="PNG", transparency=bytes([255, 128, 0]))
    return beside_a_good_one(folder, capsys, "b.png", data, used=True)


@case("a transparent picture, which is laid on white")
def _(folder, monkeypatch, capsys):
    file = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(file, "PNG")
    (folder / "b.png").write_bytes(file.getvalue())
    assert load_faces(folder, 16).images.min() == 255
    return capsys.readouterr().out


@case("JPEG under a rarer ending, such as .jfif")
def _(folder, monkeypatch, capsys):
    return beside_a_good_one(folder, capsys, "b.JFIF", jpeg(), used=True)


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
    return refused_training(["--data", str(folder)], folder, capsys)


@case("no photo at all")
def _(folder, monkeypatch, capsys):
    return refused_training(["--data", str(folder)], folder, capsys)


@case("no photo that can be read")
def _(folder, monkeypatch, capsys):
    (folder / "bad.jpg").write_bytes(b"I am no picture.")
    return refused_training(["--data", str(folder)], folder, capsys)


def refused_training(options, folder, capsys):
    return refused([*TRAIN, *options, "--out", str(folder / "new")], folder, capsys)


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(arguments, folder, capsys):
    """The line that a command prints on stderr; it exits with 2 and writes nothing."""
    before = files(folder)
    capsys.readouterr()
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("gan-lessons: ") and error.count("\n") == 1
    assert files(folder) == before
    return error


# Archives and downloads.


def data_folder(folder, monkeypatch, fetch=None):
    monkeypatch.setenv("GAN_LESSONS_DATA", str(folder / "data"))
    monkeypatch.setattr(sources, "cache_folder", lambda: folder / "cache")
    fetch = fetch or (lambda: __import__("no_such_client"))
    source = sources.SOURCES["utkface"]._replace(fetch=fetch)
    monkeypatch.setitem(sources.SOURCES, "utkface", source)
    (folder / "data").mkdir()
    return folder / "data/UTKFace.tar.gz"


def photo_named(name):
    colour = np.random.default_rng(len(name)).integers(0, 255, 3).tolist()
    return jpeg((200, 200), tuple(colour))


def archive(names, links=(), more=()):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as members:
        for name, data in [*((name, photo_named(name)) for name in names), *more]:
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
UTKFACE, CELEBA = ["--data", "utkface"], ["--data", "celeba"]


@case("an archive that is cut short")
def _(folder, monkeypatch, capsys):
    data_folder(folder, monkeypatch).write_bytes(archive(NAMES)[:-900])
    return refused_training(UTKFACE, folder, capsys)


@case("a web page under the name of the archive")
def _(folder, monkeypatch, capsys):
    page = b"<!doctype html><title>Quota exceeded</title>"
    data_folder(folder, monkeypatch).write_bytes(page)
    return refused_training(UTKFACE, folder, capsys)


def celeba(folder, monkeypatch, table):
    data_folder(folder, monkeypatch)
    with zipfile.ZipFile(folder / "data/img_align_celeba.zip", "w") as members:
        members.writestr("img_align_celeba/000001.jpg", jpeg())
    (folder / "data/list_attr_celeba.txt").write_text(table)
    return folder / "data/img_align_celeba.zip"


@case("an archive that a later program made")
def _(folder, monkeypatch, capsys):
    path = celeba(folder, monkeypatch, "1\nSmiling Male\n000001.jpg 1 -1\n")
    head, contents = path.read_bytes().split(b"PK\x01\x02")
    newer = contents[:2] + b"\xff" + contents[3:]  # the version needed to read it
    path.write_bytes(head + b"PK\x01\x02" + newer)
    return refused_training(CELEBA, folder, capsys)


@case("a photo of gigabytes that were packed into kilobytes")
def _(folder, monkeypatch, capsys):
    monkeypatch.setattr(pictures, "LARGEST", 2**20)
    large = ("UTKFace/50_0_0_20170116174525500.jpg.chip.jpg", bytes(2**20 + 1))
    data_folder(folder, monkeypatch).write_bytes(archive(NAMES, more=[large]))
    assert len(load_faces("utkface", 16)) == 20
    return capsys.readouterr().out


@case("a table of attributes with nothing in it")
def _(folder, monkeypatch, capsys):
    celeba(folder, monkeypatch, "202599\n")
    return refused_training(CELEBA, folder, capsys)


@case("names with .. or a leading / in an archive, and links")
def _(folder, monkeypatch, capsys):
    wild = [
        f"{start}30_0_0_20170116174525{k}00.jpg.chip.jpg"
        for k, start in enumerate(("../", "../../", "/tmp/"))
    ]
    links = [("UTKFace/30_0_0_20170116174525999.jpg.chip.jpg", "/etc/passwd")]
    path = data_folder(folder, monkeypatch)
    path.write_bytes(archive(NAMES[:2] + wild, links))
    before = set(folder.rglob("*"))
    assert len(load_faces("utkface", 16)) == 5
    written = set(folder.rglob("*")) - before
    assert {path.relative_to(folder).parts[0] for path in written} == {"cache"}
    assert not list(folder.rglob("*.jpg"))
    assert not list(pathlib.Path("/tmp").glob("30_0_0_20170116174525*"))
    return capsys.readouterr().out.partition("utkface: ")[0]


@case("no archive, and no client to download it with")
def _(folder, monkeypatch, capsys):
    data_folder(folder, monkeypatch)
    return refused_training(UTKFACE, folder, capsys)


@case("a download that stops half-way")
def _(folder, monkeypatch, capsys):
    def fetch():
        raise ConnectionError("connection reset by peer\nand a long story")

    data_folder(folder, monkeypatch, fetch)
    return refused_training(UTKFACE, folder, capsys)


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
    data = bytearray(data)
    data[len(data) // 2] ^= 1
    return bytes(data)


def refused_sample(folder, capsys, *options):
    picture = ["--out", str(folder / "x.png")]
    return refused(["sample", *options, *picture], folder, capsys)


def refused_edit(folder, capsys):
    direction = ["--direction", str(folder / "direction.npy")]
    picture = ["--out", str(folder / "x.png")]
    return refused(["edit", *direction, *picture], folder, capsys)


def refused_resumption(folder, capsys, *options):
    arguments = [*TRAIN, *options, "--out", str(folder / "run")]
    return refused(arguments, folder, capsys)


@case("weights of the package with a flipped bit")
def _(folder, monkeypatch, capsys):
    shutil.copytree(pretrained.FOLDER, folder / "weights")
    path = folder / "weights/faces64-generator.weights.h5"
    path.write_bytes(flipped(path.read_bytes()))
    monkeypatch.setattr(pretrained, "FOLDER", folder / "weights")
    monkeypatch.setattr(pretrained, "load", lambda name: pretrained.Pretrained(name))
    return refused_sample(folder, capsys)


@case("a generator's file that is cut short")
def _(folder, monkeypatch, capsys):
    path = a_run(folder) / "generator.keras"
    path.write_bytes(path.read_bytes()[:-5000])
    return refused_sample(folder, capsys, "--model", str(folder / "run"))


@case("a generator's file with Python code in it")
def _(folder, monkeypatch, capsys):
    monkeypatch.setenv("STOLEN", str(folder / "stolen"))
    code = keras.layers.Lambda(lambda z: os.makedirs(os.environ["STOLEN"]) or z)
    keras.Sequential([keras.Input((8,)), code]).save(a_run(folder) / "generator.keras")
    (folder / "stolen").rmdir()
    line = refused_sample(folder, capsys, "--model", str(folder / "run"))
    assert not (folder / "stolen").exists()
    return line


@case("a model to start from that is not there")
def _(folder, monkeypatch, capsys):
    options = ["--start", str(folder / "nowhere"), "--out", str(folder / "new")]
    return refused([*TRAIN, *options], folder, capsys)


@case("a model to start from that reads another size")
def _(folder, monkeypatch, capsys):
    options = ["--start", "faces64", "--out", str(folder / "new")]
    return refused([*TRAIN, *options], folder, capsys)


@case("photos in colour for a model that knows none")
def _(folder, monkeypatch, capsys):
    run = a_run(folder)
    photos = folder / "photos"
    photos.mkdir()
    for k in range(4):
        Image.new("RGB", (20, 20), (50 * k, 90, 200)).save(photos / f"{k}.png")
    options = ["--start", str(run), "--data", str(photos), "--batch", "4"]
    return refused([*TRAIN, *options, "--out", str(folder / "new")], folder, capsys)


@case("ONNX without its packages")
def _(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    return refused(["export", "--out", str(folder / "faces.onnx")], folder, capsys)


@case("a direction that holds pickled objects")
def _(folder, monkeypatch, capsys):
    np.save(folder / "direction.npy", np.array([{"a": 1}], dtype=object))
    return refused_edit(folder, capsys)


@case("a checkpoint with a flipped bit")
def _(folder, monkeypatch, capsys):
    newest = next(a_run(folder).glob("epoch-*"))
    newest.write_bytes(flipped(newest.read_bytes()))
    capsys.readouterr()
    assert main([*TRAIN, "--epochs", "1", "--out", str(folder / "run")]) == 0
    return capsys.readouterr().out


@case("a direction with nothing in it")
def _(folder, monkeypatch, capsys):
    (folder / "direction.npy").touch()
    return refused_edit(folder, capsys)


@case("NaN in a direction")
def _(folder, monkeypatch, capsys):
    np.save(folder / "direction.npy", np.full(128, np.nan))
    return refused_edit(folder, capsys)


@case("a generator that paints NaN")
def _(folder, monkeypatch, capsys):
    generator = keras.models.load_model(a_run(folder) / "generator.keras")
    generator.set_weights([weights * np.nan for weights in generator.get_weights()])
    generator.save(folder / "run/generator.keras")
    return refused_sample(folder, capsys, "--model", str(folder / "run"))


@case("a damaged checkpoint whose checksum is right")
def _(folder, monkeypatch, capsys):
    newest = next(a_run(folder).glob("epoch-*"))
    data = newest.read_bytes().replace(b"HEAP", b"LEAP")
    newest.unlink()
    digits = hashlib.sha256(data).hexdigest()[:16]
    (folder / f"run/epoch-000001-{digits}.weights.h5").write_bytes(data)
    return refused_resumption(folder, capsys)


@case("the checkpoint of another optimizer")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    sgd = keras.optimizers.SGD
    monkeypatch.setattr(keras.optimizers, "Adam", lambda *_, **__: sgd())
    return refused_resumption(folder, capsys)


@case("a recording with a flipped bit")
def _(folder, monkeypatch, capsys):
    path = a_run(folder) / "timeline.npz"
    path.write_bytes(flipped(path.read_bytes()))
    return refused_resumption(folder, capsys)


@case("a history that is no table")
def _(folder, monkeypatch, capsys):
    page = "<!doctype html>\n<title>Quota exceeded</title>\n"
    (a_run(folder) / "history.csv").write_text(page)
    return refused_resumption(folder, capsys)


@case("the run of a network of another width")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    return refused_resumption(folder, capsys, "--width", "8")


def states(run):
    """A run's checkpoints and its generator."""
    return {path.name: path.read_bytes() for path in run.glob("[eg]*")}


def stopped(folder, capsys):
    """The line on which a resumed run ends; its states stay as they were."""
    before = states(folder / "run")
    capsys.readouterr()
    assert main([*TRAIN, "--out", str(folder / "run")]) == 2
    assert states(folder / "run") == before
    assert not list((folder / "run").glob("new-*"))
    return capsys.readouterr().err


@case("losses that are no longer numbers")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    d_loss, g_loss = LOSSES["hinge"]
    nan = (lambda real, fake: float("nan") * d_loss(real, fake), g_loss)
    monkeypatch.setitem(LOSSES, "non_saturating", nan)
    return stopped(folder, capsys)


@case("a full disk")
def _(folder, monkeypatch, capsys):
    a_run(folder)
    full = shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    error = stopped(folder, capsys)
    assert error.count("\n") == 1
    return error


@case("a folder that cannot be made")
def _(folder, monkeypatch, capsys):
    return refused([*TRAIN, "--out", "/proc/nowhere"], folder, capsys)


@case("several machines that nobody has told of each other")
def _(folder, monkeypatch, capsys):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    return refused_training(["--strategy", "multi-worker"], folder, capsys)


@case("minutes for several machines")
def _(folder, monkeypatch, capsys):
    several = ["--strategy", "multi-worker", "--minutes", "1"]
    arguments = ["train", *SMALL, *several, "--out", str(folder / "new")]
    return refused(arguments, folder, capsys)
