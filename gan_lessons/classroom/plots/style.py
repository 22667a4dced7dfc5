"""One look for all figures of the course, and a description of each for those who cannot see it."""

import sys
import textwrap

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, GREY, PURPLE, SKY, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#999999",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)


def set_style():
    """One look for all figures of the course."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "figure.titlesize": 12,
            "axes.labelsize": 10,
            "figure.dpi": 80,
            "savefig.dpi": 80,
            "image.cmap": "gray",
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
        }
    )
    _describe_figures()


def description(figure):
    """What a figure shows, from the words in it: its title, then the titles, axes and lines of its panels. At most 300 characters."""
    words = []
    for axis in figure.axes:
        words += [
            axis.get_title("center"),
            axis.get_title("left"),
            axis.get_ylabel(),
            axis.get_xlabel(),
        ]
        words += (
            [text.get_text() for text in axis.get_legend().get_texts()]
            if axis.get_legend()
            else []
        )
    heading, *panels = [
        word for word in (figure.get_suptitle(), *words) if word.strip()
    ] or [""]
    return textwrap.shorten(
        f"{heading}: {', '.join(panels)}" if panels else heading, 300, placeholder=" …"
    )


def _describe_figures():
    """In a notebook, store each figure's description beside it, where HTML finds the picture's alternative text."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:
        shell.display_formatter.mimebundle_formatter.for_type(
            "matplotlib.figure.Figure",
            lambda figure: ({}, {"image/png": {"alt": description(figure)}}),
        )
