"""GANs on points and numbers, where the whole game can be seen."""

import numpy as np

from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
)


def point_game(moments, real, title=None, span=3.2):
    """A GAN on points in the plane, a panel per moment: the discriminator as a heat map, real and fake points on it.

    moments: (name, verdicts (k, k) on a grid from -span to span, row by row from below, fake points (n, 2)); real: (n, 2)
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(moments), squeeze=False, figsize=(2.35 * len(moments) + 0.6, 2.9)
    )
    for axis, (name, verdicts, fake) in zip(axes[0], moments):
        shown = draw_game(axis, verdicts, fake, real, span)
        axis.set_xlabel(name)
    axes[0, 0].legend(
        loc="upper left", fontsize=9, borderpad=0, handletextpad=0, markerscale=2
    )
    figure.colorbar(
        shown, ax=axes[0].tolist(), ticks=(0, 0.5, 1), label="D(x)", shrink=0.8
    )
    figure.suptitle(title)
    plt.show()


def draw_game(axis, verdicts, fake, real, span=3.2):
    """One panel of `point_game` on a matplotlib axis; gives what a colour bar needs."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list(
        "verdict", ["#F0C060", "white", "#66AADD"]
    )
    axis.plot(
        *np.transpose(real),
        "o",
        color="black",
        markersize=2,
        markeredgewidth=0,
        label="real",
    )
    axis.plot(
        *np.transpose(fake),
        "o",
        color=RED,
        markersize=3,
        markeredgecolor="white",
        markeredgewidth=0.3,
        label="fake",
    )
    axis.set(
        xlim=(-span, span), ylim=(-span, span), xticks=[], yticks=[], aspect="equal"
    )
    axis.spines[:].set(visible=True, color=GREY)
    return axis.contourf(
        verdicts,
        np.linspace(-0.025, 1.025, 22),
        cmap=colours,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=(-span, span, -span, span),
    )


def density_game(x, real, moments, title=None, counted=None):
    """A GAN on numbers, a panel per moment: how often real and fake numbers come, and what the discriminator says of each.

    x, real: (k,) places and the density of the real numbers there; moments: (name, density of the fakes, D(x), best
    answer or None) with (k,) each; `counted`: pairs (places, shares), drawn as dots in every panel.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(moments),
        squeeze=False,
        sharey=True,
        figsize=(max(2.5 * len(moments), 6) + 1.4, 2.9),
    )
    for axis, (name, fake, verdicts, best) in zip(axes[0], moments):
        for density, colour, label in (
            (real, BLUE, "real numbers, p"),
            (fake, ORANGE, "fake numbers, q"),
        ):
            axis.fill_between(
                x, density, color=colour, alpha=0.35, linewidth=0, label=label
            )
        axis.axhline(0.5, color=GREY, linestyle=":", linewidth=1)
        if counted is not None:
            axis.plot(*counted, "o", color=PURPLE, markersize=5, label="counted share")
        axis.plot(x, verdicts, color="black", linewidth=2, label="D(x)")
        if best is not None:
            axis.plot(
                x, best, color=GREEN, linestyle="--", linewidth=2, label="p / (p + q)"
            )
        axis.set(xlabel=name, ylim=(0, 1.05), yticks=(0, 0.5, 1))
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    figure.suptitle(title)
    plt.show()


def point_runs(runs, real, title=None, moments=4, rounds=25):
    """Runs on 2-D points, a row each: D's scores over the rounds, and the fakes (orange) at some moments among the real (grey).

    runs: a dict, name to (history, frames): dict of lists with "d_real" and "d_fake", frames (k, n, 2),
    `rounds` rounds apart. Fakes that lie outside the picture are drawn on its border.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(runs),
        moments + 1,
        squeeze=False,
        figsize=(2.9 + 1.75 * moments, 2.05 * len(runs) + 0.4),
        width_ratios=(1.7, *[1] * moments),
    )
    for line, (name, (history, frames)) in zip(axes, runs.items()):
        at = rounds * np.arange(1, len(history["d_real"]) + 1)
        line[0].plot(at, history["d_real"], color=BLUE, label="real")
        line[0].plot(at, history["d_fake"], color=ORANGE, label="fake")
        line[0].axhline(0.5, color=GREY, linestyle="--", linewidth=1)
        line[0].set(ylim=(-0.05, 1.05), yticks=(0, 0.5, 1), ylabel="D says real")
        line[0].set_title(name, fontsize=10)
        for axis, k in zip(
            line[1:], np.linspace(0, len(frames) - 1, moments).round().astype(int)
        ):
            axis.scatter(*real.T, s=3, color=GREY)
            axis.scatter(*np.clip(frames[k], -3.1, 3.1).T, s=5, color=RED, alpha=0.5)
            axis.set(
                xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), xticks=[], yticks=[], aspect="equal"
            )
            axis.spines[:].set_visible(True)
            axis.spines[:].set_color(GREY)
            axis.set_title(f"round {rounds * k:,}", fontsize=9)
    axes[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 0.1), fontsize=8)
    axes[-1, 0].set_xlabel("round")
    figure.suptitle(title)
    plt.show()


def neighbourhoods(real, fakes, radii, titles, title=None):
    """Points on a plane, real ones with their circles, and for each set of fakes which of them lie inside a circle."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Circle

    figure, axes = plt.subplots(
        1,
        len(fakes),
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(3.1 * len(fakes), 3.4),
    )
    for axis, fake, name in zip(axes[0], fakes, titles):
        for point, radius in zip(real, radii):
            axis.add_patch(
                Circle(point, radius, facecolor=SKY, alpha=0.18, edgecolor="none")
            )
        axis.scatter(*real.T, s=16, color=BLUE, label="real")
        axis.scatter(*fake.T, s=26, color=RED, marker="x", label="fake")
        axis.set(xticks=[], yticks=[], aspect="equal")
        axis.set_title(name, fontsize=10)
    axes[0, 0].legend(loc="upper left", fontsize=9)
    figure.suptitle(title)
    plt.show()
