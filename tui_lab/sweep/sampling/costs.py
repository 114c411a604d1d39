"""Results as costs: lower is better."""

from collections.abc import Sequence
from math import inf, isfinite
from statistics import median, quantiles

from tui_lab.experiment.sweeps.sweep import Sweep


def cost(sweep: Sweep, result: float) -> float:
    """The result such that lower is better; infinite if it is no finite number."""
    if not isfinite(result):
        return inf
    return result if sweep.lower_is_better else -result


def without_outliers(costs: Sequence[float]) -> list[float]:
    """The costs, all finite: no worse than three interquartile ranges above the median.

    A trial that diverged has a loss of thousands, beside which all others look alike to a model of the costs.
    """
    finite = [each for each in costs if isfinite(each)]
    if len(finite) < 2:
        return [0.0 if isfinite(each) else 1.0 for each in costs]
    low, _, high = quantiles(finite, n=4, method="inclusive")
    worst = max(finite)
    if high > low:
        worst = min(worst, median(finite) + 3 * (high - low))
    return [min(each, worst) for each in costs]
