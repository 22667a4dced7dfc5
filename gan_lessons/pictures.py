"""Picture files as arrays: from a folder, or out of an archive that stays packed."""

import contextlib
import functools
import io
import logging
import pathlib
import re
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from PIL import Image, ImageOps, features

# Pillow's names of what is read, and of nothing else: it would hand PostScript under a
# picture's name to Ghostscript, which runs it as a program.
FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".mpo"),
    "PNG": (".png", ".apng"),
    "PPM": (".pgm", ".ppm", ".pbm", ".pnm", ".pfm"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "HEIF": (".heic", ".heif", ".hif", ".heics", ".heifs"),
}
# Endings of pictures that are counted and not read, by what they hold.
UNREAD = {
    "vectors": (".svg", ".svgz", ".eps", ".ai", ".wmf", ".emf", ".cdr"),
    "layers": (".psd", ".psb", ".xcf", ".kra", ".ora"),
    "raw": (".raw", ".dng", ".raf", ".rw2", ".rwl", ".pef", ".x3f", ".3fr", ".iiq"),
    "raw, Canon and Nikon": (".cr2", ".cr3", ".crw", ".nef", ".nrw"),
    "raw, Sony and others": (".arw", ".srf", ".sr2", ".orf", ".srw", ".mrw", ".erf"),
    "JPEG 2000 and XL": (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".jxl"),
    "high dynamic range": (".exr", ".hdr", ".jxr", ".wdp", ".hdp"),
    "icons": (".ico", ".cur", ".icns"),
    "textures": (".tga", ".dds", ".ktx", ".qoi", ".vtf"),
    "older formats": (".pcx", ".dcx", ".dib", ".xbm", ".xpm", ".sgi", ".ras", ".pict"),
}
# What else a format needs, and how its files begin.
NEEDS = {
    "AVIF": ("needs Pillow 11.3 or newer", b"ftyp.*avi[fs]"),
    "HEIF": ("needs pip install pillow-heif", b"ftyp.*he[iv][cxms]"),
}
READ_ENDINGS = sum(FORMATS.values(), ())
UNREAD_ENDINGS = sum(UNREAD.values(), ())
LARGEST = 2**28  # bytes of one file
# Else Pillow prints what `reason` says.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def list_pictures(
    place: pathlib.Path, endings: Iterable[str] = READ_ENDINGS + UNREAD_ENDINGS
) -> list[str]:
    """The names of the pictures in a folder or an archive, s2 before s10.

    Args:
        place: a folder, which is searched to its depths, or a .tar, .tar.gz, .tgz
            or .zip.
        endings: of the names, in lower case; that of a file may have capitals.

    Raises:
        ValueError: for an archive that is damaged.

    Example:
        >>> list_pictures(pathlib.Path("photos"))
        ['ann/1.jpg', 'ann/2.HEIC', 'bob/1.png']
    """
    if place.is_dir():
        files = (
            file for file in place.rglob("*") if file.is_file() or file.is_symlink()
        )
        names = [file.relative_to(place).as_posix() for file in files]
    else:
        names = [name for name, _ in _members(place)]
    pictures = (name for name in names if name.lower().endswith(tuple(endings)))
    return sorted(pictures, key=_natural)


def open_pictures(
    place: pathlib.Path, names: Iterable[str]
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Each of these pictures with a function that reads it.

    Args:
        place: a folder or an archive, as in `list_pictures`.
        names: of the pictures, as `list_pictures` gives them.

    Yields:
        (name, function without arguments that returns its bytes): of a folder in the
        order of `names`, of an archive in its own. Such a function raises an error for
        what is no file, is too large, or has one of `UNREAD_ENDINGS`.

    Raises:
        ValueError: for an archive that is damaged.

    Example:
        >>> for name, read in open_pictures(folder, list_pictures(folder)):
        ...     image = read_picture(read(), 64)
    """
    if place.is_dir():
        for name in names:
            yield name, functools.partial(_read_file, place / name)
    else:
        wanted = set(names)
        for name, read in _members(place):
            if name in wanted:
                wanted.discard(name)  # where a name comes twice, the first counts
                yield name, read


def read_picture(data: bytes, size: int) -> np.ndarray:
    """Decode one picture: turned as its EXIF says, its middle square, resized.

    Transparent pixels are laid on white. Resizing is Pillow's LANCZOS.

    Args:
        data: the bytes of the file.
        size: of the square, in pixels.

    Returns:
        uint8 (size, size, channels): one channel for a grey picture, else three.

    Raises:
        Exception: of a dozen kinds, Pillow's; `reason` makes a few words of each.

    Example:
        >>> read_picture(pathlib.Path("photo.jpg").read_bytes(), 64).shape
        (64, 64, 3)
    """
    # What Pillow remarks on damaged EXIF data helps nobody: the picture is used.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    # As Pillow advises: no picture of more than 90 million pixels is decoded.
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    with _open(data) as picture:
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I") or picture.mode == "F":
            picture = _scaled_grey(picture)
        mode = "L" if picture.mode in ("L", "LA", "1") else "RGB"
        if picture.has_transparency_data:
            picture = _on_white(picture)
        picture = picture.convert(mode)
        square = ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
        pixels = np.asarray(square)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def cut_face(
    photo: np.ndarray, x: float, y: float, side: float, size: int = 64
) -> np.ndarray:
    """Cut a face out of a photo as the photos of UTKFace are cut.

    The point between the eyes comes to lie in the middle, at 29 % of the height.

    Args:
        photo: uint8 (height, width), (height, width, 1) or (height, width, 3).
        x: of the point between the eyes, in pixels from the left.
        y: of that point, in pixels from the top.
        side: of the square, in pixels: about 2.5 times the distance of the eyes.
        size: of the result, in pixels.

    Returns:
        uint8 (size, size, 3); grey photos have three equal channels. What lies outside
        the photo is black.

    Raises:
        ValueError: if the point lies outside the photo, or the side is not positive.

    Example:
        >>> cut_face(skimage.data.astronaut(), x=225, y=102, side=104).shape
        (64, 64, 3)
    """
    photo = np.asarray(photo)
    height, width = photo.shape[:2]
    if not (0 <= x < width and 0 <= y < height and side > 0):
        raise ValueError(
            f"x={x}, y={y}, side={side} for a photo {width} wide and {height} high: "
            "give a point inside it and a side above 0"
        )
    left, top = x - side / 2, y - 0.29 * side
    picture = Image.fromarray(photo.squeeze()).convert("RGB")
    left, top, right, bottom = map(round, (left, top, left + side, top + side))
    square = picture.crop((left, top, right, bottom))
    return np.asarray(square.resize((size, size), Image.Resampling.LANCZOS))


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


def reason(error: BaseException) -> str:
    """Why a file could not be read, in two or three words where that is possible.

    Args:
        error: what was raised.

    Returns:
        The first line of its message, or fewer words for what is known.

    Example:
        >>> reason(OSError("image file is truncated (3 bytes not processed)"))
        'cut short'
    """
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    known = {
        "truncated": "cut short",
        "end of file": "cut short",
        "decompression bomb": "too many pixels",
        "No such file": "nothing there",
        "Permission denied": "not readable",
    }
    matches = (words for part, words in known.items() if part.lower() in text.lower())
    return next(matches, text)


def printable(name: str) -> str:
    """A file's name as every terminal can print it, on one line.

    Example:
        >>> printable("b" + chr(10) + "d.jpg")
        'b?d.jpg'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in name)


@functools.cache
def _installed_formats():
    """Those of `FORMATS` that Pillow can read here."""
    installed = [name for name in FORMATS if name not in NEEDS]
    if "avif" in features.modules and features.check_module("avif"):
        installed.append("AVIF")
    with contextlib.suppress(ImportError):  # not required: HEIC is counted without it
        import pillow_heif

        pillow_heif.register_heif_opener()
        installed.append("HEIF")
    return installed


def _open(data):
    try:
        return Image.open(io.BytesIO(data), formats=_installed_formats())
    except Image.UnidentifiedImageError:
        raise ValueError(_why_unidentified(data)) from None


def _why_unidentified(data):
    """What these bytes are, or what would be needed to read them."""
    if _is_html(data):
        return "an HTML page"
    for name, (need, beginning) in NEEDS.items():
        known = re.match(beginning, data[4:64], re.DOTALL)
        if known and name not in _installed_formats():
            return need
    return "not a picture"


def _is_html(data):
    """Whether a file that begins like this is a web page: mostly, why there is none."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(b"<") and (b"<!doctype html" in head or b"<html" in head)


def _scaled_grey(picture):
    """16-bit or float grey as 8 bits, its largest value white: Pillow would clip it."""
    grey = np.array(picture, "float32")
    if not np.isfinite(grey).all():
        raise ValueError("holds NaN")
    np.clip(grey, 0, None, out=grey)
    grey *= 255 / max(grey.max(), 1)
    return Image.fromarray(grey.astype("uint8"))


def _on_white(picture):
    """A transparent picture laid on white: what is hidden under it may be anything."""
    picture = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white


def _read_file(path):
    """The bytes of a file, if it is one: a link to /dev/zero would be read for ever."""
    ending = path.suffix.lower()
    if ending in UNREAD_ENDINGS:
        raise ValueError(f"{ending} is not read: save it as .jpg")
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("not a file")
    _check_size(about.st_size)
    return path.read_bytes()


def _check_size(size):
    if size > LARGEST:
        raise ValueError("too large")


def _members(archive):
    """(name, function that reads it) for each file of an archive, in its order."""
    html = False
    try:
        with open(archive, "rb") as file:
            html = _is_html(file.read(1024))
        if zipfile.is_zipfile(archive):
            yield from _zip_members(archive)
        else:
            yield from _tar_members(archive)
    except Exception as error:  # tarfile and zipfile raise a dozen kinds
        wrong = f"is not a whole archive ({reason(error)}): get the file again"
        if html:
            wrong = (
                "is an HTML page, not an archive: read in a browser what it says, and "
                "get the file again"
            )
        raise ValueError(f"{archive} {wrong}") from None


def _zip_members(archive):
    def read(member):
        _check_size(member.file_size)
        return members.read(member)

    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            if not member.is_dir():
                yield member.filename, functools.partial(read, member)


def _tar_members(archive):
    def read(member):
        _check_size(member.size)
        return members.extractfile(member).read()

    with tarfile.open(archive) as members:
        for member in members:
            if member.isfile():  # no links, no devices
                yield member.name, functools.partial(read, member)


def _natural(name):
    """A sort key that puts s2 before s10."""
    return [
        [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", piece)]
        for piece in name.split("/")
    ]
