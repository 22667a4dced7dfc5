"""Lesson 2: how often a kernel fits, and what each number of the output looks at."""

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import BLUE, GREY, ORANGE, SKY

SETTINGS = (
    (7, 3, 1, "valid"),
    (7, 3, 1, "same"),
    (7, 3, 2, "valid"),
    (8, 3, 2, "valid"),
    (8, 3, 2, "same"),
)


def slide_a_kernel(
    title: str = (
        "Above: the pixels. Below: the feature map. Orange: one number and its region"
    ),
) -> None:
    """The pixels that a kernel slides over, and the feature map it makes.

    Size, kernel, stride and padding can be chosen, and the number to look at.

    Args:
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    figure, axes = plt.subplots(
        2, len(SETTINGS), figsize=(10, 5.1), height_ratios=(9.4, 8.4)
    )
    for (above, below), setting in zip(axes.T, SETTINGS):
        draw_grids(above, below, *setting, row=1, column=1)
        below.set_ylim(8.2, -0.2)
        size, kernel, stride, padding = setting
        words = f"size {size}, kernel {kernel},\nstride {stride}, {padding}"
        above.set_title(words, fontsize=10, loc="left")
    figure.suptitle(title)
    plt.show()

    def draw(values):
        *setting, row, column = values.values()
        figure = Figure(figsize=(6, 3.4))
        draw_grids(*figure.subplots(1, 2), *setting, row, column)
        return figure, size_rule(*setting)

    def last(values):
        *setting, _, _ = values.values()
        return len(starts(*setting)) - 1

    choices = {
        "size": (5, 12, 1, 8),
        "kernel": (1, 5, 1, 3),
        "stride": (1, 4, 1, 2),
        "padding": ["valid", "same"],
        "row": (0, 2, 1, 1),
        "column": (0, 2, 1, 1),
    }
    follow(draw, choices, highest={"row": last, "column": last})


def starts(size: int, kernel: int, stride: int, padding: str) -> list[int]:
    """Where the kernel lies along one side of the image.

    Args:
        size: pixels along the side.
        kernel: size of the kernel.
        stride: pixels from one region to the next.
        padding: "valid" or "same".

    Returns:
        The first pixel of each region; below 0 on the rim of zeros.

    Example:
        >>> starts(8, 3, 2, "valid"), starts(7, 3, 2, "same")
        ([0, 2, 4], [-1, 1, 3, 5])
    """
    if padding == "valid":
        return list(range(0, size - kernel + 1, stride))
    count = -(-size // stride)
    missing = max((count - 1) * stride + kernel - size, 0)
    return [k * stride - missing // 2 for k in range(count)]


def size_rule(size: int, kernel: int, stride: int, padding: str) -> str:
    """The rule of the output's size, with the numbers put in; arguments as `starts`."""
    count = len(starts(size, kernel, stride, padding))
    rule = f"{size} / {stride} rounded up"
    if padding == "valid":
        rule = f"({size} − {kernel}) / {stride} rounded down, + 1"
    return f"{padding}: {rule} = {count}. The output is {count} × {count}."


def draw_grids(
    pixels,
    numbers,
    size: int,
    kernel: int,
    stride: int,
    padding: str,
    row: int,
    column: int,
) -> None:
    """Draw the pixels with their rim of zeros, and the feature map.

    One number of the map and its region are orange. The more numbers look at a pixel,
    the bluer it is; a pixel that no number looks at is white.

    Args:
        pixels: matplotlib axis for the pixels.
        numbers: matplotlib axis for the feature map.
        size: pixels along each side.
        kernel: size of the kernel.
        stride: pixels from one region to the next.
        padding: "valid" or "same".
        row: of the number in orange.
        column: of the number in orange.
    """
    first = starts(size, kernel, stride, padding)
    low, high = min(first[0], 0), max(first[-1] + kernel, size)
    places = range(low, high)
    counts = [
        sum(start <= place < start + kernel for start in first) for place in places
    ]
    visits = np.outer(counts, counts)
    zero = {"ha": "center", "va": "center", "fontsize": 9, "color": "#555555"}
    for (y, x), count in np.ndenumerate(visits):
        y, x = y + low, x + low
        if 0 <= y < size and 0 <= x < size:
            _draw_square(pixels, y, x, SKY, 0.8 * count / visits.max())
        else:
            _draw_square(pixels, y, x, GREY, 0.2)
            pixels.text(x + 0.5, y + 0.5, "0", **zero)
    for y, x in np.ndindex(len(first), len(first)):
        _draw_square(numbers, y, x, BLUE, 0.35)
    _draw_square(numbers, row, column, ORANGE, 1)
    region = (first[row], first[column], ORANGE, 0)
    _draw_square(pixels, *region, side=kernel, edge=ORANGE, width=2.5)
    below = {"ha": "left", "va": "top", "fontsize": 10}
    pixels.text(low, high + 0.3, f"{size} × {size}", **below)
    n = len(first)
    numbers.text(0, n + 0.3, f"{n} × {n}", **below)
    for axis, start in ((pixels, low), (numbers, 0)):
        end = start + high - low + 0.2
        axis.set(xlim=(start - 0.2, end), ylim=(end, start - 0.2))
        axis.set(aspect="equal", anchor="NW")
        axis.set_axis_off()


def _draw_square(axis, y, x, colour, alpha, side=1, edge=GREY, width=0.6):
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    style = {"facecolor": to_rgba(colour, alpha), "edgecolor": edge}
    axis.add_patch(Rectangle((x, y), side, side, linewidth=width, **style))
