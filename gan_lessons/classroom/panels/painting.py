"""Lesson 3: one number paints its region; where regions overlap, the paint adds up."""

from collections.abc import Callable

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import GREY, RED

OTHERS = {
    "all 0": 0,
    "a 2 in the middle": [[0, 0, 0], [0, 2, 0], [0, 0, 0]],
    "all 1": 1,
}
# Value, row, column, stride, kernel and others.
SETTINGS = {
    "a 3 paints": (3, 0, 0, 2, 3, "all 0"),
    "moved by 2 and 1": (3, 2, 1, 2, 3, "all 0"),
    "two numbers, stride 3": (3, 0, 0, 3, 3, "a 2 in the middle"),
    "stride 2: an overlap": (3, 0, 0, 2, 3, "a 2 in the middle"),
    "stride 1: more of it": (3, 0, 0, 1, 3, "a 2 in the middle"),
}
# Numbers and a kernel, both 2-D, and a stride in; the canvas, 2-D, out.
Paint = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def paint_a_region(
    paint: Paint,
    title: str = (
        "Nine numbers, and what they paint; orange: one number and its region; "
        "black frames: paint was added up"
    ),
) -> None:
    """What nine numbers paint, one of which can be moved and changed.

    Args:
        paint: makes a canvas of numbers, kernel and stride, as lesson 3 builds it.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    figure, axes = plt.subplots(
        2, len(SETTINGS), figsize=(10.6, 3.6), height_ratios=(3.4, 9.4)
    )
    for (above, below), (name, setting) in zip(axes.T, SETTINGS.items()):
        draw_canvas(above, below, paint, *setting)
        below.set(xlim=(-0.2, 9.2), ylim=(9.2, -0.2))
        above.set_xlim(-0.2, 9.2)
        above.set_title(name, fontsize=10, loc="left")
    figure.suptitle(title)
    plt.show()

    def draw(values):
        figure = Figure(figsize=(6.4, 4.4))
        left, right = figure.subplots(1, 2, width_ratios=(3, 9))
        draw_canvas(left, right, paint, *values.values())
        return figure, size_rule(values["stride"], values["kernel"])

    first, *others = OTHERS
    choices = {
        "value": (-4, 4, 1, 3),
        "row": (0, 2, 1, 0),
        "column": (0, 2, 1, 0),
        "stride": (1, 4, 1, 2),
        "kernel": (2, 5, 1, 3),
        "others": [*others, first],
    }
    follow(draw, choices)


def brush(size: int) -> np.ndarray:
    """A kernel of whole numbers, strongest in its middle.

    Args:
        size: of the kernel.

    Returns:
        Int (size, size).

    Example:
        >>> brush(3).tolist()
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    half = np.minimum(np.arange(size), np.arange(size)[::-1]) + 1
    return np.outer(half, half)


def nine_numbers(value: int, row: int, column: int, others: str) -> np.ndarray:
    """The numbers that paint.

    Args:
        value: one of them.
        row: of this one.
        column: of this one.
        others: the rest, a key of `OTHERS`.

    Returns:
        Int (3, 3).
    """
    numbers = np.zeros((3, 3), int) + OTHERS[others]
    numbers[row, column] = value
    return numbers


def coats(numbers: np.ndarray, size: int, stride: int) -> np.ndarray:
    """How many of nine numbers have painted on each pixel; a 0 paints nothing.

    Args:
        numbers: (3, 3).
        size: of the kernel.
        stride: pixels from one region to the next.

    Returns:
        Int, of the canvas's shape.
    """
    count = np.zeros((2 * stride + size,) * 2, int)
    for top, left in np.argwhere(numbers) * stride:
        count[top : top + size, left : left + size] += 1
    return count


def size_rule(stride: int, kernel: int) -> str:
    """The rule of the canvas's size, with the numbers put in."""
    side = 2 * stride + kernel
    return f"(3 − 1) · {stride} + {kernel} = {side}: the canvas is {side} × {side}."


def draw_canvas(
    above,
    below,
    paint: Paint,
    value: int,
    row: int,
    column: int,
    stride: int,
    kernel: int,
    others: str,
) -> None:
    """Draw nine numbers, and the canvas; one number and its region framed.

    Args:
        above: matplotlib axis for the numbers.
        below: matplotlib axis for the canvas.
        paint: as `paint_a_region` gets it.
        value: of the framed number.
        row: of the framed number.
        column: of the framed number.
        stride: pixels from one region to the next.
        kernel: size of the kernel.
        others: the other numbers, a key of `OTHERS`.
    """
    numbers = nine_numbers(value, row, column, others)
    canvas = paint(numbers, brush(kernel), stride)
    draw_numbers(above, numbers, np.zeros((3, 3), int))
    draw_numbers(below, canvas, coats(numbers, kernel, stride))
    red = {"facecolor": "none", "edgecolor": RED, "linewidth": 2.5}
    _draw_square(above, row, column, 1, **red)
    _draw_square(below, row * stride, column * stride, kernel, **red)


def draw_numbers(axis, grid: np.ndarray, coats: np.ndarray) -> None:
    """Draw whole numbers in squares, blue above 0 and brown below.

    Args:
        axis: a matplotlib axis.
        grid: the numbers, (size, size).
        coats: how many painted on each. Two or more get a thick frame; 0 has no number,
            unless all are 0.
    """
    import matplotlib.pyplot as plt

    blues, browns = plt.get_cmap("Blues"), plt.get_cmap("YlOrBr")
    top = max(np.abs(grid).max(), 1)
    frame = {"facecolor": "none", "edgecolor": "black", "linewidth": 1.4}
    for (y, x), number in np.ndenumerate(grid):
        share = abs(number) / top
        colour = (blues if number >= 0 else browns)(0.03 + 0.67 * share)
        _draw_square(axis, y, x, 1, facecolor=colour, edgecolor=GREY, linewidth=0.6)
        if coats[y, x] > 1:
            _draw_square(axis, y + 0.08, x + 0.08, 0.84, **frame)
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
    end = len(grid) + 0.2
    axis.set(xlim=(-0.2, end), ylim=(end, -0.2), aspect="equal", anchor="W")
    axis.set_axis_off()


def _draw_square(axis, y, x, side, **style):
    from matplotlib.patches import Rectangle

    axis.add_patch(Rectangle((x, y), side, side, **style))
