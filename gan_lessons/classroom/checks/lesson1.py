"""Checks of lesson 1: weights, steps, learning rates, one answer for all, refusing."""

import functools
from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import first_hint, one_number, short
from gan_lessons.data import load_faces, to_float
from gan_lessons.models import build_recogniser

STUBBORN = 1  # the name that exercise 1.4 asks for: s8
SURE = 0.9


def check_weights(answer) -> str | None:
    """1.1: how many weights the recogniser for forty people has.

    Args:
        answer: a whole number.
    """
    number = one_number(answer)
    if number is None:
        return f"You gave {answer!r}: give one whole number, without quotes or commas."
    for_three = build_recogniser(64, 1, classes=3)
    inputs = for_three.layers[-1].kernel.shape[0]
    before = for_three.count_params() - (inputs + 1) * 3
    if number == before + (inputs + 1) * 40:
        return None
    mistakes = [
        (
            before + (inputs + 1) * 3,
            "That is the network for three people: its last layer grows with the "
            "number of names.",
        ),
        (
            before + (inputs + 1) * 43,
            "That is the network for 43 people: there are forty in all, the three "
            "among them.",
        ),
        (
            before + inputs * 40 + 3,
            "Almost: every new name also brings a bias, one weight more than its 64.",
        ),
        (
            before + inputs * 40 + 1,
            "Almost: every name has a bias of its own, not one for all of them.",
        ),
        (
            before + inputs * 40,
            "Almost: every name also has a bias, one weight more than its 64.",
        ),
        (
            before,
            "Those are the layers before the last one: the last layer has weights too.",
        ),
        (
            (inputs + 1) * 40,
            "That is the last layer alone: the layers before it keep their weights.",
        ),
        (
            (inputs + 1) * 37,
            "Those are the weights that are added: the network for three people "
            "already had some.",
        ),
    ]
    otherwise = (
        "Take the network for three people, and give its last layer 40 names: for each "
        "of them 64 weights and 1 bias."
    )
    return f"You gave {number:,.10g}. {first_hint(number, mistakes, otherwise, atol=0)}"


def check_walk(walk_down: Callable) -> str | None:
    """1.2: gradient descent on one weight.

    Args:
        walk_down: a function that gives the slope at a weight, the start, the learning
            rate and the number of steps in, the last weight out.
    """
    rng = np.random.default_rng()
    for steps in (3, 1, 0, 7):
        start, lowest = rng.uniform(1, 3, 2) * rng.choice([-1, 1], 2)
        learning_rate, steepness = rng.uniform(0.02, 0.09), rng.uniform(1, 3)
        gradient_of = _gradient(steepness, lowest)
        expected = _walk(gradient_of, start, learning_rate, steps)
        came = walk_down(gradient_of, start, learning_rate, steps)
        hint = _walk_hint(came, gradient_of, start, learning_rate, steps, expected)
        if hint:
            return (
                f"With gradient_of = lambda w: {steepness:.2f} * (w - {lowest:.2f}), "
                f"start {start:.2f}, learning rate {learning_rate:.3f} and {steps} "
                f"step{'s' * (steps != 1)} you got {short(came)}, expected "
                f"{expected:.3f}. {hint}"
            )
    # Not a straight line: a slope that is taken as constant or fitted fails here.
    expected = _walk(np.sin, 1.0, 0.5, 4)
    came = one_number(walk_down(np.sin, 1.0, 0.5, 4))
    if came is None or not np.isclose(came, expected, atol=1e-4):
        return (
            "With gradient_of = np.sin, start 1, learning rate 0.5 and 4 steps you got "
            f"{short(came)}, expected {expected:.3f}. Ask gradient_of for the slope at "
            "the present weight in every step."
        )
    return None


def _gradient(steepness, lowest):
    return lambda weight: steepness * (weight - lowest)


def _walk(gradient_of, start, learning_rate, steps):
    weight = start
    for _ in range(steps):
        weight = weight - learning_rate * gradient_of(weight)
    return weight


def _walk_hint(came, gradient_of, start, learning_rate, steps, expected):
    if np.size(came) > 1:
        return "Return the last weight alone, not all weights on the way."
    number = one_number(came)
    if number is None:
        return "Return one number, the weight."
    if np.isclose(number, expected, atol=1e-4):
        return None
    if steps == 0:
        return "With no steps the weight stays where it started."
    slope = gradient_of(start)
    walk = functools.partial(_walk, gradient_of, start)
    mistakes = [
        (
            walk(-learning_rate, steps),
            "You went along the slope, uphill: subtract it.",
        ),
        (walk(1.0, steps), "Multiply the slope by the learning rate."),
        (
            start - learning_rate * slope * steps,
            "You used the slope at the start for every step: ask gradient_of again at "
            "the weight where you are.",
        ),
        (walk(learning_rate, 1), "That is one step: return after the loop."),
        (start, "The weight did not move: give it a new value in every step."),
        (walk(learning_rate, steps + 1), "You took one step too many."),
        (walk(learning_rate, steps - 1), "You took one step too few."),
        (gradient_of(expected), "That is the slope where you end: return the weight."),
    ]
    otherwise = (
        "In each step: new weight = weight minus learning rate times the slope at the "
        "weight."
    )
    return first_hint(number, mistakes, otherwise, atol=1e-5)


def check_break(answer) -> str | None:
    """1.3: the learning rate between walking down and running away.

    Args:
        answer: a number.
    """
    rate = one_number(answer)
    if rate is None or not np.isfinite(rate):
        return f"You gave {answer!r}: give one number, the learning rate."
    factor = 1 - 8 * rate
    if rate > 0 and abs(rate - 0.25) < 1e-6:
        return None
    if rate <= 0:
        return (
            f"With learning rate {rate:g} the weight "
            f"{'runs uphill' if rate < 0 else 'stays where it is'}: give a positive "
            "number."
        )
    if np.isclose(factor, 0):
        return (
            f"With learning rate {rate:g} a single step leads to 0 exactly: no rate is "
            "better. Larger ones overshoot; look for the one from which you never get "
            "nearer."
        )
    after = abs(_walk(lambda w: 8 * w, 1.0, rate, 100))
    where = (
        f"the weight runs away: after 100 steps it is {after:.3g} from 0"
        if abs(factor) > 1
        else f"the weight still comes nearer: after 100 steps it is {after:.3g} from 0"
    )
    way = "smaller" if abs(factor) > 1 else "larger"
    near = (
        " You are close. What happens to the weight in a step if it comes neither "
        "nearer nor further away?"
        if abs(abs(factor) - 1) < 0.05
        else ""
    )
    return f"With learning rate {rate:g} {where}. Try a {way} one.{near}"


def check_stubborn(network: Callable) -> str | None:
    """1.4: a network that says s8, with at least 90 % confidence, to every photo.

    Args:
        network: photos (n, 64, 64, 1) in [-1, 1] in, confidences (n, 3) out.
    """
    faces = load_faces("orl", 64)
    photos = to_float(faces.images[::3])
    mirrored = photos[::2, :, ::-1]
    parts = []
    for batch in (photos, mirrored, photos[:1]):
        came = np.asarray(network(batch), float)
        if came.shape != (len(batch), 3):
            return (
                f"For {len(batch)} photos your network gave an array of shape "
                f"{came.shape}, expected ({len(batch)}, 3): three confidences for each."
            )
        parts.append(came)
    answers = np.concatenate(parts)
    if not np.isfinite(answers).all():
        return (
            "Your network answers `nan`, not a number: the learning rate was too high. "
            "Build a fresh network and take a smaller one."
        )
    if (answers < -1e-6).any() or not np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        return (
            "The three numbers for a photo should be confidences: at least 0, and 1 in "
            "all."
        )
    said, least = answers.argmax(axis=1), answers[:, STUBBORN].min()
    if (said == STUBBORN).all():
        if least >= SURE:
            return None
        return (
            "It says s8 to every photo, but its lowest confidence is only "
            f"{least:.0%}: take more steps."
        )
    counts = np.bincount(said, minlength=3)
    for other, name in ((0, "s5"), (2, "s14")):
        if counts[other] == len(said):
            return (
                f"It says {name} to every photo: take your steps on a photo of s8, "
                "whose label is 1."
            )
    if answers.max() < 0.5:
        return "It has hardly learned anything yet: take steps on a photo of s8."
    return (
        f"It says s8 to {counts[STUBBORN]} of {len(said)} photos of ORL: take enough "
        "steps, and all of them on photos of s8."
    )


def check_refusal(turned_away: Callable) -> str | None:
    """1.5: the share of photos whose highest confidence is not above a threshold.

    Args:
        turned_away: confidences (n, names) and a threshold in, a share out.
    """
    for classes, threshold in ((3, 0.75), (4, 0.25), (3, 0.5), (40, 0.125), (2, 0.875)):
        confidences = _some_confidences(classes, threshold)
        expected = np.mean(confidences.max(axis=1) <= threshold)
        came = turned_away(confidences.copy(), threshold)
        hint = _refusal_hint(came, confidences, threshold, expected)
        if hint:
            n = len(confidences)
            return (
                f"For {n} photos, {classes} names and threshold {threshold} you got "
                f"{short(came)}, expected {expected:.3f}. {hint}"
            )
    return None


def _some_confidences(classes, threshold):
    """Rows with a highest confidence above, at, and (if possible) below a threshold.

    Drawn until no two mistakes lead to the same share, or a hundred times.
    """
    rng = np.random.default_rng()
    others = [0.9375, 0.96875] * 3 + [0.3125, 0.4375, 0.625, 0.8125, 1.0]
    tops = np.array([threshold] * 3 + others)
    tops = tops[tops >= 1 / classes]
    for _ in range(100):
        more = rng.choice(tops, rng.integers(2, 8))
        rows = [
            rng.permutation(_with_highest(top, classes))
            for top in rng.permutation([*tops, *more])
        ]
        confidences = np.array(rows, "float32")
        results = [np.mean(confidences.max(axis=1) <= threshold)]
        results += [result for result, _ in _refusal_mistakes(confidences, threshold)]
        if len(set(np.round(results, 6))) == len(results):
            break
    return confidences


def _with_highest(top, classes):
    """Confidences (classes,) with this highest one; their sum is exact in binary."""
    row, left = [], 1.0
    for _ in range(classes):
        row.append(min(left, top))
        left -= row[-1]
    return row


def _refusal_hint(came, confidences, threshold, expected):
    if np.size(came) > 1:
        return (
            "Give one share for all photos together: np.mean of an array of True and "
            "False is the share of True."
        )
    number = one_number(came)
    if number is None:
        return "Return one number, the share."
    if np.isclose(number, expected, atol=1e-6):
        return None
    mistakes = _refusal_mistakes(confidences, threshold)
    otherwise = (
        "Take the highest confidence of each photo, and count those that are not above "
        "the threshold."
    )
    return first_hint(number, mistakes, otherwise)


def _refusal_mistakes(confidences, threshold):
    """What some mistakes lead to, each with its hint."""
    highest = confidences.max(axis=1)
    expected = np.mean(highest <= threshold)
    return [
        (
            np.mean(highest < threshold),
            "A confidence that is exactly at the threshold is not above it: such a "
            "photo is turned away.",
        ),
        (
            np.mean(highest > threshold),
            "That is the share that gets a name: you want the others.",
        ),
        (
            np.mean(highest >= threshold),
            "You counted the confident ones: turned away are those whose highest "
            "confidence is at most the threshold.",
        ),
        (
            np.sum(highest <= threshold),
            "That is how many photos are turned away: divide by the number of photos.",
        ),
        (100 * expected, "Give a share from 0 to 1, not per cent."),
        (
            np.mean(confidences <= threshold),
            "You counted every confidence: take the highest of each photo first "
            "(axis=1).",
        ),
        (
            np.mean(confidences.max(axis=0) <= threshold),
            "You took the highest confidence of each name: take that of each photo "
            "(axis=1).",
        ),
        (
            np.mean(confidences.min(axis=1) <= threshold),
            "You took the lowest confidence of each photo: take the highest.",
        ),
        (
            np.mean(confidences[:, 0] <= threshold),
            "You looked at the first name only: take the highest confidence of each "
            "photo.",
        ),
        *(
            (
                np.mean(highest <= fixed),
                "Compare with the threshold that the function gets, not with a fixed "
                "number.",
            )
            for fixed in (0.5, 0.9, 0.99)
        ),
    ]


CHECKS = {
    "1.1": check_weights,
    "1.2": check_walk,
    "1.3": check_break,
    "1.4": check_stubborn,
    "1.5": check_refusal,
}
