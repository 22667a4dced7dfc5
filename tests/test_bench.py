"""`make bench` in small: every contender once, with small networks, in this process."""

import argparse
import math
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import bench

    return bench


@pytest.fixture
def options(bench, tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_LESSONS_DATA", raising=False)
    monkeypatch.setattr(bench, "EPOCHS", 2)
    return argparse.Namespace(**bench.TINY, rounds=1, quality=1e-4, seed=0, scratch=str(tmp_path))


def test_the_table_has_a_row_for_every_claim(bench, options):
    rows = bench.measure_all(options, run=bench.run)
    assert len(rows) == 13 and {len(row) for row in rows} == {7}
    for title, ours, other, ratio, target, memory, first in rows:
        numbers = [float(number) for number in re.findall(r"[\d.]+(?:e[+-]?\d+)?", f"{ours} {other} {ratio}".replace(",", ""))]
        assert all(math.isfinite(number) for number in numbers) and len(numbers) in (3, 5), title
    text = bench.table(rows, options)
    assert {line.count("|") for line in text.splitlines()[:15]} == {8}
