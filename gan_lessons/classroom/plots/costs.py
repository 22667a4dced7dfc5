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
        median = medians[place]
        # Right of the axis: beside the bar, a dot would look like what it belongs to.
        axis.annotate(
            f"{median:,.0f}" if median >= 20 else f"{median:.2g}",
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axis.set(
        yticks=range(len(times)),
        yticklabels=times,
        xlim=(0, 1.04 * max(each.max() for each in milliseconds)),
        xlabel=f"{xlabel} (bar and number: median, dots: the turns)",
        title=title,
    )
    axis.invert_yaxis()
    plt.show()
