"""Networks that come trained with the course: lessons 5 to 8 work offline on a laptop.

`load("faces64")` gives the colour faces of 64 × 64 pixels, `load("faces128")` those of
128 × 128, which were grown from them. The model cards, `docs/faces64.md` and
`docs/faces128.md`, say what they were trained on and what they must not be used for.
"""

import hashlib
import json
import os
import pathlib
from functools import cache, cached_property

import h5py
import keras
import numpy as np

from gan_lessons.attributes import build_attribute_network
from gan_lessons.deepening import deepen_discriminator, deepen_generator
from gan_lessons.encoder import build_encoder
from gan_lessons.growing import grow_discriminator, grow_generator
from gan_lessons.models import build_discriminator, build_generator

FOLDER = pathlib.Path(__file__).with_name("weights")
BUILD = {
    "generator": build_generator,
    "discriminator": build_discriminator,
    "encoder": build_encoder,
    "attributes": build_attribute_network,
    "scorer": build_attribute_network,
}
DEEPEN = {"generator": deepen_generator, "discriminator": deepen_discriminator}
GROW = {"generator": grow_generator, "discriminator": grow_discriminator}


class Pretrained:
    """Trained networks under one name, each read from its file when first asked for.

    Args:
        name: such as "faces64", which has all the parts below, or "faces128", which has
            the generator, the discriminator and the directions.

    Attributes:
        generator: the EMA copy.
        discriminator: its opponent.
        encoder: maps photos to latent vectors.
        attributes: predicts gender, age and race; the directions for gender and age
            were found with it.
        scorer: another attribute network, trained on the other half of the photos, to
            evaluate edits with.
        directions: dict of unit vectors (latent_dim,): "gender", towards female; "age",
            towards older; "smile"; "glasses"; and "pose", the face turned towards the
            right of the picture. Each is orthogonal to what was first found for the
            others, for race and for colour.
        photo_features: dict of the features of `attributes`, float16 (n, 256): "train",
            of the photos that generator and encoder were trained on, "unseen", and
            "unseen_mirrored", of the same, mirrored. With them faces can be measured
            where the photos are not.
        recording: dict of arrays from an earlier, smaller run: what `Timeline` kept
            ("epochs", "frames", "verdicts"), and the columns of its history
            ("history_d_real", …), a number per epoch.

    Raises:
        ValueError: for an unknown name, and when reading a part that these networks do
            not have, or whose file is missing or damaged.

    Example:
        >>> faces = Pretrained("faces64")
        >>> faces.directions["age"].shape
        (128,)
    """

    def __init__(self, name: str):
        table = FOLDER / f"{name}.json"
        if not table.is_file():
            raise ValueError(
                f"there are no trained networks named {name!r}: there are "
                + ", ".join(names())
            )
        self.name, self.files = name, json.loads(table.read_text())

    generator = cached_property(lambda self: self._network("generator"))
    discriminator = cached_property(lambda self: self._network("discriminator"))
    encoder = cached_property(lambda self: self._network("encoder"))
    attributes = cached_property(lambda self: self._network("attributes"))
    scorer = cached_property(lambda self: self._network("scorer"))
    directions = cached_property(lambda self: self._arrays("directions"))
    photo_features = cached_property(lambda self: self._arrays("photo_features"))
    recording = cached_property(lambda self: self._arrays("recording"))

    def _network(self, part):
        path = self._checked(f"{self.name}-{part}.weights.h5", part)
        build = dict(self.files[part]["build"])
        deep, stages = build.pop("deep", False), build.pop("grown", 0)
        network = BUILD[part](**build)
        if deep:
            network = DEEPEN[part](network)
        for _ in range(stages):
            network = GROW[part](network)
        network.load_weights(path)
        network.trainable = False
        return network

    def _arrays(self, part):
        path = self._checked(f"{self.name}-{part}.npz", part)
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)

    def _checked(self, file, part):
        if part not in self.files:
            raise ValueError(
                f"{self.name} has no {part}: it comes with {', '.join(self.files)}"
            )
        path = FOLDER / file
        if not path.is_file() or _sha256(path) != self.files[part]["sha256"]:
            raise ValueError(f"{file} is missing or damaged: install the package again")
        return path


def names() -> list[str]:
    """The names that `load` knows.

    Example:
        >>> names()
        ['faces128', 'faces64']
    """
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def load(name: str = "faces64") -> Pretrained:
    """The trained networks of this name; called twice, the same ones.

    Args:
        name: as in `Pretrained`.

    Raises:
        ValueError: for an unknown name.

    Example:
        >>> load("faces64").generator(sample_latents(8, 128)).shape
        TensorShape([8, 64, 64, 3])
    """
    return Pretrained(name)


def store(
    name: str,
    folder: str | os.PathLike = FOLDER,
    **parts: tuple[keras.Model, dict] | dict,
) -> None:
    """Write trained networks as `load` reads them, with a table of their checksums.

    Weights are stored as float16. Parts that were stored before and are not given now
    stay.

    Args:
        name: as in `load`.
        folder: where to.
        **parts: for a network, itself and the arguments that build it, with "deep" for
            whether it was deepened and "grown" for how often it was grown since; for
            anything else, a dict of arrays.

    Example:
        >>> build = {"size": 64, "channels": 3, "latent_dim": 128}
        >>> store("faces64", generator=(gan.ema_generator, build))
    """
    folder = pathlib.Path(folder)
    table = folder / f"{name}.json"
    files = json.loads(table.read_text()) if table.is_file() else {}
    for part, content in parts.items():
        if isinstance(content, dict):
            path, about = folder / f"{name}-{part}.npz", {}
            np.savez_compressed(path, **content)
        else:
            network, build = content
            path, about = folder / f"{name}-{part}.weights.h5", {"build": build}
            _save_halved(network, path)
        files[part] = {"sha256": _sha256(path), **about}
    table.write_text(json.dumps(files, indent=1) + "\n")


def _save_halved(network, path):
    """Save weights as Keras does, with float16 in place of float32."""
    network.save_weights(path)
    arrays = {}

    def read(key, item):
        if isinstance(item, h5py.Dataset):
            values = item[()]
            half = values.dtype == "float32"
            arrays[key] = values.astype("float16") if half else values

    with h5py.File(path) as file:
        file.visititems(read)
    with h5py.File(path, "w") as file:
        for key, values in arrays.items():
            file.create_dataset(key, data=values)


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
