"""Each fault of `tests/faults`, applied to a copy of the project, turns tests red."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAULTS = sorted((ROOT / "tests/faults").glob("*.patch"))


def caught_by(fault):
    """The tests that have to turn red, which a fault's first line names."""
    return fault.read_text().splitlines()[0].removeprefix("caught by ")


def run_tests(folder, what):
    arguments = (
        ["--nbval-lax", "--nbval-cell-timeout=120"]
        if what.endswith(".ipynb")
        else ["-m", "not slow"]
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "GAN_LESSONS_PACE": "test",
        "GAN_LESSONS_RUNS": str(folder / "runs"),
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", *arguments, what],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def copy(folder):
    for name in ("gan_lessons", "tests", "notebooks", "docs"):
        shutil.copytree(
            ROOT / name,
            folder / name,
            ignore=shutil.ignore_patterns("runs", "__pycache__"),
        )
    for name in ("pyproject.toml", "environment.yml", "requirements.lock", "Makefile"):
        shutil.copy(ROOT / name, folder)


def test_there_are_at_least_ten_faults():
    assert len(FAULTS) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_a_fault_turns_the_tests_red(fault, tmp_path):
    copy(tmp_path)
    subprocess.run(
        ["patch", "--strip=1", "--input", str(fault)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    what = caught_by(fault)
    result = run_tests(tmp_path, what)
    assert result.returncode == 1 and " failed" in result.stdout, (
        f"{what} stayed green with {fault.stem}:\n{result.stdout[-2000:]}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", sorted(set(map(caught_by, FAULTS))))
def test_the_untouched_copy_is_green(what, tmp_path):
    copy(tmp_path)
    result = run_tests(tmp_path, what)
    assert result.returncode == 0, result.stdout[-2000:]
