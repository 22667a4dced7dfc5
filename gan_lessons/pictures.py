"""Picture files as arrays: from a folder, or straight out of an archive, which is never unpacked."""

import functools
import io
import logging
import re
import stat
import tarfile
import warnings
import zipfile

import numpy as np

ENDINGS = (
    ".jpg",
    ".jpeg",
    ".png",
    ".pgm",
    ".ppm",
    ".bmp",
    ".gif",
    ".webp",
    ".tif",
    ".tiff",
)
FORMATS = (
    "JPEG",
    "PNG",
    "PPM",
    "BMP",
    "GIF",
    "WEBP",
    "TIFF",
)  # and no other: Pillow would hand a PostScript file under a picture's name to Ghostscript
LARGEST = 2**28  # bytes of one file
logging.getLogger("PIL").addHandler(
    logging.NullHandler()
)  # else it prints on its own what `reason` says


def list_pictures(place, endings=ENDINGS):
    """The names of the pictures in a folder or an archive (.tar, .tar.gz, .tgz, .zip), s2 before s10."""
    if place.is_dir():
        names = [
            file.relative_to(place).as_posix()
            for file in place.rglob("*")
            if file.is_file() or file.is_symlink()
        ]
    else:
        names = [name for name, _ in _members(place)]
    return sorted(
        (name for name in names if name.lower().endswith(tuple(endings))), key=_natural
    )


def open_pictures(place, names):
    """Yield (name, function that reads its bytes) for these pictures: of a folder in this order, of an archive in its own."""
    if place.is_dir():
        for name in names:
            yield name, functools.partial(_read, place / name)
    else:
        wanted = set(names)
        for name, read in _members(place):
            if name in wanted:
                wanted.discard(
                    name
                )  # an archive may hold a name twice: the first counts
                yield name, read


def read_picture(data, size):
    """The bytes of one picture as uint8 (size, size, 1 or 3): turned as its EXIF says, its middle square, Pillow's LANCZOS."""
    from PIL import Image, ImageOps

    warnings.filterwarnings(
        "ignore", category=UserWarning, module=r"PIL\."
    )  # its remarks on damaged EXIF data: the picture is used, or counted
    warnings.filterwarnings(
        "error", category=Image.DecompressionBombWarning
    )  # as Pillow advises: no picture of 90 million pixels is decoded
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        picture = ImageOps.exif_transpose(picture)
        if (
            picture.mode.startswith("I") or picture.mode == "F"
        ):  # 16-bit grey: Pillow would clip it, not scale it
            grey = np.array(picture, "float32")
            if not np.isfinite(grey).all():
                raise ValueError("holds NaN")
            np.clip(grey, 0, None, out=grey)
            grey *= 255 / max(grey.max(), 1)
            picture = Image.fromarray(grey.astype("uint8"))
        if (
            picture.mode == "P"
        ):  # a palette may say how transparent each colour is, which Pillow turns into RGB by way of RGBA only
            picture = picture.convert("RGBA")
        picture = picture.convert("L" if picture.mode in ("L", "LA", "1") else "RGB")
        pixels = np.asarray(
            ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
        )
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def tile(images: np.ndarray, columns: int) -> np.ndarray:
    """Images as one picture of rows; what is left of the last row is white.

    Args:
        images: uint8 (n, size, size, channels).
        columns: images per row.

    Returns:
        uint8 (rows * size, columns * size), with a last axis of 3 for colour.

    Example:
        >>> tile(np.zeros((5, 64, 64, 3), "uint8"), columns=4).shape
        (128, 256, 3)
    """
    n, height, width = images.shape[:3]
    rows = -(-n // columns)
    blank = np.full((rows * columns - n, *images.shape[1:]), 255, "uint8")
    grid = np.concatenate([images, blank]).reshape(rows, columns, *images.shape[1:])
    picture = grid.swapaxes(1, 2).reshape(rows * height, columns * width, -1)
    return picture.squeeze()


def reason(error):
    """Why a picture could not be read, in two or three words where that is possible."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    known = {
        "truncated": "cut short",
        "cannot identify": "not a picture",
        "decompression bomb": "too many pixels",
        "No such file": "nothing there",
        "Permission denied": "not readable",
    }
    return next(
        (short for part, short in known.items() if part.lower() in text.lower()), text
    )


def printable(name):
    """A file's name as every terminal can print it, on one line."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _read(path):
    """The bytes of a file, if it is one: whoever reads a link to /dev/zero reads for ever."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("not a file")
    return _small_enough(about.st_size, path.read_bytes)


def _small_enough(size, read):
    if size > LARGEST:
        raise ValueError("too large")
    return read()


def _members(archive):
    """(name, function that reads it) for each file of an archive, one after the other."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as members:
                for member in members.infolist():
                    if not member.is_dir():
                        yield (
                            member.filename,
                            lambda member=member: _small_enough(
                                member.file_size, lambda: members.read(member)
                            ),
                        )
        else:
            with tarfile.open(archive) as members:
                for member in members:
                    if member.isfile():  # no links, no devices
                        yield (
                            member.name,
                            lambda member=member: _small_enough(
                                member.size, members.extractfile(member).read
                            ),
                        )
    except (
        Exception
    ) as error:  # tarfile and zipfile raise a dozen kinds for broken archives
        raise ValueError(
            f"{archive} is not a whole archive ({reason(error)}): get the file again"
        ) from None


def _natural(name):
    """A sort key that puts s2 before s10."""
    return [
        [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", piece)]
        for piece in name.split("/")
    ]
