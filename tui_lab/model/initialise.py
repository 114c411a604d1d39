"""Weight initialisation.

Kaiming uniform: He et al. 2015, with the gain of the activation that follows the layer; Xavier uniform:
Glorot and Bengio 2010. torch has no gain for ELU; that of ReLU is used. Without a following activation, as
after the output layer, the gain is 1.
"""

from collections.abc import Sequence

from torch import nn

from tui_lab.experiment.layer_kinds import Layer
from tui_lab.experiment.layers import ACTIVATIONS, WEIGHTED


def initialise(network: nn.Sequential, layers: Sequence[Layer], init: str) -> None:
    """Initialise linear and convolutional layers, each as its line says, or else as `init`.

    `layers` has one entry per module. `default` keeps torch's own initialisation. Kaiming
    and Xavier set biases to 0; `uniform` draws weights from [0, 1) and leaves biases.
    """
    for place, module in enumerate(network):
        if isinstance(module, nn.Linear | nn.Conv2d):
            _draw(module, layers[place].init or init, _activation_after(layers[place + 1 :]))


def _activation_after(layers: Sequence[Layer]) -> Layer | None:
    """The activation before the next weights; None if there is none."""
    for layer in layers:
        if layer.kind in WEIGHTED:
            return None
        if layer.kind in ACTIVATIONS:
            return layer
    return None


def _draw(module: nn.Linear | nn.Conv2d, init: str, activation: Layer | None) -> None:
    if init == "default":
        return
    if init == "uniform":
        nn.init.uniform_(module.weight)
        return
    kind = activation.kind if activation is not None else "linear"
    slope = activation["slope"] if activation is not None and kind == "leaky_relu" else None
    name = "relu" if kind == "elu" else kind
    if init == "kaiming_uniform":
        nn.init.kaiming_uniform_(module.weight, slope or 0, nonlinearity=name)  # type: ignore[arg-type]
    else:
        gain = float(nn.init.calculate_gain(name, slope))  # type: ignore[arg-type]
        nn.init.xavier_uniform_(module.weight, gain)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
