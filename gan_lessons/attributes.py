"""Gender, age and race of a face as a network predicts them, with UTKFace's labels.

People gave these labels to photos, and a network learned them from pixels: they are no
facts about anyone. The course uses them to measure generated faces, to find directions
in the latent space, and to show who is generated too rarely.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from gan_lessons.augment import augment
from gan_lessons.data import Faces, to_float

RACES = ("White", "Black", "Asian", "Indian", "other")


def build_attribute_network(
    size: int = 64, channels: int = 3, width: int = 32
) -> keras.Model:
    """A convolutional network that predicts gender, age and race.

    Args:
        size: of the photos in pixels, at least 16.
        channels: of the photos, 1 or 3.
        width: channels of the first convolution.

    Returns:
        A network that maps float32 (n, size, size, channels) in [-1, 1] to a dict:
        "gender" (n, 1), logits, positive for female; "age" (n, 1), in years; "race"
        (n, 5), logits in the order of `RACES`. Its layer "features" gives 8 * width
        numbers per photo, in which the course's measures compare faces.

    Example:
        >>> network = build_attribute_network(64)
        >>> network(np.zeros((1, 64, 64, 3), "float32"))["race"].shape
        TensorShape([1, 5])
    """
    images = x = keras.Input((size, size, channels))
    for stage in range(4):
        filters = width * 2**stage
        for stride in (2, 1) if 0 < stage < 3 else (2,):
            x = layers.Conv2D(
                filters, 3, strides=stride, padding="same", use_bias=False
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
    faces: Faces,
    epochs: int = 15,
    batch_size: int = 64,
    seed: int = 0,
    width: int = 32,
    verbose: int = 0,
) -> keras.Model:
    """Train an attribute network on photos with labels, randomly augmented.

    Photos of rare races weigh more in the loss for race, those of rare decades in the
    loss for age. Otherwise the network would hardly ever give a rare answer.

    Args:
        faces: photos; those without labels are left out.
        epochs: passes over the photos.
        batch_size: photos per step.
        seed: of weights, order and augmentation.
        width: as in `build_attribute_network`.
        verbose: as in Keras's `fit`.

    Example:
        >>> network = train_attribute_network(load_faces("utkface")[::2])
    """
    keras.utils.set_random_seed(seed)
    faces = faces[faces.attributes["age"] >= 0]
    network = build_attribute_network(faces.shape[1], faces.shape[-1], width)
    steps = epochs * (len(faces) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=0.02),
        loss={
            "gender": keras.losses.BinaryCrossentropy(from_logits=True),
            "age": _age_loss,
            "race": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
    )
    augment_seeds = keras.random.SeedGenerator(seed)
    labels = {
        name: tf.constant(faces.attributes[name][:, None], "float32")
        for name in ("gender", "age", "race")
    }

    decades = (faces.attributes["age"] // 10).astype(int)
    weights = {
        "gender": tf.ones(len(faces)),
        "age": _balance(decades),
        "race": _balance(faces.attributes["race"]),
    }

    def prepare(images, positions):
        targets, counts = (
            {name: tf.gather(values[name], positions) for name in values}
            for values in (labels, weights)
        )
        return augment(images, augment_seeds), targets, counts

    numbered = dataclasses.replace(faces, labels=np.arange(len(faces)))
    batches = numbered.dataset(batch_size, labels=True, seed=seed)
    network.fit(
        batches.map(prepare).prefetch(2), epochs=epochs, shuffle=False, verbose=verbose
    )
    return network


def predict_attributes(
    network: keras.Model, images: np.ndarray, batch_size: int = 256
) -> dict[str, np.ndarray]:
    """Gender, age and race as an attribute network predicts them.

    Args:
        network: an attribute network.
        images: uint8 (n, size, size, channels).
        batch_size: images at a time.

    Returns:
        As in `to_predictions`.

    Example:
        >>> predictions = predict_attributes(faces.attributes, images)
        >>> print(f"{(predictions['gender'] > 0.5).mean():.0%} female")
    """
    starts = range(0, len(images), batch_size)
    batches = (to_float(images[start : start + batch_size]) for start in starts)
    outputs = [network(batch, training=False) for batch in batches]
    joined = {
        name: np.concatenate([output[name] for output in outputs])
        for name in outputs[0]
    }
    return to_predictions(joined)


def to_predictions(outputs) -> dict[str, np.ndarray]:
    """The outputs of an attribute network as probabilities and years.

    Args:
        outputs: the network's dict of arrays or tensors, with logits in it.

    Returns:
        A dict of float32 arrays: "gender" (n,), the probability of female; "age" (n,),
        in years; "race" (n, 5), probabilities in the order of `RACES`.

    Example:
        >>> predictions = to_predictions(network(photos, training=False))
    """
    return {
        "gender": np.asarray(ops.sigmoid(outputs["gender"]))[:, 0],
        "age": np.asarray(outputs["age"])[:, 0],
        "race": np.asarray(ops.softmax(outputs["race"])),
    }


def group_shares(predictions: dict[str, np.ndarray]) -> dict[str, float]:
    """The shares of women, of age groups and of races among faces.

    Args:
        predictions: of n faces, as `predict_attributes` gives them.

    Returns:
        The share of each group, 0 to 1: "female"; "under 30", "30 to 44", "45 to 59"
        and "60 and more"; and the five of `RACES`.

    Example:
        >>> group_shares(predict_attributes(faces.attributes, images))["female"]
        0.509
    """
    n = len(predictions["age"])
    ages = np.histogram(predictions["age"], [-np.inf, 30, 45, 60, np.inf])[0] / n
    races = np.bincount(predictions["race"].argmax(axis=1), minlength=len(RACES)) / n
    age_groups = ("under 30", "30 to 44", "45 to 59", "60 and more")
    return {
        "female": float((predictions["gender"] > 0.5).mean()),
        **dict(zip(age_groups, ages.tolist())),
        **dict(zip(RACES, races.tolist())),
    }


def _balance(groups):
    """A weight for each photo, mean 1: the rarer its group, the larger."""
    weights = np.bincount(groups)[groups] ** -0.5
    return tf.constant(weights / weights.mean(), "float32")


def _age_loss(true_years, predicted_years):
    """The absolute error in decades, a size that fits the other two losses."""
    return ops.mean(ops.abs(true_years - predicted_years), axis=-1) / 10
