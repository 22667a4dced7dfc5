"""Differentiable augmentation: random light and random shifts of images (lesson 5).

Real and generated images go through the same changes, and gradients pass through them.
"""

import keras
from keras import ops


def augment(images, seed: keras.random.SeedGenerator):
    """Change brightness and contrast of each image and shift it, at random.

    Args:
        images: float32 (n, size, size, channels) in [-1, 1].
        seed: of the random numbers; every call draws new ones.

    Returns:
        float32 of the same shape, which may leave [-1, 1] a little.

    Example:
        >>> augment(real, keras.random.SeedGenerator(0)).shape == real.shape
        True

    Reference:
        Zhao et al., "Differentiable augmentation for data-efficient GAN training",
        2020.
    """
    return shift(light(images, seed), seed)


def light(images, seed: keras.random.SeedGenerator):
    """Scale each image's contrast by 0.7 to 1.3 and add -0.3 to 0.3 to its pixels.

    Args:
        images: float32 (n, size, size, channels).
        seed: of the random numbers.

    Returns:
        float32 of the same shape.

    Example:
        >>> darker_or_lighter = light(real, keras.random.SeedGenerator(0))
    """
    n = ops.shape(images)[0]
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    contrast = keras.random.uniform((n, 1, 1, 1), 0.7, 1.3, seed=seed)
    brightness = keras.random.uniform((n, 1, 1, 1), -0.3, 0.3, seed=seed)
    return (images - mean) * contrast + mean + brightness


def shift(images, seed: keras.random.SeedGenerator):
    """Shift each image by up to an eighth of its size in both directions.

    Grey (0) fills the margin. Rows and columns are selected by matrix products with
    zeros and ones, through which second-order gradients pass, under XLA too.

    Args:
        images: float32 (n, size, size, channels).
        seed: of the random numbers.

    Returns:
        float32 of the same shape.

    Example:
        >>> moved = shift(real, keras.random.SeedGenerator(0))
    """
    n, size = ops.shape(images)[0], images.shape[1]
    reach = size // 8
    padded = ops.pad(images, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
    start = keras.random.randint((n, 2), 0, 2 * reach + 1, seed=seed)
    window = start[:, :, None] + ops.arange(size)
    rows, columns = ops.unstack(ops.one_hot(window, size + 2 * reach), axis=1)
    shifted_down = ops.einsum("nyi,nijc->nyjc", rows, padded)
    return ops.einsum("nxj,nyjc->nyxc", columns, shifted_down)
