"""Faces in rows: sheets, timelines, verdicts, animations."""

import base64
import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from gan_lessons.classroom.plots.style import BLUE, RED, hide_frame
from gan_lessons.data import Faces, to_uint8
from gan_lessons.pictures import cut_face, tile

TIMELINE_TITLE = "The same latents, while the generator learns"


def show_faces(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str | None = None,
    row_labels: Sequence[str] | None = None,
    face_inches: float = 1.2,
) -> None:
    """Faces in rows.

    Args:
        images: (n, size, size, channels).
        titles: what stands above each face, (n,).
        columns: faces per row, at most.
        title: of the figure.
        row_labels: what stands left of each row.
        face_inches: width of a face.
    """
    import matplotlib.pyplot as plt

    head = 0.25 if titles is not None else 0.0
    size = (face_inches, face_inches + head)
    margins = (0.9 if row_labels else 0, 0.4 if title else 0)
    figure, axes = picture_axes(len(images), columns, size, margins)
    for i, (axis, image) in enumerate(zip(axes.flat, pixels(images))):
        axis.imshow(image.squeeze(), vmin=0, vmax=255, interpolation="nearest")
        if titles is not None:
            axis.set_title(titles[i], fontsize=9, pad=3)
    for axis, label in zip(axes[:, 0], row_labels or ()):
        _label_row(axis, label)
    figure.suptitle(title)
    plt.show()


def show_verdicts(
    images: np.ndarray,
    confidences: ArrayLike,
    names: Sequence[str] | None = None,
    title: str | None = None,
    columns: int = 8,
) -> None:
    """Pictures in rows, and below each how real a discriminator finds it.

    Args:
        images: (n, size, size, channels).
        confidences: n numbers, 0 to 1, in any shape.
        names: what stands above each picture, (n,).
        title: of the figure.
        columns: pictures per row, at most.
    """
    import matplotlib.pyplot as plt

    size = (1.25, 1.5 if names is None else 1.8)
    margins = (0, 0.4 if title else 0)
    figure, axes = picture_axes(len(images), columns, size, margins)
    shown = zip(axes.flat, pixels(images), np.ravel(confidences))
    for i, (axis, image, confidence) in enumerate(shown):
        axis.imshow(image.squeeze(), vmin=0, vmax=255, interpolation="nearest")
        colour = BLUE if confidence > 0.5 else RED
        verdict = f"{100 * confidence:.0f} % real"
        axis.set_xlabel(verdict, fontsize=10, labelpad=3, color=colour)
        if names is not None:
            axis.set_title(names[i], fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def climb(
    pictures: np.ndarray,
    confidences: ArrayLike,
    names: Sequence[str],
    title: str | None = None,
) -> None:
    """Pictures changed step by step: their verdicts, and below what has changed.

    Args:
        pictures: (n, size, size, 1), floats in [-1, 1]; the first is the start.
        confidences: n numbers, 0 to 1: how real a discriminator finds each.
        names: what stands above each picture, (n,).
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    pictures = np.asarray(pictures)
    count = len(pictures)
    figure, axes = picture_axes(2 * count, count, (1.25, 1.65), (1.2, 0.5))
    shown = zip(axes.T, pictures, names, np.ravel(confidences))
    for (above, below), picture, name, confidence in shown:
        above.imshow(picture.squeeze(), vmin=-1, vmax=1, interpolation="nearest")
        above.set_title(name, fontsize=9, pad=3)
        colour = BLUE if confidence > 0.5 else RED
        verdict = f"{100 * confidence:.0f} % real"
        above.set_xlabel(verdict, fontsize=10, labelpad=3, color=colour)
        change = (picture - pictures[0]).squeeze()
        style = {"cmap": "coolwarm", "vmin": -1, "vmax": 1}
        drawn = below.imshow(change, interpolation="nearest", **style)
    axes[1, 0].set_ylabel("change\nso far")
    figure.colorbar(drawn, ax=axes[1].tolist(), shrink=0.8, aspect=12)
    figure.suptitle(title)
    plt.show()


def show_answers(
    images: np.ndarray,
    answers: ArrayLike,
    names: Sequence[str],
    title: str | None = None,
) -> None:
    """Photos in a row, and above each the name that a network is most confident in.

    Args:
        images: (n, size, size, channels).
        answers: confidences (n, names), 0 to 1.
        names: of the classes.
        title: of the figure.
    """
    titles = [_confident(names, row, np.argmax(row)) for row in np.asarray(answers)]
    show_faces(images, titles, title=title, face_inches=1.4)


def mix_ups(
    photos: Faces,
    answers: np.ndarray,
    wrong: Sequence[int],
    known: Faces,
    title: str | None = None,
) -> None:
    """Photos, below each a known photo of the right person, then one of a wrong person.

    Below each known photo stand the person's name and the network's confidence in it.

    Args:
        photos: n photos.
        answers: confidences (n, classes), 0 to 1.
        wrong: the label of a wrong person for each photo, (n,).
        known: photos that the network has learned from, of all persons.
        title: of the figure.
    """
    import matplotlib.pyplot as plt

    right = np.asarray(photos.labels)
    first = [np.flatnonzero(known.labels == k)[0] for k in range(len(known.classes))]
    known_photo, columns = pixels(known.images[first]), len(right)
    figure, axes = picture_axes(3 * columns, columns, (1.15, 1.45), (1.1, 0.4))
    images = (pixels(photos.images), known_photo[right], known_photo[wrong])
    names = ("test photo", "who it is", "strongest\nwrong name")
    for line, row, name, labels in zip(axes, images, names, (None, right, wrong)):
        for i, (axis, image) in enumerate(zip(line, row)):
            axis.imshow(image.squeeze(), vmin=0, vmax=255, interpolation="nearest")
            if labels is not None:
                words = _confident(known.classes, answers[i], labels[i])
                axis.set_xlabel(words, fontsize=10, labelpad=3)
        _label_row(line[0], name)
    figure.suptitle(title)
    plt.show()


def show_attributes(
    images: np.ndarray,
    predictions: Mapping[str, Iterable[float]],
    title: str | None = None,
) -> None:
    """Faces in a row, and above each the gender and the age that a network predicts.

    Args:
        images: (n, size, size, channels).
        predictions: what `attributes.predict_attributes` says of them.
        title: of the figure.
    """
    titles = []
    for female, years in zip(predictions["gender"], predictions["age"]):
        gender, sure = ("woman", female) if female > 0.5 else ("man", 1 - female)
        titles.append(f"{gender}, {sure:.0%}\n{years:.0f} years")
    show_faces(images, titles=titles, title=title)


def face_sheet(
    rows: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    row_labels: Sequence[str] | None = None,
    title: str | None = None,
    inches: float = 0.9,
) -> None:
    """Many faces in a small picture file, so that a notebook with hundreds stays small.

    Grey faces are stored as PNG in 32 shades, faces in colour as JPEG.

    Args:
        rows: each (columns, size, size, channels); rows may differ in length.
        titles: what stands above each column.
        row_labels: what stands left of each row.
        title: of the figure.
        inches: width of a face.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    rows = [pixels(row) for row in rows]
    columns, side, gap = max(len(row) for row in rows), rows[0].shape[1], 3
    grey = rows[0].shape[-1] == 1
    if grey:
        rows = [row // 8 * 8 for row in rows]
    framed = [
        np.pad(
            row,
            ((0, columns - len(row)), (0, gap), (0, gap), (0, 0)),
            constant_values=255,
        )
        for row in rows
    ]
    width = columns * inches + (0.9 if row_labels else 0)
    height = len(rows) * inches + (0.55 if titles else 0.3)
    figure, axis = plt.subplots(figsize=(width, height))
    sheet = tile(np.concatenate(framed), columns)
    axis.imshow(sheet, vmin=0, vmax=255, interpolation="nearest")
    for set_ticks, labels, n in (
        (axis.set_xticks, titles, columns),
        (axis.set_yticks, row_labels, len(rows)),
    ):
        middles = (np.arange(n) + 0.5) * (side + gap) - gap / 2
        set_ticks(middles, labels or [""] * n, fontsize=9)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    figure.suptitle(title)
    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    plt.close(figure)
    picture = Image.open(drawn).convert("L" if grey else "RGB")
    if grey:
        picture = picture.quantize(64, dither=Image.Dither.NONE)
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=82, optimize=True)
    display(Picture(file.getvalue(), "image/png" if grey else "image/jpeg", title))


def named_rows(
    rows: Mapping[str, np.ndarray],
    title: str | None = None,
    titles: Sequence[str] | None = None,
    inches: float = 0.9,
) -> None:
    """A `face_sheet` with a name at each row; long names take several lines.

    Args:
        rows: {name: images (columns, size, size, channels)}.
        title: of the figure.
        titles: one per column.
        inches: width of a face.
    """
    labels = [textwrap.fill(name, 14) for name in rows]
    face_sheet(list(rows.values()), titles, labels, title, inches)


def show_cut(
    photo: np.ndarray,
    x: float,
    y: float,
    side: float,
    title: str | None = None,
) -> None:
    """A photo on axes in pixels with the square that `cut_face` cuts, and the result.

    Args:
        photo: uint8 (height, width) or (height, width, 3).
        x: of the point between the eyes, in pixels.
        y: of that point, in pixels.
        side: of the square, in pixels.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.3), width_ratios=(3, 2))
    left.imshow(np.squeeze(photo), vmin=0, vmax=255)
    corner = (x - side / 2, y - 0.29 * side)
    left.add_patch(Rectangle(corner, side, side, fill=False, color=RED, linewidth=2))
    left.plot(x, y, "+", color=RED, markersize=10, markeredgewidth=2)
    left.set(xlabel="x, in pixels", ylabel="y, in pixels")
    right.imshow(cut_face(photo, x, y, side), interpolation="nearest")
    hide_frame(right)
    right.set_xlabel("what the networks see:\n64 × 64 pixels")
    figure.suptitle(title)
    plt.show()


def two_sheets(
    sheets: Mapping[str, np.ndarray], title: str | None = None, columns: int = 6
) -> None:
    """Sheets of faces side by side, such as those of two generators.

    Args:
        sheets: {name: images (n, size, size, channels)}, the same n for all.
        title: of the figure.
        columns: faces per row of a sheet.
    """
    import matplotlib.pyplot as plt

    rows = -(-len(next(iter(sheets.values()))) // columns)
    figure, axes = plt.subplots(
        1,
        len(sheets),
        squeeze=False,
        figsize=(0.85 * columns * len(sheets), 0.85 * rows + 0.7),
    )
    for axis, (name, images) in zip(axes[0], sheets.items()):
        sheet = tile(pixels(images), columns)
        axis.imshow(sheet, vmin=0, vmax=255, interpolation="nearest")
        axis.set_title(name)
        hide_frame(axis)
    figure.suptitle(title)
    plt.show()


def with_nearest(
    faces: np.ndarray,
    *neighbours: np.ndarray,
    names: Sequence[str],
    title: str | None = None,
    face_inches: float = 0.85,
) -> None:
    """A row of generated faces, and below it rows of the photos nearest to them.

    Args:
        faces: (n, size, size, channels).
        *neighbours: rows of photos, each of the same shape.
        names: of all rows, that of the faces first.
        title: of the figure.
        face_inches: width of a face.
    """
    import matplotlib.pyplot as plt

    rows, columns = [faces, *neighbours], len(faces)
    size = (face_inches, face_inches + 0.1)
    figure, axes = picture_axes(len(rows) * columns, columns, size, (0.9, 0.4))
    for line, images, name in zip(axes, rows, names):
        for axis, image in zip(line, pixels(images)):
            axis.imshow(image.squeeze(), vmin=0, vmax=255)
        _label_row(line[0], name)
    figure.suptitle(title)
    plt.show()


def walks(
    rows: Mapping[str, np.ndarray],
    shares: Sequence[float],
    title: str | None = None,
    face_inches: float = 1.0,
) -> None:
    """Pictures along a walk, a row for each generator.

    Args:
        rows: {name: pictures (n, size, size, channels)}; size and channels may differ.
        shares: how far along the way each picture lies, (n,), 0 to 1.
        title: of the figure.
        face_inches: width of a picture.
    """
    import matplotlib.pyplot as plt

    n = len(shares)
    size = (face_inches, face_inches + 0.12)
    figure, axes = picture_axes(len(rows) * n, n, size, (0.9, 0.4))
    for line, (name, images) in zip(axes, rows.items()):
        for axis, image in zip(line, pixels(images)):
            axis.imshow(image.squeeze(), vmin=0, vmax=255, interpolation="nearest")
        _label_row(line[0], textwrap.fill(name, 14))
    for axis, share in zip(axes[0], shares):
        axis.set_title(f"{share:.0%}", fontsize=9, pad=3)
    figure.suptitle(title)
    plt.show()


def timeline(
    epochs: Sequence[float],
    frames: Sequence[np.ndarray],
    verdicts: Sequence[np.ndarray] | None = None,
    rows: int = 8,
    columns: int = 8,
    title: str = TIMELINE_TITLE,
    face_inches: float = 1.1,
) -> None:
    """The faces of the same latents at several moments, a row for each.

    Args:
        epochs: of the frames, (k,), rising.
        frames: k times uint8 (n, size, size, channels).
        verdicts: k times (n,), 0 to 1: what the discriminator says of each face.
        rows: moments to show, at most.
        columns: faces per row, at most.
        title: of the figure.
        face_inches: width of a face.
    """
    import matplotlib.pyplot as plt

    # Early changes are the fastest: from first to last on a logarithmic scale.
    first = min((epoch for epoch in epochs if epoch), default=1)
    wanted = np.geomspace(first, max(epochs[-1], 2), rows - 1)
    nearest = (int(np.abs(np.asarray(epochs) - epoch).argmin()) for epoch in wanted)
    picked = sorted({0, *nearest})
    columns = min(columns, len(frames[0]))
    size = (face_inches, face_inches + (0.02 if verdicts is None else 0.2))
    figure, axes = picture_axes(len(picked) * columns, columns, size, (0.7, 0.4))
    for line, k in zip(axes, picked):
        for i, axis in enumerate(line):
            axis.imshow(frames[k][i].squeeze(), vmin=0, vmax=255)
            if verdicts is not None:
                verdict = f"{100 * verdicts[k][i]:.0f} % real"
                axis.set_xlabel(verdict, fontsize=8, labelpad=2)
        _label_row(line[0], f"epoch {epochs[k]:g}")
    figure.suptitle(title)
    plt.show()


def show_animation(
    frames: Sequence[np.ndarray],
    columns: int = 6,
    most: int = 24,
    milliseconds: int = 150,
    title: str = TIMELINE_TITLE,
    zoom: int = 1,
) -> None:
    """The faces of the same latents as an animated GIF, in 32 shades or 64 colours.

    Args:
        frames: k times uint8 (n, size, size, channels).
        columns: faces per frame, the first ones.
        most: frames to show, at most, evenly spaced.
        milliseconds: for which each frame is shown.
        title: the alternative text.
        zoom: how many pixels wide and high each pixel is drawn.
    """
    count = min(most, len(frames))
    picked = np.linspace(0, len(frames) - 1, count).round().astype(int)
    pictures = [
        Image.fromarray(tile(frames[k][:columns] // 8 * 8, columns))
        for k in np.unique(picked)
    ]
    if frames[0].shape[-1] == 3:
        pictures = [
            picture.quantize(64, dither=Image.Dither.NONE) for picture in pictures
        ]
    if zoom > 1:
        sizes = [(picture.width * zoom, picture.height * zoom) for picture in pictures]
        pictures = [
            picture.resize(size, Image.Resampling.NEAREST)
            for picture, size in zip(pictures, sizes)
        ]
    show_film(pictures, milliseconds, title)


def show_film(
    pictures: Sequence[Image.Image], milliseconds: int, title: str | None
) -> None:
    """Pictures as an animated GIF that plays for ever.

    Args:
        pictures: of one size, in shades of grey or with a palette.
        milliseconds: for which each is shown; the last one stays for two seconds.
        title: the alternative text.
    """
    from IPython.display import display

    first, *others = pictures
    file = io.BytesIO()
    first.save(
        file,
        format="GIF",
        save_all=True,
        append_images=others,
        loop=0,
        duration=[milliseconds] * len(others) + [2000],
    )
    # GitHub and nbconvert show no image/gif; browsers look at the bytes, not the name.
    display(Picture(file.getvalue(), "image/png", title))


class Picture:
    """A picture file with an alternative text, which a notebook shows.

    IPython's own `Image` takes an alternative text from version 8 on; Colab has 7.

    Args:
        data: the bytes of the file.
        mime: its kind, such as "image/png".
        alt: the alternative text.

    Example:
        >>> display(Picture(path.read_bytes(), "image/png", "forty faces"))
    """

    def __init__(self, data: bytes, mime: str, alt: str | None):
        self.data, self.mime, self.alt = data, mime, alt

    def __repr__(self):
        return f"(a picture: {self.alt})"

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = base64.b64encode(self.data).decode()
        return {self.mime: data}, {self.mime: {"alt": self.alt}}


def pixels(images: ArrayLike) -> np.ndarray:
    """Images as uint8: floats from [-1, 1] are converted."""
    images = np.asarray(images)
    return images if images.dtype == np.uint8 else to_uint8(images)


def picture_axes(n: int, columns: int, size: tuple, margins: tuple):
    """A figure for n pictures in rows: axes without ticks and frames.

    Args:
        n: number of pictures.
        columns: pictures per row, at most.
        size: width and height for each, in inches.
        margins: width and height for the rest of the figure.

    Returns:
        The figure, and its axes (rows, columns).
    """
    import matplotlib.pyplot as plt

    rows, columns = -(-n // columns), min(columns, n)
    (width, height), (left, top) = size, margins
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(columns * width + left, rows * height + top),
    )
    for axis in axes.flat:
        hide_frame(axis)
    return figure, axes


def _confident(names, confidences, label):
    return f"{names[label]}: {100 * confidences[label]:.0f} %"


def _label_row(axis, label):
    axis.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
