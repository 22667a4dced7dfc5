r"""Faces to label by eye: smile, glasses, pose. Two labellers get the same sheets.

    .venv/bin/python benchmarks/labels.py photos build/labels
    .venv/bin/python benchmarks/labels.py edited build/labels

writes sheets of numbered faces, and `faces.csv`, which says what each number is. Each
labeller, without seeing the other's file, writes a file with a line per face:

    number,smile,glasses,pose

- smile: 1 if the corners of the mouth are raised, with or without teeth; else 0.
- glasses: 1 if glasses or sunglasses are visible; else 0.
- pose: where the nose points in the picture: -1 to the left, 1 to the right, 0 for a
  turn of less than about 15 degrees.
- An empty field where it cannot be seen.

    .venv/bin/python benchmarks/labels.py merge build/labels/faces.csv A.csv B.csv \
        --out benchmarks/labels/photos.csv

keeps what both agree on, leaves the rest empty, and prints how often they agree. The
files in `benchmarks/labels` were labelled by AI assistants, not by people.
"""

import argparse
import csv
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import numpy as np
from photos import split_photos
from PIL import Image, ImageDraw

from gan_lessons import pretrained
from gan_lessons.latent import edit
from gan_lessons.models import generate, sample_latents

LABELS = ("smile", "glasses", "pose")
EDITS = ("smile", "glasses", "pose", "random")
LENGTH = 3  # of the edits, in standard deviations
ROWS, COLUMNS, SIDE, LINE = 5, 8, 188, 16  # of a sheet; pixels


def photos(n=480, seed=7):
    """Photos that the generator learned from, and their names."""
    train, _ = split_photos()
    chosen = np.random.default_rng(seed).permutation(len(train))[:n]
    chosen = train[np.sort(chosen)]
    return chosen.images, [{"name": name} for name in chosen.names]


def edited(n=40, seed=300):
    """Both ends of edits, shuffled, so that nobody knows which is which."""
    faces = pretrained.load("faces64")
    z = sample_latents(n, 128, seed)
    random = sample_latents(1, 128, seed=seed + 1)[0]
    images, rows = [], []
    for name in EDITS:
        direction = faces.directions.get(name, random)
        for end in (-LENGTH, LENGTH):
            images.append(generate(faces.generator, edit(z, direction, [end])[:, 0]))
            rows += [{"direction": name, "face": k, "end": end} for k in range(n)]
    order = np.random.default_rng(seed).permutation(len(rows))
    return np.concatenate(images)[order], [rows[k] for k in order]


def write_sheets(images, rows, folder):
    folder.mkdir(parents=True, exist_ok=True)
    per_sheet = ROWS * COLUMNS
    for first in range(0, len(images), per_sheet):
        size = COLUMNS * (SIDE + 2), ROWS * (SIDE + LINE + 2)
        sheet = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(sheet)
        for k, pixels in enumerate(images[first : first + per_sheet]):
            face = Image.fromarray(pixels).resize(
                (SIDE, SIDE), Image.Resampling.LANCZOS
            )
            x = k % COLUMNS * (SIDE + 2)
            y = k // COLUMNS * (SIDE + LINE + 2)
            draw.text((x + 4, y + 2), str(first + k), fill="black")
            sheet.paste(face, (x, y + LINE))
        sheet.save(folder / f"sheet{first // per_sheet:02d}.png")
    numbered = [{"number": k, **row} for k, row in enumerate(rows)]
    write_table(folder / "faces.csv", numbered)


def merge(faces, first, second):
    """Rows of `faces` with the labels on which both files agree."""
    rows, same = [], {label: [] for label in LABELS}
    for face, a, b in zip(*map(read_table, (faces, first, second)), strict=True):
        if not face["number"] == a["number"] == b["number"]:
            raise ValueError(
                f"number {face['number']}: the files differ in their order"
            )
        row = {key: value for key, value in face.items() if key != "number"}
        for label in LABELS:
            agree = a[label] == b[label]
            row[label] = a[label] if agree else ""
            if a[label] and b[label]:
                same[label].append(agree)
        rows.append(row)
    for label, agree in same.items():
        print(f"{label}: {np.mean(agree):.1%} the same of {len(agree)} that both saw")
    return rows


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_table(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("photos", "edited"):
        commands.add_parser(name).add_argument("folder", type=pathlib.Path)
    command = commands.add_parser("merge")
    for name in ("faces", "first", "second"):
        command.add_argument(name, type=pathlib.Path)
    command.add_argument("--out", type=pathlib.Path, required=True)
    o = parser.parse_args()
    if o.command == "merge":
        write_table(o.out, merge(o.faces, o.first, o.second))
    else:
        images, rows = {"photos": photos, "edited": edited}[o.command]()
        write_sheets(images, rows, o.folder)


if __name__ == "__main__":
    main()
