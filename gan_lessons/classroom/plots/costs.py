"""What a step costs: bars of milliseconds, gradients against the reach of 16 bits, and how well many machines are used (lesson 7)."""

import numpy as np

from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
)

SHADES = (BLUE, SKY, ORANGE, GREEN, PURPLE, YELLOW, RED)
DASHES = ("-", "--", ":")


def stacked_bars(rows, title=None, xlabel="milliseconds per step"):
    """One bar per row, made of its parts from left to right. `rows`: {name: {part: number}}; the same part has the same colour everywhere."""
    import matplotlib.pyplot as plt

    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    figure, axis = plt.subplots(figsize=(8.5, 0.5 * len(rows) + 1.1))
    for part, colour in zip(parts, SHADES):
        starts = [
            sum(list(row.values())[: list(row).index(part)]) if part in row else 0
            for row in rows.values()
        ]
        axis.barh(
            range(len(rows)),
            [row.get(part, 0) for row in rows.values()],
            0.7,
            left=starts,
            color=colour,
            edgecolor="white",
            label=part,
        )
    axis.set(yticks=range(len(rows)), yticklabels=rows, xlabel=xlabel, title=title)
    axis.invert_yaxis()
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def cost_bars(rows, title=None, xlabel="images per second", first=True):
    """One bar per row, the number at its end. `rows`: {name: number}; the first, which the others are compared with, is grey."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 0.38 * len(rows) + 1.0))
    bars = axis.barh(
        range(len(rows)),
        list(rows.values()),
        0.75,
        color=[GREY if first and k == 0 else BLUE for k in range(len(rows))],
    )
    axis.bar_label(
        bars,
        [f"{value:,.0f}" if value >= 20 else f"{value:.2g}" for value in rows.values()],
        padding=3,
        fontsize=9,
    )
    axis.set(
        yticks=range(len(rows)),
        yticklabels=rows,
        xlim=(0, 1.12 * max(rows.values())),
        xlabel=xlabel,
        title=title,
    )
    axis.invert_yaxis()
    plt.show()


def reach_histogram(sizes, marks, title=None):
    """How large numbers are, as a histogram of powers of ten, once for each set; dashed lines at `marks`, {name: number}.

    A name that begins with ← stands left of its line, any other right of it.

    sizes: {name: array of numbers, of which those above 0 are counted}
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
    for axis, (name, values), colour in zip(axes[:, 0], sizes.items(), (BLUE, ORANGE)):
        values = np.abs(np.ravel(values))
        axis.hist(
            np.log10(values[values > 0]),
            bins=80,
            range=(-12, 6),
            color=colour,
            weights=np.full((values > 0).sum(), 1 / values.size),
        )
        axis.set_title(name, loc="left", fontsize=10)
        axis.set(ylabel="share", yticks=())
        for text, mark in marks.items():
            axis.axvline(np.log10(mark), color=RED, linestyle="--", linewidth=1.5)
            if axis is axes[0, 0]:
                side = "right" if text.startswith("←") else "left"
                axis.annotate(
                    f" {text} ",
                    (np.log10(mark), 0.88),
                    xycoords=("data", "axes fraction"),
                    ha=side,
                    color=RED,
                    fontsize=9,
                )
    axes[0, 0].set_ylim(
        0, 1.25 * max(axis.dataLim.ymax for axis in axes[:, 0])
    )  # room for the words
    ticks = np.arange(-12, 7, 3)
    axes[-1, 0].set(
        xticks=ticks,
        xticklabels=[f"1e{tick:+d}" for tick in ticks],
        xlabel="size of the number",
    )
    figure.suptitle(title)
    plt.show()


def efficiency_lines(machines, panels, title=None):
    """How much of each machine's time goes into learning: lines over the number of machines, a panel for each link.

    panels: {name of the link: {name of the line: shares (machines,), 0 to 1}}
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(panels),
        squeeze=False,
        sharey=True,
        figsize=(2.8 * len(panels) + 2.2, 3.0),
    )
    for axis, (link, lines) in zip(axes[0], panels.items()):
        for (name, shares), colour, dashes in zip(
            lines.items(), (BLUE, ORANGE, GREEN), DASHES
        ):
            axis.plot(machines, shares, dashes, color=colour, linewidth=2, label=name)
        axis.set_xscale("log", base=2)
        ticks = machines[::2]
        axis.set(
            xticks=ticks,
            xticklabels=[f"{n:g}" for n in ticks],
            ylim=(0, 1.04),
            yticks=(0, 0.5, 1),
            yticklabels=("0 %", "50 %", "100 %"),
            xlabel="GPUs",
            title=link,
        )
        axis.minorticks_off()
    axes[0, 0].set_ylabel("time spent learning")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()
