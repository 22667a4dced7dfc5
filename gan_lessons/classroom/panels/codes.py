"""Lesson 6: a code is pushed along its directions, and the face follows."""

import numpy as np

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.faces import face_sheet


def steer_a_face(
    draw, names, limit=4, title="The first face of the panel, one slider at a time"
):
    """A face with a slider for each direction of its code, and a button for a new face.

    draw: takes the sliders' values, float (k,), and the number of the face, 0 at first; gives one picture (size, size, channels)
    """
    pushes = np.linspace(-limit, limit, 5)
    rows = [
        np.array([draw(push * direction, 0) for push in pushes])
        for direction in np.eye(len(names))
    ]
    face_sheet(
        rows,
        row_labels=names,
        titles=[f"{push:+g}".replace("-", "−") if push else "0" for push in pushes],
        title=title,
    )
    number = [0]

    def redraw(values):
        moved = ", ".join(
            f"{name} {value:+.2f}" for name, value in values.items() if value
        )
        return draw(
            np.array(list(values.values())), number[0]
        ), f"face {number[0] + 1}: {moved or 'as its code has it'}"

    def next_face(controls, redraw):
        number[0] += 1

    def all_to_zero(controls, redraw):
        for control in controls.values():
            control.value = 0

    follow(
        redraw,
        {name: (-limit, limit, 0.25, 0.0) for name in names},
        {"new face": next_face, "all to 0": all_to_zero},
    )
