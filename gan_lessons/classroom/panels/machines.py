"""Lesson 7: many machines learn together; what each step costs in calculating and in sending."""

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.style import BLUE, GREY, ORANGE, RED
from gan_lessons.scale import all_reduce_seconds

MACHINES = [1, 2, 4, 8, 16, 32, 64, 128, 256]
LINKS = {
    "1 Gbit/s": (1.25e8, 1e-4),
    "10 Gbit/s": (1.25e9, 5e-5),
    "100 Gbit/s": (1.25e10, 1e-5),
    "within one box": (2.5e11, 5e-6),
}


def share_the_work(
    costs,
    title="One step at 64 pixels, 16 photos on each of 1, 8, 64 and 256 GPUs: calculating and sending",
):
    """What a step of many GPUs costs, and how many images a second come of it.

    costs: {picture size: (seconds per image on one GPU, (bytes of D's gradients, bytes of G's))}, 64 among the sizes
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    figure, axes = plt.subplots(1, 3, sharex=True, figsize=(10, 2.6))
    for axis, link in zip(axes, list(LINKS)[1:]):
        for row, machines in enumerate((1, 8, 64, 256)):
            draw_step(axis, row, *parts(costs[64], machines, link, 16))
        axis.set(
            yticks=range(4),
            yticklabels=(1, 8, 64, 256),
            xlabel="milliseconds",
            title=link,
        )
        axis.invert_yaxis()
    axes[0].set_ylabel("GPUs")
    axes[-1].legend(
        ["calculating", "sending"], loc="center left", bbox_to_anchor=(1, 0.5)
    )
    figure.suptitle(title)
    plt.show()

    def draw(values):
        picked = costs[values["pixels"]], values["link"], values["photos each"]
        figure = Figure(figsize=(6.4, 3.0), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=(1, 2.4))
        draw_step(above, 0, *parts(picked[0], values["GPUs"], *picked[1:]))
        above.set(yticks=(), xlabel="milliseconds per step")
        above.legend(
            ["calculating", "sending"], loc="center left", bbox_to_anchor=(1, 0.5)
        )
        rates = [rate(picked[0], n, *picked[1:]) for n in MACHINES]
        below.loglog(
            MACHINES,
            [n * rates[0] for n in MACHINES],
            "--",
            color=GREY,
            label="if sending were free",
        )
        below.loglog(MACHINES, rates, color=BLUE, linewidth=2, label="images a second")
        below.plot(
            values["GPUs"], rates[MACHINES.index(values["GPUs"])], "o", color=RED
        )
        below.set_xticks(MACHINES, MACHINES)
        below.minorticks_off()
        below.set(xlabel="GPUs", ylabel="images a second")
        below.legend(loc="upper left")
        return figure, in_words(*picked[:1], values["GPUs"], *picked[1:])

    follow(
        draw,
        {
            "GPUs": MACHINES,
            "link": list(LINKS)[1:] + list(LINKS)[:1],
            "pixels": list(costs),
            "photos each": (4, 64, 4, 16),
        },
    )


def parts(cost, machines, link, photos):
    """Seconds of one step: calculating, and sending the gradients of both networks.

    >>> parts((1e-4, (4e6, 4e6)), 1, "10 Gbit/s", 16)
    (0.0016, 0.0)
    """
    seconds_per_image, gradients = cost
    return photos * seconds_per_image, sum(
        all_reduce_seconds(nbytes, machines, *LINKS[link]) for nbytes in gradients
    )


def rate(cost, machines, link, photos):
    """Images per second of all machines together."""
    return machines * photos / sum(parts(cost, machines, link, photos))


def in_words(cost, machines, link, photos):
    """What the picture shows, as one line."""
    calculating, sending = parts(cost, machines, link, photos)
    return (
        f"{1000 * calculating:.1f} ms calculating and {1000 * sending:.1f} ms sending: {100 * calculating / (calculating + sending):.0f} % of the time is learning, "
        f"with batches of {machines * photos:,} in all"
    )


def draw_step(axis, row, calculating, sending):
    """One step as a bar of two parts, in milliseconds."""
    axis.barh(row, 1000 * calculating, 0.7, color=BLUE)
    axis.barh(row, 1000 * sending, 0.7, left=1000 * calculating, color=ORANGE)
