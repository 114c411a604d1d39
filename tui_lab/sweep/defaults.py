"""What a sweep does where nothing else is asked for."""

from collections.abc import Sequence

from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.choices import StopRuleName

_FEW = 3


def default_trials(axes: Sequence[Axis]) -> int:
    """How many combinations: a power of two, as Sobol's points fill the space best with."""
    return 16 if len(axes) <= 1 else 32 if len(axes) == 2 else 64


def default_warm_up(epochs: int, stop: StopRuleName) -> int:
    """After how many epochs a trial may be given up at the earliest.

    For `asha` 1/27 of the epochs, so that there are three rungs: of 27 trials 9, 3 and 1 go on at these, and
    a sweep takes about a ninth of the epochs that all its trials would. For `median`, which gives up half of
    the trials at most at each look, a tenth. At least three, or all epochs if there are fewer: the first ones
    say little but how the weights were initialised.
    """
    part = {"asha": epochs // 27, "median": epochs // 10, "none": epochs}[stop]
    return max(1, min(epochs, max(_FEW, part)))
