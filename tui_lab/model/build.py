"""A planned layer list as an `nn.Sequential`."""

from collections.abc import Iterable, Sequence

from torch import nn

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.layer_kinds import Layer, PlannedLayer, Shape
from tui_lab.experiment.shapes import describe
from tui_lab.model.initialise import initialise
from tui_lab.protocol.events import LayerBuilt


def build(planned: Sequence[PlannedLayer], input_shape: Shape, hyper: Hyperparameters) -> nn.Sequential:
    """The network on the CPU, its weights drawn from torch's global generator.

    Maps `(B, *input_shape)` to raw scores `(B, outputs)`: no sigmoid or softmax at the end.
    """
    modules: list[nn.Module] = []
    layers = [item.layer for item in planned]
    shape = input_shape
    for item in planned:
        modules.append(_module(item.layer, shape))
        shape = item.output_shape
    network = nn.Sequential(*modules)
    initialise(network, layers, hyper.init)
    return network


def describe_layers(planned: Iterable[PlannedLayer]) -> tuple[LayerBuilt, ...]:
    """The layers as reported in `ModelBuilt`."""
    return tuple(LayerBuilt(describe(p.layer), p.output_shape, p.parameters) for p in planned)


def _module(layer: Layer, shape: Shape) -> nn.Module:
    match layer.kind:
        case "linear":
            return nn.Linear(shape[0], layer.whole("size"))
        case "conv":
            return nn.Conv2d(
                shape[0],
                layer.whole("channels"),
                layer.whole("kernel"),
                stride=layer.whole("stride"),
                padding=layer.whole("padding"),
            )
        case "max_pool":
            return nn.MaxPool2d(layer.whole("kernel"))
        case "flatten":
            return nn.Flatten()
        case "dropout":
            return nn.Dropout(layer["p"])
        case "batch_norm":
            return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])
        case "relu":
            return nn.ReLU()
        case "leaky_relu":
            return nn.LeakyReLU(layer["slope"])
        case "elu":
            return nn.ELU()
        case "sigmoid":
            return nn.Sigmoid()
        case "tanh":
            return nn.Tanh()
    raise AssertionError(f"a layer that cannot be built: {layer.kind}")
