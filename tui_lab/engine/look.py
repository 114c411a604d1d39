"""One batch on its way through the network: what is in it after every layer."""

import torch
from torch import Tensor, nn

from tui_lab.engine.prepare import prepare
from tui_lab.protocol.events import ModelBuilt
from tui_lab.protocol.steering import ForwardProbed, LayerLook
from tui_lab.spec.experiment import Experiment


def look_inside(network: nn.Sequential, names: list[str], x: Tensor, step: int, epoch: int) -> ForwardProbed:
    """Put the batch `x` (B, ...) through `network` in evaluation mode and look at it after each module.

    `names`: one for each module. It only reads: neither weights, running figures nor random numbers change.
    The network is left in training mode.
    """
    looks = [_look("input", x)]
    network.eval()
    try:
        with torch.inference_mode():
            for number, (name, module) in enumerate(zip(names, network, strict=True), 1):
                x = module(x)
                looks.append(_look(f"{number} {name}", x))
    finally:
        network.train()
    return ForwardProbed(step, epoch, tuple(looks))


def look_at_start(experiment: Experiment) -> ForwardProbed:
    """The first batch of an experiment in its untrained network. Raises InputError as `prepare` does."""
    prepared = prepare(experiment)
    names = [
        layer.layer for event in prepared.opening if isinstance(event, ModelBuilt) for layer in event.layers
    ]
    return look_inside(prepared.network, names, prepared.dataset.train.x[: prepared.sizes[0]], 0, 0)


def _look(layer: str, x: Tensor) -> LayerLook:
    values = x.detach().float()
    low, mean, high, zeros = torch.stack(
        [values.amin(), values.mean(), values.amax(), (values == 0).float().mean()]
    ).tolist()
    return LayerLook(
        layer, tuple(x.shape), str(x.dtype).removeprefix("torch."), str(x.device), low, mean, high, zeros
    )
