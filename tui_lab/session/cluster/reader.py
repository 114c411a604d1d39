"""A study read as the events of a sweep, so that it is shown as any other sweep is."""

from datetime import datetime
from pathlib import PurePath
from time import time
from typing import TYPE_CHECKING

from tui_lab.protocol.sweeps.events import (
    SweepContinued,
    SweepEnded,
    SweepEvent,
    SweepPaused,
    SweepRecord,
    SweepResumed,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialKept,
    TrialsMeasured,
    TrialStarted,
    TrialsWanted,
)
from tui_lab.session.cluster.study import COMPLETE, CONTROL, Control, Study
from tui_lab.session.cluster.trials import FOLDER, RELEASED, WORKER, by_number, ended, planned

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

_Timed = tuple[float, SweepEvent]


class _Followed:
    """What was told of one trial so far. `trial_id`: of the trial of the study that trains it."""

    def __init__(self) -> None:
        self.trial_id, self.run_id, self.epoch = -1, "", 0
        self.over = self.lost = False


class StudyReader:
    """Turns what is new in a study into records. Raises what SQLAlchemy and Optuna raise."""

    def __init__(self, study: Study) -> None:
        self._study, self._seq, self._time = study, 0, study.began
        self._control = Control()
        self._trials: list[_Followed] = []
        self._ended = False

    def news(self) -> list[SweepRecord]:
        """The records since the last call, in order."""
        has = self._study.attributes()
        held = by_number(self._study.optuna.get_trials(deepcopy=False))
        found: list[_Timed] = []
        if not self._seq:
            found.append((self._study.began, SweepStarted(self._study.sweep, {}, 0)))
        later = self._new_trials(held)
        for number, followed in enumerate(self._trials):
            if not followed.over:
                later += self._follow(number, followed, held[number])
        control = Control.read(has.get(CONTROL))
        later += self._asked(control)
        later.sort(key=lambda timed: timed[0])
        found += later
        found += self._end(control, has.get(COMPLETE), held)
        return [self._record(*timed) for timed in found]

    def _record(self, when: float, event: SweepEvent) -> SweepRecord:
        self._seq += 1
        self._time = max(self._time, when)  # the clocks of several machines
        return SweepRecord(self._seq, self._time, event)

    def _new_trials(self, held: "dict[int, list[FrozenTrial]]") -> list[_Timed]:
        found: list[_Timed] = []
        while (number := len(self._trials)) in held:
            plan = planned(held[number][0])
            assert plan is not None
            self._trials.append(_Followed())
            added = TrialAdded(number, plan.combination, plan.values, plan.seed, plan.fold)
            found.append((self._study.began, added))
        return found

    def _follow(self, number: int, told: _Followed, trials: "list[FrozenTrial]") -> list[_Timed]:
        found: list[_Timed] = []
        latest = next((trial for trial in trials if ended(trial) is not None), trials[-1])
        began = _stamp(latest.datetime_start)
        worker = str(latest.user_attrs.get(WORKER, ""))
        if latest._trial_id != told.trial_id:
            told.trial_id, told.run_id, told.epoch, told.lost = latest._trial_id, "", 0, False
        run_id = PurePath(str(latest.user_attrs.get(FOLDER, ""))).name
        if worker and run_id and run_id != told.run_id:
            told.run_id = run_id
            found.append((began, TrialStarted(number, run_id, worker)))
        epochs = sorted(epoch for epoch in latest.intermediate_values if epoch > told.epoch)
        if epochs and worker:
            told.epoch = epochs[-1]
            values = tuple(float(latest.intermediate_values[epoch]) for epoch in epochs)
            measured = TrialsMeasured((number,) * len(epochs), tuple(epochs), values)
            found.append((_stamp(latest.datetime_complete, time()), measured))
        end = ended(latest)
        if end is not None:
            told.over = True
            found.append((_stamp(latest.datetime_complete, time()), end))
        elif latest.state.is_finished() and not told.lost:
            told.lost = True
            gone = "was stopped" if RELEASED in latest.user_attrs else "gave no sign of life any more"
            message = f"its worker {worker} {gone}; another one takes it up"
            stopped = TrialEnded(number, "stopped", told.epoch, float("nan"), 0, message=message)
            found.append((_stamp(latest.datetime_complete, time()), stopped))
        return found

    def _asked(self, control: Control) -> list[_Timed]:
        before, self._control = self._control, control
        events: list[SweepEvent] = [
            TrialKept(number)
            for number in control.kept
            if number not in before.kept and number < len(self._trials)
        ]
        if control.paused != before.paused:
            events.append(SweepPaused() if control.paused else SweepContinued())
        if control.trials > max(before.trials, self._study.sweep.trials):
            events.append(TrialsWanted(control.trials))
        return [(time(), event) for event in events]

    def _end(self, control: Control, complete: object, held: "dict[int, list[FrozenTrial]]") -> list[_Timed]:
        wanted = max(self._study.sweep.trials, control.trials)
        busy = any(trial.state.name == "RUNNING" for trials in held.values() for trial in trials)
        end: SweepEnded | None = None
        if complete == wanted and self._trials and all(followed.over for followed in self._trials):
            end = SweepEnded("finished", f"all {len(self._trials):,} trials have ended")
        elif control.stopped and not busy:
            end = SweepEnded("stopped", "stopped; the same `tui-lab sweep` goes on with it")
        if (end is not None) == self._ended:
            return []
        self._ended = end is not None
        return [(self._time, end)] if end is not None else [(time(), SweepResumed({}, 0, ""))]


def _stamp(moment: datetime | None, otherwise: float = 0.0) -> float:
    return moment.timestamp() if moment is not None else otherwise
