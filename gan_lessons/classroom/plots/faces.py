"""Pictures of faces in rows: sheets, timelines, verdicts, animations."""

import numpy as np

from gan_lessons.classroom.plots.style import BLUE, RED
from gan_lessons.pictures import tile


def show_faces(
    images, titles=None, columns=8, title=None, row_labels=None, face_inches=1.2
):
    """Faces in rows of `columns`, with a short title above each and a name at the left of each row."""
    import matplotlib.pyplot as plt

    images = pixels(images)
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    head = 0.25 if titles is not None else 0.0
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(
            columns * face_inches + (0.9 if row_labels else 0),
            rows * (face_inches + head) + (0.4 if title else 0),
        ),
    )
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(images):
            axis.imshow(images[i].squeeze(), vmin=0, vmax=255, interpolation="nearest")
            if titles is not None:
                axis.set_title(titles[i], fontsize=9, pad=3)
            if row_labels and i % columns == 0:
                axis.set_ylabel(
                    row_labels[i // columns],
                    rotation=0,
                    ha="right",
                    va="center",
                    fontsize=9,
                )
    figure.suptitle(title)
    plt.show()


def show_verdicts(images, confidences, names=None, title=None, columns=8):
    """Pictures in rows of `columns`, with a name above each and below it how real a discriminator finds it, 0 to 1."""
    import matplotlib.pyplot as plt

    images, confidences = pixels(images), np.ravel(confidences)
    rows, columns = -(-len(images) // columns), min(columns, len(images))
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(
            columns * 1.25,
            rows * (1.5 if names is None else 1.8) + (0.4 if title else 0),
        ),
    )
    for i, axis in enumerate(axes.flat):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        if i < len(images):
            axis.imshow(images[i].squeeze(), vmin=0, vmax=255, interpolation="nearest")
            axis.set_xlabel(
                f"{100 * confidences[i]:.0f} % real",
                fontsize=10,
                labelpad=3,
                color=BLUE if confidences[i] > 0.5 else RED,
            )
            if names is not None:
                axis.set_title(names[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def face_sheet(rows, titles=None, row_labels=None, title=None, inches=0.9):
    """Many faces in a small picture file: rows of pictures (rows, columns, size, size, channels), a title per column, a label per row.

    Grey faces are stored in 32 shades, those in colour as JPEG, so that a notebook with hundreds of them stays small.
    """
    import io

    import matplotlib.pyplot as plt
    from IPython.display import Image as Shown
    from IPython.display import display
    from PIL import Image

    rows = [pixels(row) for row in rows]
    columns, side, gap, grey = (
        max(len(row) for row in rows),
        rows[0].shape[1],
        3,
        rows[0].shape[-1] == 1,
    )
    framed = [
        np.pad(
            row // 8 * 8 if grey else row,
            ((0, columns - len(row)), (0, gap), (0, gap), (0, 0)),
            constant_values=255,
        )
        for row in rows
    ]
    figure, axis = plt.subplots(
        figsize=(
            columns * inches + 0.9 * bool(row_labels),
            len(rows) * inches + 0.3 + 0.25 * bool(titles),
        )
    )
    axis.imshow(
        tile(np.concatenate(framed), columns), vmin=0, vmax=255, interpolation="nearest"
    )
    axis.set_xticks(
        (np.arange(columns) + 0.5) * (side + gap) - gap / 2,
        titles or [""] * columns,
        fontsize=9,
    )
    axis.set_yticks(
        (np.arange(len(rows)) + 0.5) * (side + gap) - gap / 2,
        row_labels or [""] * len(rows),
        fontsize=9,
    )
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    figure.suptitle(title)
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    picture, file = Image.open(file).convert("L" if grey else "RGB"), io.BytesIO()
    if grey:
        picture.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=82, optimize=True)
    display(Shown(data=file.getvalue(), format="png" if grey else "jpeg", alt=title))


def with_nearest(
    faces, *neighbours, names, title=None, captions=None, face_inches=0.85
):
    """A row of generated faces, and below each row by row its nearest photos; `captions`: a list of texts per row, or None."""
    import matplotlib.pyplot as plt

    rows, columns = [faces, *neighbours], len(faces)
    captions = captions or [None] * len(rows)
    figure, axes = plt.subplots(
        len(rows),
        columns,
        squeeze=False,
        figsize=(
            columns * face_inches + 0.9,
            len(rows) * (face_inches + (0.1 if captions[-1] is None else 0.2)) + 0.4,
        ),
    )
    for line, images, name, texts in zip(axes, rows, names, captions):
        for i, axis in enumerate(line):
            axis.imshow(pixels(images)[i].squeeze(), vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if texts is not None:
                axis.set_xlabel(texts[i], fontsize=9, labelpad=2)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    figure.suptitle(title)
    plt.show()


def timeline(
    epochs,
    frames,
    verdicts=None,
    rows=8,
    columns=8,
    title="The same latents, while the generator learns",
    face_inches=1.1,
):
    """One row per moment, one column per latent; under each face what the discriminator says of it."""
    import matplotlib.pyplot as plt

    # Moments as far apart as one can see a change: first to last on a logarithmic scale.
    wanted = np.geomspace(
        min((epoch for epoch in epochs if epoch), default=1),
        max(epochs[-1], 2),
        rows - 1,
    )
    picked = sorted(
        {0} | {int(np.abs(np.asarray(epochs) - moment).argmin()) for moment in wanted}
    )
    columns = min(columns, len(frames[0]))
    figure, axes = plt.subplots(
        len(picked),
        columns,
        squeeze=False,
        figsize=(
            columns * face_inches + 0.7,
            len(picked) * (face_inches + (0.2 if verdicts is not None else 0.02)) + 0.4,
        ),
    )
    for row, k in zip(axes, picked):
        for i, axis in enumerate(row):
            axis.imshow(frames[k][i].squeeze(), vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if verdicts is not None:
                axis.set_xlabel(
                    f"{100 * verdicts[k][i]:.0f} % real", fontsize=8, labelpad=2
                )
        row[0].set_ylabel(
            f"epoch {epochs[k]:g}", rotation=0, ha="right", va="center", fontsize=9
        )
    figure.suptitle(title)
    plt.show()


def show_animation(
    frames,
    columns=6,
    most=24,
    milliseconds=150,
    title="The same latents, while the generator learns",
):
    """Frames uint8 (k, n, size, size, channels) as an animated GIF in the notebook: the first `columns` pictures of each.

    To keep the notebook small, at most `most` frames, evenly spaced, in 32 shades, or 64 colours.
    """
    import io

    from IPython.display import Image as Shown
    from IPython.display import display
    from PIL import Image

    picked = np.unique(
        np.linspace(0, len(frames) - 1, min(most, len(frames))).round().astype(int)
    )
    pictures = [
        Image.fromarray(tile(frames[k][:columns] // 8 * 8, columns)) for k in picked
    ]
    if frames[0].shape[-1] == 3:
        pictures = [
            picture.quantize(64, dither=Image.Dither.NONE) for picture in pictures
        ]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        loop=0,
        duration=[milliseconds] * (len(pictures) - 1) + [2000],
    )
    # A GIF under the name of a PNG: browsers look at the bytes, and neither GitHub nor nbconvert shows image/gif.
    display(Shown(data=buffer.getvalue(), format="png", alt=title))


def pixels(images):
    """uint8 as it is, floats from [-1, 1]."""
    from gan_lessons.data import to_uint8

    images = np.asarray(images)
    return images if images.dtype == np.uint8 else to_uint8(images)
