"""Two well-known examples that `bench.py` compares with.

Rebuilt from their published widths, losses, rates and order of work. `shrink` divides
the channels, for a quick try.
"""

import keras
import tensorflow as tf
from keras import layers


class FaceDCGAN(keras.Model):
    """The networks and the step of Keras's face-DCGAN example.

    Its images are in [0, 1], its batches have 32.
    """

    def __init__(self, size=64, shrink=1):
        super().__init__()
        self.seeds, self.latent_dim, start = (
            keras.random.SeedGenerator(0),
            128,
            size // 8,
        )
        self.discriminator = keras.Sequential([keras.Input((size, size, 3))])
        for width in (64, 128, 128):
            self.discriminator.add(
                layers.Conv2D(width // shrink, 4, strides=2, padding="same")
            )
            self.discriminator.add(layers.LeakyReLU(negative_slope=0.2))
        for layer in (
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ):
            self.discriminator.add(layer)
        self.generator = keras.Sequential(
            [
                keras.Input((self.latent_dim,)),
                layers.Dense(start**2 * 128),
                layers.Reshape((start, start, 128)),
            ]
        )
        for width in (128, 256, 512):
            self.generator.add(
                layers.Conv2DTranspose(width // shrink, 4, strides=2, padding="same")
            )
            self.generator.add(layers.LeakyReLU(negative_slope=0.2))
        self.generator.add(layers.Conv2D(3, 5, padding="same", activation="sigmoid"))
        self.entropy, self.trackers = (
            keras.losses.BinaryCrossentropy(),
            [keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")],
        )
        self.built = True
        self.compile(optimizer=None)
        self.d_optimizer, self.g_optimizer = (
            keras.optimizers.Adam(1e-4),
            keras.optimizers.Adam(1e-4),
        )

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, real):
        n = tf.shape(real)[0]
        images = tf.concat(
            [
                self.generator(
                    keras.random.normal((n, self.latent_dim), seed=self.seeds)
                ),
                real,
            ],
            axis=0,
        )
        labels = tf.concat(
            [tf.ones((n, 1)), tf.zeros((n, 1))], axis=0
        )  # in this example a fake is 1
        labels += 0.05 * keras.random.uniform((2 * n, 1), seed=self.seeds)
        with tf.GradientTape() as tape:
            d_loss = self.entropy(labels, self.discriminator(images))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights))
        with tf.GradientTape() as tape:
            fake = self.generator(
                keras.random.normal((n, self.latent_dim), seed=self.seeds)
            )
            g_loss = self.entropy(tf.zeros((n, 1)), self.discriminator(fake))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))
        for tracker, loss in zip(self.trackers, (d_loss, g_loss)):
            tracker.update_state(loss)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def tutorial_networks(shrink=1):
    """Discriminator and generator of TensorFlow's DCGAN tutorial, for 28 × 28 grey."""
    a, b, c = 256 // shrink, 128 // shrink, 64 // shrink
    transposed = {"padding": "same", "use_bias": False}
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(49 * a, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, a)),
            layers.Conv2DTranspose(b, 5, strides=1, **transposed),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(c, 5, strides=2, **transposed),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 5, strides=2, activation="tanh", **transposed),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(c, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(b, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return discriminator, generator


def tutorial_step(discriminator, generator):
    """The tutorial's step: both networks learn from one and the same pass."""
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    d_optimizer, g_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)

    @tf.function
    def step(real):
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake = generator(tf.random.normal((tf.shape(real)[0], 100)), training=True)
            real_logits, fake_logits = (
                discriminator(real, training=True),
                discriminator(fake, training=True),
            )
            d_loss = entropy(tf.ones_like(real_logits), real_logits) + entropy(
                tf.zeros_like(fake_logits), fake_logits
            )
            g_loss = entropy(tf.ones_like(fake_logits), fake_logits)
        for tape, loss, network, optimizer in (
            (g_tape, g_loss, generator, g_optimizer),
            (d_tape, d_loss, discriminator, d_optimizer),
        ):
            weights = network.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))

    return step
