"""How weights start.

Kaiming uniform: He et al. 2015, with the gain of the activation that follows; Xavier uniform: Glorot and
Bengio 2010. torch knows no gain for ELU; that of ReLU is used. The last layer has no activation: gain 1.
"""

from torch import nn

from tui_lab.spec.hyperparameters import Hyperparameters


def initialise(network: nn.Sequential, hyper: Hyperparameters) -> None:
    """Draw the weights of all linear and convolutional layers again, as `hyper.init` says.

    `default` leaves what torch's layers drew when they were made. Kaiming and Xavier set biases to 0;
    `uniform` draws weights from [0, 1) and leaves biases.
    """
    if hyper.init == "default":
        return
    layers = [m for m in network if isinstance(m, nn.Linear | nn.Conv2d)]
    for layer in layers:
        last = layer is layers[-1]
        if hyper.init == "uniform":
            nn.init.uniform_(layer.weight)
            continue
        if hyper.init == "kaiming_uniform":
            _kaiming(layer, "linear" if last else hyper.activation, hyper.negative_slope)
        else:
            gain = 1.0 if last else _gain(hyper.activation, hyper.negative_slope)
            nn.init.xavier_uniform_(layer.weight, gain)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _kaiming(layer: nn.Linear | nn.Conv2d, activation: str, slope: float) -> None:
    if activation == "leaky_relu":
        nn.init.kaiming_uniform_(layer.weight, a=slope, nonlinearity="leaky_relu")
    else:
        name = "relu" if activation == "elu" else activation
        nn.init.kaiming_uniform_(layer.weight, nonlinearity=name)  # type: ignore[arg-type]


def _gain(activation: str, slope: float) -> float:
    if activation == "elu":
        return float(nn.init.calculate_gain("relu"))
    param = slope if activation == "leaky_relu" else None
    return float(nn.init.calculate_gain(activation, param))  # type: ignore[arg-type]
