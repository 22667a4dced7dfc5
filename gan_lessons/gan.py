"""The game: losses, freezing, and the model that alternates two networks (lesson 4).

Goodfellow et al., "Generative Adversarial Nets", 2014. Lesson 5 adds the gradient
penalty and augmentation.
"""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf
from keras import ops

from gan_lessons.augment import augment
from gan_lessons.gan_base import GANBase


def discriminator_loss(real_logits, fake_logits):
    """Binary cross-entropy of "real is 1, fake is 0", mean over the batch.

    -log D(x) - log(1 - D(G(z))). A discriminator that says 1/2 to everything has
    log 4 = 1.386.

    Args:
        real_logits: of photos, any shape.
        fake_logits: of generated images, any shape.

    Returns:
        One number, at least 0.

    Example:
        >>> float(discriminator_loss(0.0, 0.0))
        1.3862943649291992
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def generator_loss(fake_logits):
    """The non-saturating loss: -log D(G(z)), mean over the batch.

    Its gradient is largest where the discriminator is surest that an image is fake.

    Args:
        fake_logits: of generated images, any shape.

    Returns:
        One number, at least 0.

    Example:
        >>> float(generator_loss(0.0))
        0.6931471824645996
    """
    return ops.mean(ops.softplus(-fake_logits))


def saturating_generator_loss(fake_logits):
    """The minimax game's own loss: log(1 - D(G(z))), mean over the batch.

    Its gradient vanishes where the discriminator is sure that an image is fake.

    Args:
        fake_logits: of generated images, any shape.

    Returns:
        One number, at most 0.

    Example:
        >>> float(saturating_generator_loss(0.0))
        -0.6931471824645996
    """
    return -ops.mean(ops.softplus(fake_logits))


def hinge_discriminator_loss(real_logits, fake_logits):
    """The hinge loss: max(0, 1 - real logit) + max(0, 1 + fake logit), batch mean.

    Args:
        real_logits: of photos, any shape.
        fake_logits: of generated images, any shape.

    Returns:
        One number, at least 0.

    Example:
        >>> float(hinge_discriminator_loss(2.0, -2.0))
        0.0

    Reference:
        Lim and Ye, "Geometric GAN", 2017.
    """
    real, fake = ops.relu(1 - real_logits), ops.relu(1 + fake_logits)
    return ops.mean(real) + ops.mean(fake)


def hinge_generator_loss(fake_logits):
    """The generator's side of the hinge loss: minus the mean logit of the fakes.

    Args:
        fake_logits: of generated images, any shape.

    Returns:
        One number.

    Example:
        >>> float(hinge_generator_loss(2.0))
        -2.0
    """
    return -ops.mean(fake_logits)


LOSSES = {
    "non_saturating": (discriminator_loss, generator_loss),
    "saturating": (discriminator_loss, saturating_generator_loss),
    "hinge": (hinge_discriminator_loss, hinge_generator_loss),
}


def parts(network: keras.Model) -> Iterator[keras.Layer]:
    """A network and all its layers, those of networks within it too, outermost first.

    Args:
        network: a model or a layer.

    Example:
        >>> [part.name for part in parts(generator)][:2]
        ['generator', 'dense']
    """
    yield network
    for layer in getattr(network, "layers", ()):
        yield from parts(layer)


@contextlib.contextmanager
def frozen(network: keras.Model) -> Iterator[None]:
    """Inside the `with`, no variable of a network is trainable.

    Afterwards each layer is as it was, frozen ones included.

    Args:
        network: the one to freeze.

    Example:
        >>> with frozen(generator):
        ...     print(len(generator.trainable_variables))
        0
    """
    before = [(layer, layer.trainable) for layer in parts(network)]
    network.trainable = False
    try:
        yield
    finally:
        for layer, trainable in before:
            layer.trainable = trainable


class TwoNetworks(GANBase):
    """A GAN's parts: two networks, two optimizers, two losses, an averaged generator.

    The game itself is in `GAN`, whose docstring describes the arguments.
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
        """Give each network its optimizer, and the game its loss.

        Args:
            d_optimizer: the discriminator's, as in Keras: an object or a name.
            g_optimizer: the generator's.
            loss: one of `LOSSES`.
            **kwargs: Keras's own, such as `jit_compile` and `steps_per_execution`.

        Raises:
            ValueError: for an unknown loss.
        """
        if loss not in LOSSES:
            raise ValueError(f"loss={loss!r} is not one of {', '.join(LOSSES)}")
        super().compile(optimizer=None, **kwargs)
        self.loss_name, (self.d_loss, self.g_loss) = loss, LOSSES[loss]
        self.d_optimizer = self.prepared(d_optimizer, self.discriminator)
        self.g_optimizer = self.prepared(g_optimizer, self.generator)

    def draw_latents(self, n):
        """Random latents, new ones at every call: (n, latent_dim), standard normal."""
        return keras.random.normal((n, self.latent_dim), seed=self.latent_seeds)

    def judge(self, images):
        """The discriminator's logits of these images: (n, 1)."""
        return self.discriminator(images, training=True)


@keras.saving.register_keras_serializable("gan_lessons")
class GAN(TwoNetworks):
    """Two networks and the game between them: a Keras model to compile and to fit.

    Args:
        discriminator: images (n, size, size, channels) in, logits (n, 1) out.
        generator: latents (n, latent_dim) in, images in [-1, 1] out.
        ema: the share that the generator's averaged copy keeps of itself at each step,
            0 to 1.
        seed: of the latents drawn in training.

    Example:
        >>> gan = GAN(build_discriminator(64), build_generator(64))
        >>> gan.compile(keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4))
        >>> gan.fit(load_faces("orl").dataset(32), epochs=100)
        >>> faces = gan.generate(16, seed=1)

    Reference:
        Goodfellow et al., "Generative Adversarial Nets", 2014.
    """

    def train_step(self, real):
        """One round: D learns while G is frozen, then G learns while D is frozen."""
        n = ops.shape(real)[0]

        with frozen(self.generator), tf.GradientTape() as tape:
            fake = self.generator(self.draw_latents(n), training=True)
            real_logits, fake_logits = self.judge(real), self.judge(fake)
            d_loss = self.d_loss(real_logits, fake_logits)
            total = d_loss + self.penalty(real)
        self.minimize(total, tape, self.discriminator, self.d_optimizer)

        with frozen(self.discriminator), tf.GradientTape() as tape:
            fake = self.generator(self.draw_latents(n), training=True)
            g_loss = self.g_loss(self.judge(fake))
        self.minimize(g_loss, tape, self.generator, self.g_optimizer)

        self.update_ema()
        d_real, d_fake = ops.sigmoid(real_logits), ops.sigmoid(fake_logits)
        scores = d_loss, g_loss, ops.mean(d_real), ops.mean(d_fake)
        for mean, score in zip(self.metrics, scores):
            mean.update_state(score)
        return self.get_metrics_result()

    def penalty(self, real):
        """What is added to the discriminator's loss: nothing, here."""
        return 0.0

    def minimize(self, loss, tape, network, optimizer):
        """Move the weights of one network, and no others, down the gradient."""
        weights = network.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    def update_ema(self):
        """Move the averaged copy towards the generator; in the first steps, further."""
        steps = ops.cast(self.g_optimizer.iterations, "float32")
        keep = ops.minimum(self.ema, steps / (steps + 10))
        pairs = zip(self.ema_generator.variables, self.generator.variables)
        for average, value in pairs:
            average.assign(keep * average + (1 - keep) * value)


@keras.saving.register_keras_serializable("gan_lessons")
class R1GAN(GAN):
    """`GAN` with the R1 gradient penalty on the discriminator.

    To D's loss is added gamma / 2 times the squared norm of the gradient of its logit
    with respect to the real photos. It is computed on every fourth step only, four
    times as strong (lazy regularisation, as in StyleGAN2, which does so every 16th).

    Args:
        gamma: the weight of the penalty.
        *args: as in `GAN`.
        **kwargs: as in `GAN`.

    Example:
        >>> gan = R1GAN(build_discriminator(64), build_generator(64), gamma=0.5)

    Reference:
        Mescheder et al., "Which training methods for GANs do actually converge?",
        2018; Karras et al., "Analyzing and improving the image quality of StyleGAN",
        2020.
    """

    settings = ("ema", "seed", "gamma")

    def __init__(self, *args, gamma=1.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.gamma = gamma

    def penalty(self, real):
        """The R1 penalty on every fourth step, four times as strong; else 0."""
        due = self.d_optimizer.iterations % 4 == 0
        return tf.cond(due, lambda: 4 * self.r1(real), lambda: 0.0)

    def r1(self, real):
        """Gamma / 2 times the mean squared norm of the logit's gradient at photos."""
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = self.judge(real)
        gradient = tape.gradient(logits, real)
        squared_norms = ops.sum(ops.square(gradient), axis=(1, 2, 3))
        return self.gamma / 2 * ops.mean(squared_norms)


@keras.saving.register_keras_serializable("gan_lessons")
class DiffAugmentGAN(R1GAN):
    """`R1GAN` for few photos: D sees real and fake images through random `augment`.

    So it cannot memorise its few photos; the generator's gradient passes through.

    Args:
        *args: as in `R1GAN`.
        **kwargs: as in `R1GAN`.

    Example:
        >>> gan = DiffAugmentGAN(build_discriminator(64), build_generator(64))

    Reference:
        Zhao et al., "Differentiable augmentation for data-efficient GAN training",
        2020.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.augment_seeds = keras.random.SeedGenerator(self.seed + 2)

    def judge(self, images):
        """The discriminator's logits of these images, randomly augmented: (n, 1)."""
        augmented = augment(images, self.augment_seeds)
        return self.discriminator(augmented, training=True)
