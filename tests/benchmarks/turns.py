"""Contestants take turns, so that a machine that gets slower or faster does so for all of them.

What counts is the ratio within a turn; the median over the turns is shown. The first turn is not counted.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter

import torch


class Clock:
    """A turn of about `seconds`: counts the steps from the first call of `over` to the one that ends it."""

    def __init__(
        self,
        seconds: float,
        device: torch.device | None = None,
        time: Callable[[], float] = perf_counter,
    ) -> None:
        """`time`: with `process_time`, seconds of the processor, which a busy machine hardly stretches."""
        self._seconds, self._time = seconds, time
        self._cuda = device if device is not None and device.type == "cuda" else None
        self._first: tuple[int, float] | None = None
        self.rate = 0.0
        """Steps a second, once the turn is over."""

    def over(self, steps: int) -> bool:
        """Whether the turn is over, after that many steps since training began."""
        if self.rate:
            return True
        if self._first is None:
            self._first = steps, self._now()
            return False
        first, began = self._first
        if self._time() - began < self._seconds:
            return False
        self.rate = (steps - first) / (self._now() - began)
        return True

    def _now(self) -> float:
        if self._cuda is not None:
            torch.cuda.synchronize(self._cuda)
        return self._time()


Turn = Callable[[Clock], None]
"""Trains until the clock says that the turn is over; the next call goes on from there."""


def in_turns(
    contestants: Mapping[str, Turn],
    turns: int,
    seconds: float,
    device: torch.device,
    time: Callable[[], float] = perf_counter,
) -> dict[str, list[float]]:
    """Steps a second of each contestant, one for each turn."""
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(turns + 1):
        for name, train in contestants.items():
            clock = Clock(seconds, device, time)
            train(clock)
            if turn:
                rates[name].append(clock.rate)
    return rates


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios within a turn."""
    return median(a / b for a, b in zip(of, to, strict=True))
