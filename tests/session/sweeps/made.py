"""A sweep whose trials are trained by nobody: what they reach is a formula."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.runs.samples import experiment
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import (
    SweepStarted,
    TrialEnded,
    TrialReached,
    TrialsMeasured,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.sweeps.folder import SweepFolder, create_sweep
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.session.sweeps.messages import EndTrial, GoOn, Order, PauseWork, Report, TrainTrial

EPOCHS = 27


def loss_of(trial: int, epoch: int) -> float:
    """Trials get worse by their number modulo 7, better by their epochs."""
    return 1.0 + trial * 5 % 7 - epoch / 100


class FakeWorker:
    """Trains in no time when it is asked for its reports, one epoch of one trial at a time.

    `dies_at`: the epoch, counted over all trials, at which it is gone.
    """

    def __init__(self, number: int, dies_at: float = float("inf")) -> None:
        self.number, self.pid = number, os.getpid()
        self.ahead: list[int] = []
        self.held: dict[int, int] = {}
        self.orders: list[Order] = []
        self.trained: list[tuple[int, int]] = []
        self.dismissed = False
        self._dies_at = dies_at
        self._until: dict[int, int | None] = {}
        self._epochs: dict[int, int] = {}
        self._queue: list[int] = []
        self._reports: list[Report] = []
        self._paused = False
        self._here, self._there = socket.socketpair()
        self._there.setblocking(False)
        self._wake()

    @property
    def trials(self) -> list[int]:
        return [*self.ahead, *self.held]

    def fileno(self) -> int:
        return self._here.fileno()

    def send(self, order: Order) -> None:
        self.orders.append(order)
        match order:
            case TrainTrial():
                self._until[order.trial] = order.until
                self._queue.append(order.trial)
            case GoOn():
                self._until[order.trial] = order.until
                self._queue.append(order.trial)
            case EndTrial(trial, status, reason):
                self._queue = [each for each in self._queue if each != trial]
                self._reports.append(self._ended(trial, status, reason))
            case PauseWork(paused):
                self._paused = paused
        self._wake()

    def reports(self) -> list[Report] | None:
        self._here.recv(4096)
        if len(self.trained) >= self._dies_at:
            return None
        self._work()
        found, self._reports = self._reports, []
        if self._queue and not self._paused:
            self._wake()
        return found

    def dismiss(self) -> None:
        self.dismissed = True

    def wait(self, _timeout_s: float) -> None:
        self.dismissed = True
        self._here.close()
        self._there.close()

    def _wake(self) -> None:
        self._there.send(b".")

    def _work(self) -> None:
        if not self._queue or self._paused:
            return
        trial = self._queue[0]
        if trial not in self._epochs:
            self._epochs[trial] = 0
            self._reports.append(TrialStarted(trial, f"run-{trial}", "fake"))
        until = self._until[trial]
        epoch = self._epochs[trial]
        if until is not None and epoch >= until:
            self._queue.pop(0)
            self._reports.append(TrialReached(trial, epoch, loss_of(trial, epoch)))
        elif epoch >= EPOCHS:
            self._queue.pop(0)
            self._reports.append(self._ended(trial, "finished", ""))
        else:
            epoch = self._epochs[trial] = epoch + 1
            self.trained.append((trial, epoch))
            self._reports.append(TrialsMeasured((trial,), (epoch,), (loss_of(trial, epoch),)))

    def _ended(self, trial: int, status: str, message: str) -> TrialEnded:
        epoch = self._epochs.get(trial, 0)
        best = loss_of(trial, epoch) if epoch else float("nan")
        return TrialEnded(trial, status, epoch, best, epoch, message=message)  # type: ignore[arg-type]


def a_sweep(**fields: object) -> Sweep:
    axes = (Axis(name="lr", low=1e-4, high=1e-1, log=True), Axis(name="momentum", values=(0.8, 0.9)))
    asked = experiment("regression")
    hyper = asked.hyperparameters.model_copy(update={"epochs": EPOCHS})
    asked = asked.model_copy(update={"hyperparameters": hyper})
    return Sweep.model_validate(
        {"experiment": asked, "axes": axes, "trials": 6, "sampler": "random", "warm_up": 3} | fields
    )


def begun(root: Path, sweep: Sweep) -> tuple[SweepFolder, SweepView, SweepJournal]:
    """A sweep in a new folder, as it is when it starts to be led."""
    folder = create_sweep(root, "test")
    journal, view = SweepJournal.open(folder.journal, 0), SweepView()
    view.apply(journal.append(SweepStarted(sweep, {}, 2, "by hand")))
    return folder, view, journal


Act = Callable[[], None]
