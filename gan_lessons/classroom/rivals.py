"""Generators that cheat, for the learner to find out (lesson 6)."""

import keras
import numpy as np

from gan_lessons.models import generate


def rival_faces(
    generator: keras.Model, n: int, people: int = 40, change: float = 0.3, seed: int = 7
) -> np.ndarray:
    """Pictures of few people, each of them again and again, a little changed.

    Args:
        generator: maps latents to images in [-1, 1].
        n: how many pictures.
        people: after so many pictures the first person comes again.
        change: how much the latents of one person differ.
        seed: of the latents.

    Returns:
        uint8 (n, size, size, channels).

    Example:
        >>> rival_faces(generator, 80).shape
        (80, 64, 64, 3)
    """
    rng = np.random.default_rng(seed)
    latent_dim = generator.input_shape[-1]
    codes = rng.standard_normal((people, latent_dim))
    changes = change * rng.standard_normal((n, latent_dim))
    return generate(generator, codes[np.arange(n) % people] + changes)


def suspects(
    photos: np.ndarray, held_out: np.ndarray, honest: np.ndarray
) -> dict[str, np.ndarray]:
    """Features that four models hand in: for exercise 6.4, where one of them is honest.

    Args:
        photos: features of training photos (m, d).
        held_out: features of other photos (k, d).
        honest: features of a generator's faces (n, d).

    Returns:
        {"A": features (n, d), …, "D": the same}.

    Example:
        >>> list(suspects(photos, held_out, painted))
        ['A', 'B', 'C', 'D']
    """
    rng = np.random.default_rng(6)
    n, shape = len(honest), honest.shape
    people = rng.permutation(held_out)[np.arange(n) % 40]
    copied = rng.permutation(photos)[np.arange(n) % len(photos)]
    covariance = np.cov(held_out, rowvar=False)
    return {
        "A": rng.multivariate_normal(held_out.mean(axis=0), covariance, n),
        "B": people + 0.1 * rng.standard_normal(shape),
        "C": honest,
        "D": copied + 0.1 * rng.standard_normal(shape),
    }
