"""What becomes of trials that are held: the stop rule is shown each, and those with smaller numbers."""

from math import inf, isfinite

from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.session.sweeps.crew import Crew
from tui_lab.session.sweeps.messages import EndTrial, GoOn
from tui_lab.session.sweeps.worker_process import WorkerProcess
from tui_lab.sweep.stop_rule import Look, StopRule


class Judge:
    """Has the stop rule's verdicts carried out. `name`: of the rule."""

    def __init__(self, view: SweepView, crew: Crew, rule: StopRule, name: str) -> None:
        self._view, self._crew, self._rule, self._name = view, crew, rule, name

    def until(self, trial: TrialView) -> int | None:
        """The epoch up to which a trial is trained at first; None for its end."""
        return next_until(trial, self._rule)

    def judge(self) -> None:
        """Let the rule look at the trials that are held, in order."""
        for number, epoch, worker in self._crew.held:
            match self._rule.verdict(look_at(self._view, self._view.trials[number], epoch)):
                case "go_on":
                    self.go_on(worker, number)
                case "give_up":
                    reason = f"given up after {epoch} epochs ({self._name})"
                    del worker.held[number]
                    worker.ahead.insert(0, number)
                    worker.send(EndTrial(number, "given_up", reason))
                case "wait":
                    pass

    def go_on(self, worker: WorkerProcess, number: int) -> None:
        """Have a trial that is held trained up to the next look, or to its end if it is kept."""
        epoch = worker.held.pop(number)
        until = None if self._view.trials[number].kept else self._rule.next_look(epoch)
        worker.ahead.append(number)
        worker.send(GoOn(number, until))


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
