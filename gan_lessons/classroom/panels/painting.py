"""Lesson 3: one number, moved about, paints its region; where regions overlap, the paint adds up."""

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import GREY, RED

OTHERS = {
    "all 0": 0,
    "a 2 in the middle": [[0, 0, 0], [0, 2, 0], [0, 0, 0]],
    "all 1": 1,
}


def paint_a_region(
    deconvolve,
    title="Nine numbers, and what they paint; red: one number and its region; black frames: paint was added up",
):
    """What nine numbers paint, one of which can be moved and pressed harder, for every stride and kernel.

    deconvolve: (numbers, kernel, stride) to canvas, as lesson 3 builds it
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    settings = [
        (3, 0, 0, 2, 3, "all 0"),
        (3, 2, 1, 2, 3, "all 0"),
        (3, 0, 0, 3, 3, "a 2 in the middle"),
        (3, 0, 0, 2, 3, "a 2 in the middle"),
        (3, 0, 0, 1, 3, "a 2 in the middle"),
    ]
    titles = [
        "a 3 paints",
        "moved by 2 and 1",
        "two numbers, stride 3",
        "stride 2: an overlap",
        "stride 1: more of it",
    ]
    figure, axes = plt.subplots(
        2, len(settings), figsize=(10.6, 3.6), height_ratios=(3.4, 9.4)
    )
    for (above, below), setting, name in zip(axes.T, settings, titles):
        draw_canvas(above, below, deconvolve, *setting)
        below.set(xlim=(-0.2, 9.2), ylim=(9.2, -0.2))
        above.set_xlim(-0.2, 9.2)
        above.set_title(name, fontsize=10, loc="left")
    figure.suptitle(title)
    plt.show()

    def draw(values):
        figure = Figure(figsize=(6.4, 4.4))
        draw_canvas(
            *figure.subplots(1, 2, width_ratios=(3, 9)), deconvolve, *values.values()
        )
        return figure, in_words(values["stride"], values["kernel"])

    follow(
        draw,
        {
            "value": (-4, 4, 1, 3),
            "row": (0, 2, 1, 0),
            "column": (0, 2, 1, 0),
            "stride": (1, 4, 1, 2),
            "kernel": (2, 5, 1, 3),
            "others": list(OTHERS)[1:] + list(OTHERS)[:1],
        },
    )


def brush(size):
    """A kernel (size, size) of whole numbers, strongest in its middle.

    >>> brush(3).tolist()
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    half = np.minimum(np.arange(size), np.arange(size)[::-1]) + 1
    return np.outer(half, half)


def nine_numbers(value, row, column, others):
    """Int (3, 3): `others`, one of `OTHERS`, and `value` in its place."""
    numbers = np.zeros((3, 3), int) + OTHERS[others]
    numbers[row, column] = value
    return numbers


def coats(numbers, size, stride):
    """int: how many numbers that are not 0 have painted on each pixel."""
    count = np.zeros((2 * stride + size,) * 2, int)
    for row, column in np.argwhere(numbers):
        count[
            row * stride : row * stride + size, column * stride : column * stride + size
        ] += 1
    return count


def in_words(stride, kernel):
    side = 2 * stride + kernel
    return f"(3 − 1) · {stride} + {kernel} = {side}: the canvas is {side} × {side}."


def draw_canvas(above, below, deconvolve, value, row, column, stride, kernel, others):
    """The nine numbers on one axis, the canvas on the other, pixels with two coats or more framed."""
    numbers = nine_numbers(value, row, column, others)
    canvas = deconvolve(numbers, brush(kernel), stride)
    draw_numbers(above, numbers, np.zeros((3, 3), int))
    draw_numbers(below, canvas, coats(numbers, kernel, stride))
    for axis, y, x, side in (
        (above, row, column, 1),
        (below, row * stride, column * stride, kernel),
    ):
        axis.add_patch(
            _square(y, x, side, facecolor="none", edgecolor=RED, linewidth=2.5)
        )


def draw_numbers(axis, grid, coats):
    """Whole numbers in squares, blue for a plus and brown for a minus; a thick frame where paint was added."""
    import matplotlib.pyplot as plt

    top = max(np.abs(grid).max(), 1)
    for (y, x), number in np.ndenumerate(grid):
        share = abs(number) / top
        colour = (plt.cm.Blues if number >= 0 else plt.cm.YlOrBr)(0.03 + 0.67 * share)
        axis.add_patch(
            _square(y, x, 1, facecolor=colour, edgecolor=GREY, linewidth=0.6)
        )
        if coats[y, x] > 1:
            axis.add_patch(
                _square(
                    y + 0.08,
                    x + 0.08,
                    0.84,
                    facecolor="none",
                    edgecolor="black",
                    linewidth=1.4,
                )
            )
        if coats[y, x] or coats.max() == 0:
            axis.text(
                x + 0.5,
                y + 0.5,
                f"{number:.0f}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if share > 0.75 else "black",
            )
    axis.set(
        xlim=(-0.2, len(grid) + 0.2),
        ylim=(len(grid) + 0.2, -0.2),
        aspect="equal",
        anchor="W",
    )
    axis.set_axis_off()


def _square(y, x, side, **look):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), side, side, **look)
