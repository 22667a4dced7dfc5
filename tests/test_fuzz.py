"""Pictures, archives, checkpoints and models that are broken at random are used, left out and counted, or refused in one line.

    python tests/test_fuzz.py SECONDS SEED [NUMBER]

breaks inputs until the seconds are over, from input NUMBER on; 0 seconds try this one alone. What is none of the three
(another error, a crash, more than 10 seconds or 1 GiB, a half-written file) ends it, and is repeated by its number.
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
from PIL import Image

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
WORTH = (
    0,
    1,
    2**7 - 1,
    2**7,
    2**8 - 1,
    2**15,
    2**16 - 1,
    2**24,
    2**31 - 1,
    2**32 - 1,
    2**40,
    2**63 - 1,
    2**64 - 1,
)  # numbers at which programs slip


@pytest.mark.parametrize("seconds", [1, pytest.param(600, marks=pytest.mark.slow)])
def test_what_is_broken_at_random_is_used_counted_or_refused(seconds):
    run = subprocess.run(
        [sys.executable, __file__, str(seconds), "0"],
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )
    print(run.stdout.split("\r")[-1])
    assert run.returncode == 0, (
        f"input {run.stdout.split(chr(13))[-1]}\n{run.stderr[-3000:]}"
    )


def broken(data, rng, other=b""):
    """The data with one to four faults: bits, bytes, numbers, cuts, insertions, repetitions, the end of another file; more at its head."""
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
            width, order = (
                int(rng.choice([1, 2, 4, 8])),
                str(rng.choice(["little", "big"])),
            )
            data[at : at + width] = (
                int(rng.choice(np.array(WORTH, "uint64"))) % 256**width
            ).to_bytes(width, order)
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
    """A PNG whose chunks have the sums that belong to them, so that its faults get past the first look."""
    out, at = png[:8], 8
    while at + 12 <= len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        chunk = png[at + 4 : at + 8 + length]
        out += png[at : at + 4] + chunk + struct.pack(">I", zlib.crc32(chunk))
        at += 12 + length
    return out + png[at:]


def pictures():
    """(format, bytes) of whole pictures: every format that we read, in the modes it has."""
    noise = np.random.default_rng(0).integers(0, 256, (24, 20, 4), "uint8")
    colour, exif = Image.fromarray(noise, "RGBA"), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "turned"
    made = [("JPEG", mode, {"exif": exif}) for mode in ("L", "RGB", "CMYK")] + [
        ("JPEG", "RGB", {"progressive": True}),
        ("MPO", "RGB", {}),
    ]
    made += [
        ("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    ] + [("PNG", "RGB", {"exif": exif})]
    made += [
        (
            "GIF",
            "P",
            {"save_all": True, "append_images": [colour.convert("P").rotate(90)]},
        )
    ]
    made += [("WEBP", "RGBA", {}), ("WEBP", "RGB", {"lossless": True, "exif": exif})]
    made += [("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")] + [
        ("PPM", mode, {}) for mode in ("1", "L", "RGB", "I;16", "F")
    ]
    made += [
        ("TIFF", mode, {"compression": how})
        for mode, how in (
            ("1", "group4"),
            ("L", "raw"),
            ("RGB", "tiff_lzw"),
            ("RGB", "jpeg"),
            ("P", "packbits"),
            ("CMYK", "tiff_adobe_deflate"),
            ("I;16", "raw"),
            ("F", "raw"),
        )
    ]
    for kind, mode, more in made:
        file = io.BytesIO()
        (
            Image.fromarray(noise[..., 0].astype("uint16") * 256)
            if mode == "I;16"
            else colour.convert("RGB").convert(mode)
        ).save(file, kind, **more)
        yield {"JPEG": "jpg", "MPO": "jpg"}.get(kind, kind.lower()), file.getvalue()


class Fuzz:
    """Whole inputs in a folder of their own; `try_one` breaks one, hands it to the course, and says what became of it."""

    def __init__(self, folder, seed):
        import keras

        from gan_lessons import pretrained, sources  # first: it quiets TensorFlow
        from gan_lessons.callbacks import Checkpoint, History, Timeline
        from gan_lessons.cli import main
        from gan_lessons.data import load_faces
        from gan_lessons.gan import GAN
        from gan_lessons.models import build_discriminator, build_generator

        self.folder, self.seed, self.main, self.load_faces, self.pretrained = (
            folder,
            seed,
            main,
            load_faces,
            pretrained,
        )
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
        self.gan = GAN(
            build_discriminator(16, width=4), build_generator(16, width=4, latent_dim=8)
        )
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
        """(kind, what became of it) of input `number`, which follows from it and from the seed alone."""
        rng, kind = (
            np.random.default_rng([self.seed, number]),
            KINDS[number % len(KINDS)],
        )
        here = self.folder / "try"
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir()
        out, err = io.StringIO(), io.StringIO()
        faulthandler.dump_traceback_later(10, exit=True)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                became = getattr(self, "try_" + re.sub(r"\W.*", "", kind))(
                    kind, here, rng, err
                )
        except (ValueError, OSError) as error:
            assert str(error) and "\n" not in str(error), f"not one line: {error}"
            became = "refused"
        faulthandler.cancel_dump_traceback_later()
        assert out.getvalue().count("\n") <= 2 and err.getvalue().count("\n") == (
            became == "refused by the command"
        ), out.getvalue() + err.getvalue()
        assert not [path for path in here.rglob("new-*")], (
            "something half-written was left behind"
        )
        assert (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.used_before
            < 2**20
        ), "more than 1 GiB"
        return kind, became.split(" by")[0]

    def try_picture(self, kind, here, rng, err):
        (ending, data), (_, other) = (
            self.pictures[i] for i in rng.integers(len(self.pictures), size=2)
        )
        data = broken(data, rng, other)
        (here / f"bad.{ending}").write_bytes(
            with_right_sums(data) if ending == "png" and rng.random() < 0.7 else data
        )
        (here / "good.png").write_bytes(self.pictures[9][1])
        return self.faces(here, 2)

    def faces(self, source, n=None):
        faces = self.load_faces(source, 16)
        assert faces.images.dtype == np.uint8 and faces.images.shape in [
            (len(faces.names), 16, 16, channels) for channels in (1, 3)
        ]
        assert n is None or len(faces) + len(faces.left_out) == n
        return "left out" if faces.left_out else "used"

    def try_tar(self, kind, here, rng, err):
        file, inside = io.BytesIO(), rng.random() < 0.6
        with tarfile.open(
            fileobj=file,
            mode="w",
            format=int(rng.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])),
        ) as archive:
            for i, photo in enumerate(self.photos):
                member = tarfile.TarInfo(
                    f"UTKFace/{'ä' * (80 if i == 1 else 0)}{20 + i}_0_0_201701161745251{i}.jpg.chip.jpg"
                )
                member.size = len(photo)
                archive.addfile(member, io.BytesIO(photo))
        data = (
            broken(file.getvalue(), rng, self.photos[0]) if inside else file.getvalue()
        )
        data = gzip.compress(data, 1)
        (here / "UTKFace.tar.gz").write_bytes(
            data if inside else broken(data, rng, self.photos[0])
        )
        return self.faces("utkface")

    def try_zip(self, kind, here, rng, err):
        with zipfile.ZipFile(here / "img_align_celeba.zip", "w") as archive:
            for i, photo in enumerate(self.photos):
                archive.writestr(
                    f"img_align_celeba/{i:06d}.jpg",
                    photo,
                    zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED,
                )
        table = "5\nSmiling Male\n" + "".join(f"{i:06d}.jpg  1 -1\n" for i in range(5))
        data = (here / "img_align_celeba.zip").read_bytes()
        if rng.random() < 0.2:
            (here / "list_attr_celeba.txt").write_bytes(broken(table.encode(), rng))
        else:
            (here / "list_attr_celeba.txt").write_text(table)
            at = data.index(b"PK\x01\x02")  # the table of contents stands at the end
            data = (
                data[:at] + broken(data[at:], rng)
                if rng.random() < 0.5
                else broken(data, rng, self.photos[0])
            )
        (here / "img_align_celeba.zip").write_bytes(data)
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
        (here / kind).write_bytes(
            broken(self.whole[kind], rng, self.whole["direction.npy"])
        )
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
        """What became of a command, which writes out.npz and nothing else, or says one line and writes nothing."""
        before = set(here.rglob("*"))
        if code := self.main([*arguments, "--n", "2", "--out", str(here / "out.npz")]):
            assert (
                code == 2
                and err.getvalue().startswith("gan-lessons: ")
                and set(here.rglob("*")) == before
            ), err.getvalue()
            return "refused by the command"
        assert set(here.rglob("*")) == before | {here / "out.npz"}
        with np.load(here / "out.npz") as made:
            assert made["images"].dtype == np.uint8
        return "used"

    def try_generator(self, kind, here, rng, err):
        data, whole = io.BytesIO(), zipfile.ZipFile(io.BytesIO(self.whole[kind]))
        if rng.random() < 0.7:  # behind the sums of the archive
            chosen = rng.choice(whole.namelist())
            with zipfile.ZipFile(data, "w") as archive:
                for name in whole.namelist():
                    archive.writestr(
                        name,
                        broken(whole.read(name), rng)
                        if name == chosen
                        else whole.read(name),
                    )
            (here / kind).write_bytes(data.getvalue())
        else:
            (here / kind).write_bytes(
                broken(self.whole[kind], rng, self.whole["direction.npy"])
            )
        return self.command(here, err, "sample", "--model", str(here))

    def try_direction(self, kind, here, rng, err):
        (here / kind).write_bytes(
            broken(self.whole[kind], rng, self.whole["timeline.npz"])
        )
        return self.command(
            here,
            err,
            "edit",
            "--model",
            str(self.folder / "whole"),
            "--steps=-1,1",
            "--direction",
            str(here / kind),
        )

    def try_weights(self, kind, here, rng, err):
        file = str(rng.choice(["tiny-generator.weights.h5", "tiny-directions.npz"]))
        for name in os.listdir(self.folder / "whole/tiny"):
            (here / name).write_bytes(
                broken(self.whole[name], rng) if name == file else self.whole[name]
            )
        self.pretrained.FOLDER = here
        tiny = self.pretrained.Pretrained("tiny")
        return (
            "used"
            if (tiny.generator if "generator" in file else tiny.directions)
            else ""
        )


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
    print(
        f"{number - first} broken inputs in {seconds} seconds, seed {seed}: "
        + ", ".join(
            f"{sum(n for (_, what), n in counts.items() if what == became)} {became}"
            for became in ("used", "left out", "refused")
        )
    )
    for kind in dict.fromkeys(KINDS):
        print(
            f"| {kind} | "
            + " | ".join(
                str(counts[kind, became]) for became in ("used", "left out", "refused")
            )
            + " |"
        )


if __name__ == "__main__":
    faulthandler.enable()
    fuzz(float(sys.argv[1]), *map(int, sys.argv[2:]))
