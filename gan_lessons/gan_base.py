"""What a GAN needs besides the game: saving, going on, painting, checks before `fit`.

Lesson 4 builds `GAN` on this class and shows everything that is not in here.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from gan_lessons.models import generate, sample_latents


class Stopped(KeyboardInterrupt):
    """A run that was stopped by Ctrl-C or by the stop button.

    A notebook shows its one line in place of a traceback.
    """

    def _render_traceback_(self):
        return [str(self)]


class GANBase(keras.Model):
    """Saving, loading, going on, painting and `evaluate` for a model of two networks.

    A subclass sets `discriminator`, `generator`, `ema_generator` and `latent_seeds` in
    its constructor, and `d_loss`, `g_loss`, `d_optimizer`, `g_optimizer` and
    `loss_name` in `compile`.

    Attributes:
        settings: names of the constructor's arguments that are saved, besides the
            networks.
        several_devices: whether `train_step` divides the work among the devices of a
            `tf.distribute` strategy; see `scale.Scaled`.
    """

    settings: tuple[str, ...] = ("ema", "seed")
    several_devices = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = True  # the two networks come built
        names = ("d_loss", "g_loss", "d_real", "d_fake")
        self.means = [keras.metrics.Mean(name) for name in names]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Running means of both losses and of D's verdicts on photos and on fakes."""
        return self.means

    @property
    def latent_dim(self) -> int:
        """The length of a latent vector."""
        return self.generator.input_shape[-1]

    @property
    def chief(self) -> bool:
        """Whether this process writes the files: of several machines, one does."""
        return self.distribute_strategy.extended.should_checkpoint

    def prepared(self, optimizer, network: keras.Model) -> keras.optimizers.Optimizer:
        """The optimizer with its moments for a network, so that they can be loaded."""
        optimizer = keras.optimizers.get(optimizer)
        optimizer.build(network.trainable_variables)
        return optimizer

    def call(self, latents, training=False):
        """Images of the generator's EMA copy: (n, latent_dim) in, [-1, 1] out."""
        return self.ema_generator(latents, training=False)

    def generate(self, n: int = 16, seed: int = 0) -> np.ndarray:
        """New faces from the generator's EMA copy; the same seed gives the same faces.

        Args:
            n: how many.
            seed: of the latents.

        Returns:
            uint8 (n, size, size, channels).
        """
        return generate(self.ema_generator, sample_latents(n, self.latent_dim, seed))

    def fit(self, x, callbacks=None, **kwargs) -> keras.callbacks.History:
        """Keras's `fit` on batches of real images.

        A `Faces.dataset` is told which epoch it is, so that a run can go on. Ctrl-C and
        a notebook's stop button end the run after the current step, with everything
        saved that the callbacks save; pressed twice, at once.

        Args:
            x: batches of images, float32 in [-1, 1], such as `Faces.dataset`.
            callbacks: as in Keras.
            **kwargs: as in Keras.

        Raises:
            ValueError: if the photos, or the generator's images, do not have the shape
                that the discriminator reads, or if there are several devices and the
                class cannot share the work.
            Stopped: after Ctrl-C.
        """
        self._check_devices()
        self._check_shapes(x)
        callbacks = list(callbacks or [])
        if hasattr(x, "epoch"):
            epoch, first = x.epoch, kwargs.get("initial_epoch", 0)
            callbacks.append(  # after `Checkpoint`, which may set the first epoch
                keras.callbacks.LambdaCallback(
                    on_train_begin=lambda logs: epoch.assign(
                        self._initial_epoch or first
                    )
                )
            )
            if isinstance(x, tf.data.Dataset) and "steps_per_epoch" not in kwargs:
                kwargs["steps_per_epoch"] = len(x)
                if len(x) % self.steps_per_execution == 0:
                    x = x.repeat()  # one stream: nobody waits where an epoch ends
        # A dataset shuffles by itself, and Keras says so at length.
        kwargs.setdefault("shuffle", not hasattr(x, "element_spec"))
        with self._stopping_gently():
            return super().fit(x, callbacks=callbacks, **kwargs)

    def test_step(self, real):
        """Both networks' scores on real photos; nothing is learned."""
        latents = keras.random.normal(
            (ops.shape(real)[0], self.latent_dim), seed=self.test_latent_seeds
        )
        real_logits = self.discriminator(real)
        fake_logits = self.discriminator(self.generator(latents))
        scores = (
            self.d_loss(real_logits, fake_logits),
            self.g_loss(fake_logits),
            ops.mean(ops.sigmoid(real_logits)),
            ops.mean(ops.sigmoid(fake_logits)),
        )
        for mean, score in zip(self.metrics, scores):
            mean.update_state(score)
        return self.get_metrics_result()

    def get_config(self) -> dict:
        """Both networks and the `settings`, for a `.keras` file."""
        serialize = keras.saving.serialize_keras_object
        networks = {
            "discriminator": serialize(self.discriminator),
            "generator": serialize(self.generator),
        }
        settings = {name: getattr(self, name) for name in self.settings}
        return {**networks, "name": self.name, **settings}

    @classmethod
    def from_config(cls, config: dict):
        """The model that `get_config` describes."""
        networks = {
            name: keras.saving.deserialize_keras_object(config.pop(name))
            for name in ("discriminator", "generator")
        }
        return cls(**networks, **config)

    def get_compile_config(self) -> dict:
        """Both optimizers and the loss, for a `.keras` file."""
        serialize = keras.saving.serialize_keras_object
        return {
            "d_optimizer": serialize(self.d_optimizer),
            "g_optimizer": serialize(self.g_optimizer),
            "loss": self.loss_name,
        }

    def compile_from_config(self, config: dict):
        """Compile as `get_compile_config` says."""
        deserialize = keras.saving.deserialize_keras_object
        self.compile(**{name: deserialize(value) for name, value in config.items()})

    def save_own_variables(self, store):
        """Save the states of the random numbers, which Keras leaves out."""
        for name, seeds in self._seeds().items():
            store[name] = seeds.state.numpy()

    def load_own_variables(self, store):
        """Load what `save_own_variables` saved."""
        for name, seeds in self._seeds().items():
            seeds.state.assign(store[name][()])

    def _seeds(self):
        return {
            name: value
            for name, value in vars(self).items()
            if isinstance(value, keras.random.SeedGenerator)
        }

    def _check_devices(self):
        devices = self.distribute_strategy.num_replicas_in_sync
        if devices > 1 and not self.several_devices:
            raise ValueError(
                f"{type(self).__name__} trains on one device, and its strategy has "
                f"{devices}: use recipe.default_gan, or put scale.Scaled before it"
            )

    def _check_shapes(self, x):
        spec = getattr(x, "element_spec", x)
        photos = tf.nest.flatten(spec, expand_composites=True)[0]  # the first device's
        devices = self.distribute_strategy.num_replicas_in_sync
        self.images_per_step = photos.shape[0] and photos.shape[0] * devices
        shapes = {
            "the photos are": photos.shape,
            "the generator paints": self.generator.output_shape,
        }
        wanted = self.discriminator.input_shape[1:]
        for what, shape in shapes.items():
            if tuple(shape[1:]) != wanted:
                raise ValueError(
                    f"{what} {tuple(shape[1:])}, and the discriminator reads {wanted}: "
                    "load or build both for the same size and channels"
                )

    @contextlib.contextmanager
    def _stopping_gently(self) -> Iterator[None]:
        """While `fit` runs, let the first Ctrl-C end it as if its epochs were over."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may listen to signals
            return
        pressed = []

        def stop(signal_number, frame):
            signal.signal(signal.SIGINT, before)
            pressed.append(signal_number)
            self.stop_training = True

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        if pressed:
            raise Stopped(
                "stopped: run the same again, and it goes on from its checkpoint"
            )
