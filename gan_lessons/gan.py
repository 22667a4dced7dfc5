"""The game: losses, freezing, and the model that alternates two networks (built in lesson 4).

Goodfellow et al., "Generative Adversarial Nets", 2014.
"""

import contextlib

import keras
import tensorflow as tf
from keras import ops

from gan_lessons.augment import augment
from gan_lessons.models import paint, sample_latents


def discriminator_loss(real_logits, fake_logits):
    """Cross-entropy of "real is 1, fake is 0": -log D(x) - log(1 - D(G(z))), mean over the batch.

    Logits in, of any shape; one number out, at least 0. A discriminator that says 1/2 to everything has log 4 = 1.386.
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def generator_loss(fake_logits):
    """Non-saturating: -log D(G(z)), mean over the batch. Its gradient is largest when the fake is least believed."""
    return ops.mean(ops.softplus(-fake_logits))


def saturating_generator_loss(fake_logits):
    """The game's literal form: log(1 - D(G(z))). Its gradient vanishes when the fake is not believed at all."""
    return -ops.mean(ops.softplus(fake_logits))


def hinge_discriminator_loss(real_logits, fake_logits):
    """max(0, 1 - logit of a real) + max(0, 1 + logit of a fake), mean over the batch (Lim and Ye, 2017)."""
    return ops.mean(ops.relu(1 - real_logits)) + ops.mean(ops.relu(1 + fake_logits))


def hinge_generator_loss(fake_logits):
    """Minus the mean logit of the fakes: the generator's side of the hinge loss."""
    return -ops.mean(fake_logits)


PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")  # Keras's names for how exactly a layer calculates
LOSSES = {
    "non_saturating": (discriminator_loss, generator_loss),
    "saturating": (discriminator_loss, saturating_generator_loss),
    "hinge": (hinge_discriminator_loss, hinge_generator_loss),
}


@contextlib.contextmanager
def frozen(network):
    """Inside the `with`, no variable of `network` is trainable; afterwards each layer is as it was.

    >>> with frozen(generator):
    ...     assert generator.trainable_variables == []
    """
    before = [(layer, layer.trainable) for layer in (network, *network.layers)]
    network.trainable = False
    try:
        yield
    finally:
        for layer, trainable in before:
            layer.trainable = trainable


@contextlib.contextmanager
def full_precision(network):
    """Inside the `with`, every layer calculates as exactly as its weights are stored; afterwards as before (lesson 7).

    >>> with full_precision(discriminator):
    ...     assert discriminator(images).dtype == "float32"
    """
    before = [(layer, layer.dtype_policy) for layer in network.layers]
    for layer in network.layers:
        layer.dtype_policy = layer.variable_dtype
    try:
        yield
    finally:
        for layer, policy in before:
            layer.dtype_policy = policy


class GANBase(keras.Model):
    """The plumbing of `GAN`: saving, loading, going on, painting, half precision, several devices. Nothing of the game is in here."""

    settings = ("ema", "seed")  # the constructor's arguments that are saved, beside the two networks

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = True  # the two networks come built
        self.trackers = {name: keras.metrics.Mean(name) for name in ("d_loss", "g_loss", "d_real", "d_fake")}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def report(self, **values):
        """Take this batch's values into the running means, and give the means."""
        for name, value in values.items():
            self.trackers[name].update_state(value)
        means = {name: tracker.result() for name, tracker in self.trackers.items()}
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            return {name: mean[None] for name, mean in means.items()}  # Keras averages over the first axis there, and there has to be one
        return means

    @property
    def replicas(self):
        """On how many devices this model learns at the same time; 1 unless it was made in the scope of a strategy (lesson 7)."""
        return self.distribute_strategy.num_replicas_in_sync

    @property
    def chief(self):
        """Whether this process is the one that writes files: of several machines, one."""
        return self.distribute_strategy.extended.should_checkpoint

    def draw_latents(self, n):
        """`n` fresh codes from the standard normal; of several devices, each takes its own of those that one would draw for all."""
        latents = keras.random.normal((n * self.replicas, self.latent_dim), seed=self.latent_seeds)
        if self.replicas == 1:
            return latents
        mine = tf.distribute.get_replica_context().replica_id_in_sync_group
        return latents[n * mine : n * (mine + 1)]

    def compile(self, precision="float32", **kwargs):
        """The switches of lesson 7, beside Keras's own `jit_compile` and `steps_per_execution`.

        precision: "float32", or "mixed_bfloat16" or "mixed_float16": both networks then calculate with 16 bits, but for their last
                   layers. Weights, losses, gradient penalty and EMA copy stay in float32 (Micikevicius et al., 2018).
        """
        if precision not in PRECISIONS:
            raise ValueError(f"precision={precision!r} is not one of {', '.join(PRECISIONS)}")
        super().compile(**kwargs)
        for network in (self.discriminator, self.generator):
            for layer in network.layers[:-1]:  # the last gives logits or pixels, which the losses are made of
                layer.dtype_policy = layer.variable_dtype if precision == "float32" else precision
        self.precision = precision

    def ready(self, optimizer, network):
        """The optimizer with its moments for this network, so that they can be loaded; for float16, one that scales the loss."""
        optimizer = keras.optimizers.get(optimizer)
        if self.precision == "mixed_float16" and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        with self.distribute_strategy.scope():
            optimizer.build(network.trainable_variables)
        return optimizer

    def scaled(self, loss, optimizer):
        """What the gradient is taken of: one device's share of the loss, for float16 so enlarged that no small gradient becomes 0."""
        return optimizer.scale_loss(loss) / self.replicas  # the gradients of all devices are added up

    @property
    def latent_dim(self):
        """How many numbers one latent has."""
        return self.generator.input_shape[-1]

    def call(self, latents, training=False):
        """Latents in, images out, float32 in [-1, 1]: what the EMA copy of the generator paints."""
        return self.ema_generator(latents, training=False)

    def generate(self, n=16, seed=0):
        """`n` new faces, uint8 (n, size, size, channels), from the EMA copy of the generator; same seed, same faces."""
        return paint(self.ema_generator, sample_latents(n, self.latent_dim, seed))

    def fit(self, x, callbacks=None, **kwargs):
        """Keras's `fit` on batches of real images; tells a `Faces.dataset` which epoch it is, so that runs can go on.

        ValueError if the photos, or what the generator paints, are not of the shape that the discriminator reads.
        """
        photos = tf.nest.flatten(getattr(x, "element_spec", x), expand_composites=True)[0]  # the first device's, of several
        shapes = {"the photos are": photos.shape, "the generator paints": self.generator.output_shape}
        for what, shape in shapes.items():
            if tuple(shape[1:]) != self.discriminator.input_shape[1:]:
                raise ValueError(f"{what} {tuple(shape[1:])}, and the discriminator reads {self.discriminator.input_shape[1:]}: "
                                 "load or build both for the same size and channels")
        callbacks = list(callbacks or [])
        if hasattr(x, "epoch"):
            epoch, first = x.epoch, kwargs.get("initial_epoch", 0)
            callbacks.append(keras.callbacks.LambdaCallback(on_train_begin=lambda logs: epoch.assign(self._initial_epoch or first)))  # after `Checkpoint`
            if isinstance(x, tf.data.Dataset) and "steps_per_epoch" not in kwargs:
                kwargs["steps_per_epoch"] = len(x)
                if len(x) % self.steps_per_execution == 0:
                    x = x.repeat()  # one stream through all epochs: nobody waits for photos where one ends
        kwargs.setdefault("shuffle", not hasattr(x, "element_spec"))  # a dataset shuffles by itself, and Keras says so at length
        return super().fit(x, callbacks=callbacks, **kwargs)

    def test_step(self, real):
        """Scores of both networks on real photos, nothing learned: what `evaluate` prints."""
        latents = keras.random.normal((ops.shape(real)[0], self.latent_dim), seed=self.test_latent_seeds)
        real_logits, fake_logits = self.discriminator(real), self.discriminator(self.generator(latents))
        return self.report(d_loss=self.d_loss(real_logits, fake_logits), g_loss=self.g_loss(fake_logits),
                           d_real=ops.mean(ops.sigmoid(real_logits)), d_fake=ops.mean(ops.sigmoid(fake_logits)))

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {"discriminator": serialize(self.discriminator), "generator": serialize(self.generator),
                "name": self.name, **{name: getattr(self, name) for name in self.settings}}

    @classmethod
    def from_config(cls, config):
        networks = {name: keras.saving.deserialize_keras_object(config.pop(name)) for name in ("discriminator", "generator")}
        return cls(**networks, **config)

    def get_compile_config(self):
        serialize = keras.saving.serialize_keras_object
        return {"d_optimizer": serialize(self.d_optimizer), "g_optimizer": serialize(self.g_optimizer), "loss": self.loss_name,
                "precision": self.precision}

    def compile_from_config(self, config):
        self.compile(**{name: keras.saving.deserialize_keras_object(value) for name, value in config.items()})

    def save_own_variables(self, store):
        for name, seeds in self._seeds().items():
            store[name] = seeds.state.numpy()

    def load_own_variables(self, store):
        for name, seeds in self._seeds().items():
            seeds.state.assign(store[name][()])

    def _seeds(self):
        """The generators of random numbers, which Keras does not save by itself."""
        return {name: value for name, value in vars(self).items() if isinstance(value, keras.random.SeedGenerator)}


@keras.saving.register_keras_serializable("gan_lessons")
class GAN(GANBase):
    """Two networks and the game between them, as a Keras model that is compiled and fitted.

    discriminator: images (n, size, size, channels) in, logits (n, 1) out
    generator:     latents (n, latent_dim) in, images in [-1, 1] out
    ema:           how much of its past the averaged copy of the generator keeps at each step, 0 to 1
    seed:          of the latents drawn in training

    >>> gan = GAN(build_discriminator(64), build_generator(64))
    >>> gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), keras.optimizers.Adam(2e-4, beta_1=0.5))
    >>> gan.fit(load_faces("orl").dataset(32), epochs=100)
    >>> faces = gan.generate(16, seed=1)
    """

    def __init__(self, discriminator, generator, ema=0.995, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.discriminator, self.generator = discriminator, generator
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.ema_generator.trainable = False
        self.ema, self.seed = ema, seed
        self.latent_seeds = keras.random.SeedGenerator(seed)
        self.test_latent_seeds = keras.random.SeedGenerator(seed + 1)

    def compile(self, d_optimizer, g_optimizer, loss="non_saturating", **kwargs):
        """Give each network its own optimizer, and the game its loss: one of `LOSSES`."""
        if loss not in LOSSES:
            raise ValueError(f"loss={loss!r} is not one of {', '.join(LOSSES)}")
        super().compile(optimizer=None, **kwargs)
        self.loss_name, (self.d_loss, self.g_loss) = loss, LOSSES[loss]
        self.d_optimizer = self.ready(d_optimizer, self.discriminator)
        self.g_optimizer = self.ready(g_optimizer, self.generator)

    def judge(self, images):
        """The discriminator's logits of these images."""
        return self.discriminator(images, training=True)

    def penalty(self, real):
        """What is added to the discriminator's loss: nothing, here."""
        return 0.0

    def train_step(self, real):
        """One round: the discriminator learns while the generator is frozen, then the other way round."""
        n = ops.shape(real)[0]

        with frozen(self.generator), tf.GradientTape() as tape:
            fake = self.generator(self.draw_latents(n), training=True)
            real_logits, fake_logits = self.judge(real), self.judge(fake)
            d_loss = self.d_loss(real_logits, fake_logits)
            total = self.scaled(d_loss + self.penalty(real), self.d_optimizer)
            movable = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(total, movable), movable)

        with frozen(self.discriminator), tf.GradientTape() as tape:
            fake = self.generator(self.draw_latents(n), training=True)
            g_loss = self.g_loss(self.judge(fake))
            total = self.scaled(g_loss, self.g_optimizer)
            movable = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(total, movable), movable)

        self.update_ema()
        return self.report(d_loss=d_loss, g_loss=g_loss, d_real=ops.mean(ops.sigmoid(real_logits)),
                           d_fake=ops.mean(ops.sigmoid(fake_logits)))

    def update_ema(self):
        """Move the averaged copy a little towards the generator; early on, when there is little past, more."""
        steps = ops.cast(self.g_optimizer.iterations, "float32")
        keep = ops.minimum(self.ema, steps / (steps + 10))
        for average, value in zip(self.ema_generator.variables, self.generator.variables):
            average.assign(keep * average + (1 - keep) * value)


@keras.saving.register_keras_serializable("gan_lessons")
class PenalisedGAN(GAN):
    """`GAN` with the R1 gradient penalty (Mescheder et al., 2018): steep opinions cost the discriminator something.

    To its loss is added gamma / 2 · ‖gradient‖² of its logit at real photos, on every fourth step and four times as
    strong, as in StyleGAN2.
    """

    settings = ("ema", "seed", "gamma")

    def __init__(self, *args, gamma=1.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.gamma = gamma

    def penalty(self, real):
        return tf.cond(self.d_optimizer.iterations % 4 == 0, lambda: 4 * self.r1(real), lambda: 0.0)

    def r1(self, real):
        """gamma / 2 times the mean squared norm of the gradient of the logit at the real photos."""
        with full_precision(self.discriminator), tf.GradientTape() as tape:
            tape.watch(real)
            logits = self.judge(real)
        slope = tape.gradient(logits, real)
        return self.gamma / 2 * ops.mean(ops.sum(ops.square(slope), axis=(1, 2, 3)))


@keras.saving.register_keras_serializable("gan_lessons")
class SteadyGAN(PenalisedGAN):
    """`PenalisedGAN` for few photos: the discriminator sees every image, real and fake, through a random `augment`.

    So it cannot learn its few photos by heart, and the generator's gradient passes through (Zhao et al.,
    "Differentiable augmentation", 2020).
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.augment_seeds = keras.random.SeedGenerator(self.seed + 2)

    def judge(self, images):
        return self.discriminator(augment(images, self.augment_seeds), training=True)
