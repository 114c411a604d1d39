"""Shapes and parameter counts of a layer list, computed without torch.

Formulas as in the documentation of torch.nn: a linear layer has out * (in + 1) parameters, a convolution
out * (in * kernel^2 + 1), a batch norm 2 * channels; a window of size k, padding p and stride s turns a side
of n into floor((n + 2p - k) / s) + 1.
"""

from collections.abc import Iterator
from math import prod

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.layer_kinds import Layer, PlannedLayer, Shape
from tui_lab.experiment.layers import ACTIVATIONS, parse_layers


def plan(
    lines: tuple[str, ...], hyper: Hyperparameters, input_shape: Shape, outputs: int
) -> tuple[PlannedLayer, ...]:
    """The whole network: hyperparameters filled in, batch norms and the output layer added.

    Raises InputError naming the line where the shapes do not match.
    """
    shape = input_shape
    planned: list[PlannedLayer] = []
    for number, layer in resolve(parse_layers(lines), hyper, len(input_shape), outputs):
        try:
            out, parameters = apply(layer, shape)
        except InputError as error:
            raise InputError([f"layer {number}: {problem}" for problem in error.problems]) from None
        planned.append(PlannedLayer(layer, out, parameters))
        shape = out
    return tuple(planned)


def resolve(
    layers: tuple[Layer, ...], hyper: Hyperparameters, rank: int, outputs: int
) -> Iterator[tuple[int, Layer]]:
    """Each layer with its line number, placeholders filled in, added layers after the line they belong to."""
    flat = rank == 1
    number = 0
    for number, layer in enumerate(layers, 1):
        if layer.kind == "linear" and not flat:
            yield number, Layer("flatten")
        flat = flat or layer.kind in ("linear", "flatten")
        if layer.kind == "activation":
            slope = (("slope", hyper.negative_slope),) if hyper.activation == "leaky_relu" else ()
            yield number, Layer(hyper.activation, slope)
        elif layer.kind == "dropout" and layer["p"] < 0:
            yield number, Layer("dropout", (("p", hyper.dropout),))
        else:
            yield number, layer
        if hyper.batch_norm and layer.kind in ("linear", "conv"):
            yield number, Layer("batch_norm")
    if not flat:
        yield number + 1, Layer("flatten")
    yield number + 1, Layer("linear", (("size", outputs),))


def apply(layer: Layer, shape: Shape) -> tuple[Shape, int]:
    """The output shape of a layer on inputs of `shape`, and its parameters. Raises InputError."""
    match layer.kind:
        case "linear":
            size = layer.whole("size")
            return (size,), size * (shape[0] + 1)
        case "conv":
            channels, kernel = layer.whole("channels"), layer.whole("kernel")
            rows, columns = _window(layer, shape, kernel, layer.whole("padding"), layer.whole("stride"))
            return (channels, rows, columns), channels * (shape[0] * kernel * kernel + 1)
        case "max_pool":
            kernel = layer.whole("kernel")
            rows, columns = _window(layer, shape, kernel, 0, kernel)
            return (shape[0], rows, columns), 0
        case "flatten":
            return (prod(shape),), 0
        case "batch_norm":
            return shape, 2 * shape[0]
        case kind if kind == "dropout" or kind in ACTIVATIONS:
            return shape, 0
    raise AssertionError(f"a layer without a shape rule: {layer.kind}")


def _window(layer: Layer, shape: Shape, kernel: int, padding: int, stride: int) -> tuple[int, int]:
    if len(shape) != 3:
        raise InputError(f"{layer.kind} needs an image, but its input is flat with {shape[0]} values")
    sides = [(side + 2 * padding - kernel) // stride + 1 for side in shape[1:]]
    if min(sides) < 1:
        side = min(shape[1:])
        ways = [f"use kernel={side} or less" if side > 1 else "remove a max_pool before it"]
        if layer.kind == "conv":
            ways.append(f"add padding={-(-(kernel - side) // 2)}")
        raise InputError(
            f"{layer.kind} with kernel={kernel} does not fit {shape[1]} x {shape[2]} pixels; "
            + ", or ".join(ways)
        )
    return sides[0], sides[1]


def describe(layer: Layer) -> str:
    """A layer in one short line, as one would write it: `conv 32 kernel=3 padding=1`."""
    words = [layer.kind]
    for place, (name, value) in enumerate(layer.options):
        if value < 0:  # dropout uses the hyperparameter
            continue
        number = str(int(value)) if value == int(value) else repr(value)
        words.append(number if place == 0 else f"{name}={number}")
    return " ".join([*words, *([f"init={layer.init}"] if layer.init else [])])
