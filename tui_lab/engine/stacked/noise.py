"""The random numbers of dropout, for each trial its own.

Legend: T trials, B rows, H values of a row.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

_LOW = 0xFFFFFFFF
"""The lower 32 bits; whole numbers have 64 here, and what overflows does not matter."""


class _Plan(NamedTuple):
    """What is kept `(T, B, H)`, and from which probability and generator each trial draws its part."""

    kept: Tensor
    drawn: list[tuple[Tensor, float, torch.Generator]]


class OwnNoise:
    """Draws what each trial would draw alone on the CPU, from a generator of its own."""

    def __init__(self, rates: Mapping[int, Sequence[float]]) -> None:
        """`rates`: for each layer of dropout, by its number, the rate of every trial."""
        self._keep = {layer: [1 - rate for rate in of] for layer, of in rates.items() if any(of)}
        self._by = {layer: torch.tensor(keep).view(-1, 1, 1) for layer, keep in self._keep.items()}
        trials = max(map(len, rates.values()), default=0)
        self._generators = [torch.Generator() for _ in range(trials)]
        self._over: set[int] = set()
        self._plans: dict[tuple[int, torch.Size], _Plan] = {}

    def begin(self, states: Sequence[Tensor]) -> None:
        """Begin an epoch with these states of the generators."""
        if self._over:
            self._over.clear()
            self._plans.clear()
        for generator, state in zip(self._generators, states, strict=False):
            generator.set_state(state)

    def states(self, before: Sequence[Tensor]) -> Sequence[Tensor]:
        """The states of the generators now; `before` if nothing is drawn."""
        return [generator.get_state() for generator in self._generators] if self._keep else before

    def stop(self, trials: Sequence[int]) -> None:
        """Trials that are over draw nothing any more."""
        self._over.update(trials)
        self._plans.clear()

    def factors(self, layer: int, like: Tensor) -> Tensor | None:
        if layer not in self._keep:
            return None
        plan = self._plans.get((layer, like.shape))
        if plan is None:
            plan = self._plans[layer, like.shape] = self._planned(layer, like)
        for view, keep, generator in plan.drawn:
            view.bernoulli_(keep, generator=generator)
        return plan.kept / self._by[layer]

    def _planned(self, layer: int, like: Tensor) -> _Plan:
        kept = torch.ones_like(like, memory_format=torch.contiguous_format)
        each = enumerate(zip(kept.unbind(), self._keep[layer], self._generators, strict=True))
        return _Plan(kept, [one for trial, one in each if one[1] < 1 and trial not in self._over])


class CountedNoise:
    """Numbers that depend on the seed of a trial, the update, the layer and the place alone.

    They are those of the compiled code (`native/c/elementwise.h`), made on any device without asking for its
    generator, so that neither the other trials nor a recording change them.
    """

    def __init__(
        self, seeds: Sequence[int], rates: Mapping[int, Sequence[float]], device: torch.device
    ) -> None:
        seeds_T = torch.tensor(seeds, dtype=torch.int64, device=device)
        self._low_T, self._high_T = _mix(seeds_T & _LOW), _mix((seeds_T >> 32) & _LOW)
        self.updates_T = torch.zeros_like(seeds_T)
        self._limits, self._scales = {}, {}
        for layer, of in rates.items():
            if any(of):
                limits = torch.tensor([int(rate * 2**32) for rate in of], device=device)
                self._limits[layer] = limits.view(-1, 1)
                self._scales[layer] = torch.tensor([1 / (1 - rate) for rate in of], device=device).view(-1, 1)

    def begin(self, updates: Sequence[int]) -> None:
        """Begin an epoch of trials that have made so many updates."""
        self.updates_T.copy_(torch.tensor(updates))

    def updated(self) -> None:
        """Count an update."""
        self.updates_T += 1

    def factors(self, layer: int, like: Tensor) -> Tensor | None:
        if layer not in self._limits:
            return None
        low_T = _mix(self._low_T ^ (self.updates_T & _LOW))
        high_T = _mix(self._high_T ^ (self.updates_T >> 32))
        one_T1 = _mix(low_T ^ layer).unsqueeze(1)
        other_T1 = _mix(high_T.unsqueeze(1) ^ one_T1)
        place = torch.arange(like[0].numel(), device=like.device)
        drawn = _mix((_mix(place ^ one_T1) + other_T1) & _LOW)
        return torch.where(drawn < self._limits[layer], 0, self._scales[layer]).view(like.shape)


def _mix(x: Tensor) -> Tensor:
    """A hash of 32 bits: "lowbias32" of Chris Wellons, github.com/skeeto/hash-prospector."""
    x = x ^ (x >> 16)
    x = (x * 0x7FEB352D) & _LOW
    x = x ^ (x >> 15)
    x = (x * 0x846CA68B) & _LOW
    return x ^ (x >> 16)
