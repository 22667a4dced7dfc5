"""The sets of photos that have a name: where each lies, who fetches it, what its files say of the faces.

Each is looked for in the data directory, `$GAN_LESSONS_DATA` or else the user's cache. The photos are decoded
once, into a file in the user's cache that is mapped into memory: the second start takes seconds, and the photos
take no memory that something else needs.
"""

import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import platformdirs

from gan_lessons.pictures import list_pictures, open_pictures, read_picture, reason

UTKFACE = re.compile(
    r"(\d{1,3})_([01])_([0-4])_\d{8,}\.jpg(?:\.chip)?\.jpg"
)  # [age]_[gender]_[race]_[date and time]


def data_folder():
    """Where photos are looked for: `$GAN_LESSONS_DATA`, else a folder of the user's cache."""
    return pathlib.Path(
        os.environ.get("GAN_LESSONS_DATA") or cache_folder() / "data"
    ).expanduser()


def cache_folder():
    """Where decoded photos are kept: the user's cache, which can be deleted at any time."""
    return platformdirs.user_cache_path("gan-lessons")


def utkface(place, names, adults):
    """Age, gender (0 male, 1 female) and race (0 White, 1 Black, 2 Asian, 3 Indian, 4 other) from the files' names.

    Whose name has no age, or one under 18, is left out as long as `adults` is true. A name that does not follow
    the pattern is used without labels: -1.
    """
    whole = [UTKFACE.fullmatch(pathlib.PurePosixPath(name).name) for name in names]
    ages = [re.match(r"(\d{1,3})_", pathlib.PurePosixPath(name).name) for name in names]
    kept = [
        i
        for i in range(len(names))
        if not adults or (ages[i] and int(ages[i][1]) >= 18)
    ]
    labels = np.array(
        [
            [int(part) for part in whole[i].groups()] if whole[i] else [-1] * 3
            for i in kept
        ],
        "int64",
    ).reshape(-1, 3)
    odd, young = sum(whole[i] is None for i in kept), len(names) - len(kept)
    note = f"utkface: {len(kept):,} photos{' of adults' if adults else ''}, {odd} of them with a malformed name and without labels"
    note += (
        f"; left out {young:,} photos of people under 18 or of no stated age"
        if young
        else ""
    )
    return (
        [names[i] for i in kept],
        dict(zip(("age", "gender", "race"), labels.T)),
        note,
    )


def celeba(place, names, adults):
    """The 40 attributes of `list_attr_celeba` (.csv or .txt, beside the photos), 0 or 1, under their own names in lower case."""
    tables = celeba_tables(place)
    if not tables:
        raise ValueError(
            f"there is no list_attr_celeba.csv or .txt beside {place}: the 40 attributes are in it"
        )
    lines = [
        line.split()
        for line in tables[0].read_text(errors="replace").replace(",", " ").splitlines()
    ]
    lines = [
        line for line in lines if len(line) > 1
    ]  # the original begins with the count
    if not lines:
        raise ValueError(f"there are no attributes in {tables[0]}: get the file again")
    header = [name.lower() for name in lines[0] if name != "image_id"]
    rows = {
        row[0]: [int(value == "1") for value in row[1:]]
        for row in lines[1:]
        if len(row) == 1 + len(header)
    }
    labels = [
        rows.get(pathlib.PurePosixPath(name).name, [-1] * len(header)) for name in names
    ]
    unknown = sum(row[:1] == [-1] for row in labels)
    return (
        names,
        dict(zip(header, np.array(labels, "int64").T)),
        f"celeba: {len(names):,} photos, {unknown} of them without attributes",
    )


def celeba_tables(place):
    """The files beside CelebA's photos that hold the attributes, the nearest first."""
    return [
        path
        for folder in (place.parent, place, place.parent.parent)
        for path in sorted(folder.glob("list_attr_celeba.*"))
    ]


def lfw(place, names, adults):
    """Who it is, as a number: the photos lie in a folder per person."""
    people = [pathlib.PurePosixPath(name).parent.name for name in names]
    known, person = np.unique(people, return_inverse=True)
    return (
        names,
        {"person": person.astype("int64")},
        f"lfw: {len(names):,} photos of {len(known):,} people",
    )


def from_kaggle(handle):
    """A function that downloads a public data set with Kaggle's own client and gives the folder it lies in."""

    def fetch():
        import kagglehub

        return pathlib.Path(kagglehub.dataset_download(handle))

    return fetch


def from_scikit_learn():
    """LFW, downloaded by scikit-learn, which also checks its sums."""
    from sklearn.datasets import fetch_lfw_people

    fetch_lfw_people(
        data_home=cache_folder() / "data", min_faces_per_person=200
    )  # few are loaded, all are downloaded
    return cache_folder() / "data/lfw_home"


SOURCES = {  # name: (where it may lie in the data directory, who describes it, who fetches it)
    "utkface": (
        ("UTKFace.tar.gz", "UTKFace", "utkface"),
        utkface,
        from_kaggle("jangedoo/utkface-new"),
    ),
    "celeba": (
        (
            "img_align_celeba.zip",
            "img_align_celeba",
            "celeba/img_align_celeba.zip",
            "celeba/img_align_celeba",
        ),
        celeba,
        from_kaggle("jessicali9530/celeba-dataset"),
    ),
    "lfw": (
        (
            "lfw-funneled.tgz",
            "lfw_funneled",
            "lfw_home/lfw-funneled.tgz",
            "lfw_home/lfw_funneled",
            "lfw",
        ),
        lfw,
        from_scikit_learn,
    ),
}


def load_source(name, size, adults=True):
    """A named set, decoded: (images uint8 (n, size, size, 3), mapped into memory; names; attributes; left out)."""
    SOURCES[name][1]
    place = find(name)
    names = [
        each
        for each in list_pictures(place, endings=(".jpg", ".jpeg", ".png"))
        if pathlib.PurePosixPath(each).name not in withdrawn()
    ]
    if not names:
        raise ValueError(f"no photos in {place}: get {name} again")
    files = [place / each for each in names] if place.is_dir() else [place]
    files += celeba_tables(place) if name == "celeba" else []
    stamps = [
        (about.st_size, about.st_mtime_ns) for about in map(pathlib.Path.stat, files)
    ]
    key = hashlib.sha256(
        json.dumps(
            [1, name, size, adults, str(place.resolve()), names, stamps]
        ).encode()
    ).hexdigest()[:16]
    folder = cache_folder() / f"{name}-{size}-{key}"
    if not (folder / "photos.json").is_file():
        kept, attributes, note = predict_attributes(place, names, adults)
        decode(place, kept, size, attributes, note, folder)
    about = json.loads((folder / "photos.json").read_text())
    print(about["note"])
    images = np.memmap(
        folder / "images", "uint8", mode="r", shape=(len(about["names"]), size, size, 3)
    )
    return (
        images,
        tuple(about["names"]),
        {
            what: np.array(values, "int64")
            for what, values in about["attributes"].items()
        },
        tuple(about["left_out"]),
    )


@functools.cache
def withdrawn():
    """The names of the photos that are left out for everybody: `withdrawn.txt`."""
    lines = pathlib.Path(__file__).with_name("withdrawn.txt").read_text().splitlines()
    return frozenset(
        line.strip() for line in lines if line.strip() and not line.startswith("#")
    )


def where(name):
    """The folder or archive of a named set in the data directory, or None; nothing is downloaded."""
    there = (
        root / place
        for root in (data_folder(), cache_folder() / "data")
        for place in SOURCES[name][0]
    )
    return next((path for path in there if path.exists()), None)


def find(name):
    """The folder or archive of a named set: in the data directory, else downloaded."""
    places, _, fetch = SOURCES[name]
    if found := where(name):
        return found
    try:
        root = fetch()
    except ImportError:
        raise ValueError(
            f"{name} is not there: put {places[0]} into {data_folder()} (or name its folder in GAN_LESSONS_DATA), "
            "or let Kaggle's client fetch it: pip install 'gan-lessons[download]'"
        ) from None
    except Exception as error:  # each client and each network fails in its own way
        raise ValueError(
            f"{name} could not be downloaded ({reason(error)}): put {places[0]} into {data_folder()}"
        ) from None
    found = [root / place for place in places if (root / place).exists()]
    if not found:
        raise ValueError(
            f"the download of {name} holds neither of {', '.join(places)}: put {places[0]} into {data_folder()}"
        )
    return found[0]


def decode(place, names, size, attributes, note, folder):
    """Decode these photos once, into `folder`, which is there only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=folder.parent))
    try:
        position, left_out = {name: i for i, name in enumerate(names)}, {}
        images = np.memmap(
            aside / "images", "uint8", mode="w+", shape=(len(names), size, size, 3)
        )

        def take(name, data):
            try:
                images[position[name]] = read_picture(
                    data, size
                )  # grey ones fill three channels
            except (
                Exception
            ) as error:  # Pillow raises a dozen kinds for broken pictures
                left_out[name] = f"{name} ({reason(error)})"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = []
            for name, read in open_pictures(place, names):
                try:
                    waiting.append(pool.submit(take, name, read()))
                except (
                    Exception
                ) as error:  # no permission, a damaged member of an archive, …
                    left_out[name] = f"{name} ({reason(error)})"
                if len(waiting) == 256:  # so many photos wait in memory, no more
                    [job.result() for job in waiting]
                    waiting.clear()
            [job.result() for job in waiting]
        kept = [i for i, name in enumerate(names) if name not in left_out]
        if not kept:
            raise ValueError(
                f"none of the {len(names)} photos in {place} could be read"
            )
        for row, i in enumerate(kept):
            if row != i:
                images[row] = images[i]
        images.flush()
        os.truncate(aside / "images", len(kept) * size * size * 3)
        (aside / "photos.json").write_text(
            json.dumps(
                {
                    "note": note,
                    "names": [names[i] for i in kept],
                    "attributes": {
                        what: values[kept].tolist()
                        for what, values in attributes.items()
                    },
                    "left_out": list(left_out.values()),
                }
            )
        )
        os.replace(aside, folder) if not folder.exists() else shutil.rmtree(aside)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
