"""Lesson 7: a code is pushed along its directions, and the face follows."""

from collections.abc import Callable, Sequence

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.faces import face_sheet


def steer_a_face(
    draw: Callable[[np.ndarray, int], np.ndarray],
    names: Sequence[str],
    limit: float = 4,
    title: str = "The first face of the panel, one slider at a time",
) -> None:
    """A face with a slider for each direction of its code, and a button for a new face.

    Args:
        draw: makes of the sliders' values, float (k,), and the number of the face, from
            0 on, an image (size, size, channels).
        names: of the k directions.
        limit: the sliders go from -limit to limit.
        title: of the figure.
    """
    pushes = np.linspace(-limit, limit, 5)
    signs = [f"{push:+g}".replace("-", "−") if push else "0" for push in pushes]
    directions = np.eye(len(names))
    rows = [np.array([draw(push * one, 0) for push in pushes]) for one in directions]
    face_sheet(rows, titles=signs, row_labels=names, title=title)
    number = 0

    def redraw(values):
        pushed = {name: value for name, value in values.items() if value}
        moves = ", ".join(f"{name} {value:+.2f}" for name, value in pushed.items())
        face = draw(np.array(list(values.values())), number)
        return face, f"face {number + 1}: {moves or 'as its code has it'}"

    def next_face(controls, redraw):
        nonlocal number
        number += 1

    def all_to_zero(controls, redraw):
        for control in controls.values():
            control.value = 0

    follow(
        redraw,
        {name: (-limit, limit, 0.25, 0.0) for name in names},
        {"new face": next_face, "all to 0": all_to_zero},
    )
