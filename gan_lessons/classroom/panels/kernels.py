"""Lesson 2: how often a kernel fits, and what each place of the output looks at."""

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import BLUE, GREY, RED, SKY


def slide_a_kernel(
    title="Above, the pixels; below, the answers; in red, one answer and what it looks at",
):
    """The pixels that a kernel slides over, and the grid of its answers, for every size, kernel, stride and padding."""
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    settings = [
        (7, 3, 1, "valid"),
        (7, 3, 1, "same"),
        (7, 3, 2, "valid"),
        (8, 3, 2, "valid"),
        (8, 3, 2, "same"),
    ]
    figure, axes = plt.subplots(
        2, len(settings), figsize=(10, 5.1), height_ratios=(9.4, 8.4)
    )
    for (above, below), setting in zip(axes.T, settings):
        draw_grids(above, below, *setting, row=1, column=1)
        below.set_ylim(8.2, -0.2)
        above.set_title(
            "size {}, kernel {},\nstride {}, {}".format(*setting),
            fontsize=10,
            loc="left",
        )
    figure.suptitle(title)
    plt.show()

    def draw(values):
        figure = Figure(figsize=(6, 3.4))
        draw_grids(*figure.subplots(1, 2), *values.values())
        return figure, in_words(*list(values.values())[:4])

    def last(values):
        return len(starts(*list(values.values())[:4])) - 1

    follow(
        draw,
        {
            "size": (5, 12, 1, 8),
            "kernel": (1, 5, 1, 3),
            "stride": (1, 4, 1, 2),
            "padding": ["valid", "same"],
            "row": (0, 2, 1, 1),
            "column": (0, 2, 1, 1),
        },
        most={"row": last, "column": last},
    )


def starts(size, kernel, stride, padding):
    """Where the kernel lies along one side: the first pixel of each region, below 0 on the rim of zeros.

    >>> starts(8, 3, 2, "valid"), starts(7, 3, 2, "same")
    ([0, 2, 4], [-1, 1, 3, 5])
    """
    if padding == "valid":
        return list(range(0, size - kernel + 1, stride))
    count = -(-size // stride)
    missing = max((count - 1) * stride + kernel - size, 0)
    return [k * stride - missing // 2 for k in range(count)]


def in_words(size, kernel, stride, padding):
    """The rule of the output's size, with the numbers put in."""
    count = len(starts(size, kernel, stride, padding))
    rule = (
        f"({size} − {kernel}) / {stride} rounded down, + 1"
        if padding == "valid"
        else f"{size} / {stride} rounded up"
    )
    return f"{padding}: {rule} = {count}. The output is {count} × {count}."


def draw_grids(pixels, answers, size, kernel, stride, padding, row, column):
    """The pixels with their rim of zeros on one axis, the answers on the other; one answer and its region in red.

    The more answers look at a pixel, the bluer it is; what no answer looks at is white.
    """
    first = starts(size, kernel, stride, padding)
    low, high = min(first[0], 0), max(first[-1] + kernel, size)
    looks = np.array(
        [
            sum(start <= place < start + kernel for start in first)
            for place in range(low, high)
        ]
    )
    for y, x in np.ndindex(high - low, high - low):
        rim = not (0 <= y + low < size and 0 <= x + low < size)
        _square(
            pixels,
            y + low,
            x + low,
            GREY if rim else SKY,
            0.2 if rim else 0.8 * looks[y] * looks[x] / looks.max() ** 2,
        )
        if rim:
            pixels.text(
                x + low + 0.5,
                y + low + 0.5,
                "0",
                ha="center",
                va="center",
                fontsize=9,
                color="#555555",
            )
    for y, x in np.ndindex(len(first), len(first)):
        _square(answers, y, x, BLUE, 0.35)
    _square(answers, row, column, RED, 1)
    _square(pixels, first[row], first[column], RED, 0, kernel, edge=RED, width=2.5)
    for axis, start, count in ((pixels, low, size), (answers, 0, len(first))):
        axis.set(
            xlim=(start - 0.2, start + high - low + 0.2),
            ylim=(start + high - low + 0.2, start - 0.2),
            aspect="equal",
            anchor="NW",
        )
        axis.text(
            start,
            start + (high - low if axis is pixels else count) + 0.3,
            f"{count} × {count}",
            ha="left",
            va="top",
            fontsize=10,
        )
        axis.set_axis_off()


def _square(axis, y, x, colour, alpha, side=1, edge=GREY, width=0.6):
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    axis.add_patch(
        Rectangle(
            (x, y),
            side,
            side,
            facecolor=to_rgba(colour, alpha),
            edgecolor=edge,
            linewidth=width,
        )
    )
