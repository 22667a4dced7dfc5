r"""Make the weights that come with the course, from finished runs: docs/recipe.md.

    .venv/bin/python benchmarks/faces64.py runs/deeper --images 1156000

Trains what is not in the folder yet: an attribute network and a scorer, each on its
half of the photos, the encoder, and another encoder to compare it with. Stores all
networks in `gan_lessons/weights/`, and writes the figures into the model card,
`docs/faces64.md`. Without --recording, the recording stored before stays.
"""

import argparse
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
from labels import EDITS, read_table
from photos import split_photos
from sklearn.linear_model import LogisticRegression

from gan_lessons import pretrained
from gan_lessons.attributes import (
    RACES,
    build_attribute_network,
    group_shares,
    predict_attributes,
    train_attribute_network,
)
from gan_lessons.callbacks import History
from gan_lessons.data import load_faces, to_float, to_uint8
from gan_lessons.deepening import Residual
from gan_lessons.directions import (
    colourfulness,
    find_directions,
    score_edits,
    score_random,
)
from gan_lessons.encoder import (
    EncoderTraining,
    absolute_error,
    build_encoder,
    feature_loss,
    invert,
)
from gan_lessons.export import provenance, save_png
from gan_lessons.files import write_atomically
from gan_lessons.latent import direction, edit, orthogonal
from gan_lessons.metrics import measure, near_duplicates, nearest
from gan_lessons.models import generate, layer_output, sample_latents
from gan_lessons.pictures import tile

LABELS = pathlib.Path(__file__).with_name("labels")  # made by labels.py
CARD = pathlib.Path("docs/faces64.md")
COPIES = pathlib.Path("docs/encoders.png")
FEATURES = 0.2  # weight of the feature loss in the encoder's, beside the pixels
BUILD = {"size": 64, "channels": 3, "width": 32}
LATENT_DIM = 128
LENGTHS = [0.5, 1, 1.5, 2, 2.5, 3]  # of edits, in standard deviations of the codes


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=pathlib.Path, help="the folder of the finished run")
    parser.add_argument("--images", type=int, required=True, help="that it saw in all")
    parser.add_argument(
        "--recording", type=pathlib.Path, help="a run with a timeline to be stored"
    )
    o = parser.parse_args()
    run = o.run

    photos, (train, unseen) = load_faces("utkface", 64), split_photos()
    networks = train_networks(run, train)
    extract_features = layer_output(networks["attributes"], "features")
    first = networks["discriminator"].layers[0]
    deep = isinstance(first, Residual)
    of_run = {**BUILD, "width": first.output.shape[-1], "deep": deep}
    latents = {"latent_dim": LATENT_DIM}
    recorded = {"recording": shortened_recording(o.recording)} if o.recording else {}
    pretrained.store(
        "faces64",
        generator=(networks["generator"], of_run | latents),
        discriminator=(networks["discriminator"], of_run),
        encoder=(networks["encoder"], BUILD | latents),
        attributes=(networks["attributes"], BUILD),
        scorer=(networks["scorer"], BUILD),
        directions=clean_directions(networks, train),
        photo_features={
            name: extract_features(images).astype("float16")
            for name, images in (
                ("train", train.images),
                ("unseen", unseen.images),
                ("unseen_mirrored", unseen.images[:, :, ::-1]),
            )
        },
        **recorded,
    )

    faces = pretrained.load("faces64")  # the figures are those of the stored weights
    samples = generate(faces.generator, sample_latents(2000, LATENT_DIM, seed=0))
    sections = [
        about_the_run(o.images, faces, train, unseen),
        f"**Measures** ({len(samples):,} samples of seed 0): "
        f"{measure(photos.images, samples)}.",
        about_copies(faces.photo_features, samples, extract_features),
        shares_table(faces.attributes, train.images, samples),
        accuracy_table(faces, unseen),
        edits_table(faces),
        by_eye_table(),
        disagreement_table(faces),
        inversion_table(faces, networks["pixel_encoder"], train, unseen),
    ]
    save_copies(faces, networks["pixel_encoder"])
    print(write_figures(CARD, sections))


# Training


def train_networks(run, train):
    """Every network of the run, by name; those that it lacks are trained."""
    first, second = train.split(0.5, seed=1, groups=near_duplicates(train.images))
    networks = {
        name: keras.models.load_model(run / f"{name}.keras")
        for name in ("generator", "discriminator")
    }
    networks["attributes"] = trained_once(
        run / "attributes.weights.h5",
        build_attribute_network(),
        lambda: train_attribute_network(first, seed=1, verbose=2),
    )
    networks["scorer"] = trained_once(
        run / "scorer.weights.h5",
        build_attribute_network(),
        lambda: train_attribute_network(second, seed=2, verbose=2),
    )
    feature_error = feature_loss(networks["attributes"])

    def pixels_and_features(images, photos):
        pixels = absolute_error(images, photos)
        return pixels + FEATURES * feature_error(images, photos)

    errors = {"encoder": pixels_and_features, "pixel_encoder": absolute_error}
    for name, error in errors.items():
        networks[name] = trained_once(
            run / f"{name}.weights.h5",
            build_encoder(),
            lambda error=error: train_encoder(networks["generator"], train, error),
        )
    return networks


def trained_once(path, network, train):
    """The network with the weights of a file, which training writes if it lacks."""
    if not path.is_file():
        write_atomically(path, train().save_weights)
    network.load_weights(path)
    return network


def train_encoder(generator, photos, error, epochs=6, batch_size=32):
    keras.utils.set_random_seed(3)
    encoder = build_encoder()
    training = EncoderTraining(encoder, generator, error, seed=3)
    steps = epochs * (len(photos) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    training.compile(keras.optimizers.Adam(rate))
    batches = photos.dataset(batch_size, seed=3)
    training.fit(batches, epochs=epochs, shuffle=False, verbose=2)
    return encoder


def clean_directions(networks, photos):
    """Each orthogonal to all others, to race and to colour: gender and age from the
    attribute network's predictions; smile, glasses and pose from photos labelled by eye
    (`labels.py`).
    """
    codes = sample_latents(10_000, LATENT_DIM, seed=4)
    images = generate(networks["generator"], codes)
    predictions = predict_attributes(networks["attributes"], images)
    found = find_directions(codes, predictions)
    colours = colourfulness(images)
    found["colour"] = direction(codes, colours > np.median(colours))
    labelled = labelled_directions(networks["encoder"], photos)
    found |= labelled
    return {
        name: orthogonal_to_others(found, name).astype("float32")
        for name in ("gender", "age", *labelled)
    }


def orthogonal_to_others(directions, name):
    others = (way for other, way in directions.items() if other != name)
    return orthogonal(directions[name], *others)


def labelled_directions(encoder, photos):
    """Towards the codes of photos with a smile, with glasses, turned to the right."""
    place = {name: k for k, name in enumerate(photos.names)}
    rows = [row for row in read_table(LABELS / "photos.csv") if row["name"] in place]
    images = photos.images[[place[row["name"]] for row in rows]]
    codes, mirrored = (
        encoder(to_float(each)).numpy() for each in (images, images[:, :, ::-1])
    )
    both = np.concatenate([codes, mirrored])
    sides = {
        name: np.array([{"1": 1, "0": -1}.get(row[name], 0) for row in rows])
        for name in ("smile", "glasses")
    }
    found = {
        name: separating_direction(both, np.concatenate([side, side]))
        for name, side in sides.items()
    }
    pose = np.array([int(row["pose"] or 0) for row in rows])
    found["pose"] = separating_direction(both, np.concatenate([pose, -pose]))
    return found


def separating_direction(codes, sides):
    """From the codes of side -1 to those of side 1; others (0) are left out.

    The strong penalty keeps it near the difference of the two means: there are hardly
    more photos than numbers in a code.
    """
    told = sides != 0
    model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000)
    weights = model.fit(codes[told], sides[told]).coef_[0]
    return weights / np.linalg.norm(weights)


def shortened_recording(run):
    """The run's timeline, eight faces of it, and its history."""
    with np.load(run / "timeline.npz", allow_pickle=False) as stored:
        recording = {
            "epochs": stored["epochs"],
            "frames": stored["frames"][:, :8],
            "verdicts": stored["verdicts"][:, :8].astype("float16"),
        }
    for name, values in History(run).rows.items():
        recording[f"history_{name}"] = np.array(values, "float32")
    return recording


# Figures


def about_the_run(images, faces, train, unseen):
    moments = faces.recording["epochs"]
    return (
        "Photos that generator, discriminator and encoder learned from: "
        f"{len(train):,}; held out, with their near-duplicates: {len(unseen):,}. "
        f"Images seen: {images:,}. Recording: {len(moments)} moments of "
        f"{moments[-1]:g} epochs of an earlier run."
    )


def about_copies(photo_features, samples, extract_features):
    photos = {name: rows.astype("float64") for name, rows in photo_features.items()}
    pairs = {  # each image and its mirror image
        "samples": map(extract_features, (samples, samples[:, :, ::-1])),
        "unseen photos": (photos["unseen"], photos["unseen_mirrored"]),
    }
    distances = {
        name: np.min([nearest(rows, photos["train"])[1] for rows in pair], axis=0)
        for name, pair in pairs.items()
    }
    found = "; ".join(
        f"{name} median {np.median(far):.2f}, "
        f"nearest hundredth {np.quantile(far, 0.01):.2f}"
        for name, far in distances.items()
    )
    return (
        "**Copies**, distance of a picture or its mirror image to the nearest training "
        f"photo, in the features of the attribute network: {found}."
    )


def shares_table(attributes, photos, samples):
    in_photos, in_samples = (
        group_shares(predict_attributes(attributes, images))
        for images in (photos, samples)
    )
    return table(
        ["whom it paints, as the attribute network sees it", "photos", "samples"],
        [
            [group, f"{in_photos[group]:.1%}", f"{in_samples[group]:.1%}"]
            for group in in_photos
        ],
    )


def accuracy_table(faces, unseen):
    networks = {"attributes": faces.attributes, "scorer": faces.scorer}
    return table(
        [
            "the networks that describe, on unseen photos",
            "gender right",
            "years off",
            "race right",
        ],
        [
            [f"{name}: {group}, {n:,} photos", *figures]
            for name, network in networks.items()
            for group, n, *figures in accuracies(network, unseen)
        ],
    )


def accuracies(network, photos):
    """How well an attribute network predicts the labels of photos, group by group.

    Yields the group, its number of photos, and as text the share of right genders, the
    mean error of the age in years, and the share of right races.
    """
    labelled = photos[photos.attributes["age"] >= 0]
    labels = labelled.attributes
    predictions = predict_attributes(network, labelled.images)
    right_gender = (predictions["gender"] > 0.5) == labels["gender"]
    right_race = predictions["race"].argmax(axis=1) == labels["race"]
    years = np.abs(predictions["age"] - labels["age"])
    groups = {
        "all": labels["age"] > 0,
        "male": labels["gender"] == 0,
        "female": labels["gender"] == 1,
        **{name: labels["race"] == k for k, name in enumerate(RACES)},
        "60 and more": labels["age"] >= 60,
    }
    for name, of in groups.items():
        gender, race = right_gender[of].mean(), right_race[of].mean()
        yield name, of.sum(), f"{gender:.1%}", f"{years[of].mean():.1f}", f"{race:.1%}"


ROWS = (
    ("gender", "other gender at the other end", "{:.0%}"),
    ("years", "years between the ends", "{:.1f}"),
    ("race", "other race at the other end", "{:.0%}"),
    ("shift", "largest change of a race's share", "{:.0%}"),
    ("colour", "change of the colours, of 255 levels", "{:.1f}"),
    ("likeness", "likeness kept", "{:.2f}"),
)


def edits_table(faces):
    scores = {
        name: score_edits(faces.generator, faces.scorer, way, LENGTHS)
        for name, way in faces.directions.items()
    }
    random = score_random(faces.generator, faces.scorer, LENGTHS)
    n_random = len(random["years"])
    rows = []
    for key, what, form in ROWS:
        for name, score in scores.items():
            rows.append([f"{name}: {what}", *map(form.format, score[key])])
        ends = zip(random[key].min(axis=0), random[key].max(axis=0))
        between = [f"{form.format(low)} to {form.format(high)}" for low, high in ends]
        rows.append([f"{n_random} random directions: {what}", *between])
    lengths = [f"{length:g}" for length in LENGTHS]
    return table(["edits of 500 faces, both ways by", *lengths], rows)


def by_eye_table():
    """What two labellers saw at both ends of edits, where they agree."""
    seen = {}
    for row in read_table(LABELS / "edited.csv"):
        for label in ("smile", "glasses", "pose"):
            if row[label]:
                place = row["direction"], label, float(row["end"])
                seen.setdefault(place, []).append(row[label])

    def change(direction, label, value):
        ends = (seen[direction, label, end] for end in (-LENGTHS[-1], LENGTHS[-1]))
        low, high = (f"{answers.count(value)} of {len(answers)}" for answers in ends)
        return f"{low} → {high}"

    columns = {
        "smile": ("smile", "1"),
        "glasses": ("glasses", "1"),
        "look left": ("pose", "-1"),
        "look right": ("pose", "1"),
    }
    rows = [
        [direction, *(change(direction, *what) for what in columns.values())]
        for direction in EDITS
    ]
    return table([f"by eye, from -{LENGTHS[-1]} to {LENGTHS[-1]}", *columns], rows)


def disagreement_table(faces, n=500):
    """How often the two networks that describe differ about the same edited faces."""
    z = sample_latents(n, LATENT_DIM, seed=0)
    sets = {"not edited": z}
    for name, way in faces.directions.items():
        edited = edit(z, way, [-LENGTHS[-1], LENGTHS[-1]])
        sets[f"{name}, {LENGTHS[-1]} both ways"] = edited.reshape(-1, LATENT_DIM)
    rows = []
    for name, codes in sets.items():
        images = generate(faces.generator, codes)
        first, second = (
            predict_attributes(network, images)
            for network in (faces.attributes, faces.scorer)
        )
        genders = (first["gender"] > 0.5) != (second["gender"] > 0.5)
        races = first["race"].argmax(axis=1) != second["race"].argmax(axis=1)
        years = np.abs(first["age"] - second["age"])
        figures = f"{genders.mean():.0%}", f"{years.mean():.1f}", f"{races.mean():.0%}"
        rows.append([f"{name}, {len(images):,} faces", *figures])
    names = ["where attributes and scorer differ", "gender", "years apart", "race"]
    return table(names, rows)


def inversion_table(faces, pixel_encoder, train, unseen):
    order = np.random.default_rng(0).permutation(len(unseen))
    photos = to_float(unseen.images[order[:100]])
    average = np.broadcast_to(to_float(train.images[::10]).mean(axis=0), photos.shape)
    codes = faces.encoder(photos).numpy()
    from_zero = invert(faces.generator, photos, 0 * codes, steps=300)[0][-1]
    improved = invert(faces.generator, photos, codes, steps=100)[0][-1]
    extract_features = layer_output(faces.scorer, "features")

    def figures(images):
        error = ((images - photos) ** 2).mean()
        both = [extract_features(to_uint8(each)) for each in (images, photos)]
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in both)
        return f"{error:.4f}", f"{(a * b).sum(axis=1).mean():.2f}"

    images = {
        "the average photo": average,
        "an encoder that learned from pixels only": faces.generator(
            pixel_encoder(photos)
        ),
        "the encoder": faces.generator(codes),
        "search, 300 steps from the middle": faces.generator(from_zero),
        "the encoder, then search, 100 steps": faces.generator(improved),
    }
    return table(
        [
            "100 unseen photos, painted from their codes",
            "squared pixel error",
            "likeness, as the scorer sees it",
        ],
        [[name, *figures(np.asarray(each))] for name, each in images.items()],
    )


def save_copies(faces, pixel_encoder, n=12):
    """Faces of nobody, in place of photos, and what both encoders make of them."""
    shown = generate(faces.generator, sample_latents(n, LATENT_DIM, seed=8))
    copies = [
        generate(faces.generator, encoder(to_float(shown)))
        for encoder in (pixel_encoder, faces.encoder)
    ]
    sheet = tile(np.concatenate([shown, *copies]), columns=n)
    save_png(COPIES, sheet, provenance(faces.generator, "faces64"))


def write_figures(card, sections):
    """Put them between the marks in a model card, in place of older ones."""
    figures = "\n\n".join(sections)
    before, rest = card.read_text().split("<!-- figures -->")
    after = rest.split("<!-- end of figures -->")[1]
    card.write_text(
        f"{before}<!-- figures -->\n{figures}\n<!-- end of figures -->{after}"
    )
    return figures


def table(names, rows):
    """A Markdown table."""
    lines = [f"| {' | '.join(row)} |" for row in (names, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(names), *lines[1:]])


if __name__ == "__main__":
    main()
