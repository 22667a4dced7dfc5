"""The weights that come with the course: from a finished run of `train` to `gan_lessons/weights/faces64-*`.

    .venv/bin/gan-lessons train --data utkface --hold-out 0.1 --minutes 100 --out runs/faces64
    .venv/bin/python benchmarks/faces64.py runs/faces64

Trains what is not in the folder yet (an attribute network and a scorer, each on its half of the photos; the encoder),
stores everything, and writes the figures of the model card into docs/faces64.json.
"""

import argparse
import json
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

import keras
import numpy as np

from gan_lessons import pretrained
from gan_lessons.attributes import RACES, build_attribute_network, describe, score_edits, train_attribute_network
from gan_lessons.callbacks import History, write_aside
from gan_lessons.data import load_faces, to_float
from gan_lessons.encoder import EncoderTraining, build_encoder, encode
from gan_lessons.latent import direction, orthogonal
from gan_lessons.metrics import layer_output, measure, near_duplicates, nearest
from gan_lessons.models import paint, sample_latents

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("run", type=pathlib.Path, help="the folder of the finished run")
parser.add_argument("--encoder-epochs", type=int, default=6)
parser.add_argument("--only", choices=("attributes", "scorer"), help="train this and stop")
options = parser.parse_args()

photos = load_faces("utkface", 64)
train, unseen = photos.split(0.1, together=near_duplicates(photos.images))  # the same photos that `train --hold-out 0.1` holds out
first, second = train.split(0.5, seed=1, together=near_duplicates(train.images))


def once(name, network, teach):
    """The network with the weights in the run's folder, or else taught, and its weights kept there."""
    path = options.run / f"{name}.weights.h5"
    if not path.is_file():
        network = teach()
        write_aside(path, network.save_weights)
    network.load_weights(path)
    return network


def judged(network):
    """How well an attribute network describes photos it has not seen."""
    known = unseen[unseen.attributes["age"] >= 0]
    said, truth = describe(network, known.images), known.attributes
    return {"photos": len(known), "gender right": float(((said["gender"] > 0.5) == truth["gender"]).mean()),
            "years off": float(np.abs(said["age"] - truth["age"]).mean()),
            "race right": float((said["race"].argmax(axis=1) == truth["race"]).mean())}


if options.only != "scorer":
    attributes = once("attributes", build_attribute_network(), lambda: train_attribute_network(first, seed=1, verbose=2))
if options.only != "attributes":
    scorer = once("scorer", build_attribute_network(), lambda: train_attribute_network(second, seed=2, verbose=2))
if options.only:
    raise SystemExit

generator, discriminator = (keras.models.load_model(options.run / f"{name}.keras") for name in ("generator", "discriminator"))


def teach_encoder():
    keras.utils.set_random_seed(3)
    encoder, steps = build_encoder(), options.encoder_epochs * (len(train) // 32)
    training = EncoderTraining(encoder, generator, seed=3)
    training.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)))
    training.fit(train.dataset(32, seed=3), epochs=options.encoder_epochs, shuffle=False, verbose=2)
    return encoder


encoder = once("encoder", build_encoder(), teach_encoder)

# Directions: ten thousand codes, and what the attribute network says of their faces.
codes = sample_latents(10_000, 128, seed=4)
said = describe(attributes, paint(generator, codes))
gender, age = direction(codes, said["gender"] > 0.5), direction(codes, said["age"] > np.median(said["age"]))
directions = {"gender": orthogonal(gender, age).astype("float32"), "age": orthogonal(age, gender).astype("float32")}

look = layer_output(attributes, "features")
photo_features = {name: look(some.images).astype("float16") for name, some in (("train", train), ("unseen", unseen))}
with np.load(options.run / "timeline.npz", allow_pickle=False) as stored:
    first_epoch = stored["epochs"] <= 1
    kept = np.flatnonzero(first_epoch | (np.arange(len(first_epoch)) % 3 == 0) | (np.arange(len(first_epoch)) == len(first_epoch) - 1))
    recording = {"epochs": stored["epochs"][kept], "frames": stored["frames"][kept][:, :8], "verdicts": stored["verdicts"][kept][:, :8].astype("float16")}
recording.update({f"history_{name}": np.array(values, "float32") for name, values in History(options.run).rows.items()})

build = {"size": 64, "channels": 3, "width": 32}
pretrained.store("faces64", generator=(generator, {**build, "latent_dim": 128}), discriminator=(discriminator, build),
                 encoder=(encoder, {**build, "latent_dim": 128}), attributes=(attributes, build), scorer=(scorer, build),
                 directions=directions, photo_features=photo_features, recording=recording)
shipped = pretrained.load("faces64")

# The model card's figures, all with the weights as they were stored.
def pixel_error(codes):
    return float(((shipped.generator(codes).numpy() - some_photos) ** 2).mean())


def shares(of):
    """Share of each group among faces that were described."""
    ages = np.histogram(of["age"], [0, 30, 45, 60, 200])[0] / len(of["age"])
    races = np.bincount(of["race"].argmax(axis=1), minlength=5) / len(of["race"])
    return {"female": float((of["gender"] > 0.5).mean()), **dict(zip(("under 30", "30 to 44", "45 to 59", "60 and more"), ages.tolist())),
            **dict(zip(RACES, races.tolist()))}


painted = paint(shipped.generator, sample_latents(2000, 128, seed=0))
features = {name: values.astype("float64") for name, values in shipped.photo_features.items()}
some_photos = to_float(unseen.images[np.random.default_rng(0).permutation(len(unseen))[:100]])
read = shipped.encoder(some_photos).numpy()
lengths = [0.5, 1, 1.5, 2, 2.5, 3]
anywhere = sample_latents(1, 128, seed=5)[0]
photos_of_a_run = recording["history_epoch"][-1] * (len(train) // 16) * 16
figures = {
    "photos": {"train": len(train), "unseen": len(unseen), "attributes": len(first), "scorer": len(second)},
    "images seen": int(photos_of_a_run),
    "measures": str(measure(photos.images, painted)),
    "distance to the nearest training photo, median": {"samples": float(np.median(nearest(look(painted), features["train"])[1])),
                                                       "unseen photos": float(np.median(nearest(features["unseen"], features["train"])[1]))},
    "attributes": judged(shipped.attributes), "scorer": judged(shipped.scorer),
    "shares": {"photos": shares(describe(shipped.attributes, train.images)), "samples": shares(describe(shipped.attributes, painted))},
    "edits": {name: {what: values.round(3).tolist() for what, values in score_edits(shipped.generator, shipped.scorer, way, lengths).items()}
              for name, way in (*directions.items(), ("random", anywhere))},
    "pixel error of 100 unseen photos": {"the average photo": float(((to_float(train.images[::10]).mean(axis=0) - some_photos) ** 2).mean()),
                                         "encoder": pixel_error(read), "search": pixel_error(encode(shipped.generator, some_photos, 0 * read, 300)[0][-1]),
                                         "encoder, then search": pixel_error(encode(shipped.generator, some_photos, read, 100)[0][-1])},
}
pathlib.Path("docs/faces64.json").write_text(json.dumps(figures, indent=1) + "\n")
print(json.dumps(figures, indent=1))
