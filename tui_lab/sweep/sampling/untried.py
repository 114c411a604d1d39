"""What all samplers that draw combinations share: none is drawn twice where there are others left."""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination
from tui_lab.sweep.sampling.space import Space

Result = tuple[Combination, float]


class DrawingSampler:
    """Asks for the first candidate that was not asked for before.

    What is asked next depends on nothing but the sweep, what was asked and what was told: a sampler made
    with these goes on exactly as the one that got them one by one. So nothing random is carried along from
    one call to the next; each draws its numbers from the sweep's seed and the number of combinations so far.
    """

    learns = False
    tries = 1024
    """So many candidates are looked at before any untried combination is taken."""

    def __init__(self, sweep: Sweep, asked: Sequence[Combination], results: Sequence[Result]) -> None:
        self.sweep = sweep
        self.space = Space(sweep.axes)
        self.asked = [dict(combination) for combination in asked]
        self.keys = [self.space.key(combination) for combination in asked]
        """Those of what was asked, in that order."""
        self.told = {self.space.key(combination): result for combination, result in results}
        self._tried = set(self.keys)

    def ask(self) -> Combination | None:
        found = self._next()
        if found is not None:
            self.asked.append(found)
            self.keys.append(self.space.key(found))
            self._tried.add(self.keys[-1])
        return found

    def tell(self, combination: Combination, result: float) -> None:
        self.told[self.space.key(combination)] = result

    def candidates(self) -> Iterator[Combination]:
        """Combinations to ask for, the best first; without an end."""
        raise NotImplementedError

    def random(self) -> Random:
        """Random numbers for the combination that is asked for next."""
        return Random(f"{self.sweep.seed} {len(self.asked)}")

    def _next(self) -> Combination | None:
        size = self.space.size
        if size is not None and len(self._tried) >= size and self.space.untried(self._tried, 0) is None:
            return None
        last: Combination | None = None
        for last in islice(self.candidates(), self.tries):
            if self.space.key(last) not in self._tried:
                return last
        return last if size is None else self.space.untried(self._tried, self.random().randrange(size))
