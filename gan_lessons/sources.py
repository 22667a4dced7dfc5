"""The sets of photos with a name: where they lie, who has them, what is known of them.

Each is looked for in the data directory, `$GAN_LESSONS_DATA` or else the user's cache.
The photos are decoded once, into a file in the user's cache that is mapped into memory:
the second start takes seconds, and the photos take no memory that something else needs.
"""

import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import platformdirs

from gan_lessons.pictures import list_pictures, open_pictures, read_picture, reason

# [age]_[gender]_[race]_[date and time]
UTKFACE_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_\d{8,}\.jpg(?:\.chip)?\.jpg")


def data_folder() -> pathlib.Path:
    """Where photos are looked for: `$GAN_LESSONS_DATA`, else a folder of the cache.

    Example:
        >>> data_folder()
        PosixPath('/home/ann/.cache/gan-lessons/data')
    """
    chosen = os.environ.get("GAN_LESSONS_DATA")
    return pathlib.Path(chosen or cache_folder() / "data").expanduser()


def cache_folder() -> pathlib.Path:
    """Where decoded photos are kept: in the user's cache, which may be deleted.

    Example:
        >>> cache_folder()
        PosixPath('/home/ann/.cache/gan-lessons')
    """
    return platformdirs.user_cache_path("gan-lessons")


def describe_utkface(place, names, adults):
    """Age, gender and race, from the names of UTKFace's files.

    Gender is 0 male, 1 female; race is 0 White, 1 Black, 2 Asian, 3 Indian, 4 other.
    A photo whose name does not follow the pattern has no labels: -1.

    Args:
        place: the folder or archive.
        names: of the photos in it.
        adults: whether to leave out whose age is below 18 or not in the name.

    Returns:
        (names that are used, attributes as in `Faces`, a line that says so).

    Example:
        >>> describe_utkface(place, ["25_0_1_20170116174525125.jpg"], adults=True)[1]
        {'age': array([25]), 'gender': array([0]), 'race': array([1])}
    """
    files = [pathlib.PurePosixPath(name).name for name in names]
    ages = [re.match(r"(\d{1,3})_", file) for file in files]
    kept = [
        i for i, age in enumerate(ages) if not adults or (age and int(age[1]) >= 18)
    ]
    matches = [UTKFACE_NAME.fullmatch(files[i]) for i in kept]
    labels = [
        list(map(int, match.groups())) if match else [-1] * 3 for match in matches
    ]
    columns = np.array(labels, "int64").reshape(-1, 3).T
    note = (
        f"utkface: {len(kept):,} photos{' of adults' if adults else ''}, "
        f"{matches.count(None)} of them with a malformed name and without labels"
    )
    if young := len(names) - len(kept):
        note += f"; left out {young:,} photos of people under 18 or of no stated age"
    attributes = dict(zip(("age", "gender", "race"), columns))
    return [names[i] for i in kept], attributes, note


def describe_celeba(place, names, adults):
    """The 40 attributes of CelebA, 0 or 1, under their own names in lower case.

    They are in `list_attr_celeba.csv` or `.txt`, beside the photos.

    Args:
        place: the folder or archive.
        names: of the photos in it.
        adults: ignored: CelebA's table has no ages.

    Returns:
        As `describe_utkface`.

    Raises:
        ValueError: if there is no such table, or nothing in it.

    Example:
        >>> describe_celeba(place, ["000001.jpg"], adults=True)[1]["smiling"]
        array([1])
    """
    tables = celeba_tables(place)
    if not tables:
        raise ValueError(
            f"there is no list_attr_celeba.csv or .txt beside {place}: the 40 "
            "attributes are in it"
        )
    text = tables[0].read_text(errors="replace").replace(",", " ")
    lines = [line.split() for line in text.splitlines()]
    lines = [line for line in lines if len(line) > 1]  # the original begins with n
    header = [name.lower() for name in lines[0] if name != "image_id"] if lines else []
    rows = {
        row[0]: [int(value == "1") for value in row[1:]]
        for row in lines[1:]
        if len(row) == 1 + len(header)
    }
    if not rows:
        raise ValueError(f"there are no attributes in {tables[0]}: get the file again")
    unknown = [-1] * len(header)
    labels = [rows.get(pathlib.PurePosixPath(name).name, unknown) for name in names]
    attributes = dict(zip(header, np.array(labels, "int64").T))
    missing = labels.count(unknown)
    note = f"celeba: {len(names):,} photos, {missing} of them without attributes"
    return names, attributes, note


def celeba_tables(place: pathlib.Path) -> list[pathlib.Path]:
    """The files beside CelebA's photos that hold the attributes, the nearest first.

    Args:
        place: the folder or archive of the photos.

    Example:
        >>> celeba_tables(pathlib.Path("data/img_align_celeba.zip"))
        [PosixPath('data/list_attr_celeba.csv')]
    """
    folders = place.parent, place, place.parent.parent
    return [
        path for folder in folders for path in sorted(folder.glob("list_attr_celeba.*"))
    ]


def describe_lfw(place, names, adults):
    """Who is on each photo of LFW, as a number: they lie in a folder per person.

    Args:
        place: the folder or archive.
        names: of the photos in it.
        adults: ignored: LFW states no ages.

    Returns:
        As `describe_utkface`.

    Example:
        >>> describe_lfw(place, ["Ada_One/1.jpg", "Bo_Two/1.jpg"], adults=True)[1]
        {'person': array([0, 1])}
    """
    people = [pathlib.PurePosixPath(name).parent.name for name in names]
    distinct, person = np.unique(people, return_inverse=True)
    note = f"lfw: {len(names):,} photos of {len(distinct):,} people"
    return names, {"person": person.astype("int64")}, note


def kaggle_download(handle: str) -> Callable[[], pathlib.Path]:
    """A function that downloads a public data set with Kaggle's client.

    Args:
        handle: of the data set, OWNER/NAME.

    Returns:
        A function without arguments that returns the folder with the files. It raises
        ImportError where `kagglehub` is not installed.

    Example:
        >>> folder = kaggle_download("jangedoo/utkface-new")()
    """

    def fetch():
        import kagglehub

        return pathlib.Path(kagglehub.dataset_download(handle))

    return fetch


def scikit_learn_download() -> pathlib.Path:
    """Download LFW with scikit-learn, which also checks its checksums.

    Returns:
        The folder with the files.

    Example:
        >>> folder = scikit_learn_download()
    """
    from sklearn.datasets import fetch_lfw_people

    folder = cache_folder() / "data"
    # It downloads everybody, and then decodes only who has many photos.
    fetch_lfw_people(data_home=folder, min_faces_per_person=200)
    return folder / "lfw_home"


class Source(NamedTuple):
    """A set of photos with a name.

    Args:
        places: where it may lie in the data directory, the usual one first.
        describe: (place, names, adults) to (names, attributes, note), as
            `describe_utkface`.
        fetch: a function that downloads it and returns the folder with the files.

    Example:
        >>> SOURCES["utkface"].places[0]
        'UTKFace.tar.gz'
    """

    places: tuple[str, ...]
    describe: Callable[[pathlib.Path, list[str], bool], tuple[list[str], dict, str]]
    fetch: Callable[[], pathlib.Path]


SOURCES = {
    "utkface": Source(
        ("UTKFace.tar.gz", "UTKFace", "utkface"),
        describe_utkface,
        kaggle_download("jangedoo/utkface-new"),
    ),
    "celeba": Source(
        (
            "img_align_celeba.zip",
            "img_align_celeba",
            "celeba/img_align_celeba.zip",
            "celeba/img_align_celeba",
        ),
        describe_celeba,
        kaggle_download("jessicali9530/celeba-dataset"),
    ),
    "lfw": Source(
        (
            "lfw-funneled.tgz",
            "lfw_funneled",
            "lfw_home/lfw-funneled.tgz",
            "lfw_home/lfw_funneled",
            "lfw",
        ),
        describe_lfw,
        scikit_learn_download,
    ),
}


def load_source(
    name: str, size: int, adults: bool = True
) -> tuple[np.ndarray, tuple[str, ...], dict[str, np.ndarray], tuple[str, ...]]:
    """A named set, downloaded and decoded where that has not been done before.

    Args:
        name: a key of `SOURCES`.
        size: of the photos, in pixels.
        adults: as in `load_faces`.

    Returns:
        (images uint8 (n, size, size, 3), mapped into memory; names; attributes;
        left_out), as in `Faces`.

    Raises:
        ValueError: if it is neither there nor can be downloaded, or is damaged.

    Example:
        >>> images, names, attributes, left_out = load_source("utkface", 64)
    """
    place = find_or_download(name)
    names = [
        each
        for each in list_pictures(place, endings=(".jpg", ".jpeg", ".png"))
        if pathlib.PurePosixPath(each).name not in withdrawn_photos()
    ]
    if not names:
        raise ValueError(f"no photos in {place}: get {name} again")
    folder = (
        cache_folder() / f"{name}-{size}-{_cache_key(name, size, adults, place, names)}"
    )
    if not all((folder / part).is_file() for part in ("photos.json", "images")):
        shutil.rmtree(folder, ignore_errors=True)  # a cache may be half deleted
        kept, attributes, note = SOURCES[name].describe(place, names, adults)
        if not kept:
            raise ValueError(
                f"none of the {len(names)} photos in {place} shows an adult by its "
                "name: adults=False takes them all"
            )
        _decode(place, kept, size, attributes, note, folder)
    record = json.loads((folder / "photos.json").read_text())
    print(record["note"])
    shape = (len(record["names"]), size, size, 3)
    images = np.memmap(folder / "images", "uint8", mode="r", shape=shape)
    attributes = {
        attribute: np.array(values, "int64")
        for attribute, values in record["attributes"].items()
    }
    return images, tuple(record["names"]), attributes, tuple(record["left_out"])


def _cache_key(name, size, adults, place, names):
    """16 hex digits that change with the photos, with their table and with the size."""
    files = [place / each for each in names] if place.is_dir() else [place]
    files += celeba_tables(place) if name == "celeba" else []
    # A link may lead nowhere; its photo is left out later.
    stats = [file.stat() if file.exists() else file.lstat() for file in files]
    stamps = [(stat.st_size, stat.st_mtime_ns) for stat in stats]
    key = json.dumps([1, name, size, adults, str(place.resolve()), names, stamps])
    return hashlib.sha256(key.encode()).hexdigest()[:16]


@functools.cache
def withdrawn_photos() -> frozenset[str]:
    """The names of the photos that nobody uses: those in `withdrawn.txt`.

    Example:
        >>> "25_0_1_20170116174525125.jpg.chip.jpg" in withdrawn_photos()
        False
    """
    lines = pathlib.Path(__file__).with_name("withdrawn.txt").read_text().splitlines()
    return frozenset(
        line.strip() for line in lines if line.strip() and not line.startswith("#")
    )


def where(name: str) -> pathlib.Path | None:
    """The folder or archive of a named set in the data directory, or None.

    Nothing is downloaded.

    Args:
        name: a key of `SOURCES`.

    Example:
        >>> where("utkface")
        PosixPath('/home/ann/.cache/gan-lessons/data/UTKFace.tar.gz')
    """
    roots = data_folder(), cache_folder() / "data"
    paths = (root / place for root in roots for place in SOURCES[name].places)
    return next((path for path in paths if path.exists()), None)


def find_or_download(name: str) -> pathlib.Path:
    """The folder or archive of a named set: in the data directory, else downloaded.

    Args:
        name: a key of `SOURCES`.

    Raises:
        ValueError: if it is not there and cannot be downloaded.

    Example:
        >>> find_or_download("utkface")
        PosixPath('/home/ann/.cache/gan-lessons/data/UTKFace.tar.gz')
    """
    if found := where(name):
        return found
    places, fetch = SOURCES[name].places, SOURCES[name].fetch
    put = f"put {places[0]} into {data_folder()}"
    try:
        root = fetch()
    except ImportError:
        raise ValueError(
            f"{name} is not there: {put} (or name its folder in GAN_LESSONS_DATA), or "
            "let Kaggle's client fetch it: pip install 'gan-lessons[download]'"
        ) from None
    except Exception as error:  # each client and each network fails in its own way
        raise ValueError(
            f"{name} could not be downloaded ({reason(error)}): {put}"
        ) from None
    paths = [root / place for place in places if (root / place).exists()]
    if not paths:
        raise ValueError(
            f"the download of {name} holds neither of {', '.join(places)}: {put}"
        )
    return paths[0]


def _decode(place, names, size, attributes, note, folder):
    """Decode these photos once, into `folder`, which is there only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=folder.parent))
    try:
        left_out = _decode_images(place, names, size, aside / "images")
        kept = [i for i, name in enumerate(names) if name not in left_out]
        if not kept:
            raise ValueError(
                f"none of the {len(names)} photos in {place} could be read"
            )
        record = {
            "note": note,
            "names": [names[i] for i in kept],
            "attributes": {
                attribute: values[kept].tolist()
                for attribute, values in attributes.items()
            },
            "left_out": list(left_out.values()),
        }
        (aside / "photos.json").write_text(json.dumps(record))
        if not folder.exists():  # another process may have been faster
            os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _decode_images(place, names, size, path):
    """Write the photos that can be read into one file, as bytes, in their order.

    Returns what was left out: by its name, the name with the reason.
    """
    positions, left_out = {name: i for i, name in enumerate(names)}, {}
    shape = (len(names), size, size, 3)
    images = np.memmap(path, "uint8", mode="w+", shape=shape)

    def decode(name, data):
        try:  # grey ones fill three channels
            images[positions[name]] = read_picture(data, size)
        except Exception as error:  # Pillow raises a dozen kinds for broken pictures
            left_out[name] = f"{name} ({reason(error)})"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for name, read in open_pictures(place, names):
            try:
                jobs.append(pool.submit(decode, name, read()))
            except Exception as error:  # no permission, a damaged member, …
                left_out[name] = f"{name} ({reason(error)})"
            if len(jobs) == 256:  # so many photos wait in memory, no more
                [job.result() for job in jobs]
                jobs.clear()
        [job.result() for job in jobs]
    kept = [i for i, name in enumerate(names) if name not in left_out]
    for row, i in enumerate(kept):
        if row != i:
            images[row] = images[i]
    images.flush()
    os.truncate(path, len(kept) * size * size * 3)
    return left_out
