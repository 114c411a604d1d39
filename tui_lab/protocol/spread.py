"""Mean and spread of a figure over several runs, such as one for each seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import atan, cos, fsum, hypot, isfinite, pi, sin, sqrt

CONFIDENCE = 0.95
_MOST_FREEDOM = 1000
"""Above it, the quantile differs from that of 1000 by less than 0.15 %."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over `count` runs. `deviation`: the standard deviation of the sample (divided by n - 1).

    `low`, `high`: the 95 % interval of the mean by Student's t, mean ± t * deviation / sqrt(n); it is right
    for figures that are normally distributed. It says how well the mean is known; a further run lies within
    about two deviations of it. Of a single run there is neither, and both are None; of runs that are not
    independent, such as folds, the interval is.
    """

    count: int
    mean: float
    minimum: float
    maximum: float
    deviation: float | None = None
    low: float | None = None
    high: float | None = None


def spread_of(values: Iterable[float]) -> Spread | None:
    """The spread of the finite values; None if there is none."""
    found = sorted(value for value in values if isfinite(value))
    count = len(found)
    if count == 0:
        return None
    mean = fsum(value / count for value in found)
    mean = min(max(mean, found[0]), found[-1])  # rounding must not carry it outside
    if count == 1:
        return Spread(1, mean, found[0], found[-1])
    deviation = hypot(*(value - mean for value in found)) / sqrt(count - 1)
    margin = t_quantile(count - 1) * deviation / sqrt(count)
    return Spread(count, mean, found[0], found[-1], deviation, mean - margin, mean + margin)


@cache
def t_quantile(freedom: int) -> float:
    """The t with 95 % of Student's distribution between -t and t, for degrees of freedom of 1 or more.

    The share within -t and t is a finite sum (Abramowitz and Stegun, Handbook of Mathematical Functions,
    26.7.3 and 26.7.4); it grows with t, so the t is found by bisection.
    """
    if freedom < 1:
        raise ValueError("degrees of freedom must be at least 1")
    freedom = min(freedom, _MOST_FREEDOM)
    low, high = 0.0, 16.0  # 12.7 for one degree of freedom, less for more
    while (middle := (low + high) / 2) not in (low, high):
        if _share_within(middle, freedom) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _share_within(t: float, freedom: int) -> float:
    """The probability of a value between -t and t."""
    angle = atan(t / sqrt(freedom))
    odd = freedom % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cos(angle) ** 2 * (k - 1) / k
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
