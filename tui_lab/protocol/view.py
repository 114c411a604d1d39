"""`RunView`: what is known of a run, folded from its records.

The live screen, a reopened run, the export and whatever compares runs all read a view; replaying a journal
gives the same view as having watched the run.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from tui_lab.protocol.events import (
    CheckpointFailed,
    CheckpointSaved,
    DataLoaded,
    EndStatus,
    EpochEnded,
    ModelBuilt,
    Record,
    RunEnded,
    RunResumed,
    RunStarted,
    StepsTrained,
    Tested,
    Warned,
)
from tui_lab.protocol.thinning import thin
from tui_lab.spec.experiment import Experiment

Status = EndStatus | Literal["running", "interrupted"]
MAX_STEP_POINTS = 8192
_RATE_WINDOW_S = 5.0


@dataclass
class RunView:
    """A run as far as its records tell. `apply` takes records in order of their `seq`.

    Times are Unix times in seconds. `step_losses` are `(step, loss)` pairs, thinned to at most
    `MAX_STEP_POINTS`. `status` is `running` until the run's last event. `checkpoint_failed` says why the
    latest checkpoint could not be saved; `resumed` counts how often the run went on from one.
    """

    status: Status = "running"
    message: str = ""
    hint: str = ""
    started: float | None = None
    ended: float | None = None
    seq: int = 0
    experiment: Experiment | None = None
    environment: dict[str, str | int] = field(default_factory=dict)
    data: DataLoaded | None = None
    model: ModelBuilt | None = None
    epoch: int = 0
    step: int = 0
    history: list[EpochEnded] = field(default_factory=list)
    step_losses: list[tuple[int, float]] = field(default_factory=list)
    best: EpochEnded | None = None
    tested: Tested | None = None
    warnings: list[str] = field(default_factory=list)
    checkpoints: list[CheckpointSaved] = field(default_factory=list)
    checkpoint_failed: str = ""
    resumed: int = 0
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def apply(self, record: Record) -> None:
        """Take in one record."""
        self.seq = record.seq
        match record.event:
            case StepsTrained() as steps:
                self._train(record.time, steps.epoch, steps.step)
                self.step_losses.extend(steps.points)
                if len(self.step_losses) > MAX_STEP_POINTS:
                    self.step_losses = thin(self.step_losses, MAX_STEP_POINTS // 2)
            case EpochEnded() as ended:
                self._train(record.time, ended.epoch, ended.step)
                self.history.append(ended)
                if ended.best:
                    self.best = ended
            case RunStarted() as started:
                self.started = record.time
                self.experiment = started.experiment
                self.environment = started.environment
            case DataLoaded() as data:
                self.data = data
            case ModelBuilt() as model:
                self.model = model
                self._recent.append((record.time, 0))
            case CheckpointSaved() as saved:
                self.checkpoints.append(saved)
                self.checkpoint_failed = ""
            case CheckpointFailed() as failed:
                self.checkpoint_failed = failed.message
            case RunResumed() as resumed:
                self._resume(record.time, resumed)
            case Warned() as warned:
                self.warnings.append(warned.message)
            case Tested() as tested:
                self.tested = tested
            case RunEnded() as run_ended:
                self.ended = record.time
                self.status = run_ended.status
                self.message, self.hint = run_ended.message, run_ended.hint

    def _resume(self, time: float, resumed: RunResumed) -> None:
        """Forget what came after the checkpoint: it happens again."""
        self.status, self.message, self.hint = "running", "", ""
        self.ended = self.tested = None
        self.history = [ended for ended in self.history if ended.epoch <= resumed.epoch]
        self.step_losses = [point for point in self.step_losses if point[0] <= resumed.step]
        self.checkpoints = [saved for saved in self.checkpoints if saved.step <= resumed.step]
        self.best = next((ended for ended in reversed(self.history) if ended.best), None)
        self.epoch, self.step, self.environment = resumed.epoch, resumed.step, resumed.environment
        self.resumed += 1
        self._recent = deque([(time, resumed.step)])
        if self.experiment is not None:
            hyper = self.experiment.hyperparameters.model_copy(update={"epochs": resumed.epochs})
            self.experiment = self.experiment.model_copy(update={"hyperparameters": hyper})

    def _train(self, time: float, epoch: int, step: int) -> None:
        self.epoch, self.step = epoch, step
        if self._recent and time < self._recent[-1][0]:  # the clock was set back
            self._recent.clear()
        self._recent.append((time, step))
        while len(self._recent) > 2 and time - self._recent[1][0] > _RATE_WINDOW_S:
            self._recent.popleft()

    @property
    def total_steps(self) -> int | None:
        """How many updates the run will make if nothing ends it early."""
        if self.model is None or self.experiment is None:
            return None
        return self.model.steps_per_epoch * self.experiment.hyperparameters.epochs

    @property
    def steps_per_second(self) -> float | None:
        """Updates a second over the last few seconds, validation included."""
        if len(self._recent) < 2:
            return None
        (t0, s0), (t1, s1) = self._recent[0], self._recent[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long the run will go on at its present pace."""
        total, rate = self.total_steps, self.steps_per_second
        return None if total is None or not rate else max(0, total - self.step) / rate


def fold(records: list[Record]) -> RunView:
    """The view of a list of records."""
    view = RunView()
    for record in records:
        view.apply(record)
    return view
