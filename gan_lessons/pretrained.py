"""Networks that come trained with the course, so that lessons 5 and 6 work offline on a laptop.

`load("faces64")` gives the colour faces of 64 × 64 pixels. What they are made of and what they must not be used for
stands in their model card, `docs/faces64.md`.
"""

import functools
import hashlib
import json
import pathlib

import numpy as np

from gan_lessons.attributes import build_attribute_network
from gan_lessons.encoder import build_encoder
from gan_lessons.models import build_discriminator, build_generator

FOLDER = pathlib.Path(__file__).with_name("weights")
BUILD = {
    "generator": build_generator,
    "discriminator": build_discriminator,
    "encoder": build_encoder,
    "attributes": build_attribute_network,
    "scorer": build_attribute_network,
}


class Pretrained:
    """Trained networks under one name, each built and read from its file when it is first asked for.

    generator, discriminator: the EMA copy and its opponent. encoder: photo in, latent out. attributes: gender, age and
    race of a face; it defines the directions. scorer: another such network, trained apart on the other half of the
    photos; it judges the edits.

    recording: the run that made them, a dict of arrays: what `Timeline` noted ("epochs", "frames", "verdicts"), and the
    columns of its history ("d_real", …), one number per epoch.
    directions: "gender" (towards female, learned) and "age" (towards older, orthogonal to gender), unit vectors (128,) (lesson 6).
    photo_features: what the layer "features" of `attributes` says of the photos, float16: "train" (n, 256), those that
    generator and encoder learned from, and "unseen" (m, 256). So faces can be measured where the photos are not.
    """

    def __init__(self, name):
        table = FOLDER / f"{name}.json"
        if not table.is_file():
            names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.json")))
            raise ValueError(
                f"there are no trained networks named {name!r}: there are {names}"
            )
        self.name, self.files = name, json.loads(table.read_text())

    generator = functools.cached_property(lambda self: self._network("generator"))
    discriminator = functools.cached_property(
        lambda self: self._network("discriminator")
    )
    encoder = functools.cached_property(lambda self: self._network("encoder"))
    attributes = functools.cached_property(lambda self: self._network("attributes"))
    scorer = functools.cached_property(lambda self: self._network("scorer"))
    recording = functools.cached_property(lambda self: self._arrays("recording"))
    directions = functools.cached_property(lambda self: self._arrays("directions"))
    photo_features = functools.cached_property(
        lambda self: self._arrays("photo_features")
    )

    def _network(self, part):
        network = BUILD[part](**self.files[part]["build"])
        network.load_weights(self._checked(f"{self.name}-{part}.weights.h5", part))
        network.trainable = False
        return network

    def _arrays(self, part):
        with np.load(
            self._checked(f"{self.name}-{part}.npz", part), allow_pickle=False
        ) as stored:
            return dict(stored)

    def _checked(self, file, part):
        path = FOLDER / file
        if (
            not path.is_file()
            or hashlib.sha256(path.read_bytes()).hexdigest()
            != self.files[part]["sha256"]
        ):
            raise ValueError(f"{file} is missing or damaged: install the package again")
        return path


@functools.cache
def load(name="faces64"):
    """The trained networks of this name.

    >>> load("faces64").generator(sample_latents(8, 128)).shape
    TensorShape([8, 64, 64, 3])
    """
    return Pretrained(name)


def store(name, folder=FOLDER, **parts):
    """Write trained networks as `load` reads them: float16 `.weights.h5` files, and a table with their sums.

    A network is given as a pair: itself, and the arguments that build it. What is no network is a dict of arrays.

    >>> store("faces64", generator=(gan.ema_generator, {"size": 64, "channels": 3, "latent_dim": 128}))
    """
    folder = pathlib.Path(folder)
    table = folder / f"{name}.json"
    files = json.loads(table.read_text()) if table.is_file() else {}
    for part, content in parts.items():
        if isinstance(content, dict):
            path, about = folder / f"{name}-{part}.npz", {}
            np.savez_compressed(path, **content)
        else:
            path, about = folder / f"{name}-{part}.weights.h5", {"build": content[1]}
            _store_halved(content[0], path)
        files[part] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **about}
    table.write_text(json.dumps(files, indent=1) + "\n")


def _store_halved(network, path):
    import h5py

    network.save_weights(path)
    arrays = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda key, item: (
                arrays.update({key: item[()]})
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    with h5py.File(path, "w") as file:
        for key, values in arrays.items():
            file.create_dataset(
                key,
                data=values.astype("float16") if values.dtype == "float32" else values,
            )
