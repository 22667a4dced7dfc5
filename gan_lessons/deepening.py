"""Deepening: more layers for trained networks, which begin as good as they were.

Each new layer stands in the branch of a residual block whose last weights are 0, so at
first the block hands on what its shortcut gives. Training goes on from there, and what
the shipped faces gained by it stands in docs/recipe.md.

Chen, Goodfellow and Shlens, "Net2Net: accelerating learning via knowledge transfer",
2016, start larger networks at what a small one computes, as is done here.
"""

from collections.abc import Iterator, Sequence

import keras
from keras import layers

BRANCH = 24  # channels of the new branch at the full resolution


@keras.saving.register_keras_serializable("gan_lessons")
class Residual(layers.Layer):
    """A residual block: what its shortcut gives, plus what its branch gives.

    Args:
        branch: layers, each of which reads what the one before it gives.
        shortcut: likewise; without any, the block's input is added itself.
        **kwargs: as in `keras.layers.Layer`.

    Example:
        >>> block = Residual([layers.Conv2D(32, 3, padding="same")])
        >>> block(np.zeros((1, 8, 8, 32))).shape
        TensorShape([1, 8, 8, 32])

    Reference:
        He et al., "Deep residual learning for image recognition", 2016.
    """

    def __init__(self, branch, shortcut=(), **kwargs):
        super().__init__(**kwargs)
        self.branch, self.shortcut = list(branch), list(shortcut)

    def paths(self):
        """The branch and the shortcut.

        No property: Keras 3.15 saves the layers of a property under its name, and
        Keras 3.10 under `branch` and `shortcut`, so neither reads the other's files.
        """
        return self.branch, self.shortcut

    def build(self, input_shape):
        """Build the layers of both paths."""
        for path in self.paths():
            shape = input_shape
            for layer in path:
                layer.build(shape)
                shape = layer.compute_output_shape(shape)

    def call(self, x):
        """The sum of both paths, for an input of the shape it was built for."""
        branch = shortcut = x
        for layer in self.branch:
            branch = layer(branch)
        for layer in self.shortcut:
            shortcut = layer(shortcut)
        return shortcut + branch

    @property
    def dtype_policy(self):
        """The precision of the block and of every layer in it."""
        return super().dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, policy):
        layers.Layer.dtype_policy.fset(self, policy)
        for layer in (*self.branch, *self.shortcut):
            layer.dtype_policy = policy

    def get_config(self):
        """The configurations of the layers, too."""
        paths = {"branch": self.branch, "shortcut": self.shortcut}
        return super().get_config() | {
            name: [_serialized(layer) for layer in path] for name, path in paths.items()
        }

    @classmethod
    def from_config(cls, config):
        """A block with new weights."""
        paths = {
            name: [keras.saving.deserialize_keras_object(one) for one in config[name]]
            for name in ("branch", "shortcut")
        }
        return cls(**config | paths)


def deepen_discriminator(small: keras.Sequential) -> keras.Sequential:
    """A discriminator with more layers that says what the small one says.

    After each convolution stands a residual block with one more, 3 × 3. The pixels are
    read twice: by the first convolution, and by a branch at the full resolution.

    Args:
        small: from `build_discriminator`; it stays as it is.

    Returns:
        A network that reads the same images and gives the same logits.

    Example:
        >>> deepen_discriminator(build_discriminator(64)).output_shape
        (None, 1)
    """
    deep = keras.Sequential([keras.Input(small.input_shape[1:])], name=small.name)
    copies = [copy_layer(layer) for layer in small.layers]
    for k, copied in enumerate(copies):
        convolution = isinstance(copied, layers.Conv2D)
        if k == 0:
            branch = [
                layers.Conv2D(BRANCH, 3, padding="same"),
                _leaky(),
                copy_layer(copied, name="full_resolution", kernel_initializer="zeros"),
            ]
            deep.add(Residual(branch, [copied]))
        else:
            deep.add(copied)
        if convolution:
            deep.add(Residual([_leaky(), _correction(copied.filters)]))
    return _with_weights(deep, copies, small)


def deepen_generator(small: keras.Sequential) -> keras.Sequential:
    """A generator with more layers that paints what the small one paints.

    Before each scaling stands a residual block with a convolution, 3 × 3. The image is
    painted twice: by the last transposed convolution, and by a branch that works at the
    full resolution.

    Args:
        small: from `build_generator`; it stays as it is.

    Returns:
        A network that reads the same latents and paints the same images.

    Example:
        >>> deepen_generator(build_generator(64)).output_shape
        (None, 64, 64, 1)
    """
    deep = keras.Sequential([keras.Input(small.input_shape[1:])], name=small.name)
    *copies, last = (copy_layer(layer) for layer in small.layers)
    for before, copied in zip(small.layers, copies):
        if isinstance(copied, layers.RMSNormalization):
            channels = before.input.shape[-1]
            normalise = layers.RMSNormalization()
            deep.add(Residual([normalise, _leaky(), _correction(channels)]))
        deep.add(copied)
    last.activation = keras.activations.linear
    branch = [
        layers.Conv2DTranspose(BRANCH, 4, strides=2, padding="same"),
        layers.RMSNormalization(),
        _leaky(),
        _correction(last.filters),
    ]
    deep.add(Residual(branch, [last]))
    deep.add(layers.Activation("tanh"))
    return _with_weights(deep, [*copies, last], small)


def paths_through(layer: layers.Layer) -> Sequence[list[layers.Layer]]:
    """The ways through a layer, each a list of layers: two through a residual block.

    Args:
        layer: any.

    Example:
        >>> len(paths_through(layers.Conv2D(8, 3)))
        1
    """
    return layer.paths() if isinstance(layer, Residual) else [[layer]]


def layer_shapes(network: keras.Sequential) -> Iterator[tuple]:
    """Every layer with the shapes of its input and output, in residual blocks too.

    Args:
        network: any of the course's.

    Example:
        >>> for layer, inputs, outputs in layer_shapes(build_generator(64)):
        ...     print(layer.name, inputs, outputs)
    """
    for layer in network.layers:
        for path in paths_through(layer):
            shape = layer.input.shape
            for part in path:
                given = part.compute_output_shape(shape)
                yield part, shape, given
                shape = given


def copy_layer(layer: layers.Layer, **changes) -> layers.Layer:
    """A layer like this one, with new weights, that learns.

    Args:
        layer: any; it may be frozen, as those of an EMA copy are.
        **changes: to its configuration.

    Example:
        >>> copy_layer(layers.Conv2D(8, 3), filters=16).filters
        16
    """
    copied = type(layer).from_config(layer.get_config() | changes)
    copied.trainable = True
    return copied


def _serialized(layer):
    # Not for which input it was built: a copy may be given more channels.
    config = keras.saving.serialize_keras_object(layer)
    return {key: value for key, value in config.items() if key != "build_config"}


def _leaky():
    return layers.LeakyReLU(negative_slope=0.2)


def _correction(channels):
    return layers.Conv2D(channels, 3, padding="same", kernel_initializer="zeros")


def _with_weights(deep, copies, small):
    for copied, before in zip(copies, small.layers, strict=True):
        copied.set_weights(before.get_weights())
    return deep
