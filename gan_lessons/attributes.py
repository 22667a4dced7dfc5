"""What can be said of a face, from a photo of it: gender, age, race, as the labels of UTKFace have them.

These are labels that people gave, and what a network makes of pixels: no fact about anyone. The course uses them to
measure generated faces, to find directions in the latent space, and to show whom a generator paints too rarely.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from gan_lessons.augment import augment
from gan_lessons.data import to_float
from gan_lessons.latent import edit
from gan_lessons.models import generate, layer_output, sample_latents

RACES = ("White", "Black", "Asian", "Indian", "other")


def build_attribute_network(size=64, channels=3, width=32):
    """A network that describes a face.

    In: float32 (n, size, size, channels) in [-1, 1]. Out, a dict: "gender" (n, 1), a logit, positive for female;
    "age" (n, 1), in years; "race" (n, 5), logits in the order of `RACES`. Its layer "features" gives 8 · width
    numbers per photo, the space in which the course's measures compare faces.

    >>> build_attribute_network(64)(np.zeros((1, 64, 64, 3), "float32"))["race"].shape
    TensorShape([1, 5])
    """
    images = x = keras.Input((size, size, channels))
    for stage in range(4):
        for stride in (2, 1) if 0 < stage < 3 else (2,):
            x = layers.Conv2D(
                width * 2**stage, 3, strides=stride, padding="same", use_bias=False
            )(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dropout(0.3)(features)
    decades = layers.Dense(1, bias_initializer=keras.initializers.Constant(3.5))(x)
    outputs = {
        "gender": layers.Dense(1, name="gender")(x),
        "age": layers.Rescaling(10.0, name="age")(decades),
        "race": layers.Dense(len(RACES), name="race")(x),
    }
    return keras.Model(images, outputs, name="attributes")


def train_attribute_network(
    faces, epochs=15, batch_size=64, seed=0, width=32, verbose=0
):
    """An attribute network, trained on those of these photos that have labels, changed a little each time (`augment`).

    >>> network = train_attribute_network(load_faces("utkface")[::2])
    """
    keras.utils.set_random_seed(seed)
    faces = faces[faces.attributes["age"] >= 0]
    network = build_attribute_network(faces.shape[1], faces.shape[-1], width)
    steps = epochs * (len(faces) // batch_size)
    network.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(2e-3, steps), weight_decay=0.02
        ),
        loss={
            "gender": keras.losses.BinaryCrossentropy(from_logits=True),
            "age": _decades_apart,
            "race": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
    )
    seeds = keras.random.SeedGenerator(seed)
    labels = {
        name: tf.constant(faces.attributes[name][:, None], "float32")
        for name in ("gender", "age", "race")
    }

    def look(images, index):
        return augment(images, seeds), {
            name: tf.gather(values, index) for name, values in labels.items()
        }

    numbered = _numbered(faces)
    network.fit(
        numbered.dataset(batch_size, labels=True, seed=seed).map(look).prefetch(2),
        epochs=epochs,
        shuffle=False,
        verbose=verbose,
    )
    return network


def predict_attributes(network, images, batch_size=256):
    """What an attribute network says of images, uint8 (n, size, size, channels).

    Out, a dict of float arrays: "gender" (n,), the probability of female; "age" (n,), in years; "race" (n, 5), probabilities.
    """
    said = [
        network(to_float(images[start : start + batch_size]), training=False)
        for start in range(0, len(images), batch_size)
    ]
    joined = {
        name: np.concatenate([np.asarray(part[name]) for part in said])
        for name in said[0]
    }
    return {
        "gender": np.asarray(ops.sigmoid(joined["gender"]))[:, 0],
        "age": joined["age"][:, 0],
        "race": np.asarray(ops.softmax(joined["race"])),
    }


def score_edits(generator, scorer, direction, lengths, n=500, seed=0):
    """What an edit does, in the eyes of a scorer, to `n` random faces that are moved both ways along a direction.

    lengths: (k,), how far, in standard deviations of the codes. Out, a dict of arrays (k,):
    "flips", the share of the faces that are of another gender at one end than at the other;
    "years", how far apart the estimated ages of the two ends are, mean of the absolute difference;
    "likeness", how much of the face is kept: the cosine between its features and those at either end, mean.

    >>> score_edits(faces.generator, faces.scorer, faces.directions["gender"], lengths=[1, 2, 3])
    """
    look, z = (
        layer_output(scorer, "features"),
        sample_latents(n, generator.input_shape[-1], seed),
    )
    before = look(generate(generator, z))
    found = {"flips": [], "years": [], "likeness": []}
    for length in lengths:
        ends = [
            generate(generator, codes)
            for codes in edit(z, direction, [-length, length]).swapaxes(0, 1)
        ]
        low, high = (predict_attributes(scorer, images) for images in ends)
        found["flips"].append(((low["gender"] > 0.5) != (high["gender"] > 0.5)).mean())
        found["years"].append(np.abs(high["age"] - low["age"]).mean())
        found["likeness"].append(
            np.mean([_cosine(before, look(images)).mean() for images in ends])
        )
    return {name: np.array(values) for name, values in found.items()}


def learn_direction(
    generator, network, start, steps=60, batch_size=32, rate=0.01, seed=0
):
    """A direction along which gender flips and age stays: from `start`, by gradient descent on what three steps of it do.

    Generator and attribute network stay as they are; it is the direction that moves. start: (latent_dim,). Out: float32 (latent_dim,), length 1.

    >>> gender = learn_direction(faces.generator, faces.attributes, orthogonal(gender, age))
    """
    way, optimizer = tf.Variable(start), keras.optimizers.Adam(rate)
    optimizer.build([way])

    @tf.function
    def step(z):
        with tf.GradientTape() as tape:
            push = 3 * way / tf.norm(way)
            low, high = (
                network(generator(z + sign * push, training=False), training=False)
                for sign in (-1, 1)
            )
            missed = tf.reduce_mean(
                tf.nn.softplus(low["gender"]) + tf.nn.softplus(-high["gender"])
            )
            loss = missed + 0.5 * tf.reduce_mean(tf.abs(high["age"] - low["age"]))
        optimizer.apply(tape.gradient(loss, [way]), [way])

    for z in np.split(
        sample_latents(steps * batch_size, generator.input_shape[-1], seed), steps
    ):
        step(z)
    return way.numpy() / np.linalg.norm(way.numpy())


def _cosine(a, b):
    return (a * b).sum(axis=1) / (
        np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-9
    )


def _decades_apart(years, said):
    return ops.mean(ops.abs(years - said)) / 10


def _numbered(faces):
    """The same photos, each labelled with its own position."""
    import dataclasses

    return dataclasses.replace(faces, labels=np.arange(len(faces)))
