"""A user's Dataset from a Python file: loaded, validated, split and put on the device.

Legend: N rows, B rows of a split, F features, C channels, H height, W width.
"""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.utils.data
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part, scaled_target, target_dtype
from tui_lab.data.description import describe
from tui_lab.data.local_file import Progress, free_memory
from tui_lab.data.messages import counted
from tui_lab.data.off_device import InMemory, OffDevice, too_large
from tui_lab.data.recipes import TableRecipe
from tui_lab.data.split import split_by_target
from tui_lab.data.user.user_code import load_object, own_code, split_name
from tui_lab.errors import InputError
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.network.memory import bytes_text
from tui_lab.experiment.tasks import TASKS

_FEWEST_ROWS = 3
_MOST_CLASSES = 1000
_EXACT = 2.0**53  # from here on neighbouring whole numbers are one floating-point number
_ITEM_BYTES = 600  # the overhead of two small tensors
_TOLD = 16  # items between progress reports
_COPIES = 3  # of the numbers, as float32: item by item, in one piece, and then the splits


def load(experiment: Experiment, device: torch.device, progress: Progress | None, code: Code) -> Dataset:
    """The dataset named by `code`, split as the experiment says. Raises InputError.

    `progress` is called with the fraction of its items loaded. Inputs are used as they are; a regression
    target is scaled as that of a table is.
    """
    if code.dataset is None:
        shown = experiment.data.file
        raise InputError(
            f"the data come from user code ({shown}), which runs only if named on the command line: "
            f"add --dataset {shown}"
        )
    shown = named = code.dataset
    with own_code(named, "while loading its rows"):
        x, y_N = _gathered(load_object(named), named, progress)
        x, y_N = _plain(x, f"{shown}: x"), _plain(y_N, f"{shown}: y")
    x = _checked_inputs(x, y_N, shown)
    target_N, classes = _target(y_N, experiment, shown)
    rows = split_by_target(target_N, experiment, shown, classes)
    digest = hashlib.sha256(x.numpy().tobytes() + target_N.tobytes())
    scaled_N, mean, std = scaled_target(target_N, experiment.task, rows.train)
    dtype, note = target_dtype(experiment.task), too_large(x.nbytes, device)

    def part(chosen: npt.NDArray[np.int64]) -> Part:
        y = torch.tensor(scaled_N[chosen], dtype=dtype, device=device)
        kept = OffDevice(InMemory(x), torch.from_numpy(chosen), device)
        return Part(kept if note else kept.on_device(), y, numbers_B=chosen)

    train, val, test = part(rows.train), part(rows.val), part(rows.test)
    spec = experiment.data.model_copy(update={"file": named})
    about = describe(spec, digest.hexdigest(), tuple(x.shape[1:]), target_N, classes, rows)
    recipe = TableRecipe(
        task=experiment.task,
        target=experiment.data.target,
        columns=(),
        classes=classes,
        target_mean=mean,
        target_std=std,
    )
    return Dataset(train, val, test, about, mean, std, (note,) if note else (), recipe)


def _gathered(made: Any, named: str, progress: Progress | None) -> tuple[Tensor, Tensor]:
    """All inputs and all targets: of a pair of tensors, or of the items of a Dataset one by one."""
    path, name = split_name(named)
    shown = f"{path}: {name}"
    given = made() if callable(made) and not isinstance(made, torch.utils.data.Dataset) else made
    if isinstance(given, torch.utils.data.IterableDataset) or not (
        isinstance(given, tuple | list) or hasattr(given, "__getitem__")
    ):
        raise InputError(
            f"{path}: {name} returns {type(given).__name__}; expected a Dataset with "
            "__len__ and __getitem__, or two tensors (x, y)"
        )
    if isinstance(given, tuple | list):
        if len(given) != 2:
            raise InputError(
                f"{path}: {name} returns {counted(len(given), 'value', 'values')}; expected x and y"
            )
        return torch.as_tensor(given[0]), torch.as_tensor(given[1])
    rows = len(given)
    if not rows:
        raise InputError(f"{shown} is empty")
    xs, ys = [], []
    for row in range(rows):
        x, y = (torch.as_tensor(part) for part in given[row])
        xs.append(x)
        ys.append(y)
        if row == 0:
            _check_memory(x, rows, shown)
        if x.shape != xs[0].shape:
            raise InputError(
                f"{path}: item {row} has the shape {tuple(x.shape)}, item 0 "
                f"{tuple(xs[0].shape)}; all must have the same shape"
            )
        if progress is not None and row % _TOLD == 0:
            progress((row + 1) / rows)
    return torch.stack(xs), torch.stack(ys)


def _check_memory(x: Tensor, rows: int, shown: str) -> None:
    """Raise InputError if this many items like the first one do not fit in memory."""
    size, free = rows * (x.numel() * x.element_size() * _COPIES + _ITEM_BYTES), free_memory()
    if size > free:
        raise InputError(
            f"{shown} has {rows:,} items of the shape {tuple(x.shape)}: they need about {bytes_text(size)} "
            f"of memory, but only {bytes_text(free)} are free; use fewer (torch.utils.data.Subset)"
        )


def _plain(values: Tensor, shown: str) -> Tensor:
    """A dense, real, contiguous tensor in memory. Raises InputError for other tensors."""
    if values.is_meta:
        raise InputError(f"{shown} is on the meta device, where a tensor has no values; create it on the CPU")
    if values.is_nested or values.is_quantized or values.layout != torch.strided:
        raise InputError(f"{shown} is sparse, nested or quantized; convert it, e.g. with x.to_dense()")
    if values.is_complex():
        raise InputError(f"{shown} holds complex numbers; expected real ones")
    return values.detach().cpu()


def _checked_inputs(x: Tensor, y: Tensor, shown: str) -> Tensor:
    """As float32 `(N, F)` or `(N, C, H, W)`."""
    if x.dim() not in (2, 4):
        raise InputError(
            f"{shown}: x has the shape {tuple(x.shape)}; expected rows of features (N, F) or images "
            "(N, C, H, W)"
        )
    if not y.dim():
        raise InputError(f"{shown}: y is a single number; expected one per row (N,)")
    rows = len(y)
    if len(x) != rows:
        inputs, targets = counted(len(x), "input", "inputs"), counted(rows, "target", "targets")
        raise InputError(f"{shown}: {inputs} and {targets}")
    if rows < _FEWEST_ROWS:
        few = counted(rows, "row is", "rows are")
        raise InputError(f"{shown}: {few} too few; at least {_FEWEST_ROWS} are needed")
    if not x[0].numel():
        raise InputError(f"{shown}: x has the shape {tuple(x.shape)}: its rows are empty")
    x = x.float().contiguous()
    if not bool(x.isfinite().all()):
        row = int((~x.isfinite()).flatten(1).any(1).nonzero()[0])
        raise InputError(f"{shown}: x of row {row} (counted from 0) is not finite")
    return x


def _target(y_N: Tensor, experiment: Experiment, shown: str) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    """Values or class numbers, and class names."""
    if y_N.dim() == 2 and y_N.shape[1] == 1:
        y_N = y_N.squeeze(1)
    if y_N.dim() != 1:
        raise InputError(f"{shown}: y has the shape {tuple(y_N.shape)}; expected one number per row (N,)")
    values_N = y_N.double().numpy()
    if not bool(np.isfinite(values_N).all()):
        raise InputError(f"{shown}: y of row {int(np.flatnonzero(~np.isfinite(values_N))[0])} is not finite")
    if (bounds := TASKS[experiment.task].classes) is None:
        return values_N, ()
    if bool((values_N != np.round(values_N)).any()):
        raise InputError(f"{shown}: y holds values that are not class numbers; is it --task regression?")
    if y_N.is_floating_point() and float(np.abs(values_N).max()) >= _EXACT:
        raise InputError(f"{shown}: y holds class numbers of 2**53 or more; number the classes from 0")
    if y_N.is_floating_point() or y_N.dtype == torch.bool:
        y_N = y_N.to(torch.int64)
    labels, codes_N = np.unique(y_N.numpy(), return_inverse=True)
    few, many = bounds[0], bounds[1] or _MOST_CLASSES
    if not few <= len(labels) <= many:
        wanted = "2" if few == many else f"{few} to {many}"
        found = counted(len(labels), "class", "classes")
        raise InputError(f"{shown}: y has {found}; {experiment.task} needs {wanted}")
    return codes_N.astype(np.int64), tuple(str(label) for label in labels)
