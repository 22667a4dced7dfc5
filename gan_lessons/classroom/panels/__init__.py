"""Things to touch: a figure, and where Jupyter has widgets, controls and a picture.

    turn_a_dial      one weight of a network, and the confidences         (lesson 1)
    slide_a_kernel   kernel, stride and padding, and the size of the output  (lesson 2)
    paint_a_region   one number, pressed onto a canvas by a kernel        (lesson 3)
    play_by_hand     a GAN on points, turn by turn                        (lesson 4)
    steer_a_face     a code, pushed along its directions                  (lesson 7)
    share_the_work   many machines: computing and sending                 (lesson 10)

The figure shows a few settings; it is all that GitHub and HTML show. Whatever a panel
computes or draws can be called without widgets; `controls.follow` adds them.
"""

from gan_lessons.classroom.panels.codes import steer_a_face
from gan_lessons.classroom.panels.dials import turn_a_dial
from gan_lessons.classroom.panels.kernels import slide_a_kernel
from gan_lessons.classroom.panels.machines import share_the_work
from gan_lessons.classroom.panels.painting import paint_a_region
from gan_lessons.classroom.panels.points import play_by_hand

__all__ = [
    "paint_a_region",
    "play_by_hand",
    "share_the_work",
    "slide_a_kernel",
    "steer_a_face",
    "turn_a_dial",
]
