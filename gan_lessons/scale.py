"""One run on several devices, of one machine or of several (lesson 7).

Every device holds both networks, takes its own part of each batch, and the gradients of all are added up before anybody moves
(synchronous data parallelism; Goyal et al., "Accurate, Large Minibatch SGD", 2017): n devices with batches of b photos do what one does with n·b.
"""

import hashlib
import json
import os

import keras
import numpy as np
import tensorflow as tf

STRATEGIES = ("one", "mirrored", "multi-worker")


def make_strategy(name="one"):
    """A `tf.distribute.Strategy`: "one" device, all devices of this machine ("mirrored"), or several machines ("multi-worker").

    Several machines (or processes) are told who takes part by the environment variable TF_CONFIG, and wait for each other here.
    Call it before anything else of TensorFlow. ValueError for another name, or a TF_CONFIG that is missing or cannot be read.

    >>> with make_strategy("mirrored").scope():
    ...     gan = GAN(build_discriminator(64), build_generator(64))
    """
    if name == "one":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        return tf.distribute.MirroredStrategy([device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")])
    if name != "multi-worker":
        raise ValueError(f"strategy {name!r} is not one of {', '.join(STRATEGIES)}")
    given = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(given)
        config["cluster"]["worker"][config["task"]["index"]]
    except (ValueError, KeyError, IndexError, TypeError):
        raise ValueError(f"TF_CONFIG={given[:200]!r} does not say who takes part: set it on each machine to "
                         '{"cluster": {"worker": ["HOST:PORT", …]}, "task": {"type": "worker", "index": 0, 1, …}}') from None
    communication = tf.distribute.experimental.CommunicationImplementation
    how = communication.AUTO if tf.config.list_physical_devices("GPU") else communication.RING
    return tf.distribute.MultiWorkerMirroredStrategy(communication_options=tf.distribute.experimental.CommunicationOptions(implementation=how))


def share_out(faces, batch_size, strategy, **options):
    """`Faces.dataset` with `batch_size` photos for each device, for a `fit` in the scope of `strategy`.

    All devices together see the batches that one would see with `batch_size` times as many photos per batch as there are devices. A machine
    with one device reads only its own part of each; one with several reads all of them, and leaves out what is not for it.

    >>> gan.fit(share_out(load_faces("orl"), 16, gan.distribute_strategy), epochs=100)
    """
    everybodys = batch_size * strategy.num_replicas_in_sync
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) or len(strategy.extended.worker_devices) > 1:
        whole, sharding = faces.dataset(everybodys, **options), tf.data.Options()
        sharding.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        dataset = whole.with_options(sharding)
    else:
        # The length has to survive: where Keras does not know it, it takes one step more, on no photos.
        whole = faces.dataset(everybodys, part=(strategy.cluster_resolver.task_id, strategy.num_replicas_in_sync), **options)
        dataset = strategy.distribute_datasets_from_function(lambda context: whole)
    dataset.epoch = whole.epoch
    return dataset


def agree(strategy, number, what):
    """Wait for all machines, and see that each has the same `number`; ValueError, on every one, if not."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return

    @tf.function
    def everybodys():
        def of_one():
            return tf.distribute.get_replica_context().all_gather(tf.constant([number], tf.int64), axis=0)
        return strategy.experimental_local_results(strategy.run(of_one))[0]

    if len(set(everybodys().numpy())) > 1:
        raise ValueError(f"the machines do not agree on {what}, which is {number} here: give all of them the same command and a folder that they share")


def weights_sha256(*networks):
    """The SHA-256 of all weights of these networks, in hex: equal for two machines if and only if every bit of the weights is.

    >>> print("weights", weights_sha256(gan.generator, gan.discriminator))
    """
    digest = hashlib.sha256()
    for network in networks:
        for weights in network.get_weights():
            digest.update(weights.tobytes())
    return digest.hexdigest()


def multiplications(network):
    """How often a network multiplies for one picture, forward: every kernel once for each place where it lies.

    >>> multiplications(build_generator(64, 3, 32, 128))
    27262976
    """
    total = 0
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            side = layer.input if isinstance(layer, keras.layers.Conv2DTranspose) else layer.output
            total += layer.kernel.shape.num_elements() * int(np.prod(side.shape[1:-1]))
    return total


def all_reduce_seconds(nbytes, machines, bytes_per_second, delay):
    """How long `machines` take to add up `nbytes` of gradients round a ring, in which everybody sends to one neighbour at a time.

    Each sends 2 (n - 1) / n of the bytes, in 2 (n - 1) messages, and every message takes `delay` seconds beside its bytes
    (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009; built in lesson 7).

    >>> all_reduce_seconds(4_000_000, machines=2, bytes_per_second=1.25e9, delay=0.0)
    0.0032
    """
    return 2 * (machines - 1) * (nbytes / machines / bytes_per_second + delay)


def efficiency(step_seconds, gradients, machines, bytes_per_second, delay):
    """The share of the time, 0 to 1, in which machines learn that add up these gradients (the bytes of each network) in every step.

    The machines wait while gradients travel: no part of the exchange is hidden behind calculating.
    """
    exchange = sum(all_reduce_seconds(nbytes, machines, bytes_per_second, delay) for nbytes in gradients)
    return step_seconds / (step_seconds + exchange)
