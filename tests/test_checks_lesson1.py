"""Lesson 1's exercises: solutions, and a hint of its own for each mistake."""

import numpy as np
import pytest

from gan_lessons.classroom.checks import check

DIALS = 228_288  # of the recogniser, without its last layer


def one_hot(confidences, truth):
    target = np.zeros(len(confidences))
    target[truth] = 1
    return target


def errors_of(confidences, truth):
    return np.abs(one_hot(confidences, truth) - confidences)


def per_person(truth, predicted, people):
    return np.array(
        [np.mean(predicted[truth == person] == person) for person in range(people)]
    )


def name_or_nobody(confidences, threshold):
    return int(np.argmax(confidences)) if max(confidences) > threshold else -1


def hits(truth, predicted, people):
    return np.array(
        [np.sum(predicted[truth == person] == person) for person in range(people)]
    )


SOLUTIONS = {
    "1.1": DIALS + 65 * 40,
    "1.2": errors_of,
    "1.3": per_person,
    "1.4": name_or_nobody,
}

MISTAKES = [
    ("1.1", DIALS + 65 * 3, "box for three people"),
    ("1.1", DIALS + 64 * 40, "also has a bias"),
    ("1.1", DIALS + 64 * 40 + 3, "brings a bias"),
    ("1.1", 65 * 40, "last layer alone"),
    ("1.1", 65 * 37, "dials that are added"),
    ("1.1", 12, "64 weights and 1 bias each"),
    ("1.1", "many", "one whole number"),
    ("1.1", [230_888, 1], "one whole number"),
    (
        "1.2",
        lambda confidences, truth: one_hot(confidences, truth) - confidences,
        "has no sign",
    ),
    (
        "1.2",
        lambda confidences, truth: confidences - one_hot(confidences, truth),
        "has no sign",
    ),
    (
        "1.2",
        lambda confidences, truth: np.abs(0 - confidences),
        "target of the right name is 1",
    ),
    (
        "1.2",
        lambda confidences, truth: np.abs(1 - confidences),
        "every output against 1",
    ),
    ("1.2", lambda confidences, truth: 1 - confidences[truth], "One error per output"),
    ("1.2", lambda confidences, truth: None, "One error per output"),
    (
        "1.2",
        lambda confidences, truth: (one_hot(confidences, truth) - confidences) ** 2,
        "take the distance",
    ),
    (
        "1.3",
        lambda truth, predicted, people: np.mean(truth == predicted),
        "one per person",
    ),
    ("1.3", lambda truth, predicted, people: None, "one per person"),
    ("1.3", hits, "You counted"),
    (
        "1.3",
        lambda truth, predicted, people: hits(truth, predicted, people) / len(truth),
        "number of all photos",
    ),
    (
        "1.3",
        lambda truth, predicted, people: (
            hits(truth, predicted, people)
            / np.maximum(np.bincount(predicted, minlength=people), 1)
        ),
        "a column",
    ),
    (
        "1.3",
        lambda truth, predicted, people: 1 - per_person(truth, predicted, people),
        "given the right name",
    ),
    (
        "1.4",
        lambda confidences, threshold: int(np.argmax(confidences)),
        "should refuse",
    ),
    (
        "1.4",
        lambda confidences, threshold: (
            -1 if max(confidences) > threshold else int(np.argmax(confidences))
        ),
        "direction of your comparison",
    ),
    ("1.4", lambda confidences, threshold: max(confidences), "confidence itself"),
    ("1.4", lambda confidences, threshold: None, "one whole number"),
    ("1.4", lambda confidences, threshold: int(np.argmin(confidences)), "or -1"),
]


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_the_solution_is_right(exercise, capsys):
    times = 1 if exercise == "1.1" else 10  # the others draw fresh inputs each time
    for _ in range(times):
        check(exercise, SOLUTIONS[exercise])
    assert capsys.readouterr().out == f"{exercise}: right\n" * times


@pytest.mark.parametrize(("exercise", "answer", "hint"), MISTAKES)
def test_a_mistake_gets_its_own_hint(exercise, answer, hint, capsys):
    for _ in range(1 if exercise == "1.1" else 20):
        check(exercise, answer)
        out = capsys.readouterr().out
        assert out.startswith(f"{exercise}: not yet. ") and hint in out
        assert out.count("\n") == 1


def test_an_answer_that_stops_is_named(capsys):
    check("1.2", lambda confidences, truth: confidences[17])
    assert "stopped with IndexError" in capsys.readouterr().out
