"""gan_lessons: the code that the notebooks of this course build, cell by cell, and then import.

    data       photos of faces as arrays; sources and pictures find and read them (all lessons)
    models     recogniser, discriminator, generator      (lessons 1 to 3)
    gan        losses, freezing, the adversarial step    (lesson 4)
    augment    what helps with few photos                (lesson 5)
    metrics    how good, how varied, how new             (lesson 5)
    latent     arithmetic on codes                       (lesson 6)
    attributes what can be said of a face                (lessons 5 and 6)
    encoder    from a photo back to a code               (lesson 6)
    pretrained networks that come with the course        (lessons 5 and 6)
    scale      several devices and machines           (lesson 7)
    callbacks  timeline, checkpoint, history, NaN guard
    panels     sliders and buttons beside a picture      (lessons 1 to 4, 6, 7)
    plots, pace, checks, quiz, cli                       figures, budgets, exercises, questions, command line
"""

from gan_lessons import _backend  # noqa: F401  first of all: it decides what TensorFlow prints

__version__ = "0.1.0"
