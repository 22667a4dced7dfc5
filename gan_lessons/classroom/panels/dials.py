"""Lesson 1: one dial of a network is turned, and the confidences follow."""

import functools
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.faces import pixels
from gan_lessons.classroom.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    RIGHT_OF_AXIS,
)
from gan_lessons.data import to_float

TURNS = np.linspace(-4, 4, 33)
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"), (RED, "-."), (PURPLE, "-"))


def turn_a_dial(
    network: keras.Model,
    photo: np.ndarray,
    names: Sequence[str],
    title: str = "Four dials, each turned while all the others stay",
) -> None:
    """A network's confidences about one photo, while one of its dials is turned.

    The panel turns the dials of a copy; the network stays as it is.

    Args:
        network: a classifier of images.
        photo: (size, size, channels).
        names: of the classes, at most five.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    dials = Dials(network, photo)
    tables = np.linspace(0, len(dials.sizes) - 1, 4).round().astype(int).tolist()
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.7), sharey=True)
    for axis, table in zip(axes, tables):
        middle = dials.sizes[table] // 2
        draw_lines(axis, dials.confidences(table, middle), names)
        axis.set_title(f"table {table + 1}, dial {middle + 1:,}")
    axes[0].set_ylabel("confidence")
    axes[-1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()

    confidences = functools.lru_cache(dials.confidences)
    options = [f"{k + 1}, with {size:,} dials" for k, size in enumerate(dials.sizes)]

    def draw(values):
        table, turn = options.index(values["table"]), values["turned by"]
        lines = confidences(table, values["dial"] - 1)
        now = lines[np.abs(TURNS - turn).argmin()]
        labels = [f"{name} {100 * share:.0f} %" for name, share in zip(names, now)]
        figure = Figure(figsize=(6, 2.7))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
        left.imshow(pixels(photo).squeeze(), vmin=0, vmax=255, cmap="gray")
        left.set_axis_off()
        draw_lines(right, lines, labels, turn)
        right.set_title(f"table {table + 1}, dial {values['dial']:,}")
        right.legend(**RIGHT_OF_AXIS)
        return figure, ", ".join(labels)

    choices = {
        "table": options,
        "dial": (1, dials.sizes[0], 1, dials.sizes[0] // 2 + 1),
        "turned by": (-4.0, 4.0, 0.25, 0.0),
    }
    last_dial = {"dial": lambda values: dials.sizes[options.index(values["table"])]}
    follow(draw, choices, highest=last_dial)


class Dials:
    """A copy of a network's dials, and one photo to ask the network about.

    Args:
        network: a classifier of images.
        photo: (size, size, channels).

    Example:
        >>> dials = Dials(build_recogniser(64), photo)
        >>> dials.confidences(table=0, dial=5, turns=[-1, 0, 1]).shape
        (3, 3)
    """

    def __init__(self, network: keras.Model, photo: np.ndarray):
        self.tables = [table.numpy() for table in network.trainable_variables]
        self.sizes = [table.size for table in self.tables]
        others = [variable.numpy() for variable in network.non_trainable_variables]
        image = to_float(pixels(photo[None]))
        self.predict = tf.function(
            lambda tables: network.stateless_call(tables, others, image)[0]
        )

    def confidences(
        self, table: int, dial: int, turns: Sequence[float] | np.ndarray = TURNS
    ) -> np.ndarray:
        """What the network says with one dial turned.

        Args:
            table: index of the table that holds the dial.
            dial: index of the dial in its table.
            turns: how far it is turned, (n,).

        Returns:
            Float (n, classes), 0 to 1.
        """
        answers, tables = [], list(self.tables)
        for turn in turns:
            tables[table] = self.tables[table].copy()
            tables[table].flat[dial] += turn
            answers.append(self.predict([tf.constant(one) for one in tables])[0])
        return np.array(answers)


def draw_lines(
    axis, confidences: np.ndarray, names: Sequence[str], turn: float | None = None
) -> None:
    """Draw the confidences over the turns of a dial.

    Args:
        axis: a matplotlib axis.
        confidences: (turns, classes), for all of `TURNS`.
        names: of the classes.
        turn: where the dial is now, which gets a mark.
    """
    for (colour, dashes), name, line in zip(LINES, names, np.transpose(confidences)):
        axis.plot(TURNS, line, dashes, color=colour, linewidth=2, label=name)
        if turn is not None:
            axis.plot(turn, line[np.abs(TURNS - turn).argmin()], "o", color=colour)
    if turn is not None:
        axis.axvline(turn, color=GREY, linewidth=1)
    axis.set(ylim=(-0.03, 1.03), xticks=(-4, 0, 4), yticks=(0, 0.5, 1))
    axis.set_xlabel("turned by")
