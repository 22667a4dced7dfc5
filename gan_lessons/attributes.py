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
from gan_lessons.latent import edit
from gan_lessons.models import generate, layer_output, sample_latents

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

    def prepare(images, positions):
        targets = {name: tf.gather(labels[name], positions) for name in labels}
        return augment(images, augment_seeds), targets

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
    ages = np.histogram(predictions["age"], [0, 30, 45, 60, 200])[0] / n
    races = np.bincount(predictions["race"].argmax(axis=1), minlength=len(RACES)) / n
    age_groups = ("under 30", "30 to 44", "45 to 59", "60 and more")
    return {
        "female": float((predictions["gender"] > 0.5).mean()),
        **dict(zip(age_groups, ages.tolist())),
        **dict(zip(RACES, races.tolist())),
    }


def score_edits(
    generator: keras.Model,
    scorer: keras.Model,
    direction: np.ndarray,
    lengths: list[float],
    n: int = 500,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """What a scorer sees change when random faces move both ways along a direction.

    Args:
        generator: latents in, images in [-1, 1] out.
        scorer: an attribute network that had no part in finding the direction.
        direction: (latent_dim,), of any length but 0.
        lengths: k distances, in standard deviations of the codes.
        n: faces.
        seed: of the faces.

    Returns:
        A dict of arrays (k,): "flips", the share of faces whose predicted gender
        differs between the two ends; "years", the mean absolute difference of the
        predicted ages at the two ends; "likeness", the mean cosine between the features
        of a face before and after.

    Example:
        >>> gender = faces.directions["gender"]
        >>> score_edits(faces.generator, faces.scorer, gender, lengths=[1, 2, 3])
    """
    extract_features = layer_output(scorer, "features")
    z = sample_latents(n, generator.input_shape[-1], seed)
    before = extract_features(generate(generator, z))
    flips, years, likeness = [], [], []
    for length in lengths:
        edited = edit(z, direction, [-length, length])
        ends = [generate(generator, edited[:, k]) for k in (0, 1)]
        low, high = (predict_attributes(scorer, images) for images in ends)
        flips.append(((low["gender"] > 0.5) != (high["gender"] > 0.5)).mean())
        years.append(np.abs(high["age"] - low["age"]).mean())
        after = [extract_features(images) for images in ends]
        likeness.append(np.mean([_cosine(before, end).mean() for end in after]))
    return {
        "flips": np.array(flips),
        "years": np.array(years),
        "likeness": np.array(likeness),
    }


def learn_direction(
    generator: keras.Model,
    network: keras.Model,
    start: np.ndarray,
    steps: int = 60,
    batch_size: int = 32,
    rate: float = 0.01,
    seed: int = 0,
) -> np.ndarray:
    """Find a direction along which gender flips and age stays, by gradient descent.

    The direction is what is learned; generator and attribute network stay as they are.
    Faces are moved by 3 standard deviations both ways: the predicted gender is to be
    male at one end and female at the other, the predicted age the same.

    Args:
        generator: latents in, images in [-1, 1] out.
        network: an attribute network.
        start: float32 (latent_dim,), where to begin.
        steps: of gradient descent.
        batch_size: faces per step.
        rate: Adam's learning rate.
        seed: of the faces.

    Returns:
        float32 (latent_dim,), a unit vector towards female.

    Example:
        >>> start = orthogonal(gender, age)
        >>> gender = learn_direction(faces.generator, faces.attributes, start)
    """
    direction, optimizer = tf.Variable(start), keras.optimizers.Adam(rate)
    optimizer.build([direction])

    def predict(z):
        return network(generator(z, training=False), training=False)

    @tf.function
    def step(z):
        with tf.GradientTape() as tape:
            push = 3 * direction / tf.norm(direction)
            low, high = predict(z - push), predict(z + push)
            wrong = tf.nn.softplus(low["gender"]) + tf.nn.softplus(-high["gender"])
            years = tf.abs(high["age"] - low["age"])
            loss = tf.reduce_mean(wrong) + 0.5 * tf.reduce_mean(years)
        optimizer.apply(tape.gradient(loss, [direction]), [direction])

    latents = sample_latents(steps * batch_size, generator.input_shape[-1], seed)
    for z in np.split(latents, steps):
        step(z)
    learned = direction.numpy()
    return learned / np.linalg.norm(learned)


def _cosine(a, b):
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / (lengths + 1e-9)


def _age_loss(true_years, predicted_years):
    """The mean absolute error in decades, a size that fits the other two losses."""
    return ops.mean(ops.abs(true_years - predicted_years)) / 10
