"""The sweeps that the lab knows: their list, read on a thread, and what can be done with one."""

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Literal, Protocol

from tui_lab.errors import LabError
from tui_lab.experiment.sweeps.sweep import VAL_LOSS, Sweep
from tui_lab.protocol.sweeps.commands import SweepCommand
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.groups import best_combination
from tui_lab.tui.state.background import BackgroundTask

SweepState = Literal["running", "paused", "finished", "stopped", "failed", "broken"]
"""`broken`: its journal cannot be read."""


@dataclass(frozen=True, slots=True)
class SweepLine:
    """A sweep in a list. `over` of `trials` trials need no more training; `running` are in training.

    `best`: the best value of `metric` so far, NaN if there is none; if each combination is trained `repeats`
    times, for its seeds and folds, the mean of the best combination, with its standard deviation. `began`:
    Unix time, 0 if unknown. `seconds`: of training. `varies`: the names of its axes.
    """

    id: str
    name: str = ""
    preset: str = ""
    state: SweepState = "broken"
    over: int = 0
    running: int = 0
    trials: int = 0
    best: float = nan
    deviation: float | None = None
    repeats: int = 1
    metric: str = VAL_LOSS
    varies: tuple[str, ...] = ()
    began: float = 0.0
    seconds: float = 0.0
    message: str = ""

    @property
    def title(self) -> str:
        return self.name or self.preset or self.id

    @property
    def training(self) -> bool:
        """Whether a process leads it now."""
        return self.state in ("running", "paused")

    @property
    def unfinished(self) -> bool:
        """Whether it can be resumed."""
        return self.state in ("stopped", "failed")


def line_of(sweep_id: str, view: SweepView) -> SweepLine:
    """The line of a sweep that was read."""
    sweep = view.sweep
    assert sweep is not None
    best, deviation = _best_of(view, sweep.repeats)
    return SweepLine(
        id=sweep_id,
        name=sweep.name,
        preset=sweep.experiment.preset,
        state=view.status,
        over=sum(trial.over for trial in view.trials),
        running=sum(trial.status == "running" for trial in view.trials),
        trials=max(sweep.trials, len(view.trials)),
        best=best,
        deviation=deviation,
        repeats=sweep.repeats,
        metric=sweep.metric,
        varies=tuple(axis.name for axis in sweep.axes),
        began=view.began,
        seconds=view.seconds,
        message=view.message,
    )


def _best_of(view: SweepView, repeats: int) -> tuple[float, float | None]:
    """The best value and its standard deviation: of the best combination if each is trained several times."""
    if repeats > 1:
        group = best_combination(view)
        spread = group.spread if group is not None else None
        return (nan, None) if spread is None else (spread.mean, spread.deviation)
    best = view.best()
    return (nan if best is None else best.best), None


class FollowedSweep(Protocol):
    """A sweep that goes on, or one that has ended.

    `view`: what is known of it so far. `alive`: whether anybody trains it, so that it takes commands. `name`:
    what it is called. `problem`: why nothing more can be read; empty if all is well.
    """

    view: SweepView

    @property
    def alive(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def problem(self) -> str: ...

    def poll(self) -> bool:
        """Take in new records, without waiting for any; whether `view` or anything else here changed."""
        ...

    def send(self, command: SweepCommand) -> bool:
        """Whether the command was delivered; what comes of it is in the records."""
        ...


class Sweeps(Protocol):
    """The sweeps of a folder of runs. All of it may block: it is called on threads. Raises LabError."""

    def lines(self) -> list[SweepLine]:
        """All sweeps, the newest first."""
        ...

    def start(self, sweep: Sweep) -> str:
        """Start one in a process of its own; its id."""
        ...

    def resume(self, sweep_id: str) -> None:
        """Go on with one that was stopped or whose process ended."""
        ...

    def remove(self, sweep_id: str) -> None:
        """Delete one that is not in training, with all its trials."""
        ...

    def follow(self, sweep_id: str) -> FollowedSweep:
        """Read one, and follow it."""
        ...

    def trials(self, sweep_id: str) -> Path:
        """The folder of its trials, which are ordinary runs."""
        ...


class SweepsFeed:
    """The list of sweeps, shared by all screens. `version` grows with each reading; 0: not read yet."""

    def __init__(self, sweeps: Sweeps) -> None:
        self.sweeps = sweeps
        self.lines: list[SweepLine] = []
        self.problem = ""
        self.version = 0
        self._task: BackgroundTask[list[SweepLine]] | None = None
        self._again = False

    def refresh(self) -> None:
        """Start reading; if that is already in progress, they are read again afterwards."""
        if self._task is None:
            self._task = BackgroundTask(self.sweeps.lines)
        else:
            self._again = True

    def collect(self) -> bool:
        """Process a finished reading; returns whether anything is new."""
        if self._task is None or not self._task.done:
            return False
        task, self._task = self._task, None
        before = self.version > 0, self.lines, self.problem
        try:
            self.lines, self.problem = task.result(), ""
        except (LabError, OSError) as error:
            self.problem = str(error)
        new = before != (True, self.lines, self.problem)
        self.version += new
        if self._again:
            self._again = False
            self.refresh()
        return new

    def wait(self) -> None:
        """Wait until no reading is in progress."""
        while self._task is not None:
            self._task.wait()
            self.collect()

    def training(self) -> list[SweepLine]:
        """The sweeps that train, or are paused."""
        return [line for line in self.lines if line.training]
