"""Trials that belong together: of one combination, or with one value of an axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.groups import combined
from tui_lab.sweep.groups import grouped as by_axis
from tui_lab.tui.sweep.texts import mean_of, test_score

COMBINATION = "combination"


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
    def failed(self) -> int:
        """How many diverged or failed."""
        return sum(trial.status in ("diverged", "failed") for trial in self.trials)

    @property
    def first(self) -> TrialView:
        """The best of them."""
        return self.trials[0]


def grouped(view: SweepView, trials: Sequence[TrialView], by: str) -> list[TrialGroup]:
    """Trials by combination, or by the values of an axis; a range is divided."""
    if by == COMBINATION:
        return [make_group(view, str(each.trials[0].combination), each.trials) for each in combined(trials)]
    assert view.sweep is not None
    return [make_group(view, each.label, each.trials) for each in by_axis(view, view.sweep.axis(by), trials)]


def best_group(view: SweepView, groups: Sequence[TrialGroup], *, whole: bool) -> TrialGroup | None:
    """The group with the best mean. `whole`: one of whose trials some are not over, or diverged or failed,
    is the best only if there is no other.
    """

    def rank(group: TrialGroup) -> tuple[bool, bool, float]:
        unfinished = whole and not all(trial.over for trial in group.trials)
        return unfinished, whole and group.failed > 0, view.cost(mean_of(group.spread))

    return min((group for group in groups if group.spread is not None), key=rank, default=None)


def make_group(view: SweepView, label: str, trials: Iterable[TrialView]) -> TrialGroup:
    """A group of at least one trial."""
    ranked = tuple(sorted(trials, key=lambda trial: (view.cost(trial.best), trial.number)))
    scores = (test_score(trial) for trial in ranked)
    tested = spread_of(score[1] for score in scores if score is not None)
    return TrialGroup(label, ranked, spread_of(trial.best for trial in ranked), tested)
