"""Leading a sweep: which trial is trained by whom, which are given up, and when it is done.

One thread, which waits for reports and commands. Everything that happened is in the sweep's journal before
it has an effect, so that a sweep whose process was killed goes on where it was: trials that are over stay
as they are, the others go on from their last checkpoints, or begin anew.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from time import monotonic

from tui_lab.errors import LabError
from tui_lab.experiment.code import Code
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep, experiment_of
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
    SweepCommand,
)
from tui_lab.protocol.sweeps.events import (
    AxisChanged,
    SweepContinued,
    SweepEnded,
    SweepEvent,
    SweepNoted,
    SweepPaused,
    TrialEnded,
    TrialKept,
    TrialReached,
    TrialsMeasured,
    TrialStarted,
    TrialsWanted,
)
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.runs.sweeps.folder import SweepFolder
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.session.sweeps.crew import Crew
from tui_lab.session.sweeps.judge import Judge
from tui_lab.session.sweeps.messages import EndTrial, Measured, PauseWork, Report, TrainTrial
from tui_lab.session.sweeps.planner import Planner
from tui_lab.session.sweeps.words import counts_of, run_name
from tui_lab.session.sweeps.worker_process import WorkerProcess
from tui_lab.sweep.stop_rules import make_stop_rule

AHEAD = 2
"""Trials that a worker is given before it needs them, so that it never waits."""
_PLANNED = 128
"""Trials that are planned before they are needed, where nothing is learnt from results."""
_TICK_S, _SYNC_S = 0.25, 2.0
_STOP_S = 60.0
_TRIES, _MOST_DEATHS = 2, 6
"""How often a trial is begun whose worker dies, and how many workers may die while no trial ends."""


class Leader:
    """A sweep in training. `obey` takes commands; `lead` returns when it has ended."""

    def __init__(
        self,
        folder: SweepFolder,
        view: SweepView,
        journal: SweepJournal,
        workers: Sequence[WorkerProcess],
        threads: int,
        code: Code,
        together: int = 1,
    ) -> None:
        """`threads`, `together`: of each worker, and how many trials it trains as one."""
        self._folder, self._view, self._journal = folder, view, journal
        self._crew, self._threads, self._code = Crew(workers, self._hear), threads, code
        self._together, self._enough = together, together + AHEAD - 1
        self._planner, rule = Planner(view), make_stop_rule(self._sweep)
        self._judging = Judge(view, self._crew, rule, self._sweep.stop)
        self._ending: SweepEnded | None = None
        self._give_up_at = 0.0
        self._deaths: dict[int, int] = {}
        self._died_in_a_row = 0
        self._began_s = view.seconds
        self._synced = monotonic()

    @property
    def _sweep(self) -> Sweep:
        assert self._view.sweep is not None
        return self._view.sweep

    def watch(self, woken: socket.socket, serve: Callable[[], None]) -> None:
        """Call `serve` when the socket can be read."""
        self._crew.watch(woken, serve)

    def lead(self) -> SweepEnded:
        """Train until the sweep has ended; workers are dismissed."""
        while True:
            self._plan()
            self._assign()
            if self._done():
                break
            self._crew.listen(_TICK_S)
            self._look_at_the_time()
        ended = self._ending or SweepEnded("finished", counts_of(self._view))
        if ended.status == "stopped":
            ended = replace(ended, message=f"{ended.message}; {counts_of(self._view)}")
        ended = replace(ended, seconds=self._view.seconds)
        self._record(ended)
        return ended

    # Commands

    def obey(self, command: SweepCommand) -> None:
        """Carry out a command; one that cannot be carried out is answered by a note."""
        match command:
            case StopSweep():
                self._stop(SweepEnded("stopped", "stopped on request"))
            case PauseSweep() if self._view.status == "running":
                self._pause(paused=True)
            case ContinueSweep() if self._view.status == "paused":
                self._pause(paused=False)
            case DropTrial(number) if self._is_open(number):
                self._end(self._view.trials[number], EndTrial(number, "dropped", "dropped on request"))
            case KeepTrial(number) if 0 <= number < len(self._view.trials):
                self._keep(self._view.trials[number])
            case ChangeAxis(axis):
                self._change_axis(axis)
            case MoreTrials():
                self._add_more(command)
            case _:
                pass

    def _is_open(self, number: int) -> bool:
        return 0 <= number < len(self._view.trials) and not self._view.trials[number].over

    def _pause(self, *, paused: bool) -> None:
        self._record(SweepPaused() if paused else SweepContinued())
        self._crew.tell_all(PauseWork(paused))

    def _keep(self, trial: TrialView) -> None:
        self._record(TrialKept(trial.number))
        worker = self._crew.of(trial.number)
        if worker is not None and trial.number in worker.held:
            self._judging.go_on(worker, trial.number)

    def _change_axis(self, axis: Axis) -> None:
        if self._has_axis(axis.name):
            self._record(AxisChanged(axis))
            self._planner.renew()

    def _add_more(self, command: MoreTrials) -> None:
        count = max(1, command.count)
        total = self._sweep.trials
        if command.axis is None:
            self._record(TrialsWanted(total + count))
            self._planner.exhausted = False
            return
        if not self._has_axis(command.axis.name):
            return
        added = self._planner.beyond(command.axis, -(-count // self._sweep.repeats))
        self._record(TrialsWanted(total + len(added)))
        self._record(AxisChanged(command.axis))
        for event in added:
            self._record(event)
        self._planner.renew()

    def _has_axis(self, name: str) -> bool:
        """Whether the sweep has such an axis; if not, that is noted."""
        if any(axis.name == name for axis in self._sweep.axes):
            return True
        self._record(SweepNoted(f"{name} is not an axis of this sweep"))
        return False

    # Planning and assigning

    def _plan(self) -> None:
        """Add trials as far ahead as is sensible."""
        if self._ending is not None or self._view.status == "paused":
            return
        least = self._enough * len(self._crew) if self._planner.learns else _PLANNED
        while len(self._waiting()) < least:
            added = self._planner.next_trials()
            if not added:
                self._note_the_last()
                return
            for event in added:
                self._record(event)

    def _note_the_last(self) -> None:
        """Say once if there are no further combinations, though more trials are wanted."""
        if self._planner.exhausted and len(self._view.trials) < self._sweep.trials:
            count = len(self._view.trials)
            self._record(SweepNoted(f"there are no further combinations: {count:,} trials are all"))
            self._record(TrialsWanted(count))

    def _waiting(self) -> list[TrialView]:
        """Trials that nobody has, by number."""
        assigned = self._crew.trials
        return [
            trial for trial in self._view.trials if trial.status == "waiting" and trial.number not in assigned
        ]

    def _assign(self) -> None:
        """Give each worker enough to do."""
        if self._ending is not None or self._view.status == "paused":
            return
        for trial in self._waiting():
            worker = self._crew.needing(self._enough)
            if worker is None:
                return
            self._give(worker, trial)

    def _give(self, worker: WorkerProcess, trial: TrialView) -> None:
        try:
            experiment = experiment_of(self._sweep, trial.values, trial.seed, trial.fold)
        except LabError as error:
            self._over(TrialEnded(trial.number, "failed", 0, nan, 0, message=str(error)))
            return
        worker.ahead.append(trial.number)
        worker.send(
            TrainTrial(
                trial=trial.number,
                experiment=experiment,
                root=str(self._folder.trials),
                name=run_name(trial),
                run_id=trial.run_id,
                metric=self._sweep.metric,
                until=self._judging.until(trial),
                threads=self._threads,
                together=self._together,
                code=self._code,
            )
        )

    # Reports

    def _hear(self, worker: WorkerProcess) -> None:
        reports = worker.reports()
        if reports is None:
            self._worker_died(worker)
            return
        for report in reports:
            self._take(worker, report)

    def _take(self, worker: WorkerProcess, report: Report) -> None:
        match report:
            case TrialStarted():
                self._record(replace(report, worker=str(worker.number)))
            case TrialsMeasured():
                self._record(report, waits=True)
            case TrialReached():
                worker.ahead.remove(report.trial)
                worker.held[report.trial] = report.epoch
                self._record(report)
                self._judge()
            case TrialEnded():
                self._trial_ended(worker, report)
            case Measured():
                pass

    def _trial_ended(self, worker: WorkerProcess, ended: TrialEnded) -> None:
        if ended.trial in worker.ahead:
            worker.ahead.remove(ended.trial)
        worker.held.pop(ended.trial, None)
        trial = self._view.trials[ended.trial]
        if trial.over:
            return
        if not ended.epoch and trial.epoch:  # it had not begun again since the sweep was resumed
            ended = replace(ended, epoch=trial.epoch, best=trial.best, best_epoch=trial.best_epoch)
        self._died_in_a_row = 0
        self._over(ended)

    def _over(self, ended: TrialEnded) -> None:
        """Note the end of a trial, and let the sampler and the trials that wait for it know."""
        self._record(ended)
        self._planner.tell(self._view.trials[ended.trial])
        self._judge()

    def _judge(self) -> None:
        if self._ending is None:
            self._judging.judge()

    def _end(self, trial: TrialView, order: EndTrial) -> None:
        worker = self._crew.of(trial.number)
        if worker is not None:
            worker.send(order)
            return
        self._over(
            TrialEnded(
                trial.number, order.status, trial.epoch, trial.best, trial.best_epoch,
                trial.metrics, trial.test, trial.seconds, order.reason,
            )
        )  # fmt: skip

    def _worker_died(self, worker: WorkerProcess) -> None:
        """Take a new one, which begins its trials again.

        A trial whose workers died twice has failed; if workers do nothing but die, the sweep has.
        """
        self._crew.remove(worker)
        if self._ending is not None:
            return
        self._record(SweepNoted(f"worker {worker.number} ended unexpectedly; its trials are taken up again"))
        self._died_in_a_row += 1
        if self._died_in_a_row > _MOST_DEATHS:
            why = f"{_MOST_DEATHS} workers ended one after the other; {self._folder.log} may show why"
            self._stop(SweepEnded("failed", why))
            return
        for number in worker.trials:
            trial = self._view.trials[number]
            if trial.status == "running":
                trial.status = "waiting"
        if worker.ahead:
            number = worker.ahead[0]
            self._deaths[number] = self._deaths.get(number, 0) + 1
            if self._deaths[number] >= _TRIES:
                why = "the process that trained it ended, twice: perhaps memory ran out"
                self._over(TrialEnded(number, "failed", self._view.trials[number].epoch, nan, 0, message=why))
        self._crew.take(worker.number)

    # The end

    def _look_at_the_time(self) -> None:
        if monotonic() - self._synced > _SYNC_S:
            self._synced = monotonic()
            self._journal.sync()
        budget = self._sweep.budget_s
        if budget is not None and self._ending is None and self._view.seconds - self._began_s >= budget:
            self._stop(SweepEnded("stopped", "its time is used up"))

    def _stop(self, ended: SweepEnded) -> None:
        """Have all trials saved; the sweep ends when they are."""
        if self._ending is not None:
            return
        self._ending, self._give_up_at = ended, monotonic() + _STOP_S
        self._crew.stop_all("the sweep was stopped")

    def _done(self) -> bool:
        if self._ending is not None:
            return monotonic() > self._give_up_at or not self._crew.trials
        if self._view.status == "paused" or self._crew.trials:
            return False
        enough = self._planner.exhausted or len(self._view.trials) >= self._sweep.trials
        return enough and all(trial.over for trial in self._view.trials)

    def _record(self, event: SweepEvent, *, waits: bool = False) -> None:
        self._view.apply(self._journal.append(event, waits=waits))

    def close(self) -> None:
        """Dismiss the workers and wait for their end."""
        self._crew.close(_STOP_S)
