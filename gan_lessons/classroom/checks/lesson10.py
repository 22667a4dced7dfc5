"""Checks of lesson 10: a ring's bytes, a lost message, shared gradients, scaling."""

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from gan_lessons.classroom.checks.hints import first_hint, one_number, short
from gan_lessons.scale import all_reduce_seconds

# 10.1


def check_bytes_sent(answer) -> str | None:
    """10.1: what each of six machines sends in a ring, of 1,500,000 gradients.

    Args:
        answer: a number of bytes.
    """
    number = None if isinstance(answer, bool) else one_number(answer)
    if number is None:
        return f"You gave {answer!r}: give one number, of bytes."
    gradients = 4 * 1_500_000
    if np.isclose(number, 2 * 5 / 6 * gradients, rtol=1e-6, atol=0):
        return None
    mistakes = [
        (
            gradients,
            "So many bytes are the gradients. In how many turns does a machine send a "
            "piece of them, and how large is a piece?",
        ),
        (
            2 * gradients,
            "That is two laps of six turns. But a lap is over after one turn less than "
            "there are machines.",
        ),
        (gradients * 5 / 6, "That is one lap. The complete sums travel once more."),
        (
            2 * 5 * gradients,
            "That is what all six machines send together. How much does each send?",
        ),
        (5 * gradients, "That is what one machine gets that collects all gradients."),
        (gradients / 6, "That is a single message."),
        (
            2 * 5 / 6 * 1_500_000,
            "That is how many numbers each machine sends; a number has four bytes.",
        ),
        (2 * 5 / 6 * gradients * 8, "Those are bits: eight of them are a byte."),
        (2 * 5 / 6 * gradients * 2, "You counted eight bytes for each number."),
        (
            2 * 5 / 6 * gradients / 1e6,
            "The number is right if you meant megabytes; give bytes.",
        ),
        (
            2 * 5 / 6 * gradients / 2**20,
            "The number is right if you meant mebibytes; give bytes.",
        ),
    ]
    otherwise = (
        "Each machine cuts its gradients into as many pieces as there are machines, "
        "and sends one piece in every turn of the two laps."
    )
    if not np.isfinite(number):
        return f"You said {number}. {otherwise}"
    hint = first_hint(number, mistakes, otherwise, atol=0.5 if number > 100 else 1e-2)
    return f"You said {number:,.10g} bytes. {hint}"


# 10.2


def check_wrong_pieces(answer) -> str | None:
    """10.2: how many pieces are wrong after a message was lost in either lap.

    Args:
        answer: two whole numbers.
    """
    numbers = _two_numbers(answer)
    if numbers is None:
        return (
            f"You gave {answer!r}: give two numbers of pieces, from 0 to 16, such as "
            "(0, 0)."
        )
    if numbers == (4, 2):
        return None
    first, second = numbers
    said = f"You said {first:g} and {second:g}."
    if numbers == (2, 4):
        return f"{said} Both numbers are right, and have changed places."
    if max(numbers) > 16 or min(numbers) < 0:
        return (
            f"{said} There are 16 pieces at the end. Count pieces, not the numbers in "
            "them: a piece is wrong if it is not the sum of all machines' pieces."
        )
    if first != 4:
        hint = {
            1: "Only the neighbour's piece? It passes that piece on, turn after turn, "
            "and what is missing in it stays missing.",
            3: "Count all four machines, also the one where the sum is completed.",
            0: "Compare each machine's result with the sum of all gradients, piece by "
            "piece. Random gradients show every mistake; zeros and ones can hide some.",
        }.get(
            first,
            "On the first lap a lost message takes its numbers out of the sum. Who "
            "gets this sum in the end?",
        )
        return f"{said} Turn 0: {hint}"
    hint = {
        1: "the neighbour keeps an incomplete piece, and there is one more turn in "
        "which it passes that on.",
        3: "that is so if the message of turn 3 is lost. The code counts turns from 0.",
        4: "the sum itself was complete before, and some machines have it.",
        0: "does your code really leave the message out on the second lap?",
    }.get(second, "who still waits for the complete piece when the message is lost?")
    return f"{said} Turn 4: {hint}"


def _two_numbers(answer):
    """The answer as two floats, or None if it is anything else."""
    if isinstance(answer, (str, dict, set)):  # a set has no order
        return None
    try:
        numbers = tuple(one_number(part) for part in answer)
    except TypeError:
        return None
    if len(numbers) != 2 or None in numbers or not np.isfinite(numbers).all():
        return None
    return numbers


# 10.3


def check_shared_gradients(shared_gradients: Callable) -> str | None:
    """10.3: the gradients of a batch that is cut into parts, some of them larger.

    Args:
        shared_gradients: a network, photos (k, 4, 4, 1) and the number of parts in; a
            list of gradients out, as those of `network.trainable_variables`.
    """
    rng = np.random.default_rng()
    for build, count, n in ((_dense, 7, 2), (_convolution, 11, 4), (_dense, 6, 3)):
        network, seen = build()
        photos = rng.uniform(-1, 1, (count, 4, 4, 1)).astype("float32")
        photos[: count // 2] *= 3  # so that the parts differ
        before = network.get_weights()
        came = shared_gradients(network, photos.copy(), n)
        sizes, after = list(seen), network.get_weights()
        network.set_weights(before)
        hint = _shared_hint(came, network, photos, n)
        if not hint:
            hint = _sizes_hint(sizes, count, n)
        if not all(map(np.array_equal, before, after)):
            hint = (
                "you changed the network's weights: return the gradients, and take no "
                "step."
            )
        if hint:
            return f"With {count} photos in {n} parts: {hint}"
    return None


class _Watched(keras.Sequential):
    """A chain of layers that notes how many photos it is given."""

    def __init__(self, parts):
        # The name it would get begins with _, which no graph takes.
        super().__init__(parts, name="network")
        self._seen = _Sizes()

    def call(self, inputs, training=None, mask=None):
        self._seen.append(inputs.shape[0])
        return super().call(inputs, training=training, mask=mask)


class _Sizes:
    """A list that Keras does not take for a part of the model."""

    def __init__(self):
        self.sizes = []
        self.append = self.sizes.append

    def __iter__(self):
        return iter(self.sizes)


def _watched(*parts):
    network = _Watched([keras.Input((4, 4, 1)), *parts])
    network._seen.sizes.clear()
    return network, network._seen


def _dense():
    return _watched(
        layers.Flatten(),
        layers.Dense(5, activation="tanh"),
        layers.Dense(1),
    )


def _convolution():
    return _watched(
        layers.Conv2D(3, 3, activation="tanh"),
        layers.Flatten(),
        layers.Dense(1),
    )


def _gradients(network, photos, sign=-1):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(sign * network(photos)))
    found = tape.gradient(loss, network.trainable_variables)
    return [np.asarray(gradient, "float64") for gradient in found]


def _shared_hint(came, network, photos, n):
    weights = network.trainable_variables
    if not isinstance(came, (list, tuple)):
        return (
            f"you returned {_kind(came)}, expected a list with one gradient for each "
            f"of the {len(weights)} weight arrays."
        )
    if len(came) != len(weights):
        of_parts = " One for each part? Put them together." if len(came) == n else ""
        return (
            f"your list has {len(came)} entries, expected {len(weights)}: one for each "
            f"of the network's weight arrays.{of_parts}"
        )
    for gradient, weight in zip(came, weights):
        if gradient is None:
            return (
                f"the gradient of {weight.path} is None: the tape has to watch the "
                "network's call, and the loss must not leave TensorFlow in between."
            )
        if np.shape(gradient) != tuple(weight.shape):
            return (
                f"the gradient of {weight.path} has the shape {np.shape(gradient)}, "
                f"expected {tuple(weight.shape)}."
            )
    came = [np.asarray(gradient, "float64") for gradient in came]
    right = _gradients(network, photos)
    if _alike(came, right):
        return None
    for wrong, hint in _shared_mistakes(network, photos, n, right):
        if _alike(came, wrong):
            return hint
    return (
        "the gradients are not those of the whole batch. Every photo should count the "
        "same: weight each part's gradients by its number of photos."
    )


def _shared_mistakes(network, photos, n, right):
    """What each mistake leads to, and its hint."""
    parts = np.array_split(photos, n)
    of_parts = [_gradients(network, part) for part in parts]
    columns = list(zip(*of_parts))
    weighted = [
        sum(len(part) * gradient for part, gradient in zip(parts, column))
        for column in columns
    ]
    return [
        (
            [sum(column) / n for column in columns],
            "that is the plain mean over the parts, but they are not equally large: "
            "weight each part's gradients by its number of photos.",
        ),
        (
            [sum(column) for column in columns],
            "that is the plain sum over the parts. You need a mean, in which every "
            "photo counts the same.",
        ),
        (
            weighted,
            "the weights are right; now divide by the number of all photos.",
        ),
        (
            [gradient / n for gradient in weighted],
            "you divided by the number of parts. The weights are photos, so divide by "
            "the number of all photos.",
        ),
        (
            [-gradient for gradient in right],
            "the sign is wrong: return the gradients, not the step against them.",
        ),
        (
            [n * gradient for gradient in right],
            "they are too long, by the number of parts: do you divide by the number "
            "of all photos?",
        ),
        (
            _gradients(network, photos, sign=1),
            "the loss is softplus of *minus* the network's answer.",
        ),
        (
            [np.asarray(weight, "float64") for weight in network.trainable_variables],
            "those are the weights; return the gradients of the loss for them.",
        ),
        (
            of_parts[0],
            "those are the gradients of the first part alone: is your `return` inside "
            "the loop?",
        ),
        (of_parts[-1], "those are the gradients of the last part alone: add them up."),
    ]


def _alike(some, others):
    """Whether two lists of gradients are the same, to what float32 can tell."""
    length = max(np.abs(other).max() for other in others)
    return all(
        np.allclose(one, other, rtol=1e-3, atol=1e-5 * max(length, 1e-3))
        for one, other in zip(some, others)
    )


def _sizes_hint(sizes, count, n):
    if count in sizes:
        return (
            "the gradients are right, but the network saw the whole batch at once. A "
            "worker sees its part only: cut the batch first."
        )
    # A graph for batches of any size is traced with None.
    sizes = [size for size in sizes if size is not None]
    expected = [len(part) for part in np.array_split(range(count), n)]
    if sizes and max(sizes) > max(expected):
        return (
            f"the network saw {max(sizes)} photos at once, and the largest part has "
            f"{max(expected)}: cut the batch with np.array_split(photos, n)."
        )
    return None


def _kind(value):
    shape = np.shape(value) if hasattr(value, "shape") else None
    if shape is not None:
        return f"an array of shape {tuple(shape)}"
    named = f"a {type(value).__name__}"
    return repr(value) if isinstance(value, (int, float, str)) else named


# 10.4


def check_fastest(fastest: Callable) -> str | None:
    """10.4: how many machines make the shortest step, for a batch of fixed size.

    Args:
        fastest: the seconds that one machine computes, the bytes of D's and of G's
            gradients, the link's bytes per second, its delay and the largest number of
            machines in; a whole number out.
    """
    rng = np.random.default_rng()
    # The best number is none of the ends and no power of two, once below 8, twice
    # above; then the first, then the last.
    cases = [_draw_case(rng, 20, best) for best in ((3, 5, 6, 7), *2 * [range(9, 16)])]
    cases.append((0.001, (4e6, 4e6), 1.25e8, 1e-4, 8))
    cases.append((10.0, (1e6, 2e6), 1.25e10, 1e-6, 6))
    for case in cases:
        best = int(np.argmin(_step_times(*case))) + 1
        came = fastest(*case)
        number = None if isinstance(came, bool) else one_number(came)
        if number is None:
            return f"You returned {came!r}: return one number of machines."
        if number != best:
            cases += [_draw_case(rng, 20, range(3, 19)) for _ in range(8)]
            return _fastest_hint(fastest, number, best, case, cases)
    return None


def _draw_case(rng, most, wanted):
    """Arguments for which every mistake we know leads to another number."""
    while True:
        d_bytes, g_bytes = rng.uniform(2e6, 2e7, 2)
        case = (
            float(rng.uniform(0.02, 0.2)),
            (float(d_bytes), float(g_bytes)),
            float(rng.uniform(1e9, 1e10)),
            float(rng.uniform(1e-4, 2e-3)),
            most,
        )
        times = np.sort(_step_times(*case))
        best = int(np.argmin(_step_times(*case))) + 1
        wrong = [number for number, _ in _fastest_mistakes(case)]
        # Clear enough for float32, and for an overlooked rounding.
        if best in wanted and best not in wrong and times[1] > 1.002 * times[0]:
            return case


def _step_times(step_seconds, gradients, bytes_per_second, delay, most):
    return [
        step_seconds / n
        + sum(
            all_reduce_seconds(each, n, bytes_per_second, delay) for each in gradients
        )
        for n in range(1, most + 1)
    ]


def _fastest_mistakes(case):
    """What each mistake leads to, and its hint."""
    step_seconds, gradients, bytes_per_second, delay, most = case
    numbers = np.arange(1, most + 1)
    right = np.array(_step_times(*case))
    sending = right - step_seconds / numbers
    only_d = _step_times(step_seconds, gradients[:1], *case[2:])
    at_once = _step_times(step_seconds, (sum(gradients),), *case[2:])
    larger = _step_times(step_seconds, (max(gradients),), *case[2:])
    whole = 2 * (numbers - 1) * (sum(gradients) / bytes_per_second + 2 * delay)
    n_turns = 2 * numbers * (sum(gradients) / numbers / bytes_per_second + 2 * delay)
    index = int(np.argmin(right))
    one_ring = (
        "did you count one ring or one lap only? D's gradients and G's are added up "
        "one after the other, so the delays come twice, and a ring takes two laps."
    )
    return [
        (
            index,
            "that is the place in a list, which counts from 0; machines count from 1.",
        ),
        (
            1 + int(np.argmin(step_seconds + sending)),
            "did you divide the computing by the number of machines? Otherwise one "
            "machine always looks best.",
        ),
        (
            1 + int(np.argmax(numbers / (step_seconds + sending))),
            "that is the best number if every machine gets a whole batch (weak "
            "scaling), or if messages had no delay. Here the batch is divided, and "
            "each message takes `delay`.",
        ),
        (1 + int(np.argmax(right)), "that is the number with the longest step."),
        (1 + int(np.argmin(only_d)), one_ring),
        (1 + int(np.argmin(at_once)), one_ring),
        (1 + int(np.argmin(larger)), one_ring),
        (1 + int(np.argmin(step_seconds / numbers + sending / 2)), one_ring),
        (
            1 + int(np.argmin(step_seconds / numbers + n_turns)),
            "did you count n turns for a lap? It has n - 1: a machine alone sends "
            "nothing.",
        ),
        (
            1 + int(np.argmin(step_seconds / numbers + whole)),
            "did you send all the gradients in every turn? A turn sends an n-th.",
        ),
        (
            1 + int(np.argmin(np.maximum(step_seconds / numbers, sending))),
            "did you let computing and sending overlap? Here one follows the other.",
        ),
    ]


def _fastest_hint(fastest, number, best, case, cases):
    times = _step_times(*case)
    most = case[-1]
    hint = "compare the times of all numbers from 1 to `most`."
    if not float(number).is_integer():
        hint = "return the number of machines, a whole number, not a time or a speed."
    elif not 1 <= number <= most:
        hint = f"it must be from 1 to {most}, with both ends."
        if number == 0 == best - 1:
            hint = "a place in a list counts from 0; machines count from 1."
    elif number == most - 1 and best == most:
        hint = "`most` itself is allowed, too."
    else:
        # Several mistakes may lead to this number, and one of them to all numbers.
        came = [one_number(fastest(*each)) for each in cases]
        for pairs in zip(*map(_fastest_mistakes, cases)):
            if came == [wrong for wrong, _ in pairs]:
                hint = pairs[0][1]
                break
    took = ""
    if float(number).is_integer() and 1 <= number <= most:
        took = (
            f", whose step takes {1000 * times[int(number) - 1]:.2f} ms; there is one "
            f"that takes {1000 * min(times):.2f} ms"
        )
    return f"You returned {number:g}{took}: {hint}"


# 10.5


def check_rate_for(rate_for: Callable) -> str | None:
    """10.5: a learning rate for any batch size, for the same loss after ten epochs.

    Args:
        rate_for: a batch size in, a learning rate out.
    """
    wanted = _final_loss(8, 0.04)
    for batch_size in (8, 16, 40, 200):
        came = rate_for(batch_size)
        rate = None if isinstance(came, bool) else one_number(came)
        if rate is None or not np.isfinite(rate) or rate <= 0:
            return (
                f"For batches of {batch_size} you returned {short(came)}: return one "
                "number above 0, the learning rate."
            )
        loss = _final_loss(batch_size, rate)
        if not abs(loss - wanted) <= 0.1:
            return (
                f"For batches of {batch_size} your rate is {rate:.4g}. Ten epochs end "
                f"at a loss of {loss:.2f}, expected {wanted:.2f}. "
                f"{_rate_hint(rate, loss, wanted, batch_size)}"
            )
    return None


def _rate_hint(rate, loss, wanted, batch_size):
    times = batch_size / 8
    if np.isclose(rate, 0.04, rtol=1e-3):
        if times == 1:
            return ""
        return f"That is the old rate, and there are {times:g} times fewer steps."
    if times == 2 and np.isclose(rate, 0.04 * np.sqrt(times), rtol=1e-3):
        return "The square root of the batch is too little here: this is plain SGD."
    if np.isclose(rate, 0.04 / times, rtol=1e-3):
        return "You divided: fewer steps have to be longer, not shorter."
    if np.isclose(rate, 0.04 * batch_size, rtol=1e-3):
        return "Multiply by how many times as large the batch is as the first, 8."
    if not np.isfinite(loss):
        return "The steps are so long that the loss grows without end."
    if loss < wanted:
        return "You came further than asked: the steps are too long."
    return "The steps are too short."


@functools.cache
def _photos_and_names():
    from gan_lessons.data import load_faces

    faces = load_faces("orl", 16)
    pixels = faces.images.reshape(len(faces), -1) / 127.5 - 1
    return pixels, np.eye(40)[faces.labels]


@functools.cache
def _final_loss(batch_size, rate):
    """What `train_names` of the lesson ends with: softmax regression, ten epochs."""
    pixels, names = _photos_and_names()
    rng = np.random.default_rng(0)
    weights, biases = np.zeros((pixels.shape[1], 40)), np.zeros(40)
    with np.errstate(all="ignore"):
        for _ in range(10):
            order = rng.permutation(len(pixels))
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                shares = _softmax(pixels[batch] @ weights + biases)
                errors = (shares - names[batch]) / len(batch)
                weights -= rate * pixels[batch].T @ errors
                biases -= rate * errors.sum(axis=0)
        shares = _softmax(pixels @ weights + biases)
        return abs(float(np.log((shares * names).sum(axis=1)).mean()))


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


CHECKS = {
    "10.1": check_bytes_sent,
    "10.2": check_wrong_pieces,
    "10.3": check_shared_gradients,
    "10.4": check_fastest,
    "10.5": check_rate_for,
}
