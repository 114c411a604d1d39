"""Makes the rule by which a sweep gives up trials early."""

from math import isfinite

from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.stop_rule import Look, StopRule, Verdict

ETA = 3
"""Of this many trials that reach a rung, one goes on."""
_EARLIER = 5
"""The median rule needs so many earlier trials."""


def make_stop_rule(sweep: Sweep) -> StopRule:
    """The rule that a sweep asks for.

    All rules are deterministic: a verdict depends on the costs of the trials with smaller numbers only, not
    on which of them are known when it is asked. While some are unknown, a verdict is given as soon as
    these cannot change it; so bad trials are given up at once, and only those near the limit wait. A trial
    whose smaller-numbered ones have all got as far, or ended, never waits: there is no deadlock.

    A combination that is trained with several seeds or folds has as many trials, and each is judged alone:
    of a combination near the limit some may be given up and others not. Its mean is then one of trials that
    were trained for different times; `sweep/groups.py` counts how many were given up.
    """
    epochs = sweep.experiment.hyperparameters.epochs
    match sweep.stop:
        case "none":
            return GoOn()
        case "asha":
            return Halving(sweep.warm_up, epochs)
        case "median":
            return MedianRule(sweep.warm_up, epochs)


class GoOn:
    """No trial is given up."""

    def next_look(self, epoch: int) -> int | None:
        return None

    def verdict(self, look: Look) -> Verdict:
        return "go_on"


class Halving:
    """Asynchronous successive halving, the form that stops trials.

    Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning" (ASHA), with eta 3: at rungs of
    warm_up, 3 warm_up, 9 warm_up epochs and so on a trial goes on if it is among the best third, rounded up,
    of the trials that reached the rung. It is decided when a trial gets there, so none waits for a rung to
    fill (as in Akiba et al. 2019, "Optuna", algorithm 1). The first trial to reach a rung always goes on. Of
    trials with equal costs those with smaller numbers are better. There is no rung in the last third of
    the epochs: what is nearly done is trained to the end.
    """

    def __init__(self, warm_up: int, epochs: int) -> None:
        self.rungs: list[int] = []
        rung = warm_up
        while rung * 3 <= epochs * 2:
            self.rungs.append(rung)
            rung *= ETA

    def next_look(self, epoch: int) -> int | None:
        return next((rung for rung in self.rungs if rung > epoch), None)

    def verdict(self, look: Look) -> Verdict:
        if not isfinite(look.cost):
            return "give_up"
        known, unknown = _known(look)
        better = sum(cost <= look.cost for cost in known)
        if better >= _best_third(len(known) + 1 + unknown):  # even if all the others turn out worse
            return "give_up"
        if better + unknown < _best_third(len(known) + 1 + unknown):  # even if all turn out better
            return "go_on"
        return "wait"


class MedianRule:
    """Gives up a trial that is worse than the median of the earlier ones at the same epoch.

    The median stopping rule of Golovin et al. 2017, "Google Vizier", but with the best cost so far of the
    others, as in Optuna's MedianPruner, not with their running means. Worse than the median: more than half
    of the earlier trials are strictly better, of at least 5 that got as far. Looked at after `warm_up`
    epochs, then twenty times in all at most.
    """

    def __init__(self, warm_up: int, epochs: int) -> None:
        self._warm_up, self._epochs = warm_up, epochs
        self._every = max(1, -(-epochs // 20))

    def next_look(self, epoch: int) -> int | None:
        later = max(0, epoch - self._warm_up + self._every) // self._every
        look = self._warm_up + later * self._every
        return look if look < self._epochs else None

    def verdict(self, look: Look) -> Verdict:
        if not isfinite(look.cost):
            return "give_up"
        known, unknown = _known(look)
        better = sum(cost < look.cost for cost in known)
        if len(known) + unknown < _EARLIER or 2 * (better + unknown) <= len(known) + unknown:
            return "go_on"
        if len(known) >= _EARLIER and 2 * better > len(known) + unknown:
            return "give_up"
        return "wait"


def _known(look: Look) -> tuple[list[float], int]:
    """The costs that are known, and how many are not."""
    known = [cost for cost in look.others.values() if cost is not None]
    return known, len(look.others) - len(known)


def _best_third(trials: int) -> int:
    return -(-trials // ETA)
