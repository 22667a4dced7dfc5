"""What a step costs, and how many bits it needs."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    RIGHT_OF_AXIS,
    SKY,
    YELLOW,
)

SHADES = (BLUE, SKY, ORANGE, GREEN, PURPLE, YELLOW, RED)


def stacked_bars(
    rows: Mapping[str, Mapping[str, float]],
    title: str | None = None,
    xlabel: str = "milliseconds per step",
) -> None:
    """A lying bar for each row, made of its parts.

    Args:
        rows: {name: {part: number, at least 0}}; at most seven different parts, each
            with one colour in all rows.
        title: of the figure.
        xlabel: label of the x axis.
    """
    import matplotlib.pyplot as plt

    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    # Where each part begins, with the parts of each row in the row's own order.
    starts = [
        dict(zip(row, np.cumsum([0, *row.values()]).tolist())) for row in rows.values()
    ]
    figure, axis = plt.subplots(figsize=(8.5, 0.5 * len(rows) + 1.1))
    for part, colour in zip(parts, SHADES):
        axis.barh(
            range(len(rows)),
            [row.get(part, 0) for row in rows.values()],
            0.7,
            left=[start.get(part, 0) for start in starts],
            color=colour,
            edgecolor="white",
            label=part,
        )
    axis.set(yticks=range(len(rows)), yticklabels=rows, xlabel=xlabel, title=title)
    axis.invert_yaxis()
    axis.legend(**RIGHT_OF_AXIS)
    plt.show()


def cost_bars(
    rows: Mapping[str, float],
    title: str | None = None,
    xlabel: str = "images per second",
    first: bool = True,
) -> None:
    """A lying bar for each row, with its number at the end.

    Args:
        rows: {name: number, at least 0}.
        title: of the figure.
        xlabel: label of the x axis.
        first: whether the first row is what the others are compared with, and grey.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 0.38 * len(rows) + 1.0))
    places, values = range(len(rows)), list(rows.values())
    colours = [GREY if first and k == 0 else BLUE for k in places]
    bars = axis.barh(places, values, 0.75, color=colours)
    texts = [f"{value:,.0f}" if value >= 20 else f"{value:.2g}" for value in values]
    axis.bar_label(bars, texts, padding=3, fontsize=9)
    axis.set(
        yticks=places,
        yticklabels=rows,
        xlim=(0, 1.12 * max(values)),
        xlabel=xlabel,
        title=title,
    )
    axis.invert_yaxis()
    plt.show()


def time_bars(
    times: Mapping[str, ArrayLike],
    title: str | None = None,
    xlabel: str = "milliseconds",
    reference: str | None = None,
) -> None:
    """A lying bar for each contender: its median time, and a dot for each turn.

    Args:
        times: {name: seconds (turns,)}, as measured.
        title: of the figure.
        xlabel: label of the x axis.
        reference: the contender that the others are compared with; its bar is grey.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 0.42 * len(times) + 1.0))
    milliseconds = [1000 * np.asarray(each) for each in times.values()]
    medians = [np.median(each) for each in milliseconds]
    colours = [GREY if name == reference else SKY for name in times]
    axis.barh(range(len(times)), medians, 0.75, color=colours)
    for place, each in enumerate(milliseconds):
        heights = place + np.linspace(-0.2, 0.2, len(each))
        axis.plot(each, heights, "o", color="black", markersize=3)
        beside = max(each.max(), medians[place])
        text = f"{medians[place]:,.0f}" if beside >= 20 else f"{medians[place]:.2g}"
        axis.annotate(
            text,
            (beside, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axis.set(
        yticks=range(len(times)),
        yticklabels=times,
        xlim=(0, 1.14 * max(each.max() for each in milliseconds)),
        xlabel=f"{xlabel} (bar: median, dots: the turns)",
        title=title,
    )
    axis.invert_yaxis()
    plt.show()


def reach_histogram(
    sizes: Mapping[str, ArrayLike],
    marks: Mapping[str, float],
    title: str | None = None,
) -> None:
    """The sizes of numbers on a logarithmic axis, such as gradients; one or two sets.

    Args:
        sizes: {name: numbers of any shape}; zeros are left out.
        marks: {text: number above 0, where a dashed line stands}. A text stands right
            of its line; one that begins with ← stands left.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(sizes),
        1,
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(8.5, 1.5 * len(sizes) + 0.9),
    )
    for axis, (name, numbers), colour in zip(axes[:, 0], sizes.items(), (BLUE, ORANGE)):
        numbers = np.abs(np.ravel(numbers))
        above = numbers[numbers > 0]
        shares = np.full(len(above), 1 / len(numbers))
        axis.hist(
            np.log10(above), bins=80, range=(-12, 6), color=colour, weights=shares
        )
        axis.set_title(name, loc="left", fontsize=10)
        axis.set(ylabel="share", yticks=())
        for mark in marks.values():
            axis.axvline(np.log10(mark), color=RED, linestyle="--", linewidth=1.5)
    for text, mark in marks.items():
        axes[0, 0].annotate(
            f" {text} ",
            (np.log10(mark), 0.88),
            xycoords=("data", "axes fraction"),
            ha="right" if text.startswith("←") else "left",
            color=RED,
            fontsize=9,
        )
    highest = max(axis.dataLim.ymax for axis in axes[:, 0])
    axes[0, 0].set_ylim(0, 1.25 * highest)  # room for the texts
    powers = np.arange(-12, 7, 3)
    axes[-1, 0].set(
        xticks=powers,
        xticklabels=[f"1e{power:+d}" for power in powers],
        xlabel="size of the number",
    )
    figure.suptitle(title)
    plt.show()
