"""Lesson 1's exercises: solutions, and a hint of its own for each mistake."""

import fractions

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check
from gan_lessons.models import build_recogniser

WEIGHTS = 228_288  # of the recogniser, without its last layer
RIGHT = WEIGHTS + 65 * 40


def walk_down(gradient_of, start, learning_rate, steps):
    weight = start
    for _ in range(steps):
        weight = weight - learning_rate * gradient_of(weight)
    return weight


def turned_away(confidences, threshold):
    return np.mean(confidences.max(axis=1) <= threshold)


def says(scores):
    """A network that gives these scores to every photo."""
    return lambda photos: tf.nn.softmax(tf.tile([scores], (len(photos), 1)))


def stubborn():
    network = build_recogniser(64, 1, classes=3)
    network.trainable_variables[-1].assign([0, 5, 0])
    return network


# Right, however it is written


def by_recursion(gradient_of, start, learning_rate, steps):
    if steps == 0:
        return start
    nearer = start - learning_rate * gradient_of(start)
    return by_recursion(gradient_of, nearer, learning_rate, steps - 1)


def with_while(gradient_of, start, learning_rate, steps):
    while steps > 0:
        start -= gradient_of(start) * learning_rate
        steps -= 1
    return start


def with_variable(gradient_of, start, learning_rate, steps):
    weight = tf.Variable(start, dtype=tf.float32)
    for _ in range(steps):
        weight.assign_sub(learning_rate * gradient_of(weight))
    return weight


def in_float32(gradient_of, start, learning_rate, steps):
    weight = np.float32(start)
    for _ in range(steps):
        weight = np.float32(weight - np.float32(learning_rate) * gradient_of(weight))
    return weight


def as_array(gradient_of, start, learning_rate, steps):
    weight = np.array([start])
    for _ in range(steps):
        weight += -learning_rate * gradient_of(weight)
    return weight


def counted(confidences, threshold):
    gone = 0
    for row in confidences.tolist():
        gone += not any(confidence > threshold for confidence in row)
    return gone / len(confidences)


def with_keras(confidences, threshold):
    refused = keras.ops.max(confidences, axis=-1) <= threshold
    return keras.ops.mean(keras.ops.cast(refused, "float32"))


RIGHT_ANSWERS = [
    *(
        ("1.1", answer)
        for answer in (
            RIGHT,
            float(RIGHT),
            np.int64(RIGHT),
            np.float32(RIGHT),
            np.array(RIGHT),
            np.array([RIGHT]),
            [RIGHT],
            tf.constant(RIGHT),
            tf.Variable(float(RIGHT)),
            lambda: None,  # replaced below: built by Keras
        )
    ),
    ("1.2", walk_down),
    ("1.2", by_recursion),
    ("1.2", with_while),
    ("1.2", with_variable),
    ("1.2", in_float32),
    ("1.2", as_array),
    ("1.2", lambda *args: float(walk_down(*args))),
    ("1.2", lambda *args: [walk_down(*args)]),
    ("1.2", lambda *args: np.array(walk_down(*args))),
    ("1.2", lambda *args: tf.constant(walk_down(*args))),
    *(
        ("1.3", answer)
        for answer in (
            0.25,
            1 / 4,
            2 / 8,
            np.float32(0.25),
            np.array(0.25),
            np.array([0.25]),
            [0.25],
            tf.constant(0.25),
            fractions.Fraction(1, 4),
            2.5e-1,
        )
    ),
    ("1.4", says([0.0, 5.0, 0.0])),
    ("1.4", says([-9.0, 9.0, -9.0])),
    ("1.4", says([-100.0, 0.0, -100.0])),
    ("1.4", lambda photos: np.tile([0.05, 0.9, 0.05], (len(photos), 1))),
    ("1.4", lambda photos: [[0, 1, 0]] * len(photos)),
    ("1.4", lambda photos: np.float16([[0.01, 0.98, 0.01]] * len(photos))),
    ("1.5", turned_away),
    ("1.5", counted),
    ("1.5", with_keras),
    ("1.5", lambda c, t: 1 - np.mean(np.max(c, axis=1) > t)),
    ("1.5", lambda c, t: sum(max(row) <= t for row in c) / len(c)),
    ("1.5", lambda c, t: np.mean(np.all(c <= t, axis=1))),
    ("1.5", lambda c, t: np.mean(np.sort(c)[:, -1] <= t)),
    ("1.5", lambda c, t: np.count_nonzero(c.max(1) <= t) / c.shape[0]),
    ("1.5", lambda c, t: [np.mean(c.max(1) <= t)]),
    ("1.5", lambda c, t: np.float32(np.mean(c[np.arange(len(c)), c.argmax(1)] <= t))),
    (
        "1.5",
        lambda c, t: tf.reduce_mean(
            tf.cast(tf.reduce_max(tf.constant(c), 1) <= t, "float32")
        ),
    ),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT_ANSWERS)
def test_a_right_answer_is_taken(exercise, answer, capsys):
    if exercise == "1.1" and callable(answer):
        answer = build_recogniser(64, 1, classes=40).count_params()
    times = 10 if exercise in ("1.2", "1.5") else 1  # fresh inputs each time
    for _ in range(times):
        check(exercise, answer)
    assert capsys.readouterr().out == f"{exercise}: right\n" * times


def test_networks_that_were_made_stubborn_are_taken(capsys):
    network = stubborn()
    for answer in (
        network,
        network.predict_on_batch,
        lambda photos: network(photos, training=False),
        keras.Sequential([keras.Input((64, 64, 1)), network]),
    ):
        check("1.4", answer)
    assert capsys.readouterr().out == "1.4: right\n" * 4


# Wrong, and why


def uphill(gradient_of, start, learning_rate, steps):
    return walk_down(gradient_of, start, -learning_rate, steps)


def no_rate(gradient_of, start, learning_rate, steps):
    return walk_down(gradient_of, start, 1, steps)


def old_slope(gradient_of, start, learning_rate, steps):
    return start - steps * learning_rate * gradient_of(start)


def returns_in_the_loop(gradient_of, start, learning_rate, steps):
    for _ in range(steps):
        return start - learning_rate * gradient_of(start)
    return start


def all_of_them(gradient_of, start, learning_rate, steps):
    return [walk_down(gradient_of, start, learning_rate, k) for k in range(steps + 1)]


def at_least_one_step(gradient_of, start, learning_rate, steps):
    return walk_down(gradient_of, start, learning_rate, max(steps, 1))


def straight_lines_only(gradient_of, start, learning_rate, steps):
    steepness = gradient_of(1) - gradient_of(0)
    lowest = -gradient_of(0) / steepness
    return lowest + (start - lowest) * (1 - learning_rate * steepness) ** steps


MISTAKES = [
    ("1.1", WEIGHTS + 65 * 3, "network for three people"),
    ("1.1", WEIGHTS + 65 * 43, "43 people"),
    ("1.1", WEIGHTS + 64 * 40, "also has a bias"),
    ("1.1", WEIGHTS + 64 * 40 + 3, "brings a bias"),
    ("1.1", WEIGHTS + 64 * 40 + 1, "bias of its own"),
    ("1.1", WEIGHTS, "the last layer has weights too"),
    ("1.1", 65 * 40, "last layer alone"),
    ("1.1", 65 * 37, "weights that are added"),
    ("1.1", 12, "64 weights and 1 bias"),
    ("1.1", RIGHT + 1, "64 weights and 1 bias"),
    ("1.1", "many", "one whole number"),
    ("1.1", "230,888", "without quotes"),
    ("1.1", [RIGHT, 1], "one whole number"),
    ("1.1", tf.constant([1, 2]), "one whole number"),
    ("1.1", None, "You gave None"),
    ("1.1", np.nan, "64 weights and 1 bias"),
    ("1.2", uphill, "uphill"),
    ("1.2", no_rate, "by the learning rate"),
    ("1.2", old_slope, "slope at the start"),
    ("1.2", returns_in_the_loop, "after the loop"),
    ("1.2", all_of_them, "last weight alone"),
    ("1.2", at_least_one_step, "With no steps"),
    ("1.2", straight_lines_only, "np.sin"),
    ("1.2", lambda *_: None, "is a `return` missing"),
    ("1.2", lambda *_: "0.64", "one number"),
    ("1.2", lambda gradient_of, start, rate, steps: start, "did not move"),
    ("1.2", lambda g, s, r, n: walk_down(g, s, r, n + 1), "one step too many"),
    ("1.2", lambda g, s, r, n: walk_down(g, s, r, max(n - 1, 0)), "one step too few"),
    ("1.2", lambda g, s, r, n: g(walk_down(g, s, r, n)), "slope where you end"),
    ("1.2", lambda g, s, r, n: walk_down(g, s, r / 2, n), "In each step"),
    ("1.2", lambda g, s, r, n: walk_down(lambda w: np.sign(g(w)), s, r, n), "In each"),
    ("1.3", 0.1, "still comes nearer"),
    ("1.3", 0.2499, "You are close"),
    ("1.3", 0.2501, "You are close"),
    ("1.3", 0.125, "no rate is better"),
    ("1.3", 0.5, "runs away"),
    ("1.3", 1, "runs away"),
    ("1.3", 8, "runs away"),
    ("1.3", 1e6, "runs away"),
    ("1.3", 0, "stays where it is"),
    ("1.3", -0.25, "runs uphill"),
    ("1.3", "0.25", "one number"),
    ("1.3", (0.2, 0.3), "one number"),
    ("1.3", np.inf, "one number"),
    ("1.3", None, "You gave None"),
    ("1.4", says([5.0, 0.0, 0.0]), "whose label is 1"),
    ("1.4", says([0.0, 0.0, 5.0]), "whose label is 1"),
    ("1.4", says([0.0, 0.1, 0.0]), "take more steps"),
    ("1.4", says([0.1, 0.0, 0.0]), "whose label is 1"),
    ("1.4", says([np.nan] * 3), "nan"),
    ("1.4", lambda photos: np.ones((len(photos), 40)) / 40, "three confidences"),
    ("1.4", lambda photos: [0.0, 1.0, 0.0], "three confidences"),
    ("1.4", lambda photos: np.tile([0.0, 9.0, 0.0], (len(photos), 1)), "1 in all"),
    ("1.4", lambda photos: np.tile([-1.0, 2.0, 0.0], (len(photos), 1)), "at least 0"),
    ("1.4", [1.09, 0.5], "a function or a network"),
    ("1.4", None, "You gave None"),
    ("1.4", "stubborn", "a function or a network"),
    ("1.5", lambda c, t: np.mean(c.max(1) < t), "exactly at the threshold"),
    ("1.5", lambda c, t: np.mean(c.max(1) > t), "gets a name"),
    ("1.5", lambda c, t: np.mean(c.max(1) >= t), "the confident ones"),
    ("1.5", lambda c, t: np.sum(c.max(1) <= t), "divide by"),
    ("1.5", lambda c, t: 100 * turned_away(c, t), "per cent"),
    ("1.5", lambda c, t: np.mean(c <= t), "every confidence"),
    ("1.5", lambda c, t: np.mean(c.max(1) <= 0.9), "fixed number"),
    ("1.5", lambda c, t: np.mean(c.max(1) <= 0.99), "fixed number"),
    ("1.5", lambda c, t: c.max(1) <= t, "one share for all"),
    ("1.5", lambda c, t: None, "is a `return` missing"),
    ("1.5", lambda c, t: "half", "one number"),
    ("1.5", lambda c, t: np.mean(c.min(1) <= t), ""),
    ("1.5", lambda c, t: np.mean(c.max(0) <= t), ""),
    ("1.5", lambda c, t: np.mean(c[:, 0] <= t), ""),
    ("1.5", lambda c, t: np.mean(c[:, -1] <= t), ""),
    ("1.5", lambda c, t: np.mean(c[c > t]), ""),
    ("1.5", lambda c, t: turned_away(c[:, :3], t), ""),
    ("1.5", lambda c, t: turned_away(c[:10], t), ""),
    ("1.5", lambda c, t: turned_away(c, max(t, 0.5)), ""),
    ("1.5", lambda c, t: 0.5, ""),
]


@pytest.mark.parametrize(("exercise", "answer", "hint"), MISTAKES)
def test_a_mistake_gets_its_own_hint(exercise, answer, hint, capsys):
    for _ in range(10 if exercise in ("1.2", "1.5") else 1):
        check(exercise, answer)
        out = capsys.readouterr().out
        assert out.startswith(f"{exercise}: not yet. ") and hint in out
        assert "stopped" not in out and out.count("\n") == 1


def test_a_network_for_the_three_is_not_stubborn(capsys):
    keras.utils.set_random_seed(0)
    check("1.4", build_recogniser(64, 1, classes=3))
    assert "hardly learned" in capsys.readouterr().out
    brighter = lambda photos: photos.mean(axis=(1, 2, 3)) > 0  # noqa: E731
    check("1.4", lambda photos: np.eye(3)[brighter(photos).astype(int)])
    assert "photos of ORL" in capsys.readouterr().out


def test_an_answer_that_stops_is_named(capsys):
    check("1.2", lambda gradient_of, start, learning_rate, steps: [][17])
    assert "stopped with IndexError" in capsys.readouterr().out
