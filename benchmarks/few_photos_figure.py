"""Draw docs/few_photos.png from the table in docs/recipe.md.

    .venv/bin/python benchmarks/few_photos_figure.py

The rows come from `benchmarks/few_photos.py`, one run each.
"""

import pathlib

import matplotlib.pyplot as plt
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from gan_lessons.classroom.stored import stored_table

FIGURE = pathlib.Path("docs/few_photos.png")
PHOTOS_FD = 16.2  # 2,000 photos against 2,000 others: docs/recipe.md


def main():
    rows = stored_table("recipe.md", "photos")
    figure, (distance, copies) = plt.subplots(1, 2, figsize=(9, 3.6), dpi=110)
    for augmented, style in (("no", "o-"), ("yes", "s--")):
        chosen = [row for row in rows if row["augmented"] == augmented]
        photos = [int(row["photos"].replace(",", "")) for row in chosen]
        label = "augmented" if augmented == "yes" else "not augmented"
        distance.plot(photos, [float(row["FD"]) for row in chosen], style, label=label)
        shares = [float(row["copies"].rstrip(" %")) for row in chosen]
        copies.plot(photos, shares, style, label=label)
    distance.set(title="Fréchet distance: lower is better", ylim=(0, None))
    copies.set(title="Samples that are copies of a photo", ylim=(0, None))
    distance.axhline(PHOTOS_FD, color="0.5", ls=":", label="other photos")
    copies.axhline(1, color="0.5", ls=":", label="other photos")
    copies.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    for axes in (distance, copies):
        axes.set(xscale="log", xlabel="photos to learn from", xticks=photos)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(FIGURE)


if __name__ == "__main__":
    main()
