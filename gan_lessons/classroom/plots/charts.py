"""Numbers as lines, bars and histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from gan_lessons.classroom.plots.faces import pixels
from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    RIGHT_OF_AXIS,
    SKY,
)


def curves(
    lines: Mapping[str, ArrayLike],
    names: Sequence[str] | None = None,
    title: str | None = None,
    *,
    x: ArrayLike | None = None,
    xlabel: str = "epoch",
    ylabel: str | None = None,
    labels: Sequence[str] | None = None,
    level: float | None = None,
    log: bool = False,
    span: tuple[float, float] | None = None,
) -> None:
    """Lines on one axis, such as losses over the epochs.

    Args:
        lines: {name: values (n,)}, such as `fit(...).history`.
        names: the lines to draw, in this order; by default all.
        title: of the figure.
        x: where the values of all lines lie, (n,); by default 1, 2, …
        xlabel: label of the x axis.
        ylabel: label of the y axis.
        labels: of the lines in the legend; by default their names.
        level: height of a dashed line to compare with.
        log: whether the y axis is logarithmic.
        span: lowest and highest number of the y axis; lines may leave it.

    Example:
        >>> curves({"loss": [3, 2, 1]}, title="The loss falls")
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x, pos=None):
            return f"{x:g}" if super().__call__(x, pos) else ""

    names = list(names or lines)
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for name, label in zip(names, labels or names):
        values = np.asarray(lines[name])
        axis.plot(np.arange(len(values)) + 1 if x is None else x, values, label=label)
    if level is not None:
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if log:
        axis.set_yscale("log")
        # The default writes 3 × 10¹ for 30, and LogFormatter 3e-02 for 0.03.
        axis.yaxis.set_major_formatter(Plain(minor_thresholds=(2, 0.5)))
        axis.yaxis.set_minor_formatter(Plain(minor_thresholds=(2, 0.5)))
    if span is not None:
        axis.set_ylim(span)
    axis.legend(**RIGHT_OF_AXIS)
    plt.show()


def curve_pair(
    x: ArrayLike,
    panels: Mapping[str, Mapping[str, ArrayLike]],
    xlabel: str | None = None,
    title: str | None = None,
) -> None:
    """Two or three axes with lines over the same x, side by side.

    Args:
        x: where the values of all lines lie, (n,).
        panels: {label of the y axis: {name of the line: values (n,), at least 0}}.
        xlabel: label of the x axes.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    width = 4 if len(panels) < 3 else 3.2
    figure, axes = plt.subplots(1, len(panels), figsize=(width * len(panels) + 1, 2.8))
    for axis, (ylabel, lines) in zip(axes, panels.items()):
        top = max(1, *(np.max(values) for values in lines.values()))
        for name, values in lines.items():
            axis.plot(x, values, label=name)
        axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(-0.02 * top, 1.02 * top))
    axes[-1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()


def score_panels(
    runs: Mapping[str, Mapping[str, ArrayLike]],
    names: Mapping[str, str],
    title: str | None = None,
    *,
    x: Sequence[ArrayLike],
    xlabel: str = "epoch",
    level: float = 0.5,
) -> None:
    """D's scores in several runs, an axis for each run.

    Args:
        runs: {name of the run: {key: scores (n,), 0 to 1}}.
        names: {key: label in the legend}; two or three, the fakes last.
        title: of the figure.
        x: where the scores lie, an array (n,) for each run.
        xlabel: label of the x axes.
        level: height of a dashed line to compare with.
    """
    import matplotlib.pyplot as plt

    # The fakes, which come last, are orange in all figures.
    colours = (BLUE, ORANGE) if len(names) == 2 else (BLUE, GREEN, ORANGE)
    figure, axes = plt.subplots(
        1, len(runs), squeeze=False, sharey=True, figsize=(3.6 * len(runs) + 1.6, 2.8)
    )
    for axis, places, (run, scores) in zip(axes[0], x, runs.items()):
        for (key, label), colour in zip(names.items(), colours):
            axis.plot(places, scores[key], label=label, color=colour, linewidth=2)
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
        axis.set(xlabel=xlabel, ylim=(0, 1), title=run)
    axes[0, 0].set_ylabel("D says real")
    axes[0, -1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()


def error_bars(
    moments: Sequence[str],
    errors: np.ndarray,
    names: Sequence[str],
    title: str | None = None,
) -> None:
    """Shares of errors as upright bars, a group for each moment.

    Args:
        moments: names of the groups.
        errors: (moments, names), 0 to 1.
        names: of the bars in each group, at most four.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    errors = np.asarray(errors)
    offsets, width = _side_by_side(len(names))
    figure, axis = plt.subplots(figsize=(7.5, 2.9))
    for k, (name, colour) in enumerate(zip(names, (BLUE, SKY, ORANGE, GREEN))):
        bars = axis.bar(
            np.arange(len(moments)) + offsets[k],
            errors[:, k],
            width * 0.92,
            color=colour,
            label=name,
        )
        axis.bar_label(bars, _percent(errors[:, k]), padding=2, fontsize=9)
    axis.set(
        xticks=range(len(moments)),
        xticklabels=moments,
        yticks=(0, 0.5, 1),
        yticklabels=_percent((0, 0.5, 1)),
        ylim=(0, 1.1),
        title=title,
    )
    axis.legend(**RIGHT_OF_AXIS)
    plt.show()


def share_bars(
    groups: Sequence[str],
    shares: Mapping[str, Sequence[float]],
    title: str | None = None,
) -> None:
    """The share of each group in several sets, as lying bars.

    Args:
        groups: names of the groups.
        shares: {name of the set: (groups,), 0 to 1}, at most three.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    places = np.arange(len(groups))
    offsets, width = _side_by_side(len(shares))
    figure, axis = plt.subplots(figsize=(7.5, 0.42 * len(groups) + 0.9))
    sets = zip(shares.items(), offsets, (GREY, BLUE, ORANGE))
    for (name, values), offset, colour in sets:
        bars = axis.barh(
            places + offset, values, width * 0.92, color=colour, label=name
        )
        axis.bar_label(bars, _percent(values), padding=3, fontsize=9)
    axis.set(
        yticks=places,
        yticklabels=groups,
        xticks=(0, 0.5, 1),
        xticklabels=_percent((0, 0.5, 1)),
        xlim=(0, 1.15),
        title=title,
    )
    axis.invert_yaxis()
    axis.legend(**RIGHT_OF_AXIS)
    plt.show()


def confidence_bars(
    image: np.ndarray,
    confidences: Sequence[float],
    names: Sequence[str],
    title: str | None = None,
    truth: int | None = None,
) -> None:
    """A photo and, beside it, a network's confidence in each name.

    Args:
        image: (size, size, channels).
        confidences: (names,), 0 to 1.
        names: of the classes.
        title: of the figure.
        truth: index of the right name, whose bar is green.
    """
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(6, 2.2), width_ratios=(1, 2))
    left.imshow(pixels(image).squeeze(), vmin=0, vmax=255)
    left.set_axis_off()
    colours = [GREEN if i == truth else BLUE for i in range(len(names))]
    bars = right.barh(range(len(names)), np.asarray(confidences), color=colours)
    right.bar_label(bars, _percent(confidences), padding=3)
    right.set(
        xlim=(0, 1.15),
        xticks=(0, 0.5, 1),
        yticks=range(len(names)),
        yticklabels=names,
        xlabel="confidence",
    )
    right.invert_yaxis()
    figure.suptitle(title)
    plt.show()


def confusion(
    matrix: np.ndarray,
    names: Sequence[str],
    title: str | None = None,
    numbers: bool = True,
) -> None:
    """A confusion matrix: a row for each person, a column for each prediction.

    Args:
        matrix: counts (classes, classes).
        names: of the classes.
        title: of the figure.
        numbers: whether the counts are written into the cells; without them there is
            room for many classes, and every third has its name.
    """
    import matplotlib.pyplot as plt

    side, every = (3.2, 1) if numbers else (5.2, 3)
    figure, axis = plt.subplots(figsize=(side + 1, side))
    axis.imshow(matrix, cmap="Blues", vmin=0, vmax=1.5 * max(np.max(matrix), 1))
    if numbers:
        for (row, column), count in np.ndenumerate(matrix):
            axis.text(column, row, count, ha="center", va="center", fontsize=12)
    ticks = range(0, len(names), every)
    labels = [names[i] for i in ticks]
    axis.set(
        xticks=ticks,
        yticks=ticks,
        yticklabels=labels,
        xlabel="the network said",
        ylabel="it is",
        title=title,
    )
    axis.set_xticklabels(labels, rotation=0 if numbers else 90)
    axis.spines[:].set_visible(False)
    plt.show()


def two_histograms(
    first: Sequence[float],
    second: Sequence[float],
    names: Sequence[str],
    title: str | None = None,
    xlabel: str | None = None,
    bins: int = 20,
    span: tuple[float, float] | None = None,
    unit: str = "photos",
) -> None:
    """Histograms of two sets of numbers, one above the other.

    Args:
        first: (n,), above.
        second: (m,), below.
        names: of the two sets.
        title: of the figure.
        xlabel: label of the x axis, which both share.
        bins: number of bars.
        span: lowest and highest number; by default those of both sets together.
        unit: what is counted, as the titles say.
    """
    import matplotlib.pyplot as plt

    if span is None:  # bars of one width, so that their heights can be compared
        both = np.concatenate([first, second])
        span = (both.min(), both.max())
    figure, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(7, 3.6))
    for axis, values, name, colour in zip(axes, (first, second), names, (BLUE, ORANGE)):
        shares = np.full(len(values), 1 / len(values))
        axis.hist(values, bins=bins, range=span, weights=shares, color=colour)
        axis.set_title(f"{name} ({len(values)} {unit})", loc="left", fontsize=10)
        axis.set_ylabel("share of them")
    axes[1].set_xlabel(xlabel)
    figure.suptitle(title)
    plt.show()


def norm_histogram(norms: ArrayLike, mark: float, title: str | None = None) -> None:
    """A histogram of the norms of codes, with a dashed line at the norm expected.

    Args:
        norms: (n,), at least 0.
        mark: where the dashed line stands.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 2.6))
    heights, *_ = axis.hist(norms, bins=60, color=BLUE)
    axis.axvline(mark, color=RED, linestyle="--", linewidth=1.5)
    place = {"xy": (mark, 0.9), "xycoords": ("data", "axes fraction")}
    axis.annotate(f" {mark:g}", **place, color=RED)
    axis.set(
        xlim=(0, 1.05 * np.max(norms)),
        ylim=(0, 1.2 * np.max(heights)),
        xlabel="norm of the code",
        ylabel="number of codes",
        title=title,
    )
    plt.show()


def moved_weights(changes: ArrayLike, title: str | None = None) -> None:
    """A histogram of how far one step moved each weight of a network.

    Args:
        changes: (weights,), of either sign.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(np.asarray(changes), bins=101, color=BLUE)
    axis.axvline(0, color=GREY, linestyle="--", linewidth=1)
    axis.set(
        yscale="log",
        xlabel="change of the weight",
        ylabel="number of weights\n(logarithmic)",
        title=title,
    )
    plt.show()


def loss_and_tangent(
    changes: ArrayLike,
    losses: ArrayLike,
    slope: float,
    title: str | None = None,
) -> None:
    """The loss against one weight, with a point and a tangent where the weight is now.

    Args:
        changes: how far the weight is moved from where it is, (n,), rising, with 0.
        losses: the loss there, (n,).
        slope: of the loss at 0.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    changes, losses = np.asarray(changes), np.asarray(losses)
    here = losses[np.abs(changes).argmin()]
    span = np.array([-1.2, 1.2]) * np.abs(changes).max() / 3
    figure, axis = plt.subplots(figsize=(7, 3))
    axis.plot(changes, losses, color=BLUE, linewidth=2, label="loss")
    axis.plot(
        span,
        here + slope * span,
        "--",
        color=RED,
        linewidth=2,
        label=f"tangent: slope {slope:.2f}",
    )
    axis.plot(0, here, "o", color=RED, markersize=8, label="where the weight is now")
    axis.set(xlabel="change of the weight", ylabel="loss", title=title)
    axis.legend()
    plt.show()


def _side_by_side(n):
    """Offsets (n,) of the bars in a group from its middle, and the width of each."""
    width = 0.8 / n
    return (np.arange(n) - (n - 1) / 2) * width, width


def _percent(shares):
    return [f"{100 * share:.0f} %" for share in shares]
