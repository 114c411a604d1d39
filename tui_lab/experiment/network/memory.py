"""The memory training will need, computed before anything is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from math import prod

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import PlannedLayer, Shape
from tui_lab.experiment.tasks import TASKS, Task

_CHUNK_VALUES = 4_000_000  # input values per forward pass when a split is evaluated
_CHUNK_PIXELS, _FEWEST = 131_072, 32  # on a CPU, of images
_GPU_ROWS = 64
GATHERED_BYTES = 64 * 10**6
"""The most 8-bit pixels of an epoch that are put in their random order at a time."""
_FLOAT, _WHOLE = 4, 8


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, by purpose.

    `weights`: parameters and the running statistics of batch norm; `gradients`: one number per parameter;
    `optimizer`: its state; `average`: the averaged weights, and a copy of the network's own while those are
    validated; `best`: the copy of the best epoch's weights; `activations`: what the forward pass of a batch
    keeps for its backward pass; `data`: the three splits; `shuffled`: a second copy of the training split
    in the order of the epoch, or of a part of it.
    """

    weights: int
    gradients: int
    optimizer: int
    average: int
    best: int
    activations: int
    data: int
    shuffled: int

    @property
    def further(self) -> int:
        """What is needed on top of the loaded data."""
        return self.total - self.data

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


def estimate(
    planned: Sequence[PlannedLayer],
    input_shape: Shape,
    hyper: Hyperparameters,
    task: Task,
    rows: dict[str, int],
    value_bytes: int = _FLOAT,
) -> Memory:
    """The memory a run of this network needs on `rows` rows (`train`, `val`, `test`), all in float32.

    Except the data, which takes `value_bytes` per value until it is batched.

    Exact for weights, gradients, optimizer, best and data; activations are an upper bound for the listed
    layers, without the workspace of libraries. torch itself (some 300 MB) is not counted.
    """
    parameters = sum(item.parameters for item in planned)
    batch = min(hyper.batch_size, rows["train"])
    weights = parameters * _FLOAT + sum(item.statistics for item in planned)
    inputs, target = prod(input_shape) * value_bytes, _WHOLE if TASKS[task].target_type == "int64" else _FLOAT
    gathered = rows["train"] * inputs
    if value_bytes < _FLOAT:
        gathered = min(gathered, max(GATHERED_BYTES, batch * inputs))
    return Memory(
        weights=weights,
        gradients=parameters * _FLOAT,
        optimizer=parameters * _FLOAT * _remembered(hyper),
        average=2 * parameters * _FLOAT * (hyper.ema_decay > 0),
        best=weights,
        activations=max(_trained(planned, batch), _scored(planned, input_shape, rows["val"])),
        data=sum(rows.values()) * (inputs + target),
        shuffled=gathered + rows["train"] * target,
    )


def chunk_rows(input_shape: Shape, *, on_gpu: bool) -> int:
    """How many rows pass through the network at a time when a split is evaluated.

    On a CPU the output of a convolution should stay in the cache: on images of 64 x 64, with 32 channels, 32
    at a time took half as long as 168. On a GPU few large images would leave it waiting.
    """
    values = max(1, prod(input_shape))
    rows = max(1, _CHUNK_VALUES // values)
    if on_gpu:
        return max(rows, min(_GPU_ROWS, 4 * _CHUNK_VALUES // values))
    if len(input_shape) == 3:
        return min(rows, max(_FEWEST, _CHUNK_PIXELS // prod(input_shape[1:])))
    return rows


def _remembered(hyper: Hyperparameters) -> int:
    """Numbers of optimizer state per parameter, as in torch.optim."""
    match hyper.optimizer:
        case "sgd":
            return int(hyper.momentum > 0)
        case "rmsprop":
            return 1 + int(hyper.momentum > 0)
        case "adagrad":
            return 1
    return 2


def _trained(planned: Sequence[PlannedLayer], batch: int) -> int:
    """Every layer's output, what it keeps besides (masks, indices), and the two largest gradients."""
    sizes = [prod(item.output_shape) for item in planned]
    kept = sum(item.kept for item in planned)
    return batch * (kept + (sum(sizes) + 2 * max(sizes, default=0)) * _FLOAT)


def _scored(planned: Sequence[PlannedLayer], input_shape: Shape, rows: int) -> int:
    """One evaluation batch without gradients: the input and output of one layer at a time."""
    sizes = [prod(input_shape), *(prod(item.output_shape) for item in planned)]
    chunk = min(rows, chunk_rows(input_shape, on_gpu=True))
    return chunk * _FLOAT * max(sum(pair) for pair in pairwise(sizes))


def bytes_text(size: float) -> str:
    """A human-readable number of bytes: `640 B`, `9.1 kB`, `131 MB`, `10.7 GB`."""
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            scaled = size / unit
            return f"{scaled:.1f} {name}" if scaled < 99.95 else f"{scaled:,.0f} {name}"
    return f"{size:.0f} B"


def breakdown(memory: Memory) -> str:
    """The breakdown of the memory in one line."""
    parts = {
        "weights": memory.weights,
        "gradients": memory.gradients,
        "optimizer": memory.optimizer,
        "average": memory.average,
        "best epoch": memory.best,
        "activations": memory.activations,
        "data": memory.data + memory.shuffled,
    }
    return ", ".join(f"{name} {bytes_text(size)}" for name, size in parts.items() if size)


def too_much(needed: float, free: float) -> str:
    """An error text with a way out if more memory is needed than is free; otherwise empty."""
    if needed <= free:
        return ""
    return (
        f"training needs about {bytes_text(needed)} of memory, but only {bytes_text(free)} are "
        "free: make the widest layer smaller, or lower batch_size"
    )
