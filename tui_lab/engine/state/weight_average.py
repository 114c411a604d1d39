"""An exponential moving average of the weights (Polyak averaging).

While it is on, the averaged weights are the ones validated, tested, looked into, kept as the best and
exported; training goes on with the network's own. Buffers, such as the statistics of batch norm, are not
averaged: the network's current ones are used.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from tui_lab.engine.state.best_weights import copy_tensors


class WeightAverage:
    """Starts from the weights the network has when it is created.

    On a GPU, updates that a latched loss skips are still counted: the average then moves on towards weights
    that no longer change.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        named = {name: weight for name, weight in network.named_parameters() if weight.is_floating_point()}
        self._names = list(named)
        self._live: list[Tensor] = list(named.values())
        self._averaged = [weight.detach().clone() for weight in self._live]
        self.decay = decay

    def update(self) -> None:
        """After an update of the network's weights."""
        with torch.no_grad():
            torch._foreach_lerp_(self._averaged, self._live, 1 - self.decay)

    def of(self, weight: Tensor) -> Tensor:
        """The average of one of the network's weights, which stays the same tensor."""
        return next(kept for live, kept in zip(self._live, self._averaged, strict=True) if live is weight)

    @contextmanager
    def in_network(self) -> Iterator[None]:
        """The network has the averaged weights inside, and its own again afterwards."""
        own = [weight.detach().clone() for weight in self._live]
        copy_tensors(self._averaged, self._live)
        try:
            yield
        finally:
            copy_tensors(own, self._live)

    def state_dict(self) -> dict[str, Tensor]:
        """The averaged weights by name; the tensors are not copied."""
        return dict(zip(self._names, self._averaged, strict=True))

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        copy_tensors([state[name] for name in self._names], self._averaged)
