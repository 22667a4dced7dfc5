"""The exercises of lesson 1: dials counted, errors of outputs, accuracy per person, and a box that may refuse."""

import numpy as np

from gan_lessons.models import build_recogniser


def check_dials(answer):
    """1.1: how many dials the recogniser for forty people has."""
    kernels = [
        layer.weights[0].shape
        for layer in build_recogniser(64, 1, classes=3).layers
        if layer.weights
    ]
    body, inputs = (
        sum(int(np.prod(shape)) + shape[-1] for shape in kernels[:-1]),
        kernels[-1][0],
    )
    expected = body + (inputs + 1) * 40
    mistakes = {
        body
        + (inputs + 1)
        * 3: "That is the box for three people: its last layer grows with the number of names.",
        body
        + inputs * 40
        + 3: "Almost: every new name also brings a bias, one dial more than its 64 weights.",
        body
        + inputs
        * 40: "Almost: every name also has a bias, one dial more than its 64 weights.",
        (inputs + 1)
        * 40: "That is the last layer alone: the layers before it keep their dials.",
        (inputs + 1)
        * 37: "Those are the dials that are added: the box for three people had some already.",
    }
    if np.ndim(answer) or not np.isreal(answer):
        return f"You gave {answer!r}: give one whole number."
    if answer == expected:
        return None
    return f"You gave {answer:,}. {mistakes.get(answer, 'Take the box for three, and give its last layer 40 names: 64 weights and 1 bias each.')}"


def check_errors(errors_of):
    """1.2: |target - confidence| of every output."""
    rng = np.random.default_rng()
    for confidences in [
        np.array([0.57, 0.12, 0.31]),
        *rng.dirichlet(np.ones(4), size=3),
    ]:
        truth = int(rng.integers(len(confidences)))
        expected = [1 - p if i == truth else p for i, p in enumerate(confidences)]
        came = errors_of(confidences.copy(), truth)
        tried = f"For the confidences {np.round(confidences, 2)} and truth {truth} came {_short(came)}, expected {_short(expected)}. "
        if came is None or np.shape(came) != np.shape(expected):
            return (
                tried
                + f"One error per output, please: {len(expected)} numbers, not only the right name's."
            )
        if np.allclose(came, expected, atol=1e-6):
            continue
        if np.allclose(np.abs(came), expected, atol=1e-6):
            return (
                tried + "The sizes are right, but an error has no sign: np.abs helps."
            )
        if np.allclose(came, confidences, atol=1e-6) or np.allclose(
            came, -confidences, atol=1e-6
        ):
            return (
                tried
                + "The target of the right name is 1, not 0: set it before you subtract."
            )
        if np.allclose(came, 1 - confidences, atol=1e-6):
            return (
                tried
                + "You measured every output against 1; only the right name's target is 1, the others' is 0."
            )
        return (
            tried
            + "Set the right name's target to 1 and take the distance of each confidence from its target."
        )


def check_per_person(per_person_accuracy):
    """1.3: the share of each person's photos that was named rightly."""
    rng, people = np.random.default_rng(), 4
    matrix = np.array(
        [[2, 1, 0, 0], [0, 2, 2, 0], [1, 0, 3, 1], [0, 0, 3, 4]]
    ) + np.diag(rng.integers(3, size=people))
    pairs = [
        (row, column)
        for (row, column), count in np.ndenumerate(matrix)
        for _ in range(count)
    ]
    truth, said = rng.permutation(people)[rng.permutation(pairs)].T
    hits = [
        [int(s == t) for s, t in zip(said, truth) if t == person]
        for person in range(people)
    ]
    expected = [sum(row) / len(row) for row in hits]
    came = per_person_accuracy(truth.copy(), said.copy(), people)
    tried = f"With {len(truth)} photos of {people} people came {_short(came)}, expected {_short(expected)}. "
    if came is None or np.shape(came) != (people,):
        return (
            tried
            + f"Give an array of {people} shares, one per person, not one for all photos together."
        )
    if np.allclose(came, expected, atol=1e-6):
        return None
    if np.allclose(came, [sum(row) for row in hits]):
        return (
            tried
            + "You counted the right answers: divide by how many photos there are of the person."
        )
    if np.allclose(came, [sum(row) / len(truth) for row in hits]):
        return (
            tried
            + "You divided by the number of all photos: divide by how many there are of the person."
        )
    if np.allclose(
        np.nan_to_num(came),
        [sum(row) / max(np.sum(said == person), 1) for person, row in enumerate(hits)],
    ):
        return (
            tried
            + "You divided by how often the name was said (a column); divide by how many photos there are of the person (a row)."
        )
    return (
        tried
        + "For each person: take the photos where truth is that person, and the mean of said == truth over them."
    )


def check_refusal(name_or_nobody):
    """1.4: the position of the highest confidence, or -1 if that is not above the threshold."""
    rng = np.random.default_rng()
    for highest, threshold in ((0.95, 0.9), (0.85, 0.9), (0.6, 0.5), (0.55, 0.7)):
        confidences = rng.permutation(
            [highest, 0.7 * (1 - highest), 0.3 * (1 - highest)]
        )
        place = confidences.tolist().index(highest)
        expected = place if highest > threshold else -1
        came = name_or_nobody(confidences.copy(), threshold)
        tried = f"For the confidences {np.round(confidences, 2)} and threshold {threshold} came {_short(came)}, expected {expected}. "
        if came is None or np.ndim(came):
            return tried + "Give one whole number."
        if came == expected:
            continue
        if np.isclose(came, highest):
            return (
                tried + "That is the confidence itself: give its position (np.argmax)."
            )
        if came == place:
            return (
                tried
                + "The highest confidence is not above the threshold here, so the box should refuse: -1."
            )
        if came == -1:
            return (
                tried
                + "It refuses where it is sure: check which way the comparison goes."
            )
        return (
            tried
            + "The position of the highest confidence (np.argmax) is wanted, or -1."
        )


def _short(value):
    return (
        value
        if value is None
        else np.array2string(
            np.asarray(value, dtype=float), precision=2, suppress_small=True
        )
    )


CHECKS = {
    "1.1": check_dials,
    "1.2": check_errors,
    "1.3": check_per_person,
    "1.4": check_refusal,
}
