"""A Dataset of one's own, from a Python file: gathered, checked, split and put on the device.

Legend: N rows, B rows of a split, F features, C channels, H height, W width.
"""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.recipe import TableRecipe
from tui_lab.data.split import quantile_bins, split_rows
from tui_lab.engine.own import load_object, own_code, split_name
from tui_lab.errors import InputError
from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe
from tui_lab.spec.code import Code
from tui_lab.spec.experiment import Experiment

_FEWEST_ROWS = 3
_MOST_CLASSES = 1000


def load_own(experiment: Experiment, device: torch.device, code: Code) -> Dataset:
    """The dataset that `code` names, as the experiment splits it. Raises InputError.

    Inputs are taken as they are given; a regression target is scaled as that of a table is.
    """
    if code.dataset is None:
        shown = safe(experiment.data.file, 300)
        raise InputError(
            f"the data are code of one's own ({shown}), which runs only if it is named on the command line: "
            f"add --dataset {shown}"
        )
    named, task = code.dataset, experiment.task
    shown = safe(named, 300)
    with own_code(named, "gathering its rows"):
        x, y_N = _gathered(load_object(named), named)
    x = _checked_inputs(x, len(y_N), shown)
    target_N, classes, mean, std = _target(y_N, experiment, shown)
    asked = experiment.data.split.seed
    seed = experiment.hyperparameters.seed if asked is None else asked
    strata_N = quantile_bins(target_N) if task == "regression" else target_N.astype(np.int64)
    try:
        rows = split_rows(len(target_N), experiment.data.split, seed, strata_N)
    except InputError as error:
        raise InputError([f"{shown}: {problem}" for problem in error.problems]) from None
    if task == "regression":
        mean, std = float(target_N[rows.train].mean()), float(target_N[rows.train].std()) or 1.0
        target_N = (target_N - mean) / std
    dtype = torch.int64 if task == "multiclass" else torch.float32

    def part(chosen: npt.NDArray[np.int64]) -> Part:
        y = torch.tensor(target_N[chosen], dtype=dtype, device=device)
        return Part(x[torch.from_numpy(chosen)].to(device), y)

    train, val, test = part(rows.train), part(rows.val), part(rows.test)
    digest = hashlib.sha256(x.numpy().tobytes() + target_N.tobytes())
    about = DataLoaded(
        source=named,
        sha256=digest.hexdigest(),
        rows=len(target_N),
        features=x[0].numel(),
        shape=tuple(x.shape[1:]),
        target=experiment.data.target,
        classes=classes,
        split={"train": len(train), "val": len(val), "test": len(test)},
    )
    recipe = TableRecipe(
        task=task,
        target=experiment.data.target,
        columns=(),
        classes=classes,
        target_mean=mean,
        target_std=std,
    )
    return Dataset(train, val, test, about, mean, std, (), recipe)


def _gathered(made: Any, named: str) -> tuple[Tensor, Tensor]:
    """All inputs and all targets: of a pair of tensors, or of the items of a Dataset one by one."""
    path, name = split_name(named)
    given = made() if callable(made) and not isinstance(made, torch.utils.data.Dataset) else made
    if isinstance(given, torch.utils.data.IterableDataset) or not (
        isinstance(given, tuple | list) or hasattr(given, "__getitem__")
    ):
        raise InputError(
            f"{safe(path, 300)}: {safe(name, 60)} gives {type(given).__name__}; wanted is a Dataset with "
            "__len__ and __getitem__, or two tensors (x, y)"
        )
    if isinstance(given, tuple | list):
        if len(given) != 2:
            raise InputError(
                f"{safe(path, 300)}: {safe(name, 60)} gives {len(given)} things; wanted are x and y"
            )
        return torch.as_tensor(given[0]), torch.as_tensor(given[1])
    items = [given[k] for k in range(len(given))]
    if not items:
        raise InputError(f"{safe(path, 300)}: {safe(name, 60)} is empty")
    xs, ys = [torch.as_tensor(x) for x, _ in items], [torch.as_tensor(y) for _, y in items]
    for row, x in enumerate(xs):
        if x.shape != xs[0].shape:
            raise InputError(
                f"{safe(path, 300)}: item {row} has the shape {tuple(x.shape)}, item 0 "
                f"{tuple(xs[0].shape)}; all must be of one shape"
            )
    return torch.stack(xs), torch.stack(ys)


def _checked_inputs(x: Tensor, rows: int, shown: str) -> Tensor:
    """As float32 `(N, F)` or `(N, C, H, W)` on the CPU."""
    if x.dim() not in (2, 4) or x.is_complex():
        raise InputError(
            f"{shown}: x has the shape {tuple(x.shape)}; wanted are rows of features (N, F) or images "
            "(N, C, H, W)"
        )
    if len(x) != rows:
        raise InputError(f"{shown}: {len(x)} inputs and {rows} targets")
    if rows < _FEWEST_ROWS:
        raise InputError(f"{shown}: {rows} rows are too few; at least {_FEWEST_ROWS} are needed")
    x = x.detach().cpu().float().contiguous()
    if not bool(x.isfinite().all()):
        row = int((~x.isfinite()).flatten(1).any(1).nonzero()[0])
        raise InputError(f"{shown}: x of row {row} (counted from 0) is not finite")
    return x


def _target(
    y_N: Tensor, experiment: Experiment, shown: str
) -> tuple[npt.NDArray[Any], tuple[str, ...], float, float]:
    """Values or class numbers, the names of the classes, and a mean and deviation that change nothing."""
    y_N = y_N.detach().cpu()
    if y_N.dim() == 2 and y_N.shape[1] == 1:
        y_N = y_N.squeeze(1)
    if y_N.dim() != 1 or y_N.is_complex():
        raise InputError(f"{shown}: y has the shape {tuple(y_N.shape)}; wanted is one number a row (N,)")
    values_N = y_N.double().numpy()
    if not bool(np.isfinite(values_N).all()):
        raise InputError(f"{shown}: y of row {int(np.flatnonzero(~np.isfinite(values_N))[0])} is not finite")
    if experiment.task == "regression":
        return values_N, (), 0.0, 1.0
    if bool((values_N != np.round(values_N)).any()):
        raise InputError(f"{shown}: y holds values that are no class numbers; is it a --task regression?")
    labels, codes_N = np.unique(values_N.astype(np.int64), return_inverse=True)
    few, many = (2, 2) if experiment.task == "binary" else (2, _MOST_CLASSES)
    if not few <= len(labels) <= many:
        wanted = "2" if few == many else f"{few} to {many}"
        raise InputError(f"{shown}: y holds {len(labels)} classes; {experiment.task} needs {wanted}")
    return codes_N.astype(np.int64), tuple(str(label) for label in labels), 0.0, 1.0
