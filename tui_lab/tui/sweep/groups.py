"""Trials that belong together: of one combination, or with one value of an axis."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import isfinite

from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.tui.sweep.scales import AxisScale
from tui_lab.tui.sweep.texts import mean_of, test_score

COMBINATION = "combination"
MOST_BINS = 10
"""A range is grouped in at most so many parts."""


@dataclass(frozen=True, slots=True)
class TrialGroup:
    """Trials, the best first. `spread`: of the sweep's metric, of those that have a value; None if there is
    none. `test`: of their main test score.
    """

    label: str
    trials: tuple[TrialView, ...]
    spread: Spread | None = None
    test: Spread | None = None

    @property
    def first(self) -> TrialView:
        """The best of them."""
        return self.trials[0]


def grouped(
    view: SweepView, trials: Iterable[TrialView], by: str, scales: dict[str, AxisScale]
) -> list[TrialGroup]:
    """Trials by combination, or by the values of an axis; a range is divided."""
    found: dict[Hashable, list[TrialView]] = {}
    bins = scales[by].bins(MOST_BINS) if by != COMBINATION else None
    for trial in trials:
        key: Hashable = trial.combination
        if bins is not None:
            if by not in trial.values:
                continue
            key = bins.of(trial.values[by])
        found.setdefault(key, []).append(trial)
    labels = bins.labels if bins is not None else ()
    return [
        make_group(view, labels[key] if isinstance(key, int) and bins is not None else f"{key}", some)
        for key, some in found.items()
    ]


def make_group(view: SweepView, label: str, trials: Iterable[TrialView]) -> TrialGroup:
    """A group of at least one trial."""
    ranked = tuple(sorted(trials, key=lambda trial: (view.cost(trial.best), trial.number)))
    scores = (test_score(trial) for trial in ranked)
    tested = spread_of(score[1] for score in scores if score is not None)
    return TrialGroup(label, ranked, spread_of(trial.best for trial in ranked), tested)


def best_combination(view: SweepView) -> TrialGroup | None:
    """The combination with the best mean over its seeds and folds; None if each is trained once.

    While none has a value with all of them, of those with the most that have; trials in training count with
    the best value so far.
    """
    if view.sweep is None or view.sweep.repeats == 1:
        return None
    known: dict[int, list[TrialView]] = {}
    for trial in view.trials:
        if isfinite(trial.best):
            known.setdefault(trial.combination, []).append(trial)
    most = max(map(len, known.values()), default=0)
    groups = [
        make_group(view, f"combination {key}", some) for key, some in known.items() if len(some) == most
    ]
    return min(groups, key=lambda group: (view.cost(mean_of(group.spread)), group.first.number), default=None)
