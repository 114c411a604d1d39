"""Which rows are for training, validation and test: fixed by the seed, stratified by class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import counted, named
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


def split_rows(
    rows: int, split: Split, seed: int, classes_N: Rows | None = None, names: tuple[str, ...] = ()
) -> SplitRows:
    """Split `rows` rows in the fractions of `split`, as `deal` does, and into its folds if it has any.

    `names`: of the classes, if `classes_N` are those of the target. Raises InputError if a split stays empty,
    or as `in_folds`.
    """
    dealt = SplitRows(*deal(rows, {name: getattr(split, name) for name in NAMES}, seed, classes_N).values())
    return in_folds(dealt, split, seed, classes_N, names)


def split_by_target(
    target_N: npt.NDArray[Any], experiment: Experiment, shown: str, classes: tuple[str, ...] = ()
) -> SplitRows:
    """The split of an experiment's rows: every class, or large and small targets, in each of its parts.

    `shown` names the data in errors, `classes` are the names of theirs. Raises InputError.
    """
    numeric, split = TASKS[experiment.task].numeric, experiment.data.split
    strata_N = quantile_bins(target_N.astype(np.float64)) if numeric else target_N.astype(np.int64)
    seed = experiment.hyperparameters.seed if split.seed is None else split.seed
    with placed(shown):
        return split_rows(len(target_N), split, seed, strata_N, classes)


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


def in_folds(
    rows: SplitRows, split: Split, seed: int, classes_N: Rows | None = None, names: tuple[str, ...] = ()
) -> SplitRows:
    """Deal the rows of training and validation anew, into the folds of `split`; without folds, as they are.

    The parts are stratified by `classes_N` (the class of each row of the data), and depend on the rows and
    the seed alone. Raises InputError for fewer rows than folds, and for a class, one of `names`, of which
    there are fewer rows than folds.
    """
    if split.folds is None or split.fold is None:
        return rows
    own_N = np.sort(np.concatenate((rows.train, rows.val)))
    strata_N = np.zeros(len(own_N), np.int64) if classes_N is None else classes_N[own_N]
    _check_folds(split.folds, len(own_N), np.bincount(strata_N, minlength=len(names)), names)
    rng = np.random.default_rng((seed, split.folds))
    fold_N = fold_numbers(strata_N, split.folds, rng)
    order_N = rng.permutation(len(own_N))
    own_N, fold_N = own_N[order_N], fold_N[order_N]
    return SplitRows(own_N[fold_N != split.fold], own_N[fold_N == split.fold], rows.test)


def fold_numbers(strata_N: Rows, folds: int, rng: np.random.Generator) -> Rows:
    """The fold of each row, from 0: rows of a class are spread evenly over the folds, at random.

    Neither the sizes of two folds nor their rows of one class differ by more than one. `strata_N`: class
    numbers.
    """
    order_N = np.concatenate([rng.permutation(np.flatnonzero(strata_N == k)) for k in np.unique(strata_N)])
    found_N = np.empty(len(strata_N), np.int64)
    found_N[order_N] = np.arange(len(strata_N)) % folds
    return found_N


def _check_folds(folds: int, rows: int, of_class: Rows, names: tuple[str, ...]) -> None:
    if rows < folds:
        few = counted(rows, "row", "rows")
        raise InputError(f"folds: {folds} are more than the {few} in training and validation")
    if names and (fewest := int(of_class.min())) < folds:
        few = counted(fewest, "row", "rows")
        fits = f"use at most {fewest} folds" if fewest > 1 else "two folds need two rows of each class"
        rarest = named(names[int(of_class.argmin())], 40)
        raise InputError(
            f"folds: {folds} are more than the {few} of class {rarest} in training and validation; {fits}"
        )


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
