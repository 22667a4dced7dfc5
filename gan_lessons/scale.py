"""Faster and larger: 16 bits, several devices and machines (lessons 9 and 10).

Every device holds both networks and takes its part of each batch; the gradients of all
are averaged before anybody moves (synchronous data parallelism; Goyal et al.,
"Accurate, large minibatch SGD", 2017). So n devices with batches of b photos do what
one does with n * b.
"""

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence

import keras
import tensorflow as tf
from keras import ops

from gan_lessons.data import Faces
from gan_lessons.deepening import layer_shapes

STRATEGIES = ("one", "mirrored", "multi-worker")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")  # Keras's names


@contextlib.contextmanager
def full_precision(network: keras.Model) -> Iterator[None]:
    """Inside the `with`, every layer computes in the precision of its weights.

    Args:
        network: a network whose layers may compute in 16 bits.

    Example:
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


class MixedPrecision:
    """What 16-bit arithmetic adds to a GAN: put it before the GAN's class.

    Weights, losses, gradient penalty, EMA copy and both last layers stay in float32.
    For float16 the loss is scaled, so that small gradients survive.

    Example:
        >>> class HalfGAN(MixedPrecision, GAN):
        ...     pass
        >>> gan = HalfGAN(build_discriminator(64), build_generator(64))
        >>> gan.compile("adam", "adam", precision="mixed_float16")

    Reference:
        Micikevicius et al., "Mixed precision training", 2018.
    """

    def compile(self, *optimizers, precision="float32", **kwargs):
        """As the GAN's own `compile`, with a precision.

        Args:
            *optimizers: as in `GAN.compile`.
            precision: one of `PRECISIONS`.
            **kwargs: as in `GAN.compile`.

        Raises:
            ValueError: for an unknown precision.
        """
        if precision not in PRECISIONS:
            known = ", ".join(PRECISIONS)
            raise ValueError(f"precision={precision!r} is not one of {known}")
        self.precision = precision
        super().compile(*optimizers, **kwargs)
        for network in (self.discriminator, self.generator):
            for layer in network.layers[:-1]:
                own = layer.variable_dtype
                layer.dtype_policy = own if precision == "float32" else precision

    def prepared(self, optimizer, network):
        """The optimizer, wrapped for float16 in one that scales the loss."""
        optimizer = keras.optimizers.get(optimizer)
        scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if self.precision == "mixed_float16" and not scales:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        return super().prepared(optimizer, network)

    def penalty(self, real):
        """The GAN's own penalty, in full precision."""
        with full_precision(self.discriminator):
            return super().penalty(real)

    def minimize(self, loss, tape, network, optimizer, weight=1.0):
        """One step on a loss times `weight`, scaled as the optimizer asks for."""
        weights = network.trainable_variables
        scale = ops.cast(optimizer.scale_loss(weight), loss.dtype)
        gradients = tape.gradient(loss, weights, output_gradients=scale)
        optimizer.apply(gradients, weights)

    def get_compile_config(self):
        """As the GAN's own, with the precision."""
        return {**super().get_compile_config(), "precision": self.precision}


class Scaled(MixedPrecision):
    """What several devices add: other latents for each, and the mean of gradients.

    Example:
        >>> class FastGAN(Scaled, GAN):
        ...     pass
        >>> with make_strategy("mirrored").scope():
        ...     gan = FastGAN(build_discriminator(64), build_generator(64))
        ...     gan.compile("adam", "adam", precision="mixed_bfloat16")
    """

    several_devices = True

    @property
    def replicas(self):
        """The number of devices that share the work."""
        return self.distribute_strategy.num_replicas_in_sync

    def prepared(self, optimizer, network):
        """The optimizer, its moments on every device."""
        with self.distribute_strategy.scope():
            return super().prepared(optimizer, network)

    def draw_latents(self, n):
        """This device's part of the latents that one device would draw for all."""
        latents = super().draw_latents(n * self.replicas)
        if self.replicas == 1:
            return latents
        mine = tf.distribute.get_replica_context().replica_id_in_sync_group
        return latents[n * mine : n * (mine + 1)]

    def minimize(self, loss, tape, network, optimizer):
        """One step on the mean over all devices, whose gradients Keras adds up."""
        super().minimize(loss, tape, network, optimizer, weight=1 / self.replicas)

    def train_step(self, real):
        """The GAN's own step; of several machines, Keras wants scores with an axis."""
        scores = super().train_step(real)
        strategy = tf.distribute.MultiWorkerMirroredStrategy
        if isinstance(self.distribute_strategy, strategy):
            return {name: score[None] for name, score in scores.items()}
        return scores


def make_strategy(name: str = "one") -> tf.distribute.Strategy:
    """The `tf.distribute` strategy of this name. Call it before any other TensorFlow.

    Several machines (or processes) learn from the environment variable TF_CONFIG who
    takes part, and wait for each other here.

    Args:
        name: "one" device, "mirrored" for all devices of this machine, or
            "multi-worker" for several machines.

    Raises:
        ValueError: for another name, or a TF_CONFIG that is missing or unreadable.

    Example:
        >>> with make_strategy("mirrored").scope():
        ...     gan = default_gan(400)
    """
    if name == "one":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        list_devices = tf.config.list_logical_devices
        devices = list_devices("GPU") or list_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if name != "multi-worker":
        raise ValueError(f"strategy={name!r} is not one of {', '.join(STRATEGIES)}")
    given = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(given)
        config["cluster"]["worker"][config["task"]["index"]]
    except (ValueError, KeyError, IndexError, TypeError):
        raise ValueError(
            f"TF_CONFIG={given[:200]!r} does not say who takes part: set it on each "
            'machine to {"cluster": {"worker": ["HOST:PORT", …]}, '
            '"task": {"type": "worker", "index": 0, 1, …}}'
        ) from None
    kinds = tf.distribute.experimental.CommunicationImplementation
    kind = kinds.AUTO if tf.config.list_physical_devices("GPU") else kinds.RING
    return tf.distribute.MultiWorkerMirroredStrategy(
        communication_options=tf.distribute.experimental.CommunicationOptions(
            implementation=kind
        )
    )


def distribute_dataset(
    faces: Faces, batch_size: int, strategy: tf.distribute.Strategy, **options
):
    """`Faces.dataset` with `batch_size` photos for each device of a strategy.

    All devices together see the batches that one would see with `batch_size` times
    their number. A machine with one device reads only its own part of each batch; one
    with several devices reads all parts, and leaves out what is not for it.

    Args:
        faces: the photos.
        batch_size: photos per device and step.
        strategy: of the model that will be fitted.
        **options: as in `Faces.dataset`.

    Example:
        >>> photos = distribute_dataset(faces, 16, gan.distribute_strategy)
        >>> gan.fit(photos, epochs=100)
    """
    replicas = strategy.num_replicas_in_sync
    global_batch_size = batch_size * replicas
    several_machines = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if not several_machines or len(strategy.extended.worker_devices) > 1:
        whole, sharding = faces.dataset(global_batch_size, **options), tf.data.Options()
        sharding.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.DATA
        )
        dataset = whole.with_options(sharding)
    else:
        part = (strategy.cluster_resolver.task_id, replicas)
        whole = faces.dataset(global_batch_size, part=part, **options)
        # Its length has to survive: where Keras does not know it, it takes one step
        # more, on no photos.
        dataset = strategy.distribute_datasets_from_function(lambda context: whole)
    dataset.epoch = whole.epoch
    return dataset


def assert_same_on_all_workers(
    strategy: tf.distribute.Strategy, number: int, what: str
):
    """Wait for all machines, and check that each has the same number.

    Args:
        strategy: anything but several machines passes at once.
        number: this machine's.
        what: its name in the message.

    Raises:
        ValueError: on every machine, if the numbers differ.

    Example:
        >>> assert_same_on_all_workers(make_strategy("one"), 3, "the epoch")
    """
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return

    def gather():
        mine = tf.constant([number], tf.int64)
        return tf.distribute.get_replica_context().all_gather(mine, axis=0)

    @tf.function
    def gather_everywhere():
        return strategy.experimental_local_results(strategy.run(gather))[0]

    if len(set(gather_everywhere().numpy())) > 1:
        raise ValueError(
            f"the machines do not agree on {what}, which is {number} here: give all "
            "of them the same command and a folder that they share"
        )


def weights_sha256(*networks: keras.Model) -> str:
    """The SHA-256 of all weights of some networks, in hex digits.

    Args:
        *networks: in the order in which they count.

    Example:
        >>> print("weights", weights_sha256(gan.generator, gan.discriminator))
    """
    digest = hashlib.sha256()
    for network in networks:
        for weights in network.get_weights():
            digest.update(weights.tobytes())
    return digest.hexdigest()


def count_macs(network: keras.Model) -> int:
    """Multiply-accumulate operations (MACs) of one forward pass of one image.

    Every kernel counts once for each place where it lies; half the FLOPs.

    Args:
        network: of convolutions, transposed convolutions and dense layers.

    Example:
        >>> count_macs(build_generator(64, 3, 32, 128))
        27262976
    """
    total = 0
    for layer, inputs, outputs in layer_shapes(network):
        if hasattr(layer, "kernel"):
            transposed = isinstance(layer, keras.layers.Conv2DTranspose)
            places = math.prod((inputs if transposed else outputs)[1:-1])
            total += layer.kernel.shape.num_elements() * places
    return total


def all_reduce_seconds(
    nbytes: float, machines: int, bytes_per_second: float, delay: float
) -> float:
    """The time in which machines add up gradients by a ring all-reduce.

    Each sends 2 (n - 1) / n of the bytes, in 2 (n - 1) messages.

    Args:
        nbytes: of the gradients.
        machines: n.
        bytes_per_second: of each link.
        delay: seconds per message, besides its bytes.

    Returns:
        Seconds.

    Example:
        >>> all_reduce_seconds(4_000_000, 2, bytes_per_second=1.25e9, delay=0.0)
        0.0032

    Reference:
        Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of
        workstations", 2009.
    """
    return 2 * (machines - 1) * (nbytes / machines / bytes_per_second + delay)


def scaling_efficiency(
    step_seconds: float,
    gradients: Sequence[float],
    machines: int,
    bytes_per_second: float,
    delay: float,
) -> float:
    """The share of the time, 0 to 1, in which machines compute and do not wait.

    No part of the all-reduce overlaps with computing here.

    Args:
        step_seconds: one step of one machine, without the all-reduce.
        gradients: the bytes of each network's gradients.
        machines: how many.
        bytes_per_second: of each link.
        delay: seconds per message.

    Example:
        >>> scaling_efficiency(0.0032, [4_000_000], 2, 1.25e9, delay=0.0)
        0.5
    """
    exchange = sum(
        all_reduce_seconds(nbytes, machines, bytes_per_second, delay)
        for nbytes in gradients
    )
    return step_seconds / (step_seconds + exchange)
