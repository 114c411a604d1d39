"""Trials put together: by combination, and by the values of one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import median

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.bins import bins_of

MOST_BINS = 8


@dataclass(frozen=True, slots=True)
class Combined:
    """The trials of one combination of values: one for each seed and fold, in order.

    `spread`: of the sweep's metric over those that have a value, each with that of its best epoch; None if
    none has. `given_up`: how many of them the stop rule gave up; they were trained for fewer epochs than
    the others. `without`: how many are over and have no value, since they failed or diverged at once.
    `failed`: how many failed or diverged, also after epochs with a value, or are over without one.
    """

    values: dict[str, Value]
    trials: tuple[TrialView, ...]
    spread: Spread | None
    given_up: int
    without: int
    failed: int

    @property
    def over(self) -> bool:
        return all(trial.over for trial in self.trials)

    def test_spread(self, metric: str) -> Spread | None:
        """The spread of a test metric, by bare name, over the trials that were tested."""
        return spread_of(trial.test[metric] for trial in self.trials if metric in trial.test)


@dataclass(frozen=True, slots=True)
class Group:
    """The trials with one value of an axis, or with values within a part of it.

    `label`: `adam`, `0.9`, or the least and the greatest value of the part: `0.001..0.0046`. `spread`: of
    the sweep's metric over its trials. `best`: the best of them; None if none has a value.
    """

    label: str
    trials: tuple[TrialView, ...]
    spread: Spread | None
    best: TrialView | None


def combined(trials: Sequence[TrialView]) -> list[Combined]:
    """The combinations, in the order of their first trials. Equal values are one combination."""
    found: dict[tuple[tuple[str, Value], ...], list[TrialView]] = {}
    for trial in trials:
        found.setdefault(tuple(trial.values.items()), []).append(trial)
    return [_combined(each) for each in found.values()]


def ranked_combinations(view: SweepView) -> list[Combined]:
    """All combinations with a value, the best mean first.

    After all others come those of which a trial diverged or failed: a mean over the seeds that did not says
    nothing of the combination.
    """
    known = [(each, each.spread) for each in combined(view.trials)]
    with_value = [(each, spread) for each, spread in known if spread is not None]
    with_value.sort(key=lambda pair: (pair[0].failed > 0, view.cost(pair[1].mean), pair[0].trials[0].number))
    return [each for each, _ in with_value]


def best_combination(view: SweepView) -> Combined | None:
    """The best of the combinations whose trials are all over; of all of them while there is none."""
    ranked = ranked_combinations(view)
    return next((each for each in ranked if each.over), ranked[0] if ranked else None)


def grouped(view: SweepView, axis: Axis, trials: Sequence[TrialView] | None = None) -> list[Group]:
    """The trials by the values of an axis, in its order; at most eight parts with about as many each.

    A list, and few whole numbers, have a group for each value that was tried.
    """
    given = [trial for trial in (view.trials if trials is None else trials) if axis.name in trial.values]
    places = bins_of(axis, [trial.values[axis.name] for trial in given], MOST_BINS)
    found: dict[int, list[TrialView]] = {}
    for trial, place in zip(given, places, strict=True):
        found.setdefault(place, []).append(trial)
    return [_group(view, axis, each) for _, each in sorted(found.items())]


def spread_over_seeds(view: SweepView) -> float | None:
    """The usual standard deviation between trials of one combination: the median over combinations.

    None if no combination has two trials with a value.
    """
    found = [each.spread.deviation for each in combined(view.trials) if each.spread is not None]
    known = [deviation for deviation in found if deviation is not None]
    return median(known) if known else None


def _combined(trials: list[TrialView]) -> Combined:
    return Combined(
        dict(trials[0].values),
        tuple(trials),
        spread_of(trial.best for trial in trials),
        sum(trial.status == "given_up" for trial in trials),
        sum(_without(trial) for trial in trials),
        sum(trial.status in ("diverged", "failed") or _without(trial) for trial in trials),
    )


def _without(trial: TrialView) -> bool:
    return trial.over and not isfinite(trial.best)


def _group(view: SweepView, axis: Axis, trials: list[TrialView]) -> Group:
    best = min(trials, key=lambda trial: (view.cost(trial.best), trial.number))
    return Group(
        _label([trial.values[axis.name] for trial in trials]),
        tuple(trials),
        spread_of(trial.best for trial in trials),
        best if view.cost(best.best) < inf else None,
    )


def _label(values: Sequence[Value]) -> str:
    different = {format_value(value): value for value in values}
    if len(different) == 1:
        return next(iter(different))
    numbers = [value for value in different.values() if not isinstance(value, str)]
    return f"{_short(min(numbers))}..{_short(max(numbers))}"


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
