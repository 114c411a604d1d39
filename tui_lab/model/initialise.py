"""Weight initialisation.

Kaiming uniform: He et al. 2015, with the gain of the activation that follows the layer; Xavier uniform:
Glorot and Bengio 2010. Without a following activation, as
after the output layer, the gain is 1.
"""

from collections.abc import Sequence

from torch import nn

from tui_lab.experiment.network.layer_kinds import ACTIVATIONS, KINDS, Layer


def initialise(network: nn.Sequential, layers: Sequence[Layer], init: str) -> None:
    """Initialise the layers with weights, each as its line says, or else as `init`.

    `layers` has one entry per module. `default` keeps torch's own initialisation. Kaiming
    and Xavier set biases to 0; `uniform` draws weights from [0, 1) and leaves biases.
    """
    for place, (module, layer) in enumerate(zip(network, layers, strict=True)):
        if KINDS[layer.kind].weighted:
            _draw(module, layer.init or init, _activation_after(layers[place + 1 :]))


def _activation_after(layers: Sequence[Layer]) -> Layer | None:
    """The activation before the next weights; None if there is none."""
    for layer in layers:
        if KINDS[layer.kind].weighted:
            return None
        if layer.kind in ACTIVATIONS:
            return layer
    return None


def _draw(module: nn.Module, init: str, activation: Layer | None) -> None:
    if init == "default":
        return
    weight = module.get_parameter("weight")
    if init == "uniform":
        nn.init.uniform_(weight)
        return
    gain = KINDS[activation.kind].gain if activation is not None else "linear"
    slope = activation.options[0][1] if activation is not None and activation.options else None
    if init == "kaiming_uniform":
        nn.init.kaiming_uniform_(weight, slope or 0, nonlinearity=gain)  # type: ignore[arg-type]
    else:
        nn.init.xavier_uniform_(weight, float(nn.init.calculate_gain(gain, slope)))  # type: ignore[arg-type]
    nn.init.zeros_(module.get_parameter("bias"))
