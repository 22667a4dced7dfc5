"""The colours and the style of all figures, and a description of each in words."""

import sys
import textwrap

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
GREY = "#999999"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
YELLOW = "#F0E442"

# Arguments of `axis.legend` that put the legend beside the axis.
RIGHT_OF_AXIS = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}


def set_style() -> None:
    """Give all figures the style of the course, and in a notebook a description.

    The description is stored beside the picture in the notebook, where the HTML of the
    course finds its alternative text.
    """
    import matplotlib
    from cycler import cycler

    colours = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY]
    matplotlib.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=colours),
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
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:
        shell.display_formatter.mimebundle_formatter.for_type(
            "matplotlib.figure.Figure",
            lambda figure: ({}, {"image/png": {"alt": description(figure)}}),
        )


def description(figure) -> str:
    """What a figure shows, from the words in it.

    Args:
        figure: a matplotlib figure.

    Returns:
        Its title, then the titles, labels and legends of its axes: one line of at most
        300 characters, empty for a figure without words.
    """
    words = [figure.get_suptitle()]
    for axis in figure.axes:
        words += [axis.get_title("center"), axis.get_title("left")]
        words += [axis.get_ylabel(), axis.get_xlabel()]
        if legend := axis.get_legend():
            words += [text.get_text() for text in legend.get_texts()]
    heading, *others = [word for word in words if word.strip()] or [""]
    text = f"{heading}: {', '.join(others)}" if others else heading
    return textwrap.shorten(text, 300, placeholder=" …")


def hide_frame(axis) -> None:
    """Take ticks and frame away from a matplotlib axis that holds a picture."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
