"""Lesson 2's exercises: a hint of its own for each mistake."""

import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom.checks import check


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (3600, "also has a bias"),
        (3601, "not one for all"),
        (1248, "three channels: each kernel is a block"),
        (1200, "and each kernel has a bias"),
        (76, "That is one kernel"),
        (3648 * 900, "the same dials at every place"),
        (3648 * 1024, "the same dials at every place"),
        (7, "Count the numbers in one kernel"),
    ],
)
def test_dials(capsys, answer, hint):
    assert hint in printed(capsys, "2.1", answer)


def sizes(valid=lambda n, k, s: (n - k) // s + 1, same=lambda n, k, s: -(-n // s)):
    return lambda size, kernel, stride, padding: (same if padding == "same" else valid)(
        size, kernel, stride
    )


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (sizes(valid=lambda n, k, s: (n - k) // s), "The first place counts"),
        (sizes(valid=lambda n, k, s: -(-(n - k) // s) + 1), "You rounded up"),
        (sizes(valid=lambda n, k, s: (n - s) // k + 1), "swapped"),
        (sizes(valid=lambda n, k, s: n // s), "has to fit in"),
        (sizes(valid=lambda n, k, s: -(-n // s)), 'the rule of "same"'),
        (sizes(same=lambda n, k, s: n // s), "You rounded down"),
        (sizes(same=lambda n, k, s: n), "The stride counts"),
        (sizes(same=lambda n, k, s: (n - k) // s + 1), 'the rule of "valid"'),
        (sizes(same=lambda n, k, s: 5), "Compare with the table"),
    ],
)
def test_output_size(capsys, answer, hint):
    assert hint in printed(capsys, "2.2", answer)


def pool(maps, size, best=lambda squares: squares.max(axis=(1, 3)), crop=True):
    height, width, channels = (
        maps.shape[0] // size,
        maps.shape[1] // size,
        maps.shape[2],
    )
    maps = maps[: height * size, : width * size] if crop else maps
    return best(maps.reshape(height, size, width, size, channels))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            lambda maps, size: pool(
                maps, size, lambda squares: squares.mean(axis=(1, 3))
            ),
            "the means of the squares",
        ),
        (lambda maps, size: maps[::size, ::size], "one corner of each square"),
        (
            lambda maps, size: pool(
                maps, size, lambda squares: squares.max(axis=(1, 3, 4))
            ),
            "over the channels too",
        ),
        (
            lambda maps, size: (
                pool(maps, size)
                .max(axis=2, keepdims=True)
                .repeat(maps.shape[2], axis=2)
            ),
            "over the channels too",
        ),
        (
            lambda maps, size: pool(
                maps, size, lambda squares: np.abs(squares).max(axis=(1, 3))
            ),
            "without its sign",
        ),
        (
            lambda maps, size: np.lib.stride_tricks.sliding_window_view(
                maps, (size, size), (0, 1)
            ).max(axis=(3, 4)),
            "overlap",
        ),
        (
            lambda maps, size: pool(maps, size, crop=False),
            "Cut off what does not fill a last square",
        ),
        (
            lambda maps, size: pool(
                maps, size, lambda squares: squares.min(axis=(1, 3))
            ),
            "its largest, in each channel",
        ),
        (
            lambda maps, size: maps.max(),
            "Each square of size × size becomes one number",
        ),
        (lambda maps, size: maps.no_such_thing, "stopped with AttributeError"),
    ],
)
def test_max_pool(capsys, answer, hint):
    assert hint in printed(capsys, "2.3", answer)


def test_a_wrong_max_pool_is_shown_where_it_is_wrong(capsys):
    def wrong_in_one_place(maps, size):
        pooled = pool(maps, size)
        pooled[1, 2, 0] = 100
        return pooled

    assert "gave 100.000 at (1, 2, 0)" in printed(capsys, "2.3", wrong_in_one_place)


def tips(limit=0.0, squeeze=lambda logits: logits, result=lambda share: share):
    def tipping_point(discriminator, face, noise):
        shares = np.linspace(0, 1, 201, dtype="float32")
        answers = squeeze(
            tf.reshape(
                discriminator(
                    np.concatenate(
                        [(1 - share) * face + share * noise for share in shares]
                    )
                ),
                -1,
            )
        ).numpy()
        below = np.flatnonzero(answers < limit)
        return result(shares[below[0]] if len(below) else 1.0)

    return tipping_point


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (tips(limit=0.5), "A logit of 0 is a probability of one half"),
        (tips(squeeze=tf.sigmoid), "compare with one half"),
        (tips(result=lambda share: 1 - share), "That is the share of the face"),
        (tips(result=lambda share: 100 * share), "a percentage"),
        (tips(result=lambda share: 0.0), "where the logit changes its sign"),
        (tips(result=lambda share: None), "it has to return one number"),
        (tips(result=lambda share: np.arange(3)), "it has to return one number"),
    ],
)
def test_tipping_point(capsys, answer, hint):
    assert hint in printed(capsys, "2.4", answer)


def test_a_tipping_point_through_probabilities_is_right_too(capsys):
    assert printed(capsys, "2.4", tips(limit=0.5, squeeze=tf.sigmoid)) == "2.4: right\n"
