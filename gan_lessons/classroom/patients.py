"""Five recorded runs on points whose faults are not named: exercise 5.4.

`benchmarks/patients.py` trained them, and says in which order they are.
"""

import json
import pathlib

import numpy as np

FILE = pathlib.Path(__file__).with_name("patients.json")


def load_patients() -> tuple[dict[str, tuple[dict, np.ndarray]], np.ndarray, list[int]]:
    """Five runs, the real points that they learned from, and when they were looked at.

    Returns:
        {letter: (history, frames)}, with the lists "d_real" and "d_fake", a number for
        25 rounds each, and the fakes (moments, n, 2), as `plots.point_runs` draws them;
        real points (m, 2); the round of each moment.

    Example:
        >>> patients, real, moments = load_patients()
        >>> sorted(patients)
        ['A', 'B', 'C', 'D', 'E']
    """
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    patients = {
        letter: (
            {name: run[name] for name in ("d_real", "d_fake")},
            np.array(run["frames"]),
        )
        for letter, run in stored["runs"].items()
    }
    return patients, np.array(stored["real"]), stored["rounds"]
