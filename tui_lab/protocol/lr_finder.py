"""What short runs at many learning rates showed, and which rates it suggests."""

from dataclasses import dataclass
from math import exp, inf, isfinite, log
from statistics import median
from typing import Literal

RATES = tuple(10 ** (k / 4) for k in range(-20, 5))
"""From 1e-5 to 10, four to a factor of ten."""
SEEDS, STEPS = 3, (10, 100)
"""Runs at each rate, and the least and most updates of one."""
LOST = 4.0
"""After two rates whose runs all ended above this many times the loss before, higher ones are not tried."""
GOOD = 0.8
"""A rate is good if its worst run lowers the loss by this fraction of what the best rate does."""


@dataclass(frozen=True, slots=True)
class FindRate:
    """Try many learning rates from the weights as they are, on a copy. Answered by `RatesTried`.

    `steps`: updates of each short run; 0 for as many as there is time for, within `STEPS`.
    """

    rates: tuple[float, ...] = RATES
    seeds: int = SEEDS
    steps: int = 0
    command: Literal["find_rate"] = "find_rate"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Learning rates from `low` to `high` are good; `rate` lies in their middle, on a log scale."""

    low: float
    rate: float
    high: float


@dataclass(frozen=True, slots=True)
class RatesTried:
    """The loss of some training rows after short runs from the same weights, those after step `step`.

    `start`: the loss before. `losses`: for each of `rates`, in increasing order, that of each run after
    `steps` updates; infinite if it diverged, or if lower rates had shown that it would. Runs of one rate
    differ in their order of rows and in dropout. They use a constant rate, whatever the schedule. `lr`: the
    rate in force when they began.
    """

    step: int
    epoch: int
    lr: float
    steps: int
    start: float
    rates: tuple[float, ...]
    losses: tuple[tuple[float, ...], ...]
    kind: Literal["rates_tried"] = "rates_tried"

    def suggestion(self) -> Suggestion | None:
        """The good rates around the best one; None if no rate lowers the loss by more than seeds differ."""
        middles = [median(runs) for runs in self.losses]
        worst = [max(runs) for runs in self.losses]
        best = min(range(len(middles)), key=middles.__getitem__)
        gain = self.start - middles[best]
        spread = worst[best] - min(self.losses[best])
        if not (isfinite(gain) and gain > max(0.0, spread)):
            return None
        first = last = best
        while first > 0 and self.start - worst[first - 1] >= GOOD * gain:
            first -= 1
        while last < len(worst) - 1 and self.start - worst[last + 1] >= GOOD * gain:
            last += 1
        low, high = self.rates[first], self.rates[last]
        return Suggestion(_short(low), _short(exp((log(low) + log(high)) / 2)), _short(high))

    def too_high_from(self) -> float:
        """The lowest rate from which on every run ended above where it began; infinite if there is none."""
        lost = inf
        for rate, runs in zip(reversed(self.rates), reversed(self.losses), strict=True):
            if min(runs) <= self.start:
                break
            lost = rate
        return lost


def _short(rate: float) -> float:
    """To two digits, as one would type it."""
    return float(f"{rate:.1e}")
