"""What the events of a sweep add up to; every screen and list of sweeps is made from it."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, isfinite, nan
from typing import Literal

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import (
    AxisChanged,
    SweepContinued,
    SweepEnded,
    SweepEvent,
    SweepNoted,
    SweepPaused,
    SweepRecord,
    SweepResumed,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialKept,
    TrialReached,
    TrialsMeasured,
    TrialStarted,
    TrialsWanted,
)

TrialStatus = Literal[
    "waiting", "running", "finished", "given_up", "dropped", "diverged", "failed", "stopped"
]
SweepStatus = Literal["running", "paused", "finished", "stopped", "failed"]
OVER: frozenset[str] = frozenset({"finished", "given_up", "dropped", "diverged", "failed"})
"""The states of a trial that is not trained further, unless the user keeps it."""


@dataclass(slots=True)
class TrialView:
    """One trial. `epochs`, `curve`: the sweep's metric after some epochs, in order.

    `best`: the sweep's metric so far: of the best epoch once it has ended, before that the best value of the
    curve; NaN if there is none. `reached`: the best value up to each epoch at which the stop rule looked.
    `kept`: the stop rule leaves it alone.
    """

    number: int
    combination: int
    values: dict[str, Value]
    seed: int
    fold: int | None = None
    status: TrialStatus = "waiting"
    run_id: str = ""
    worker: str = ""
    epochs: "array[int]" = field(default_factory=lambda: array("q"))
    curve: "array[float]" = field(default_factory=lambda: array("d"))
    best: float = nan
    best_epoch: int = 0
    epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    test: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    message: str = ""
    reached: dict[int, float] = field(default_factory=dict)
    kept: bool = False

    @property
    def over(self) -> bool:
        return self.status in OVER


class SweepView:
    """A fold over the records of a sweep. `sweep` has the axes and the number of trials as they are now."""

    def __init__(self) -> None:
        self.sweep: Sweep | None = None
        self.trials: list[TrialView] = []
        self.status: SweepStatus = "running"
        self.message = ""
        self.how = ""
        self.workers = 0
        self.environment: dict[str, str | int] = {}
        self.notes: list[str] = []
        self.began = 0.0
        """Unix time of the first record."""
        self.latest = 0.0
        self.seconds = 0.0
        """Of training, pauses and interruptions left out, up to the latest record."""
        self.seq = 0
        self._running_since: float | None = None

    def apply(self, record: SweepRecord) -> None:
        """Take in the next record."""
        self.seq, self.latest = record.seq, record.time
        self._count_seconds(record)
        self._apply(record.event)

    def apply_all(self, records: Iterable[SweepRecord]) -> None:
        for record in records:
            self.apply(record)

    @property
    def lower_is_better(self) -> bool:
        return self.sweep is None or self.sweep.lower_is_better

    def better(self, one: float, other: float) -> bool:
        """Whether one value of the metric is better than another; a number is better than NaN."""
        if not isfinite(one):
            return False
        if not isfinite(other):
            return True
        return one < other if self.lower_is_better else one > other

    def cost(self, value: float) -> float:
        """The value such that lower is better, infinite for NaN: to sort by."""
        return inf if not isfinite(value) else value if self.lower_is_better else -value

    def ranked(self) -> list[TrialView]:
        """All trials with a value, the best first."""
        return sorted(self._with_values(), key=self._rank)

    def best(self) -> TrialView | None:
        return min(self._with_values(), key=self._rank, default=None)

    def _with_values(self) -> list[TrialView]:
        return [trial for trial in self.trials if isfinite(trial.best)]

    def _rank(self, trial: TrialView) -> tuple[float, int]:
        return self.cost(trial.best), trial.number

    def _count_seconds(self, record: SweepRecord) -> None:
        if self._running_since is not None and not isinstance(record.event, SweepResumed):
            self.seconds += max(0.0, record.time - self._running_since)
        self._running_since = None if isinstance(record.event, SweepEnded) else record.time
        if self.status == "paused" and not isinstance(record.event, SweepContinued | SweepResumed):
            self._running_since = None
        if isinstance(record.event, SweepPaused):
            self._running_since = None

    def _apply(self, event: SweepEvent) -> None:
        match event:
            case SweepStarted():
                self.sweep, self.began = event.sweep, self.latest
                self._begin(event)
            case SweepResumed():
                self._begin(event)
            case TrialAdded():
                self.trials.append(
                    TrialView(event.trial, event.combination, event.values, event.seed, event.fold)
                )
            case TrialStarted():
                trial = self.trials[event.trial]
                trial.status, trial.run_id, trial.worker = "running", event.run_id, event.worker
            case TrialsMeasured():
                for number, epoch, value in zip(event.trials, event.epochs, event.values, strict=True):
                    self._measured(self.trials[number], epoch, value)
            case TrialReached():
                self.trials[event.trial].reached[event.epoch] = event.best
            case TrialEnded():
                self._ended(self.trials[event.trial], event)
            case TrialKept():
                trial = self.trials[event.trial]
                trial.kept = True
                if trial.status in ("given_up", "dropped"):
                    trial.status = "waiting"
            case AxisChanged():
                assert self.sweep is not None
                self.sweep = self.sweep.with_axis(event.axis)
            case TrialsWanted():
                assert self.sweep is not None
                self.sweep = self.sweep.model_copy(update={"trials": event.trials})
            case SweepPaused():
                self.status = "paused"
            case SweepContinued():
                self.status = "running"
            case SweepNoted():
                self.notes.append(event.message)
            case SweepEnded():
                self.status, self.message = event.status, event.message

    def _begin(self, event: SweepStarted | SweepResumed) -> None:
        self.status, self.message = "running", ""
        self.environment, self.workers, self.how = event.environment, event.workers, event.how
        for trial in self.trials:
            if trial.status in ("running", "stopped"):
                trial.status, trial.worker = "waiting", ""

    def _measured(self, trial: TrialView, epoch: int, value: float) -> None:
        while trial.epochs and trial.epochs[-1] >= epoch:  # taken up from an earlier checkpoint
            trial.epochs.pop()
            trial.curve.pop()
        trial.epochs.append(epoch)
        trial.curve.append(value)
        trial.epoch = epoch
        if self.better(value, trial.best):
            trial.best, trial.best_epoch = value, epoch

    def _ended(self, trial: TrialView, event: TrialEnded) -> None:
        trial.status, trial.epoch, trial.message = event.status, event.epoch, event.message
        trial.best, trial.best_epoch = event.best, event.best_epoch
        trial.metrics, trial.test, trial.seconds = event.metrics, event.test, event.seconds
