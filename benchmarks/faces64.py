"""The weights that come with the course: from a finished run of `train` to `gan_lessons/weights/faces64-*`.

    .venv/bin/gan-lessons train --data utkface --hold-out 0.1 --epochs 21 --out runs/faces64
    .venv/bin/python benchmarks/faces64.py runs/faces64

Trains what is not in the folder yet (an attribute network and a scorer, each on its half of the photos; the encoder),
stores everything, and writes the figures into the model card, docs/faces64.md.
"""

import argparse
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np

from gan_lessons import pretrained
from gan_lessons.attributes import (
    RACES,
    build_attribute_network,
    learn_direction,
    predict_attributes,
    score_edits,
    train_attribute_network,
)
from gan_lessons.callbacks import History, write_atomically
from gan_lessons.data import load_faces, to_float
from gan_lessons.encoder import EncoderTraining, build_encoder, invert
from gan_lessons.latent import direction, orthogonal
from gan_lessons.metrics import layer_output, measure, near_duplicates, nearest
from gan_lessons.models import generate, sample_latents

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("run", type=pathlib.Path, help="the folder of the finished run")
options = parser.parse_args()

photos = load_faces("utkface", 64)
train, unseen = photos.split(
    0.1, groups=near_duplicates(photos.images)
)  # the same photos that `train --hold-out 0.1` holds out
first, second = train.split(0.5, seed=1, groups=near_duplicates(train.images))


def once(name, network, teach):
    """The network with the weights in the run's folder, or else taught, and its weights kept there."""
    path = options.run / f"{name}.weights.h5"
    if not path.is_file():
        network = teach()
        write_atomically(path, network.save_weights)
    network.load_weights(path)
    return network


def judged(network):
    """How well an attribute network describes photos it has not seen: rows of (group, photos, gender right, years off, race right)."""
    known = unseen[unseen.attributes["age"] >= 0]
    said, truth = predict_attributes(network, known.images), known.attributes
    gender, race = (
        (said["gender"] > 0.5) == truth["gender"],
        said["race"].argmax(axis=1) == truth["race"],
    )
    groups = {
        "all": truth["age"] > 0,
        "male": truth["gender"] == 0,
        "female": truth["gender"] == 1,
        **{name: truth["race"] == k for k, name in enumerate(RACES)},
        "60 and more": truth["age"] >= 60,
    }
    return [
        (
            name,
            int(some.sum()),
            gender[some].mean(),
            np.abs(said["age"] - truth["age"])[some].mean(),
            race[some].mean(),
        )
        for name, some in groups.items()
    ]


attributes = once(
    "attributes",
    build_attribute_network(),
    lambda: train_attribute_network(first, seed=1, verbose=2),
)
scorer = once(
    "scorer",
    build_attribute_network(),
    lambda: train_attribute_network(second, seed=2, verbose=2),
)
generator, discriminator = (
    keras.models.load_model(options.run / f"{name}.keras")
    for name in ("generator", "discriminator")
)


def teach_encoder():
    epochs = 6
    keras.utils.set_random_seed(3)
    encoder, steps = build_encoder(), epochs * (len(train) // 32)
    training = EncoderTraining(encoder, generator, seed=3)
    training.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps))
    )
    training.fit(train.dataset(32, seed=3), epochs=epochs, shuffle=False, verbose=2)
    return encoder


encoder = once("encoder", build_encoder(), teach_encoder)

# Directions: ten thousand codes, and what the attribute network says of their faces.
codes = sample_latents(10_000, 128, seed=4)
said = predict_attributes(attributes, generate(generator, codes))
gender, age = (
    direction(codes, said["gender"] > 0.5),
    direction(codes, said["age"] > np.median(said["age"])),
)
directions = {
    "gender": learn_direction(generator, attributes, orthogonal(gender, age)),
    "age": orthogonal(age, gender).astype("float32"),
}

look = layer_output(attributes, "features")
photo_features = {
    name: look(some.images).astype("float16")
    for name, some in (("train", train), ("unseen", unseen))
}
with np.load(options.run / "timeline.npz", allow_pickle=False) as stored:
    recording = {
        "epochs": stored["epochs"],
        "frames": stored["frames"][:, :8],
        "verdicts": stored["verdicts"][:, :8].astype("float16"),
    }
recording.update(
    {
        f"history_{name}": np.array(values, "float32")
        for name, values in History(options.run).rows.items()
    }
)

build = {"size": 64, "channels": 3, "width": 32}
pretrained.store(
    "faces64",
    generator=(generator, {**build, "latent_dim": 128}),
    discriminator=(discriminator, build),
    encoder=(encoder, {**build, "latent_dim": 128}),
    attributes=(attributes, build),
    scorer=(scorer, build),
    directions=directions,
    photo_features=photo_features,
    recording=recording,
)
shipped = pretrained.load("faces64")


# The model card's figures, all with the weights as they were stored.
def pixel_error(codes):
    return float(((shipped.generator(codes).numpy() - some_photos) ** 2).mean())


def shares(of):
    """Share of each group among faces that were described."""
    ages = np.histogram(of["age"], [0, 30, 45, 60, 200])[0] / len(of["age"])
    races = np.bincount(of["race"].argmax(axis=1), minlength=5) / len(of["race"])
    return {
        "female": float((of["gender"] > 0.5).mean()),
        **dict(zip(("under 30", "30 to 44", "45 to 59", "60 and more"), ages.tolist())),
        **dict(zip(RACES, races.tolist())),
    }


painted = generate(shipped.generator, sample_latents(2000, 128, seed=0))
features = {
    name: values.astype("float64") for name, values in shipped.photo_features.items()
}
some_photos = to_float(
    unseen.images[np.random.default_rng(0).permutation(len(unseen))[:100]]
)
read = shipped.encoder(some_photos).numpy()
lengths = [0.5, 1, 1.5, 2, 2.5, 3]
edits = {
    name: score_edits(shipped.generator, shipped.scorer, way, lengths)
    for name, way in shipped.directions.items()
}
anywhere = [
    score_edits(shipped.generator, shipped.scorer, way, lengths)
    for way in sample_latents(4, 128, seed=5)
]
edits["random, mean of four"] = {
    what: np.mean([found[what] for found in anywhere], axis=0) for what in anywhere[0]
}
errors = {
    "the average photo": float(
        ((to_float(train.images[::10]).mean(axis=0) - some_photos) ** 2).mean()
    ),
    "the encoder": pixel_error(read),
    "search, 300 steps from the middle": pixel_error(
        invert(shipped.generator, some_photos, 0 * read, 300)[0][-1]
    ),
    "the encoder, then search, 100 steps": pixel_error(
        invert(shipped.generator, some_photos, read, 100)[0][-1]
    ),
}
in_photos, in_samples = (
    shares(predict_attributes(shipped.attributes, images))
    for images in (train.images, painted)
)
epochs, near = (
    int(recording["history_epoch"][-1]),
    {"samples": look(painted), "unseen photos": features["unseen"]},
)
copies = {name: nearest(points, features["train"])[1] for name, points in near.items()}
lines = [
    f"Photos that generator, discriminator and encoder learned from: {len(train):,}; held out, with their near-duplicates: {len(unseen):,}. "
    f"Images seen: {epochs * (len(train) // 16) * 16:,} ({epochs} epochs).",
    "",
    f"**Measures** ({len(painted):,} samples of seed 0): {measure(photos.images, painted)}.",
    "",
    "**Copies**, distance to the nearest training photo in the features of the attribute network: "
    + "; ".join(
        f"{name} median {np.median(far):.2f}, nearest hundredth {np.quantile(far, 0.01):.2f}"
        for name, far in copies.items()
    )
    + ".",
    "",
    "| whom it paints, as the attribute network sees it | photos | samples |",
    "|---|---|---|",
    *(
        f"| {group} | {in_photos[group]:.1%} | {in_samples[group]:.1%} |"
        for group in in_photos
    ),
    "",
    "| the networks that describe, on unseen photos | gender right | years off | race right |",
    "|---|---|---|---|",
    *(
        f"| {name}: {group}, {n:,} photos | {right:.1%} | {years:.1f} | {race:.1%} |"
        for name, network in (
            ("attributes", shipped.attributes),
            ("scorer", shipped.scorer),
        )
        for group, n, right, years, race in judged(network)
    ),
    "",
    "| edits of 500 faces, both ways by | "
    + " | ".join(f"{length:g}" for length in lengths)
    + " |",
    "|---|" + "---|" * len(lengths),
    *(
        f"| {name}: {what} | "
        + " | ".join(form.format(value) for value in edits[name][key])
        + " |"
        for key, what, form in (
            ("flips", "other gender at the other end", "{:.0%}"),
            ("years", "years between the ends", "{:.1f}"),
            ("likeness", "likeness kept", "{:.2f}"),
        )
        for name in edits
    ),
    "",
    "| 100 unseen photos, painted from their codes | squared pixel error |",
    "|---|---|",
    *(f"| {name} | {error:.4f} |" for name, error in errors.items()),
]
card = pathlib.Path("docs/faces64.md")
before, after = (
    card.read_text().split("<!-- figures -->")[0],
    card.read_text().split("<!-- end of figures -->")[1],
)
card.write_text(
    before
    + "<!-- figures -->\n"
    + "\n".join(lines)
    + "\n<!-- end of figures -->"
    + after
)
print("\n".join(lines))
