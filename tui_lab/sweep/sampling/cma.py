"""CMA-ES: a normal distribution that moves to where the results are good. By the package `cmaes`."""

from collections.abc import Iterator, Sequence
from math import isfinite, log
from typing import TYPE_CHECKING

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination
from tui_lab.sweep.sampling.costs import cost
from tui_lab.sweep.sampling.points import SobolSampler
from tui_lab.sweep.sampling.space import count_of, holds
from tui_lab.sweep.sampling.untried import Result

if TYPE_CHECKING:
    import numpy as np
    from cmaes import CMA

_GENERATIONS = 30
"""A long sweep has about so many, however many trials a generation then has: they are trained together."""
_SIGMA = 1 / 6
"""The first standard deviation, of the length of an axis; the mean is the middle. As in Optuna."""


class CmaSampler(SobolSampler):
    """Covariance matrix adaptation (Hansen 2016, arXiv:1604.00772) over the axes of numbers.

    A generation is so many combinations, one after the other as they were asked for; it counts as soon as all
    of them have a result, also if they were drawn from an earlier distribution: none is wasted when many are
    trained at once. Words such as optimizers are drawn at random, as CMA-ES knows only numbers; of a list of
    numbers the places are used.
    """

    learns = True
    tries = 64

    def __init__(self, sweep: Sweep, asked: Sequence[Combination], results: Sequence[Result]) -> None:
        super().__init__(sweep, asked, results)
        self._numbers = [_ordered(axis) for axis in sweep.axes if axis.numeric and count_of(axis) != 1]
        if not self._numbers:
            raise InputError("the sampler cma needs an axis of numbers, and here are only choices: use tpe")
        size = 4 + int(3 * log(len(self._numbers)))  # Hansen 2016, table 1
        self._size = max(size, sweep.combinations // _GENERATIONS)
        self._complete: dict[int, list[tuple[np.ndarray, float]]] = {}
        self._optimizer: CMA | None = None
        self._told_of: list[int] = []

    def candidates(self) -> Iterator[Combination]:
        distribution = self._distribution()
        if distribution.should_stop():  # it has shrunk to a point
            yield from super().candidates()
        random = self.random()
        while True:
            drawn = [float(share) for share in distribution.ask()]
            found: dict[str, Value] = {
                axis.name: axis.at(share) for axis, share in zip(self._numbers, drawn, strict=True)
            }
            yield {axis.name: found.get(axis.name, axis.at(random.random())) for axis in self.space.axes}

    def _distribution(self) -> "CMA":
        """The one after all complete generations, with random numbers of its own for the next combination."""
        complete = [number for number in range(len(self.asked) // self._size) if self._solutions(number)]
        if self._told_of != complete[: len(self._told_of)] or self._optimizer is None:
            self._optimizer, self._told_of = self._first_distribution(), []
        for number in complete[len(self._told_of) :]:
            self._optimizer.tell(self._solutions(number))
        self._told_of = complete
        self._optimizer._rng.seed(self.random().randrange(2**32))  # as Optuna does
        return self._optimizer

    def _first_distribution(self) -> "CMA":
        import numpy as np
        from cmaes import CMA

        axes = len(self._numbers)
        bounds = np.array([[0.0, 1.0]] * axes)
        return CMA(mean=np.full(axes, 0.5), sigma=_SIGMA, bounds=bounds, population_size=self._size)

    def _solutions(self, number: int) -> "list[tuple[np.ndarray, float]]":
        """The points and costs of a generation; none if not all of it is known, or nothing is finite."""
        if (found := self._complete.get(number)) is not None:
            return found
        part = slice(number * self._size, (number + 1) * self._size)
        costs = [cost(self.sweep, self.told[key]) for key in self.keys[part] if key in self.told]
        if len(costs) < self._size or not any(map(isfinite, costs)):
            return []
        generation = self.asked[part]
        if not all(holds(axis, each.get(axis.name)) for each in generation for axis in self._numbers):
            return []  # from before an axis was changed
        import numpy as np

        points = [np.array([axis.share_of(each[axis.name]) for axis in self._numbers]) for each in generation]
        return self._complete.setdefault(number, list(zip(points, costs, strict=True)))


def _ordered(axis: Axis) -> Axis:
    """With the values of a list in order."""
    if not axis.values:
        return axis
    return axis.model_copy(update={"values": tuple(sorted(axis.values, key=float))})
