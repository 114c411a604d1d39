"""How much of the differences between trials each axis explains, and how much the seed."""

from collections.abc import Callable, Sequence

from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.importance import Importance, importances, seed_share

SEED = "seed"
"""What stands for the seed and the fold among the axes, none of which has this name."""
Shares = Callable[[SweepView], Sequence[Importance]]


def shares_of(view: SweepView) -> list[Importance]:
    """The axes, the greatest share first, and the seed if combinations are trained with several."""
    seed = seed_share(view)
    return [*importances(view), *([] if seed is None else [Importance(SEED, seed, certain=True)])]
