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


def timeline(epochs, frames, verdicts=None, rows=8, columns=8, title="The same latents, while the generator learns"):
    """One row per moment, one column per latent; under each face what the discriminator says of it."""
    import matplotlib.pyplot as plt

    # Moments as far apart as one can see a change: first to last on a logarithmic scale.
    wanted = np.geomspace(1, max(epochs[-1], 2), rows - 1)
    picked = sorted({0} | {int(np.abs(np.asarray(epochs) - moment).argmin()) for moment in wanted})
    columns = min(columns, len(frames[0]))
    figure, axes = plt.subplots(len(picked), columns, squeeze=False, figsize=(columns * 1.1 + 0.7, len(picked) * (1.3 if verdicts is not None else 1.12) + 0.4))
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


def _pixels(images):
    """uint8 as it is, floats from [-1, 1]."""
    from gan_lessons.data import to_uint8

    images = np.asarray(images)
    return images if images.dtype == np.uint8 else to_uint8(images)
