"""Drawings of the latent space, and what an edit changes."""

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
)

# What `directions.score_edits` counts: the label of its axis, and its factor there.
COUNTED = {
    "gender": ("gender changed, %", 100),
    "years": ("years between the ends", 1),
    "race": ("race changed, %", 100),
    "shift": ("largest shift of\na race's share, points", 100),
}


def shell_ways(
    t: ArrayLike,
    norms: Mapping[str, ArrayLike],
    expected: float,
    title: str | None = None,
) -> None:
    """A drawing of the shell with two ways between two codes, and their measured norms.

    Args:
        t: how far along the way, (n,).
        norms: {"lerp": (n,), "slerp": (n,)}, the norms on the way.
        expected: norm of a random code, a dashed line.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Wedge

    figure, (plane, axis) = plt.subplots(1, 2, figsize=(8.6, 3.1), width_ratios=(1, 2))
    rng = np.random.default_rng(0)
    angles, radii = 2 * np.pi * rng.random(250), 1 + 0.05 * rng.standard_normal(250)
    plane.add_patch(Wedge((0, 0), 1.15, 0, 360, width=0.3, color=GREY, alpha=0.2))
    dots = radii * np.array([np.cos(angles), np.sin(angles)])
    plane.plot(*dots, ".", color=GREY, markersize=3)
    plane.plot(0, 0, "+", color="black", markersize=9)
    plane.text(0, -0.12, "origin", ha="center", va="top", fontsize=9)
    turn = np.linspace(0, np.pi / 2, 60)
    plane.plot([1, 0], [0, 1], color=ORANGE, linewidth=2.5)
    plane.plot(np.cos(turn), np.sin(turn), color=BLUE, linewidth=2.5)
    for name, place, off in (("a", (1, 0), (12, -4)), ("b", (0, 1), (-3, 12))):
        plane.plot(*place, "o", color="black", markersize=7)
        plane.annotate(name, place, off, textcoords="offset points", fontsize=11)
    plane.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), aspect="equal")
    plane.set_title("the shell, drawn in 2-D", fontsize=10)
    plane.set_axis_off()
    for (name, values), colour in zip(norms.items(), (ORANGE, BLUE)):
        axis.plot(t, values, label=name, color=colour, linewidth=2.5)
    axis.axhline(expected, color=RED, linestyle="--", linewidth=1, label="random codes")
    axis.set(
        ylim=(0, 1.25 * expected),
        xlabel="t, how far along the way from a to b",
        ylabel="norm of the code",
    )
    axis.set_title("the norm on both ways, measured", fontsize=10)
    axis.legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()


def shadow(
    cosine: float, names: tuple[str, str] = ("a", "b"), title: str | None = None
) -> None:
    """A drawing of two directions: one's projection on the other, and what remains.

    Args:
        cosine: of the two, not 1 or −1.
        names: of the direction that is cleaned, and of the other.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    height = np.sqrt(1 - cosine**2)
    cleaned, other = names
    figure, axis = plt.subplots(figsize=(6.4, 2.9))
    arrows = (
        ((0, 0), (1, 0), ORANGE, other),
        ((0, 0), (cosine, height), BLUE, cleaned),
        ((0, 0), (0, height), GREEN, f"{cleaned}, orthogonal to {other}"),
    )
    for start, end, colour, name in arrows:
        style = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.5}
        style |= {"mutation_scale": 16, "shrinkA": 0, "shrinkB": 0}
        axis.annotate("", end, start, arrowprops=style)
        axis.plot([], [], color=colour, linewidth=2.5, label=name)
    axis.plot(
        [0, cosine],
        [0, 0],
        color=GREY,
        linewidth=6,
        alpha=0.6,
        label=f"projection of {cleaned} on {other}",
        zorder=0,
    )
    axis.plot([cosine, cosine], [0, height], ":", color=GREY, linewidth=1.5)
    axis.plot([0, cosine], [height, height], ":", color=GREY, linewidth=1.5)
    axis.set(
        xlim=(min(0, cosine) - 0.2, 1.15), ylim=(-0.15, height + 0.15), aspect="equal"
    )
    axis.set_axis_off()
    axis.legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()


def edit_audit(
    scores: Mapping[str, Mapping[str, ArrayLike]],
    random: Mapping[str, np.ndarray],
    wanted: Sequence[str],
    title: str | None = None,
) -> None:
    """All that edits along several directions change, beside random directions.

    The grey band goes from the random direction that changes least to the one that
    changes most. What is to change is blue; all other bars are orange.

    Args:
        scores: {name of the direction: what `directions.score_edits` gives for one
            length}.
        random: what `directions.score_random` gives for the same length.
        wanted: what each direction is to change, such as "gender" or "years"; "" for
            nothing that is counted here.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(COUNTED), sharey=True, figsize=(10.4, 0.36 * len(scores) + 1.5)
    )
    places = np.arange(len(scores))
    for axis, (what, (label, factor)) in zip(axes, COUNTED.items()):
        low, high = factor * np.min(random[what]), factor * np.max(random[what])
        axis.axvspan(low, high, color=GREY, alpha=0.35, linewidth=0, label="random")
        values = [factor * float(np.ravel(score[what])[0]) for score in scores.values()]
        colours = [BLUE if what == each else ORANGE for each in wanted]
        bars = axis.barh(places, values, 0.55, color=colours)
        axis.bar_label(bars, [f"{value:.0f}" for value in values], padding=3)
        most = 100 if factor == 100 else max(10, *values, high)
        axis.set(xlim=(0, 1.25 * most), xlabel=label)
    axes[0].set_yticks(places, list(scores))
    axes[0].set_ylim(max(len(scores) - 0.4, 0.9), min(-0.6, len(scores) - 1.9))
    axes[-1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()
