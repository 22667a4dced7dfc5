"""Directions that move one attribute: find them, clean them, count all they change.

A direction found from labels moves whatever goes with that label in the samples, too:
along a direction for age a face may change its gender and its race. So every edit is
scored on all attributes, beside random directions of the same length (lesson 7).
"""

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.attributes import RACES, predict_attributes
from gan_lessons.latent import direction, edit
from gan_lessons.models import generate, layer_output, sample_latents


def find_directions(
    codes: np.ndarray, predictions: dict[str, np.ndarray], least: float = 0.01
) -> dict[str, np.ndarray]:
    """A direction for gender, for age and for every race that is common enough.

    Each is what `latent.direction` finds, and not yet orthogonal to the others. Age is
    split at its median; a race is told from all others.

    Args:
        codes: (n, latent_dim).
        predictions: of their images, as `predict_attributes` gives them.
        least: the share of the images that a group needs, 0 to 1.

    Returns:
        A dict of unit vectors, float32 (latent_dim,): "gender", towards female; "age",
        towards older; and the names of races, towards each.

    Example:
        >>> found = find_directions(codes, predict_attributes(faces.attributes, images))
        >>> age = found.pop("age")
        >>> age = orthogonal(age, *found.values())   # cleaned of all others
    """
    race = predictions["race"].argmax(axis=1)
    labels = {
        "gender": predictions["gender"] > 0.5,
        "age": predictions["age"] > np.median(predictions["age"]),
        **{name: race == number for number, name in enumerate(RACES)},
    }
    return {
        name: direction(codes, label)
        for name, label in labels.items()
        if least <= label.mean() <= 1 - least
    }


def colourfulness(images: np.ndarray) -> np.ndarray:
    """How far an image is from grey: 0 for grey ones, 255 for pure red.

    Args:
        images: uint8 (n, height, width, channels).

    Returns:
        The mean distance of a pixel's largest channel from its smallest, (n,).

    Example:
        >>> colourful = colourfulness(images)
        >>> way = latent.direction(codes, colourful > np.median(colourful))
    """
    return np.ptp(images, axis=-1).mean(axis=(1, 2), dtype="float64")


def score_edits(
    generator: keras.Model,
    scorer: keras.Model,
    direction: np.ndarray,
    lengths: list[float],
    n: int = 500,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Count what changes as random faces move both ways on a direction.

    All but the colour is what a scorer sees.

    Args:
        generator: latents in, images in [-1, 1] out.
        scorer: an attribute network that had no part in finding the direction.
        direction: (latent_dim,), of any length but 0.
        lengths: k distances, in standard deviations of the codes.
        n: faces.
        seed: of the faces.

    Returns:
        A dict of arrays (k,): "gender" and "race", the shares of faces whose predicted
        gender or race differs between the two ends; "years", the mean absolute
        difference of the predicted ages; "shift", the largest difference of a race's
        share between the ends; "colour", by how much the mean `colourfulness` differs
        between them, in grey levels; "likeness", the mean cosine between the features
        of a face before and after. And "shares" (k, 2, 5): the share of each of
        `RACES` at both ends.

    Example:
        >>> gender = faces.directions["gender"]
        >>> score_edits(faces.generator, faces.scorer, gender, lengths=[1, 2, 3])
    """
    extract_features = layer_output(scorer, "features")
    z = sample_latents(n, generator.input_shape[-1], seed)
    before = extract_features(generate(generator, z))
    rows = []
    for length in lengths:
        edited = edit(z, direction, [-length, length])
        ends = [generate(generator, edited[:, k]) for k in (0, 1)]
        low, high = (predict_attributes(scorer, images) for images in ends)
        races = [end["race"].argmax(axis=1) for end in (low, high)]
        shares = [np.bincount(race, minlength=len(RACES)) / n for race in races]
        after = [extract_features(images) for images in ends]
        colours = [colourfulness(images).mean() for images in ends]
        rows.append(
            {
                "gender": ((low["gender"] > 0.5) != (high["gender"] > 0.5)).mean(),
                "years": np.abs(high["age"] - low["age"]).mean(),
                "race": (races[0] != races[1]).mean(),
                "shift": np.abs(shares[1] - shares[0]).max(),
                "colour": abs(colours[1] - colours[0]),
                "likeness": np.mean([_cosine(before, end).mean() for end in after]),
                "shares": shares,
            }
        )
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def score_random(
    generator: keras.Model,
    scorer: keras.Model,
    lengths: list[float],
    directions: int = 8,
    n: int = 500,
    seed: int = 100,
) -> dict[str, np.ndarray]:
    """`score_edits` for random directions: what any push of a length changes.

    Args:
        generator: as in `score_edits`.
        scorer: as in `score_edits`.
        lengths: as in `score_edits`.
        directions: m, how many.
        n: faces for each.
        seed: of the directions and, counted on, of the faces.

    Returns:
        As in `score_edits`, each array with an axis of length m in front.

    Example:
        >>> random = score_random(faces.generator, faces.scorer, lengths=[1, 2, 3])
        >>> random["years"].min(axis=0), random["years"].max(axis=0)
    """
    drawn = sample_latents(directions, generator.input_shape[-1], seed)
    scores = [
        score_edits(generator, scorer, each, lengths, n, seed + number)
        for number, each in enumerate(drawn)
    ]
    return {name: np.array([score[name] for score in scores]) for name in scores[0]}


def learn_direction(
    generator: keras.Model,
    network: keras.Model,
    attribute: str,
    start: np.ndarray,
    steps: int = 150,
    batch_size: int = 32,
    rate: float = 0.01,
    seed: int = 0,
) -> np.ndarray:
    """Find by gradient descent a direction that moves one attribute and keeps the rest.

    The direction is what is learned; generator and attribute network stay as they are.
    Faces are moved by 3 standard deviations both ways. The gender is to be male at one
    end and female at the other, or the age to rise by 30 years; every other prediction
    is to stay what it was.

    Args:
        generator: latents in, images in [-1, 1] out.
        network: an attribute network.
        attribute: "gender" or "age".
        start: float32 (latent_dim,), where to begin.
        steps: of gradient descent.
        batch_size: faces per step.
        rate: Adam's learning rate.
        seed: of the faces.

    Returns:
        float32 (latent_dim,), a unit vector towards female or older.

    Example:
        >>> found = find_directions(codes, predictions)
        >>> age = learn_direction(generator, attributes, "age", start=found["age"])
    """
    direction, optimizer = tf.Variable(start), keras.optimizers.Adam(rate)
    optimizer.build([direction])

    @tf.function
    def step(z):
        with tf.GradientTape() as tape:
            push = 3 * direction / tf.norm(direction)
            codes = tf.concat([z, z - push, z + push], axis=0)
            outputs = network(generator(codes, training=False), training=False)
            now, low, high = ({} for _ in range(3))
            for name, values in outputs.items():
                now[name], low[name], high[name] = tf.split(values, 3)
            loss = _moved(attribute, low, high)
            loss += sum(
                _changed(name, now[name], end[name])
                for name in outputs
                for end in (low, high)
                if name != attribute
            )
        optimizer.apply(tape.gradient(loss, [direction]), [direction])

    latents = sample_latents(steps * batch_size, generator.input_shape[-1], seed)
    for z in np.split(latents, steps):
        step(z)
    learned = direction.numpy()
    return learned / np.linalg.norm(learned)


def _moved(attribute, low, high):
    """How far the attribute is from what it is to be at both ends."""
    if attribute == "gender":
        wrong = tf.nn.softplus(low["gender"]) + tf.nn.softplus(-high["gender"])
    else:
        wrong = tf.nn.relu(30 - (high["age"] - low["age"])) / 10
    return tf.reduce_mean(wrong)


def _changed(name, before, after):
    """How much one prediction changed: cross-entropy, or decades."""
    if name == "age":
        change = tf.abs(after - before) / 10
    elif name == "gender":
        change = tf.nn.sigmoid_cross_entropy_with_logits(tf.sigmoid(before), after)
    else:
        change = tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(before), after)
    return tf.reduce_mean(change)


def _cosine(a, b):
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / (lengths + 1e-9)
