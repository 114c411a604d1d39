"""A table as tensors on the device: split, scaled by the training split, ready for batches.

Legend: B rows of a split, F features, C channels, H height, W width, K classes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.data.split import quantile_bins, split_rows
from tui_lab.data.table import Table, read_table
from tui_lab.errors import InputError
from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.experiment import Experiment, Task


@dataclass(frozen=True, slots=True)
class Part:
    """One split.

    `x`: float32 `(B, F)` or `(B, C, H, W)`. `y`: float32 `(B,)` for regression (scaled) and binary (0 or
    1), int64 `(B,)` for multiclass.
    """

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The three splits and what one needs to read them.

    `target_mean` and `target_std` undo the scaling of a regression target: value = y * std + mean; for
    classes they are 0 and 1. `about` is what is told of the data.
    """

    train: Part
    val: Part
    test: Part
    about: DataLoaded
    target_mean: float
    target_std: float
    warnings: tuple[str, ...]


def load(experiment: Experiment, device: torch.device) -> Dataset:
    """Read, split and scale the data of an experiment, resident on `device`. Raises InputError."""
    spec, task = experiment.data, experiment.task
    table = read_table(spec, task)
    classes_N = None if task == "regression" else table.target_N.astype(np.int64)
    strata_N = quantile_bins(table.target_N.astype(np.float64)) if classes_N is None else classes_N
    seed = experiment.hyperparameters.seed if spec.split.seed is None else spec.split.seed
    rows = split_rows(len(table.target_N), spec.split, seed, strata_N)
    warnings = _check_classes(table, classes_N, rows.train)
    mean, std = _scaling(table.features_NF[rows.train], as_image=spec.shape is not None)
    features_NF = (table.features_NF - mean) / std
    target_N, target_mean, target_std = _scaled_target(table, task, rows.train)
    shape = spec.shape or (features_NF.shape[1],)

    def part(chosen: npt.NDArray[np.int64]) -> Part:
        x = torch.tensor(features_NF[chosen], dtype=torch.float32, device=device)
        y = torch.tensor(target_N[chosen], dtype=_target_dtype(task), device=device)
        return Part(x.reshape(-1, *shape), y)

    train, val, test = part(rows.train), part(rows.val), part(rows.test)
    about = DataLoaded(
        source=table.source,
        sha256=table.sha256,
        rows=len(table.target_N),
        features=features_NF.shape[1],
        shape=shape,
        target=spec.target,
        classes=table.classes,
        split={"train": len(train), "val": len(val), "test": len(test)},
    )
    return Dataset(train, val, test, about, target_mean, target_std, tuple(warnings))


def _target_dtype(task: Task) -> torch.dtype:
    return torch.int64 if task == "multiclass" else torch.float32


def _scaling(
    train_BF: npt.NDArray[np.float64], *, as_image: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and deviation of each column, or of all pixels of an image together; 1 where constant."""
    axis = None if as_image else 0
    std = np.asarray(train_BF.std(axis))
    return np.asarray(train_BF.mean(axis)), np.where(std > 0, std, 1.0)


def _scaled_target(
    table: Table, task: Task, train: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64] | npt.NDArray[np.int64], float, float]:
    if task != "regression":
        return table.target_N, 0.0, 1.0
    values_N = table.target_N.astype(np.float64)
    mean, std = float(values_N[train].mean()), float(values_N[train].std()) or 1.0
    return (values_N - mean) / std, mean, std


def _check_classes(
    table: Table, classes_N: npt.NDArray[np.int64] | None, train: npt.NDArray[np.int64]
) -> list[str]:
    if classes_N is None:
        return []
    counts = np.bincount(classes_N, minlength=len(table.classes))
    in_train = np.bincount(classes_N[train], minlength=len(table.classes))
    absent = [table.classes[k] for k in np.flatnonzero(in_train == 0)]
    if absent:
        raise InputError(f"no row for training of class {', '.join(map(repr, absent))}: give it more rows")
    share = counts.max() / counts.sum()
    if share > 0.8:
        return [
            f"{share:.0%} of the rows are of one class: a constant answer is right as often, "
            "so look at recall and AUROC rather than accuracy"
        ]
    return []
