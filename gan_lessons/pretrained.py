"""Networks that come trained with the course, so that lessons 5 and 6 work offline on a laptop.

`load("faces64")` gives the colour faces of 64 × 64 pixels. What they are made of and what they must not be used for
stands in their model card, `docs/faces64.md`.
"""

import functools
import hashlib
import json
import pathlib

from gan_lessons.attributes import build_attribute_network
from gan_lessons.encoder import build_encoder
from gan_lessons.models import build_discriminator, build_generator

FOLDER = pathlib.Path(__file__).with_name("weights")
BUILD = {"generator": build_generator, "discriminator": build_discriminator, "encoder": build_encoder,
         "attributes": build_attribute_network, "scorer": build_attribute_network}


class Pretrained:
    """Trained networks under one name, each built and read from its file when it is first asked for.

    generator, discriminator: the EMA copy and its opponent. encoder: photo in, latent out. attributes: gender, age and
    race of a face; it defines the directions. scorer: another such network, trained apart on the other half of the
    photos; it judges the edits.
    """

    def __init__(self, name):
        table = FOLDER / f"{name}.json"
        if not table.is_file():
            names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.json")))
            raise ValueError(f"there are no trained networks named {name!r}: there are {names}")
        self.name, self.about = name, json.loads(table.read_text())

    generator = functools.cached_property(lambda self: self._read("generator"))
    discriminator = functools.cached_property(lambda self: self._read("discriminator"))
    encoder = functools.cached_property(lambda self: self._read("encoder"))
    attributes = functools.cached_property(lambda self: self._read("attributes"))
    scorer = functools.cached_property(lambda self: self._read("scorer"))

    def _read(self, part):
        path, about = FOLDER / f"{self.name}-{part}.weights.h5", self.about[part]
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != about["sha256"]:
            raise ValueError(f"{path.name} is missing or damaged: install the package again")
        network = BUILD[part](**about["build"])
        network.load_weights(path)
        network.trainable = False
        return network


@functools.cache
def load(name="faces64"):
    """The trained networks of this name.

    >>> load("faces64").generator(sample_latents(8, 128)).shape
    TensorShape([8, 64, 64, 3])
    """
    return Pretrained(name)


def store(name, folder=FOLDER, **networks):
    """Write trained networks as `load` reads them: float16 `.weights.h5` files, and a table with their sums.

    Each is given as a pair: the network, and the arguments that build it.

    >>> store("faces64", generator=(gan.ema_generator, {"size": 64, "channels": 3, "latent_dim": 128}))
    """
    import h5py

    folder = pathlib.Path(folder)
    table = folder / f"{name}.json"
    about = json.loads(table.read_text()) if table.is_file() else {}
    for part, (network, build) in networks.items():
        path = folder / f"{name}-{part}.weights.h5"
        network.save_weights(path)
        with h5py.File(path) as file:
            arrays = {}
            file.visititems(lambda key, item: arrays.update({key: item[()]}) if isinstance(item, h5py.Dataset) else None)
        with h5py.File(path, "w", track_order=True) as file:
            for key, values in arrays.items():
                file.create_dataset(key, data=values.astype("float16") if values.dtype == "float32" else values, track_times=False)
        about[part] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "build": build}
    table.write_text(json.dumps(about, indent=1) + "\n")
