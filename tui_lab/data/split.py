"""Which rows are for training, validation and test: fixed by the seed, stratified by class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import counted
from tui_lab.errors import InputError, placed
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.split import Split
from tui_lab.experiment.tasks import TASKS

Rows = npt.NDArray[np.int64]
NAMES = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class SplitRows:
    """Row numbers of the three splits; together all rows, each once, in random order."""

    train: Rows
    val: Rows
    test: Rows


def split_rows(rows: int, split: Split, seed: int, classes_N: Rows | None = None) -> SplitRows:
    """Split `rows` rows in the fractions of `split`, as `deal` does.

    Raises InputError if a split stays empty.
    """
    return SplitRows(*deal(rows, {name: getattr(split, name) for name in NAMES}, seed, classes_N).values())


def split_by_target(target_N: npt.NDArray[Any], experiment: Experiment, shown: str) -> SplitRows:
    """The split of an experiment's rows: every class, or large and small targets, in each of its parts.

    `shown` names the data in errors. Raises InputError.
    """
    numeric, split = TASKS[experiment.task].numeric, experiment.data.split
    strata_N = quantile_bins(target_N.astype(np.float64)) if numeric else target_N.astype(np.int64)
    seed = experiment.hyperparameters.seed if split.seed is None else split.seed
    with placed(shown):
        return split_rows(len(target_N), split, seed, strata_N)


def deal(rows: int, shares: Mapping[str, float], seed: int, classes_N: Rows | None = None) -> dict[str, Rows]:
    """Split `rows` rows in the fractions `shares`, which add up to 1.

    With `classes_N` (the class number of each row) the split is stratified; the first row of a class goes
    to the first split. Fractions become counts by the largest remainder. Raises InputError if a split stays
    empty.
    """
    rng = np.random.default_rng(seed)
    groups = (
        [np.arange(rows)]
        if classes_N is None
        else [np.flatnonzero(classes_N == k) for k in range(int(classes_N.max()) + 1)]
    )
    dealt: list[list[Rows]] = [[] for _ in shares]
    for group in groups:
        shuffled = rng.permutation(group)
        ends = np.cumsum(_counts(len(group), tuple(shares.values())))
        for part, piece in zip(dealt, np.split(shuffled, ends[:-1]), strict=True):
            part.append(piece)
    parts = {
        name: rng.permutation(np.concatenate(pieces)) for name, pieces in zip(shares, dealt, strict=True)
    }
    if not all(map(len, parts.values())):
        counts = ", ".join(f"{name} {len(part)}" for name, part in parts.items())
        few = counted(rows, "row is", "rows are")
        raise InputError(f"{few} too few for this split ({counts}): use more rows or other shares")
    return parts


def quantile_bins(target_N: npt.NDArray[np.float64], size: int = 20) -> Rows:
    """The bin of each row, with the rows sorted by target and cut into bins of about `size`.

    As classes for `split_rows` this spreads small and large targets evenly, so that the score of a small test
    split depends less on chance.
    """
    bins = max(1, len(target_N) // size)
    rank_N = np.argsort(np.argsort(target_N, kind="stable"), kind="stable")
    return (rank_N * bins // len(target_N)).astype(np.int64)


def _counts(rows: int, shares: tuple[float, ...]) -> list[int]:
    exact = [rows * share for share in shares]
    counts = [int(e + 1e-9) for e in exact]
    by_remainder = sorted(range(len(shares)), key=lambda k: (counts[k] - exact[k], k))
    for k in by_remainder[: rows - sum(counts)]:
        counts[k] += 1
    return counts
