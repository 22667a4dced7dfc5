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

RACES = ("White", "Black", "Asian", "Indian", "other")


def build_attribute_network(size=64, channels=3, width=32):
    """A network that describes a face.

    In: float32 (n, size, size, channels) in [-1, 1]. Out, a dict: "gender" (n, 1), a logit, positive for female;
    "age" (n, 1), in years; "race" (n, 5), logits in the order of `RACES`. Its layer "features" gives 128 numbers
    per photo, the space in which the course's measures compare faces.

    >>> build_attribute_network(64).output_shape["race"]
    (None, 5)
    """
    images = x = keras.Input((size, size, channels))
    for stage in range(4):
        for stride in (2, 1) if 0 < stage < 3 else (2,):
            x = layers.Conv2D(width * 2**stage, 3, strides=stride, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    features = layers.Dense(128, activation="relu", name="features")(layers.Dropout(0.3)(x))
    decades = layers.Dense(1, bias_initializer=keras.initializers.Constant(3.5))(features)
    outputs = {"gender": layers.Dense(1, name="gender")(features), "age": layers.Rescaling(10.0, name="age")(decades),
               "race": layers.Dense(len(RACES), name="race")(features)}
    return keras.Model(images, outputs, name="attributes")


def train_attribute_network(faces, epochs=15, batch_size=64, seed=0, width=32, verbose=0):
    """An attribute network, trained on those of these photos that have labels, changed a little each time (`augment`).

    >>> network = train_attribute_network(load_faces("utkface")[::2])
    """
    keras.utils.set_random_seed(seed)
    faces = faces[faces.attributes["age"] >= 0]
    network = build_attribute_network(faces.images.shape[1], faces.images.shape[-1], width)
    steps = epochs * (len(faces) // batch_size)
    network.compile(keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(2e-3, steps), weight_decay=0.02),
                    loss={"gender": keras.losses.BinaryCrossentropy(from_logits=True), "age": _decades_apart,
                          "race": keras.losses.SparseCategoricalCrossentropy(from_logits=True)})
    seeds = keras.random.SeedGenerator(seed)
    labels = {name: tf.constant(faces.attributes[name][:, None], "float32") for name in ("gender", "age", "race")}

    def look(images, index):
        return augment(images, seeds), {name: tf.gather(values, index) for name, values in labels.items()}

    numbered = _numbered(faces)
    network.fit(numbered.dataset(batch_size, labels=True, seed=seed).map(look).prefetch(2), epochs=epochs, shuffle=False, verbose=verbose)
    return network


def describe(network, images, batch_size=256):
    """What an attribute network says of images, uint8 (n, size, size, channels).

    Out, a dict of float arrays: "gender" (n,), the probability of female; "age" (n,), in years; "race" (n, 5), probabilities.
    """
    said = [network(to_float(images[start : start + batch_size]), training=False) for start in range(0, len(images), batch_size)]
    joined = {name: np.concatenate([np.asarray(part[name]) for part in said]) for name in said[0]}
    return {"gender": np.asarray(ops.sigmoid(joined["gender"]))[:, 0], "age": joined["age"][:, 0], "race": np.asarray(ops.softmax(joined["race"]))}


def _decades_apart(years, said):
    return ops.mean(ops.abs(years - said)) / 10


def _numbered(faces):
    """The same photos, each labelled with its own position."""
    import dataclasses

    return dataclasses.replace(faces, labels=np.arange(len(faces)))
