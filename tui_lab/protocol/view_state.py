"""The state of a run at one moment, and what is derived from it."""

from dataclasses import dataclass, field
from typing import Literal

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.events import (
    LOSS,
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
from tui_lab.protocol.fit import FitDrawn
from tui_lab.protocol.history import History
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.observed_events import GpuObserved, LinearFitted
from tui_lab.protocol.pace import Pace, plausible
from tui_lab.protocol.pending import PendingEdit
from tui_lab.protocol.steering_events import (
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Evaluated,
    ForwardProbed,
    Paused,
    SamplesShown,
    StepProbed,
    Tried,
    Undone,
)

Status = EndStatus | Literal["running", "interrupted"]
MAX_STEP_POINTS = 8192
MAX_BRANCHES = 8


Series = dict[str, list[tuple[int, float]]]
"""Steps and their values, by the name of what was measured."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the curve that was undone: the epochs, and what was measured, after step `step`."""

    step: int
    history: History
    series: Series

    @property
    def step_losses(self) -> list[tuple[int, float]]:
        return self.series[LOSS]


LedgerEvent = Edited | Undone | Paused | Continued | RunResumed


@dataclass
class ViewState:
    """The state of a run.

    Times are Unix times in seconds. `series` are what was measured at steps, each thinned to at most
    `MAX_STEP_POINTS`; `layers` what was measured of the layers at some steps, thinned as well; `gpu` how busy
    it was lately, if a GPU trains. `linear`: a linear model on the same rows; None for large data, before the
    first epoch has ended, and in journals of earlier versions. `status` is `running` until the run's last
    event. `checkpoint_failed` says why the latest checkpoint could not be
    saved; `resumed` counts how often the run was resumed.

    `experiment` is the initial experiment, `hyper` the current hyperparameters; `queued` has the edits
    waiting for the next epoch. `edits` are those in effect, `pending` the acknowledged ones that the run will
    make (again) when it reaches their step; `ledger` is everything done to the run, with times, including
    undone edits; `undone` the parts of the curve that no longer count. `refused` is the last command that was
    refused, `probe` the last single step, `look` the last batch inspected, `shown` the images shown last,
    `evaluated` the last evaluation, `tried` the last row that was tried.
    While `paused`, the run trains only on request; `advancing` while such a step or epoch is running.
    `epochs_s`: the total seconds of the epochs in `history`, without pauses.
    `origin`: where a fork started; `transfer`: the pretrained weights it started with, if any.
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
    linear: LinearFitted | None = None
    transfer: WeightsTransferred | None = None
    epoch: int = 0
    step: int = 0
    history: History = field(default_factory=History)
    epochs_s: float = 0.0
    series: Series = field(default_factory=lambda: {LOSS: []})
    layers: list[LayersMeasured] = field(default_factory=list)
    gpu: list[GpuObserved] = field(default_factory=list)
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
    evaluated: Evaluated | None = None
    tried: Tried | None = None
    fit: FitDrawn | None = None
    pace: Pace = field(default_factory=Pace)

    @property
    def step_losses(self) -> list[tuple[int, float]]:
        return self.series[LOSS]

    @property
    def epochs_done(self) -> int:
        """The number of completed epochs; `epoch` also counts the current one."""
        return self.history[-1].epoch if self.history else self.origin.epoch if self.origin else 0

    @property
    def _began(self) -> int:
        """The step after which the current epoch started."""
        return self.history[-1].step if self.history else self.origin.step if self.origin else 0

    @property
    def total_steps(self) -> int | None:
        """The total number of updates if nothing ends the run early."""
        if not self.steps_per_epoch or self.hyper is None:
            return None
        if not self.history:
            return self.hyper.epochs * self.steps_per_epoch
        last = self.history[-1]
        return last.step + (self.hyper.epochs - last.epoch) * self.steps_per_epoch

    @property
    def steps_per_second(self) -> float | None:
        """Updates per second over the last few seconds, including validation; None if not training."""
        return None if self.paused and not self.advancing else self.pace.per_second

    @property
    def under_way(self) -> int:
        """The epoch of the last step: the completed ones, plus one if a step of the next has run."""
        return self.epochs_done + (self.step > self._began)

    @property
    def seconds_trained(self) -> float | None:
        """The training time of the run in seconds, without undone parts; None if unknown yet.

        Excludes pauses and the time between a stop and a resume. The current epoch counts by its steps.
        """
        if self.history:
            pace_s = plausible(self.history[-1].seconds) / (self.steps_per_epoch or 1)
        elif (rate := self.pace.per_second) is not None and rate > 0:
            pace_s = 1 / rate
        else:
            return None
        return self.epochs_s + max(0, self.step - self._began) * pace_s

    @property
    def seconds_left(self) -> float | None:
        """The remaining time at the current pace, unless stopped early; at most its time limit."""
        total, rate = self.total_steps, self.steps_per_second
        if total is None or not rate:
            return None
        left = max(0, total - self.step) / rate
        limit_s = 60 * self.hyper.max_minutes if self.hyper else 0.0
        spent_s = self.seconds_trained or 0.0
        return min(left, limit_s - spent_s) if spent_s < limit_s else left
