"""A table as tensors on the device: split, and scaled by the training split."""

import numpy as np
import numpy.typing as npt
import torch

from tui_lab.data.dataset import Dataset, Part, scaled_target, target_dtype
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import in_short
from tui_lab.data.recipes import TableRecipe
from tui_lab.data.table.fitting import fit_table, sentences
from tui_lab.data.table.scaling import apply
from tui_lab.data.table.table import read_table
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.safe import safe

_SAID = 8  # messages about single columns; in a wide table more would hide what matters


def load(
    experiment: Experiment, device: torch.device, progress: Progress | None = None, code: Code = NO_CODE
) -> Dataset:
    """Read, split and scale the data of an experiment, resident on `device`. Raises InputError.

    `progress` is called with the fraction of the file read.
    """
    spec, task = experiment.data, experiment.task
    table = read_table(spec, task, progress)
    fitted = fit_table(table, experiment)
    columns, rows, about = fitted.columns, fitted.rows, fitted.about
    warnings = [*fitted.doubts, *table.warnings, *_in_part(fitted.done, safe(spec.file, 300))]
    target_N, target_mean, target_std = scaled_target(table.target_N, task, rows.train)
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

    def part(chosen: npt.NDArray[np.int64]) -> Part:
        x = torch.from_numpy(apply(columns, inputs, chosen)).to(device)
        y = torch.tensor(target_N[chosen], dtype=target_dtype(task), device=device)
        return Part(x.reshape(-1, *about.shape), y, numbers_B=table.rows_N[chosen])

    train, val, test = part(rows.train), part(rows.val), part(rows.test)
    return Dataset(train, val, test, about, target_mean, target_std, in_short(warnings, spec.file), recipe)


def _in_part(done: list[tuple[str, str]], shown: str) -> list[str]:
    """What was done to single columns; if there are many, the first few and how many more."""
    first, rest = done[:_SAID], done[_SAID:]
    if not rest:
        return sentences(first, shown)
    dropped = sum(words.startswith("left out") for _, words in rest)
    more = f"{shown}: and {dropped} more columns left out, {len(rest) - dropped} more with values filled in"
    return [*sentences(first, shown), more]
