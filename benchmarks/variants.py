"""Networks that the recipe's trials compare with the course's own: docs/recipe.md."""

import keras
from keras import layers, ops

from gan_lessons.deepening import Residual, copy_layer

WIDTHS = (32, 64, 128, 256)  # channels of a stage, from the highest resolution
WIDE = (32, 96, 256, 512)


def build_discriminator(kind="plain", minibatch_std=False):
    """The course's discriminator for 64 × 64 × 3, or another kind.

    kind: plain, residual (a second convolution in all stages but the first, and a way
    round each stage) or wide (more channels at the low resolutions).
    """
    widths = WIDE if kind == "wide" else WIDTHS
    images = keras.Input((64, 64, 3))
    if kind == "residual":
        x = layers.Conv2D(widths[0], 3, padding="same")(images)
        for stage, filters in enumerate((*widths[1:], widths[-1])):
            x = _residual_stage(x, filters, twice=stage > 0)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    else:
        x = images
        for filters in widths:
            x = layers.Conv2D(filters, 4, strides=2, padding="same")(x)
            x = layers.LeakyReLU(negative_slope=0.2)(x)
    if minibatch_std:
        x = MinibatchStd()(x)
        x = layers.Conv2D(widths[-1], 3, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    logits = layers.Dense(1, name="logit")(layers.Flatten()(x))
    return keras.Model(images, logits, name="discriminator")


def _residual_stage(x, filters, twice):
    past = layers.Conv2D(filters, 1, use_bias=False)(layers.AveragePooling2D(2)(x))
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Conv2D(filters, 4, strides=2, padding="same")(x)
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    if twice:
        x = layers.Conv2D(filters, 3, padding="same")(x)
    return 0.5**0.5 * (x + past)


@keras.saving.register_keras_serializable("benchmarks")
class MinibatchStd(layers.Layer):
    """A channel that says how much the images of a batch differ (ProGAN)."""

    def call(self, x):
        spread = ops.mean(ops.sqrt(ops.var(x, axis=0) + 1e-8))
        return ops.concatenate([x, ops.zeros_like(x[..., :1]) + spread], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)


def build_generator(kind="plain", mapping=0, latent_dim=128):
    """The course's generator for 64 × 64 × 3, or another kind.

    kind: plain, resize (bilinear, then a convolution, in place of a transposed one) or
    wide. mapping: dense layers before it, as StyleGAN has.
    """
    widths = WIDE if kind == "wide" else WIDTHS
    latents = x = keras.Input((latent_dim,))
    if mapping:
        x = layers.RMSNormalization()(x)
    for _ in range(mapping):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(latent_dim)(x))
    x = layers.Dense(16 * widths[-1])(x)
    x = layers.Reshape((4, 4, widths[-1]))(x)
    for filters in (*widths[-2::-1], 3):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.RMSNormalization()(x))
        activation = "tanh" if filters == 3 else None
        if kind == "resize":
            x = layers.UpSampling2D(interpolation="bilinear")(x)
            layer, size, strides = layers.Conv2D, 3, 1
        else:
            layer, size, strides = layers.Conv2DTranspose, 4, 2
        x = layer(filters, size, strides, padding="same", activation=activation)(x)
    return keras.Model(latents, x, name="generator")


def add_branches(discriminator, generator, channels):
    """A grown pair with more layers in its new stages.

    Both networks get a branch with a 3 × 3 convolution of so many channels at the full
    resolution, and the discriminator another residual one after its first layer. The
    last weights of each are 0, so that at first both networks compute what they did.
    """
    first = discriminator.layers[0]
    branch = [
        layers.Conv2D(channels, 3, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
        copy_layer(first, name="branch_down", kernel_initializer="zeros"),
    ]
    mix = layers.Conv2D(
        first.filters, 3, padding="same", kernel_initializer="zeros", name="branch_mix"
    )
    copies = [copy_layer(layer) for layer in discriminator.layers]
    correction = Residual([layers.LeakyReLU(negative_slope=0.2), mix], name="mixed")
    large_discriminator = keras.Sequential(
        [
            keras.Input(discriminator.input_shape[1:]),
            Residual(branch, [copies[0]], name="read_twice"),
            correction,
            *copies[1:],
        ]
    )
    _set_weights(copies, discriminator)

    last = generator.layers[-1]
    branch = [
        layers.Conv2D(channels, 3, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
        copy_layer(
            last, name="branch_up", activation="linear", kernel_initializer="zeros"
        ),
    ]
    copies = [copy_layer(layer) for layer in generator.layers[:-1]]
    copies.append(copy_layer(last, activation="linear"))
    large_generator = keras.Sequential(
        [
            keras.Input(generator.input_shape[1:]),
            *copies[:-1],
            Residual(branch, [copies[-1]], name="painted_twice"),
            layers.Activation("tanh"),
        ]
    )
    _set_weights(copies, generator)
    return large_discriminator, large_generator


def _set_weights(copies, network):
    for copied, layer in zip(copies, network.layers, strict=True):
        copied.set_weights(layer.get_weights())
