"""An axis as Optuna describes it."""

from math import ceil, floor
from typing import TYPE_CHECKING

from tui_lab.experiment.sweeps.axis import Axis

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def distribution(axis: Axis) -> "BaseDistribution":
    """What it can be: one of a list, in no order, or anything from low to high."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if axis.values:
        return CategoricalDistribution(axis.values)
    assert axis.low is not None and axis.high is not None
    if axis.whole:
        return IntDistribution(ceil(axis.low), floor(axis.high), log=axis.log)
    return FloatDistribution(axis.low, axis.high, log=axis.log)
