"""Files that are whole or not there, and records that say so when they are damaged."""

import contextlib
import hashlib
import os
import pathlib
from collections.abc import Callable, Iterator

from gan_lessons.pictures import reason


def write_atomically(path: pathlib.Path, write: Callable[[pathlib.Path], object]):
    """Write a file beside its place and then rename it: readers find all of it or none.

    Args:
        path: where the file is to be.
        write: a function that writes the whole file at the path it is given.

    Example:
        >>> write_atomically(pathlib.Path("a.txt"), lambda path: path.write_text("a"))
    """
    aside = path.with_name("new-" + path.name)
    try:
        write(aside)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)  # there only if the writing failed


@contextlib.contextmanager
def reading_record(path: pathlib.Path) -> Iterator[None]:
    """Turn any error while a run's record is read into one line that names the file.

    Args:
        path: the record, such as `history.csv`.

    Raises:
        ValueError: for every error raised inside the `with` block.

    Example:
        >>> with reading_record(path):
        ...     rows = list(csv.DictReader(path.open()))
    """
    try:
        yield
    except Exception as error:  # NumPy, zipfile and csv raise a dozen kinds
        raise ValueError(
            f"{path} is damaged, or belongs to another run ({reason(error)}): "
            "delete it, and the run goes on without it"
        ) from error


def checksum(path: pathlib.Path) -> str:
    """The first 16 hex digits of a file's SHA-256.

    Example:
        >>> checksum(pathlib.Path("empty"))
        'e3b0c44298fc1c14'
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
