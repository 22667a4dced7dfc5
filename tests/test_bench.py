"""`make bench` in small: its table, and its contenders with small networks."""

import argparse
import math
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIGURES = {
    "rate": 30.0,
    "bare": 40.0,
    "unhindered": 30.0,
    "pipeline": 900.0,
    "first": 2.0,
    "memory": 700.0,
    "own": 500.0,
    "frechet": 50.0,
    "kid": 0.5,
    "floor": 10.0,
    "samples": 2000,
    "seen": 1000,
    "photos": "orl",
}


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import bench

    return bench


@pytest.fixture
def options(bench, tmp_path, monkeypatch):
    import contenders

    monkeypatch.setattr(
        contenders, "where", lambda name: None
    )  # ORL, whatever else is there
    monkeypatch.setattr(contenders, "EPOCHS", 2)
    return argparse.Namespace(
        **contenders.TINY, rounds=3, quality=1e-4, seed=0, scratch=str(tmp_path)
    )


def test_the_table_has_the_medians_of_ratios_taken_within_a_round(bench, options):
    seen = []

    def run(name, o):
        seen.append(name)
        hurry = (1, 4, 2)[sum(name == other for other in seen) - 1]
        slow = {
            "keras example": 0.1,
            "recipe and bare": 0.5,
            "photos 512": 0.25,
            "quality keras example": 2,
        }.get(name, 1)
        return {
            key: value * slow * hurry if key != "bare" else value * hurry
            for key, value in FIGURES.items()
            if not isinstance(value, str)
        } | {"photos": "orl"}

    rows = bench.measure_all(options, run=run)
    assert seen[:13] == seen[13:26][::-1] == seen[26:39]
    assert seen[39:] == ["quality recipe", "quality keras example"]
    assert {len(row) for row in rows} == {7}
    ratios = [row[3].replace("*", "").split()[0] for row in rows]
    wanted = "10.00 10.00 1.00 1.00 0.75 0.38 0.75 1.00 30.00 1.00 0.25 1.00 0.25"
    assert ratios == [*wanted.split(), "0.50", "0.50"]
    assert rows[0][1:3] == ["60", "6"] and rows[4][1:3] == ["60", "80"]
    lines = bench.table(rows, options).splitlines()
    assert {line.count("|") for line in lines[:17]} == {8} and lines[17] == ""
    assert lines[18].startswith("Medians of 3 rounds")


def test_the_table_replaces_only_what_lies_between_the_marks(bench, tmp_path):
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{bench.BEGIN}\nan old table\n{bench.END}\nafter\n")
    bench.store("a new table", page)
    bench.store("a newer table", page)
    assert (
        page.read_text()
        == f"before\n{bench.BEGIN}\na newer table\n{bench.END}\nafter\n"
    )
    assert (
        bench.PAGE.read_text().count(bench.BEGIN)
        == bench.PAGE.read_text().count(bench.END)
        == 1
    )


NAMES = ["keras example", "tutorial", "plain and bare", "photos 128"]
SLOW = [
    "plain",
    "recipe",
    "small networks",
    "tutorial's networks",
    "recipe and bare",
    "few photos and bare",
    "progress",
    "quality recipe",
    "quality keras example",
]


@pytest.mark.parametrize(
    "name", NAMES + [pytest.param(name, marks=pytest.mark.slow) for name in SLOW]
)
def test_a_contender_gives_finite_figures(bench, options, name):
    bench.write_noise(options)
    found = bench.run(name, options)
    numbers = {
        key: value for key, value in found.items() if isinstance(value, (int, float))
    }
    assert all(math.isfinite(value) and value >= 0 for value in numbers.values())
    wanted = (
        {"frechet", "kid", "seen"}
        if name.startswith("quality")
        else {"rate", "first", "memory", "own"}
    )
    wanted |= (
        {"bare"}
        if "bare" in name
        else {"pipeline"}
        if name.startswith("photos")
        else set()
    )
    assert wanted <= set(numbers)


def test_no_contender_is_forgotten(bench):
    assert {
        name for name in NAMES + SLOW if not name.startswith(("photos", "quality"))
    } == set(bench.CONTENDERS)
