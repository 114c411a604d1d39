"""The arguments of `linear_stack.c`, and which trainings it can do."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, c_double, c_int64, c_uint64, c_void_p
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tui_lab.engine.native.compiler import NoCompilerError, compiled
from tui_lab.engine.setup.layer_stack import layer_stack
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.hyperparameters import Hyperparameters

_SOURCE = Path(__file__).with_name("linear_stack.c")
_LARGEST_WEIGHT = 65_536
"""Elements of a layer's weight above which torch is as fast: it then no longer fits the nearest caches."""


def _nothing(_: Any) -> float:
    return 0.0


KINDS: Mapping[type[nn.Module], tuple[int, Callable[[Any], float]]] = {
    nn.Linear: (0, _nothing),
    nn.Dropout: (1, lambda layer: layer.p),
    nn.ReLU: (2, _nothing),
    nn.LeakyReLU: (3, lambda layer: layer.negative_slope),
    nn.ELU: (4, lambda layer: layer.alpha),
    nn.Sigmoid: (5, _nothing),
    nn.Tanh: (6, _nothing),
    nn.GELU: (7, _nothing),
    nn.SiLU: (8, _nothing),
}
"""The layers it knows: their number, and what their own number is."""
OPTIMIZERS: tuple[str, ...] = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
LOSSES: tuple[str, ...] = ("mse", "binary_cross_entropy", "cross_entropy")
"""Their numbers, by their places."""


class Parameter(ctypes.Structure):
    """See linear_stack.c, as for the others."""

    _fields_ = (
        ("values", c_void_p), ("first", c_void_p), ("second", c_void_p), ("average", c_void_p),
        ("updates", c_double), ("rate", c_int64), ("learns", c_int64),
    )  # fmt: skip


class Layer(ctypes.Structure):
    """One layer."""

    _fields_ = (
        ("kind", c_int64), ("inputs", c_int64), ("outputs", c_int64), ("number", c_double),
        ("weight", Parameter), ("bias", Parameter),
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
        return "the network is more than linear layers, activations and dropout"
    if any(layer.weight.numel() > _LARGEST_WEIGHT for layer in layers if isinstance(layer, nn.Linear)):
        return "the layers are so large that torch is as fast"
    if ENGINE_TASKS[prepared.experiment.task].native_loss is None:
        return f"there is no compiled code for the loss of {prepared.experiment.task}"
    if hyper.precision == "bf16":
        return "the compiled code computes in fp32, not in bf16"
    library = compiled(_SOURCE)
    return str(library) if isinstance(library, NoCompilerError) else ""


class LinearStack:
    """Trains `layers`. What the structures point to must stay where it is."""

    def __init__(self, settings: Settings, layers: list[Layer]) -> None:
        library = compiled(_SOURCE)
        if isinstance(library, NoCompilerError):
            raise library
        self._train = library.tui_lab_train
        self._train.restype = c_int64
        width = layers[0].inputs
        for layer in layers:  # only linear ones know their width
            layer.inputs, width = layer.inputs or width, layer.outputs or width
            layer.outputs = width
        self._settings, self._depth, self._outputs = settings, c_int64(len(layers)), width
        self._layers = (Layer * len(layers))(*layers)

    def train(
        self, x: Tensor, y: Tensor, sizes: Sequence[int], rates: Sequence[float], begin: int
    ) -> tuple[list[float], Tensor]:
        """Make updates with the next `sizes` rows of `x (N, D)`, float32, and `y (N,)`.

        `rates`: the learning rates of each update, one after the other. `begin`: the updates made before.
        Returns the losses of the updates and the outputs `(N, K)`; from a loss that is not finite on, nothing
        is changed, and it is the last.
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
        return losses[: made + 1], outputs
