"""What happened in a sweep, in the past tense. The same rules as for the events of a run hold.

What happens in a trial is in the trial's own journal; here is what is needed to go on with the sweep, and to
show it as a whole.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep

TrialEnd = Literal["finished", "given_up", "dropped", "diverged", "failed", "stopped"]
"""How a trial ended. `given_up`: by the stop rule. `dropped`: by the user. `stopped`: with the sweep, so it
goes on when the sweep is resumed."""
SweepEnd = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class SweepStarted:
    """The first event. `workers`: how many processes train. `how`: a sentence on how trials are trained."""

    sweep: Sweep
    environment: dict[str, str | int]
    workers: int
    how: str = ""
    kind: Literal["sweep_started"] = "sweep_started"


@dataclass(frozen=True, slots=True)
class SweepResumed:
    """A process took it up again; trials that had started and not ended go on."""

    environment: dict[str, str | int]
    workers: int
    how: str = ""
    kind: Literal["sweep_resumed"] = "sweep_resumed"


@dataclass(frozen=True, slots=True)
class TrialAdded:
    """Trial number `trial`, from 0 in order, is to be trained: the values of the axes, the seed, the fold.

    `combination`: the number of the combination of values, from 0.
    """

    trial: int
    combination: int
    values: dict[str, Value]
    seed: int
    fold: int | None = None
    kind: Literal["trial_added"] = "trial_added"


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """It has a run folder, `run_id` in the folder `trials` of the sweep. `worker`: who trains it."""

    trial: int
    run_id: str
    worker: str = ""
    kind: Literal["trial_started"] = "trial_started"


@dataclass(frozen=True, slots=True)
class TrialsMeasured:
    """The sweep's metric after an epoch of some trials: three columns of the same length.

    Of a trial that trains fast not every epoch is here; each one is in its journal. Of each trial the epochs
    increase, also over several events, except after it was taken up from an earlier checkpoint.
    """

    trials: tuple[int, ...]
    epochs: tuple[int, ...]
    values: tuple[float, ...]
    kind: Literal["trials_measured"] = "trials_measured"


@dataclass(frozen=True, slots=True)
class TrialReached:
    """It has trained `epoch` epochs, and waits for the stop rule. `best`: its best value so far, or NaN."""

    trial: int
    epoch: int
    best: float
    kind: Literal["trial_reached"] = "trial_reached"


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """It ended after `epoch` epochs. `best`: the sweep's metric in its best epoch, NaN if it has none.

    The best epoch is that with the lowest validation loss, whose weights are kept. `metrics`: those of that
    epoch, by bare name, with `loss`; `test`: those of the test split with its weights, if it was tested.
    `seconds`: of training. `message`: why it ended, for the user.
    """

    trial: int
    status: TrialEnd
    epoch: int
    best: float
    best_epoch: int
    metrics: dict[str, float] = field(default_factory=dict)
    test: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    message: str = ""
    kind: Literal["trial_ended"] = "trial_ended"


@dataclass(frozen=True, slots=True)
class TrialKept:
    """The stop rule does not give up this trial any more; if it had, it goes on."""

    trial: int
    kind: Literal["trial_kept"] = "trial_kept"


@dataclass(frozen=True, slots=True)
class AxisChanged:
    """An axis has more values, or a wider range; trials to come use them."""

    axis: Axis
    kind: Literal["axis_changed"] = "axis_changed"


@dataclass(frozen=True, slots=True)
class TrialsWanted:
    """The sweep now has so many trials in all."""

    trials: int
    kind: Literal["trials_wanted"] = "trials_wanted"


@dataclass(frozen=True, slots=True)
class SweepPaused:
    """No trial is trained until it continues."""

    kind: Literal["sweep_paused"] = "sweep_paused"


@dataclass(frozen=True, slots=True)
class SweepContinued:
    """After a pause."""

    kind: Literal["sweep_continued"] = "sweep_continued"


@dataclass(frozen=True, slots=True)
class SweepNoted:
    """Something the user should know; the sweep goes on."""

    message: str
    kind: Literal["sweep_noted"] = "sweep_noted"


@dataclass(frozen=True, slots=True)
class SweepEnded:
    """The last event, unless it is resumed. `seconds`: of training so far, pauses left out."""

    status: SweepEnd
    message: str
    seconds: float = 0.0
    kind: Literal["sweep_ended"] = "sweep_ended"


SweepEvent = (
    SweepStarted | SweepResumed | TrialAdded | TrialStarted | TrialsMeasured | TrialReached | TrialEnded
    | TrialKept | AxisChanged | TrialsWanted | SweepPaused | SweepContinued | SweepNoted | SweepEnded
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """An event with its number, from 1, and its Unix time in seconds."""

    seq: int
    time: float
    event: Annotated[SweepEvent, Field(discriminator="kind")]


def encode_record(record: SweepRecord) -> bytes:
    """One line of strict JSON, without the newline; NaN and infinities are strings."""
    return to_json(record, inf_nan_mode="strings")


def decode_record(line: bytes | str) -> SweepRecord:
    """Read one line. Raises ValueError if it is not a record of a sweep."""
    return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[SweepRecord]:
    return TypeAdapter(SweepRecord)
