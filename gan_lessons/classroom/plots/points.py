"""GANs on points and numbers, where the whole game can be seen."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from gan_lessons.classroom.plots.faces import show_film
from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    RIGHT_OF_AXIS,
    SKY,
)

FAKE = "#B3001B"  # a red that stands out from orange as well as from blue


def point_game(
    moments: Sequence[tuple[str, np.ndarray, ArrayLike]],
    real: ArrayLike,
    title: str | None = None,
    span: float = 3.2,
) -> None:
    """A GAN on points of the plane, an axis per moment: D as colours, points on it.

    Args:
        moments: (name, D(x) on a grid (k, k), row by row from below, fake points
            (n, 2)).
        real: real points (m, 2).
        title: of the figure.
        span: the axes go from -span to span in both directions.
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
    beside = {"ax": axes[0].tolist(), "shrink": 0.8}
    figure.colorbar(shown, ticks=(0, 0.5, 1), label="D(x)", **beside)
    figure.suptitle(title)
    plt.show()


def point_film(
    moments: Sequence[tuple[str, np.ndarray, ArrayLike]],
    real: ArrayLike,
    title: str | None = None,
    span: float = 3.2,
    milliseconds: int = 300,
) -> None:
    """A GAN on points of the plane as a film: an animated GIF, a frame per moment.

    Args:
        moments: as in `point_game`; the names stand above the frames.
        real: real points (m, 2).
        title: the alternative text.
        span: the axes go from -span to span in both directions.
        milliseconds: for which each frame is shown.
    """
    from matplotlib.figure import Figure

    pictures = []
    for name, verdicts, fake in moments:
        figure = Figure(figsize=(5.4, 4.2), dpi=80)
        axis = figure.subplots()
        shown = draw_game(axis, verdicts, fake, real, span)
        axis.set_title(name)
        axis.legend(**RIGHT_OF_AXIS, handletextpad=0, markerscale=2)
        figure.colorbar(shown, ticks=(0, 0.5, 1), label="D(x)", location="left")
        file = io.BytesIO()
        figure.savefig(file, format="png")
        picture = Image.open(file).convert("RGB")
        pictures.append(picture.quantize(48, dither=Image.Dither.NONE))
    show_film(pictures, milliseconds, title)


def draw_game(
    axis, verdicts: np.ndarray, fake: ArrayLike, real: ArrayLike, span: float = 3.2
):
    """Draw one axis of `point_game`.

    Args:
        axis: a matplotlib axis.
        verdicts: D(x) on a grid (k, k), 0 to 1, row by row from below.
        fake: fake points (n, 2).
        real: real points (m, 2).
        span: the axis goes from -span to span in both directions.

    Returns:
        What a colour bar needs.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list(
        "verdict", ["#F0C060", "white", "#66AADD"]
    )
    for points, label, style in (
        (real, "real", {"color": "black", "markersize": 2, "markeredgewidth": 0}),
        (
            fake,
            "fake",
            {
                "color": FAKE,
                "markersize": 3.2,
                "markeredgecolor": "white",
                "markeredgewidth": 0.3,
            },
        ),
    ):
        axis.plot(*np.transpose(points), "o", label=label, **style)
    limits = (-span, span)
    axis.set(xlim=limits, ylim=limits, xticks=[], yticks=[], aspect="equal")
    axis.spines[:].set(visible=True, color=GREY)
    return axis.contourf(
        verdicts,
        np.linspace(-0.025, 1.025, 22),
        cmap=colours,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=limits * 2,
    )


def density_game(
    x: ArrayLike,
    real: ArrayLike,
    moments: Sequence[tuple[str, ArrayLike, ArrayLike, ArrayLike | None]],
    title: str | None = None,
    counted: tuple[ArrayLike, ArrayLike] | None = None,
) -> None:
    """A GAN on numbers, an axis per moment: both densities, and what D says.

    Args:
        x: places (k,).
        real: density of the real numbers there, (k,).
        moments: (name, density of the fake numbers, D(x), best answer or None), each
            (k,).
        title: of the figure.
        counted: places and shares of real numbers there, drawn as dots on every axis.
    """
    import matplotlib.pyplot as plt

    width = max(2.5 * len(moments), 6) + 1.4
    figure, axes = plt.subplots(
        1, len(moments), squeeze=False, sharey=True, figsize=(width, 2.9)
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
            axis.plot(x, best, "--", color=GREEN, linewidth=2, label="p / (p + q)")
        axis.set(xlabel="number x", ylim=(0, 1.05), yticks=(0, 0.5, 1))
        axis.set_title(name, fontsize=10)
    axes[0, 0].set_ylabel("D(x), density")
    axes[0, -1].legend(**RIGHT_OF_AXIS, fontsize=9)
    figure.suptitle(title)
    plt.show()


def point_runs(
    runs: Mapping[str, tuple[Mapping[str, Sequence[float]], np.ndarray]],
    real: np.ndarray,
    title: str | None = None,
    moments: int = 4,
    rounds: int = 25,
    rounds_shown: Sequence[int] | None = None,
) -> None:
    """Training runs on points, a row each: D's scores, then the fakes at some moments.

    Fakes are red, among the real points in grey; those outside lie on the border.

    Args:
        runs: {name: (history, frames)}: a dict with the lists "d_real" and "d_fake",
            and the fakes (k, n, 2).
        real: real points (m, 2).
        title: of the figure.
        moments: how many frames to show.
        rounds: from one frame, or entry of the history, to the next.
        rounds_shown: when each frame was taken, if they are fewer than the entries of
            the history; all of them are then shown.
    """
    import matplotlib.pyplot as plt

    span, border = 3.2, 3.1
    moments = moments if rounds_shown is None else len(rounds_shown)
    figure, axes = plt.subplots(
        len(runs),
        moments + 1,
        squeeze=False,
        figsize=(2.9 + 1.75 * moments, 2.05 * len(runs) + 0.4),
        width_ratios=(1.7, *[1] * moments),
    )
    for (scores, *planes), (name, (history, frames)) in zip(axes, runs.items()):
        at = rounds * np.arange(1, len(history["d_real"]) + 1)
        scores.plot(at, history["d_real"], color=BLUE, label="real")
        scores.plot(at, history["d_fake"], color=ORANGE, label="fake")
        scores.axhline(0.5, color=GREY, linestyle="--", linewidth=1)
        scores.set(ylim=(-0.05, 1.05), yticks=(0, 0.5, 1), ylabel="D says real")
        scores.set_title(name, fontsize=10)
        picked = np.linspace(0, len(frames) - 1, moments).round().astype(int)
        for axis, k in zip(planes, picked):
            fake = np.clip(frames[k], -border, border)
            axis.scatter(*real.T, s=3, color=GREY)
            axis.scatter(*fake.T, s=5, color=FAKE, alpha=0.5)
            axis.set(xlim=(-span, span), ylim=(-span, span), aspect="equal")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set(visible=True, color=GREY)
            when = rounds * k if rounds_shown is None else rounds_shown[k]
            axis.set_title(f"round {when:,}", fontsize=9)
    axes[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 0.1), fontsize=8)
    axes[-1, 0].set_xlabel("round")
    figure.suptitle(title)
    plt.show()


def neighbourhoods(
    real: np.ndarray,
    fakes: Sequence[np.ndarray],
    radii: Sequence[float],
    titles: Sequence[str],
    title: str | None = None,
) -> None:
    """Real points with their circles, and which fakes lie inside; an axis per set.

    Args:
        real: real points (n, 2).
        fakes: sets of fake points, each (m, 2).
        radii: of the circles, (n,).
        titles: of the axes, one per set.
        title: of the figure.
    """
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


def clouds(
    real: np.ndarray,
    fakes: Mapping[str, np.ndarray],
    title: str | None = None,
    columns: int = 4,
) -> None:
    """Real and fake points, each with its mean and an ellipse for its covariance.

    The ellipse lies two standard deviations from the mean, in every direction.

    Args:
        real: real points (n, 2), the same on every axis.
        fakes: {title of the axis: fake points (m, 2)}.
        title: of the figure.
        columns: axes per row, at most.
    """
    import matplotlib.pyplot as plt

    columns = min(columns, len(fakes))
    rows = -(-len(fakes) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(2.6 * columns, 2.2 * rows + 0.6),
    )
    turn = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    for axis, (name, fake) in zip(axes.flat, fakes.items()):
        for points, colour, label in ((real, BLUE, "real"), (fake, RED, "fake")):
            axis.scatter(*points.T, s=5, color=colour, alpha=0.35, linewidths=0)
            mean = points.mean(axis=0)
            values, vectors = np.linalg.eigh(np.cov(points, rowvar=False))
            reach = 2 * vectors * np.sqrt(np.clip(values, 0, None))
            axis.plot(*(mean[:, None] + reach @ circle), color=colour, linewidth=2)
            axis.plot(*mean, "o", color=colour, markeredgecolor="white", label=label)
        axis.set(xticks=[], yticks=[], aspect="equal")
        axis.spines[:].set(visible=True, color=GREY)
        axis.set_title(name, fontsize=10)
    axes[0, 0].legend(loc="upper left", fontsize=9, handletextpad=0, borderpad=0)
    figure.suptitle(title)
    plt.show()
