"""Combinations that do not depend on results: all of a grid, at random, or spread evenly by Sobol."""

from collections.abc import Iterator, Sequence
from itertools import count, product
from math import prod
from typing import TYPE_CHECKING

from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination
from tui_lab.sweep.sampling.space import count_of, spaced
from tui_lab.sweep.sampling.untried import DrawingSampler, Result

if TYPE_CHECKING:
    from torch.quasirandom import SobolEngine

_CHUNK = 256
"""So many Sobol points are made at once."""


def grid_steps(axes: Sequence[Axis], combinations: int) -> list[int]:
    """How many values a grid has of each axis.

    All of a list. Ranges get as many steps as fit: in turn one more, always for the range with the fewest,
    while the grid has at most `combinations` points. A range with one step has its middle.
    """
    steps = [len(axis.values) or 1 for axis in axes]
    growing = [place for place, axis in enumerate(axes) if axis.is_range]
    while growing:
        place = min(growing, key=lambda place: (steps[place], place))
        most = count_of(axes[place])
        if (most is not None and steps[place] >= most) or (
            prod(steps) // steps[place] * (steps[place] + 1) > combinations
        ):
            growing.remove(place)
        else:
            steps[place] += 1
    return steps


class GridSampler(DrawingSampler):
    """All combinations in order, the last axis first: as an odometer counts. Ends with the grid."""

    def __init__(self, sweep: Sweep, asked: Sequence[Combination], results: Sequence[Result]) -> None:
        super().__init__(sweep, asked, results)
        steps = grid_steps(sweep.axes, sweep.combinations)
        names = [axis.name for axis in sweep.axes]
        values = [spaced(axis, step) for axis, step in zip(sweep.axes, steps, strict=True)]
        self._rest = (dict(zip(names, chosen, strict=True)) for chosen in product(*values))

    def _next(self) -> Combination | None:
        return next((found for found in self._rest if self.space.key(found) not in self._tried), None)


class RandomSampler(DrawingSampler):
    """Each axis at random on its scale, independently of the others and of what came before."""

    def candidates(self) -> Iterator[Combination]:
        random = self.random()
        while True:
            yield self.space.at([random.random() for _ in self.space.axes])


class SobolSampler(DrawingSampler):
    """The points of a scrambled Sobol sequence: spread evenly over all axes at once, for any number of them.

    Sobol (1967), scrambled as by Owen (1998): `torch.quasirandom.SobolEngine`. Combination n is point n, or
    the next one that falls on a combination not tried yet.
    """

    def __init__(self, sweep: Sweep, asked: Sequence[Combination], results: Sequence[Result]) -> None:
        super().__init__(sweep, asked, results)
        self._engine: SobolEngine | None = None
        self._first = len(self.asked)
        self._points: list[list[float]] = []

    def candidates(self) -> Iterator[Combination]:
        for number in count(len(self.asked)):
            yield self.space.at(self._point(number))

    def _point(self, number: int) -> list[float]:
        import torch
        from torch.quasirandom import SobolEngine

        if self._engine is None:
            self._engine = SobolEngine(len(self.space.axes), scramble=True, seed=self.sweep.seed)  # type: ignore[no-untyped-call]
            self._engine.fast_forward(self._first)  # type: ignore[no-untyped-call]
        while number - self._first >= len(self._points):
            self._points += self._engine.draw(_CHUNK, dtype=torch.float64).tolist()
        return self._points[number - self._first]
