"""Checks of lesson 7: a mean's norm, two directions, an audit."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import changed, first_hint, one_number, short


def check_norm_of_the_mean(answer) -> str | None:
    """7.1: about √128 / √16.

    Args:
        answer: a number.
    """
    if isinstance(answer, int) and abs(answer) > 1e9:
        answer = np.inf  # an int of hundreds of digits is no float
    number = None if np.iscomplexobj(answer) else one_number(answer)
    if number is None:
        return f"You gave {short(answer)}: give one number."
    answer = number
    norm = 128**0.5
    # Measured with sixteen codes, it varies by 0.18 from one draw to the next.
    if abs(answer - norm / 4) < 0.6:
        return None
    mistakes = [
        (
            norm,
            "That is the norm of one code. Random codes point in different directions, "
            "so in a mean they cancel in part.",
        ),
        (
            norm / 16,
            "You divided √128 by 16. Codes at right angles add as in Pythagoras's "
            "theorem: it is the squares of their norms that add up. What is the norm "
            "of the sum?",
        ),
        (
            4 * norm,
            "That is the norm of the sum. A mean still divides it by 16.",
        ),
        (
            16 * norm,
            "That would be the sum of sixteen codes that all point in the same "
            "direction. Random codes are nearly at right angles.",
        ),
        (
            0,
            "They cancel in part, not entirely: the squares of sixteen small leftovers "
            "add up.",
        ),
        (
            8,
            "You divided 128 by 16. A norm is a root: the squares of the 128 numbers "
            "add up to about 128, and the norm of one code is √128.",
        ),
        (4, "That is √16. What is to be divided by it?"),
        (16, "That is how many codes there are. How long is one of them?"),
        (128, "That is how many numbers a code has. Its norm is the root of that."),
    ]
    otherwise = (
        "Start from the norm of one code, √128. The codes are nearly at right angles, "
        "so the squares of their norms add up; then divide by the number of codes."
    )
    return f"You said {answer:g}. {first_hint(answer, mistakes, otherwise, atol=0.12)}"


def check_direction_of_means(direction_of_means: Callable) -> str | None:
    """7.2: mean of the ones minus mean of the zeros, length 1.

    Args:
        direction_of_means: codes (n, latent_dim) and labels (n,), 0 or 1, in, a vector
            (latent_dim,) out.
    """
    rng = np.random.default_rng()
    for zeros, ones, length, kind in ((45, 15, 12, "float64"), (8, 19, 30, "float32")):
        codes = (rng.standard_normal((zeros + ones, length)) + 0.5).astype(kind)
        labels = rng.permutation(np.repeat([0, 1], [zeros, ones]))
        given = codes.copy(), labels.copy()
        came = direction_of_means(*given)
        hint = _direction_hint(came, codes[labels == 0], codes[labels == 1])
        hint = hint or changed(given, (codes, labels), ("codes", "labels"))
        if hint:
            n = zeros + ones
            return f"{n} codes of {length} numbers, {ones} of them labelled 1: {hint}"
    return None


def _direction_hint(came, zeros, ones):
    came, hint = _numbers(came)
    if hint:
        return hint
    length = zeros.shape[1]
    if came.shape != (length,):
        got = f"you gave the shape {came.shape}, expected ({length},)"
        if came.size == length:
            return f"{got}: leave out the axis of length 1."
        if came.shape == (2, length):
            return f"{got}: subtract one mean from the other."
        return (
            f"{got}: take the mean over the codes (axis=0), which leaves one number "
            "for each place."
        )
    expected = _unit(ones.mean(axis=0) - zeros.mean(axis=0))
    if np.allclose(came, expected, atol=1e-3):
        return None
    norm = np.linalg.norm(came)
    direction = came / max(norm, 1e-9)
    mistakes = [
        (
            -expected,
            "it points from the ones to the zeros: subtract the other way round.",
        ),
        (
            expected,
            f"the direction is right, but its length is {norm:.2f} instead of 1: "
            "divide by its norm.",
        ),
        (
            _unit(ones.sum(axis=0) - zeros.sum(axis=0)),
            "you took sums. The two groups differ in size, so take the mean of each.",
        ),
        (
            _unit(ones.mean(axis=0)),
            "that is the mean of the ones alone: subtract the mean of the zeros, or "
            "you keep what all codes share.",
        ),
        (
            _unit(ones.mean(axis=0) + zeros.mean(axis=0)),
            "you added the two means: subtract one from the other.",
        ),
        (
            _unit(ones.mean(axis=0) - np.concatenate([zeros, ones]).mean(axis=0)),
            "its length is not 1: divide by its norm.",
        ),
        (
            _unit(np.median(ones, axis=0) - np.median(zeros, axis=0)),
            "you took medians: take means.",
        ),
    ]
    otherwise = (
        f"its cosine with the expected direction is {direction @ expected:.2f}, not 1. "
        "Take the mean of the codes labelled 1 minus the mean of those labelled 0."
    )
    return first_hint(direction, mistakes, otherwise, atol=1e-4)


def _unit(vector):
    return vector / np.linalg.norm(vector)


def _numbers(came):
    """What a function returned as an array, and a hint if it is none."""
    try:
        came = np.asarray(came, "float64")
    except (TypeError, ValueError):
        kind = type(came).__name__
        return None, f"you gave a {kind} that is not an array of numbers."
    if not np.isfinite(came).all():
        return None, "there are numbers in it that are NaN or infinite."
    return came, None


def check_my_direction(my_direction: Callable) -> str | None:
    """7.3: towards the chosen codes, orthogonal to other directions, length 1.

    Args:
        my_direction: codes (n, latent_dim), numbers of the chosen ones, counted from 1,
            and a list of unit vectors in, a vector (latent_dim,) out.
    """
    rng = np.random.default_rng()
    for n, length, count in ((240, 20, 3), (300, 32, 2)):
        codes, truth, others = _entangled(rng, n, length, count)
        # The others are mixed into the choice, as age may be into "glasses".
        # Each with a factor of its own: their sum or mean does not clean of them.
        mixed = codes @ (truth + np.array([0.9, -0.7, 0.5][:count]) @ others)
        chosen = np.flatnonzero(mixed[:-1] > 0) + 1
        chosen = rng.permutation(chosen).tolist()
        given = codes.copy(), list(chosen), [other.copy() for other in others]
        hint = _clean_hint(my_direction(*given), codes, chosen, truth, others)
        names = "codes", "chosen numbers", "other directions"
        hint = hint or changed(given, (codes, chosen, others), names)
        if hint:
            return (
                f"{n} codes of {length} numbers, {len(chosen)} of them chosen, "
                f"{count} other directions: {hint}"
            )
    return None


def _entangled(rng, n, length, count):
    """Codes, a direction to find, and others that are not orthogonal to each other."""
    codes = rng.standard_normal((n, length)).astype("float32")
    axes = np.linalg.qr(rng.standard_normal((length, count + 1)))[0].T
    truth, basis = axes[0], axes[1:]
    others = [basis[0]]
    for axis in basis[1:]:
        others.append(_unit(axis + 0.6 * basis[0]))
    return codes, truth, [other.astype("float32") for other in others]


def _clean_hint(came, codes, chosen, truth, others):
    came, hint = _numbers(came)
    if hint:
        return hint
    if came.shape != truth.shape:
        return f"you gave the shape {came.shape}, expected {truth.shape}."
    norm = np.linalg.norm(came)
    if norm < 1e-6:
        return "you gave a direction of length 0."
    direction = came / norm
    leaks = np.abs([direction @ other for other in others])
    off_by_one = _towards(codes, np.asarray(chosen) + 1)
    towards = _towards(codes, chosen)
    shifted, right = (
        _rest(each, others) @ _rest(direction, others) for each in (off_by_one, towards)
    )
    if right < 0.5 and shifted > max(0.7, -right):
        return (
            "you took each chosen face's neighbour: the faces are numbered from 1, and "
            "Python counts from 0."
        )
    if right < -0.7:
        return "it points away from the chosen codes: subtract the other way round."
    if right < 0.5:
        return (
            "it does not point from the codes that were not chosen towards the chosen "
            "ones."
        )
    if leaks.min() > 0.02:
        return (
            f"it points towards the chosen codes, but it is not cleaned: its cosines "
            f"with the other directions are up to {leaks.max():.2f}, not 0."
        )
    if leaks.max() > 0.02:
        return (
            f"it is orthogonal to some of the other directions and not to all: a "
            f"cosine is {leaks.max():.2f}. These directions are not at right angles to "
            "each other, so taking out one can bring back another: clean of all of "
            "them at once."
        )
    if abs(norm - 1) > 1e-3:
        return f"its length is {norm:.2f} instead of 1: divide by its norm."
    return None


def _towards(codes, chosen):
    """The direction from the codes that were not chosen to the chosen ones."""
    labels = np.isin(np.arange(1, len(codes) + 1), chosen)
    return codes[labels].mean(axis=0) - codes[~labels].mean(axis=0)


def _rest(vector, others):
    """What is left of a direction, with length 1; about 0 if it is one of theirs."""
    basis = np.stack(others, axis=1)
    rest = vector - basis @ np.linalg.lstsq(basis, vector, rcond=None)[0]
    return rest / max(np.linalg.norm(rest), 1e-3)


def check_moved_too_much(moved_too_much: Callable) -> str | None:
    """7.4: what a direction changes more than every random direction does.

    Args:
        moved_too_much: {name: number} and {name: [number, …]} in, a list of names out.
    """
    rng = np.random.default_rng()
    for names, count in ((("gender", "years", "race", "shift"), 8), (("a", "b"), 3)):
        for wanted in _subsets(names):
            # In another order than the scores: a name is what belongs together.
            turned = [*names[1:], names[0]]
            for _ in range(100):  # until no tie looks like a wrong order
                random = {name: rng.uniform(1, 9, count).round(2) for name in names}
                scores = _scores(rng, random, wanted)
                if _by_place(scores, random, turned) != wanted | _ties(scores, random):
                    break
            given = dict(scores), {name: random[name].tolist() for name in turned}
            hint = _audit_hint(moved_too_much(*given), scores, random, wanted)
            before = scores, {name: random[name].tolist() for name in turned}
            hint = hint or changed(given, before, ("scores", "random lists"))
            if hint:
                return f"{len(names)} names, {count} random directions: {hint}"
    return None


def _subsets(names):
    """The first name, the last, all but one, none, and all."""
    return [set(names[:1]), set(names[-1:]), set(names[1:]), set(), set(names)]


def _scores(rng, random, wanted):
    """Scores above all random ones if wanted; else as high as the highest, or lower.

    Of those that are not wanted one is a tie, one lies above mean and median, and one
    between them and the smallest.
    """
    scores, place = {}, 0
    for name, values in random.items():
        middle = sorted([np.mean(values), np.median(values)])
        below = (
            values.max(),
            (values.max() + middle[1]) / 2,
            (values.min() + middle[0]) / 2,
        )
        scores[name] = float(below[place % 3])
        if name in wanted:
            scores[name] = float(values.max() + rng.choice([0.01, 3.0]))
        else:
            place += 1
    return scores


def _ties(scores, random):
    return {name for name in scores if scores[name] == random[name].max()}


def _by_place(scores, random, order):
    """What comes out if the scores are compared with random ones in another order."""
    pairs = zip(scores, order)
    return {name for name, other in pairs if scores[name] > random[other].max()}


def _audit_hint(came, scores, random, wanted):
    if isinstance(came, dict) and any(isinstance(key, str) for key in came):
        return "you gave a dict: give the names alone, in a list."
    if isinstance(came, str):
        return "you gave a single text: give a list of names, which may be empty."
    try:
        found = [str(name) for name in came]
    except TypeError:
        return f"you gave {came!r}: give a list of names, which may be empty."
    strange = [name for name in found if name not in scores]
    if strange:
        return (
            f"{strange[0]!r} is none of the names: give those of the scores that are "
            "too large."
        )
    rules = (
        (lambda score, values: score > values.mean(), "the mean of the random ones"),
        (lambda score, values: score > values.min(), "the smallest random one"),
        (lambda score, values: score > np.median(values), "their median"),
    )
    if set(found) == wanted:
        return None
    if set(found) == wanted | _ties(scores, random):
        return (
            "a score that is as large as the largest random one is not larger: "
            "compare with >."
        )
    if wanted and not found:
        return "nothing came out, and a score is larger than all its random ones."
    if set(found) == set(scores) - wanted:
        return "you gave the names that did not move too much: the others are asked."
    if set(found) == set(scores):
        return (
            "all names came out, as if you compared with the smallest random one. A "
            "name counts if its score is larger than every random one."
        )
    fits = [
        name
        for rule, name in rules
        if set(found) == {each for each in scores if rule(scores[each], random[each])}
    ]
    if fits:
        return (
            f"it looks as if you compared with {' or '.join(fits)}. A name counts if "
            "its score is larger than every random one."
        )
    if set(found) == _by_place(scores, random, [*list(random)[1:], list(random)[0]]):
        return (
            "it looks as if you took the random ones in their order: they may come in "
            "another order than the scores, so look them up by name."
        )
    most = max(values.max() for values in random.values())
    if set(found) == {name for name in scores if scores[name] > most}:
        return "compare each score with the random ones of the same name only."
    too_many, missing = set(found) - wanted, wanted - set(found)
    if too_many:
        return (
            "a name came out although one of its random directions changed as much or "
            "more."
        )
    return (
        "a name is missing although its score is larger than every random one "
        f"({len(missing)} of {len(wanted)} missing)."
    )


CHECKS = {
    "7.1": check_norm_of_the_mean,
    "7.2": check_direction_of_means,
    "7.3": check_my_direction,
    "7.4": check_moved_too_much,
}
