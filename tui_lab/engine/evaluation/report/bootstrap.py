"""Bootstrap intervals, and the exact test for two counts.

Random numbers come from generators with fixed seeds: an evaluation repeats, and no run notices it.

Legend: N rows, D kinds of rows, R resamples.
"""

from math import exp, factorial, lgamma, log

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.protocol.evaluation import Interval

MOST, FEWEST, FEWEST_OF_MANY = 1000, 200, 50
_DRAWS = 4_000_000  # rows times resamples, about 0.1 s
_MOST_DRAWS = 40_000_000  # 160 MB
_EXACT_ROWS = 2000
_PERCENT = (0.025, 0.975)
_POISSON = np.cumsum([exp(-1) / factorial(k) for k in range(12)])
_COUNT_OF = np.searchsorted(_POISSON, (np.arange(65536) + 0.5) / 65536).astype(np.float32)
"""A Poisson count with mean 1 for each 16-bit number."""


def resamples_for(rows: int) -> int:
    """How many resamples of that many rows are drawn."""
    return many_times(rows, _DRAWS, _MOST_DRAWS)


def many_times(rows: int, draws: int, most_draws: int) -> int:
    """How often to repeat what draws a number for each row: 1000 times, fewer for many rows.

    `draws`: numbers in all, if that is at least 200 times; `most_draws`: if it is at least 50 times.
    """
    fewest = min(FEWEST, max(FEWEST_OF_MANY, most_draws // max(1, rows)))
    return int(np.clip(draws // max(1, rows), fewest, MOST))


def row_counts(rows: int) -> Tensor:
    """How often each row is in each resample `(N, R)`, float32.

    With more than 2,000 rows the counts are independent, from a Poisson distribution, which takes a tenth of
    the time; their sum then varies by less than 2 % (Hanley and MacGibbon 2006).
    """
    resamples, rng = resamples_for(rows), np.random.default_rng(0)
    if rows > _EXACT_ROWS:
        return torch.from_numpy(_COUNT_OF[rng.integers(0, 65536, (rows, resamples), dtype=np.uint16)])
    places = rng.integers(0, rows, (rows, resamples)) * resamples + np.arange(resamples)
    counts = np.bincount(places.ravel(), minlength=rows * resamples)
    return torch.from_numpy(counts.astype(np.float32)).view(rows, resamples)


def kind_counts(rows_D: npt.NDArray[np.int64]) -> Tensor:
    """How often each kind of row is in each resample `(D, R)`, given how many rows are of each; float64."""
    total = int(rows_D.sum())
    drawn = np.random.default_rng(0).multinomial(total, rows_D / total, size=MOST)
    return torch.from_numpy(drawn.T.astype(np.float64))


def interval(value: float, samples_R: Tensor) -> Interval:
    """The value with the percentiles of its resamples; those in which it is not defined do not count."""
    finite = samples_R[samples_R.isfinite()].double()
    if not len(finite):
        return Interval(value, value, value)
    low, high = torch.quantile(finite, finite.new_tensor(_PERCENT)).tolist()
    return Interval(value, low, high)


def all_right(rows: int) -> Interval:
    """An accuracy of 1, with the exact limit of Clopper and Pearson (1934): all its resamples are 1."""
    return Interval(1.0, _PERCENT[0] ** (1 / rows), 1.0)


def mcnemar(first: int, second: int) -> float:
    """The probability of counts as unequal as these if both were equally likely (two-sided, exact)."""
    trials = first + second
    fewer = np.arange(min(first, second) + 1)
    logs = [lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) for k in fewer.tolist()]
    return min(1.0, 2 * float(np.exp(np.array(logs) - trials * log(2)).sum()))
