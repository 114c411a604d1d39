"""A trial in training: an ordinary run that is driven epoch by epoch, so that it can be held between two."""

from collections.abc import Iterator
from contextlib import suppress
from math import isfinite, nan
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tui_lab.errors import LabError
from tui_lab.experiment.metrics import lower_is_better
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded, Record, RunEnded, RunResumed, Tested
from tui_lab.protocol.sweeps.events import TrialEnd, TrialEnded
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.folder.removal import remove
from tui_lab.session.jobs.jobs import Fresh, Resumed
from tui_lab.session.jobs.prepare_job import get_ready
from tui_lab.session.sweeps.messages import TrainTrial

if TYPE_CHECKING:
    from tui_lab.engine.setup.random_state import RandomState

_FOR_GOOD: tuple[TrialEnd, ...] = ("finished", "diverged")
"""How the run of a trial ends that is not trained again."""


class TrialRun:
    """One trial. `folder` is that of its run; `epoch` says how far it is.

    `best`: the best value of the metric so far, NaN if there is none; `ended`: the last event of its run.
    Raises LabError if it cannot be trained.
    """

    def __init__(self, order: TrainTrial) -> None:
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
        self._random: RandomState | None = None
        self.folder = self._begun(order) or self._anew(order)

    def hold(self) -> None:
        """Let others train meanwhile."""
        from tui_lab.engine.setup.random_state import RandomState

        self._random = RandomState()

    def advance(self) -> float | None:
        """Train one epoch; the value of the metric after it, or None if the trial ended instead."""
        if self._random is not None:
            self._random.restore()
            self._random = None
        for record in self._records:
            match record.event:
                case EpochEnded() as ended:
                    return self._epoch_ended(ended)
                case Tested() as tested:
                    self._test = tested.metrics
                case RunEnded() as end:
                    self.ended = end
        return None

    def stop(self) -> None:
        """End the run as stopped, with a checkpoint and without a test."""
        self._commands.put(Stop(test=False))
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
            self._records = get_ready(
                Resumed(folder=str(folder.path), code=order.code, diagnostics=False)
            ).begin(self._commands)
            self._resume()
        except LabError:  # it has no checkpoint yet
            with suppress(LabError):
                remove(folder)
            return None
        return folder

    def _resume(self) -> None:
        """Go to where it was, without training, so that `epoch` says how far it is: it may be held there."""
        for record in self._records:
            match record.event:
                case RunResumed() as resumed:
                    self._catch_up(resumed.epoch)
                    return
                case RunEnded() as end:
                    self.ended = end

    def _anew(self, order: TrainTrial) -> RunFolder:
        job = Fresh(
            experiment=order.experiment, root=order.root, name=order.name, code=order.code, diagnostics=False
        )
        ready = get_ready(job)
        self._records = ready.begin(self._commands)
        return ready.folder

    def _epoch_ended(self, ended: EpochEnded) -> float:
        self.epoch = ended.epoch
        self._seconds += ended.seconds
        if ended.best:
            self._at_best = ended
        value = self._value(ended)
        if isfinite(value) and (not isfinite(self.best) or (value < self.best) == self._lower):
            self.best = value
        return value

    def _value(self, ended: EpochEnded) -> float:
        return ended.val_loss if self._metric == "loss" else ended.metrics.get(self._metric, nan)

    def _catch_up(self, epochs: int) -> None:
        """Take over the first epochs, which were trained before."""
        for ended in self._before.history:
            if ended.epoch <= epochs:
                self._epoch_ended(ended)
        self._before = RunView()
