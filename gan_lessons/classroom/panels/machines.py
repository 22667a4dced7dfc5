"""Lesson 10: what a step of many machines costs in computing and in sending."""

from collections.abc import Mapping

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import BLUE, GREY, ORANGE, RED, RIGHT_OF_AXIS
from gan_lessons.scale import all_reduce_seconds

MACHINES = [1, 2, 4, 8, 16, 32, 64, 128, 256]
# Bytes per second, and seconds of delay per message.
LINKS = {
    "1 Gbit/s": (1.25e8, 1e-4),
    "10 Gbit/s": (1.25e9, 5e-5),
    "100 Gbit/s": (1.25e10, 1e-5),
    "within one box": (2.5e11, 5e-6),
}
MOST = {"within one box": 8}  # how many GPUs a link joins, if not any number
# Seconds per image on one GPU, and the bytes of D's and of G's gradients.
Cost = tuple[float, tuple[float, float]]


def share_the_work(
    costs: Mapping[int, Cost],
    title: str = (
        "One step at 64 pixels, 16 photos on each of 1, 8, 64 and 256 GPUs: "
        "computing and sending"
    ),
) -> None:
    """What a step of many GPUs costs, and how many images a second come of it.

    Args:
        costs: {picture size: (seconds per image on one GPU, (bytes of D's gradients,
            bytes of G's))}, 64 among the sizes.
        title: of the figure.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    slow, *fast = LINKS
    gpus = (1, 8, 64, 256)
    figure, axes = plt.subplots(1, 3, sharex=True, figsize=(10, 2.6))
    for axis, link in zip(axes, fast):
        most = MOST.get(link, gpus[-1])
        for row, machines in enumerate(gpus):
            if machines <= most:
                draw_step(axis, row, *step_seconds(costs[64], machines, link, 16))
            else:
                axis.text(0, row, f" a box holds {most}", va="center", color=GREY)
        axis.set(yticks=range(len(gpus)), yticklabels=gpus)
        axis.set(xlabel="milliseconds", title=link, ylim=(len(gpus) - 0.5, -0.5))
    axes[0].set_ylabel("GPUs")
    axes[-1].legend(["computing", "sending"], **RIGHT_OF_AXIS)
    figure.suptitle(title)
    plt.show()

    def draw(values):
        wanted, link, size, photos = values.values()
        counts = [n for n in MACHINES if n <= MOST.get(link, MACHINES[-1])]
        machines = min(wanted, counts[-1])
        cost = costs[size]
        figure = Figure(figsize=(6.4, 3.0), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=(1, 2.4))
        draw_step(above, 0, *step_seconds(cost, machines, link, photos))
        above.set(yticks=(), xlabel="milliseconds per step")
        above.legend(["computing", "sending"], **RIGHT_OF_AXIS)
        rates = [rate(cost, n, link, photos) for n in counts]
        free = [n * rates[0] for n in MACHINES]
        below.loglog(MACHINES, free, "--", color=GREY, label="if sending were free")
        below.loglog(counts, rates, color=BLUE, linewidth=2, label="images a second")
        below.plot(machines, rates[MACHINES.index(machines)], "o", color=RED)
        below.set_xticks(MACHINES, MACHINES)
        below.minorticks_off()
        below.set(xlabel="GPUs", ylabel="images a second")
        below.legend(loc="upper left")
        text = summary(cost, machines, link, photos)
        return figure, text + f" ({machines} GPUs fill a box)" * (machines < wanted)

    choices = {
        "GPUs": MACHINES,
        "link": [*fast, slow],
        "pixels": list(costs),
        "photos each": (4, 64, 4, 16),
    }
    follow(draw, choices)


def step_seconds(
    cost: Cost, machines: int, link: str, photos: int
) -> tuple[float, float]:
    """The time of one step, in two parts.

    Args:
        cost: seconds per image on one GPU, and the bytes of D's and of G's gradients.
        machines: that share the work, at least 1.
        link: between them, a key of `LINKS`.
        photos: on each machine.

    Returns:
        Seconds of computing, and of sending the gradients of both networks.

    Example:
        >>> step_seconds((1e-4, (4e6, 4e6)), 1, "10 Gbit/s", 16)
        (0.0016, 0.0)
    """
    seconds_per_image, gradients = cost
    sending = (all_reduce_seconds(n, machines, *LINKS[link]) for n in gradients)
    return photos * seconds_per_image, sum(sending)


def rate(cost: Cost, machines: int, link: str, photos: int) -> float:
    """Images per second of all machines together; arguments as `step_seconds`."""
    return machines * photos / sum(step_seconds(cost, machines, link, photos))


def summary(cost: Cost, machines: int, link: str, photos: int) -> str:
    """What the picture shows, in one line; arguments as `step_seconds`."""
    calculating, sending = step_seconds(cost, machines, link, photos)
    share = 100 * calculating / (calculating + sending)
    return (
        f"{1000 * calculating:.1f} ms computing and {1000 * sending:.1f} ms sending: "
        f"{share:.0f} % of the time is spent computing, "
        f"with batches of {machines * photos:,} in all"
    )


def draw_step(axis, row: int, calculating: float, sending: float) -> None:
    """Draw one step as a bar of two parts, in milliseconds.

    Args:
        axis: a matplotlib axis.
        row: where the bar lies on the y axis.
        calculating: seconds.
        sending: seconds.
    """
    axis.barh(row, 1000 * calculating, 0.7, color=BLUE)
    axis.barh(row, 1000 * sending, 0.7, left=1000 * calculating, color=ORANGE)
