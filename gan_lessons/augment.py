"""Random changes of light and place, the same kind for real and generated images, that gradients pass through (lesson 5).

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020.
"""

import keras
from keras import ops


def augment(images, seed):
    """Brightness, contrast and a shift of up to an eighth of the picture, drawn anew for every image.

    images: float32 (n, size, size, channels) in [-1, 1]; the result has the same shape and may leave the range a little.
    seed:   a `keras.random.SeedGenerator`.

    >>> augment(real, keras.random.SeedGenerator(0)).shape == real.shape
    True
    """
    return shift(light(images, seed), seed)


def light(images, seed):
    """Brightness ± 0.3 and contrast × 0.7 to 1.3."""
    n = ops.shape(images)[0]
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    contrast = keras.random.uniform((n, 1, 1, 1), 0.7, 1.3, seed=seed)
    brightness = keras.random.uniform((n, 1, 1, 1), -0.3, 0.3, seed=seed)
    return (images - mean) * contrast + mean + brightness


def shift(images, seed):
    """Up to an eighth of the picture in each direction; grey (0) comes in from the side.

    Each window of rows and columns is picked by a matrix of zeros and ones: gradients of gradients pass through it, under XLA too.
    """
    n, size = ops.shape(images)[0], images.shape[1]
    reach = size // 8
    padded = ops.pad(images, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
    start = keras.random.randint((n, 2), 0, 2 * reach + 1, seed=seed)
    rows, columns = ops.unstack(
        ops.one_hot(start[:, :, None] + ops.arange(size), size + 2 * reach), axis=1
    )
    return ops.einsum(
        "nxj,nyjc->nyxc", columns, ops.einsum("nyi,nijc->nyjc", rows, padded)
    )
