"""What holds for any input: hypothesis draws sizes, folders, latents and features.

It draws the same ones in every run.
"""

import pathlib
import tempfile

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from gan_lessons import latent
from gan_lessons.data import SIZES, Faces, load_faces, to_float, to_uint8
from gan_lessons.metrics import (
    frechet_distance,
    kernel_distance,
    near_duplicates,
    nearest,
    precision_recall,
)
from gan_lessons.models import (
    build_discriminator,
    build_generator,
    generate,
    sample_latents,
)


def drawn(examples, **strategies):
    """`given` with so many examples, the same ones in every run.

    The first that fails is shown as it is: to shrink it would take minutes.
    """
    options = settings(
        deadline=None,
        derandomize=True,
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
    )
    return lambda function: options(given(**strategies)(function))


# Photos.


@drawn(100, images=arrays.arrays("uint8", arrays.array_shapes(max_dims=4, max_side=6)))
def test_colours_come_back(images):
    floats = to_float(images)
    assert floats.dtype == np.float32 and floats.shape == images.shape
    assert (np.abs(floats) <= 1).all()
    assert np.array_equal(to_uint8(floats), images)


@drawn(
    100,
    values=arrays.arrays(
        "float32", st.integers(1, 20), elements=st.floats(width=32, allow_nan=False)
    ),
)
def test_any_number_is_a_colour_and_brighter_stays_brighter(values):
    with np.errstate(over="ignore"):
        colours = to_uint8(np.sort(values))
    assert colours.dtype == np.uint8 and (np.diff(colours.astype(int)) >= 0).all()


@st.composite
def photos(draw, at_least=1):
    """Up to 40 photos, each with its number as the value of all its pixels.

    In memory or on disk, with labels or without.
    """
    n, channels = draw(st.integers(at_least, 40)), draw(st.sampled_from([1, 3]))
    shades = np.arange(n, dtype="uint8")[:, None, None, None]
    images = np.zeros((n, 16, 16, channels), "uint8") + shades
    if draw(st.booleans()):
        with tempfile.NamedTemporaryFile() as file:
            on_disk = np.memmap(file, "uint8", mode="w+", shape=images.shape)
        on_disk[:] = images
        images = on_disk
    people = draw(st.none() | st.integers(1, 4))
    labels = None
    if people is not None:
        label = st.integers(0, people - 1)
        labels = np.array(draw(st.lists(label, min_size=n, max_size=n)))
    names, attributes = tuple(map(str, range(n))), {"number": np.arange(n)}
    return Faces(images, labels, names, attributes=attributes)


def numbers(faces):
    """The numbers of these photos; pixels, names and attributes have to agree."""
    found = faces.images[:, 0, 0, 0].tolist()
    assert list(faces.names) == [str(number) for number in found]
    assert faces.attributes["number"].tolist() == found
    assert faces.images.dtype == np.uint8 and faces.images.shape == faces.shape
    assert faces.shape == (len(faces), 16, 16, faces.shape[-1])
    return found


@drawn(
    100, faces=photos(at_least=2), share=st.floats(0.01, 0.99), seed=st.integers(0, 9)
)
def test_a_split_is_disjoint_complete_and_of_the_share_asked_for(faces, share, seed):
    groups = np.zeros(len(faces), int) if faces.labels is None else faces.labels
    counts = np.bincount(groups)
    if 1 in counts:
        with pytest.raises(ValueError, match="only one photo"):
            faces.split(share, seed)
        return
    train, test = faces.split(share, seed)
    assert sorted(numbers(train) + numbers(test)) == list(range(len(faces)))
    held_out = (min(max(1, round(share * n)), n - 1) for n in counts if n)
    assert len(test) == sum(held_out)
    if faces.labels is not None:
        assert all(
            np.array_equal(part.labels, faces.labels[numbers(part)])
            for part in (train, test)
        )
    assert numbers(faces.split(share, seed)[1]) == numbers(test)


@drawn(
    100,
    faces=photos(),
    share=st.floats(0.01, 0.99),
    kinds=st.integers(1, 10),
    seed=st.integers(0, 9),
)
def test_a_split_keeps_together_what_is_to_stay_together(faces, share, kinds, seed):
    groups = np.random.default_rng(seed).integers(0, kinds, len(faces))
    n = len(set(groups))
    if n == 1:
        with pytest.raises(ValueError, match="in one group"):
            faces.split(share, seed, groups)
        return
    train, test = faces.split(share, seed, groups)
    assert sorted(numbers(train) + numbers(test)) == list(range(len(faces)))
    assert not set(groups[numbers(train)]) & set(groups[numbers(test)])
    held_out = len(set(groups[numbers(test)]))
    assert held_out == min(max(1, round(share * n)), n - 1)


@drawn(100, faces=photos(), data=st.data())
def test_a_part_of_a_part_is_what_numpy_says(faces, data):
    index = data.draw(
        arrays.basic_indices((len(faces),), allow_ellipsis=False, allow_newaxis=False)
        | st.lists(st.integers(-len(faces), len(faces) - 1), min_size=1)
        | arrays.arrays(bool, len(faces))
    )
    part = faces[index]
    assert numbers(part) == np.atleast_1d(np.arange(len(faces))[index]).tolist()
    assert numbers(part[::-2]) == numbers(part)[::-2]


@drawn(
    20,
    faces=photos(),
    batch_size=st.integers(1, 45),
    flip=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)
def test_an_epoch_shows_every_photo_at_most_once(faces, batch_size, flip, seed):
    with_labels = faces.labels is not None
    if batch_size > len(faces):
        with pytest.raises(ValueError, match="do not fill one batch"):
            faces.dataset(batch_size)
        return

    def an_epoch(dataset):
        batches = [batch if with_labels else (batch,) for batch in dataset]
        return [np.concatenate(arrays) for arrays in zip(*batches)]

    dataset = faces.dataset(batch_size, with_labels, flip, seed)
    resumed = faces.dataset(batch_size, with_labels, flip, seed)
    resumed.epoch.assign(1)
    epochs = [an_epoch(dataset), an_epoch(dataset)]
    for array, again in zip(epochs[1], an_epoch(resumed), strict=True):
        assert np.array_equal(array, again)
    steps = len(faces) // batch_size
    assert len(dataset) == steps
    for images, *labels in epochs:
        assert images.shape == (steps * batch_size, *faces.shape[1:])
        assert images.dtype == np.float32 and np.abs(images).max() <= 1
        seen = to_uint8(images)[:, 0, 0, 0]
        assert len(set(seen.tolist())) == len(seen)
        assert set(seen.tolist()) <= set(numbers(faces))
        if with_labels:
            assert np.array_equal(labels[0], faces.labels[seen])


@drawn(50, faces=photos(), data=st.data())
def test_near_duplicates_are_found_in_chains(faces, data):
    copies = data.draw(
        st.lists(st.integers(0, len(faces) - 1), min_size=1, max_size=10)
    )
    spread = np.random.default_rng(0).integers(0, 256, (len(faces), 16, 16, 1), "uint8")
    groups = near_duplicates(np.concatenate([spread, spread[copies]]))
    assert len(set(groups)) == len(faces)
    assert np.array_equal(groups[len(faces) :], groups[copies])


# Folders of pictures.

FILES = [
    *[("png", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
    *[("jpg", mode) for mode in ("L", "RGB", "CMYK")],
    ("jfif", "RGB"),
    ("gif", "P"),
    ("bmp", "RGB"),
    ("pgm", "L"),
    ("ppm", "RGB"),
    ("webp", "RGB"),
    ("tif", "CMYK"),
    ("tiff", "I;16"),
]
STATES = ["cut", "empty", "text", "page", "dead link", "unread", "no picture"]
DAMAGED = {"empty": b"", "text": b"I am no picture.", "page": b"<!doctype html>"}


def write_picture(path, mode, size, shade):
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == "I;16":
        deep = np.full(size[::-1], 257 * shade, "uint16")
        Image.fromarray(deep).save(path)
    else:
        picture = Image.new("RGB", size, (shade,) * 3)
        picture.convert(mode, palette=Image.Palette.ADAPTIVE).save(path)


def spoil(path, state):
    """Change a picture's file as `state` says, and return its path."""
    if state == "unread":
        return path.rename(path.with_suffix(".psd"))
    if state == "no picture":
        return path.rename(path.with_suffix(".txt"))
    data = path.read_bytes()
    path.unlink()
    if state == "dead link":
        path.symlink_to(path.with_name("gone"))
    else:
        path.write_bytes(DAMAGED.get(state, data[: min(len(data) // 2, 12)]))
    return path


@drawn(
    60,
    size=st.sampled_from([16, 32]),
    files=st.lists(
        st.tuples(
            st.sampled_from(["", "ann", "bob", "bob/old", "zoë"]),
            st.sampled_from(FILES),
            st.integers(1, 70),
            st.integers(1, 70),
            st.sampled_from(["whole"] * 6 + STATES),
        ),
        max_size=8,
    ),
)
def test_every_picture_of_a_folder_is_used_or_counted(size, files):
    with tempfile.TemporaryDirectory() as root:
        root, shades, broken, modes = pathlib.Path(root), {}, set(), set()
        for i, (folder, (ending, mode), width, height, state) in enumerate(files):
            path, shade = root / folder / f"{i}.{ending}", 20 * i + 40
            write_picture(path, mode, (width, height), shade)
            if state == "whole":
                name = path.relative_to(root).as_posix()
                shades[name] = shade if mode not in ("1", "I;16") else None
                modes.add(mode)
            else:
                path = spoil(path, state)
                if state != "no picture":
                    broken.add(path.relative_to(root).as_posix())
        if not shades:
            refusal = "could be read" if broken else "no pictures in"
            with pytest.raises(ValueError, match=refusal):
                load_faces(root, size)
            return
        faces = load_faces(root, size)
    assert set(faces.names) == set(shades)
    assert {line.rpartition(" (")[0] for line in faces.left_out} == broken
    channels = 3 if modes & {"P", "RGB", "RGBA", "CMYK"} else 1
    assert faces.images.shape == (len(shades), size, size, channels)
    assert faces.images.dtype == np.uint8
    parents = [str(pathlib.PurePosixPath(name).parent) for name in faces.names]
    assert (faces.labels is None) == (len(set(parents)) == 1)
    if faces.labels is not None:
        assert [faces.classes[label] for label in faces.labels] == parents
    for name, image in zip(faces.names, faces.images):
        if shades[name] is not None:
            assert np.abs(image.astype(int) - shades[name]).max() <= 12, name


# Networks.


@drawn(
    8,
    size=st.sampled_from(SIZES),
    channels=st.integers(1, 4),
    width=st.integers(1, 6),
    latent_dim=st.integers(1, 40),
    n=st.integers(1, 3),
)
def test_the_networks_are_mirror_images(size, channels, width, latent_dim, n):
    discriminator = build_discriminator(size, channels, width)
    generator = build_generator(size, channels, width, latent_dim)
    assert discriminator.input_shape == (None, size, size, channels)
    assert discriminator.output_shape == (None, 1)
    assert generator.output_shape == discriminator.input_shape

    def shapes(network, *names):
        layers = [layer for layer in network.layers if layer.name.startswith(names)]
        return [layer.output.shape[1:] for layer in layers]

    down = shapes(discriminator, "conv")
    up = shapes(generator, "reshape", "conv")
    assert up[-2::-1] == down and down[-1] == (4, 4, width * min(size // 8, 8))
    images = generate(generator, sample_latents(n, latent_dim), batch_size=2)
    assert images.dtype == np.uint8 and images.shape == (n, size, size, channels)
    assert discriminator(to_float(images)).shape == (n, 1)
    with pytest.raises(ValueError, match=f"reads .n, {latent_dim}"):
        generate(generator, sample_latents(n, latent_dim + 1))


# Latents.

latents = arrays.arrays(
    "float64", 6, elements=st.floats(-4, 4).filter(lambda x: x == 0 or abs(x) > 1e-3)
)


@drawn(150, a=latents, b=latents, t=st.floats(0, 1))
def test_slerp_keeps_to_the_sphere_and_to_the_plane_of_its_ends(a, b, t):
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if 0 in lengths or np.linalg.norm(a / lengths[0] + b / lengths[1]) < 1e-3:
        if 0 in lengths:
            with pytest.raises(ValueError, match="zero code"):
                latent.slerp(a, b, t)
        return
    point = latent.slerp(a, b, t)
    assert np.linalg.norm(point) == pytest.approx(
        (1 - t) * lengths[0] + t * lengths[1], rel=1e-6
    )
    assert np.allclose(latent.slerp(a, b, 0), a)
    assert np.allclose(latent.slerp(a, b, 1), b)
    assert np.allclose(point, latent.slerp(b, a, 1 - t), atol=1e-6)
    assert np.allclose(latent.slerp(3 * a, 3 * b, t), 3 * point)
    assert np.allclose(latent.slerp(a, b, np.array([t, 1.0])), [point, b])


@drawn(
    100,
    z=arrays.arrays(
        "float32",
        st.tuples(st.integers(1, 3), st.just(6)),
        elements=st.floats(-4, 4, width=32),
    ),
    direction=latents,
    steps=st.lists(st.floats(-3, 3), min_size=1, max_size=4),
)
def test_an_edit_moves_by_its_steps_along_the_direction_and_nowhere_else(
    z, direction, steps
):
    if not direction.any():
        with pytest.raises(ValueError, match="leads nowhere"):
            latent.edit(z, direction, steps)
        return
    edited = latent.edit(z, direction, steps)
    moved = edited - z[:, None]
    unit = direction / np.linalg.norm(direction)
    assert moved.shape == (len(z), len(steps), 6)
    assert np.allclose(moved @ unit, steps, atol=1e-4)
    assert np.allclose(moved - (moved @ unit)[..., None] * unit, 0, atol=1e-4)
    assert np.allclose(latent.edit(z, 7 * direction, steps), edited, atol=1e-4)


@drawn(100, vector=latents, other=latents, third=latents)
def test_what_is_orthogonal_has_no_share_of_the_others(vector, other, third):
    refusal = ""
    try:
        rest = latent.orthogonal(vector, other, third)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        assert "nothing is left" in refusal
        return
    assert np.linalg.norm(rest) == pytest.approx(1)
    assert np.allclose([rest @ other, rest @ third], 0, atol=1e-4)


# Measures.


@st.composite
def feature_sets(draw):
    """Two sets of normal features, the second shifted."""
    n, m, length = (draw(st.integers(2, most)) for most in (30, 30, 8))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    scale, shift = draw(st.floats(0.01, 100)), draw(st.floats(-5, 5))
    first = scale * rng.standard_normal((n, length))
    return first, shift + scale * rng.standard_normal((m, length))


@drawn(100, sets=feature_sets())
def test_the_frechet_distance_is_a_distance_between_two_gaussians(sets):
    a, b = sets
    squared = np.square(np.concatenate(sets)).sum(1).mean()
    error = 1e-6 * squared
    distance = frechet_distance(a, b)
    assert distance >= 0 and frechet_distance(a, a) <= error
    assert distance == pytest.approx(frechet_distance(b, a), abs=error)
    shifted = frechet_distance(a, a + 2)
    assert shifted == pytest.approx(4 * a.shape[1], abs=error + 1e-6)
    scaled = frechet_distance(3 * a, 3 * b)
    assert scaled == pytest.approx(9 * distance, abs=10 * error)


@drawn(60, sets=feature_sets(), k=st.integers(1, 5))
def test_precision_and_recall_are_shares_that_change_places(sets, k):
    a, b = sets
    if min(len(a), len(b)) <= k:
        return
    precision, recall = precision_recall(a, b, k)
    assert 0 <= precision <= 1 and 0 <= recall <= 1
    assert precision_recall(b, a, k) == (recall, precision)
    assert precision_recall(a, a, k) == (1, 1)
    neighbours, distances = nearest(a, b)
    expected = np.linalg.norm(a - b[neighbours], axis=1)
    error = 1e-4 * np.abs(np.concatenate(sets)).max()
    assert np.allclose(expected, distances, atol=error)
    first, second = (kernel_distance(a, b, subsets=3, size=10) for _ in range(2))
    assert first == second
