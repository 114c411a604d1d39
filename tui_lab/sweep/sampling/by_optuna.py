"""TPE and a Gaussian process, by Optuna: asked and told here, with a study in memory and no storage."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination
from tui_lab.sweep.sampling.costs import cost, without_outliers
from tui_lab.sweep.sampling.distribution import distribution
from tui_lab.sweep.sampling.points import SobolSampler
from tui_lab.sweep.sampling.space import holds
from tui_lab.sweep.sampling.untried import Result

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

_FIRST = 10
"""Until so many results are there, combinations are spread evenly."""


class OptunaSampler(SobolSampler):
    """Optuna's sampler `tpe` or `gp`, from ten results on; before that the points of a Sobol sequence.

    `tpe`: tree-structured Parzen estimator (Bergstra et al. 2011), over all axes at once; takes what is being
    trained as bad (constant liar), so that many can be asked for together. `gp`: a Gaussian process and the
    logarithm of the expected improvement; the best for few, long trials, but seconds a combination from some
    hundred results on. Both know the order of a list of numbers, and take other choices as categories.
    """

    learns = True
    tries = 16

    def __init__(self, sweep: Sweep, asked: Sequence[Combination], results: Sequence[Result]) -> None:
        super().__init__(sweep, asked, results)
        self._settings = [_Setting(axis) for axis in sweep.axes]
        if sweep.sampler == "gp":
            self.tries = 3
        self._study: Study | None = None
        self._numbers: dict[int, tuple[int, bool]] = {}
        """Of what was asked, by its place: its number in the study, and whether it has no result there."""

    def candidates(self) -> Iterator[Combination]:
        if sum(map(isfinite, self.told.values())) < _FIRST:
            yield from super().candidates()
        from optuna.trial import TrialState

        if self._study is None or self.sweep.sampler == "gp":  # whose costs change with the worst of them
            self._study, self._numbers = self._new_study(), {}
        study = self._study
        self._take_in(study)
        study.sampler = self._sampler()
        distributions = {setting.axis.name: setting.distribution for setting in self._settings}
        while True:
            trial = study.ask(distributions)
            study.tell(trial, state=TrialState.FAIL)  # `_take_in` adds it with its values rounded
            yield {
                setting.axis.name: setting.value(trial.params[setting.axis.name])
                for setting in self._settings
            }

    def _new_study(self) -> "Study":
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        return optuna.create_study()

    def _take_in(self, study: "Study") -> None:
        """Add to the study what was asked and told since the last time, in the order of asking."""
        from optuna.trial import TrialState, create_trial

        costs = {key: cost(self.sweep, result) for key, result in self.told.items()}
        if self.sweep.sampler == "gp":
            costs = dict(zip(costs, without_outliers(list(costs.values())), strict=True))
        distributions = {setting.axis.name: setting.distribution for setting in self._settings}
        for place, (key, combination) in enumerate(zip(self.keys, self.asked, strict=True)):
            value = costs.get(key)
            if place in self._numbers:
                number, running = self._numbers[place]
                if running and value is not None:
                    study.tell(number, value)
                    self._numbers[place] = number, False
            elif all(holds(axis, combination.get(axis.name)) for axis in self.space.axes):
                self._numbers[place] = len(study.get_trials(deepcopy=False)), value is None
                given = {each.axis.name: each.given(combination[each.axis.name]) for each in self._settings}
                state = TrialState.RUNNING if value is None else TrialState.COMPLETE
                study.add_trial(
                    create_trial(state=state, value=value, params=given, distributions=distributions)
                )

    def _sampler(self) -> "BaseSampler":
        from optuna.samplers import GPSampler, TPESampler

        seed = self.random().randrange(2**31)
        if self.sweep.sampler == "gp":
            return GPSampler(seed=seed, n_startup_trials=1)
        return TPESampler(seed=seed, n_startup_trials=1, constant_liar=True)


class _Setting:
    """An axis as Optuna knows it. A list of numbers is the number of the place, in order."""

    def __init__(self, axis: Axis) -> None:
        from optuna.distributions import IntDistribution

        self.axis = axis
        self._places = sorted(axis.values, key=float) if axis.values and axis.numeric else []
        self.distribution: BaseDistribution = (
            IntDistribution(0, len(self._places) - 1) if self._places else distribution(axis)
        )

    def given(self, value: Value) -> Value:
        """A value as Optuna has it."""
        if self._places:
            return self._places.index(value)
        return value if self.axis.values or self.axis.whole else float(value)

    def value(self, given: Value) -> Value:
        """What Optuna gave as a value of the axis; fractions with six digits."""
        if self._places:
            return self._places[int(given)]
        if self.axis.values or self.axis.whole:
            return given
        assert self.axis.low is not None and self.axis.high is not None
        return min(max(float(f"{given:.6g}"), self.axis.low), self.axis.high)
