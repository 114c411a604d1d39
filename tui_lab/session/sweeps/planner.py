"""Which trials a sweep has, one after the other: combinations of values, each with its seeds and folds."""

from collections.abc import Iterator

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import TrialAdded
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.sampler import Sampler, result_of
from tui_lab.sweep.samplers import make_sampler


class Planner:
    """Adds trials to a sweep, given its view; `exhausted`: there are no more combinations."""

    def __init__(self, view: SweepView) -> None:
        self._view = view
        self._told: set[int] = set()
        self.renew()

    @property
    def sweep(self) -> Sweep:
        assert self._view.sweep is not None
        return self._view.sweep

    def renew(self) -> None:
        """Begin anew with the axes as they are now, and what has been tried so far."""
        self.exhausted = False
        combinations = self._combinations()
        asked = [trials[0].values for trials in combinations.values()]
        results = [
            (trials[0].values, result_of(trial.best for trial in trials))
            for trials in combinations.values()
            if all(trial.over for trial in trials)
        ]
        self._told = {
            number for number, trials in combinations.items() if all(trial.over for trial in trials)
        }
        self._sampler: Sampler = make_sampler(self.sweep, asked, results)

    @property
    def learns(self) -> bool:
        """Whether combinations depend on results, so that few are chosen before they are trained."""
        return self._sampler.learns

    def next_trials(self) -> list[TrialAdded]:
        """The trials of the next combination; empty if there are enough, or no further combination."""
        if self.exhausted or len(self._view.trials) >= self.sweep.trials:
            return []
        values = self._sampler.ask()
        if values is None:
            self.exhausted = True
            return []
        return self._of(values)

    def beyond(self, axis: Axis, count: int) -> list[TrialAdded]:
        """Trials of `count` combinations where `axis` goes beyond the sweep's own, with its other axes."""
        new = _beyond(axis, self.sweep.axis(axis.name))
        sweep = self.sweep.with_axis(new)
        sweep = sweep.model_copy(update={"trials": count * sweep.repeats})  # a grid spreads so many over it
        combinations = self._combinations().values()
        asked = [trials[0].values for trials in combinations]
        sampler = make_sampler(sweep, asked, [])
        found: list[TrialAdded] = []
        for _ in range(count):
            if (values := sampler.ask()) is None:
                break
            found += self._of(values, len(found))
        return found

    def tell(self, trial: TrialView) -> None:
        """Tell the sampler what a combination reached, once all its trials are over."""
        if trial.combination in self._told:
            return
        same = [each for each in self._view.trials if each.combination == trial.combination]
        if all(each.over for each in same):
            self._told.add(trial.combination)
            self._sampler.tell(trial.values, result_of(each.best for each in same))

    def _of(self, values: dict[str, Value], ahead: int = 0) -> list[TrialAdded]:
        sweep, first = self.sweep, len(self._view.trials) + ahead
        combination = 1 + max((trial.combination for trial in self._view.trials), default=-1)
        combination += ahead // sweep.repeats
        return [
            TrialAdded(first + place, combination, values, seed, fold)
            for place, (seed, fold) in enumerate(repeats(sweep))
        ]

    def _combinations(self) -> dict[int, list[TrialView]]:
        found: dict[int, list[TrialView]] = {}
        for trial in self._view.trials:
            found.setdefault(trial.combination, []).append(trial)
        return found


def repeats(sweep: Sweep) -> Iterator[tuple[int, int | None]]:
    """The seed and the fold of each trial of a combination."""
    first = sweep.experiment.hyperparameters.seed
    for seed in range(first, first + sweep.seeds):
        for fold in range(sweep.folds) if sweep.folds else (None,):
            yield seed, fold


def _beyond(axis: Axis, old: Axis) -> Axis:
    """The part of an axis that is not on the old one; all of it if it goes beyond both ends, or none."""
    if axis.values or old.values:
        new = tuple(value for value in axis.values if value not in old.values)
        return axis.model_copy(update={"values": new}) if new else axis
    assert axis.low is not None and axis.high is not None and old.low is not None and old.high is not None
    if axis.high > old.high and axis.low >= old.low:
        return axis.model_copy(update={"low": old.high})
    if axis.low < old.low and axis.high <= old.high:
        return axis.model_copy(update={"high": old.low})
    return axis
