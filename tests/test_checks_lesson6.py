"""Lesson 6: right answers written otherwise, and a hint for each mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from gan_lessons.classroom.checks import check, lesson6
from gan_lessons.classroom.rivals import suspects
from gan_lessons.metrics import frechet_distance, nearest, precision_recall


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


# 6.1 and 6.4


@pytest.mark.parametrize("exercise", ["6.1", "6.4"])
@pytest.mark.parametrize(
    "written",
    [
        str,
        str.lower,
        list,
        tuple,
        ", ".join,
        " ".join,
        lambda letters: np.array(list(letters)),
        lambda letters: f"(1) {letters[0]}, (2) {letters[1]}, (3){letters[2:4]}",
        lambda letters: f" {letters}\n",
        lambda letters: np.str_(letters),
        " > ".join,
        "/".join,
        repr,
        tf.constant,
        lambda letters: tf.constant(list(letters)),
        lambda letters: f"{', '.join(letters[:3])} and {letters[3]}",
    ],
)
def test_letters_are_taken_as_they_are_written(capsys, exercise, written):
    answer = written({"6.1": "ADBC", "6.4": "DBAC"}[exercise])
    assert printed(capsys, exercise, answer) == f"{exercise}: right\n"


@pytest.mark.parametrize("exercise", ["6.1", "6.4"])
@pytest.mark.parametrize(
    "answer", ["AABC", "ABC", "ABCDA", "EFGH", "", 4, 1.5, ["A", "B"], {"A": 1}, True]
)
def test_four_letters_are_wanted_each_once(capsys, exercise, answer):
    assert "each once" in printed(capsys, exercise, answer)


@pytest.mark.parametrize(
    ("letters", "hint"),
    [
        ("BDAC", "the wrong way round"),
        ("CDBA", "both numbers must be high"),
        ("ADCB", "both numbers must be high"),
        ("ACBD", "both numbers must be high"),
        ("ABDC", "in no photo's circle"),
        ("DBAC", "in no photo's circle"),
        ("DABC", "Forty copies have circles"),
    ],
)
def test_galleries_go_wrong(capsys, letters, hint):
    line = printed(capsys, "6.1", letters)
    assert "not yet" in line and hint in line


@pytest.mark.parametrize(
    ("letters", "hint"),
    [
        ("ABCD", "nearest training photo"),
        ("CBAD", "nearest training photo"),
        ("BDAC", "nearest training photo"),
        ("DABC", "recall"),
        ("DCAB", "recall"),
        ("DACB", "recall"),
        ("DBCA", "changed places"),
    ],
)
def test_an_audit_goes_wrong(capsys, letters, hint):
    line = printed(capsys, "6.4", letters)
    assert "not yet" in line and hint in line


def test_the_measures_find_the_four_suspects():
    rng = np.random.default_rng(0)
    groups = 3 * rng.standard_normal((60, 16))
    rows = groups[rng.integers(60, size=4200)] + 0.5 * rng.standard_normal((4200, 16))
    photos, held_out, honest = rows[:3000], rows[3000:3600], rows[3600:] + 0.1
    handed_in = suspects(photos, held_out, honest)
    assert list(handed_in) == list("ABCD")
    assert {gallery.shape for gallery in handed_in.values()} == {(600, 16)}
    near = {k: np.median(nearest(rows, photos)[1]) for k, rows in handed_in.items()}
    precision, recall = (
        {k: precision_recall(held_out, rows)[i] for k, rows in handed_in.items()}
        for i in (0, 1)
    )
    distance = {k: frechet_distance(held_out, rows) for k, rows in handed_in.items()}
    assert near["D"] < near["C"] / 2
    assert min(recall, key=recall.get) == "B"
    assert min(precision, key=precision.get) == "A"
    assert max(distance, key=distance.get) == "B" and distance["A"] < distance["B"] / 3


# 6.2


def parts(
    a, b, ddof=1, square=True, cross=None, factor=2, traces=True, order=1, axis=0
):
    """The solution of 6.2, with an argument for each mistake."""
    a, b = np.asarray(a, "float64"), np.asarray(b, "float64")
    gap = np.abs(a.mean(axis=axis) - b.mean(axis=axis))
    cov_a, cov_b = (np.cov(each, rowvar=False, ddof=ddof) for each in (a, b))
    cross = cross or (lambda x, y: roots(np.linalg.eigvals(x @ y)))
    total = traces * (cov_a.trace() + cov_b.trace()) - factor * cross(cov_a, cov_b)
    return ((gap**2).sum() if square else gap.sum(), total)[::order]


def roots(eigenvalues):
    return np.sqrt(np.clip(eigenvalues.real, 0, None)).sum()


def symmetric(cov_a, cov_b):
    root = lesson6._root(cov_a)
    return roots(np.linalg.eigvalsh(root @ cov_b @ root))


def complex_parts(a, b):
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    eigenvalues = np.linalg.eigvals(cov_a @ cov_b).astype(complex)
    cross = np.sqrt(eigenvalues).sum()
    return np.sum((a.mean(0) - b.mean(0)) ** 2), np.trace(cov_a + cov_b) - 2 * cross


def with_scipy(a, b):
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    small = 1e-9 * np.eye(len(cov_a))
    cross = sqrtm((cov_a + small) @ (cov_b + small)).real
    return ((a.mean(0) - b.mean(0)) ** 2).sum(), np.trace(cov_a + cov_b - 2 * cross)


def with_singular_values(a, b):
    """The sum of the singular values of the product of two square roots."""
    x, y = ((each - each.mean(0)) / np.sqrt(len(each) - 1) for each in (a, b))
    cross = np.linalg.svd(x @ y.T, compute_uv=False).sum()
    means = np.linalg.norm(a.mean(0) - b.mean(0)) ** 2
    return means, (x**2).sum() + (y**2).sum() - 2 * cross


def with_tensors(a, b):
    means, covariances = parts(a, b)
    return tf.constant([means, covariances])


@pytest.mark.parametrize(
    "answer",
    [
        parts,
        lambda a, b: parts(a, b, ddof=0),
        lambda a, b: parts(a, b, cross=symmetric),
        lambda a, b: list(parts(a, b)),
        lambda a, b: np.array(parts(a, b), "float32"),
        lambda a, b: tuple(tf.constant(each) for each in parts(a, b)),
        lambda a, b: tuple(np.array([each]) for each in parts(a, b)),
        lambda a, b: (parts(a, b)[0], frechet_distance(a, b) - parts(a, b)[0]),
        complex_parts,
        with_scipy,
        with_singular_values,
        with_tensors,
    ],
)
def test_frechet_in_two_parts(capsys, answer):
    for _ in range(5):
        assert printed(capsys, "6.2", answer) == "6.2: right\n"


def centred_in_place(a, b):
    means = parts(a, b)[0]
    a -= a.mean(axis=0)
    return means, parts(a, b)[1]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b: sum(parts(a, b)), "Give its two parts"),
        (lambda a, b: parts(a, b)[0], "give two real numbers"),
        (lambda a, b: "two", "give two real numbers"),
        (lambda a, b: (*parts(a, b), 0), "give two real numbers"),
        (lambda a, b: parts(a, b, order=-1), "changed places"),
        (lambda a, b: parts(a, b, square=False), "Square the differences"),
        (lambda a, b: (parts(a, b)[0] ** 0.5, parts(a, b)[1]), "Leave out the root"),
        (lambda a, b: (parts(a, b)[0] / a.shape[1], parts(a, b)[1]), "took their mean"),
        (lambda a, b: ((a.mean() - b.mean()) ** 2, parts(a, b)[1]), "axis 0"),
        (lambda a, b: (0, parts(a, b)[1]), "left out"),
        (lambda a, b: (parts(a, b)[0], sum(parts(a, b))), "leave out the means"),
        (lambda a, b: (parts(a, b)[0], parts(a, b)[1] ** 0.5), "root at the end"),
        (lambda a, b: parts(a, b, factor=1), "factor 2 is missing"),
        (lambda a, b: parts(a, b, factor=-2), "to be subtracted"),
        (lambda a, b: parts(a, b, factor=0), "root of the product is missing"),
        (lambda a, b: parts(a, b, traces=False), "two traces are missing"),
        (lambda a, b: parts(a, b, cross=lambda x, y: np.trace(x @ y)), "each eigen"),
        (
            lambda a, b: parts(a, b, cross=lambda x, y: np.trace(x @ y) ** 0.5),
            "before you sum",
        ),
        (
            lambda a, b: parts(
                a, b, cross=lambda x, y: np.sqrt(np.clip(np.diag(x @ y), 0, None)).sum()
            ),
            "each of its numbers",
        ),
        (
            lambda a, b: parts(
                a,
                b,
                cross=lambda x, y: np.trace(lesson6._root(x) @ lesson6._root(y)),
            ),
            "multiply the covariances first",
        ),
        (
            lambda a, b: (
                parts(a, b)[0],
                ((a.std(0, ddof=1) - b.std(0, ddof=1)) ** 2).sum(),
            ),
            "one by one",
        ),
        (lambda a, b: (parts(a, b)[0], float("nan")), "slightly negative"),
        (lambda a, b: (parts(a, b)[0], 1.0 + a.shape[1] * 99), "rowvar=False"),
        (lambda a, b: parts(a, a), "left out"),
        (
            lambda a, b: (parts(a, b)[0], np.cov(a, rowvar=False)),
            "give two real numbers",
        ),
        (centred_in_place, "changed the features that it was given"),
    ],
)
def test_frechet_in_two_parts_goes_wrong(capsys, answer, hint):
    for _ in range(3):
        line = printed(capsys, "6.2", answer)
        assert "not yet" in line and hint in line


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_root_that_is_not_clipped_is_never_taken(capsys):
    def unclipped(a, b):
        cross = lambda x, y: np.sqrt(np.linalg.eigvals(x @ y)).sum()  # noqa: E731
        return parts(a, b, cross=cross)

    for _ in range(20):
        assert "slightly negative" in printed(capsys, "6.2", unclipped)


def test_rows_for_features_is_an_error_of_the_answer(capsys):
    def transposed(a, b):
        product = np.cov(a) @ np.cov(b)
        return 0, product.trace()

    assert "Your answer stopped with ValueError" in printed(capsys, "6.2", transposed)


# 6.3


def shares(
    real,
    fake,
    k,
    step=0,
    compare=np.less_equal,
    share=None,
    order=1,
    scale=1,
    circles="members",
):
    """The solution of 6.3, with an argument for each mistake."""

    def inside(points, members):
        far = cdist(points, members)
        radii = np.sort(cdist(members, members), axis=1)[:, k + step]
        if circles == "points":
            radii = np.sort(cdist(points, points), axis=1)[:, k][:, None]
        if circles == "others":
            radii = np.sort(cdist(members, points), axis=1)[:, k - 1]
        if circles == "mean":
            radii = radii.mean()
        if circles == "nearest":
            return (far.min(axis=1) <= radii[far.argmin(axis=1)]).mean()
        return (share or (lambda within: within.any(axis=1).mean()))(
            compare(far, radii)
        )

    return (scale * inside(fake, real), scale * inside(real, fake))[::order]


def plain_loops(real, fake, k):
    def inside(points, members):
        members, hits = [list(map(float, row)) for row in members], 0
        radii = []
        for i, member in enumerate(members):
            far = [
                sum((x - y) ** 2 for x, y in zip(member, other))
                for j, other in enumerate(members)
                if j != i
            ]
            radii.append(sorted(far)[k - 1])
        for point in points:
            point = list(map(float, point))
            for member, radius in zip(members, radii):
                if sum((x - y) ** 2 for x, y in zip(point, member)) <= radius:
                    hits += 1
                    break
        return hits / len(points)

    return inside(fake, real), inside(real, fake)


def diagonal_away(real, fake, k):
    def inside(points, members):
        between = np.linalg.norm(members[:, None] - members[None], axis=-1)
        np.fill_diagonal(between, np.inf)
        radii = np.partition(between, k - 1, axis=1)[:, k - 1]
        far = np.linalg.norm(points[:, None] - members[None], axis=-1)
        return np.mean(np.any(far <= radii[None], axis=1))

    return inside(fake, real), inside(real, fake)


def with_top_k(real, fake, k):
    real, fake = tf.constant(real), tf.constant(fake)

    def squares(x, y):
        return tf.reduce_sum((x[:, None] - y[None]) ** 2, axis=-1)

    def inside(points, members):
        radii = -tf.math.top_k(-squares(members, members), k + 1).values[:, -1]
        within = tf.reduce_any(squares(points, members) <= radii, axis=1)
        return tf.reduce_mean(tf.cast(within, "float32"))

    return inside(fake, real), inside(real, fake)


@pytest.mark.parametrize(
    "answer",
    [
        shares,
        precision_recall,
        plain_loops,
        diagonal_away,
        with_top_k,
        lambda real, fake, k: np.array(shares(real, fake, k)),
        lambda real, fake, k: list(shares(real, fake, k)),
        lambda real, fake, k: tf.constant(shares(real, fake, k)),
        lambda real, fake, k: np.array(shares(real, fake, k), "float32"),
        lambda real, fake, k: [np.array([share]) for share in shares(real, fake, k)],
    ],
)
def test_precision_and_recall(capsys, answer):
    for _ in range(2):
        assert printed(capsys, "6.3", answer) == "6.3: right\n"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"order": -1}, "changed places"),
        ({"step": -1}, "own nearest neighbour"),
        ({"step": 1}, "too far"),
        ({"circles": "points"}, "belong to the members"),
        ({"circles": "others"}, "of its own set"),
        ({"circles": "mean"}, "a radius of its own"),
        ({"circles": "nearest"}, "only the nearest circle"),
        ({"share": lambda within: within.all(axis=1).mean()}, "any, not all"),
        ({"share": np.mean}, "not pairs"),
        ({"share": lambda within: within.any(axis=1).sum()}, "Divide by"),
        ({"scale": 100}, "not percentages"),
        ({"compare": np.less}, "counts as inside"),
        ({"compare": np.greater}, "not yet"),
        ({"share": lambda within: within.any(axis=0).mean()}, "the other axis"),
    ],
)
def test_precision_and_recall_go_wrong(capsys, mistake, hint):
    for _ in range(3):
        line = printed(
            capsys, "6.3", lambda real, fake, k: shares(real, fake, k, **mistake)
        )
        assert "not yet" in line and hint in line


@pytest.mark.parametrize(
    "answer",
    [
        lambda real, fake, k: shares(real, fake, 3),
        lambda real, fake, k: (1.0, shares(real, fake, k)[1]),
        lambda real, fake, k: (shares(real, fake, k)[0], 0.0),
        lambda real, fake, k: (0.5, 0.5),
        lambda real, fake, k: shares(real[:20], fake[:20], k),
        lambda real, fake, k: np.sqrt(shares(real, fake, k)),
        lambda real, fake, k: shares(np.round(real), np.round(fake), k),
        lambda real, fake, k: shares(real[:, :1], fake[:, :1], k),
        lambda real, fake, k: 0.5,
        lambda real, fake, k: (np.nan, 1),
        lambda real, fake, k: shares(real, np.unique(fake, axis=0), k),
    ],
)
def test_nothing_near_precision_and_recall_is_taken(capsys, answer):
    for _ in range(2):
        assert "not yet" in printed(capsys, "6.3", answer)


def test_circles_round_the_photos_both_times(capsys):
    def coverage(real, fake, k):
        radii = np.sort(cdist(real, real), axis=1)[:, k]
        within = cdist(fake, real) <= radii
        return within.any(axis=1).mean(), within.any(axis=0).mean()

    for _ in range(3):
        assert "Recall exchanges" in printed(capsys, "6.3", coverage)


def test_features_changed_in_place(capsys):
    def sorts(real, fake, k):
        result = shares(real, fake, k)
        real.sort(axis=0)
        return result

    assert "changed the features that it was given" in printed(capsys, "6.3", sorts)


def test_copies_are_neighbours(capsys):
    def without_copies(real, fake, k):
        def inside(points, members):
            between = cdist(members, members)
            between[between == 0] = np.inf
            radii = np.sort(between, axis=1)[:, k - 1]
            return (cdist(points, members) <= radii).any(axis=1).mean()

        return inside(fake, real), inside(real, fake)

    assert "neighbour at distance 0" in printed(capsys, "6.3", without_copies)


# 6.5


def rows_and_labels(a, b, rng):
    a, b = rng.permutation(a), rng.permutation(b)
    half = len(a) // 2
    learn, test = (
        np.concatenate(pair) for pair in ((a[:half], b[:half]), (a[half:], b[half:]))
    )
    return (
        learn,
        np.repeat([0.0, 1.0], half),
        test,
        np.repeat([0.0, 1.0], len(a) - half),
    )


def train_judge(a, b, hidden=32, epochs=40, on="test", labels=True):
    """The solution of 6.5, with an argument for each mistake."""
    keras.utils.set_random_seed(0)
    learn, learn_labels, test, test_labels = rows_and_labels(
        a, b, np.random.default_rng(0)
    )
    hidden_layers = [keras.layers.Dense(hidden, "relu")] if hidden else []
    network = keras.Sequential([*hidden_layers, keras.layers.Dense(1, "sigmoid")])
    adam = keras.optimizers.Adam(1e-2)
    network.compile(adam, "binary_crossentropy", metrics=["accuracy"])
    targets = learn_labels if labels else 1 - learn_labels
    network.fit(learn, targets, batch_size=64, epochs=epochs, verbose=0)
    asked = (test, test_labels) if on == "test" else (learn, learn_labels)
    return network.evaluate(*asked, verbose=0, return_dict=True)["accuracy"]


def the_last_rows(a, b):
    """Keras splits before it shuffles: all test rows come from b."""
    network = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    rows, labels = np.concatenate([a, b]), np.repeat([0.0, 1.0], len(a))
    history = network.fit(rows, labels, epochs=20, validation_split=0.5, verbose=0)
    return history.history["val_accuracy"][-1]


def with_squares(a, b):
    """No hidden layer: least squares on the rows and their squares."""
    learn, learn_labels, test, test_labels = rows_and_labels(
        a, b, np.random.default_rng(0)
    )
    learn, test = (
        np.concatenate([rows, rows**2, rows**4, np.ones((len(rows), 1))], axis=1)
        for rows in (learn, test)
    )
    ridge = learn.T @ learn + 10 * np.eye(learn.shape[1])
    weights = np.linalg.solve(ridge, learn.T @ (learn_labels - 0.5))
    return np.mean((test @ weights > 0) == test_labels)


def three_nearest(a, b):
    """No network at all: the majority of the three nearest rows."""
    learn, learn_labels, test, test_labels = rows_and_labels(
        a, b, np.random.default_rng(0)
    )
    nearest_rows = np.argsort(cdist(test, learn), axis=1)[:, :3]
    return np.mean((learn_labels[nearest_rows].mean(axis=1) > 0.5) == test_labels)


def on_all_rows(a, b):
    rows, labels = np.concatenate([a, b]), np.repeat([0, 1], len(a))
    nearest_rows = np.argsort(cdist(rows, rows), axis=1)[:, :1]
    return np.mean(labels[nearest_rows[:, 0]] == labels)


@pytest.mark.parametrize(
    "answer",
    [
        train_judge,
        lambda a, b: tf.constant(train_judge(a, b, epochs=30)),
        three_nearest,
        with_squares,
        lambda a, b: np.array([three_nearest(a, b)]),
        lambda a, b: [three_nearest(a, b)],
        lambda a, b: np.float32(three_nearest(a, b)),
    ],
)
def test_a_judge_that_was_trained(capsys, answer):
    assert printed(capsys, "6.5", answer) == "6.5: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b: train_judge(a, b, on="train"), "rows that it was trained on"),
        (on_all_rows, "rows that it was trained on"),
        (the_last_rows, "rows of both"),
        (lambda a, b: 1 - three_nearest(a, b), "too low"),
        (lambda a, b: train_judge(a, b, hidden=0), "non-linear"),
        (lambda a, b: train_judge(a, b, epochs=0), "not yet"),
        (lambda a, b: train_judge(a, b, labels=False), "too low"),
        (lambda a, b: 0.5, "too low"),
        (lambda a, b: 1.0, "rows that it was trained on"),
        (lambda a, b: 0.0, "far below one half"),
        (lambda a, b: 100 * three_nearest(a, b), "share from 0 to 1"),
        (lambda a, b: -three_nearest(a, b), "share from 0 to 1"),
        (lambda a, b: np.ones(len(a)), "one number"),
        (lambda a, b: "high", "one number"),
        (lambda a, b: float("nan"), "one number"),
        (
            lambda a, b: 0.5 + 0.5 * (np.abs(a.mean(0) - b.mean(0)).mean() > 0.5),
            "non-linear",
        ),
    ],
)
def test_a_judge_goes_wrong(capsys, answer, hint):
    line = printed(capsys, "6.5", answer)
    assert "not yet" in line and hint in line
