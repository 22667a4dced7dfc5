"""Lesson 1: one dial of a network is turned, all others stay, and the confidences follow."""

import functools

import numpy as np
import tensorflow as tf

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.faces import pixels
from gan_lessons.classroom.plots.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED
from gan_lessons.data import to_float

TURNS = np.linspace(-4, 4, 33)
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"), (RED, "-."), (PURPLE, "-"))


def turn_a_dial(
    network, photo, names, title="Four dials, each turned while all the others stay"
):
    """The confidences of `network` about one photo (size, size, channels), while one dial after another is turned.

    The panel works on a copy of the dials: those of the network stay where they are.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    asked = Dials(network, photo)
    picked = [
        (table, asked.sizes[table] // 2)
        for table in np.linspace(0, len(asked.sizes) - 1, 4).round().astype(int)
    ]
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.7), sharey=True)
    for axis, (table, dial) in zip(axes, picked):
        draw_lines(
            axis,
            asked.confidences(table, dial),
            names,
            title=f"table {table + 1}, dial {dial + 1:,}",
        )
    axes[0].set_ylabel("confidence")
    axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(title)
    plt.show()

    lines_of = functools.lru_cache(asked.confidences)
    places = [f"{k + 1}, with {size:,} dials" for k, size in enumerate(asked.sizes)]

    def draw(values):
        table, turn = places.index(values["table"]), values["turned by"]
        lines = lines_of(table, values["dial"] - 1)
        now = [
            f"{name} {100 * share:.0f} %"
            for name, share in zip(names, lines[np.abs(TURNS - turn).argmin()])
        ]
        figure = Figure(figsize=(6, 2.7))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
        left.imshow(pixels(photo[None])[0].squeeze(), vmin=0, vmax=255, cmap="gray")
        left.set_axis_off()
        draw_lines(
            right, lines, now, turn, title=f"table {table + 1}, dial {values['dial']:,}"
        )
        right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        return figure, ", ".join(now)

    follow(
        draw,
        {
            "table": places,
            "dial": (1, asked.sizes[0], 1, picked[0][1] + 1),
            "turned by": (-4.0, 4.0, 0.25, 0.0),
        },
        most={"dial": lambda values: asked.sizes[places.index(values["table"])]},
    )


class Dials:
    """A copy of a network's dials, and one photo to ask the network about.

    >>> Dials(build_recogniser(64), photo).confidences(table=0, dial=5, turns=[-1, 0, 1]).shape
    (3, 3)
    """

    def __init__(self, network, photo):
        self.tables = [table.numpy() for table in network.trainable_variables]
        self.sizes = [table.size for table in self.tables]
        images, others = (
            to_float(pixels(photo[None])),
            [variable.numpy() for variable in network.non_trainable_variables],
        )
        self.ask = tf.function(
            lambda tables: network.stateless_call(tables, others, images)[0]
        )

    def confidences(self, table, dial, turns=TURNS):
        """Float (turns, classes): what the network says with this one dial turned by each of `turns`."""
        answers, tables = [], list(self.tables)
        for turn in turns:
            tables[table] = self.tables[table].copy()
            tables[table].flat[dial] += turn
            answers.append(self.ask([tf.constant(one) for one in tables])[0])
        return np.array(answers)


def draw_lines(axis, confidences, names, turn=None, title=None):
    """The confidences (33, classes) over the turns; a mark where the dial is now."""
    for (colour, dashes), name, line in zip(LINES, names, np.transpose(confidences)):
        axis.plot(TURNS, line, dashes, color=colour, linewidth=2, label=name)
        if turn is not None:
            axis.plot(turn, line[np.abs(TURNS - turn).argmin()], "o", color=colour)
    if turn is not None:
        axis.axvline(turn, color=GREY, linewidth=1)
    axis.set(
        ylim=(-0.03, 1.03),
        xticks=(-4, 0, 4),
        yticks=(0, 0.5, 1),
        xlabel="turned by",
        title=title,
    )
