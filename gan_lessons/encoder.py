"""GAN inversion: from a photo back to a latent code (lesson 8).

An encoder network guesses the code, and gradient descent improves it. Encoder and
generator together are an autoencoder whose second half was trained first.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from gan_lessons.gan import frozen
from gan_lessons.models import count_stages, stage_width


def build_encoder(
    size: int = 64, channels: int = 3, width: int = 32, latent_dim: int = 128
) -> keras.Sequential:
    """A convolutional network that maps photos to latent codes.

    It has the discriminator's stages, each with layer normalisation, and as many
    outputs as a code has numbers.

    Args:
        size: of the photos in pixels, one of `data.SIZES`.
        channels: of the photos, 1 or 3.
        width: channels of the first convolution; no later one has more than 8 times as
            many.
        latent_dim: the length of a code.

    Returns:
        A network that maps float32 (n, size, size, channels) in [-1, 1] to float32
        (n, latent_dim), after training about standard normal.

    Example:
        >>> build_encoder(64).output_shape
        (None, 128)
    """
    photos = keras.Input((size, size, channels))
    model = keras.Sequential([photos], name="encoder")
    for stage in range(count_stages(size)):
        filters = stage_width(width, stage)
        model.add(layers.Conv2D(filters, 4, strides=2, padding="same"))
        model.add(layers.LayerNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim, name="latent"))
    return model


def pixel_error(images: tf.Tensor, photos: tf.Tensor) -> tf.Tensor:
    """The mean squared error of each image's pixels.

    Args:
        images: float32 (n, size, size, channels).
        photos: likewise.

    Returns:
        float32 (n,).

    Example:
        >>> pixel_error(generator(codes), photos)
    """
    return tf.reduce_mean((images - photos) ** 2, axis=(1, 2, 3))


def absolute_error(images: tf.Tensor, photos: tf.Tensor) -> tf.Tensor:
    """The mean absolute error of each image's pixels; otherwise as `pixel_error`.

    Example:
        >>> absolute_error(generator(codes), photos)
    """
    return tf.reduce_mean(tf.abs(images - photos), axis=(1, 2, 3))


def feature_loss(network: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """What a trained network sees of the difference between images (perceptual loss).

    Args:
        network: as `build_attribute_network` gives it. Its feature maps are compared
            after every second ReLU, each relative to the size of its numbers.

    Returns:
        A function of images and photos, float32 (n, size, size, channels) in [-1, 1],
        to the mean error of the feature maps, float32 (n,).

    Example:
        >>> feature_error = feature_loss(faces.attributes)
        >>> path, errors = invert(generator, photos, codes, error=feature_error)

    Reference:
        Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and
        super-resolution", 2016.
    """
    relus = [x.output for x in network.layers if isinstance(x, layers.ReLU)]
    feature_maps = keras.Model(network.inputs[0], relus[1::2])

    def feature_error(images, photos):
        total = 0.0
        for ours, theirs in zip(feature_maps(images), feature_maps(photos)):
            difference = tf.reduce_mean((ours - theirs) ** 2, axis=(1, 2, 3))
            total += difference / tf.reduce_mean(theirs**2, axis=(1, 2, 3))
        return total / len(relus[1::2])

    return feature_error


@keras.saving.register_keras_serializable("gan_lessons")
class EncoderTraining(keras.Model):
    """Train an encoder for a frozen generator, on photos and on generated images.

    The latent of a generated image is known: the encoder is to find it. That of a photo
    is not: there the generator is to reproduce the photo from the encoder's code, and
    the code is to have the length of a random one.

    Args:
        encoder: as `build_encoder` gives it.
        generator: a trained one; it stays as it is.
        error: maps images and photos to how far each image is off, float32 (n,); the
            gradient must pass through it.
        seed: of the latents drawn in training.
        **kwargs: as in `keras.Model`.

    Example:
        >>> training = EncoderTraining(build_encoder(64), generator)
        >>> training.compile(keras.optimizers.Adam(1e-3))
        >>> training.fit(faces.dataset(32), epochs=10)
    """

    def __init__(self, encoder, generator, error=absolute_error, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.generator, self.error = encoder, generator, error
        self.seeds = keras.random.SeedGenerator(seed)
        self.trackers = {
            name: keras.metrics.Mean(name) for name in ("latent_error", "photo_error")
        }
        self.built = True

    @property
    def metrics(self):
        """Running means: squared error of the latents, the error of the photos."""
        return list(self.trackers.values())

    def train_step(self, photos):
        """Train on a batch of photos in [-1, 1] and on as many generated images."""
        latents = keras.random.normal(
            (ops.shape(photos)[0], self.generator.input_shape[-1]), seed=self.seeds
        )
        fakes = self.generator(latents, training=False)
        with frozen(self.generator), tf.GradientTape() as tape:
            found = self.encoder(fakes, training=True)
            latent_error = ops.mean(ops.square(found - latents))
            codes = self.encoder(photos, training=True)
            copies = self.generator(codes, training=False)
            photo_error = ops.mean(self.error(copies, photos))
            mean_squares = ops.mean(ops.square(codes), axis=1)
            length_error = ops.mean(ops.square(mean_squares - 1))
            loss = latent_error + 5 * photo_error + 0.1 * length_error
        weights = self.encoder.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        self.trackers["latent_error"].update_state(latent_error)
        self.trackers["photo_error"].update_state(photo_error)
        return {name: tracker.result() for name, tracker in self.trackers.items()}


def invert(
    generator: keras.Model,
    photos: np.ndarray,
    starts: np.ndarray,
    steps: int = 100,
    rate: float = 0.1,
    penalty: float = 0.002,
    error: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = pixel_error,
) -> tuple[np.ndarray, np.ndarray]:
    """Find codes whose generated images resemble photos, by gradient descent on codes.

    The generator stays as it is. The penalty keeps the codes about as long as random
    ones, where edits work.

    Args:
        generator: latents in, images in [-1, 1] out.
        photos: float32 (n, size, size, channels) in [-1, 1].
        starts: float32 (n, latent_dim), for instance `encoder(photos)`.
        steps: of gradient descent.
        rate: Adam's learning rate.
        penalty: weight of a code's mean square in the loss, beside the error.
        error: maps images and photos to how far each image is off, float32 (n,); the
            gradient must pass through it.

    Returns:
        The codes from the first to the last, float32 (steps + 1, n, latent_dim), and
        the errors before each step, float32 (steps, n).

    Example:
        >>> path, errors = invert(generator, photos, encoder(photos))
        >>> codes = path[-1]

    Reference:
        Zhu et al., "Generative visual manipulation on the natural image manifold",
        2016.
    """
    codes = tf.Variable(starts)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([codes])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            errors = error(generator(codes, training=False), photos)
            penalties = penalty * tf.reduce_mean(codes**2, axis=1)
            loss = tf.reduce_sum(errors + penalties)
        optimizer.apply(tape.gradient(loss, [codes]), [codes])
        return errors

    path, history = [codes.numpy()], []
    for _ in range(steps):
        history.append(step().numpy())
        path.append(codes.numpy())
    return np.array(path), np.array(history)
