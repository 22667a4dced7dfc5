"""Augmentation changes light and place at random and lets gradients through."""

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.augment import augment, light, shift


def seeds():
    return keras.random.SeedGenerator(0)


def test_shift_moves_each_image_by_up_to_an_eighth():
    images = np.zeros((200, 32, 32, 1), "float32")
    images[:, 16, 16] = 1
    moves = np.argwhere(shift(images, seeds()).numpy()[..., 0] == 1)[:, 1:] - 16
    assert len(moves) == 200 and moves.min() == -4 and moves.max() == 4
    assert abs(np.corrcoef(moves.T)[0, 1]) < 0.3, "the two directions move together"


def test_light_changes_brightness_and_contrast_of_each_image_alone():
    images = np.random.default_rng(0).uniform(-1, 1, (300, 8, 8, 3)).astype("float32")
    changed, pixels = light(images, seeds()).numpy(), (1, 2, 3)
    contrast = changed.std(pixels) / images.std(pixels)
    assert 0.7 <= contrast.min() < 0.75 and 1.25 < contrast.max() <= 1.3
    brightness = changed.mean(pixels) - images.mean(pixels)
    assert -0.3 - 1e-5 <= brightness.min() < -0.25
    assert 0.25 < brightness.max() <= 0.3 + 1e-5


def test_gradients_pass_and_every_call_differs():
    images, draws = tf.ones((2, 16, 16, 1)), seeds()
    with tf.GradientTape() as tape:
        tape.watch(images)
        augmented = augment(images, draws)
    assert float(tf.reduce_sum(tf.abs(tape.gradient(augmented, images)))) > 0
    assert not np.array_equal(augmented, augment(images, draws))
