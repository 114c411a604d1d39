"""The samplers."""

import random
from collections.abc import Sequence

from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination, Sampler


class _Random:
    learns = False

    def __init__(self, sweep: Sweep, asked: Sequence[Combination]) -> None:
        self._axes, self._asked = sweep.axes, len(asked)
        self._seed = sweep.seed

    def ask(self) -> Combination | None:
        random_state = random.Random(f"{self._seed}-{self._asked}")
        self._asked += 1
        return {axis.name: axis.at(random_state.random()) for axis in self._axes}

    def tell(self, combination: Combination, result: float) -> None:
        """Nothing is learnt."""


def make_sampler(
    sweep: Sweep, asked: Sequence[Combination], results: Sequence[tuple[Combination, float]]
) -> Sampler:
    """A sampler that goes on after what was asked and told."""
    return _Random(sweep, asked)
