"""What is seen of the layers in a forward and a backward pass, and after the update that follows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import nan

import torch
from torch import Tensor, nn

from tui_lab.engine.diagnostics.layer_figures import (
    OutputFigures,
    describe_output,
    histogram,
    norm,
    weights_by_layer,
)
from tui_lab.engine.state.training_state import Training
from tui_lab.model.live import NORMS, parts
from tui_lab.protocol.layer_events import Histogram, LayerMeasured, LayersMeasured

MOST_LAYERS = 200


class LayerPass:
    """Of a network; `before` holds its weights before the update by the places of their layers."""

    def __init__(self, network: nn.Module, before: Mapping[int, Sequence[Tensor]]) -> None:
        self._modules = [module for _, module in parts(network)]
        self._weights, self._before = weights_by_layer(network), before
        self._outputs: dict[int, OutputFigures] = {}
        self._gradients: dict[int, tuple[float, Histogram]] = {}

    def compared(self, training: Training) -> LayersMeasured:
        """The figures, once the update was made."""
        after = weights_by_layer(training.network)
        names = training.prepared.layer_names
        layers = tuple(
            self._layer(place, f"{place + 1} {names[place]}", after.get(place, []))
            for place in self._places()
            if place in self._weights or place in self._outputs
        )
        return LayersMeasured(training.step, training.epoch + 1, layers)

    @torch.no_grad()
    def _layer(self, place: int, name: str, after: Sequence[Tensor]) -> LayerMeasured:
        before = self._before.get(place, [])
        learns = any(weight.requires_grad for weight in self._weights.get(place, []))
        gradient, gradients = self._gradients.get(place, (0.0, None))
        seen = self._outputs.get(place)
        return LayerMeasured(
            layer=name,
            gradient=gradient if learns else nan,
            weight=norm(before) if before else nan,
            update=norm([new - old for new, old in zip(after, before, strict=True)]) if learns else nan,
            mean=seen.mean if seen else nan,
            std=seen.std if seen else nan,
            dead=seen.dead if seen else nan,
            saturated=seen.saturated if seen else nan,
            weights=histogram(before) if before else None,
            activations=seen.histogram if seen else None,
            gradients=gradients,
        )

    def _take_gradients(self) -> None:
        """Describe the gradients that the weights have now."""
        for place, weights in self._weights.items():
            found = [weight.grad for weight in weights if weight.grad is not None]
            if found:
                self._gradients[place] = norm(found), histogram(found)

    def _places(self) -> list[int]:
        """Of the layers worth measuring: those with weights, norms and activations, evenly chosen of many."""
        places = [
            place
            for place, module in enumerate(self._modules)
            if place in self._weights
            or isinstance(module, NORMS)
            or type(module).__module__ == nn.ReLU.__module__
        ]
        last = len(places) - 1
        if last < MOST_LAYERS:
            return places
        return [places[k * last // (MOST_LAYERS - 1)] for k in range(MOST_LAYERS)]

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Inside, the output of each layer is described the first time that it is used."""
        hooks = [self._modules[place].register_forward_hook(self._hook(place)) for place in self._places()]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _hook(self, place: int) -> Callable[[nn.Module, object, object], None]:
        def look(module: nn.Module, _given: object, made: object) -> None:
            first = made[0] if isinstance(made, tuple | list) and made else made
            if place not in self._outputs and isinstance(first, Tensor) and first.numel():
                self._describe(place, module, first)

        return look

    def _describe(self, place: int, module: nn.Module, output: Tensor) -> None:
        self._outputs[place] = describe_output(module, output)
