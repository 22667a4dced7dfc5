"""Files that are broken at random are used, left out and counted, or refused.

    python tests/test_fuzz.py SECONDS SEED [NUMBER]

breaks inputs until the seconds are over, from input NUMBER on; 0 seconds try this one
alone. What is none of the three (another error, a crash, more than 10 seconds or 1 GiB,
a half-written file) ends it, and is repeated by its number.
"""

import collections
import contextlib
import faulthandler
import gzip
import io
import os
import pathlib
import re
import resource
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, features

KINDS = [
    "tar.gz",
    "zip",
    "checkpoint",
    "checkpoint behind a right sum",
    "timeline.npz",
    "history.csv",
    "generator.keras",
    "direction.npy",
    "weights of the package",
    *["picture"] * 40,
]
BITS = (7, 8, 15, 16, 24, 31, 32, 40, 63)
# Numbers at which programs slip: round ones in binary, and the ones before them.
EDGES = [0, 1, *(2**bits - k for bits in BITS for k in (0, 1)), 2**64 - 1]


@pytest.mark.parametrize("seconds", [1, pytest.param(600, marks=pytest.mark.slow)])
def test_what_is_broken_at_random_is_used_counted_or_refused(seconds):
    command = [sys.executable, __file__, str(seconds), "0"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    last = run.stdout.split("\r")[-1]
    print(last)
    assert run.returncode == 0, f"input {last}\n{run.stderr[-3000:]}"


def broken(data, rng, other=b""):
    """The data with one to four faults, more at its head.

    Bits, bytes, numbers, cuts, insertions, repetitions, the end of another file.
    """
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at = int(len(data) * rng.random() ** rng.choice([1, 4]))
        length = int(rng.choice([1, 2, 4, 8, 64, 1024]))
        fault = rng.integers(8)
        if fault == 0 and at < len(data):
            data[at] ^= 1 << rng.integers(8)
        elif fault == 1:
            data[at : at + length] = rng.bytes(length)
        elif fault in (2, 3):
            width, order = int(rng.choice([1, 2, 4, 8])), rng.choice(["little", "big"])
            number = EDGES[rng.integers(len(EDGES))] % 256**width
            data[at : at + width] = number.to_bytes(width, str(order))
        elif fault == 4:
            del data[at : at + length]
        elif fault == 5:
            data[at:at] = rng.bytes(length)
        elif fault == 6:
            data[at:at] = data[at : at + length] * int(rng.integers(1, 9))
        elif rng.random() < 0.5:
            del data[at:]
        else:
            data[at:] = other[int(len(other) * rng.random()) :]
    return bytes(data)


def with_right_sums(png):
    """A PNG with the right checksums, so that its faults get past the first check."""
    out, at = png[:8], 8
    while at + 12 <= len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        chunk = png[at + 4 : at + 8 + length]
        out += png[at : at + 4] + chunk + struct.pack(">I", zlib.crc32(chunk))
        at += 12 + length
    return out + png[at:]


def pictures():
    """(ending, bytes) of whole pictures: each format that we read, in all its modes."""
    noise = np.random.default_rng(0).integers(0, 256, (24, 20, 4), "uint8")
    picture, exif = Image.fromarray(noise, "RGBA"), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "turned"
    frames = {"save_all": True, "append_images": [picture.convert("P").rotate(90)]}
    tiff = {
        "1": ["group4"],
        "L": ["raw"],
        "RGB": ["tiff_lzw", "jpeg"],
        "P": ["packbits"],
        "CMYK": ["tiff_adobe_deflate"],
        "I;16": ["raw"],
        "F": ["raw"],
    }
    kinds = [
        *[("JPEG", mode, {"exif": exif}) for mode in ("L", "RGB", "CMYK")],
        ("JPEG", "RGB", {"progressive": True}),
        ("MPO", "RGB", {}),
        *[("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
        ("PNG", "RGB", {"exif": exif}),
        ("PNG", "P", {"transparency": bytes(range(256))}),
        ("GIF", "P", frames),
        ("GIF", "P", {"transparency": 0}),
        ("WEBP", "RGBA", {}),
        ("WEBP", "RGB", {"lossless": True, "exif": exif}),
        *[("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")],
        *[("PPM", mode, {}) for mode in ("1", "L", "RGB", "I;16", "F")],
        *[("TIFF", mode, {"compression": how}) for mode in tiff for how in tiff[mode]],
    ]
    if "avif" in features.modules:
        kinds += [("AVIF", "RGBA", {}), ("AVIF", "RGB", {"exif": exif})]
    deep = Image.fromarray(noise[..., 0].astype("uint16") * 256)
    for kind, mode, options in kinds:
        file = io.BytesIO()
        opaque = picture.convert("RGB")
        (deep if mode == "I;16" else opaque.convert(mode)).save(file, kind, **options)
        yield {"JPEG": "jpg", "MPO": "jpg"}.get(kind, kind.lower()), file.getvalue()


class Fuzz:
    """Whole inputs in a folder of their own; `try_one` breaks one and tries it."""

    def __init__(self, folder, seed):
        from gan_lessons import pretrained, sources  # first: it quiets TensorFlow

        # isort: split
        import keras

        from gan_lessons.callbacks import Checkpoint, History, Timeline
        from gan_lessons.cli import main
        from gan_lessons.data import load_faces
        from gan_lessons.gan import GAN
        from gan_lessons.models import build_discriminator, build_generator

        self.folder, self.seed = folder, seed
        self.main, self.load_faces, self.pretrained = main, load_faces, pretrained
        self.callbacks = {
            "checkpoint": Checkpoint,
            "history.csv": History,
            "timeline.npz": Timeline,
        }
        os.environ["GAN_LESSONS_DATA"] = str(folder / "try")
        sources.cache_folder = lambda: folder / "try/cache"
        (folder / "whole/tiny").mkdir(parents=True)
        self.pictures = list(pictures())
        self.photos = [data for ending, data in self.pictures if ending == "jpg"]
        keras.utils.set_random_seed(0)
        discriminator = build_discriminator(16, width=4)
        generator = build_generator(16, width=4, latent_dim=8)
        self.gan = GAN(discriminator, generator)
        self.gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        self.gan._initial_epoch, self.gan.stop_training = None, False
        self.gan.save_weights(folder / "whole/state.weights.h5")
        self.gan.generator.save(folder / "whole/generator.keras")
        np.save(folder / "whole/direction.npy", np.arange(8.0))
        np.savez_compressed(
            folder / "whole/timeline.npz",
            epochs=[0, 1],
            frames=np.zeros((2, 8, 16, 16, 1), "uint8"),
            verdicts=np.zeros((2, 8)),
        )
        (folder / "whole/history.csv").write_text(
            "epoch,d_loss,g_loss\n1,0.5,0.25\n2,0.5,0.25\n"
        )
        pretrained.store(
            "tiny",
            folder / "whole/tiny",
            directions={"age": np.arange(8.0)},
            generator=(self.gan.generator, {"size": 16, "width": 4, "latent_dim": 8}),
        )
        self.whole = {
            path.name: path.read_bytes()
            for path in (folder / "whole").rglob("*")
            if path.is_file()
        }
        self.used_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def try_one(self, number):
        """(kind, outcome) of input `number`, which the seed and it determine."""
        rng = np.random.default_rng([self.seed, number])
        kind = KINDS[number % len(KINDS)]
        here = self.folder / "try"
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir()
        out, err = io.StringIO(), io.StringIO()
        message = "one line"
        faulthandler.dump_traceback_later(10, exit=True)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                method = getattr(self, "try_" + re.sub(r"\W.*", "", kind))
                outcome = method(kind, here, rng, err)
        except (ValueError, OSError) as error:
            outcome, message = "refused", str(error)
        faulthandler.cancel_dump_traceback_later()
        printed, errors = out.getvalue(), err.getvalue()
        assert message and "\n" not in message, f"not one line: {message}"
        assert printed.count("\n") <= 2, printed
        assert errors.count("\n") == (outcome == "refused by the command"), errors
        assert not list(here.rglob("new-*")), "something half-written was left behind"
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert memory - self.used_before < 2**20, "more than 1 GiB"
        return kind, outcome.split(" by")[0]

    def try_picture(self, kind, here, rng, err):
        first, second = rng.integers(len(self.pictures), size=2)
        (ending, data), (_, other) = self.pictures[first], self.pictures[second]
        data = broken(data, rng, other)
        if ending == "png" and rng.random() < 0.7:
            data = with_right_sums(data)
        (here / f"bad.{ending}").write_bytes(data)
        (here / "good.png").write_bytes(self.pictures[9][1])
        return self.faces(here, 2)

    def faces(self, source, n=None):
        faces = self.load_faces(source, 16)
        assert faces.images.dtype == np.uint8
        assert faces.images.shape[:-1] == (len(faces.names), 16, 16)
        assert faces.images.shape[-1] in (1, 3)
        assert n is None or len(faces) + len(faces.left_out) == n
        return "left out" if faces.left_out else "used"

    def try_tar(self, kind, here, rng, err):
        file, inside = io.BytesIO(), rng.random() < 0.6
        layout = int(rng.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
        with tarfile.open(fileobj=file, mode="w", format=layout) as archive:
            for i, photo in enumerate(self.photos):
                long = "ä" * 80 if i == 1 else ""
                name = f"{long}{20 + i}_0_0_201701161745251{i}.jpg.chip.jpg"
                member = tarfile.TarInfo(f"UTKFace/{name}")
                member.size = len(photo)
                archive.addfile(member, io.BytesIO(photo))
        data = file.getvalue()
        if inside:
            data = gzip.compress(broken(data, rng, self.photos[0]), 1)
        else:
            data = broken(gzip.compress(data, 1), rng, self.photos[0])
        (here / "UTKFace.tar.gz").write_bytes(data)
        return self.faces("utkface")

    def try_zip(self, kind, here, rng, err):
        path = here / "img_align_celeba.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for i, photo in enumerate(self.photos):
                packing = zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED
                archive.writestr(f"img_align_celeba/{i:06d}.jpg", photo, packing)
        rows = [f"{i:06d}.jpg  1 -1\n" for i in range(5)]
        table = "".join(["5\nSmiling Male\n", *rows]).encode()
        data = path.read_bytes()
        if rng.random() < 0.2:
            table = broken(table, rng)
        elif rng.random() < 0.5:
            at = data.index(b"PK\x01\x02")  # the table of contents stands at the end
            data = data[:at] + broken(data[at:], rng)
        else:
            data = broken(data, rng, self.photos[0])
        (here / "list_attr_celeba.txt").write_bytes(table)
        path.write_bytes(data)
        return self.faces("celeba")

    def try_checkpoint(self, kind, here, rng, err):
        import hashlib

        whole = self.whole["state.weights.h5"]
        data = broken(whole, rng, whole)
        digits = hashlib.sha256(data if "right" in kind else whole).hexdigest()[:16]
        (here / f"epoch-000003-{digits}.weights.h5").write_bytes(data)
        callback = self.callbacks["checkpoint"](here)
        callback.set_model(self.gan)
        callback.on_train_begin()
        return "used" if callback.saved else "left out"

    def try_timeline(self, kind, here, rng, err):
        data = broken(self.whole[kind], rng, self.whole["direction.npy"])
        (here / kind).write_bytes(data)
        callback = self.callbacks[kind](here)
        callback.set_model(self.gan)
        callback.set_params({"steps": 1})
        self.gan._initial_epoch = 2
        callback.on_epoch_begin(2)
        if kind == "timeline.npz":
            callback.on_train_end()
        return "used"

    try_history = try_timeline

    def command(self, here, err, *arguments):
        """The outcome of a command, which writes out.npz, or one line and no file."""
        before = set(here.rglob("*"))
        if code := self.main([*arguments, "--n", "2", "--out", str(here / "out.npz")]):
            errors = err.getvalue()
            assert code == 2 and errors.startswith("gan-lessons: "), errors
            assert set(here.rglob("*")) == before
            return "refused by the command"
        assert set(here.rglob("*")) == before | {here / "out.npz"}
        with np.load(here / "out.npz") as arrays:
            assert arrays["images"].dtype == np.uint8
        return "used"

    def try_generator(self, kind, here, rng, err):
        file, whole = io.BytesIO(), zipfile.ZipFile(io.BytesIO(self.whole[kind]))
        if rng.random() < 0.7:  # behind the checksums of the archive
            chosen = rng.choice(whole.namelist())
            with zipfile.ZipFile(file, "w") as archive:
                for name in whole.namelist():
                    data = whole.read(name)
                    archive.writestr(
                        name, broken(data, rng) if name == chosen else data
                    )
            data = file.getvalue()
        else:
            data = broken(self.whole[kind], rng, self.whole["direction.npy"])
        (here / kind).write_bytes(data)
        return self.command(here, err, "sample", "--model", str(here))

    def try_direction(self, kind, here, rng, err):
        data = broken(self.whole[kind], rng, self.whole["timeline.npz"])
        (here / kind).write_bytes(data)
        model = ["--model", str(self.folder / "whole")]
        direction = ["--direction", str(here / kind), "--steps=-1,1"]
        return self.command(here, err, "edit", *model, *direction)

    def try_weights(self, kind, here, rng, err):
        file = str(rng.choice(["tiny-generator.weights.h5", "tiny-directions.npz"]))
        for name in os.listdir(self.folder / "whole/tiny"):
            data = self.whole[name]
            (here / name).write_bytes(broken(data, rng) if name == file else data)
        self.pretrained.FOLDER = here
        tiny = self.pretrained.Pretrained("tiny")
        part = tiny.generator if "generator" in file else tiny.directions
        return "used" if part else ""


def fuzz(seconds, seed, first=0):
    counts, number = collections.Counter(), first
    with tempfile.TemporaryDirectory() as folder:
        inputs, end = Fuzz(pathlib.Path(folder), seed), time.monotonic() + seconds
        while True:
            print(number, end="\r", flush=True)
            counts[inputs.try_one(number)] += 1
            number += 1
            if time.monotonic() >= end:
                break
    outcomes = ("used", "left out", "refused")
    totals = collections.Counter()
    for (_, outcome), n in counts.items():
        totals[outcome] += n
    print(
        f"{number - first} broken inputs in {seconds} seconds, seed {seed}: "
        + ", ".join(f"{totals[outcome]} {outcome}" for outcome in outcomes)
    )
    for kind in dict.fromkeys(KINDS):
        cells = [kind, *(str(counts[kind, outcome]) for outcome in outcomes)]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    faulthandler.enable()
    fuzz(float(sys.argv[1]), *map(int, sys.argv[2:]))
