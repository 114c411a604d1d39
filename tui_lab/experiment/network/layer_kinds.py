"""The types of layers, each in one record of `KINDS`. To add a layer or an activation, add its record.

Formulas as in the documentation of torch.nn: a linear layer has out * (in + 1) parameters, a convolution
out * (in * kernel^2 + 1), a norm 2 * channels; a window of size k, padding p and stride s turns a side of n
into floor((n + 2p - k) / s) + 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, prod

from tui_lab.errors import InputError

Shape = tuple[int, ...]
UNSET = -1.0
"""The value of an option that comes from a hyperparameter."""
_FLOAT, _WHOLE = 4, 8


@dataclass(frozen=True, slots=True)
class Option:
    """One number of a layer: bounds inclusive, `default` None if it is required or from a hyperparameter.

    `hyperparameter` gives the value if there is no default; for an activation, if the line is `activation`.
    """

    name: str
    low: float
    high: float
    default: float | None = None
    whole: bool = True
    hyperparameter: str = ""

    @property
    def required(self) -> bool:
        return self.default is None and not self.hyperparameter


@dataclass(frozen=True, slots=True)
class Layer:
    """One line of the list: its kind and its numbers by name, `UNSET` if from a hyperparameter.

    `init`: how its weights are initialised; empty to use the hyperparameter.
    """

    kind: str
    options: tuple[tuple[str, float], ...] = ()
    init: str = ""

    def __getitem__(self, option: str) -> float:
        return dict(self.options)[option]

    def whole(self, option: str) -> int:
        return int(self[option])


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer of the network as it will be built.

    `output_shape` has no batch dimension: `(F,)` or `(C, H, W)`. `torch`: the class in torch.nn, made with
    `arguments`. `parameters`: the trainable ones. In bytes: its running `statistics`, and what is `kept` of
    each row for the backward pass besides its output.
    """

    layer: Layer
    output_shape: Shape
    torch: str
    arguments: tuple[float, ...] = ()
    parameters: int = 0
    statistics: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A type of layer.

    `plan`: the layer on inputs of a shape; raises InputError if it does not fit. The first of `options` may
    be written without its name. `weighted`: has weights to initialise; batch norm follows if that is on.
    `flat`: an image is flattened before it. `elementwise`: shown on the line of the layer before it.
    `gain`: of an activation, its name in torch.nn.init.calculate_gain, or `relu` if torch has none for it.
    """

    name: str
    help: str
    plan: Callable[[Layer, Shape], PlannedLayer]
    options: tuple[Option, ...] = ()
    weighted: bool = False
    flat: bool = False
    elementwise: bool = False
    gain: str = ""


def _linear(layer: Layer, shape: Shape) -> PlannedLayer:
    size = layer.whole("size")
    return PlannedLayer(layer, (size,), "Linear", (shape[0], size), parameters=size * (shape[0] + 1))


def _conv(layer: Layer, shape: Shape) -> PlannedLayer:
    channels, kernel, padding, stride = (layer.whole(name) for name, _ in layer.options)
    out = (channels, *_window(layer, shape, kernel, padding, stride))
    parameters = channels * (shape[0] * kernel * kernel + 1)
    return PlannedLayer(layer, out, "Conv2d", (shape[0], channels, kernel, stride, padding), parameters)


def _max_pool(layer: Layer, shape: Shape) -> PlannedLayer:
    kernel = layer.whole("kernel")
    out = (shape[0], *_window(layer, shape, kernel, 0, kernel))
    return PlannedLayer(layer, out, "MaxPool2d", (kernel,), kept=prod(out) * _WHOLE)


def _window(layer: Layer, shape: Shape, kernel: int, padding: int, stride: int) -> tuple[int, int]:
    if len(shape) != 3:
        raise InputError(f"{layer.kind} needs an image, but its input is flat with {shape[0]} values")
    sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[1:]]
    if min(sides) < 1:
        side = min(shape[1:])
        ways = [f"use kernel={side} or less" if side > 1 else "remove a max_pool before it"]
        if "padding" in dict(layer.options):
            ways.append(f"add padding={-(-(kernel - side) // 2)}")
        raise InputError(
            f"{layer.kind} with kernel={kernel} does not fit {shape[1]} x {shape[2]} pixels; "
            + ", or ".join(ways)
        )
    return sides[0], sides[1]


def _flatten(layer: Layer, shape: Shape) -> PlannedLayer:
    return PlannedLayer(layer, (prod(shape),), "Flatten")


def _dropout(layer: Layer, shape: Shape) -> PlannedLayer:
    return PlannedLayer(layer, shape, "Dropout", (layer["p"],), kept=prod(shape) * _FLOAT)


def _batch_norm(layer: Layer, shape: Shape) -> PlannedLayer:
    torch = "BatchNorm1d" if len(shape) == 1 else "BatchNorm2d"
    weights = 2 * shape[0]
    return PlannedLayer(layer, shape, torch, shape[:1], weights, statistics=weights * _FLOAT + _WHOLE)


def _group_norm(layer: Layer, shape: Shape) -> PlannedLayer:
    groups, channels = layer.whole("groups"), shape[0]
    if prod(shape) == 1:
        raise InputError(f"{layer.kind} needs more than one value, but its input has only one")
    if channels % groups or groups == prod(shape):
        fits = gcd(groups, channels)
        raise InputError(
            f"{layer.kind} {groups} does not fit {channels} channels: groups must be of equal size, with "
            f"more than one value; use {layer.kind} {fits if fits < prod(shape) else 1}"
        )
    kept = 2 * groups * _FLOAT
    return PlannedLayer(layer, shape, "GroupNorm", (groups, channels), 2 * channels, kept=kept)


def _activation(name: str, torch: str, gain: str, help: str, *options: Option) -> LayerKind:
    """An activation, whose options are the arguments of the class in torch."""

    def plan(layer: Layer, shape: Shape) -> PlannedLayer:
        return PlannedLayer(layer, shape, torch, tuple(value for _, value in layer.options))

    return LayerKind(name, help, plan, options, elementwise=True, gain=gain)


def _placeholder(layer: Layer, shape: Shape) -> PlannedLayer:
    raise AssertionError(f"{layer.kind} is replaced before it is planned")


_RECORDS = (
    LayerKind(
        "linear",
        "Fully connected: each output is a weighted sum of all inputs. An image is flattened before it.",
        _linear, (Option("size", 1, 1_000_000),), weighted=True, flat=True,
    ),
    LayerKind(
        "conv",
        "2-D convolution of an image: the same small filters at every position.",
        _conv,
        (
            Option("channels", 1, 65_536), Option("kernel", 1, 63, 3),
            Option("padding", 0, 63, 0), Option("stride", 1, 63, 1),
        ),
        weighted=True,
    ),
    LayerKind(
        "max_pool",
        "Keeps the largest value of each kernel × kernel window: a smaller image with as many channels.",
        _max_pool, (Option("kernel", 1, 63, 2),),
    ),
    LayerKind("flatten", "Turns an image into a row of values.", _flatten),
    LayerKind(
        "dropout",
        "Sets this fraction of the values to zero in each training step; without a number, the fraction is "
        "that of the hyperparameter `dropout`.",
        _dropout, (Option("p", 0, 0.999, whole=False, hyperparameter="dropout"),), elementwise=True,
    ),
    LayerKind(
        "batch_norm",
        "Normalises each channel over the batch, then applies a learned scale and shift.",
        _batch_norm, elementwise=True,
    ),
    LayerKind(
        "group_norm",
        "Normalises each group of channels within a row, whatever the batch; then a learned scale and shift.",
        _group_norm, (Option("groups", 1, 65_536, 8),), elementwise=True,
    ),
    LayerKind(
        "activation",
        "The activation chosen by the hyperparameter `activation`.",
        _placeholder, elementwise=True,
    ),
    _activation("relu", "ReLU", "relu", "ReLU is fast, but units can die (always output zero)."),
    _activation(
        "leaky_relu", "LeakyReLU", "leaky_relu",
        "Leaky ReLU keeps a small gradient below zero, so that units do not die.",
        Option("slope", 0, 1, 0.01, whole=False, hyperparameter="negative_slope"),
    ),
    _activation("elu", "ELU", "relu", "ELU keeps a gradient below zero and is smooth there."),
    _activation(
        "sigmoid", "Sigmoid", "sigmoid",
        "Sigmoid saturates: in deep networks its gradients vanish and the curves stay flat.",
    ),
    _activation("tanh", "Tanh", "tanh", "Tanh saturates like sigmoid, but its outputs are centred on zero."),
    _activation("gelu", "GELU", "relu", "GELU is a smooth ReLU, the usual choice in transformers."),
    _activation("silu", "SiLU", "relu", "SiLU (swish) is much like GELU, common in convolutional networks."),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _RECORDS}
ACTIVATIONS = {kind.name: kind for kind in _RECORDS if kind.gain}
