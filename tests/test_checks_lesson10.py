"""Lesson 10's exercises: a hint of its own for each mistake."""

import numpy as np
import pytest

from gan_lessons.classroom.checks import check


def printed(capsys, exercise, answer):
    check(exercise, answer)
    return capsys.readouterr().out


@pytest.mark.parametrize("answer", [524_800, 524_800.0, np.int64(524_800)])
def test_the_bytes_of_gradients(capsys, answer):
    assert printed(capsys, "10.1", answer) == "10.1: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (131_200, "number of weights"),
        (524_288, "bias is missing"),
        (262_400, "Even in mixed precision"),
        (1_049_600, "a float32 has 4"),
        (4_198_400, "Those are bits"),
        (8_704, "all 64 channels"),
        (131_584, "not 4."),
        (2_149_580_800, "plays no part"),
        ("half a megabyte", "give one number"),
        (True, "give one number"),
    ],
)
def test_the_bytes_of_gradients_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.1", answer)


def weighted(gradients, photos):
    return sum(count * gradient for count, gradient in zip(photos, gradients))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda gradients, photos: sum(gradients) / len(gradients), "plain mean"),
        (lambda gradients, photos: sum(gradients), "plain sum"),
        (weighted, "divide by the number of all photos, 16"),
        (
            lambda gradients, photos: weighted(gradients, photos) / 3,
            "you divided by the number of devices",
        ),
        (
            lambda gradients, photos: sum(
                gradient / count for count, gradient in zip(photos, gradients)
            ),
            "multiply",
        ),
        (
            lambda gradients, photos: [gradient / 3 for gradient in gradients],
            "one gradient for all devices",
        ),
        (lambda gradients, photos: gradients[0], "every photo should count the same"),
        (lambda gradients, photos: gradients["D"], "stopped with TypeError"),
    ],
)
def test_unequal_shares_go_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.2", answer)


def half_first(gradient, scale):
    return (gradient.astype("float16") * np.float16(scale)).astype("float32") / scale


def unchecked(gradient, scale):
    return (gradient * np.float32(scale)).astype("float16").astype(
        "float32"
    ) / np.float32(scale)


def checked_for_plus_infinity(gradient, scale):
    came = unchecked(gradient, scale)
    return None if np.max(came) == np.inf else came


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda gradient, scale: gradient, "unchanged"),
        (
            lambda gradient, scale: gradient * np.float32(scale) / np.float32(scale),
            "unchanged",
        ),
        (half_first, "enlarge them before"),
        (
            lambda gradient, scale: (
                (gradient * np.float32(scale)).astype("float16") / np.float16(scale)
            ),
            "back to float32 before you divide",
        ),
        (
            lambda gradient, scale: (
                gradient.astype("float16") * np.float16(scale) / np.float16(scale)
            ),
            "enlarge them before it",
        ),
        (
            lambda gradient, scale: (gradient * np.float32(scale)).astype("float16"),
            "go back to float32",
        ),
        (
            lambda gradient, scale: (
                (gradient * np.float32(scale)).astype("float16").astype("float32")
            ),
            "came out enlarged",
        ),
        (lambda gradient, scale: None, "nothing overflowed"),
        (unchecked, "not finite"),
        (checked_for_plus_infinity, "not finite"),
        (lambda gradient, scale: unchecked(gradient, scale)[:2], "expected (8,)"),
        (lambda gradient, scale: -unchecked(gradient, scale), "came out as"),
    ],
)
def test_loss_scaling_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.3", answer)


def test_a_scale_that_is_left_out_where_it_is_one_is_noticed(capsys):
    def at_will(gradient, scale):
        half = (gradient * np.float32(scale)).astype("float16")
        return (
            gradient
            if scale == 1
            else half.astype("float32") / np.float32(scale)
            if np.isfinite(half).all()
            else None
        )

    with np.errstate(over="ignore"):
        assert "does it go through float16" in printed(capsys, "10.3", at_will)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda batch, worker, workers: batch[worker::workers], "every fourth"),
        (lambda batch, worker, workers: batch, "whole batch"),
        (
            lambda batch, worker, workers: batch[: len(batch) // workers],
            "Where does `worker` come in",
        ),
        (
            lambda batch, worker, workers: batch[
                worker * workers : (worker + 1) * workers
            ],
            "parts of 4 photos",
        ),
        (
            lambda batch, worker, workers: batch[(worker + 1) * 3 : (worker + 2) * 3],
            "count from 0",
        ),
        (
            lambda batch, worker, workers: batch[worker * 3 : worker * 3 + 2],
            "expected three each",
        ),
        (
            lambda batch, worker, workers: len(batch) // workers + worker,
            "you gave 3 for the first worker",
        ),
        (
            lambda batch, worker, workers: np.split(batch, workers),
            "an array of shape (4, 3, 2)",
        ),
    ],
)
def test_a_part_of_a_batch_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.4", answer)


def table(**changed):
    return {
        (precision, n): 100.0 + n
        for precision in ("float32", "mixed_bfloat16")
        for n in (4, 16, 64)
    } | changed


def test_a_table(capsys):
    assert printed(capsys, "10.5", table()) == "10.5: right\n"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ([1, 2], "expected a dict"),
        ({}, "expected a dict"),
        ({"float32": 100.0}, "pairs such as"),
        ({("bfloat16", 4): 100.0}, "pairs such as"),
        (
            {(precision, 16): 100.0 for precision in ("float32", "mixed_bfloat16")},
            "2 precisions and 1 batch sizes",
        ),
        (
            {pair: value for pair, value in table().items() if pair != ("float32", 64)},
            "('float32', 64) is missing",
        ),
        ({pair: -1.0 for pair in table()}, "above 0"),
        ({pair: float("inf") for pair in table()}, "above 0"),
        (
            {pair: 0.01 * k for k, pair in enumerate(table(), start=1)},
            "seconds per step",
        ),
        ({pair: 100.0 for pair in table()}, "last digit"),
    ],
)
def test_a_table_goes_wrong(capsys, answer, hint):
    assert hint in printed(capsys, "10.5", answer)
