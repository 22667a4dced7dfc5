"""What holds whatever comes in: sizes, channels, batch sizes, folders and codes are drawn by hypothesis, the same ones each time."""

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


def drawn(examples, **what):
    """`given` with so many examples, the same ones in every run; the first that fails is told as it is, which takes seconds and not minutes."""
    how = settings(
        deadline=None,
        derandomize=True,
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
    )
    return lambda function: how(given(**what)(function))


# Photos.


@drawn(100, images=arrays.arrays("uint8", arrays.array_shapes(max_dims=4, max_side=6)))
def test_colours_come_back(images):
    floats = to_float(images)
    assert (
        floats.dtype == np.float32
        and floats.shape == images.shape
        and (np.abs(floats) <= 1).all()
    )
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
    """Up to 40 `Faces` that can be told apart by their first pixel, in memory or on disk, with labels or without."""
    n, channels = draw(st.integers(at_least, 40)), draw(st.sampled_from([1, 3]))
    images = (
        np.zeros((n, 16, 16, channels), "uint8")
        + np.arange(n, dtype="uint8")[:, None, None, None]
    )
    if draw(st.booleans()):
        with tempfile.NamedTemporaryFile() as file:
            on_disk = np.memmap(file, "uint8", mode="w+", shape=images.shape)
        on_disk[:] = images
        images = on_disk
    people = draw(st.none() | st.integers(1, 4))
    labels = (
        None
        if people is None
        else np.array(
            draw(st.lists(st.integers(0, people - 1), min_size=n, max_size=n))
        )
    )
    return Faces(
        images, labels, tuple(map(str, range(n))), attributes={"number": np.arange(n)}
    )


def numbers(faces):
    """Which photos these are, by their pixels; their names and attributes have to say the same."""
    found = faces.images[:, 0, 0, 0].tolist()
    assert (
        list(faces.names) == [str(number) for number in found]
        and faces.attributes["number"].tolist() == found
    )
    assert faces.images.dtype == np.uint8 and faces.images.shape == faces.shape == (
        len(faces),
        16,
        16,
        faces.shape[-1],
    )
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
    assert len(test) == sum(max(1, round(share * count)) for count in counts if count)
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
    together = np.random.default_rng(seed).integers(0, kinds, len(faces))
    train, test = faces.split(share, seed, together)
    assert sorted(numbers(train) + numbers(test)) == list(range(len(faces)))
    assert not set(together[numbers(train)]) & set(together[numbers(test)])
    assert len(set(together[numbers(test)])) == round(share * len(set(together)))


@drawn(100, faces=photos(), data=st.data())
def test_a_part_of_a_part_is_what_numpy_says(faces, data):
    index = data.draw(
        arrays.basic_indices((len(faces),), allow_ellipsis=False, allow_newaxis=False)
        | st.lists(st.integers(-len(faces), len(faces) - 1), min_size=1)
        | arrays.arrays(bool, len(faces))
    )
    index = index[0] if isinstance(index, tuple) else index
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
    dataset, again = (
        faces.dataset(batch_size, with_labels, flip, seed) for _ in range(2)
    )
    epochs = [list(dataset), list(dataset)]
    again.epoch.assign(1)  # a run that goes on
    for batches, others in zip(epochs[1], again):
        assert (
            all(np.array_equal(a, b) for a, b in zip(batches, others))
            if with_labels
            else np.array_equal(batches, others)
        )
    for batches in epochs:
        images = np.concatenate(
            [batch[0] if with_labels else batch for batch in batches]
        )
        steps = len(faces) // batch_size
        assert len(batches) == len(dataset) == steps and images.shape == (
            steps * batch_size,
            *faces.shape[1:],
        )
        assert images.dtype == np.float32 and np.abs(images).max() <= 1
        seen = to_uint8(images)[:, 0, 0, 0]
        assert len(set(seen.tolist())) == len(seen) and set(seen.tolist()) <= set(
            numbers(faces)
        )
        if with_labels:
            assert np.array_equal(
                np.concatenate([batch[1] for batch in batches]), faces.labels[seen]
            )


@drawn(50, faces=photos(), data=st.data())
def test_near_duplicates_are_found_in_chains(faces, data):
    copies = data.draw(
        st.lists(st.integers(0, len(faces) - 1), min_size=1, max_size=10)
    )
    spread = np.random.default_rng(0).integers(0, 256, (len(faces), 16, 16, 1), "uint8")
    groups = near_duplicates(np.concatenate([spread, spread[copies]]))
    assert len(set(groups)) == len(faces) and np.array_equal(
        groups[len(faces) :], groups[copies]
    )


# Folders of pictures.

WAYS = (
    [("png", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [("jpg", mode) for mode in ("L", "RGB", "CMYK")]
    + [
        ("gif", "P"),
        ("bmp", "RGB"),
        ("pgm", "L"),
        ("ppm", "RGB"),
        ("webp", "RGB"),
        ("tif", "CMYK"),
        ("tiff", "I;16"),
    ]
)


@drawn(
    60,
    size=st.sampled_from([16, 32]),
    files=st.lists(
        st.tuples(
            st.sampled_from(["", "ann", "bob", "bob/old", "zoë"]),
            st.sampled_from(WAYS),
            st.integers(1, 70),
            st.integers(1, 70),
            st.sampled_from(
                ["whole"] * 5
                + ["cut", "empty", "text", "link to nothing", "no picture's name"]
            ),
        ),
        max_size=8,
    ),
)
def test_every_picture_of_a_folder_is_used_or_counted(size, files):
    with tempfile.TemporaryDirectory() as folder:
        folder, whole, broken, colour = pathlib.Path(folder), {}, set(), False
        for i, (where, (ending, mode), width, height, state) in enumerate(files):
            path = folder / where / f"{i}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            shade = 20 * i + 40
            if mode == "I;16":
                Image.fromarray(np.full((height, width), 257 * shade, "uint16")).save(
                    path
                )
            else:
                Image.new("RGB", (width, height), (shade,) * 3).convert(mode).save(path)
            name = path.relative_to(folder).as_posix()
            if state == "whole":
                whole[name] = shade if mode not in ("1", "I;16") else None
                colour |= mode in ("P", "RGB", "RGBA", "CMYK")
            elif state == "no picture's name":
                path.rename(path.with_suffix(".txt"))
            else:
                broken.add(name)
                data = path.read_bytes()
                path.unlink()
                if state == "link to nothing":
                    path.symlink_to(folder / "gone")
                else:
                    path.write_bytes(
                        {
                            "cut": data[: min(len(data) // 2, 12)],
                            "empty": b"",
                            "text": b"I am no picture.",
                        }[state]
                    )
        if not whole:
            with pytest.raises(
                ValueError, match="could be read" if broken else "no pictures in"
            ):
                load_faces(folder, size)
            return
        faces = load_faces(folder, size)
        assert (
            set(faces.names) == set(whole)
            and {said.rpartition(" (")[0] for said in faces.left_out} == broken
        )
        assert faces.images.dtype == np.uint8 and faces.images.shape == (
            len(whole),
            size,
            size,
            3 if colour else 1,
        )
        parents = [str(pathlib.PurePosixPath(name).parent) for name in faces.names]
        assert (faces.labels is None) == (len(set(parents)) == 1)
        assert (
            faces.labels is None
            or [faces.classes[label] for label in faces.labels] == parents
        )
        for name, image in zip(faces.names, faces.images):
            assert (
                whole[name] is None
                or np.abs(image.astype(int) - whole[name]).max() <= 12
            ), name


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
    discriminator, generator = (
        build_discriminator(size, channels, width),
        build_generator(size, channels, width, latent_dim),
    )
    assert discriminator.input_shape == generator.output_shape == (
        None,
        size,
        size,
        channels,
    ) and discriminator.output_shape == (None, 1)
    down = [
        layer.output.shape[1:] for layer in discriminator.layers if "conv" in layer.name
    ]
    up = [
        layer.output.shape[1:]
        for layer in generator.layers
        if "reshape" in layer.name or "conv" in layer.name
    ]
    assert up[-2::-1] == down and down[-1] == (4, 4, width * min(size // 8, 8))
    images = generate(generator, sample_latents(n, latent_dim), batch_size=2)
    assert images.dtype == np.uint8 and images.shape == (n, size, size, channels)
    assert discriminator(to_float(images)).shape == (n, 1)
    with pytest.raises(ValueError, match=f"reads .n, {latent_dim}"):
        generate(generator, sample_latents(n, latent_dim + 1))


# Codes.

codes = arrays.arrays(
    "float64", 6, elements=st.floats(-4, 4).filter(lambda x: x == 0 or abs(x) > 1e-3)
)


@drawn(150, a=codes, b=codes, t=st.floats(0, 1))
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
    assert np.allclose(latent.slerp(a, b, 0), a) and np.allclose(
        latent.slerp(a, b, 1), b
    )
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
    way=codes,
    steps=st.lists(st.floats(-3, 3), min_size=1, max_size=4),
)
def test_an_edit_moves_by_its_steps_along_the_direction_and_nowhere_else(z, way, steps):
    if not way.any():
        with pytest.raises(ValueError, match="leads nowhere"):
            latent.edit(z, way, steps)
        return
    moved = latent.edit(z, way, steps) - z[:, None]
    unit = way / np.linalg.norm(way)
    assert moved.shape == (len(z), len(steps), 6) and np.allclose(
        moved @ unit, steps, atol=1e-4
    )
    assert np.allclose(moved - (moved @ unit)[..., None] * unit, 0, atol=1e-4)
    assert np.allclose(
        latent.edit(z, 7 * way, steps), latent.edit(z, way, steps), atol=1e-4
    )


@drawn(100, vector=codes, other=codes, third=codes)
def test_what_is_orthogonal_has_no_share_of_the_others(vector, other, third):
    try:
        rest = latent.orthogonal(vector, other, third)
    except ValueError as error:
        assert "nothing is left" in str(error)
        return
    assert np.linalg.norm(rest) == pytest.approx(1) and np.allclose(
        [rest @ other, rest @ third], 0, atol=1e-4
    )


# Measures.

features = st.tuples(
    st.integers(2, 30),
    st.integers(2, 30),
    st.integers(2, 8),
    st.integers(0, 10**6),
    st.floats(0.01, 100),
    st.floats(-5, 5),
).map(
    lambda how: (
        how[4] * np.random.default_rng(how[3]).standard_normal((how[0], how[2])),
        how[5]
        + how[4] * np.random.default_rng(how[3] + 1).standard_normal((how[1], how[2])),
    )
)


@drawn(100, sets=features)
def test_the_frechet_distance_is_a_distance_between_two_gaussians(sets):
    a, b = sets
    scale = np.square(np.concatenate(sets)).sum(1).mean()
    assert frechet_distance(a, b) >= 0 and frechet_distance(a, b) == pytest.approx(
        frechet_distance(b, a), abs=1e-6 * scale
    )
    assert frechet_distance(a, a) <= 1e-6 * scale and frechet_distance(
        a, a + 2
    ) == pytest.approx(4 * a.shape[1], abs=1e-6 * scale + 1e-6)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(
        9 * frechet_distance(a, b), abs=1e-5 * scale
    )


@drawn(60, sets=features, k=st.integers(1, 5))
def test_precision_and_recall_are_shares_that_change_places(sets, k):
    a, b = sets
    if min(len(a), len(b)) <= k:
        return
    precision, recall = precision_recall(a, b, k)
    assert (
        0 <= precision <= 1
        and 0 <= recall <= 1
        and precision_recall(b, a, k) == (recall, precision)
    )
    assert precision_recall(a, a, k) == (1, 1)
    who, how_far = nearest(a, b)
    assert np.allclose(
        np.linalg.norm(a - b[who], axis=1),
        how_far,
        atol=1e-4 * np.abs(np.concatenate(sets)).max(),
    )
    assert kernel_distance(a, b, subsets=3, size=10) == kernel_distance(
        a, b, subsets=3, size=10
    )
