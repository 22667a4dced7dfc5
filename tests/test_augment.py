"""Augmentation changes light and place, alike for the whole range, and lets gradients through."""

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.augment import augment, light, shift


def seeds():
    return keras.random.SeedGenerator(0)


def test_shift_moves_each_image_by_up_to_an_eighth():
    images = np.zeros((200, 32, 32, 1), "float32")
    images[:, 16, 16] = 1
    where = np.argwhere(shift(images, seeds()).numpy()[..., 0] == 1)[:, 1:] - 16
    assert len(where) == 200 and where.min() == -4 and where.max() == 4
    assert abs(np.corrcoef(where.T)[0, 1]) < 0.3, "the two directions move together"


def test_light_changes_brightness_and_contrast_of_each_image_alone():
    images = np.random.default_rng(0).uniform(-1, 1, (300, 8, 8, 3)).astype("float32")
    out = light(images, seeds()).numpy()
    contrast, brightness = (
        out.std((1, 2, 3)) / images.std((1, 2, 3)),
        out.mean((1, 2, 3)) - images.mean((1, 2, 3)),
    )
    assert 0.7 <= contrast.min() < 0.75 and 1.25 < contrast.max() <= 1.3
    assert (
        brightness.min() + 1e-5 >= -0.3
        and brightness.min() < -0.25
        and 0.25 < brightness.max() <= 0.3 + 1e-5
    )


def test_gradients_pass_and_every_call_differs():
    images, generator = tf.ones((2, 16, 16, 1)), seeds()
    with tf.GradientTape() as tape:
        tape.watch(images)
        out = augment(images, generator)
    assert float(tf.reduce_sum(tf.abs(tape.gradient(out, images)))) > 0
    assert not np.array_equal(out, augment(images, generator))
