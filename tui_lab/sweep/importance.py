"""How much each axis explains of the differences between trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, inf, isfinite, sqrt
from statistics import NormalDist

from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.bins import bins_of
from tui_lab.sweep.groups import combined

LEAST_TRIALS = 10
_LEVEL = 0.05
"""The probability that an axis without an effect, of all of them, is taken for one that has one."""


@dataclass(frozen=True, slots=True)
class Importance:
    """`share`: what the axis alone explains of the order of the trials, from 0 to 1.

    `certain`: whether that is more than chance would give; otherwise nothing should be read into it.
    """

    axis: str
    share: float
    certain: bool


def importances(view: SweepView) -> list[Importance]:
    """For each axis, the greatest first; none if fewer than 10 trials are over.

    The trials are ranked by the sweep's metric, diverged ones last; the ranks do not care for how large the
    loss of a bad trial is. The values of an axis are put into bins, and the share is that of the variance of
    the ranks that lies between the bins, adjusted for their number: (H - k + 1) / (n - k), with k bins, n
    trials and H of Kruskal and Wallis (1952), which is the epsilon squared of Kelley (1935) on ranks
    (Tomczak and Tomczak 2014). It is 0 on average for an axis without an effect, however many bins it has;
    below 0 is given as 0. Certain: H lies above the quantile of chi squared (Wilson and Hilferty 1931) that
    one of the axes exceeds by chance in one sweep of 20.

    What counts only together with another axis is not in it, so the shares need not add up to 1. With a
    sampler that learns, most trials lie where it looked, and the shares are those there. Trials that were
    given up early are ranked by what they had reached by then.
    """
    assert view.sweep is not None
    trials = _ranked_trials(view)
    if len(trials) < LEAST_TRIALS:
        return []
    ranks = _ranks([_cost(view, trial) for trial in trials])
    axes = [axis for axis in view.sweep.axes if all(axis.name in trial.values for trial in trials)]
    found = [
        _importance(
            axis.name, ranks, bins_of(axis, [trial.values[axis.name] for trial in trials], bins_for(ranks)),
            len(axes),
        )
        for axis in axes
    ]  # fmt: skip
    return sorted(found, key=lambda each: -each.share)


def seed_share(view: SweepView) -> float | None:
    """What the seed, or the fold, explains: of the variance of the ranks, what lies within combinations.

    As for an axis, with the combinations as bins: one minus their adjusted share. Above a half, the seed
    makes more of a difference than all axes together. None if fewer than two combinations have several
    trials that are over, if these are fewer than 10, or if all are equally good.
    """
    trials = _ranked_trials(view)
    several = [each.trials for each in combined(trials) if len(each.trials) > 1]
    repeated = [trial for each in several for trial in each]
    if len(several) < 2 or len(repeated) < LEAST_TRIALS:
        return None
    bins = [place for place, each in enumerate(several) for _ in each]
    ranks = _ranks([_cost(view, trial) for trial in repeated])
    if len(set(ranks)) == 1:
        return None
    return 1 - _importance("", ranks, bins, 1).share


def sentence(found: Sequence[Importance]) -> str:
    """What to read into the shares of the axes."""
    if not found:
        return f"importance is known once {LEAST_TRIALS} trials are over"
    if not any(each.certain for each in found):
        return (
            "no axis explains the differences between trials by itself: "
            "train more trials, or give wider ranges"
        )
    first = found[0]
    return f"{first.axis} alone explains {first.share:.0%} of the order of the trials"


def bins_for(trials: Sequence[object]) -> int:
    """How many bins so many trials are enough for: 2 for 10, 6 for 100, 10 at most."""
    return max(2, min(10, int(sqrt(len(trials)) / 1.5)))


def _ranked_trials(view: SweepView) -> list[TrialView]:
    """Those that are over; failed ones say nothing about the values."""
    return [trial for trial in view.trials if trial.over and trial.status != "failed"]


def _cost(view: SweepView, trial: TrialView) -> float:
    """Lower is better; what diverged, or has no value, is the worst."""
    return inf if trial.status == "diverged" or not isfinite(trial.best) else view.cost(trial.best)


def _ranks(costs: Sequence[float]) -> list[float]:
    """The rank of each, from 1; equal ones have the mean of their ranks."""
    order = sorted(range(len(costs)), key=lambda place: costs[place])
    ranks = [0.0] * len(costs)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and costs[order[last + 1]] == costs[order[first]]:
            last += 1
        for place in order[first : last + 1]:
            ranks[place] = (first + last) / 2 + 1
        first = last + 1
    return ranks


def _importance(name: str, ranks: Sequence[float], bins: Sequence[int], axes: int) -> Importance:
    count, number = len(ranks), len(set(bins))
    mean = fsum(ranks) / count
    total = fsum((rank - mean) ** 2 for rank in ranks)
    if number < 2 or number >= count or total == 0:
        return Importance(name, 0.0, False)
    parts: dict[int, list[float]] = {}
    for each, rank in zip(bins, ranks, strict=True):
        parts.setdefault(each, []).append(rank)
    between = fsum(len(part) * (fsum(part) / len(part) - mean) ** 2 for part in parts.values())
    h = (count - 1) * between / total  # of Kruskal and Wallis, corrected for ties
    share = max(0.0, (h - number + 1) / (count - number))
    return Importance(name, share, h > _chi2_quantile(number - 1, 1 - _LEVEL / axes))


def _chi2_quantile(freedom: int, share: float) -> float:
    """The value below which such a share of chi squared lies, to about 1 % (Wilson and Hilferty 1931)."""
    z = NormalDist().inv_cdf(share)
    part = 2 / (9 * freedom)
    cube: float = (1 - part + z * sqrt(part)) ** 3
    return freedom * cube
