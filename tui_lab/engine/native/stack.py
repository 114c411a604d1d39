"""The arguments of `c/train.c`, and which trainings it can do."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, c_double, c_float, c_int64, c_uint64, c_void_p
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tui_lab.engine.native.compiler import NoCompilerError, compiled
from tui_lab.engine.setup.layer_stack import layer_stack
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.setup.threads import multiply_adds
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.hyperparameters import Hyperparameters

_SOURCE = Path(__file__).parent / "c" / "train.c"
_LARGEST_WEIGHT = 65_536
"""Elements of a layer's weight above which torch is as fast: it then no longer fits the nearest caches."""
_MOST_WORK = 200_000_000
"""Multiply-adds of an update above which torch is as fast: the compiled code has one thread."""


def _nothing(_: Any) -> float:
    return 0.0


KINDS: Mapping[type[nn.Module], tuple[int, Callable[[Any], float]]] = {
    nn.Linear: (0, _nothing),
    nn.Conv2d: (0, _nothing),
    nn.Dropout: (1, lambda layer: layer.p),
    nn.ReLU: (2, _nothing),
    nn.LeakyReLU: (3, lambda layer: layer.negative_slope),
    nn.ELU: (4, lambda layer: layer.alpha),
    nn.Sigmoid: (5, _nothing),
    nn.Tanh: (6, _nothing),
    nn.GELU: (7, _nothing),
    nn.SiLU: (8, _nothing),
    nn.MaxPool2d: (9, _nothing),
    nn.Flatten: (10, _nothing),
}
"""The layers it knows: their number, and what their own number is."""
OPTIMIZERS: tuple[str, ...] = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
LOSSES: tuple[str, ...] = ("mse", "binary_cross_entropy", "cross_entropy")
"""Their numbers, by their places."""


class Parameter(ctypes.Structure):
    """See `c/structures.h`, as for the others."""

    _fields_ = (
        ("values", c_void_p), ("first", c_void_p), ("second", c_void_p), ("average", c_void_p),
        ("updates", c_double), ("rate", c_int64), ("learns", c_int64),
    )  # fmt: skip


class Shape(ctypes.Structure):
    """Of images, or of rows of values: these are the channels of one pixel."""

    _fields_ = (("channels", c_int64), ("height", c_int64), ("width", c_int64))


class Layer(ctypes.Structure):
    """One layer, and the shapes of its inputs and outputs."""

    _fields_ = (
        ("kind", c_int64), ("before", Shape), ("after", Shape),
        ("kernel", c_int64), ("stride", c_int64), ("padding", c_int64),
        ("number", c_double), ("weight", Parameter), ("bias", Parameter),
    )  # fmt: skip


class Settings(ctypes.Structure):
    """What holds for all layers."""

    _fields_ = (
        ("loss", c_int64), ("optimizer", c_int64), ("rates", c_int64),
        ("label_smoothing", c_double), ("momentum", c_double), ("beta2", c_double),
        ("weight_decay", c_double), ("grad_clip", c_double), ("ema_decay", c_double), ("seed", c_uint64),
    )  # fmt: skip


def why_not(prepared: Prepared, hyper: Hyperparameters) -> str:
    """Why a training cannot be done in C; empty if it can. Compiles the code where that was not done yet."""
    layers = layer_stack(prepared, KINDS)
    if prepared.device.type != "cpu":
        return f"the compiled code is for the CPU, not for {prepared.device.type}"
    if layers is None:
        return "the network has layers other than linear, conv, max_pool, activations and dropout"
    rows = min(hyper.batch_size * hyper.accumulate, len(prepared.dataset.train))
    if (
        max(weight.numel() for weight in prepared.network.parameters()) > _LARGEST_WEIGHT
        or 3 * rows * multiply_adds(prepared.layers) > _MOST_WORK  # forward, plus twice as much backward
    ):
        return "the network is so large that torch, on several threads, is as fast"
    if ENGINE_TASKS[prepared.experiment.task].native_loss is None:
        return f"there is no compiled code for the loss of {prepared.experiment.task}"
    if hyper.precision == "bf16":
        return "the compiled code computes in fp32, not in bf16"
    library = compiled(_SOURCE)
    return str(library) if isinstance(library, NoCompilerError) else ""


def laid_out(layers: Sequence[nn.Module], shape: Sequence[int]) -> list[Layer]:
    """The layers with their shapes, for inputs of `shape` (features, or C, H, W); parameters are left out."""
    made = []
    before = Shape(*shape, *(1,) * (3 - len(shape)))
    for layer in layers:
        kind, number = KINDS[type(layer)]
        after, window = before, (1, 1, 0)
        match layer:
            case nn.Linear():
                after = Shape(layer.out_features, 1, 1)
            case nn.Flatten():
                after = Shape(before.channels * before.height * before.width, 1, 1)
            case nn.Conv2d() | nn.MaxPool2d():
                window = _one(layer.kernel_size), _one(layer.stride), _one(layer.padding)
                channels = layer.out_channels if isinstance(layer, nn.Conv2d) else before.channels
                after = Shape(channels, _windows(before.height, *window), _windows(before.width, *window))
        made.append(Layer(kind, before, after, *window, number(layer)))
        before = after
    return made


def _one(side: Any) -> int:
    """Windows are square."""
    return int(side[0] if isinstance(side, tuple) else side)


def _windows(side: int, kernel: int, stride: int, padding: int) -> int:
    return (side + 2 * padding - kernel) // stride + 1


class NativeStack:
    """Trains `layers`. What they point to must stay where it is."""

    def __init__(self, settings: Settings, layers: Sequence[Layer]) -> None:
        library = compiled(_SOURCE)
        if isinstance(library, NoCompilerError):
            raise library
        self._train = library.tui_lab_train
        self._train.restype = c_int64
        self._settings, self._depth = settings, c_int64(len(layers))
        self._layers = (Layer * len(layers))(*layers)
        self._outputs = layers[-1].after.channels

    def train(
        self, x: Tensor, y: Tensor, sizes: Sequence[int], rates: Sequence[float], begin: int
    ) -> tuple[list[float], Tensor]:
        """Make updates with the next `sizes` rows of `x (N, ...)`, float32, and `y (N,)`.

        `rates`: the learning rates of each update, one after the other. `begin`: the updates made before.
        Returns the losses of the updates and the outputs `(N, K)`; from a loss that is not finite as float32
        on, nothing is changed, and it is the last.
        """
        x, count, outputs = x.contiguous(), len(sizes), torch.empty(len(y), self._outputs)
        losses = (c_double * count)()
        made = self._train(
            byref(self._settings), self._layers, self._depth, c_int64(count), c_int64(begin),
            (c_int64 * count)(*sizes), c_void_p(x.data_ptr()), c_void_p(y.data_ptr()),
            (c_double * len(rates))(*rates), losses, c_void_p(outputs.data_ptr()),
        )  # fmt: skip
        if made < 0:
            raise MemoryError("no memory for an update")
        found = losses[: made + 1]
        if made < count:  # what is infinite as float32 is infinite here
            found[-1] = c_float(found[-1]).value
        return found, outputs
