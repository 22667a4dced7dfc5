"""The lessons without a clone: copied out of the package, and brought up to date."""

# `setup.py` runs this file to find the lessons, where TensorFlow is not installed:
# the package is imported only inside of a function.
import functools
import hashlib
import json
import os
import pathlib
import re

RECORD = ".gan-lessons.json"  # the checksums of what was copied into the folder
PATTERNS = (
    "notebooks/[0-9]*.ipynb",
    "notebooks/solutions/[0-9]*.ipynb",
    "notebooks/words.md",
    "docs/*.md",
    "docs/*.png",
)


def course_files(root: pathlib.Path) -> list[pathlib.Path]:
    """The lessons, their solutions and the pages that they link to.

    Args:
        root: the folder with `notebooks` and `docs` in it.

    Returns:
        Their paths, which begin with `root`.

    Example:
        >>> len(course_files(pathlib.Path("."))) > 14
        True
    """
    return [path for pattern in PATTERNS for path in sorted(root.glob(pattern))]


def copy_lessons(folder: str | os.PathLike) -> tuple[list[str], list[str]]:
    """Copy the lessons into a folder; called again, update what nobody has changed.

    Args:
        folder: where to; it is made if it is not there.

    Returns:
        The names of the files that were written, and of those that were kept because
        somebody has changed them. Files that are up to date are in neither.

    Raises:
        ValueError: if the folder is a file, or its record of checksums is damaged.
        OSError: if the folder cannot be written.

    Example:
        >>> written, kept = copy_lessons("my-course")
    """
    from gan_lessons.files import write_atomically

    folder = pathlib.Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: give a folder")
    record = _read_record(folder / RECORD)
    root = course_root()
    written, kept = [], []
    for source in course_files(root):
        target = folder / _name(source.relative_to(root))
        name = target.relative_to(folder).as_posix()
        new = _adapted(source)
        old = target.read_bytes() if target.exists() else None
        if old not in (None, new) and _checksum(old) != record.get(name):
            kept.append(name)
            continue
        if old != new:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, functools.partial(_write, data=new))
            written.append(name)
        record[name] = _checksum(new)
    text = json.dumps(record, indent=1) + "\n"
    write_atomically(folder / RECORD, lambda path: path.write_text(text))
    return written, kept


def course_root() -> pathlib.Path:
    """The folder with `notebooks` and `docs` in it.

    In an installed package it is a copy within the package, in a checkout the checkout.

    Example:
        >>> (course_root() / "docs/recipe.md").is_file()
        True
    """
    package = pathlib.Path(__file__).resolve().parent
    copy = package / "course"
    return copy if copy.is_dir() else package.parent


def _name(path):
    """The place in the learner's folder, which has the lessons at its top."""
    return path.relative_to("notebooks") if path.parts[0] == "notebooks" else path


def _adapted(path):
    """The file's bytes, with links that fit the learner's folder."""
    if path.suffix == ".png":
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    text = text.replace("](../docs/", "](docs/").replace("](../notebooks/", "](../")
    text = re.sub(r"\[([^\]]+)\]\(\.\./README\.md[^)]*\)", r"\1", text)
    return text.encode()


def _write(path, data):
    path.write_bytes(data)


def _checksum(data):
    return hashlib.sha256(data).hexdigest()


def _read_record(path):
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise ValueError(
            f"{path} is damaged: delete it, and every file here that differs from the "
            "course's is kept"
        ) from None
