"""Checks of lesson 1: dials, errors, accuracy per person, a box that may refuse."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import first_hint, short
from gan_lessons.models import build_recogniser


def check_dials(answer) -> str | None:
    """1.1: how many dials the recogniser for forty people has.

    Args:
        answer: a whole number.
    """
    if np.ndim(answer) or not np.isreal(answer):
        return f"You gave {answer!r}: give one whole number."
    for_three = build_recogniser(64, 1, classes=3)
    inputs = for_three.layers[-1].kernel.shape[0]
    before = for_three.count_params() - (inputs + 1) * 3
    if answer == before + (inputs + 1) * 40:
        return None
    mistakes = [
        (
            before + (inputs + 1) * 3,
            "That is the box for three people: its last layer grows with the number "
            "of names.",
        ),
        (
            before + inputs * 40 + 3,
            "Almost: every new name also brings a bias, one dial more than its 64 "
            "weights.",
        ),
        (
            before + inputs * 40,
            "Almost: every name also has a bias, one dial more than its 64 weights.",
        ),
        (
            (inputs + 1) * 40,
            "That is the last layer alone: the layers before it keep their dials.",
        ),
        (
            (inputs + 1) * 37,
            "Those are the dials that are added: the box for three people already had "
            "some.",
        ),
    ]
    otherwise = (
        "Take the box for three people, and give its last layer 40 names: 64 weights "
        "and 1 bias each."
    )
    return f"You gave {answer:,}. {first_hint(answer, mistakes, otherwise, atol=0)}"


def check_errors(errors_of: Callable) -> str | None:
    """1.2: |target - confidence| of every output.

    Args:
        errors_of: confidences and the position of the right one in, errors out.
    """
    rng = np.random.default_rng()
    for confidences in ([0.57, 0.12, 0.31], *rng.dirichlet(np.ones(4), size=3)):
        confidences = np.array(confidences)
        truth = int(rng.integers(len(confidences)))
        expected = np.abs(np.eye(len(confidences))[truth] - confidences)
        came = errors_of(confidences.copy(), truth)
        hint = _errors_hint(came, confidences, expected)
        if hint:
            return (
                f"For the confidences {short(confidences)} and truth {truth} you got "
                f"{short(came)}, expected {short(expected)}. {hint}"
            )
    return None


def _errors_hint(came, confidences, expected):
    if came is None or np.shape(came) != expected.shape:
        return (
            f"One error per output, please: {len(expected)} numbers, not only that of "
            "the right name."
        )
    if np.allclose(came, expected, atol=1e-6):
        return None
    no_target = "The target of the right name is 1, not 0: set it before you subtract."
    mistakes = [
        (confidences, no_target),
        (-confidences, no_target),
        (
            1 - confidences,
            "You measured every output against 1; only the right name has the target "
            "1, the others have 0.",
        ),
    ]
    otherwise = (
        "Set the target of the right name to 1, and take the distance of each "
        "confidence from its target."
    )
    if np.allclose(np.abs(came), expected, atol=1e-6):
        return "The sizes are right, but an error has no sign: np.abs helps."
    return first_hint(came, mistakes, otherwise)


def check_per_person(per_person_accuracy: Callable) -> str | None:
    """1.3: the share of each person's photos that were given the right name.

    Args:
        per_person_accuracy: true and predicted names (n,) and the number of people
            in, shares (people,) out.
    """
    rng, people = np.random.default_rng(), 4
    matrix = np.array([[2, 1, 0, 0], [0, 2, 2, 0], [1, 0, 3, 1], [0, 0, 3, 4]])
    matrix += np.diag(rng.integers(3, size=people))
    places = np.argwhere(np.ones_like(matrix))
    pairs = rng.permutation(np.repeat(places, matrix.ravel(), axis=0))
    truth, predicted = rng.permutation(people)[pairs].T
    right = np.bincount(truth[truth == predicted], minlength=people)
    expected = right / np.bincount(truth)
    came = per_person_accuracy(truth.copy(), predicted.copy(), people)
    tried = (
        f"With {len(truth)} photos of {people} people you got {short(came)}, expected "
        f"{short(expected)}. "
    )
    if came is None or np.shape(came) != (people,):
        return (
            f"{tried}Give an array of {people} shares, one per person, not one for all "
            "photos together."
        )
    if np.allclose(came, expected, atol=1e-6):
        return None
    mistakes = [
        (
            right,
            "You counted the right answers: divide by how many photos there are of "
            "the person.",
        ),
        (
            right / len(truth),
            "You divided by the number of all photos: divide by how many there are of "
            "the person.",
        ),
        (
            right / np.maximum(np.bincount(predicted, minlength=people), 1),
            "You divided by how often the box gave that name (a column); divide by how "
            "many photos there are of the person (a row).",
        ),
    ]
    otherwise = (
        "For each person, take the photos that show that person: which share of them "
        "was given the right name?"
    )
    return tried + first_hint(np.nan_to_num(came), mistakes, otherwise)


def check_refusal(name_or_nobody: Callable) -> str | None:
    """1.4: the position of the highest confidence, or -1 if that is too low.

    Args:
        name_or_nobody: confidences and a threshold in, a whole number out.
    """
    rng = np.random.default_rng()
    for highest, threshold in ((0.95, 0.9), (0.85, 0.9), (0.6, 0.5), (0.55, 0.7)):
        rest = 1 - highest
        confidences = rng.permutation([highest, 0.7 * rest, 0.3 * rest])
        place = int(confidences.argmax())
        expected = place if highest > threshold else -1
        came = name_or_nobody(confidences.copy(), threshold)
        hint = _refusal_hint(came, expected, place, highest)
        if hint:
            return (
                f"For the confidences {short(confidences)} and threshold {threshold} "
                f"you got {short(came)}, expected {expected}. {hint}"
            )
    return None


def _refusal_hint(came, expected, place, highest):
    if came is None or np.ndim(came):
        return "Give one whole number."
    if came == expected:
        return None
    if np.isclose(came, highest):
        return "That is the confidence itself: give its position (np.argmax)."
    if came == place:
        return (
            "The highest confidence is not above the threshold here, so the box should "
            "refuse: -1."
        )
    if came == -1:
        return "It refuses where it is sure: check the direction of your comparison."
    return "Give the position of the highest confidence (np.argmax), or -1."


CHECKS = {
    "1.1": check_dials,
    "1.2": check_errors,
    "1.3": check_per_person,
    "1.4": check_refusal,
}
