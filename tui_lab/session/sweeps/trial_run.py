"""A trial in training: an ordinary run that is driven epoch by epoch, so that it can be held between two."""

from collections.abc import Iterator
from contextlib import suppress
from math import isfinite, nan
from pathlib import Path
from queue import SimpleQueue

from tui_lab.errors import LabError
from tui_lab.experiment.metrics import lower_is_better
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded, Record, RunEnded, RunResumed, RunStarted, Tested
from tui_lab.protocol.sweeps.events import TrialEnd, TrialEnded
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.folder.removal import remove
from tui_lab.session.jobs.jobs import Fresh, Resumed
from tui_lab.session.jobs.prepare_job import Ready, get_ready
from tui_lab.session.recorder import record_run
from tui_lab.session.sweeps.messages import TrainTrial
from tui_lab.session.sweeps.turns import Alone, StackedTrials

_FOR_GOOD: tuple[TrialEnd, ...] = ("finished", "diverged")
"""How the run of a trial ends that is not trained again."""


class TrialRun:
    """One trial. `folder` is that of its run; `epoch` says how far it is.

    `best`: the best value of the metric so far, NaN if there is none; `ended`: the last event of its run.
    Raises LabError if it cannot be trained.
    """

    def __init__(self, order: TrainTrial, together: StackedTrials | None = None) -> None:
        """`together`: the trials with which its epochs can be made as one."""
        self._turns = Alone() if together is None else together.turns_of(order.experiment)
        self.trial, self.epoch, self.best = order.trial, 0, nan
        self.ended: RunEnded | None = None
        self._metric = order.metric.removeprefix("val_")
        self._lower = lower_is_better(self._metric)
        self._at_best: EpochEnded | None = None
        self._test: dict[str, float] = {}
        self._seconds = 0.0
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._records: Iterator[Record] = iter(())
        self._before = RunView()
        self._bests: list[tuple[int, float]] = []
        self.folder = self._begun(order) or self._anew(order)

    def hold(self) -> None:
        """Let others train meanwhile."""
        self._turns.hold()

    def best_at(self, epoch: int) -> float:
        """The best value of the metric in the first epochs, NaN if there is none."""
        return next((best for reached, best in reversed(self._bests) if reached <= epoch), nan)

    def advance(self) -> float | None:
        """Train one epoch; the value of the metric after it, or None if the trial ended instead."""
        self._turns.begin()
        for record in self._records:
            self._turns.noted()
            match record.event:
                case EpochEnded() as ended:
                    return self._epoch_ended(ended)
                case Tested() as tested:
                    self._test = tested.metrics
                case RunEnded() as end:
                    self.ended = end
        self._turns.over()
        return None

    def interrupt(self) -> None:
        """Let `advance` end the run as stopped after its step; from any thread, or a signal's handler."""
        self._commands.put(Stop(test=False))

    def stop(self) -> None:
        """End the run as stopped, with a checkpoint and without a test."""
        self.interrupt()
        while self.advance() is not None:
            pass

    def report(self, status: TrialEnd = "stopped", message: str = "") -> TrialEnded:
        """What it reached. `status`, `message`: why it was stopped, if it did not end by itself."""
        if self.ended is not None and self.ended.status != "stopped":
            status, message = self.ended.status, self.ended.message
        best = self._at_best
        return TrialEnded(
            trial=self.trial,
            status=status,
            epoch=self.epoch,
            best=nan if best is None else self._value(best),
            best_epoch=0 if best is None else best.epoch,
            metrics={} if best is None else {"loss": best.val_loss, **best.metrics},
            test=self._test,
            seconds=self._seconds,
            message=message,
        )

    def _begun(self, order: TrainTrial) -> RunFolder | None:
        """Go on with the run that the trial has; None if there is none, or none that can go on."""
        if not order.run_id:
            return None
        folder = RunFolder(Path(order.root) / order.run_id)
        try:
            self._before = load_run(folder).view
            if self._before.status in _FOR_GOOD:
                self.ended = RunEnded(self._before.status, self._before.message)
                self._test = self._before.tested.metrics if self._before.tested else {}
                self._catch_up(self._before.epochs_done)
                return folder
            self._begin(get_ready(Resumed(folder=str(folder.path), code=order.code)))
        except LabError:  # it has no checkpoint yet
            with suppress(LabError):
                remove(folder)
            return None
        return folder

    def _begin(self, ready: Ready) -> None:
        """Begin, or go to where it was without training: it may be held there."""
        self._records = record_run(
            ready.prepared,
            ready.folder,
            self._commands,
            resume=ready.point,
            plan=ready.plan,
            diagnostics=False,
            save_at_once=False,
            steppers=self._turns.steppers,
        )
        self._turns.begin()
        for record in self._records:
            self._turns.noted()
            match record.event:
                case RunStarted():
                    return
                case RunResumed() as resumed:
                    self._catch_up(resumed.epoch)
                    return
                case RunEnded() as end:
                    self.ended = end

    def _anew(self, order: TrainTrial) -> RunFolder:
        job = Fresh(experiment=order.experiment, root=order.root, name=order.name, code=order.code)
        ready = get_ready(job)
        self._begin(ready)
        return ready.folder

    def _epoch_ended(self, ended: EpochEnded) -> float:
        self.epoch = ended.epoch
        self._seconds += ended.seconds
        if ended.best:
            self._at_best = ended
        value = self._value(ended)
        if isfinite(value) and (not isfinite(self.best) or (value < self.best) == self._lower):
            self.best = value
            self._bests.append((self.epoch, value))
        return value

    def _value(self, ended: EpochEnded) -> float:
        return ended.val_loss if self._metric == "loss" else ended.metrics.get(self._metric, nan)

    def _catch_up(self, epochs: int) -> None:
        """Take over the first epochs, which were trained before."""
        for ended in self._before.history:
            if ended.epoch <= epochs:
                self._epoch_ended(ended)
        self._before = RunView()
