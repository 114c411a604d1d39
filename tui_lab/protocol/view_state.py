"""What is known of a run at one moment, and what follows from it."""

from dataclasses import dataclass, field
from typing import Literal

from tui_lab.protocol.events import (
    CheckpointSaved,
    DataLoaded,
    EndStatus,
    EpochEnded,
    ModelBuilt,
    Origin,
    RunResumed,
    Tested,
    WeightsTransferred,
)
from tui_lab.protocol.history import History
from tui_lab.protocol.pace import Pace, lasted
from tui_lab.protocol.pending import PendingEdit
from tui_lab.protocol.steering import (
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    ForwardProbed,
    Paused,
    SamplesShown,
    StepProbed,
    Undone,
)
from tui_lab.spec.experiment import Experiment
from tui_lab.spec.hyperparameters import Hyperparameters

Status = EndStatus | Literal["running", "interrupted"]
MAX_STEP_POINTS = 8192
MAX_BRANCHES = 8


@dataclass(frozen=True, slots=True)
class Branch:
    """What was trained and then undone: the epochs and step losses after step `step`."""

    step: int
    history: History
    step_losses: tuple[tuple[int, float], ...]


LedgerEvent = Edited | Undone | Paused | Continued | RunResumed


@dataclass
class ViewState:
    """What is known of a run.

    Times are Unix times in seconds. `step_losses` are `(step, loss)` pairs, thinned to at most
    `MAX_STEP_POINTS`. `status` is `running` until the run's last event. `checkpoint_failed` says why the
    latest checkpoint could not be saved; `resumed` counts how often the run went on from one.

    `experiment` is what was asked at first, `hyper` what is in force now; `queued` holds edits that wait for
    the next epoch. `edits` are those that count, `pending` those that were answered and that the run
    makes (again) once it gets to their step; `ledger` is all that was done to the run, with its times,
    undone edits among them; `undone` the parts of the curve that count no more. `refused` is the last
    command that was not obeyed, `probe` the last step made by hand, `look` the last batch looked at,
    `shown` the images shown last. While `paused`, steps are made only when asked for; `advancing` while such
    a step or epoch is being made.
    `epochs_s`: the seconds that the epochs of `history` took, pauses left out.
    `origin`: where a fork began; `transfer`: the weights it began with, if they are from elsewhere.
    `time_up`: its time limit ended the run.
    """

    status: Status = "running"
    message: str = ""
    hint: str = ""
    time_up: bool = False
    started: float | None = None
    ended: float | None = None
    seq: int = 0
    experiment: Experiment | None = None
    environment: dict[str, str | int] = field(default_factory=dict)
    data: DataLoaded | None = None
    model: ModelBuilt | None = None
    transfer: WeightsTransferred | None = None
    epoch: int = 0
    step: int = 0
    history: History = field(default_factory=History)
    epochs_s: float = 0.0
    step_losses: list[tuple[int, float]] = field(default_factory=list)
    best: EpochEnded | None = None
    tested: Tested | None = None
    warnings: list[str] = field(default_factory=list)
    checkpoints: list[CheckpointSaved] = field(default_factory=list)
    checkpoint_failed: str = ""
    resumed: int = 0
    origin: Origin | None = None
    hyper: Hyperparameters | None = None
    steps_per_epoch: int = 0
    queued: dict[str, EditQueued] = field(default_factory=dict)
    edits: list[Edited] = field(default_factory=list)
    pending: tuple[PendingEdit, ...] = ()
    ledger: list[tuple[float, LedgerEvent]] = field(default_factory=list)
    undone: list[Branch] = field(default_factory=list)
    refused: CommandRefused | None = None
    paused: bool = False
    advancing: bool = False
    probe: StepProbed | None = None
    look: ForwardProbed | None = None
    shown: SamplesShown | None = None
    _pace: Pace = field(default_factory=Pace)

    @property
    def epochs_done(self) -> int:
        """How many epochs were completed; `epoch` counts one under way, too."""
        return self.history[-1].epoch if self.history else self.origin.epoch if self.origin else 0

    @property
    def _began(self) -> int:
        """The step after which the epoch under way began."""
        return self.history[-1].step if self.history else self.origin.step if self.origin else 0

    @property
    def total_steps(self) -> int | None:
        """How many updates the run will have made if nothing ends it early."""
        if not self.steps_per_epoch or self.hyper is None:
            return None
        if not self.history:
            return self.hyper.epochs * self.steps_per_epoch
        last = self.history[-1]
        return last.step + (self.hyper.epochs - last.epoch) * self.steps_per_epoch

    @property
    def steps_per_second(self) -> float | None:
        """Updates a second over the last few seconds, validation included; None while nothing is trained."""
        return None if self.paused and not self.advancing else self._pace.per_second

    @property
    def under_way(self) -> int:
        """The epoch of the last step: those that were completed, and one more once a step of it is made."""
        return self.epochs_done + (self.step > self._began)

    @property
    def seconds_trained(self) -> float | None:
        """The seconds spent on what counts of the run; None if no pace is known yet.

        Neither pauses nor the time between a stop and going on are among them. An epoch under way counts by
        its steps.
        """
        if self.history:
            pace_s = lasted(self.history[-1]) / (self.steps_per_epoch or 1)
        elif (rate := self._pace.per_second) is not None and rate > 0:
            pace_s = 1 / rate
        else:
            return None
        return self.epochs_s + max(0, self.step - self._began) * pace_s

    @property
    def seconds_left(self) -> float | None:
        """How long the run goes on at its present pace, if its patience lasts; no longer than it may."""
        total, rate = self.total_steps, self.steps_per_second
        if total is None or not rate:
            return None
        left = max(0, total - self.step) / rate
        limit_s = 60 * self.hyper.max_minutes if self.hyper else 0.0
        spent_s = self.seconds_trained or 0.0
        return min(left, limit_s - spent_s) if spent_s < limit_s else left
