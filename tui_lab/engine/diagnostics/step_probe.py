"""Measuring one step: the gradient and the update of each layer."""

from torch import Tensor, nn

from tui_lab.engine.diagnostics.layer_figures import norm, weights_by_layer
from tui_lab.protocol.steering_events import LayerProbe, StepProbed


class Probe:
    """Created before a step; call `look` between its gradients and its update, `tell` after the update.

    Read-only: the step is not affected.
    """

    def __init__(self, network: nn.Module, names: list[str]) -> None:
        layers = weights_by_layer(network)
        self._names = [f"{place + 1} {names[place]}" for place in layers]
        self._layers = list(layers.values())
        self._before = [[weight.detach().clone() for weight in layer] for layer in self._layers]
        self._gradients: list[float] = []
        self._loss = 0.0

    def look(self, loss: Tensor) -> None:
        """Measure the loss and its gradients, before they are clipped."""
        self._loss = loss.item()
        self._gradients = [norm([w.grad for w in layer if w.grad is not None]) for layer in self._layers]

    def tell(self, step: int, epoch: int) -> StepProbed:
        layers = tuple(
            LayerProbe(
                name, gradient, norm(old), norm([w.detach() - o for w, o in zip(new, old, strict=True)])
            )
            for name, gradient, new, old in zip(
                self._names, self._gradients, self._layers, self._before, strict=True
            )
        )
        whole = sum(gradient**2 for gradient in self._gradients) ** 0.5
        return StepProbed(step, epoch, self._loss, whole, layers)
