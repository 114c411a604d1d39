"""Measuring one step: the gradient and the update of each layer."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from tui_lab.model.live import parts, weighted_layers
from tui_lab.protocol.steering_events import LayerProbe, StepProbed


class Probe:
    """Created before a step; call `look` between its gradients and its update, `tell` after the update.

    Read-only: the step is not affected.
    """

    def __init__(self, network: nn.Module, names: list[str]) -> None:
        places, modules = weighted_layers(network), [module for _, module in parts(network)]
        self._names = [f"{place + 1} {names[place]}" for place in places]
        self._layers = [
            [weight for module in modules[a:b] for weight in module.parameters(recurse=False)]
            for a, b in pairwise([*places, len(modules)])
        ]
        self._before = [[weight.detach().clone() for weight in layer] for layer in self._layers]
        self._gradients: list[float] = []
        self._loss = 0.0

    def look(self, loss: Tensor) -> None:
        """Measure the loss and its gradients, before they are clipped."""
        self._loss = loss.item()
        self._gradients = [_norm([w.grad for w in layer if w.grad is not None]) for layer in self._layers]

    def tell(self, step: int, epoch: int) -> StepProbed:
        layers = tuple(
            LayerProbe(
                name, gradient, _norm(old), _norm([w.detach() - o for w, o in zip(new, old, strict=True)])
            )
            for name, gradient, new, old in zip(
                self._names, self._gradients, self._layers, self._before, strict=True
            )
        )
        whole = sum(gradient**2 for gradient in self._gradients) ** 0.5
        return StepProbed(step, epoch, self._loss, whole, layers)


def _norm(tensors: list[Tensor]) -> float:
    """The Euclidean norm of all numbers in `tensors`."""
    if not tensors:
        return 0.0
    return float(torch.stack([torch.linalg.vector_norm(tensor.float()) for tensor in tensors]).norm())
