"""From a photo back to a latent: an encoder network, with the generator as its decoder (lesson 6).

Encoder and generator together are an autoencoder whose second half was trained first, as half of a GAN.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from gan_lessons.gan import frozen
from gan_lessons.models import count_stages, stage_width


def build_encoder(size=64, channels=3, width=32, latent_dim=128):
    """A network that reads a face: photo in, latent out.

    In: float32 (n, size, size, channels) in [-1, 1]. Out: float32 (n, latent_dim), about standard normal after training.
    The discriminator's stages, each followed by a normalisation, and as many outputs as a latent has numbers.

    >>> build_encoder(64).output_shape
    (None, 128)
    """
    model = keras.Sequential([keras.Input((size, size, channels))], name="encoder")
    for stage in range(count_stages(size)):
        model.add(
            layers.Conv2D(stage_width(width, stage), 4, strides=2, padding="same")
        )
        model.add(layers.LayerNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim, name="latent"))
    return model


@keras.saving.register_keras_serializable("gan_lessons")
class EncoderTraining(keras.Model):
    """Teaches an encoder with two questions at once; the generator is frozen throughout.

    Of a painting, whose latent is known: is it the latent? Of a photo, which has none: does the generator paint the
    photo again from what was read, and is it a latent of a usual length? Fit it on batches of photos in [-1, 1].

    >>> training = EncoderTraining(build_encoder(64), generator)
    >>> training.compile(keras.optimizers.Adam(1e-3))
    >>> training.fit(faces.dataset(32), epochs=10)
    """

    def __init__(self, encoder, generator, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.generator = encoder, generator
        self.seeds = keras.random.SeedGenerator(seed)
        self.trackers = {
            name: keras.metrics.Mean(name) for name in ("latent_error", "pixel_error")
        }
        self.built = True

    @property
    def metrics(self):
        return list(self.trackers.values())

    def train_step(self, photos):
        latents = keras.random.normal(
            (ops.shape(photos)[0], self.generator.input_shape[-1]), seed=self.seeds
        )
        paintings = self.generator(latents, training=False)
        with frozen(self.generator), tf.GradientTape() as tape:
            latent_error = ops.mean(
                ops.square(self.encoder(paintings, training=True) - latents)
            )
            read = self.encoder(photos, training=True)
            pixel_error = ops.mean(
                ops.abs(self.generator(read, training=False) - photos)
            )
            unusual = ops.mean(ops.square(ops.mean(ops.square(read), axis=1) - 1))
            loss = latent_error + 5 * pixel_error + 0.1 * unusual
            movable = self.encoder.trainable_variables
        self.optimizer.apply(tape.gradient(loss, movable), movable)
        for name, value in (
            ("latent_error", latent_error),
            ("pixel_error", pixel_error),
        ):
            self.trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self.trackers.items()}


def invert(generator, photos, starts, steps=100, rate=0.1, penalty=0.002):
    """Search, for each photo, a code whose painting looks like it: gradient descent on the code, the generator frozen.

    photos:  float32 (n, size, size, channels) in [-1, 1]; starts: (n, latent_dim), for instance `encoder(photos)`
    penalty: on the mean square of a code's numbers, beside the mean square of the pixels' errors; it keeps codes near
             the shell where random ones live, so that edits work

    Out: the codes' whole way, float32 (steps + 1, n, latent_dim), and the pixel errors on it, (steps, n).
    Zhu et al., "Generative visual manipulation on the natural image manifold", 2016.

    >>> path, errors = invert(generator, photos, encoder(photos))
    >>> codes = path[-1]
    """
    codes = tf.Variable(starts)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([codes])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            errors = tf.reduce_mean(
                (generator(codes, training=False) - photos) ** 2, axis=(1, 2, 3)
            )
            total = tf.reduce_sum(errors + penalty * tf.reduce_mean(codes**2, axis=1))
        optimizer.apply(tape.gradient(total, [codes]), [codes])
        return errors

    path, history = [codes.numpy()], []
    for _ in range(steps):
        history.append(step().numpy())
        path.append(codes.numpy())
    return np.array(path), np.array(history)
