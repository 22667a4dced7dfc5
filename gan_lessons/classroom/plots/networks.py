"""What a network is and what it sees: blocks, kernels, feature maps."""

from collections.abc import Mapping, Sequence

import numpy as np

from gan_lessons.classroom.plots.faces import picture_axes, pixels
from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    hide_frame,
)
from gan_lessons.data import to_float

SIGNED = "coolwarm"  # red above 0, blue below, nearly white at 0

# The colours of blocks, by how their names begin; others are blue.
BLOCK_COLOURS = {
    "input": SKY,
    "transposed": ORANGE,
    "dense": GREEN,
    "flatten": GREY,
    "un-flatten": GREY,
}
LAYER_NAMES = {
    "Conv2D": "convolution",
    "Conv2DTranspose": "transposed convolution",
    "Dense": "dense",
    "Flatten": "flatten",
    "Reshape": "un-flatten",
    "UpSampling2D": "upsampling",
    "MaxPooling2D": "pooling",
    "AveragePooling2D": "pooling",
    "GlobalAveragePooling2D": "pooling",
}


def architecture(model, title: str | None = None) -> None:
    """A network as a row of blocks, each as high as its resolution.

    The more channels, the wider the block; a vector is a thin bar. Layers that keep the
    shape, such as activations, belong to the block before them.

    Args:
        model: a Keras model that is a chain of layers, or a list of blocks: (name,
            height, width, channels), for a vector of n numbers (name, 1, 1, n).
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    blocks = _blocks(model) if hasattr(model, "layers") else list(model)
    figure, axis = plt.subplots(figsize=(max(5, 1.45 * len(blocks)), 3.8))
    width = _draw_blocks(axis, blocks)
    axis.set(xlim=(-0.1, width), ylim=(-1.75, 2.15), aspect="equal")
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def mirrored(reads, paints, title: str | None = None) -> None:
    """Two networks one above the other, the second one drawn from right to left.

    Blocks as in `architecture`: layers of the same shape come to lie below each other
    if the second network is the mirror image of the first.

    Args:
        reads: a Keras model from pictures to a number, drawn from left to right.
        paints: a Keras model from numbers to pictures, drawn from right to left.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    above, below = _blocks(reads), _blocks(paints)[::-1]
    figure, axes = plt.subplots(2, 1, figsize=(max(5, 1.45 * len(above)), 6.6))
    directions = ("{} reads, from left to right →", "← {} paints, from right to left")
    for axis, blocks, model, words in zip(
        axes, (above, below), (reads, paints), directions
    ):
        width = _draw_blocks(axis, blocks)
        axis.set(xlim=(-0.1, width), ylim=(-1.75, 2.15), aspect="equal")
        axis.set_axis_off()
        axis.set_title(words.format(f"the {model.name}"), fontsize=11, loc="left")
    figure.suptitle(title)
    plt.show()


def _draw_blocks(axis, blocks):
    """Draw (name, height, width, channels) in a row; the width that they take."""
    tallest = max(max(height, width) for _, height, width, _ in blocks)
    deepest = max(channels for _, height, _, channels in blocks if height > 1)
    left = 0.0
    for name, height, width, channels in blocks:
        if height > 1 or width > 1:
            front = 0.05 + 1.1 * channels / deepest
            tall, back = 2 * height / tallest, 0.5 * width / tallest
            size = f"{height} × {width}\n× {channels}"
        else:  # a vector: the logarithm of its length
            longest = max(tallest**2, channels, 2)
            front, back = 0.07, 0.0
            tall = 0.12 + 1.28 * np.log(channels) / np.log(longest)
            size = f"{channels:,}\nnumber{'s' if channels > 1 else ''}"
        room = max(front + back, 1.25)
        colours = (BLOCK_COLOURS[key] for key in BLOCK_COLOURS if name.startswith(key))
        corner = left + (room - front - back) / 2
        _draw_block(axis, corner, front, tall, back, next(colours, BLUE))
        middle = left + room / 2
        words = name.replace(" ", "\n", 1)
        axis.text(middle, 1.66, words, ha="center", va="bottom", fontsize=9)
        axis.text(middle, -1.15, size, ha="center", va="top", fontsize=9)
        left += room + 0.15
    return left


def photo_to_names(
    model,
    photo: np.ndarray,
    names: Sequence[str],
    title: str = "From a photo to confidences: seven layers",
) -> None:
    """A classifier as a row of blocks, from one photo to its confidence in each name.

    Below each layer stand the shape of what it hands on and how many weights it has.

    Args:
        model: a Keras model that is a chain of layers and ends with a softmax.
        photo: (size, size, channels).
        names: of the classes.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    photo = pixels(photo)
    confidences = np.asarray(model(to_float(photo[None])))[0]
    height, width, channels = photo.shape
    blocks = [("photo", height, width, channels), *_blocks(model)[1:]]
    counts = [
        layer.count_params()
        for layer in model.layers
        if type(layer).__name__ in LAYER_NAMES
    ]
    deepest = max(deep for _, high, _, deep in blocks if high > 1)
    longest = max(deep for _, high, _, deep in blocks if high == 1)
    figure, axis = plt.subplots(figsize=(1.22 * len(blocks) + 1.8, 3.9))
    room = 1.45
    for i, (name, high, wide, deep) in enumerate(blocks):
        middle = i * room
        if i == 0:
            extent = (middle - 0.65, middle + 0.65, -0.65, 0.65)
            axis.imshow(photo.squeeze(), vmin=0, vmax=255, extent=extent, zorder=2)
            size = f"{high} × {wide}\n× {deep}"
        elif high > 1:
            tall = 1.5 * (high / height) ** 0.5  # so that 4 × 4 is more than a line
            front, back = 0.08 + 0.5 * deep / deepest, 0.3 * tall
            left = middle - (front + back) / 2
            _draw_block(axis, left, front, tall - back, back, BLUE)
            size = f"{high} × {wide}\n× {deep}"
        else:
            tall = 0.2 + 1.6 * np.log(deep) / np.log(longest)
            colour = GREY if name == "flatten" else GREEN
            _draw_block(axis, middle - 0.05, 0.1, tall, 0.0, colour)
            size = f"{deep:,}\nnumbers"
        if i:
            arrow = {"arrowstyle": "->", "color": GREY}
            start, end = (middle - 0.73, 0), (middle - 0.42, 0)
            axis.annotate("", end, start, arrowprops=arrow)
            words = f"{counts[i - 1]:,}\nweights" if counts[i - 1] else "no\nweights"
            axis.text(
                middle, -1.85, words, ha="center", va="top", fontsize=9, color=RED
            )
        axis.text(middle, 1.12, name, ha="center", va="bottom", fontsize=9)
        axis.text(middle, -1.15, size, ha="center", va="top", fontsize=9)
    right = (len(blocks) - 1) * room
    for k, (name, confidence) in enumerate(zip(names, confidences)):
        down = 0.35 * ((len(names) - 1) / 2 - k)
        words = f"→ {name}: {100 * confidence:.0f} %"
        axis.text(right + 0.25, down, words, va="center", fontsize=10)
    axis.text(right + 0.8, 1.12, "softmax", ha="center", va="bottom", fontsize=9)
    axis.set(xlim=(-0.8, right + 1.9), ylim=(-2.55, 1.5), aspect="equal")
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def who_learns(rows: Mapping[str, Sequence[str]], title: str | None = None) -> None:
    """Chains of boxes, one below the other: what learns is orange, what is fixed grey.

    Args:
        rows: {name of the chain: its boxes}; a box in *asterisks* learns, one in
            [brackets] is fixed, and any other is only data; the arrow points back from
            one that begins with "<".
        title: of the figure.

    Example:
        >>> who_learns({"search": ["*code*", "[generator]", "painting"]})
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    longest = max(len(boxes) for boxes in rows.values())
    width, height = 1.6 * longest + 1.6, 0.75 * len(rows) + 0.75
    figure, axis = plt.subplots(figsize=(width, height))
    for line, (name, boxes) in enumerate(rows.items()):
        axis.text(-0.55, -line, name, ha="right", va="center", fontsize=10)
        for place, box in enumerate(boxes):
            kind = {"*": ORANGE, "[": "#D0D0D0"}.get(box[0], "white")
            axis.add_patch(
                FancyBboxPatch(
                    (place - 0.36, -line - 0.27),
                    0.72,
                    0.54,
                    boxstyle="round,pad=0.02",
                    facecolor=kind,
                    edgecolor=GREY,
                )
            )
            axis.text(place, -line, box.strip("*[]<"), ha="center", va="center")
            if place:
                style = {"arrowstyle": "<-" if box[0] == "<" else "->"}
                ends = {"xy": (place - 0.4, -line), "xytext": (place - 0.6, -line)}
                axis.annotate("", **ends, arrowprops=style)
    key = "orange: learns · grey: fixed · white: data"
    axis.text(-0.4, -len(rows) + 0.35, key, va="center", fontsize=9, color="#555555")
    axis.set(xlim=(-1.7, longest - 0.5), ylim=(-len(rows) + 0.15, 0.45))
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def _blocks(model):
    """Name, height, width, channels of the input and of each change of shape."""
    shapes = [("input", model.input_shape)]
    for layer in model.layers:
        if name := LAYER_NAMES.get(type(layer).__name__):
            named = "dense, to the logit" if layer.name == "logit" else name
            shapes.append((named, layer.output.shape))
    return [
        (name, *shape[1:]) if len(shape) == 4 else (name, 1, 1, shape[1])
        for name, shape in shapes
    ]


def _draw_block(axis, x, front, tall, back, colour):
    """A box from x on, half of it above 0: its front, its top and its right side."""
    from matplotlib.patches import Polygon

    right, low, high = x + front, -tall / 2, tall / 2
    top = [(x, high), (x + back, high + back), (right + back, high + back)]
    side = [(right, low), (right + back, low + back), (right + back, high + back)]
    faces = {
        1.0: [(x, low), (right, low), (right, high), (x, high)],
        0.45: [*top, (right, high)],
        0.65: [*side, (right, high)],
    }
    for alpha, corners in faces.items():
        style = {"facecolor": colour, "edgecolor": "white", "linewidth": 0.8}
        axis.add_patch(Polygon(corners, alpha=alpha, **style))


def one_region(
    image: np.ndarray,
    kernel: np.ndarray,
    row: int,
    column: int,
    title: str = "One region, one kernel, one number",
) -> None:
    """How a kernel makes one number of the region that it lies on.

    Side by side: the image, the region, the kernel, the products and their sum; what
    can be negative is red above 0 and blue below.

    Args:
        image: (height, width), in [-1, 1].
        kernel: (size, size).
        row: of the region's top left pixel.
        column: of the region's top left pixel.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    image, kernel = np.asarray(image, "float64"), np.asarray(kernel, "float64")
    size = len(kernel)
    region = image[row : row + size, column : column + size]
    products = region * kernel + 0.0  # no -0
    strongest = max(np.abs(products).max(), 1e-9)
    figure, axes = plt.subplots(1, 5, figsize=(11, 2.6), width_ratios=(1, 1, 1, 1, 0.4))
    for axis, name, values, reach in (
        (axes[0], "photo", image, 1),
        (axes[1], "region", region, 1),
        (axes[2], "× kernel", kernel, max(np.abs(kernel).max(), 1e-9)),
        (axes[3], "products", products, strongest),
        (axes[4], "sum", products.sum().reshape(1, 1), strongest),
    ):
        grey = name in ("photo", "region")
        axis.imshow(values, cmap="gray" if grey else SIGNED, vmin=-reach, vmax=reach)
        axis.set(title=name)
        hide_frame(axis)
        if values is image:
            continue
        for (y, x), value in np.ndenumerate(values):
            dark = value < 0 if grey else abs(value) > 0.6 * reach
            text = f"{value:.2f}" if value % 1 else f"{value:.0f}"
            colour = "white" if dark else "black"
            axis.text(x, y, text, ha="center", va="center", fontsize=10, color=colour)
    corner = (column - 0.5, row - 0.5)
    axes[0].add_patch(
        Rectangle(corner, size, size, fill=False, edgecolor=YELLOW, linewidth=2)
    )
    figure.suptitle(title)
    plt.show()


def number_grids(
    grids: Sequence[np.ndarray],
    titles: Sequence[str],
    title: str | None = None,
    inches: float = 0.42,
) -> None:
    """Small arrays side by side, each number in its square: the larger, the darker.

    Args:
        grids: 2-D arrays, or 1-D for a single row.
        titles: what stands above each array.
        title: of the figure.
        inches: width of a square.
    """
    import matplotlib.pyplot as plt

    grids = [np.atleast_2d(grid) for grid in grids]
    top = max(np.abs(grid).max() for grid in grids)
    rows = max(len(grid) for grid in grids)
    widths = [
        max(grid.shape[1], 0.21 * len(name)) + 0.6 for grid, name in zip(grids, titles)
    ]
    figure, axes = plt.subplots(
        1,
        len(grids),
        squeeze=False,
        width_ratios=widths,
        figsize=(sum(widths) * inches, (rows + 0.8) * inches + 0.5),
    )
    for axis, grid, name, width in zip(axes[0], grids, titles, widths):
        for (row, column), number in np.ndenumerate(grid):
            share = abs(number) / top
            square = plt.Rectangle(
                (column, row),
                1,
                1,
                facecolor=plt.get_cmap("Blues")(0.03 + 0.77 * share),
                edgecolor=GREY,
                linewidth=0.6,
            )
            axis.add_patch(square)
            axis.text(
                column + 0.5,
                row + 0.5,
                f"{number:g}",
                ha="center",
                va="center",
                fontsize=10,
                color="white" if share > 0.75 else "black",
            )
        middle, down = grid.shape[1] / 2, grid.shape[0] / 2
        axis.text(middle, -0.2, name, ha="center", va="bottom", fontsize=10)
        axis.set(
            xlim=(middle - width / 2, middle + width / 2),
            ylim=(down + rows / 2 + 0.1, down - rows / 2 - 0.8),
            aspect="equal",
        )
        axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def painted_rows(
    kernels: Mapping[str, Sequence[float]],
    numbers: Sequence[float],
    stride: int = 2,
    title: str | None = None,
) -> None:
    """What a row of numbers paints with several kernels, each number in its colour.

    Every number paints a piece of the row, number × kernel; where pieces overlap they
    stand on each other, and the sum stands above.

    Args:
        kernels: {name: kernel (size,)}, nothing in it below 0.
        numbers: (n,), at least 0, at most six.
        stride: pixels from one piece to the next.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    colours = (BLUE, ORANGE, GREEN, SKY, PURPLE, YELLOW)
    figure, axes = plt.subplots(
        1,
        len(kernels),
        squeeze=False,
        sharey=True,
        figsize=(max(2.4 * len(kernels), 7), 2.7),
    )
    highest = 0.0
    for axis, (name, kernel) in zip(axes[0], kernels.items()):
        heights = np.zeros((len(numbers) - 1) * stride + len(kernel))
        for k, (number, colour) in enumerate(zip(numbers, colours)):
            places = np.arange(k * stride, k * stride + len(kernel))
            piece = number * np.asarray(kernel, float)
            style = {"color": colour, "edgecolor": "white", "linewidth": 0.6}
            axis.bar(places, piece, bottom=heights[places], width=0.92, **style)
            heights[places] += piece
        for place, height in enumerate(heights):
            text = f"{height:.3g}"
            axis.text(place, height, text, ha="center", va="bottom", fontsize=8)
        axis.set_title(name, fontsize=10)
        axis.set(xticks=range(0, len(heights), 2), xlabel="pixel")
        highest = max(highest, heights.max())
    axes[0, 0].set(ylabel="paint", ylim=(0, 1.15 * highest))
    figure.suptitle(title)
    plt.show()


def show_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str | None = None,
    map_inches: float = 1.25,
) -> None:
    """Feature maps in rows, on one scale: red above 0, blue below.

    Args:
        maps: n times (height, width).
        titles: what stands above each map, (n,).
        columns: maps per row, at most.
        title: of the figure.
        map_inches: width of a map.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one, "float32") for one in maps]
    head = 0.25 if titles is not None else 0.0
    size, margins = (map_inches, map_inches + head), (0.9, 0.4 if title else 0)
    figure, axes = picture_axes(len(maps), columns, size, margins)
    _draw_signed(figure, axes, axes.flat, maps)
    for axis, name in zip(axes.flat, titles or ()):
        axis.set_title(name, fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def _draw_signed(figure, bar_beside, axes, maps, numbers=False):
    """Maps on one scale, the same above and below 0, with a colour bar beside them."""
    reach = max(*(np.abs(one).max() for one in maps), 1e-9)
    style = {"cmap": SIGNED, "vmin": -reach, "vmax": reach, "interpolation": "nearest"}
    for axis, one in zip(axes, maps):
        shown = axis.imshow(one, **style)
        if not numbers:
            continue
        for (row, column), number in np.ndenumerate(one):
            text = f"{number + 0.0:.2f}".rstrip("0").rstrip(".")
            colour = "white" if abs(number) > 0.6 * reach else "black"
            axis.text(
                column,
                row,
                "0" if text == "-0" else text,
                ha="center",
                va="center",
                fontsize=9,
                color=colour,
            )
    figure.colorbar(shown, ax=bar_beside, shrink=0.85, aspect=14)


def signed_grids(
    grids: Sequence[np.ndarray],
    titles: Sequence[str],
    title: str | None = None,
    inches: float = 1.6,
) -> None:
    """Small arrays side by side, each number in its square: red above 0, blue below.

    Args:
        grids: n times (height, width); all have one scale.
        titles: what stands above each, (n,).
        title: of the figure.
        inches: width of an array.
    """
    import matplotlib.pyplot as plt

    size, margins = (inches, inches + 0.25), (0.9, 0.4 if title else 0)
    figure, axes = picture_axes(len(grids), len(grids), size, margins)
    _draw_signed(figure, axes, axes.flat, grids, numbers=True)
    for axis, name in zip(axes.flat, titles):
        axis.set_title(name, fontsize=10, pad=3)
    figure.suptitle(title)
    plt.show()


def named_maps(
    maps: Mapping[str, np.ndarray], title: str | None = None, map_inches: float = 1.7
) -> None:
    """One feature map per name, with its size, all on one scale.

    Args:
        maps: {name: feature map (1, height, width, 1)}.
        title: of the figure.
        map_inches: width of a map.
    """
    pictures = [np.asarray(one)[0, :, :, 0] for one in maps.values()]
    titles = [
        f"{name}\n{len(picture)} × {len(picture[0])}"
        for name, picture in zip(maps, pictures)
    ]
    show_maps(pictures, titles, title=title, map_inches=map_inches)


def kernels_before_and_after(
    before: np.ndarray, after: np.ndarray, title: str | None = None, count: int = 8
) -> None:
    """The kernels that training moved most, before, after, and the difference.

    Args:
        before: (size, size, 1, n), as a `Conv2D` that reads grey images has them.
        after: the same kernels later.
        title: of the figure.
        count: how many kernels are shown.
    """
    import matplotlib.pyplot as plt

    before, after = (np.moveaxis(one[:, :, 0], -1, 0) for one in (before, after))
    moved = np.abs(after - before).sum(axis=(1, 2))
    most = np.argsort(moved)[::-1][:count]
    rows = {"before": before, "after": after, "change": after - before}
    figure, axes = picture_axes(3 * count, count, (1.1, 1.1), (1.5, 0.5))
    kernels = [kernel for row in rows.values() for kernel in row[most]]
    _draw_signed(figure, axes, axes.flat, kernels)
    for axis, name in zip(axes[:, 0], rows):
        axis.set_ylabel(name)
    figure.suptitle(title)
    plt.show()


def heat_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str],
    title: str | None = None,
    colours: str = "cividis",
    low: float | None = None,
    high: float | None = None,
    inches: float = 2.6,
) -> None:
    """2-D arrays side by side in false colours, with pixels of one size.

    Args:
        maps: n times (height, width). Each has its own scale, unless `low` and `high`
            are given.
        titles: what stands above each, (n,).
        title: of the figure.
        colours: name of a matplotlib colour map.
        low: number that gets the first colour.
        high: number that gets the last colour.
        inches: height of the tallest array.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one) for one in maps]
    columns = [one.shape[1] for one in maps]
    width = inches * sum(columns) / max(len(one) for one in maps) + 0.1 * len(maps)
    figure, axes = plt.subplots(
        1,
        len(maps),
        squeeze=False,
        width_ratios=columns,
        figsize=(width, inches + 0.7),
    )
    for axis, one, name in zip(axes[0], maps, titles):
        least, most = one.min(), one.max()
        if most - least <= 1e-6:  # one number everywhere
            least, most = least - 1, least + 1
        axis.imshow(
            one,
            cmap=colours,
            vmin=least if low is None else low,
            vmax=most if high is None else high,
            interpolation="nearest",
        )
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color=GREY)
        axis.set_title(name, fontsize=10)
    figure.suptitle(title)
    plt.show()


def occlusion_maps(
    photos: np.ndarray,
    maps: np.ndarray,
    title: str | None = None,
    titles: Sequence[str] | None = None,
    label: str | None = None,
    patch: int = 16,
) -> None:
    """Photos and, below each, what a grey patch did there: red above 0, blue below.

    All maps share one scale. A frame on each photo shows where the patch did most.

    Args:
        photos: (n, size, size, channels).
        maps: (n, k · k), a number for each place of the patch's centre, row by row from
            border to border.
        title: of the figure.
        titles: what stands above each photo, (n,).
        label: of the colour bar.
        patch: side of the patch in pixels.
    """
    import matplotlib.pyplot as plt

    photos, maps = pixels(photos), np.asarray(maps)
    side = round((maps.size / len(photos)) ** 0.5)
    maps = maps.reshape(len(photos), side, side)
    reach = max(np.abs(maps).max(), 1e-9)
    size = photos.shape[1]
    gap = size / (side - 1)
    figure, axes = plt.subplots(
        2, len(photos), squeeze=False, figsize=(2 * len(photos) + 1.2, 4.4)
    )
    for photo, one, (above, below) in zip(photos, maps, axes.T):
        above.imshow(
            photo.squeeze(),
            vmin=0,
            vmax=255,
            interpolation="nearest",
            extent=(0, size, size, 0),
        )
        row, column = np.unravel_index(one.argmax(), one.shape)
        corner = (column * gap - patch / 2, row * gap - patch / 2)
        frame = plt.Rectangle(corner, patch, patch, fill=False, color=RED, linewidth=2)
        above.add_patch(frame)
        shown = below.imshow(
            one,
            vmin=-reach,
            vmax=reach,
            cmap="coolwarm",
            interpolation="nearest",
            extent=(-gap / 2, size + gap / 2, size + gap / 2, -gap / 2),
        )
        for axis in (above, below):
            hide_frame(axis)
            axis.set(xlim=(0, size), ylim=(size, 0))
    for axis, name in zip(axes[0], titles or [""] * len(photos)):
        axis.set_title(name, fontsize=10)
    figure.colorbar(shown, ax=axes[1].tolist(), label=label, shrink=0.9)
    figure.suptitle(title)
    plt.show()


def gan_diagram(title: str = "A GAN, and what each network learns from") -> None:
    """The generator and the discriminator as boxes, with what flows between them.

    Solid arrows are what is computed; dashed ones are the gradients of each turn.

    Args:
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(8.4, 2.9))
    for x, y, text, colour in (
        (2.6, 1.0, "G", ORANGE),
        (6.2, 1.5, "D", BLUE),
    ):
        style = {"boxstyle": "round,pad=0.55", "facecolor": colour, "edgecolor": "none"}
        axis.text(x, y, text, size=17, color="white", ha="center", bbox=style)
    for x, y, text in (
        (0.7, 1.08, "latent z"),
        (4.4, 1.08, "fake G(z)"),
        (4.4, 2.08, "photo x"),
        (8.3, 1.58, "D(x): how real?"),
    ):
        axis.text(x, y, text, ha="center", va="center")
    for start, end in (
        ((1.2, 1.08), (2.1, 1.08)),
        ((3.1, 1.08), (3.8, 1.08)),
        ((5.0, 1.12), (5.7, 1.5)),
        ((4.95, 2.04), (5.7, 1.72)),
        ((6.7, 1.58), (7.4, 1.58)),
    ):
        axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5})
    for start, end, bend, colour, text, place in (
        ((8.3, 1.75), (6.3, 2.0), 0.35, BLUE, "gradient of D's loss", (7.6, 2.6)),
        (
            (8.3, 1.4),
            (2.6, 0.75),
            -0.3,
            ORANGE,
            "gradient of G's loss, back through D",
            (5.6, 0.02),
        ),
    ):
        arrow = {"arrowstyle": "->", "lw": 1.8, "linestyle": "--", "color": colour}
        arrow["connectionstyle"] = f"arc3,rad={bend}"
        axis.annotate("", end, start, arrowprops=arrow)
        axis.text(*place, text, color=colour, ha="center", va="center")
    axis.set(xlim=(0, 9.4), ylim=(-0.2, 2.8))
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()
