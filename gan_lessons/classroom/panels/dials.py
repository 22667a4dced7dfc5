"""Lesson 1: one weight of a network is turned like a dial, the confidences follow."""

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

TURNS = np.linspace(-2, 2, 33)
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"), (RED, "-."), (PURPLE, "-"))


def turn_a_dial(
    network: keras.Model,
    photo: np.ndarray,
    names: Sequence[str],
    title: str = "Four weights, each changed while all the others stay",
) -> None:
    """A network's confidences about one photo, while one of its weights is changed.

    The figure shows a weight of the first array, a bias of the last, and of the largest
    array the one that does least and the one that does most, of those tried. The panel
    changes the weights of a copy; the network stays as it is.

    Args:
        network: a classifier of images.
        photo: (size, size, channels).
        names: of the classes, at most five.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    dials = Dials(network, photo)
    last = len(dials.sizes) - 1
    large = int(np.argmax(dials.sizes))
    least, most = dials.extremes(large)
    chosen = ((0, dials.sizes[0] // 2), (large, least), (large, most), (last, 0))
    figure, axes = plt.subplots(1, 4, figsize=(10.5, 2.8), sharey=True)
    for axis, (table, dial) in zip(axes, chosen):
        draw_lines(axis, dials.confidences(table, dial), names)
        axis.set_title(f"array {table + 1}, weight {dial + 1:,}")
    axes[0].set_ylabel("confidence")
    axes[-1].legend(**RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()

    confidences = functools.lru_cache(dials.confidences)
    options = [f"{k + 1}, with {size:,} weights" for k, size in enumerate(dials.sizes)]

    def draw(values):
        table, turn = options.index(values["array"]), values["changed by"]
        lines = confidences(table, values["weight"] - 1)
        now = lines[np.abs(TURNS - turn).argmin()]
        labels = [f"{name} {100 * share:.0f} %" for name, share in zip(names, now)]
        figure = Figure(figsize=(6, 2.7))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
        left.imshow(pixels(photo).squeeze(), vmin=0, vmax=255, cmap="gray")
        left.set_axis_off()
        draw_lines(right, lines, labels, turn)
        right.set_title(f"array {table + 1}, weight {values['weight']:,}")
        right.legend(**RIGHT_OF_AXIS)
        return figure, ", ".join(labels)

    choices = {
        "array": options,
        "weight": (1, dials.sizes[0], 1, dials.sizes[0] // 2 + 1),
        "changed by": (-2.0, 2.0, 0.125, 0.0),
    }
    last_one = {"weight": lambda values: dials.sizes[options.index(values["array"])]}
    follow(draw, choices, highest=last_one)


class Dials:
    """A copy of a network's weights, and one photo to ask the network about.

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
        """What the network says with one weight changed.

        Args:
            table: index of the array that holds the weight.
            dial: index of the weight in its array.
            turns: by how much it is changed, (n,).

        Returns:
            Float (n, classes), 0 to 1.
        """
        answers, tables = [], list(self.tables)
        for turn in turns:
            tables[table] = self.tables[table].copy()
            tables[table].flat[dial] += turn
            answers.append(self.predict([tf.constant(one) for one in tables])[0])
        return np.array(answers)

    def extremes(self, table: int, tried: int = 24) -> tuple[int, int]:
        """Of some weights of an array, which one moves the confidences least and most.

        Args:
            table: index of the array.
            tried: how many weights, evenly spaced.
        """
        places = np.linspace(0, self.sizes[table] - 1, tried).round().astype(int)
        spread = [
            np.ptp(self.confidences(table, place, (-2, 0, 2)), axis=0).max()
            for place in places
        ]
        return int(places[np.argmin(spread)]), int(places[np.argmax(spread)])


def draw_lines(
    axis, confidences: np.ndarray, names: Sequence[str], turn: float | None = None
) -> None:
    """Draw the confidences over the changes of a weight.

    Args:
        axis: a matplotlib axis.
        confidences: (turns, classes), for all of `TURNS`.
        names: of the classes.
        turn: where the weight is now, which gets a mark.
    """
    for (colour, dashes), name, line in zip(LINES, names, np.transpose(confidences)):
        axis.plot(TURNS, line, dashes, color=colour, linewidth=2, label=name)
        if turn is not None:
            axis.plot(turn, line[np.abs(TURNS - turn).argmin()], "o", color=colour)
    if turn is not None:
        axis.axvline(turn, color=GREY, linewidth=1)
    axis.set(ylim=(-0.03, 1.03), xticks=(-2, 0, 2), yticks=(0, 0.5, 1))
    axis.set_xlabel("changed by")
