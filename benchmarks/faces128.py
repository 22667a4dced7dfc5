r"""Store and measure the networks for 128 pixels, from a finished run: docs/recipe.md.

    .venv/bin/python benchmarks/faces128.py runs/faces128 --images 94368

Stores generator, discriminator and directions in `gan_lessons/weights/`, and writes the
figures into the model card, `docs/faces128.md`. The networks of `faces64` judge the
images, shrunk to 64 pixels.
"""

import argparse
import pathlib
from types import SimpleNamespace

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
from faces64 import (
    LATENT_DIM,
    about_copies,
    edits_table,
    shares_table,
    table,
    write_figures,
)
from photos import split_photos

from gan_lessons import pretrained
from gan_lessons.data import load_faces
from gan_lessons.growing import half_size
from gan_lessons.metrics import measure
from gan_lessons.models import generate, layer_output, sample_latents

CARD = pathlib.Path("docs/faces128.md")
POWER = (
    "power at wavelengths over 8 pixels",
    "4 to 8",
    "2.7 to 4",
    "2 to 2.7",
    "2 and less",
)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=pathlib.Path, help="the folder of the finished run")
    parser.add_argument("--images", type=int, required=True, help="seen at 128 pixels")
    o = parser.parse_args()

    small = pretrained.load("faces64")
    # Built as those of `faces64`, then grown by one stage.
    grown = {
        part: small.files[part]["build"] | {"grown": 1}
        for part in ("generator", "discriminator")
    }
    pretrained.store(
        "faces128",
        directions=small.directions,
        **{
            part: (keras.models.load_model(o.run / f"{part}.keras"), build)
            for part, build in grown.items()
        },
    )

    large = pretrained.load("faces128")  # the figures are those of the stored weights
    photos, (train, unseen) = load_faces("utkface", 128), split_photos(128)
    latents = sample_latents(2000, LATENT_DIM, seed=0)
    images, small_samples = (
        generate(networks.generator, latents) for networks in (large, small)
    )
    samples = halved(images)
    extract_features = layer_output(small.attributes, "features")
    photo_features = {
        name: extract_features(halved(images))
        for name, images in (
            ("train", train.images),
            ("unseen", unseen.images),
            ("unseen_mirrored", unseen.images[:, :, ::-1]),
        )
    }
    judged = SimpleNamespace(
        generator=half_size(large.generator),
        scorer=small.scorer,
        directions=large.directions,
    )
    sections = [
        f"Photos of 128 pixels that both networks learned from: {len(train):,}; held "
        f"out, as from faces64: {len(unseen):,}. Images seen at 128 pixels: "
        f"{o.images:,}.",
        f"**Measures** ({len(samples):,} samples of seed 0, shrunk to 64 pixels): "
        f"{measure(halved(photos.images), samples)}.",
        about_copies(photo_features, samples, extract_features),
        detail_table(train.images, images, small_samples),
        about_faces64(samples, small_samples),
        shares_table(small.attributes, halved(train.images), samples),
        edits_table(judged),
    ]
    print(write_figures(CARD, sections))


def halved(images):
    """Each pixel the mean of a block of four, as uint8."""
    n, size, _, channels = images.shape
    blocks = images.reshape(n, size // 2, 2, size // 2, 2, channels)
    return np.round(blocks.mean(axis=(2, 4))).astype("uint8")


def doubled(images):
    """Each pixel as a block of four."""
    return images.repeat(2, axis=1).repeat(2, axis=2)


def apart(images, others):
    """The root of the mean square difference, in grey levels."""
    return ((images.astype("float32") - others) ** 2).mean() ** 0.5


def detail_table(photos, samples, small_samples):
    """What images lose when they are halved and doubled again, and their spectrum."""
    photos = photos[:: len(photos) // len(samples)]  # their names begin with the age
    reference = power(photos)
    images = {
        "photos": photos,
        "samples": samples,
        "samples of faces64, each pixel as a block of four": doubled(small_samples),
    }
    rows = []
    for name, x in images.items():
        detail = f"{apart(x, doubled(halved(x))):.1f}"
        rows.append([name, detail, *(f"{r:.2f}" for r in power(x) / reference)])
    return table(["fine detail at 128 pixels", "grey levels", *POWER], rows)


def power(images):
    """The power spectrum's mean over images, summed over the bands of `POWER`.

    Durall, Keuper and Keuper, "Watch your up-convolution: CNN based generative deep
    neural networks are failing to reproduce spectral distributions", 2020.
    """
    grey = images.mean(axis=-1, dtype="float32")
    size = grey.shape[1]
    window = np.hanning(size)  # else the images' borders count as edges
    grey = (grey - grey.mean(axis=(1, 2), keepdims=True)) * np.outer(window, window)
    spectrum = sum(np.abs(np.fft.fft2(one)) ** 2 for one in grey)
    frequency = np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(size)]))
    bands = np.digitize(frequency, [1 / 8, 1 / 4, 3 / 8, 1 / 2])
    return np.bincount(bands.ravel(), spectrum.ravel())


def about_faces64(samples, small_samples):
    return (
        "**Difference from the faces of faces64**, at 64 pixels (root mean square): "
        f"{apart(samples, small_samples):.0f} grey levels for the same latents, "
        f"{apart(samples[1:], small_samples[:-1]):.0f} for different ones."
    )


if __name__ == "__main__":
    main()
