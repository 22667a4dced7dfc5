"""Lesson 10's exercises: right answers in any form, a hint for each mistake."""

import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check
from gan_lessons.scale import all_reduce_seconds, scaling_efficiency


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 10.1


@pytest.mark.parametrize(
    "answer",
    [
        10_000_000,
        1e7,
        2 * 5 / 6 * 4 * 1_500_000,
        np.int64(10_000_000),
        np.array(1e7),
        np.array([10_000_000]),
        [10_000_000],
        (1e7,),
        tf.constant(1e7),
        tf.Variable(1e7),
        all_reduce_seconds(6e6, 6, 1.0, 0.0),
        sum(1_000_000 for _ in range(10)),
    ],
)
def test_bytes_sent(capsys, answer):
    assert printed(capsys, "10.1", answer) == "10.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (6_000_000, "So many bytes are the gradients"),
        (12_000_000, "one turn less than"),
        (5_000_000, "That is one lap"),
        (60_000_000, "How much does each send"),
        (30_000_000, "collects"),
        (1_000_000, "a single message"),
        (2_500_000, "four bytes"),
        (80_000_000, "Those are bits"),
        (20_000_000, "eight bytes"),
        (10, "megabytes"),
        (9.54, "mebibytes"),
        (1_500_000, "as many pieces as there are machines"),
        (-1, "as many pieces"),
        (float("nan"), "as many pieces"),
        (True, "give one number"),
        ("10 MB", "give one number"),
        ([1e7, 1e7], "give one number"),
    ],
)
def test_bytes_sent_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.1", answer)


# 10.2


@pytest.mark.parametrize(
    "answer",
    [
        (4, 2),
        [4, 2],
        (4.0, 2.0),
        np.array([4, 2]),
        tf.constant([4, 2]),
        (np.int64(4), np.int64(2)),
        (tf.constant(4), tf.constant(2)),
        [np.array(4), np.array(2)],
    ],
)
def test_wrong_pieces(capsys, answer):
    assert printed(capsys, "10.2", answer) == "10.2: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ((2, 4), "changed places"),
        ((1, 1), "passes that piece on"),
        ((3, 2), "where the sum is completed"),
        ((0, 0), "piece by piece"),
        ((16, 16), "Who gets this sum"),
        ((4, 1), "one more turn"),
        ((4, 3), "turn 3"),
        ((4, 4), "was complete before"),
        ((4, 0), "leave the message out"),
        ((4, 16), "still waits"),
        ((1000, 500), "Count pieces"),
        ((-4, 2), "Count pieces"),
        (4, "give two numbers"),
        ("4, 2", "give two numbers"),
        ({4: 2}, "give two numbers"),
        ({4, 2}, "give two numbers"),
        ((4, 2, 0), "give two numbers"),
        ((4, None), "give two numbers"),
        ((4, float("nan")), "give two numbers"),
        ([], "give two numbers"),
    ],
)
def test_wrong_pieces_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.2", answer)


def ring_with_a_loss(gradients, lost):
    """The lesson's ring; machine 1 sends nothing in the turn `lost`."""
    n = len(gradients)
    pieces = [np.array_split(gradient, n) for gradient in gradients]
    for turn in range(2 * (n - 1)):
        for machine in range(n):
            if machine == 1 and turn == lost:
                continue
            place = (machine - turn) % n
            message = pieces[machine][place]
            neighbour = pieces[(machine + 1) % n]
            if turn < n - 1:
                neighbour[place] = neighbour[place] + message
            else:
                neighbour[place] = message
    sums = np.array_split(sum(gradients), n)
    return sum(
        not np.allclose(own, right)
        for machine in pieces
        for own, right in zip(machine, sums)
    )


def test_the_answer_is_what_the_ring_gives():
    gradients = list(np.random.default_rng(0).normal(size=(4, 10)))
    assert [ring_with_a_loss(gradients, lost) for lost in (None, 0, 3, 4, 5)] == [
        0,
        4,
        3,
        2,
        1,
    ]


# 10.3


def gradients_of(network, photos):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-network(photos)))
    return tape.gradient(loss, network.trainable_variables)


def combined(network, photos, n, combine):
    parts = np.array_split(photos, n)
    columns = zip(*[gradients_of(network, part) for part in parts])
    counts = [len(part) for part in parts]
    return [combine(column, counts) for column in columns]


def mean_of_photos(column, counts):
    return sum(c * g for c, g in zip(counts, column)) / sum(counts)


def with_mean(network, photos, n):
    return combined(network, photos, n, mean_of_photos)


def with_numpy(network, photos, n):
    return [gradient.numpy() for gradient in with_mean(network, photos, n)]


def with_shares(network, photos, n):
    shares = [len(part) / len(photos) for part in np.array_split(photos, n)]
    total = [0.0] * len(network.trainable_variables)
    for share, part in zip(shares, np.array_split(photos, n)):
        for k, gradient in enumerate(gradients_of(network, part)):
            total[k] = total[k] + share * gradient
    return tuple(total)


def with_sums(network, photos, n):
    total = None
    for part in np.array_split(photos, n):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.nn.softplus(-network(part, training=True)))
        found = tape.gradient(loss, network.trainable_variables)
        total = found if total is None else [a + b for a, b in zip(total, found)]
    return [gradient / len(photos) for gradient in total]


def with_scaled_losses(network, photos, n):
    with tf.GradientTape() as tape:
        loss = 0.0
        for part in np.array_split(photos, n):
            logits = network(tf.convert_to_tensor(part))
            loss += tf.reduce_mean(tf.nn.softplus(-logits)) * len(part) / len(photos)
    return tape.gradient(loss, network.trainable_variables)


def with_numpy_average(network, photos, n):
    return combined(
        network, photos, n, lambda column, counts: np.average(column, 0, counts)
    )


def with_tape_in_the_loop(network, photos, n):
    found = []
    for part in np.array_split(photos, n):
        with tf.GradientTape() as tape:
            losses = tf.nn.softplus(-network(part))
            loss = tf.reduce_mean(losses) * (len(part) / len(photos))
        found.append(tape.gradient(loss, network.trainable_variables))
    return [tf.add_n(column) for column in zip(*found)]


def with_graph(network, photos, n, **how):
    """The gradients of a part come from a graph."""
    graph = tf.function(lambda part: gradients_of(network, part), **how)
    parts = np.array_split(photos, n)
    columns = zip(*[graph(tf.constant(part)) for part in parts])
    return [mean_of_photos(column, [len(part) for part in parts]) for column in columns]


def with_one_graph(network, photos, n):
    """It does not know how many photos it gets."""
    of_any_size = [tf.TensorSpec((None, 4, 4, 1))]
    return with_graph(network, photos, n, input_signature=of_any_size)


@pytest.mark.parametrize(
    "answer",
    [
        with_graph,
        with_one_graph,
        with_mean,
        with_numpy,
        with_shares,
        with_sums,
        with_scaled_losses,
        with_numpy_average,
        with_tape_in_the_loop,
    ],
)
def test_shared_gradients(capsys, answer):
    assert printed(capsys, "10.3", answer) == "10.3: right\n"


def steps_as_well(network, photos, n):
    found = with_mean(network, photos, n)
    for weight, gradient in zip(network.trainable_variables, found):
        weight.assign_sub(0.1 * gradient)
    return found


def equal_parts(network, photos, n):
    size = len(photos) // n
    parts = [photos[k * size : (k + 1) * size] for k in range(n - 1)]
    parts.append(photos[(n - 1) * size :])
    columns = zip(*[gradients_of(network, part) for part in parts])
    return [mean_of_photos(column, [len(part) for part in parts]) for column in columns]


def steps_in_between(network, photos, n):
    total = 0
    for part in np.array_split(photos, n):
        found = gradients_of(network, part)
        for weight, gradient in zip(network.trainable_variables, found):
            weight.assign_sub(0.1 * gradient)
        total += len(part)
    return [gradient * len(part) / total for gradient in found]


def without_the_minus(network, photos, n):
    with tf.GradientTape() as tape:
        loss = 0.0
        for part in np.array_split(photos, n):
            loss += tf.reduce_sum(tf.nn.softplus(network(part))) / len(photos)
    return tape.gradient(loss, network.trainable_variables)


def mixed(combine):
    return lambda network, photos, n: combined(network, photos, n, combine)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda network, photos, n: gradients_of(network, photos), "whole batch at"),
        (mixed(lambda column, counts: sum(column) / len(column)), "plain mean"),
        (mixed(lambda column, counts: sum(column)), "plain sum"),
        (
            mixed(lambda column, counts: sum(c * g for c, g in zip(counts, column))),
            "divide by the number of all photos",
        ),
        (
            mixed(
                lambda column, counts: (
                    sum(c * g for c, g in zip(counts, column)) / len(column)
                )
            ),
            "divided by the number of parts",
        ),
        (mixed(lambda column, counts: column[0]), "first part alone"),
        (mixed(lambda column, counts: column[-1]), "last part alone"),
        (
            mixed(lambda column, counts: -mean_of_photos(column, counts)),
            "the sign is wrong",
        ),
        (lambda network, photos, n: with_mean(network, photos, 2), "at once"),
        (equal_parts, "largest part has"),
        (steps_as_well, "take no step"),
        (steps_in_between, "take no step"),
        (without_the_minus, "softplus of *minus*"),
        (
            lambda network, photos, n: [n * g for g in with_mean(network, photos, n)],
            "too long, by the number of parts",
        ),
        (
            lambda network, photos, n: network.trainable_variables,
            "those are the weights",
        ),
        (
            lambda network, photos, n: dict(enumerate(with_mean(network, photos, n))),
            "you returned a dict, expected a list",
        ),
        (
            lambda network, photos, n: with_mean(network, photos, n)[0],
            "expected a list",
        ),
        (
            lambda network, photos, n: with_mean(network, photos, n)[:2],
            "your list has 2 entries, expected 4",
        ),
        (
            lambda network, photos, n: [
                gradients_of(network, part) for part in np.array_split(photos, n)
            ],
            "Put them together",
        ),
        (
            lambda network, photos, n: [
                tf.transpose(each) for each in with_mean(network, photos, n)
            ],
            "expected (16, 5)",
        ),
        (
            lambda network, photos, n: [None] * len(network.trainable_variables),
            "is None",
        ),
        (lambda network, photos, n: 0.5, "expected a list"),
        (lambda network, photos, n: None, "`return` missing"),
        (lambda network, photos, n: photos["D"], "stopped with IndexError"),
    ],
)
def test_shared_gradients_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.3", answer)


# 10.4


def step_time(n, step_seconds, gradients, bytes_per_second, delay):
    sending = [all_reduce_seconds(g, n, bytes_per_second, delay) for g in gradients]
    return step_seconds / n + sum(sending)


def with_min(step_seconds, gradients, bytes_per_second, delay, most):
    return min(
        range(1, most + 1),
        key=lambda n: step_time(n, step_seconds, gradients, bytes_per_second, delay),
    )


def with_argmin(step_seconds, gradients, bytes_per_second, delay, most):
    n = np.arange(1, most + 1)
    turns = 2 * (n - 1)
    sending = sum(turns * (each / n / bytes_per_second + delay) for each in gradients)
    return 1 + np.argmin(step_seconds / n + sending)


def with_a_loop(step_seconds, gradients, bytes_per_second, delay, most):
    best, shortest = 1, step_seconds
    for n in range(2, most + 1):
        spent = step_time(n, step_seconds, gradients, bytes_per_second, delay)
        if spent < shortest:
            best, shortest = n, spent
    return best


def with_efficiency(step_seconds, gradients, bytes_per_second, delay, most):
    speed_ups = [
        n * scaling_efficiency(step_seconds / n, gradients, n, bytes_per_second, delay)
        for n in range(1, most + 1)
    ]
    return float(np.argmax(speed_ups) + 1)


def as_tensor(*case):
    return tf.constant(with_min(*case))


def as_array(*case):
    return np.array([with_argmin(*case)])


@pytest.mark.parametrize(
    "answer",
    [with_min, with_argmin, with_a_loop, with_efficiency, as_tensor, as_array],
)
def test_the_fastest_number(capsys, answer):
    for _ in range(5):
        assert printed(capsys, "10.4", answer) == "10.4: right\n"


def among(numbers, key):
    """The number from a range that makes the key smallest."""

    def answer(step_seconds, gradients, bytes_per_second, delay, most):
        case = (step_seconds, gradients, bytes_per_second, delay)
        return min(numbers(most), key=lambda n: key(n, *case))

    return answer


def everything(most):
    return range(1, most + 1)


def sending_alone(n, step_seconds, gradients, *link):
    return step_time(n, 0, gradients, *link)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *case: with_min(*case) - 1, "counts from 0"),
        (among(everything, sending_alone), "did you divide the computing"),
        (
            among(
                everything,
                lambda n, seconds, *rest: seconds + step_time(n, 0, *rest),
            ),
            "did you divide the computing",
        ),
        (
            among(
                everything,
                lambda n, seconds, *rest: (seconds + step_time(n, 0, *rest)) / n,
            ),
            "weak scaling",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, *link: step_time(
                    n, seconds, gradients[:1], *link
                ),
            ),
            "the delays come twice",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, *link: step_time(
                    n, seconds, [sum(gradients)], *link
                ),
            ),
            "the delays come twice",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, speed, delay: step_time(
                    n, seconds, gradients, speed, 0
                ),
            ),
            "messages had no delay",
        ),
        (
            among(
                everything,
                lambda n, seconds, *rest: max(seconds / n, step_time(n, 0, *rest)),
            ),
            "let computing and sending overlap",
        ),
        (
            among(
                everything,
                lambda n, seconds, *rest: seconds / n + step_time(n, 0, *rest) / 2,
            ),
            "one lap only",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, speed, delay: (
                    seconds / n
                    + sum(2 * n * (each / n / speed + delay) for each in gradients)
                ),
            ),
            "n turns for a lap",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, speed, delay: (
                    seconds / n
                    + sum(2 * (n - 1) * (each / speed + delay) for each in gradients)
                ),
            ),
            "all the gradients in every turn",
        ),
        (
            among(
                everything,
                lambda n, seconds, gradients, *link: step_time(
                    n, seconds, [max(gradients)], *link
                ),
            ),
            "the delays come twice",
        ),
        # Right by chance, and never with the hint for another mistake.
        (among(lambda most: range(1, min(most, 8) + 1), step_time), "compare the"),
        (
            among(lambda most: [n for n in (1, 2, 4, 8, 16) if n <= most], step_time),
            "compare the times",
        ),
        (lambda *case: min(8, case[-1]), "compare the times"),
        (among(lambda most: range(1, most), step_time), "`most` itself is allowed"),
        (among(lambda most: range(2, most + 1), step_time), "compare the times"),
        (lambda *case: case[-1] + 1, "it must be from 1 to"),
        (lambda *case: 0, "it must be from 1 to"),
        (lambda *case: step_time(with_min(*case), *case[:4]), "a whole number"),
        (lambda *case: "four", "return one number"),
        (lambda *case: True, "return one number"),
        (lambda *case: [1, 2], "return one number"),
    ],
)
def test_the_fastest_number_goes_wrong(capsys, answer, hint):
    for _ in range(5):
        assert hint in printed(capsys, "10.4", answer)


# 10.5


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: 0.04 * n / 8,
        lambda n: n / 200,
        lambda n: np.float32(0.005 * n),
        lambda n: tf.constant(0.005) * n,
        lambda n: np.array([0.005 * n]),
        lambda n: [0.005 * n],
        lambda n: 0.0048 * n,
        lambda n: {8: 0.04, 16: 0.08, 40: 0.2, 200: 1.02}[n],
    ],
)
def test_a_rate_for_each_batch(capsys, answer):
    assert printed(capsys, "10.5", answer) == "10.5: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n: 0.04, "2 times fewer steps"),
        (lambda n: 0.04 * (n / 8) ** 0.5, "square root"),
        (lambda n: 0.04 * 8 / n, "You divided"),
        (lambda n: 0.04 * n, "Multiply by how many times"),
        (lambda n: 0.1 if n > 8 else 0.04, "further than asked"),
        (lambda n: 0.06 if n > 8 else 0.04, "too short"),
        (lambda n: 0.04 * n / 8 if n < 100 else 0.5, "batches of 200"),
        (lambda n: 1e6, "further than asked"),
        (lambda n: min(0.2, 0.04 * n / 8), "steps are too short"),
        (lambda n: 0, "number above 0"),
        (lambda n: -0.04, "number above 0"),
        (lambda n: float("nan"), "number above 0"),
        (lambda n: "0.04", "number above 0"),
        (lambda n: True, "number above 0"),
        (lambda n: (0.04, 0.08), "number above 0"),
        (0.04, "asks for a function"),
    ],
)
def test_a_rate_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.5", answer)
