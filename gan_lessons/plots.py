"""The figures of the lessons. Each function draws one figure and shows it; the cell that calls it says what to see.

Images are uint8 (n, size, size, channels), or float in [-1, 1].
"""

import numpy as np

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, GREY, PURPLE, SKY, YELLOW = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999", "#CC79A7", "#56B4E9", "#F0E442")


def set_style():
    """One look for all figures of the course."""
    import matplotlib
    from cycler import cycler

    _store_small()
    matplotlib.rcParams.update({
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]), "axes.spines.top": False,
        "axes.spines.right": False, "axes.titlesize": 11, "figure.titlesize": 12, "axes.labelsize": 10, "figure.dpi": 80,
        "savefig.dpi": 80, "image.cmap": "gray", "legend.frameon": False, "figure.constrained_layout.use": True,
    })


def tile(images, columns):
    """Images (n, size, size, channels) as one picture of rows: uint8 (rows · size, columns · size[, 3])."""
    images = _pixels(images)
    n, height, width = images.shape[:3]
    rows = -(-n // columns)
    blank = np.full((rows * columns - n, *images.shape[1:]), 255, "uint8")
    grid = np.concatenate([images, blank]).reshape(rows, columns, *images.shape[1:])
    return grid.swapaxes(1, 2).reshape(rows * height, columns * width, -1).squeeze()


def show_faces(images, titles=None, columns=8, title=None, row_labels=None, face_inches=1.2):
    """Faces in rows of `columns`, with a short title above each and a name at the left of each row."""
    import matplotlib.pyplot as plt

    images = _pixels(images)
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    head = 0.25 if titles is not None else 0.0
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * face_inches + (0.9 if row_labels else 0),
                                                                      rows * (face_inches + head) + (0.4 if title else 0)))
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(images):
            axis.imshow(images[i].squeeze(), vmin=0, vmax=255, interpolation="nearest")
            if titles is not None:
                axis.set_title(titles[i], fontsize=9, pad=3)
            if row_labels and i % columns == 0:
                axis.set_ylabel(row_labels[i // columns], rotation=0, ha="right", va="center", fontsize=9)
    figure.suptitle(title)
    plt.show()


def confidence_bars(image, confidences, names, title=None, truth=None):
    """A photo and, beside it, a network's confidence for each name; the bar of the truth, if given, is green."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(6, 2.2), width_ratios=(1, 2))
    left.imshow(_pixels(image[None])[0].squeeze(), vmin=0, vmax=255)
    left.set_axis_off()
    colours = [GREEN if i == truth else BLUE for i in range(len(names))]
    bars = right.barh(range(len(names)), np.asarray(confidences), color=colours)
    right.bar_label(bars, [f"{100 * c:.0f} %" for c in confidences], padding=3)
    right.set(xlim=(0, 1.15), xticks=(0, 0.5, 1), yticks=range(len(names)), yticklabels=names, xlabel="confidence")
    right.invert_yaxis()
    figure.suptitle(title)
    plt.show()


def curves(history, names=None, title=None, xlabel="epoch", ylabel=None, labels=None, level=None, log=False):
    """Lines over the epochs. `history`: a dict of lists, such as `fit(...).history`; `level`: a dashed line to compare with."""
    import matplotlib.pyplot as plt

    names = names or [name for name in history if name != "epoch"]
    figure, axis = plt.subplots(figsize=(7, 2.8))
    for name, label in zip(names, labels or names):
        axis.plot(history.get("epoch", np.arange(1, len(history[name]) + 1)), history[name], label=label)
    if level is not None:
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if log:
        axis.set_yscale("log")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def timeline(epochs, frames, verdicts=None, rows=8, columns=8, title="The same latents, while the generator learns", face_inches=1.1):
    """One row per moment, one column per latent; under each face what the discriminator says of it."""
    import matplotlib.pyplot as plt

    # Moments as far apart as one can see a change: first to last on a logarithmic scale.
    wanted = np.geomspace(1, max(epochs[-1], 2), rows - 1)
    picked = sorted({0} | {int(np.abs(np.asarray(epochs) - moment).argmin()) for moment in wanted})
    columns = min(columns, len(frames[0]))
    figure, axes = plt.subplots(len(picked), columns, squeeze=False, figsize=(columns * face_inches + 0.7, len(picked) * (face_inches + (0.2 if verdicts is not None else 0.02)) + 0.4))
    for row, k in zip(axes, picked):
        for i, axis in enumerate(row):
            axis.imshow(frames[k][i].squeeze(), vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if verdicts is not None:
                axis.set_xlabel(f"{100 * verdicts[k][i]:.0f} % real", fontsize=8, labelpad=2)
        row[0].set_ylabel(f"epoch {epochs[k]}", rotation=0, ha="right", va="center", fontsize=9)
    figure.suptitle(title)
    plt.show()


def architecture(model, title=None):
    """A network as a row of blocks: as high as the resolution, as wide as there are channels; a vector is a thin bar.

    `model`: a Keras model that is a chain of layers, or a list of (name, height, width, channels). A vector of n
    numbers is (name, 1, 1, n). Layers that keep the shape, such as activations, are drawn as part of the block before.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Polygon, Rectangle

    blocks = _blocks(model) if hasattr(model, "layers") else list(model)
    tallest, deepest = max(max(block[1:3]) for block in blocks), max(block[3] for block in blocks if block[1] > 1)
    figure, axis = plt.subplots(figsize=(max(5, 1.45 * len(blocks)), 3.8))
    left = 0.0
    for name, height, width, channels in blocks:
        picture = height > 1 or width > 1
        if picture:
            front, tall, back = 0.05 + 1.1 * channels / deepest, 2 * height / tallest, 0.5 * width / tallest
        else:  # a vector: the logarithm of its length
            front, tall, back = 0.07, 0.12 + 1.88 * np.log(channels) / np.log(max(tallest**2, channels, 2)), 0.0
        colour = {"input": SKY, "decon": ORANGE, "dense": GREEN, "flatt": GREY, "un-fl": GREY}.get(name[:5], BLUE)
        room = max(front + back, 1.25)
        x, y = left + (room - front - back) / 2, -tall / 2
        axis.add_patch(Rectangle((x, y), front, tall, facecolor=colour, edgecolor="white", linewidth=0.8))
        for corners, alpha in (([(x, -y), (x + back, -y + back), (x + front + back, -y + back), (x + front, -y)], 0.45),
                               ([(x + front, y), (x + front + back, y + back), (x + front + back, -y + back), (x + front, -y)], 0.65)):
            axis.add_patch(Polygon(corners, facecolor=colour, edgecolor="white", linewidth=0.8, alpha=alpha))
        middle = left + room / 2
        axis.text(middle, 1.66, name.replace(" ", "\n", 1), ha="center", va="bottom", fontsize=9)
        size = f"{height} × {width}\n× {channels}" if picture else f"{channels:,}\nnumber{'s' if channels > 1 else ''}"
        axis.text(middle, -1.15, size, ha="center", va="top", fontsize=9)
        left += room + 0.15
    axis.set(xlim=(-0.1, left), ylim=(-1.75, 2.15), aspect="equal")
    axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def _blocks(model):
    """What `architecture` draws of a Keras model: (name, height, width, channels) for the input and each change of shape."""
    names = {"Conv2D": "convolution", "Conv2DTranspose": "deconvolution", "Dense": "dense", "Flatten": "flatten", "Reshape": "un-flatten",
             "UpSampling2D": "upsampling", "MaxPooling2D": "pooling", "AveragePooling2D": "pooling", "GlobalAveragePooling2D": "pooling"}
    shapes = [("input", model.input_shape)] + [(names[type(layer).__name__], layer.output.shape) for layer in model.layers
                                               if type(layer).__name__ in names]
    return [(name, *shape[1:]) if len(shape) == 4 else (name, 1, 1, shape[1]) for name, shape in shapes]


def one_region(image, kernel, row, column, title="One region, one kernel, one number"):
    """Where a kernel lies on an image (height, width), the region under it, the kernel, the products place by place, their sum."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    image, kernel = np.asarray(image, "float64"), np.asarray(kernel, "float64")
    size = len(kernel)
    region = image[row : row + size, column : column + size]
    products = region * kernel + 0.0  # no -0
    figure, axes = plt.subplots(1, 5, figsize=(11, 2.6), width_ratios=(1, 1, 1, 1, 0.4))
    panels = (("photo", image), ("region", region), ("× kernel", kernel), ("= products", products), ("sum", products.sum().reshape(1, 1)))
    for axis, (name, values) in zip(axes, panels):
        grey = name in ("photo", "region")
        reach = 1 if grey else max(np.abs(products if name == "sum" else values).max(), 1e-9)
        axis.imshow(values, cmap="gray" if grey else "PuOr", vmin=-reach, vmax=reach)
        for (y, x), value in np.ndenumerate(values if values is not image else np.empty((0, 0))):
            dark = value < 0 if grey else abs(value) > 0.6 * reach
            axis.text(x, y, f"{value:.2f}" if value % 1 else f"{value:.0f}", ha="center", va="center", fontsize=10, color="white" if dark else "black")
        axis.set(xticks=[], yticks=[], title=name)
        axis.spines[:].set_visible(False)
    axes[0].add_patch(Rectangle((column - 0.5, row - 0.5), size, size, fill=False, edgecolor=RED, linewidth=2))
    figure.suptitle(title)
    plt.show()


def show_maps(maps, titles=None, columns=8, title=None, map_inches=1.25):
    """Feature maps (n, height, width): purple where the kernel answers with a plus, orange with a minus, white for 0."""
    import matplotlib.pyplot as plt

    maps = [np.asarray(one, "float32") for one in maps]
    rows, columns = -(-len(maps) // columns), min(columns, len(maps))
    head = 0.25 if titles is not None else 0.0
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * map_inches, rows * (map_inches + head) + (0.4 if title else 0)))
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(maps):
            reach = max(np.abs(maps[i]).max(), 1e-9)
            axis.imshow(maps[i], cmap="PuOr", vmin=-reach, vmax=reach, interpolation="nearest")
            if titles is not None:
                axis.set_title(titles[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def number_grids(grids, titles, title=None, inches=0.42):
    """Small 2-D arrays side by side, each number written in its square; the darker, the larger."""
    import matplotlib.pyplot as plt

    grids = [np.atleast_2d(grid) for grid in grids]
    top, rows = max(np.abs(grid).max() for grid in grids), max(grid.shape[0] for grid in grids)
    widths = [max(grid.shape[1], 0.21 * len(name)) + 0.6 for grid, name in zip(grids, titles)]
    figure, axes = plt.subplots(1, len(grids), squeeze=False, width_ratios=widths, figsize=(sum(widths) * inches, (rows + 0.8) * inches + 0.5))
    for axis, grid, name, width in zip(axes[0], grids, titles, widths):
        for row, column in np.ndindex(*grid.shape):
            share = abs(grid[row, column]) / top
            axis.add_patch(plt.Rectangle((column, row), 1, 1, facecolor=plt.cm.Blues(0.03 + 0.77 * share), edgecolor=GREY, linewidth=0.6))
            axis.text(column + 0.5, row + 0.5, f"{grid[row, column]:g}", ha="center", va="center", fontsize=10, color="white" if share > 0.75 else "black")
        middle, down = grid.shape[1] / 2, grid.shape[0] / 2
        axis.text(middle, -0.2, name, ha="center", va="bottom", fontsize=10)
        axis.set(xlim=(middle - width / 2, middle + width / 2), ylim=(down + rows / 2 + 0.1, down - rows / 2 - 0.8), aspect="equal")
        axis.set_axis_off()
    figure.suptitle(title)
    plt.show()


def heat_maps(maps, titles, title=None, colours="cividis", low=None, high=None, bar=None, inches=2.6):
    """2-D arrays side by side as pictures in false colours, the pixels of all equally large, the tallest `inches` high.

    `bar` names a colour bar, with one scale for all; without it and without `low` and `high` each has its own scale.
    """
    import matplotlib.pyplot as plt

    maps = [np.asarray(one) for one in maps]
    if bar is not None:
        low, high = min(one.min() for one in maps), max(one.max() for one in maps)
    columns, tallest = [one.shape[1] for one in maps], max(one.shape[0] for one in maps)
    figure, axes = plt.subplots(1, len(maps), squeeze=False, width_ratios=columns,
                                figsize=(inches * sum(columns) / tallest + (0.9 if bar is not None else 0.1 * len(maps)), inches + 0.7))
    for axis, one, name in zip(axes[0], maps, titles):
        own = (one.min(), one.max()) if np.ptp(one) > 1e-6 else (one.min() - 1, one.min() + 1)
        drawn = axis.imshow(one, cmap=colours, vmin=own[0] if low is None else low, vmax=own[1] if high is None else high, interpolation="nearest")
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color=GREY)
        axis.set_title(name, fontsize=10)
    if bar is not None:
        values = np.unique(np.concatenate([one.ravel() for one in maps]))
        figure.colorbar(drawn, ax=axes[0], label=bar, shrink=0.8, ticks=values if len(values) <= 6 else None)
    figure.suptitle(title)
    plt.show()


def show_verdicts(images, confidences, names=None, title=None, columns=8):
    """Pictures in rows of `columns`, with a name above each and below it how real a discriminator finds it, 0 to 1."""
    import matplotlib.pyplot as plt

    images, confidences = _pixels(images), np.ravel(confidences)
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * 1.25, rows * (1.5 if names is None else 1.8) + (0.4 if title else 0)))
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(images):
            axis.imshow(images[i].squeeze(), vmin=0, vmax=255, interpolation="nearest")
            axis.set_xlabel(f"{100 * confidences[i]:.0f} % real", fontsize=10, labelpad=3, color=BLUE if confidences[i] > 0.5 else RED)
            if names is not None:
                axis.set_title(names[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def turned_dials(turns, title=None):
    """How far each dial of a network was turned by one step: a histogram with a logarithmic count."""
    import matplotlib.pyplot as plt

    turns = np.asarray(turns)
    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(turns, bins=101, color=BLUE)
    axis.axvline(0, color=GREY, linestyle="--", linewidth=1)
    axis.set(yscale="log", xlabel="how far the dial was turned", ylabel="number of dials", title=title)
    plt.show()


def confusion(matrix, names, title=None, numbers=True):
    """A confusion matrix: a row for who it is, a column for who the network said, the count in each cell."""
    import matplotlib.pyplot as plt

    side, every = (3.2, 1) if numbers else (5.2, 3)
    figure, axis = plt.subplots(figsize=(side + 1, side))
    axis.imshow(matrix, cmap="Blues", vmin=0, vmax=1.5 * max(np.max(matrix), 1))
    if numbers:
        for (row, column), count in np.ndenumerate(matrix):
            axis.text(column, row, count, ha="center", va="center", fontsize=12)
    ticks = range(0, len(names), every)
    labels = [names[i] for i in ticks]
    axis.set(xticks=ticks, yticks=ticks, yticklabels=labels, xlabel="the network said", ylabel="it is", title=title)
    axis.set_xticklabels(labels, rotation=0 if numbers else 90)
    axis.spines[:].set_visible(False)
    plt.show()


def occlusion_maps(photos, maps, title=None, titles=None, label=None, limits=(None, None)):
    """Photos and, below each, the map of what a grey patch did there; bright is where it did most.

    maps: (n, k, k), a number for each place of the patch's centre, from border to border; all share one scale.
    """
    import matplotlib.pyplot as plt

    photos, maps = _pixels(photos), np.asarray(maps)
    size, (low, high) = photos.shape[1], (given if given is not None else found for given, found in zip(limits, (maps.min(), maps.max())))
    half = size / (maps.shape[1] - 1) / 2
    figure, axes = plt.subplots(2, len(photos), squeeze=False, figsize=(1.7 * len(photos) + 1.1, 3.9))
    for i, (above, below) in enumerate(axes.T):
        above.imshow(photos[i].squeeze(), vmin=0, vmax=255, interpolation="nearest", extent=(0, size, size, 0))
        above.set_title(titles[i] if titles else "", fontsize=10)
        below.imshow(photos[i].squeeze(), vmin=0, vmax=255, interpolation="nearest", extent=(0, size, size, 0))
        shown = below.imshow(maps[i], vmin=low, vmax=high, cmap="viridis", alpha=0.6, extent=(-half, size + half, size + half, -half))
        for axis in (above, below):
            axis.set(xticks=[], yticks=[], xlim=(0, size), ylim=(size, 0))
            axis.spines[:].set_visible(False)
    figure.colorbar(shown, ax=axes[1].tolist(), label=label, shrink=0.9)
    figure.suptitle(title)
    plt.show()


def two_histograms(first, second, names, title=None, xlabel=None, bins=20, span=None, unit="photos"):
    """Two sets of numbers as shares of each set, one histogram above the other on the same axis."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(7, 3.6))
    for axis, values, name, colour in zip(axes, (first, second), names, (BLUE, ORANGE)):
        axis.hist(values, bins=bins, range=span, weights=np.full(len(values), 1 / len(values)), color=colour)
        axis.set_title(f"{name} ({len(values)} {unit})", loc="left", fontsize=10)
        axis.set_ylabel("share of them")
    axes[1].set_xlabel(xlabel)
    figure.suptitle(title)
    plt.show()


def error_bars(moments, errors, names, title=None):
    """Errors, 0 to 1, as groups of bars: a group per moment, a bar per name. errors: (moments, names)."""
    import matplotlib.pyplot as plt

    errors, width = np.asarray(errors), 0.8 / len(names)
    figure, axis = plt.subplots(figsize=(7.5, 2.9))
    for k, (name, colour) in enumerate(zip(names, (BLUE, SKY, ORANGE, GREEN))):
        bars = axis.bar(np.arange(len(moments)) + (k - (len(names) - 1) / 2) * width, errors[:, k], width * 0.92, color=colour, label=name)
        axis.bar_label(bars, [f"{100 * error:.0f} %" for error in errors[:, k]], padding=2, fontsize=9)
    axis.set(xticks=range(len(moments)), xticklabels=moments, yticks=(0, 0.5, 1), yticklabels=("0 %", "50 %", "100 %"), ylim=(0, 1.1), title=title)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def point_game(moments, real, title=None, span=3.2):
    """A GAN on points in the plane, a panel per moment: the discriminator as a heat map, real and fake points on it.

    moments: (name, verdicts (k, k) on a grid from -span to span, row by row from below, fake points (n, 2)); real: (n, 2)
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("verdict", ["#F0C060", "white", "#66AADD"])
    figure, axes = plt.subplots(1, len(moments), squeeze=False, figsize=(2.35 * len(moments) + 0.6, 2.9))
    for axis, (name, verdicts, fake) in zip(axes[0], moments):
        shown = axis.contourf(verdicts, np.linspace(-0.025, 1.025, 22), cmap=colours, vmin=0, vmax=1, origin="lower", extent=(-span, span, -span, span))
        axis.plot(*np.transpose(real), "o", color="black", markersize=2, markeredgewidth=0, label="real")
        axis.plot(*np.transpose(fake), "o", color=RED, markersize=3, markeredgecolor="white", markeredgewidth=0.3, label="fake")
        axis.set(xlim=(-span, span), ylim=(-span, span), xticks=[], yticks=[], xlabel=name, aspect="equal")
        axis.spines[:].set(visible=True, color=GREY)
    axes[0, 0].legend(loc="upper left", fontsize=9, borderpad=0, handletextpad=0, markerscale=2)
    figure.colorbar(shown, ax=axes[0].tolist(), ticks=(0, 0.5, 1), label="D(x)", shrink=0.8)
    figure.suptitle(title)
    plt.show()


def density_game(x, real, moments, title=None, counted=None):
    """A GAN on numbers, a panel per moment: how often real and fake numbers come, and what the discriminator says of each.

    x, real: (k,) places and the density of the real numbers there; moments: (name, density of the fakes, D(x), best
    answer or None) with (k,) each; `counted`: pairs (places, shares), drawn as dots in every panel.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(moments), squeeze=False, sharey=True, figsize=(max(2.5 * len(moments), 6) + 1.4, 2.9))
    for axis, (name, fake, verdicts, best) in zip(axes[0], moments):
        for density, colour, label in ((real, BLUE, "real numbers, p"), (fake, ORANGE, "fake numbers, q")):
            axis.fill_between(x, density, color=colour, alpha=0.35, linewidth=0, label=label)
        axis.axhline(0.5, color=GREY, linestyle=":", linewidth=1)
        if counted is not None:
            axis.plot(*counted, "o", color=PURPLE, markersize=5, label="counted share")
        axis.plot(x, verdicts, color="black", linewidth=2, label="D(x)")
        if best is not None:
            axis.plot(x, best, color=GREEN, linestyle="--", linewidth=2, label="p / (p + q)")
        axis.set(xlabel=name, ylim=(0, 1.05), yticks=(0, 0.5, 1))
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    figure.suptitle(title)
    plt.show()


def show_animation(frames, columns=6, most=24, milliseconds=150, title="The same latents, while the generator learns"):
    """Frames uint8 (k, n, size, size, channels) as an animated GIF in the notebook: the first `columns` pictures of each.

    To keep the notebook small, at most `most` frames, evenly spaced, in 32 shades.
    """
    import io

    from IPython.display import Image as Shown
    from IPython.display import display
    from PIL import Image

    picked = np.unique(np.linspace(0, len(frames) - 1, min(most, len(frames))).round().astype(int))
    pictures = [Image.fromarray(tile(frames[k][:columns] // 8 * 8, columns)) for k in picked]
    buffer = io.BytesIO()
    pictures[0].save(buffer, format="GIF", save_all=True, append_images=pictures[1:], loop=0,
                     duration=[milliseconds] * (len(pictures) - 1) + [2000])
    # A GIF under the name of a PNG: browsers look at the bytes, and neither GitHub nor nbconvert shows image/gif.
    display(Shown(data=buffer.getvalue(), format="png", alt=title))


def face_sheet(rows, titles=None, row_labels=None, title=None, inches=0.9):
    """Many faces in a small picture file: rows of pictures (rows, columns, size, size, channels), a title per column, a label per row.

    Stored in 32 shades, so that a notebook with hundreds of faces stays small.
    """
    import io

    import matplotlib.pyplot as plt
    from IPython.display import Image as Shown
    from IPython.display import display
    from PIL import Image

    rows = [_pixels(row) for row in rows]
    columns, side, gap = max(len(row) for row in rows), rows[0].shape[1], 3
    framed = [np.pad(row // 8 * 8, ((0, columns - len(row)), (0, gap), (0, gap), (0, 0)), constant_values=255) for row in rows]
    figure, axis = plt.subplots(figsize=(columns * inches + 0.9 * bool(row_labels), len(rows) * inches + 0.3 + 0.25 * bool(titles)))
    axis.imshow(tile(np.concatenate(framed), columns), vmin=0, vmax=255, interpolation="nearest")
    axis.set_xticks((np.arange(columns) + 0.5) * (side + gap) - gap / 2, titles or [""] * columns, fontsize=9)
    axis.set_yticks((np.arange(len(rows)) + 0.5) * (side + gap) - gap / 2, row_labels or [""] * len(rows), fontsize=9)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    figure.suptitle(title)
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    picture, file = Image.open(file).convert("L" if rows[0].shape[-1] == 1 else "RGB"), io.BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    display(Shown(data=file.getvalue(), format="png", alt=title))


def curve_pair(x, panels, xlabel=None, title=None):
    """Two sets of lines over the same x, side by side: `panels` is {what the upright axis shows: {name: values}}."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(panels), figsize=(4 * len(panels) + 1, 2.8))
    for axis, (ylabel, lines) in zip(axes, panels.items()):
        for name, values in lines.items():
            axis.plot(x, values, label=name)
        axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(-0.02, 1.02))
    axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()


def norm_histogram(norms, mark, title=None):
    """How long codes are: a histogram of norms from 0 on, with a dashed line at `mark`, the norm to be expected."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 2.6))
    axis.hist(norms, bins=60, color=BLUE)
    axis.axvline(mark, color=RED, linestyle="--", linewidth=1.5)
    axis.annotate(f" {mark:g}", (mark, 0.92), xycoords=("data", "axes fraction"), color=RED)
    axis.set(xlim=(0, 1.05 * np.max(norms)), xlabel="norm of the code", ylabel="number of codes", title=title)
    plt.show()


def slider_panel(draw, names, limits=(-4, 4), side=288):
    """A face with a slider for each name and a button for a new face, shown by Jupyter's widgets.

    draw: takes the sliders' values, float (k,), and the number of the face, 0 at first; gives one picture
          (size, size, channels). Where no widgets are, there is one line of text in place of the panel.
    """
    import io

    try:
        import ipywidgets
    except ImportError:
        print("no sliders without ipywidgets: pip install ipywidgets")
        return
    from IPython.display import display
    from PIL import Image

    class Panel(ipywidgets.HBox):
        def __repr__(self):
            return "(a panel of sliders: open the notebook in Jupyter or Colab and run this cell)"

    sliders = [ipywidgets.FloatSlider(0, min=limits[0], max=limits[1], step=0.25, description=name, readout_format="+.2f") for name in names]
    picture, number = ipywidgets.Image(format="png", width=side, height=side), [0]
    new_face, reset = (ipywidgets.Button(description=text) for text in ("new face", "all to 0"))

    def redraw(_=None):
        pixels = _pixels(draw(np.array([slider.value for slider in sliders]), number[0]))
        file = io.BytesIO()
        Image.fromarray(pixels.squeeze()).resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
        picture.value = file.getvalue()

    def next_face(_):
        number[0] += 1
        redraw()

    def all_to_zero(_):
        for slider in sliders:
            slider.value = 0

    for slider in sliders:
        slider.observe(redraw, "value")
    new_face.on_click(next_face)
    reset.on_click(all_to_zero)
    redraw()
    display(Panel([picture, ipywidgets.VBox([*sliders, ipywidgets.HBox([new_face, reset])])]))


def score_panels(runs, names, title=None, xlabel="epoch", level=0.5):
    """Several runs' scores side by side on one scale. `runs`: a dict, name of the run to a dict of lists with "epoch" in it."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(runs), squeeze=False, sharey=True, figsize=(3.6 * len(runs) + 1.6, 2.8))
    for axis, (run, history) in zip(axes[0], runs.items()):
        for (key, label), colour in zip(names.items(), (BLUE, GREEN, ORANGE, PURPLE)):
            axis.plot(history["epoch"], history[key], label=label, color=colour, linewidth=2)
        axis.axhline(level, color=GREY, linestyle="--", linewidth=1)
        axis.set(xlabel=xlabel, ylim=(0, 1), title=run)
    axes[0, 0].set_ylabel("D says real")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()


def over_time(epochs, maps, names, spans, title=None, bar=None, rows="latent"):
    """Heat maps one above the other: from left to right the epochs, a line per latent. `spans`: lowest and highest value of each."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(maps), 1, squeeze=False, sharex=True, figsize=(8, 1.9 * len(maps) + 0.6))
    edges = np.concatenate([[epochs[0] - 0.5], (np.asarray(epochs[1:]) + np.asarray(epochs[:-1])) / 2, [epochs[-1] + 0.5]])
    for axis, values, name, (low, high) in zip(axes[:, 0], maps, names, spans):
        shown = axis.pcolormesh(edges, np.arange(len(values[0]) + 1) + 0.5, np.asarray(values).T, cmap="PuOr", vmin=low, vmax=high)
        axis.set(yticks=range(1, len(values[0]) + 1), ylabel=rows)
        axis.set_title(name, fontsize=10, loc="left")
        axis.invert_yaxis()
        figure.colorbar(shown, ax=axis, ticks=(low, (low + high) / 2, high), label=bar)
    axes[-1, 0].set_xlabel("epoch")
    figure.suptitle(title)
    plt.show()


def with_nearest(faces, *neighbours, names, title=None, captions=None, face_inches=0.85):
    """A row of generated faces, and below each row by row its nearest photos; `captions`: a list of texts per row, or None."""
    import matplotlib.pyplot as plt

    rows, columns = [faces, *neighbours], len(faces)
    captions = captions or [None] * len(rows)
    figure, axes = plt.subplots(len(rows), columns, squeeze=False, figsize=(columns * face_inches + 0.9, len(rows) * (face_inches + (0.1 if captions[-1] is None else 0.2)) + 0.4))
    for line, images, name, texts in zip(axes, rows, names, captions):
        for i, axis in enumerate(line):
            axis.imshow(_pixels(images)[i].squeeze(), vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if texts is not None:
                axis.set_xlabel(texts[i], fontsize=9, labelpad=2)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    figure.suptitle(title)
    plt.show()


def neighbourhoods(real, fakes, radii, titles, title=None):
    """Points on a plane, real ones with their circles, and for each set of fakes which of them lie inside a circle."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Circle

    figure, axes = plt.subplots(1, len(fakes), squeeze=False, sharex=True, sharey=True, figsize=(3.1 * len(fakes), 3.4))
    for axis, fake, name in zip(axes[0], fakes, titles):
        for point, radius in zip(real, radii):
            axis.add_patch(Circle(point, radius, facecolor=SKY, alpha=0.18, edgecolor="none"))
        axis.scatter(*real.T, s=16, color=BLUE, label="real")
        axis.scatter(*fake.T, s=26, color=RED, marker="x", label="fake")
        axis.set(xticks=[], yticks=[], aspect="equal")
        axis.set_title(name, fontsize=10)
    axes[0, 0].legend(loc="upper left", fontsize=9)
    figure.suptitle(title)
    plt.show()


def point_runs(runs, real, title=None, moments=4, rounds=25):
    """Runs on 2-D points, a row each: D's scores over the rounds, and the fakes (orange) at some moments among the real (grey).

    runs: a dict, name to (history, frames): dict of lists with "d_real" and "d_fake", frames (k, n, 2),
    `rounds` rounds apart. Fakes that lie outside the picture are drawn on its border.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(runs), moments + 1, squeeze=False, figsize=(2.9 + 1.75 * moments, 2.05 * len(runs) + 0.4),
                                width_ratios=(1.7, *[1] * moments))
    for line, (name, (history, frames)) in zip(axes, runs.items()):
        at = rounds * np.arange(1, len(history["d_real"]) + 1)
        line[0].plot(at, history["d_real"], color=BLUE, label="real")
        line[0].plot(at, history["d_fake"], color=ORANGE, label="fake")
        line[0].axhline(0.5, color=GREY, linestyle="--", linewidth=1)
        line[0].set(ylim=(-0.05, 1.05), yticks=(0, 0.5, 1))
        line[0].set_title(name, fontsize=10)
        for axis, k in zip(line[1:], np.linspace(0, len(frames) - 1, moments).round().astype(int)):
            axis.scatter(*real.T, s=3, color=GREY)
            axis.scatter(*np.clip(frames[k], -3.1, 3.1).T, s=5, color=RED, alpha=0.5)
            axis.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), xticks=[], yticks=[], aspect="equal")
            axis.spines[:].set_visible(True)
            axis.spines[:].set_color(GREY)
            axis.set_title(f"round {rounds * k:,}", fontsize=9)
    axes[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 0.1), fontsize=8)
    axes[-1, 0].set_xlabel("round")
    figure.suptitle(title)
    plt.show()


def _store_small(colours=128):
    """In a notebook, figures are stored with at most so many colours: a notebook full of faces becomes half as large."""
    import base64
    import io

    try:
        from IPython import get_ipython
        from matplotlib.figure import Figure
        import matplotlib_inline.backend_inline  # noqa: F401  it sets its own formatter when it is loaded
        from PIL import Image

        formatter = get_ipython().display_formatter.formatters["image/png"]
        usual = formatter.lookup_by_type(Figure)
    except (ImportError, AttributeError, KeyError):  # not in a notebook, or not with its inline figures
        return
    if hasattr(usual, "small"):
        return

    def small(figure):
        stored = usual(figure)
        if not isinstance(stored, str):
            return stored
        buffer = io.BytesIO()
        picture = Image.open(io.BytesIO(base64.b64decode(stored))).convert("RGB")
        picture.quantize(colours, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        return base64.b64encode(buffer.getvalue()).decode()

    small.small = True
    formatter.for_type(Figure, small)


def _pixels(images):
    """uint8 as it is, floats from [-1, 1]."""
    from gan_lessons.data import to_uint8

    images = np.asarray(images)
    return images if images.dtype == np.uint8 else to_uint8(images)
