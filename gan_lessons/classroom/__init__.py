"""What teaches: exercises that check themselves, quizzes, panels and figures.

    checks   the exercises: `check("2.1", answer)`
    quiz     ten questions to a lesson
    panels   sliders and buttons beside a picture
    plots    the figures of the lessons
    pace     how much work a cell does on this machine

Nothing outside this folder imports it: the system works without it.
"""
