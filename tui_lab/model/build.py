"""A planned layer list as an `nn.Sequential`."""

from collections.abc import Iterable, Sequence

from torch import nn

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import PlannedLayer
from tui_lab.experiment.network.shapes import describe
from tui_lab.model.initialise import initialise
from tui_lab.protocol.events import LayerBuilt


def build(planned: Sequence[PlannedLayer], hyper: Hyperparameters) -> nn.Sequential:
    """The network on the CPU, its weights drawn from torch's global generator.

    Maps a batch to raw scores `(B, outputs)`: no sigmoid or softmax at the end.
    """
    network = nn.Sequential(*(getattr(nn, item.torch)(*item.arguments) for item in planned))
    initialise(network, [item.layer for item in planned], hyper.init)
    return network


def describe_layers(planned: Iterable[PlannedLayer]) -> tuple[LayerBuilt, ...]:
    """The layers as reported in `ModelBuilt`."""
    return tuple(LayerBuilt(describe(p.layer), p.output_shape, p.parameters) for p in planned)
