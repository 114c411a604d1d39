"""The sequences without torch."""

import hashlib

import numpy as np
import numpy.typing as npt

from tui_lab.data.description import describe
from tui_lab.data.split import SplitRows, split_by_target
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import DataLoaded

ROWS, LENGTH = 120, 8
Floats = npt.NDArray[np.float64]


def made_up(file: str) -> tuple[Floats, Floats, str]:
    """Waves `(N, T)`, the value after each `(N,)`, and their sha256. Raises InputError for another name."""
    kind, _, seed = file.partition(":")
    if kind != "sine" or not seed.isdigit():
        raise InputError(f"{file}: write sine:SEED")
    rng = np.random.default_rng(int(seed))
    start_N, speed_N = rng.uniform(0, 2 * np.pi, ROWS), rng.uniform(0.2, 1.0, ROWS)
    values = np.sin(start_N[:, None] + speed_N[:, None] * np.arange(LENGTH + 1))
    return values[:, :-1], values[:, -1], hashlib.sha256(values.tobytes()).hexdigest()


def in_splits(experiment: Experiment) -> tuple[Floats, Floats, SplitRows, DataLoaded]:
    """The same with its splits."""
    x_NT, y_N, sha256 = made_up(experiment.data.file)
    rows = split_by_target(y_N, experiment, experiment.data.file)
    return x_NT, y_N, rows, describe(experiment.data, sha256, (LENGTH,), y_N, (), rows)


def look_at(experiment: Experiment) -> DataLoaded:
    return in_splits(experiment)[-1]
