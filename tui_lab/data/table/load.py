"""A table as tensors on the device: split, and scaled by the training split."""

import numpy as np
import numpy.typing as npt
import torch

from tui_lab.data.classes import class_rows
from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import in_short, named
from tui_lab.data.recipes import TableRecipe
from tui_lab.data.table.leakage import doubts
from tui_lab.data.table.scaling import apply, fit_columns
from tui_lab.data.table.table import Table, read_table, rows_of_splits
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.tasks import TASKS, Task
from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe

_LARGEST = 3e38  # of a float32


_SAID = 8  # messages about single columns; in a wide table more would hide what matters


def load(experiment: Experiment, device: torch.device, progress: Progress | None = None) -> Dataset:
    """Read, split and scale the data of an experiment, resident on `device`. Raises InputError.

    `progress` is called with the fraction of the file read.
    """
    spec, task = experiment.data, experiment.task
    table = read_table(spec, task, progress)
    rows = rows_of_splits(table, experiment)
    warnings = [*doubts(table, rows), *table.warnings]
    columns, said = fit_columns(table.inputs, rows.train, as_image=spec.shape is not None)
    if not columns:
        raise InputError(f"{safe(spec.file, 300)}: no usable feature column: all are empty or constant")
    warnings += _sentences(safe(spec.file, 300), said)
    target_N, target_mean, target_std = _scaled_target(table, task, rows.train)
    recipe = TableRecipe(
        task=task,
        target=spec.target,
        columns=columns,
        classes=table.classes,
        target_mean=target_mean,
        target_std=target_std,
    )
    names = {column.name for column in columns}
    inputs = [item for item in table.inputs if item.name in names]
    shape = spec.shape or (recipe.width,)

    def part(chosen: npt.NDArray[np.int64]) -> Part:
        x = torch.from_numpy(apply(columns, inputs, chosen)).to(device)
        y = torch.tensor(target_N[chosen], dtype=target_dtype(task), device=device)
        return Part(x.reshape(-1, *shape), y)

    train, val, test = part(rows.train), part(rows.val), part(rows.test)
    about = DataLoaded(
        source=table.source,
        sha256=table.sha256,
        rows=len(table.target_N),
        features=recipe.width,
        shape=shape,
        target=spec.target,
        classes=table.classes,
        split={"train": len(train), "val": len(val), "test": len(test)},
        facts=in_short(table.facts, spec.file),
        class_rows=class_rows(table.target_N.astype(np.int64), table.classes, rows),
    )
    return Dataset(train, val, test, about, target_mean, target_std, in_short(warnings, spec.file), recipe)


def _scaled_target(
    table: Table, task: Task, train: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64] | npt.NDArray[np.int64], float, float]:
    if not TASKS[task].numeric:
        return table.target_N, 0.0, 1.0
    values_N = table.target_N.astype(np.float64)
    mean, std = float(values_N[train].mean()), float(values_N[train].std()) or 1.0
    farthest = float(np.abs(values_N - mean).max())
    if farthest / _LARGEST >= std:  # nearly constant in training, and far from that elsewhere
        std = farthest
    return (values_N - mean) / std, mean, std


def _sentences(shown: str, said: list[tuple[str, str]]) -> list[str]:
    """What was done to single columns; if there are many, the first few and how many more."""
    sentences = [
        f"{shown}: column {named(name)}: {words}" if name else f"{shown}: {words}" for name, words in said
    ]
    if len(sentences) <= _SAID:
        return sentences
    rest = said[_SAID:]
    dropped = sum(words.startswith("left out") for _, words in rest)
    more = f"{shown}: and {dropped} more columns left out, {len(rest) - dropped} more with values filled in"
    return [*sentences[:_SAID], more]
