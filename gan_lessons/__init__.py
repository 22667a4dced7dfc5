"""gan_lessons: the code that the notebooks of this course build, and then import.

The system, in the order of the lessons:

    data         photos of faces as arrays; `sources` and `pictures` find and read them
    models       recogniser, discriminator, generator           (lessons 1 to 3)
    gan          losses, freezing, the adversarial step         (lesson 4)
    gan_base     saving, loading and painting for it
    augment      random changes for the discriminator's eyes    (lesson 5)
    metrics      how good, how varied, how new faces are        (lesson 6)
    pretrained   networks that come trained with the course     (lessons 5 to 8)
    latent       arithmetic on latent vectors                   (lesson 7)
    attributes   gender, age and race, as a network guesses     (lessons 6 and 7)
    directions   edits that move one attribute, and their cost  (lesson 7)
    encoder      from a photo back to a latent                  (lesson 8)
    growing      trained networks for twice the size            (lesson 9)
    deepening    more layers in trained networks                (lesson 9)
    scale        16 bits, several devices, several machines     (lessons 9, 10)
    export       pictures and networks for other programs       (lesson 9)
    recipe       what `gan-lessons train` does
    callbacks    checkpoint, history, timeline, NaN guard, progress
    device       what pays off on this machine
    files        files that are whole or not there
    lessons      the lessons without a clone: `gan-lessons lessons`
    cli, doctor  the command line

What teaches is in `gan_lessons.classroom`.
"""

from gan_lessons import _backend  # noqa: F401  first: it decides what TensorFlow prints

__version__ = "1.0.0"
