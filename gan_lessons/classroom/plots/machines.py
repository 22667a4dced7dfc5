"""Many machines: what each does, how gradients go round, and what is gained."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    RIGHT_OF_AXIS,
    hide_frame,
)

DASHES = ("-", "--", ":")


def shared_step(title: str = "One training step, shared by two workers") -> None:
    """A batch cut into halves, two copies of the networks, and their mean gradient.

    Args:
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 2.7))
    boxes = (
        (0.9, 1.2, "a batch of\n16 photos", GREY),
        (3.0, 2.0, "8 photos", BLUE),
        (3.0, 0.4, "8 photos", ORANGE),
        (5.0, 2.0, "D and G", BLUE),
        (5.0, 0.4, "D and G", ORANGE),
        (7.0, 2.0, "gradients", BLUE),
        (7.0, 0.4, "gradients", ORANGE),
        (9.2, 1.2, "mean\ngradients", GREEN),
    )
    for x, y, text, colour in boxes:
        style = {"boxstyle": "round,pad=0.4", "facecolor": colour, "edgecolor": "none"}
        axis.text(x, y, text, color="white", ha="center", va="center", bbox=style)
    for start, end in (
        ((1.6, 1.4), (2.4, 1.9)),
        ((1.6, 1.0), (2.4, 0.5)),
        *(((x + 0.6, y), (x + 1.35, y)) for x in (3.0, 5.0) for y in (2.0, 0.4)),
        ((7.7, 1.9), (8.5, 1.4)),
        ((7.7, 0.5), (8.5, 1.0)),
    ):
        axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5})
    for y, name, colour in ((2.0, "worker 0", BLUE), (0.4, "worker 1", ORANGE)):
        axis.text(5.0, y + 0.42, name, color=colour, ha="center")
    arrow = {"arrowstyle": "->", "lw": 1.8, "ls": "--", "color": GREEN}
    for end in ((5.7, 1.75), (5.7, 0.65)):
        axis.annotate("", end, (8.45, 1.2), arrowprops=arrow)
    axis.text(
        6.9, 1.2, "the same step\nfor both", color=GREEN, ha="center", va="center"
    )
    axis.set(xlim=(0, 10), ylim=(0, 2.6))
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def against_whole(
    whole: ArrayLike, others: Mapping[str, ArrayLike], title: str | None = None
) -> None:
    """Gradients against the whole batch's: a dot per weight, an axis per gradient.

    Where a dot lies on the dashed line, both gradients are the same. The axes reach as
    far as nearly all gradients; the few that are much larger lie outside.

    Args:
        whole: the gradient of the whole batch, (weights,).
        others: {name: another gradient of the same weights, (weights,)}.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    whole = np.asarray(whole)
    arrays = {name: np.asarray(other) for name, other in others.items()}
    end = 1.5 * np.percentile(np.abs(whole), 98)
    figure, axes = plt.subplots(
        1,
        len(arrays),
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(3 * len(arrays) + 0.4, 3.2),
    )
    for axis, (name, other) in zip(axes[0], arrays.items()):
        axis.plot((-end, end), (-end, end), "--", color=GREY, linewidth=1)
        axis.plot(whole, other, ".", color=BLUE, markersize=4)
        axis.set(xlim=(-end, end), ylim=(-end, end), xlabel="whole batch")
        axis.locator_params(nbins=5)
        axis.set_title(name)
    axes[0, 0].set_ylabel("gradient")
    figure.suptitle(title)
    plt.show()


def ring_counts(n: int) -> list[tuple[np.ndarray, list[int] | None]]:
    """What each machine of a ring holds, at the start and after each of its turns.

    Args:
        n: machines, and pieces that the gradients are cut into.

    Returns:
        Pairs of counts (machines, pieces), of how many machines' numbers are added up
        in a piece, and of the piece that each machine has just received.

    Example:
        >>> [counts.min() for counts, received in ring_counts(2)]
        [1, 1, 2]
    """
    counts = np.ones((n, n), int)
    states: list[tuple[np.ndarray, list[int] | None]] = [(counts.copy(), None)]
    for turn in range(2 * (n - 1)):
        sent = [(machine - turn) % n for machine in range(n)]
        messages = [counts[machine, sent[machine]] for machine in range(n)]
        for machine, (place, message) in enumerate(zip(sent, messages)):
            neighbour = counts[(machine + 1) % n]
            neighbour[place] = message + (neighbour[place] if turn < n - 1 else 0)
        received = [sent[machine - 1] for machine in range(n)]
        states.append((counts.copy(), received))
    return states


def ring(
    title: str = (
        "A ring of four machines: how many machines' gradients each piece holds"
    ),
) -> None:
    """Every turn of a ring all-reduce of four machines, a small picture for each.

    Args:
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    n, shades = 4, ("#FFFFFF", "#D6E6F4", "#9CC6E4", "#4B9CCB", BLUE)
    centres = ((0, 1), (1.25, 0), (0, -1), (-1.25, 0))  # clockwise from the top
    figure, grid = plt.subplots(2, n, figsize=(10.4, 5.2))
    figure.suptitle(title)
    axes = [*grid[0], *grid[1, 1:]]
    headings = ["at the start"]
    headings += [f"turn {k}: add" for k in range(n - 1)]
    headings += [f"turn {k}: replace" for k in range(n - 1, 2 * (n - 1))]
    for axis, heading, (counts, received) in zip(axes, headings, ring_counts(n)):
        for machine, (x, y) in enumerate(centres):
            for piece in range(n):
                new = received is not None and received[machine] == piece
                count = counts[machine, piece]
                corner = (x - 0.72 + 0.36 * piece, y - 0.2)
                cell = Rectangle(
                    corner,
                    0.36,
                    0.4,
                    facecolor=shades[count],
                    edgecolor=RED if new else GREY,
                    linewidth=2.2 if new else 0.8,
                    zorder=3 + new,
                )
                axis.add_patch(cell)
                axis.text(
                    corner[0] + 0.18,
                    y,
                    count,
                    ha="center",
                    va="center",
                    size=9,
                    color="white" if count >= 3 else "black",
                    zorder=5,
                )
        if received is not None:
            _arrows_of_ring(axis)
        axis.set(xlim=(-2.1, 2.1), ylim=(-1.4, 1.4), aspect="equal")
        axis.set_title(heading, fontsize=10)
        hide_frame(axis)
    words = (
        "Four machines, four pieces each.\n\n"
        "In every turn each machine\nsends one piece clockwise.\n"
        "In a frame: the piece that\nhas just arrived.\n\n"
        "4: all gradients are in it."
    )
    grid[1, 0].text(0.5, 0.5, words, ha="center", va="center", size=9)
    grid[1, 0].set_axis_off()
    plt.show()


def _arrows_of_ring(axis):
    look = {"arrowstyle": "->", "lw": 1.4, "color": RED}
    bend = {"connectionstyle": "arc3,rad=-0.25"}
    for start, end in (
        ((0.8, 1.0), (1.35, 0.28)),
        ((1.35, -0.28), (0.8, -1.0)),
        ((-0.8, -1.0), (-1.35, -0.28)),
        ((-1.35, 0.28), (-0.8, 1.0)),
    ):
        axis.annotate("", end, start, arrowprops=look | bend)


def speed_up_lines(
    machines: Sequence[int],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    title: str | None = None,
    xlabel: str = "GPUs",
) -> None:
    """How many times as fast as one machine, an axis for each panel.

    The dashed grey line is the best there can be, n times for n machines; below the
    line at 1, more machines are slower than one.

    Args:
        machines: numbers of machines, (n,).
        panels: {title of the axis: {name of the line: speed-ups, at most (n,)}}; at
            most three lines per axis. A shorter line ends earlier.
        title: of the figure.
        xlabel: label of the x axes.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(panels),
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(3.3 * len(panels) + 2, 3.4),
    )
    for axis, (name, lines) in zip(axes[0], panels.items()):
        axis.plot(machines, machines, "--", color=GREY, linewidth=1, label="ideal")
        axis.axhline(1, color=RED, linewidth=1)
        for (line, values), dashes, colour in zip(
            lines.items(), DASHES, (BLUE, ORANGE, GREEN)
        ):
            axis.plot(
                machines[: len(values)],
                values,
                dashes,
                marker="o",
                markersize=4,
                color=colour,
                linewidth=2,
                label=line,
            )
        axis.set_xscale("log", base=2)
        axis.set_yscale("log", base=2)
        axis.set(xlabel=xlabel, title=name)
        axis.xaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.minorticks_off()
    axes[0, 0].set_ylabel("times as fast as one")
    axes[0, -1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()
