"""A forward and a backward pass of a copy of the network, from which the layers are measured.

Legend: B rows of an update.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from math import nan

import torch
from torch import Tensor, nn

from tui_lab.data.batches import batch_sizes
from tui_lab.engine.diagnostics.layer_figures import (
    OutputFigures,
    describe_output,
    histogram,
    norm,
    weights_by_layer,
)
from tui_lab.engine.setup.precision import forward_in, precision_in_force
from tui_lab.engine.state.training_state import Training
from tui_lab.model.live import NORMS, parts
from tui_lab.protocol.layer_events import LayerMeasured, LayersMeasured

MOST_LAYERS = 200
FEW_ROWS, MORE_ROWS = 16, 64
"""A batch of fewer rows says little about a unit: then the outputs are those of more rows."""


class ExtraPass:
    """Made with the batch of an update before it; keeps the weights as they are before it."""

    def __init__(self, training: Training, x: Tensor, y: Tensor) -> None:
        """`x`: `(B, ...)` as stored, `y`: `(B,)`."""
        self._copy = deepcopy(training.network)
        self._modules = [module for _, module in parts(self._copy)]
        self._weights = weights_by_layer(self._copy)
        self._outputs: dict[int, OutputFigures] = {}
        hyper, device = training.hyper, training.prepared.device
        self._see = training.see
        self._forward = forward_in(precision_in_force(hyper), self._copy, device)
        sizes = [len(y)]
        if hyper.accumulate > 1:
            sizes = batch_sizes(len(y), hyper.batch_size, no_single=training.prepared.normed)
        few = sizes[0] < FEW_ROWS
        with torch.enable_grad():
            for batch, targets in zip(torch.split(x, sizes), torch.split(y, sizes), strict=True):
                with self._looking(when=not few):
                    outputs = self._outputs_for(batch)
                training.backward(training.criterion(outputs, targets) * (len(targets) / len(y)))
        gradients = {
            place: [weight.grad for weight in weights if weight.grad is not None]
            for place, weights in self._weights.items()
        }
        self._gradients = {
            place: (norm(found), histogram(found)) for place, found in gradients.items() if found
        }
        self._copy.zero_grad(set_to_none=True)
        if few:  # after all else: dropout has drawn for the gradients what it will draw for the update
            rows = min(MORE_ROWS, len(training.prepared.dataset.train))
            with self._looking(when=True), torch.no_grad():
                self._outputs_for(training.prepared.dataset.train.take(torch.arange(rows)))

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
    def _layer(self, place: int, name: str, after: list[nn.Parameter]) -> LayerMeasured:
        before = self._weights.get(place, [])
        gradient, gradients = self._gradients.get(place, (0.0, None))
        learns = any(weight.requires_grad for weight in before)
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

    def _outputs_for(self, x: Tensor) -> Tensor:
        return self._forward(x if self._see is None else self._see(x))

    @contextmanager
    def _looking(self, *, when: bool) -> Iterator[None]:
        """Inside, the output of each layer is described the first time that it is used."""
        places = self._places() if when else []
        hooks = [self._modules[place].register_forward_hook(self._look(place)) for place in places]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _look(self, place: int) -> Callable[[nn.Module, object, object], None]:
        def look(module: nn.Module, _given: object, made: object) -> None:
            first = made[0] if isinstance(made, tuple | list) and made else made
            if place not in self._outputs and isinstance(first, Tensor) and first.numel():
                self._outputs[place] = describe_output(module, first)

        return look
