"""One look for all figures of the course."""

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, GREY, PURPLE, SKY, YELLOW = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#999999", "#CC79A7", "#56B4E9", "#F0E442")


def set_style():
    """One look for all figures of the course."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update({
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]), "axes.spines.top": False,
        "axes.spines.right": False, "axes.titlesize": 11, "figure.titlesize": 12, "axes.labelsize": 10, "figure.dpi": 80,
        "savefig.dpi": 80, "image.cmap": "gray", "legend.frameon": False, "figure.constrained_layout.use": True,
    })
