"""Numbers as lines, bars and histograms."""

import numpy as np

from gan_lessons.classroom.plots.faces import pixels
from gan_lessons.classroom.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SKY


def curves(
    history,
    names=None,
    title=None,
    xlabel="epoch",
    ylabel=None,
    labels=None,
    level=None,
    log=False,
):
    """Lines over the epochs. `history`: a dict of lists, such as `fit(...).history`; `level`: a dashed line to compare with."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogFormatter

    names = names or [name for name in history if name != "epoch"]
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for name, label in zip(names, labels or names):
        axis.plot(
            history.get("epoch", np.arange(1, len(history[name]) + 1)),
            history[name],
            label=label,
        )
    if level is not None:
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if log:
        axis.set_yscale("log")
        for put in (axis.yaxis.set_major_formatter, axis.yaxis.set_minor_formatter):
            put(LogFormatter(minor_thresholds=(2, 0.5)))  # 30, not 3 × 10¹
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def curve_pair(x, panels, xlabel=None, title=None):
    """Two or three sets of lines over the same x, side by side: `panels` is {what the upright axis shows: {name: values}}."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(panels), figsize=((4 if len(panels) < 3 else 3.2) * len(panels) + 1, 2.8)
    )
    for axis, (ylabel, lines) in zip(axes, panels.items()):
        top = max(1, *(np.max(values) for values in lines.values()))
        for name, values in lines.items():
            axis.plot(x, values, label=name)
        axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(-0.02 * top, 1.02 * top))
    axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()


def score_panels(runs, names, title=None, xlabel="epoch", level=0.5):
    """Several runs' scores side by side on one scale. `runs`: a dict, name of the run to a dict of lists with "epoch" in it."""
    import matplotlib.pyplot as plt

    colours = (
        (BLUE, ORANGE) if len(names) == 2 else (BLUE, GREEN, ORANGE)
    )  # fakes come last, and are orange everywhere
    figure, axes = plt.subplots(
        1, len(runs), squeeze=False, sharey=True, figsize=(3.6 * len(runs) + 1.6, 2.8)
    )
    for axis, (run, history) in zip(axes[0], runs.items()):
        for (key, label), colour in zip(names.items(), colours):
            axis.plot(
                history["epoch"], history[key], label=label, color=colour, linewidth=2
            )
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
        axis.set(xlabel=xlabel, ylim=(0, 1), title=run)
    axes[0, 0].set_ylabel("D says real")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()


def over_time(epochs, maps, names, spans, title=None, bar=None, rows="latent"):
    """Heat maps one above the other: from left to right the epochs, a line per latent. `spans`: lowest and highest value of each."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(maps), 1, squeeze=False, sharex=True, figsize=(8, 1.9 * len(maps) + 0.6)
    )
    edges = np.concatenate(
        [
            [epochs[0] - 0.5],
            (np.asarray(epochs[1:]) + np.asarray(epochs[:-1])) / 2,
            [epochs[-1] + 0.5],
        ]
    )
    for axis, values, name, (low, high) in zip(axes[:, 0], maps, names, spans):
        shown = axis.pcolormesh(
            edges,
            np.arange(len(values[0]) + 1) + 0.5,
            np.asarray(values).T,
            cmap="PuOr",
            vmin=low,
            vmax=high,
        )
        axis.set(yticks=range(1, len(values[0]) + 1), ylabel=rows)
        axis.set_title(name, fontsize=10, loc="left")
        axis.invert_yaxis()
        figure.colorbar(shown, ax=axis, ticks=(low, (low + high) / 2, high), label=bar)
    axes[-1, 0].set_xlabel("epoch")
    figure.suptitle(title)
    plt.show()


def error_bars(moments, errors, names, title=None):
    """Errors, 0 to 1, as groups of bars: a group per moment, a bar per name. errors: (moments, names)."""
    import matplotlib.pyplot as plt

    errors, width = np.asarray(errors), 0.8 / len(names)
    figure, axis = plt.subplots(figsize=(7.5, 2.9))
    for k, (name, colour) in enumerate(zip(names, (BLUE, SKY, ORANGE, GREEN))):
        bars = axis.bar(
            np.arange(len(moments)) + (k - (len(names) - 1) / 2) * width,
            errors[:, k],
            width * 0.92,
            color=colour,
            label=name,
        )
        axis.bar_label(
            bars,
            [f"{100 * error:.0f} %" for error in errors[:, k]],
            padding=2,
            fontsize=9,
        )
    axis.set(
        xticks=range(len(moments)),
        xticklabels=moments,
        yticks=(0, 0.5, 1),
        yticklabels=("0 %", "50 %", "100 %"),
        ylim=(0, 1.1),
        title=title,
    )
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def share_bars(groups, shares, title=None):
    """How large each group is in several sets, as bars side by side. `shares`: {name of the set: (groups,), 0 to 1}."""
    import matplotlib.pyplot as plt

    places, thick = np.arange(len(groups)), 0.8 / len(shares)
    figure, axis = plt.subplots(figsize=(7.5, 0.42 * len(groups) + 0.9))
    for k, ((name, values), colour) in enumerate(
        zip(shares.items(), (GREY, BLUE, ORANGE))
    ):
        bars = axis.barh(
            places + (k - (len(shares) - 1) / 2) * thick,
            values,
            thick * 0.92,
            color=colour,
            label=name,
        )
        axis.bar_label(
            bars, [f"{100 * value:.0f} %" for value in values], padding=3, fontsize=9
        )
    axis.set(
        yticks=places,
        yticklabels=groups,
        xticks=(0, 0.5, 1),
        xticklabels=("0 %", "50 %", "100 %"),
        xlim=(0, 1.08),
        title=title,
    )
    axis.invert_yaxis()
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def confidence_bars(image, confidences, names, title=None, truth=None):
    """A photo and, beside it, a network's confidence for each name; the bar of the truth, if given, is green."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(6, 2.2), width_ratios=(1, 2))
    left.imshow(pixels(image[None])[0].squeeze(), vmin=0, vmax=255)
    left.set_axis_off()
    colours = [GREEN if i == truth else BLUE for i in range(len(names))]
    bars = right.barh(range(len(names)), np.asarray(confidences), color=colours)
    right.bar_label(bars, [f"{100 * c:.0f} %" for c in confidences], padding=3)
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


def confusion(matrix, names, title=None, numbers=True):
    """A confusion matrix: a row for who it is, a column for who the network said, the count in each cell."""
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
    first, second, names, title=None, xlabel=None, bins=20, span=None, unit="photos"
):
    """Two sets of numbers as shares of each set, one histogram above the other on the same axis."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(7, 3.6))
    for axis, values, name, colour in zip(axes, (first, second), names, (BLUE, ORANGE)):
        axis.hist(
            values,
            bins=bins,
            range=span,
            weights=np.full(len(values), 1 / len(values)),
            color=colour,
        )
        axis.set_title(f"{name} ({len(values)} {unit})", loc="left", fontsize=10)
        axis.set_ylabel("share of them")
    axes[1].set_xlabel(xlabel)
    figure.suptitle(title)
    plt.show()


def norm_histogram(norms, mark, title=None):
    """How long codes are: a histogram of norms from 0 on, with a dashed line at `mark`, the norm to be expected."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(norms, bins=60, color=BLUE)
    axis.axvline(mark, color=RED, linestyle="--", linewidth=1.5)
    axis.annotate(
        f" {mark:g}", (mark, 0.92), xycoords=("data", "axes fraction"), color=RED
    )
    axis.set(
        xlim=(0, 1.05 * np.max(norms)),
        xlabel="norm of the code",
        ylabel="number of codes",
        title=title,
    )
    plt.show()


def turned_dials(turns, title=None):
    """How far each dial of a network was turned by one step: a histogram with a logarithmic count."""
    import matplotlib.pyplot as plt

    turns = np.asarray(turns)
    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(turns, bins=101, color=BLUE)
    axis.axvline(0, color=GREY, linestyle="--", linewidth=1)
    axis.set(
        yscale="log",
        xlabel="how far the dial was turned",
        ylabel="number of dials",
        title=title,
    )
    plt.show()
