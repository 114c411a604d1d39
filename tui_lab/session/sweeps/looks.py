"""What the stop rule is shown of a trial: itself, and those with smaller numbers."""

from math import inf, isfinite

from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.stop_rule import Look, StopRule


def next_until(trial: TrialView, rule: StopRule) -> int | None:
    """The epoch up to which a trial is trained before the rule looks at it; None for its end."""
    if trial.kept:
        return None
    until = rule.next_look(0)
    while until is not None and until in trial.reached and trial.epoch > until:
        until = rule.next_look(until)
    return until


def look_at(view: SweepView, trial: TrialView, epoch: int) -> Look:
    """What is known when a trial has reached an epoch at which the rule looks."""
    others: dict[int, float | None] = {}
    for other in view.trials[: trial.number]:
        if epoch in other.reached:
            others[other.number] = _cost(view, other.reached[epoch])
        elif not other.over and not other.kept:
            others[other.number] = None
    return Look(trial.number, epoch, _cost(view, trial.reached[epoch]), others)


def _cost(view: SweepView, value: float) -> float:
    return view.cost(value) if isfinite(value) else inf
