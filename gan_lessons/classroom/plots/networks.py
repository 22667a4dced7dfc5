"""What a network is and what it sees: blocks, kernels, feature maps."""

from collections.abc import Mapping, Sequence

import numpy as np

from gan_lessons.classroom.plots.faces import picture_axes, pixels
from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    hide_frame,
)

# The colours of blocks, by how their names begin; others are blue.
BLOCK_COLOURS = {
    "input": SKY,
    "deconvolution": ORANGE,
    "dense": GREEN,
    "flatten": GREY,
    "un-flatten": GREY,
}
LAYER_NAMES = {
    "Conv2D": "convolution",
    "Conv2DTranspose": "deconvolution",
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
    tallest = max(max(height, width) for _, height, width, _ in blocks)
    deepest = max(channels for _, height, _, channels in blocks if height > 1)
    figure, axis = plt.subplots(figsize=(max(5, 1.45 * len(blocks)), 3.8))
    left = 0.0
    for name, height, width, channels in blocks:
        if height > 1 or width > 1:
            front = 0.05 + 1.1 * channels / deepest
            tall, back = 2 * height / tallest, 0.5 * width / tallest
            size = f"{height} × {width}\n× {channels}"
        else:  # a vector: the logarithm of its length
            longest = max(tallest**2, channels, 2)
            front, back = 0.07, 0.0
            tall = 0.12 + 1.88 * np.log(channels) / np.log(longest)
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
    axis.set(xlim=(-0.1, left), ylim=(-1.75, 2.15), aspect="equal")
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
            shapes.append((name, layer.output.shape))
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

    Side by side: the image, the region, the kernel, the products and their sum.

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
        axis.imshow(values, cmap="gray" if grey else "PuOr", vmin=-reach, vmax=reach)
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
        Rectangle(corner, size, size, fill=False, edgecolor=RED, linewidth=2)
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


def show_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str | None = None,
    map_inches: float = 1.25,
) -> None:
    """Feature maps in rows: purple above 0, orange below, white at 0.

    Args:
        maps: n times (height, width), each drawn on a scale of its own.
        titles: what stands above each map, (n,).
        columns: maps per row, at most.
        title: of the figure.
        map_inches: width of a map.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one, "float32") for one in maps]
    head = 0.25 if titles is not None else 0.0
    size, margins = (map_inches, map_inches + head), (0, 0.4 if title else 0)
    figure, axes = picture_axes(len(maps), columns, size, margins)
    for i, (axis, one) in enumerate(zip(axes.flat, maps)):
        reach = max(np.abs(one).max(), 1e-9)
        axis.imshow(one, cmap="PuOr", vmin=-reach, vmax=reach, interpolation="nearest")
        if titles is not None:
            axis.set_title(titles[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def named_maps(
    maps: Mapping[str, np.ndarray], title: str | None = None, map_inches: float = 1.7
) -> None:
    """One feature map per name, with its size.

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


def kernels_and_maps(
    kernels: np.ndarray,
    maps: np.ndarray,
    names: Sequence[str] | None = None,
    title: str | None = None,
) -> None:
    """The kernels of a convolution, and below each the feature map it makes.

    Args:
        kernels: (size, size, 1, n), as a `Conv2D` that reads grey images has them.
        maps: what they make of one image, (1, height, width, n).
        names: one per kernel.
        title: of the figure.
    """
    kernels = np.moveaxis(kernels[:, :, 0], -1, 0)
    maps = np.moveaxis(np.asarray(maps)[0], -1, 0)
    show_maps(
        [*kernels, *maps],
        None if names is None else [*names, *["its map"] * len(maps)],
        columns=len(maps),
        title=title,
        map_inches=min(1.8, 10 / len(maps)),
    )


def heat_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str],
    title: str | None = None,
    colours: str = "cividis",
    low: float | None = None,
    high: float | None = None,
    bar: str | None = None,
    inches: float = 2.6,
) -> None:
    """2-D arrays side by side in false colours, with pixels of one size.

    Args:
        maps: n times (height, width). Each has its own scale, unless `low` and `high`,
            or `bar`, are given.
        titles: what stands above each, (n,).
        title: of the figure.
        colours: name of a matplotlib colour map.
        low: number that gets the first colour.
        high: number that gets the last colour.
        bar: label of a colour bar; with it all arrays have one scale.
        inches: height of the tallest array.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one) for one in maps]
    if bar is not None:
        low, high = min(one.min() for one in maps), max(one.max() for one in maps)
    columns = [one.shape[1] for one in maps]
    margin = 0.1 * len(maps) if bar is None else 0.9
    width = inches * sum(columns) / max(len(one) for one in maps) + margin
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
        drawn = axis.imshow(
            one,
            cmap=colours,
            vmin=least if low is None else low,
            vmax=most if high is None else high,
            interpolation="nearest",
        )
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color=GREY)
        axis.set_title(name, fontsize=10)
    if bar is not None:
        values = np.unique(np.concatenate([one.ravel() for one in maps]))
        ticks = values if len(values) <= 6 else None
        figure.colorbar(drawn, ax=axes[0], label=bar, shrink=0.8, ticks=ticks)
    figure.suptitle(title)
    plt.show()


def occlusion_maps(
    photos: np.ndarray,
    maps: np.ndarray,
    title: str | None = None,
    titles: Sequence[str] | None = None,
    label: str | None = None,
    limits: tuple[float | None, float | None] = (None, None),
) -> None:
    """Photos and, below each, what a grey patch did there: most where it is bright.

    Args:
        photos: (n, size, size, channels).
        maps: (n, k · k), a number for each place of the patch's centre, row by row from
            border to border.
        title: of the figure.
        titles: what stands above each photo, (n,).
        label: of the colour bar.
        limits: lowest and highest number of the scale, which all maps share; None for
            that of the maps.
    """
    import matplotlib.pyplot as plt

    photos, maps = pixels(photos), np.asarray(maps)
    side = round((maps.size / len(photos)) ** 0.5)
    maps = maps.reshape(len(photos), side, side)
    low = maps.min() if limits[0] is None else limits[0]
    high = maps.max() if limits[1] is None else limits[1]
    size = photos.shape[1]
    half = size / (side - 1) / 2
    figure, axes = plt.subplots(
        2, len(photos), squeeze=False, figsize=(1.7 * len(photos) + 1.1, 3.9)
    )
    for photo, one, (above, below) in zip(photos, maps, axes.T):
        for axis in (above, below):
            axis.imshow(
                photo.squeeze(),
                vmin=0,
                vmax=255,
                interpolation="nearest",
                extent=(0, size, size, 0),
            )
        shown = below.imshow(
            one,
            vmin=low,
            vmax=high,
            cmap="viridis",
            alpha=0.6,
            extent=(-half, size + half, size + half, -half),
        )
        for axis in (above, below):
            hide_frame(axis)
            axis.set(xlim=(0, size), ylim=(size, 0))
    for axis, name in zip(axes[0], titles or [""] * len(photos)):
        axis.set_title(name, fontsize=10)
    figure.colorbar(shown, ax=axes[1].tolist(), label=label, shrink=0.9)
    figure.suptitle(title)
    plt.show()
