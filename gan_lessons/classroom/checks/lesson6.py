"""Checks of lesson 6: galleries, the Fréchet distance, precision, an audit, a judge."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.checks.hints import (
    changed,
    first_hint,
    letters_in_order,
    one_number,
    short,
)


def _no_letters(answer):
    return (
        f"You gave {answer!r}: give the four letters A, B, C and D, each once, as one "
        "string such as 'ABCD'."
    )


# 6.1


def check_galleries(answer) -> str | None:
    """6.1: which gallery is which, from precision and recall.

    Args:
        answer: the letters A to D in some order.
    """
    letters = letters_in_order(answer, "ABCD")
    if letters is None:
        return _no_letters(answer)
    if letters == "ADBC":
        return None
    one_face, copies, poor, photos = tuple(letters)
    if letters == "BDAC":
        hint = (
            "you have precision and recall the wrong way round. Precision is the share "
            "of fakes that lie among the photos: quality."
        )
    elif photos != "C":
        hint = (
            "other photos of the same people are good and varied, so both numbers must "
            "be high."
        )
    elif poor != "B":
        hint = (
            "poor faces lie in no photo's circle, so their precision is low, however "
            "different they are."
        )
    else:
        hint = (
            "one face can lie near a few photos only. Forty copies have circles round "
            "forty photos, so they reach more of the 360."
        )
    return (
        f"You said {one_face} for one face again and again, {copies} for forty copies, "
        f"{poor} for poor but different, {photos} for other photos: {hint}"
    )


# 6.2


def check_frechet_parts(frechet_parts: Callable) -> str | None:
    """6.2: the Fréchet distance in two parts.

    Args:
        frechet_parts: features (n, d) and (m, d) in; the part from the means and the
            part from the covariances out.
    """
    rng = np.random.default_rng()
    cases = ((60, 45, 3, "float64"), (9, 30, 12, "float32"), (40, 40, 5, "float64"))
    pairs = [_features_that_tell(rng, *case) for case in cases]
    # Rounding decides whether a root is missed: three times are hardly ever lucky.
    pairs += [_features_without_a_root(rng) for _ in range(3)]
    for a, b in pairs:
        given = a.copy(), b.copy()
        came = frechet_parts(*given)
        hint = _parts_hint(came, a.astype(float), b.astype(float))
        hint = hint or changed(given, (a, b), ("features", "features"))
        if hint:
            return f"For features of shapes {a.shape} and {b.shape}: {hint}"
    same = rng.normal(size=(50, 4))
    pair = _two_numbers(frechet_parts(same.copy(), same.copy()))
    if pair is None or not np.allclose(pair, 0, rtol=0, atol=1e-3):
        return f"A set and itself have a distance of 0 and 0; you got {short(pair)}."
    return None


def _features_that_tell(rng, n, m, d, dtype):
    """Features of which every mistake we know makes a number of its own."""
    best, widest = None, -1.0
    for _ in range(30):
        mixing = rng.normal(size=(2, d, d)) + np.eye(d)
        a = (rng.normal(size=(n, d)) @ mixing[0]).astype(dtype)
        b = (rng.normal(size=(m, d)) @ mixing[1] + rng.uniform(1, 2, d)).astype(dtype)
        means, covariances = _parts(a.astype(float), b.astype(float))
        gaps = []
        for right, mistakes in (
            (means, _means_mistakes(a, b, means)),
            (covariances, _covariances_mistakes(a, b, means)),
        ):
            values = np.sort([right, *(value for value, _ in mistakes)])
            gaps.append(np.diff(values).min() / (1 + abs(right)))
        if min(gaps) > widest:
            best, widest = (a, b), min(gaps)
        if widest > 0.02:
            break
    return best


def _features_without_a_root(rng):
    """Fewer rows than features, and eigenvalues of which rounding made some negative.

    They may also come out complex, and then a root that is not clipped is no NaN.
    """
    for _ in range(100):
        a, b = rng.normal(size=(9, 12)), 2 * rng.normal(size=(30, 12)) + 1
        cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
        each = [np.linalg.eigvals(pair) for pair in (cov_a @ cov_b, cov_b @ cov_a)]
        if all(values.dtype == float and values.min() < 0 for values in each):
            break
    return a, b


def _two_numbers(came) -> np.ndarray | None:
    """Two real numbers, also as tensors or with an imaginary part of 0; or None."""
    if isinstance(came, (str, bytes, dict, set)):
        return None
    try:
        parts = [np.asarray(part).squeeze() for part in came]
    except TypeError:
        return None
    if len(parts) != 2 or any(part.shape or part.dtype.kind in "OSU" for part in parts):
        return None
    if any(abs(part.imag) > 1e-3 * (1 + abs(part.real)) for part in parts):
        return None
    return np.array([part.real for part in parts], float)


def _parts_hint(came, a, b):
    means, covariances = _parts(a, b)
    pair = _two_numbers(came)
    if pair is None:
        number = None if isinstance(came, (list, tuple)) else one_number(came)
        if number is not None and np.isclose(number, means + covariances, rtol=1e-2):
            return "that is the sum. Give its two parts, (means, covariances)."
        return "give two real numbers, (means, covariances)."
    near = {"rtol": 1e-2, "atol": 1e-2}
    wanted = [(means, _parts(a, b, ddof)[1]) for ddof in (0, 1)]
    if any(np.allclose(pair, each, **near) for each in wanted):
        return None
    if any(np.allclose(pair[::-1], each, **near) for each in wanted):
        return "your parts have changed places: the means come first."
    if not np.isclose(pair[0], means, **near):
        got = f"the part of the means is {pair[0]:.3f}, expected {means:.3f}."
        return f"{got} {_means_hint(pair[0], a, b, means)}"
    got = f"the part of the covariances is {pair[1]:.3f}, expected {covariances:.3f}."
    return f"{got} {_covariances_hint(pair[1], a, b, means)}"


def _parts(a, b, ddof=1):
    """The right answer, by another way than the package's."""
    cov_a, cov_b = (np.cov(each, rowvar=False, ddof=ddof) for each in (a, b))
    eigenvalues = np.linalg.eigvals(cov_a @ cov_b).real
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    means = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return means, cov_a.trace() + cov_b.trace() - 2 * cross


def _means_hint(came, a, b, means):
    otherwise = "One mean per feature, their differences, squared and summed."
    mistakes = _means_mistakes(a, b, means)
    return first_hint(came, mistakes, otherwise, atol=5e-3 * (1 + means))


def _means_mistakes(a, b, means):
    gap = a.mean(axis=0) - b.mean(axis=0)
    return [
        (np.sqrt(means), "Leave out the root: the distance is squared."),
        (means / a.shape[1], "Sum the squares over the features; you took their mean."),
        (gap.sum() ** 2, "Square each difference before you sum."),
        (np.abs(gap).sum(), "Square the differences."),
        ((a.mean() - b.mean()) ** 2, "Take a mean for each feature: axis 0."),
        (0.0, "Is it left out?"),
    ]


def _covariances_hint(came, a, b, means):
    if not np.isfinite(came):
        return (
            "Rounding makes an eigenvalue that should be 0 slightly negative: clip at "
            "0 before you take the roots. (The root of a matrix is not the root of "
            "each of its numbers.)"
        )
    otherwise = (
        "Trace of one covariance plus trace of the other, minus 2 times the sum of the "
        "roots of the eigenvalues of their product. A covariance is (d, d): "
        "rowvar=False."
    )
    mistakes = _covariances_mistakes(a, b, means)
    return first_hint(came, mistakes, otherwise, atol=5e-3 * (1 + _parts(a, b)[1]))


def _covariances_mistakes(a, b, means):
    """What each mistake leads to, and its hint."""
    cov_a, cov_b = (np.cov(each, rowvar=False) for each in (a, b))
    traces, product = cov_a.trace() + cov_b.trace(), cov_a @ cov_b
    right = _parts(a, b)[1]
    cross = (traces - right) / 2
    by_feature = np.sqrt(np.clip(product.diagonal(), 0, None)).sum()
    variances = (a.std(axis=0, ddof=1) - b.std(axis=0, ddof=1)) ** 2
    return [
        (right + means, "That is the whole distance: leave out the means."),
        (np.sqrt(max(right, 0)), "Leave out the root at the end."),
        (
            variances.sum(),
            "You compared the features one by one. The covariance also says how they "
            "vary together.",
        ),
        (traces - cross, "The factor 2 is missing."),
        (traces + 2 * cross, "The root is to be subtracted."),
        (traces, "The root of the product is missing."),
        (traces - 2 * product.trace(), "Take the root of each eigenvalue."),
        (
            traces - 2 * np.sqrt(max(product.trace(), 0)),
            "Take the root before you sum.",
        ),
        (
            traces - 2 * by_feature,
            "The root of a matrix is not the root of each of its numbers: sum the "
            "roots of the eigenvalues of the product.",
        ),
        (
            traces - 2 * np.trace(_root(cov_a) @ _root(cov_b)),
            "The root of a product is not the product of the roots: multiply the "
            "covariances first.",
        ),
        (-2 * cross, "The two traces are missing."),
    ]


def _root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T


# 6.3


def check_precision_recall(precision_recall: Callable) -> str | None:
    """6.3: precision and recall by circles.

    Args:
        precision_recall: features of photos (n, d), of fakes (m, d), and k in; two
            shares out.
    """
    # The last two mistakes show only where there are ties, and copies.
    cases = (
        (_plain_draw, 3, slice(-2)),
        (_plain_draw, 1, slice(0)),
        (_grid, 2, slice(-2, -1)),
        (_collapsed, 3, slice(-1, None)),
    )
    for draw, k, told in cases:
        real, fake = _telling(draw, k, told)
        given = real.copy(), fake.copy()
        came = precision_recall(*given, k)
        pair = _two_numbers(came)
        about = f"For {len(real)} photos and {len(fake)} fakes, k = {k}: "
        if pair is None or not np.isfinite(pair).all():
            return f"{about}you gave {short(came)}; give two shares, from 0 to 1."
        expected = _shares(real, fake, k)
        if not np.allclose(pair, expected, atol=1e-3):
            hint = _shares_hint(pair, expected, real.astype(float), fake, k)
            return f"{about}you got {short(pair)}, expected {short(expected)}. {hint}"
        hint = changed(given, (real, fake), ("features", "features"))
        if hint:
            return about + hint
    return None


def _plain_draw(rng, k):
    d = 2 if k == 3 else 5
    real = rng.uniform(-1.5, 1.5, (33, d))
    fake = rng.uniform(-2, 1.2, (20 if k == 3 else 47, d))
    return real.astype("float32"), fake.astype("float32")


def _grid(rng, k):
    """Whole numbers: many points are exactly as far away as a neighbour."""
    real = np.stack(np.unravel_index(rng.permutation(64)[:30], (8, 8)), axis=1)
    fake = np.stack(np.unravel_index(rng.permutation(64)[:24], (8, 8)), axis=1)
    return real.astype("float64"), (fake + [2, 0]).astype("float64")


def _collapsed(rng, k):
    """Few fakes, each several times."""
    real = rng.integers(-8, 9, (36, 2))
    few = real[:5] + rng.integers(-2, 3, (5, 2))
    return real.astype("float64"), few[np.arange(25) % 5].astype("float64")


def _telling(draw, k, told):
    """A draw on which each of these mistakes leads to an answer of its own."""
    rng = np.random.default_rng()
    for _ in range(200):
        real, fake = draw(rng, k)
        answers = [_shares(real, fake, k)]
        answers += [value for value, _ in _share_mistakes(real, fake, k)]
        _, which, times = np.unique(
            np.round(answers, 2), axis=0, return_inverse=True, return_counts=True
        )
        if (times[which.ravel()][1:][told] == 1).all():
            break
    return real, fake


def _far(a, b):
    return np.sqrt(((a[:, None].astype(float) - b[None]) ** 2).sum(axis=2))


def _radii(members, k):
    return np.sort(_far(members, members), axis=1)[:, k]


def _inside(points, members, k):
    return (_far(points, members) <= _radii(members, k) + 1e-9).any(axis=1).mean()


def _shares(real, fake, k):
    return np.array([_inside(fake, real, k), _inside(real, fake, k)])


def _share_mistakes(real, fake, k):
    """What each mistake leads to, and its hint."""

    def both(share):
        return np.array([share(fake, real), share(real, fake)])

    def own_circle(points, members):
        return (_far(points, members) <= _radii(points, k)[:, None]).any(axis=1).mean()

    def other_radii(points, members):
        radii = np.sort(_far(members, points), axis=1)[:, k - 1]
        return (_far(points, members) <= radii).any(axis=1).mean()

    def nearest_only(points, members):
        far = _far(points, members)
        return (far.min(axis=1) <= _radii(members, k)[far.argmin(axis=1)]).mean()

    def one_radius(points, members):
        return (_far(points, members) <= _radii(members, k).mean()).any(axis=1).mean()

    def strictly(points, members):
        return (_far(points, members) < _radii(members, k) - 1e-9).any(axis=1).mean()

    def without_copies(points, members):
        far = np.sort(_far(members, members), axis=1)
        radii = [row[row > 0][k - 1] if (row > 0).sum() >= k else 0 for row in far]
        return (_far(points, members) <= np.array(radii) + 1e-9).any(axis=1).mean()

    def all_circles(points, members):
        return (_far(points, members) <= _radii(members, k)).all(axis=1).mean()

    def circles_in_use(points, members):
        return (_far(points, members) <= _radii(members, k)).any(axis=0).mean()

    def pairs(points, members):
        return (_far(points, members) <= _radii(members, k)).mean()

    return [
        (
            _shares(real, fake, k)[::-1],
            "They have changed places: precision, the share of fakes, comes first.",
        ),
        (
            _shares(real, fake, k - 1),
            "Each member is its own nearest neighbour, at distance 0. Do not count it.",
        ),
        (_shares(real, fake, k + 1), "Your circles reach one neighbour too far."),
        (
            both(nearest_only),
            "You asked only the nearest circle; a wider one farther off may hold the "
            "point, too.",
        ),
        (
            both(own_circle),
            "The circles belong to the members, not to the points you ask about: for "
            "precision they lie round the photos.",
        ),
        (
            both(other_radii),
            "A circle's radius is the distance to a neighbour of its own set.",
        ),
        (both(one_radius), "Every circle has a radius of its own."),
        (both(all_circles), "One circle is enough: any, not all."),
        (
            both(circles_in_use),
            "You counted circles that hold a point. Count points that lie in a circle: "
            "the other axis.",
        ),
        (
            [_inside(fake, real, k), circles_in_use(fake, real)],
            "Recall exchanges photos and fakes: its circles lie round the fakes.",
        ),
        (both(pairs), "Count points that lie in some circle, not pairs."),
        (100 * _shares(real, fake, k), "Give shares from 0 to 1, not percentages."),
        (
            _shares(real, fake, k) * [len(fake), len(real)],
            "These are counts. Divide by the number of points.",
        ),
        (
            both(strictly),
            "A point exactly on a circle counts as inside: no farther than is <=.",
        ),
        (
            both(without_copies),
            "A copy of a member is a neighbour at distance 0. Leave out only the "
            "member itself.",
        ),
    ]


def _shares_hint(pair, expected, real, fake, k):
    otherwise = (
        "For precision: the radius of each photo's circle is the distance to its k-th "
        "nearest other photo. Which share of the fakes lies in at least one circle? "
        "For recall, exchange photos and fakes."
    )
    return first_hint(pair, _share_mistakes(real, fake, k), otherwise, atol=1e-3)


# 6.4


def check_audit(answer) -> str | None:
    """6.4: which of four models copies, repeats, games the distance, or is honest.

    Args:
        answer: the letters A to D in some order.
    """
    letters = letters_in_order(answer, "ABCD")
    if letters is None:
        return _no_letters(answer)
    copies, few, tuned, honest = tuple(letters)
    if copies != "D":
        return (
            f"{copies} did not copy: look at the distance to the nearest training "
            "photo, and compare it with that of held-out photos."
        )
    if few != "B":
        return (
            f"{few} does not paint the same forty: whose circles reach hardly any "
            "photo? Look at recall."
        )
    if letters == "DBAC":
        return None
    return (
        f"{tuned} and {honest} have changed places. One of them has a very small "
        "distance, although most of its rows lie in no photo's circle."
    )


# 6.5


def check_tells_apart(tells_apart: Callable) -> str | None:
    """6.5: a classifier's accuracy on rows it was not trained on.

    Args:
        tells_apart: features (n, d) and (n, d) in, a share out.
    """
    rng = np.random.default_rng()
    n, d = 120, 64
    same = rng.normal(size=(2, n, d)).astype("float32")
    hint = _accuracy_hint(tells_apart(*same.copy()), 0.3, 0.7)
    if hint == "high":
        return (
            "Two draws of the same kind cannot be told apart, and your classifier "
            "seems to. Is its accuracy measured on rows that it was trained on?"
        )
    if hint:
        return f"Two draws of the same kind: {hint}"
    for d, order in ((8, 1), (12, -1)):
        near, far = rng.normal(size=(2, 300, d)).astype("float32")
        hint = _accuracy_hint(tells_apart(*(near, far + 1.5)[::order]), 0.8, 1)
        if hint:
            return f"Two sets far apart, of {d} features: {hint}"
    # The same means and covariances: no Fréchet distance tells these apart.
    signs = rng.choice([-1, 1], (600, 4)) + 0.1 * rng.normal(size=(600, 4))
    bell = np.sqrt(1.01) * rng.normal(size=(600, 4))
    pair = signs.astype("float32"), bell.astype("float32")
    hint = _accuracy_hint(tells_apart(*pair), 0.75, 1)
    if hint == "low":
        return (
            "Two sets of equal means and covariances, but of different shape: your "
            "classifier cannot tell them apart. Has it a hidden layer with a "
            "non-linear activation, and does it train long enough?"
        )
    return f"Two sets of different shape: {hint}" if hint else None


def _accuracy_hint(came, low, high):
    """None if a share lies in a range, "low" or "high", or what is wrong with it."""
    share = one_number(came)
    if share is None or not np.isfinite(share):
        return f"you gave {short(came)}; give one number, the accuracy."
    if share < 0 or share > 1:
        return f"an accuracy is a share from 0 to 1; you gave {share:.3f}."
    if share > high:
        return "high"
    if share >= low:
        return None
    if low >= 0.8:
        return (
            f"an accuracy of {share:.2f} is too low. Are the labels 0 for one set and "
            "1 for the other, and are rows of both in the training and the test half?"
        )
    if low > 0.5:
        return "low"
    return (
        f"an accuracy of {share:.2f} is far below one half. Are rows of both sets in "
        "each half? (Keras's validation_split takes the last rows, unshuffled.)"
    )


CHECKS = {
    "6.1": check_galleries,
    "6.2": check_frechet_parts,
    "6.3": check_precision_recall,
    "6.4": check_audit,
    "6.5": check_tells_apart,
}
