"""Lesson 7's exercises: right answers however written, a hint for each mistake."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression

from gan_lessons.classroom.checks import check
from gan_lessons.latent import direction, orthogonal


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 7.1


@pytest.mark.parametrize(
    "answer",
    [
        2.83,
        2.8,
        3,
        2.6,
        128**0.5 / 4,
        np.sqrt(8),
        np.float32(2.8284),
        np.float16(2.8),
        np.array(2.83),
        tf.constant(2.83),
        tf.Variable(2.83),
        tf.sqrt(8.0),
        Fraction(17, 6),
        2.4,  # measured with sixteen codes, it may come out like this
        3.3,
        [2.83],
        np.array([2.83]),
    ],
)
def test_the_norm_of_the_mean(capsys, answer):
    assert printed(capsys, "7.1", answer) == "7.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (11.3, "cancel in part"),
        (11.31, "cancel in part"),
        (0.707, "divided √128 by 16"),
        (0.7, "divided √128 by 16"),
        (45.25, "norm of the sum"),
        (181, "point in the same direction"),
        (0, "not entirely"),
        (8, "divided 128 by 16"),
        (4, "What is to be divided"),
        (16, "how many codes"),
        (128, "the root of that"),
        (3.5, "squares of their norms add"),
        (2.2, "squares of their norms add"),
        (-2.83, "squares of their norms add"),
        (float("nan"), "squares of their norms add"),
        (10**400, "squares of their norms add"),
        (True, "squares of their norms add"),
        ([2.83, 2.83], "give one number"),
        (np.full(128, 0.25), "an array of shape (128,): give one number"),
        ("2.83", "give one number"),
        (2.83 + 0j, "give one number"),
    ],
)
def test_the_norm_of_the_mean_goes_wrong(capsys, answer, hint):
    line = printed(capsys, "7.1", answer)
    assert hint in line
    if "You said" in line:  # after the answer, the hint must not give the number away
        assert "2.8" not in line.split("You said")[1].split(". ", 1)[1]


# 7.2


def difference(codes, labels):
    return codes[labels == 1].mean(axis=0) - codes[labels == 0].mean(axis=0)


def unit(vector):
    return vector / np.linalg.norm(vector)


def in_loops(codes, labels):
    sums, counts = [[0.0] * len(codes[0]) for _ in range(2)], [0, 0]
    for code, label in zip(codes, labels):
        counts[label] += 1
        for place, number in enumerate(code):
            sums[label][place] += float(number)
    way = [one / counts[1] - zero / counts[0] for zero, one in zip(*sums)]
    length = sum(number**2 for number in way) ** 0.5
    return [number / length for number in way]


def with_tensors(codes, labels):
    ones, zeros = (tf.boolean_mask(codes, labels == label) for label in (1, 0))
    way = tf.reduce_mean(ones, axis=0) - tf.reduce_mean(zeros, axis=0)
    return way / tf.norm(way)


@pytest.mark.parametrize(
    "answer",
    [
        lambda codes, labels: unit(difference(codes, labels)),
        lambda codes, labels: unit(difference(codes, labels)).astype("float32"),
        lambda codes, labels: unit(difference(codes, labels)).tolist(),
        lambda codes, labels: tuple(unit(difference(codes, labels))),
        lambda codes, labels: unit(difference(codes, labels.astype(bool))),
        lambda codes, labels: unit(
            codes[labels > 0].mean(0) - codes[~labels.astype(bool)].mean(0)
        ),
        lambda codes, labels: unit(
            labels @ codes / labels.sum() - (1 - labels) @ codes / (1 - labels).sum()
        ),
        lambda codes, labels: unit(
            np.average(codes, axis=0, weights=labels)
            - np.average(codes, axis=0, weights=1 - labels)
        ),
        lambda codes, labels: unit(
            np.cov(np.column_stack([codes, labels]), rowvar=False)[-1, :-1]
        ),
        lambda codes, labels: unit(codes[labels == 1].mean(0) - codes.mean(0)),
        in_loops,
        with_tensors,
        lambda codes, labels: unit(difference(codes, labels)).astype("float16"),
    ],
)
def test_a_direction_of_means(capsys, answer):
    for _ in range(5):
        assert printed(capsys, "7.2", answer) == "7.2: right\n"


def moved_in_place(codes, labels):
    codes -= codes[labels == 0].mean(axis=0)
    return unit(codes[labels == 1].mean(axis=0))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda codes, labels: unit(-difference(codes, labels)), "other way round"),
        (lambda codes, labels: -difference(codes, labels), "other way round"),
        (
            lambda codes, labels: unit(
                codes[labels == 1].sum(axis=0) - codes[labels == 0].sum(axis=0)
            ),
            "you took sums",
        ),
        (lambda codes, labels: unit(codes[labels == 1].mean(axis=0)), "ones alone"),
        (lambda codes, labels: codes[labels == 1].mean(axis=0), "ones alone"),
        (difference, "instead of 1: divide by its norm"),
        (
            lambda codes, labels: difference(codes, labels) / 2,
            "instead of 1: divide by its norm",
        ),
        (
            lambda codes, labels: unit(
                codes[labels == 1].mean(0) + codes[labels == 0].mean(0)
            ),
            "you added",
        ),
        (
            lambda codes, labels: unit(
                np.median(codes[labels == 1], 0) - np.median(codes[labels == 0], 0)
            ),
            "medians",
        ),
        (direction, "cosine"),
        (
            lambda codes, labels: unit(np.sign(difference(codes, labels))),
            "cosine",
        ),
        (
            # Right for groups of 45 and 15 only.
            lambda codes, labels: unit(
                codes[labels == 1].sum(axis=0) / 15
                - codes[labels == 0].sum(axis=0) / 45
            ),
            "27 codes of 30 numbers",
        ),
        (lambda codes, labels: unit(difference(codes, labels))[None], "of length 1"),
        (
            lambda codes, labels: [
                codes[labels == each].mean(axis=0) for each in (1, 0)
            ],
            "subtract one mean",
        ),
        (moved_in_place, "changed the codes that it was given"),
        (lambda codes, labels: codes.mean(axis=1), "axis=0"),
        (
            lambda codes, labels: codes[labels == 1].mean() - codes[labels == 0].mean(),
            "axis=0",
        ),
        (lambda codes, labels: unit(codes[0]), "cosine"),
        (lambda codes, labels: 0 * codes[0], "cosine"),
        (lambda codes, labels: codes[0] / 0 * 0, "NaN or infinite"),
        (lambda codes, labels: "a direction", "not an array of numbers"),
        (lambda codes, labels: {"way": codes[0]}, "not an array of numbers"),
        (lambda codes, labels: codes[labels == "woman"][0], "stopped with IndexError"),
    ],
)
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
def test_a_direction_of_means_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "7.2", answer)


# 7.3


def labels_of(codes, chosen):
    return np.isin(np.arange(1, len(codes) + 1), chosen)


def towards(codes, chosen):
    return difference(codes, labels_of(codes, chosen))


def by_regression(codes, chosen, others):
    return orthogonal(direction(codes, labels_of(codes, chosen)), *others)


def by_hand(codes, chosen, others):
    """Gram and Schmidt: first the others are made orthogonal to each other."""
    basis = []
    for vector in [*others, towards(codes, chosen)]:
        rest = vector - sum((vector @ one) * one for one in basis)
        basis.append(unit(rest))
    return basis[-1]


def with_matrices(codes, chosen, others):
    a = np.array(others)
    way = towards(codes, chosen)
    return unit(way - a.T @ np.linalg.inv(a @ a.T) @ a @ way)


def codes_cleaned_first(codes, chosen, others):
    q, _ = np.linalg.qr(np.transpose(others))
    return unit(towards(codes - codes @ q @ q.T, chosen))


def one_after_another(codes, chosen, others):
    way = towards(codes, chosen)
    for other in others:
        way = orthogonal(way, other)
    return way


def with_indices(codes, chosen, others):
    inside = np.array(chosen) - 1
    way = codes[inside].mean(0) - np.delete(codes, inside, axis=0).mean(0)
    return orthogonal(way, *others)


def regularised(codes, chosen, others):
    model = LogisticRegression(C=0.01).fit(codes, labels_of(codes, chosen))
    return orthogonal(model.coef_[0], *others)


def with_one_after_another(shift):
    def answer(codes, chosen, others):
        labels = np.isin(np.arange(len(codes)), np.array(chosen) + shift)
        return orthogonal(direction(codes, labels), *others)

    return answer


def cleaned_of(what):
    def answer(codes, chosen, others):
        return orthogonal(towards(codes, chosen), what(others, axis=0))

    return answer


def with_numbers_changed(codes, chosen, others):
    way = by_hand(codes, chosen, others)
    for k in range(len(chosen)):
        chosen[k] -= 1
    return way


@pytest.mark.parametrize(
    "answer",
    [
        by_regression,
        by_hand,
        with_matrices,
        with_indices,
        codes_cleaned_first,
        regularised,
        with_one_after_another(-1),
        lambda *given: by_hand(*given).tolist(),
        lambda *given: tf.constant(by_hand(*given)),
        lambda *given: np.float32(with_matrices(*given)),
        lambda codes, chosen, others: by_hand(codes, np.array(chosen), others[::-1]),
        lambda codes, chosen, others: by_hand(codes, sorted(chosen), others),
    ],
)
def test_a_direction_from_chosen_faces(capsys, answer):
    for _ in range(5):
        assert printed(capsys, "7.3", answer) == "7.3: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *given: -by_hand(*given), "other way round"),
        (lambda *given: 3 * by_hand(*given), "instead of 1"),
        (lambda codes, chosen, others: unit(towards(codes, chosen)), "not cleaned"),
        (
            lambda codes, chosen, others: orthogonal(towards(codes, chosen), others[0]),
            "to some of the other directions",
        ),
        (one_after_another, "clean of all of them at once"),
        (cleaned_of(np.sum), "cleaned|to some of"),
        (cleaned_of(np.mean), "cleaned|to some of"),
        (with_numbers_changed, "changed the chosen numbers that it was given"),
        (with_one_after_another(0), "numbered from 1"),
        (
            lambda codes, chosen, others: orthogonal(
                codes[0], *others, towards(codes, chosen)
            ),
            "does not point",
        ),
        (lambda codes, chosen, others: others[0], "does not point"),
        (
            lambda codes, chosen, others: unit(codes.mean(axis=1)),
            "you gave the shape (240,)",
        ),
        (lambda codes, chosen, others: 0 * codes[0], "length 0"),
        (
            lambda codes, chosen, others: by_hand(codes[:240, :20], chosen, others)[
                :20
            ],
            "stopped with",
        ),
        (lambda codes, chosen, others: labels_of(codes, chosen), "you gave the shape"),
        (lambda codes, chosen, others: [None] * len(codes[0]), "NaN or infinite"),
        (lambda codes, chosen, others: "smile", "not an array of numbers"),
        (
            lambda codes, chosen, others: direction(codes, chosen),
            "stopped with ValueError",
        ),
    ],
)
def test_a_direction_from_chosen_faces_goes_wrong(capsys, answer, hint):
    for _ in range(5):
        line = printed(capsys, "7.3", answer)
        assert any(part in line for part in hint.split("|"))


# 7.4


def too_much(scores, random):
    return [name for name in scores if scores[name] > max(random[name])]


def in_a_loop(scores, random):
    found = []
    for name, score in scores.items():
        above = 0
        for value in random[name]:
            if score > value:
                above += 1
        if above == len(random[name]):
            found.append(name)
    return found


def in_their_order(scores, random):
    pairs = zip(scores, random.values())
    return [name for name, values in pairs if scores[name] > max(values)]


def sorted_in_place(scores, random):
    for values in random.values():
        values.sort()
    return too_much(scores, random)


def emptied(scores, random):
    for name in list(scores):
        if scores[name] <= max(random[name]):
            del scores[name]
    return list(scores)


@pytest.mark.parametrize(
    "answer",
    [
        too_much,
        in_a_loop,
        lambda scores, random: set(too_much(scores, random)),
        lambda scores, random: tuple(too_much(scores, random)),
        lambda scores, random: sorted(too_much(scores, random), reverse=True),
        lambda scores, random: np.array(too_much(scores, random)),
        lambda scores, random: filter(
            lambda name: scores[name] > np.max(random[name]), scores
        ),
        lambda scores, random: [
            name
            for name in random
            if all(scores[name] > value for value in random[name])
        ],
        lambda scores, random: [
            name
            for name, values in random.items()
            if not (np.array(values) >= scores[name]).any()
        ],
        lambda scores, random: [
            name
            for name in scores
            if sorted([*random[name], scores[name]])[-2] < scores[name]
        ],
    ],
)
def test_what_moved_too_much(capsys, answer):
    for _ in range(5):
        assert printed(capsys, "7.4", answer) == "7.4: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            lambda scores, random: [n for n in scores if scores[n] >= max(random[n])],
            "compare with >",
        ),
        (
            lambda scores, random: [
                n for n in scores if scores[n] > np.mean(random[n])
            ],
            "the mean of the random ones",
        ),
        (
            lambda scores, random: [n for n in scores if scores[n] > min(random[n])],
            "the smallest random one",
        ),
        (
            lambda scores, random: [
                n for n in scores if scores[n] > np.median(random[n])
            ],
            "their median",
        ),
        (
            lambda scores, random: [n for n in scores if scores[n] > random[n][0]],
            "",
        ),
        (
            lambda scores, random: [
                n for n in scores if scores[n] > 1.1 * max(random[n])
            ],
            "",
        ),
        (
            lambda scores, random: [n for n in scores if scores[n] < max(random[n])],
            "",
        ),
        (lambda scores, random: list(scores), "all names"),
        (in_their_order, "in another order"),
        (emptied, "changed the scores that it was given"),
        (sorted_in_place, "changed the random lists that it was given"),
        (lambda scores, random: [], "nothing came out"),
        (lambda scores, random: ["gender"], ""),
        (
            lambda scores, random: {n: scores[n] > max(random[n]) for n in scores},
            "you gave a dict",
        ),
        (
            lambda scores, random: [scores[n] > max(random[n]) for n in scores],
            "none of the names",
        ),
        (lambda scores, random: len(too_much(scores, random)), "give a list of names"),
        (lambda scores, random: "gender", "a single text"),
        (
            lambda scores, random: [
                n
                for n in ("gender", "years", "race", "shift")
                if scores[n] > max(random[n])
            ],
            "stopped with KeyError",
        ),
        (
            lambda scores, random: [n for n in scores if scores[n] > random[n]],
            "stopped with TypeError",
        ),
    ],
)
def test_what_moved_too_much_goes_wrong(capsys, answer, hint):
    line = printed(capsys, "7.4", answer)
    assert line.startswith("7.4: not yet. ") and hint in line
    assert "The check itself" not in line
