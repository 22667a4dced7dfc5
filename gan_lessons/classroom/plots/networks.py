"""What a network is and what it sees: blocks, kernels, feature maps."""

import numpy as np

from gan_lessons.classroom.plots.faces import pixels
from gan_lessons.classroom.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SKY


def architecture(model, title=None):
    """A network as a row of blocks: as high as the resolution, as wide as there are channels; a vector is a thin bar.

    `model`: a Keras model that is a chain of layers, or a list of (name, height, width, channels). A vector of n
    numbers is (name, 1, 1, n). Layers that keep the shape, such as activations, are drawn as part of the block before.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Polygon, Rectangle

    blocks = _blocks(model) if hasattr(model, "layers") else list(model)
    tallest, deepest = (
        max(max(block[1:3]) for block in blocks),
        max(block[3] for block in blocks if block[1] > 1),
    )
    figure, axis = plt.subplots(figsize=(max(5, 1.45 * len(blocks)), 3.8))
    left = 0.0
    for name, height, width, channels in blocks:
        picture = height > 1 or width > 1
        if picture:
            front, tall, back = (
                0.05 + 1.1 * channels / deepest,
                2 * height / tallest,
                0.5 * width / tallest,
            )
        else:  # a vector: the logarithm of its length
            front, tall, back = (
                0.07,
                0.12 + 1.88 * np.log(channels) / np.log(max(tallest**2, channels, 2)),
                0.0,
            )
        colour = {
            "input": SKY,
            "decon": ORANGE,
            "dense": GREEN,
            "flatt": GREY,
            "un-fl": GREY,
        }.get(name[:5], BLUE)
        room = max(front + back, 1.25)
        x, y = left + (room - front - back) / 2, -tall / 2
        axis.add_patch(
            Rectangle(
                (x, y), front, tall, facecolor=colour, edgecolor="white", linewidth=0.8
            )
        )
        for corners, alpha in (
            (
                [
                    (x, -y),
                    (x + back, -y + back),
                    (x + front + back, -y + back),
                    (x + front, -y),
                ],
                0.45,
            ),
            (
                [
                    (x + front, y),
                    (x + front + back, y + back),
                    (x + front + back, -y + back),
                    (x + front, -y),
                ],
                0.65,
            ),
        ):
            axis.add_patch(
                Polygon(
                    corners,
                    facecolor=colour,
                    edgecolor="white",
                    linewidth=0.8,
                    alpha=alpha,
                )
            )
        middle = left + room / 2
        axis.text(
            middle,
            1.66,
            name.replace(" ", "\n", 1),
            ha="center",
            va="bottom",
            fontsize=9,
        )
        size = (
            f"{height} × {width}\n× {channels}"
            if picture
            else f"{channels:,}\nnumber{'s' if channels > 1 else ''}"
        )
        axis.text(middle, -1.15, size, ha="center", va="top", fontsize=9)
        left += room + 0.15
    axis.set(xlim=(-0.1, left), ylim=(-1.75, 2.15), aspect="equal")
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def _blocks(model):
    """What `architecture` draws of a Keras model: (name, height, width, channels) for the input and each change of shape."""
    names = {
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
    shapes = [("input", model.input_shape)] + [
        (names[type(layer).__name__], layer.output.shape)
        for layer in model.layers
        if type(layer).__name__ in names
    ]
    return [
        (name, *shape[1:]) if len(shape) == 4 else (name, 1, 1, shape[1])
        for name, shape in shapes
    ]


def one_region(image, kernel, row, column, title="One region, one kernel, one number"):
    """Where a kernel lies on an image (height, width), the region under it, the kernel, the products place by place, their sum."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    image, kernel = np.asarray(image, "float64"), np.asarray(kernel, "float64")
    size = len(kernel)
    region = image[row : row + size, column : column + size]
    products = region * kernel + 0.0  # no -0
    figure, axes = plt.subplots(1, 5, figsize=(11, 2.6), width_ratios=(1, 1, 1, 1, 0.4))
    panels = (
        ("photo", image),
        ("region", region),
        ("× kernel", kernel),
        ("products", products),
        ("sum", products.sum().reshape(1, 1)),
    )
    for axis, (name, values) in zip(axes, panels):
        grey = name in ("photo", "region")
        reach = (
            1
            if grey
            else max(np.abs(products if name == "sum" else values).max(), 1e-9)
        )
        axis.imshow(values, cmap="gray" if grey else "PuOr", vmin=-reach, vmax=reach)
        for (y, x), value in np.ndenumerate(
            values if values is not image else np.empty((0, 0))
        ):
            dark = value < 0 if grey else abs(value) > 0.6 * reach
            axis.text(
                x,
                y,
                f"{value:.2f}" if value % 1 else f"{value:.0f}",
                ha="center",
                va="center",
                fontsize=10,
                color="white" if dark else "black",
            )
        axis.set(xticks=[], yticks=[], title=name)
        axis.spines[:].set_visible(False)
    axes[0].add_patch(
        Rectangle(
            (column - 0.5, row - 0.5),
            size,
            size,
            fill=False,
            edgecolor=RED,
            linewidth=2,
        )
    )
    figure.suptitle(title)
    plt.show()


def number_grids(grids, titles, title=None, inches=0.42):
    """Small 2-D arrays side by side, each number written in its square; the darker, the larger."""
    import matplotlib.pyplot as plt

    grids = [np.atleast_2d(grid) for grid in grids]
    top, rows = (
        max(np.abs(grid).max() for grid in grids),
        max(grid.shape[0] for grid in grids),
    )
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
        for row, column in np.ndindex(*grid.shape):
            share = abs(grid[row, column]) / top
            axis.add_patch(
                plt.Rectangle(
                    (column, row),
                    1,
                    1,
                    facecolor=plt.cm.Blues(0.03 + 0.77 * share),
                    edgecolor=GREY,
                    linewidth=0.6,
                )
            )
            axis.text(
                column + 0.5,
                row + 0.5,
                f"{grid[row, column]:g}",
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


def show_maps(maps, titles=None, columns=8, title=None, map_inches=1.25):
    """Feature maps (n, height, width): purple where the kernel answers with a plus, orange with a minus, white for 0."""
    import matplotlib.pyplot as plt

    maps = [np.asarray(one, "float32") for one in maps]
    rows, columns = -(-len(maps) // columns), min(columns, len(maps))
    head = 0.25 if titles is not None else 0.0
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(
            columns * map_inches,
            rows * (map_inches + head) + (0.4 if title else 0),
        ),
    )
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(maps):
            reach = max(np.abs(maps[i]).max(), 1e-9)
            axis.imshow(
                maps[i], cmap="PuOr", vmin=-reach, vmax=reach, interpolation="nearest"
            )
            if titles is not None:
                axis.set_title(titles[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def heat_maps(
    maps,
    titles,
    title=None,
    colours="cividis",
    low=None,
    high=None,
    bar=None,
    inches=2.6,
):
    """2-D arrays side by side as pictures in false colours, the pixels of all equally large, the tallest `inches` high.

    `bar` names a colour bar, with one scale for all; without it and without `low` and `high` each has its own scale.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one) for one in maps]
    if bar is not None:
        low, high = min(one.min() for one in maps), max(one.max() for one in maps)
    columns, tallest = [one.shape[1] for one in maps], max(one.shape[0] for one in maps)
    figure, axes = plt.subplots(
        1,
        len(maps),
        squeeze=False,
        width_ratios=columns,
        figsize=(
            inches * sum(columns) / tallest
            + (0.9 if bar is not None else 0.1 * len(maps)),
            inches + 0.7,
        ),
    )
    for axis, one, name in zip(axes[0], maps, titles):
        own = (
            (one.min(), one.max())
            if np.ptp(one) > 1e-6
            else (one.min() - 1, one.min() + 1)
        )
        drawn = axis.imshow(
            one,
            cmap=colours,
            vmin=own[0] if low is None else low,
            vmax=own[1] if high is None else high,
            interpolation="nearest",
        )
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color=GREY)
        axis.set_title(name, fontsize=10)
    if bar is not None:
        values = np.unique(np.concatenate([one.ravel() for one in maps]))
        figure.colorbar(
            drawn,
            ax=axes[0],
            label=bar,
            shrink=0.8,
            ticks=values if len(values) <= 6 else None,
        )
    figure.suptitle(title)
    plt.show()


def occlusion_maps(
    photos, maps, title=None, titles=None, label=None, limits=(None, None)
):
    """Photos and, below each, the map of what a grey patch did there; bright is where it did most.

    maps: (n, k, k), a number for each place of the patch's centre, from border to border; all share one scale.
    """
    import matplotlib.pyplot as plt

    photos, maps = pixels(photos), np.asarray(maps)
    size, (low, high) = (
        photos.shape[1],
        (
            given if given is not None else found
            for given, found in zip(limits, (maps.min(), maps.max()))
        ),
    )
    half = size / (maps.shape[1] - 1) / 2
    figure, axes = plt.subplots(
        2, len(photos), squeeze=False, figsize=(1.7 * len(photos) + 1.1, 3.9)
    )
    for i, (above, below) in enumerate(axes.T):
        above.imshow(
            photos[i].squeeze(),
            vmin=0,
            vmax=255,
            interpolation="nearest",
            extent=(0, size, size, 0),
        )
        above.set_title(titles[i] if titles else "", fontsize=10)
        below.imshow(
            photos[i].squeeze(),
            vmin=0,
            vmax=255,
            interpolation="nearest",
            extent=(0, size, size, 0),
        )
        shown = below.imshow(
            maps[i],
            vmin=low,
            vmax=high,
            cmap="viridis",
            alpha=0.6,
            extent=(-half, size + half, size + half, -half),
        )
        for axis in (above, below):
            axis.set(xticks=[], yticks=[], xlim=(0, size), ylim=(size, 0))
            axis.spines[:].set_visible(False)
    figure.colorbar(shown, ax=axes[1].tolist(), label=label, shrink=0.9)
    figure.suptitle(title)
    plt.show()
