"""What a sweep does where nothing else is asked for."""

from collections.abc import Sequence

from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import StopRuleName


def default_trials(axes: Sequence[Axis]) -> int:
    """How many combinations: a power of two, as Sobol's points fill the space best with."""
    return 16 if len(axes) <= 1 else 32 if len(axes) == 2 else 64


def default_warm_up(epochs: int, stop: StopRuleName) -> int:
    """The epochs that each trial gets before the stop rule looks at it.

    A ninth of all, at least 3 and at most 30: early losses of slow rates say little about late ones.
    """
    return max(1, epochs if stop == "none" else min(30, max(3, epochs // 9)))
