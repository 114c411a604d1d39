"""What happened in a run, in the past tense. Events are immutable.

The engine yields events; a recorder stamps them with a number and a time (`Record`) and writes them into
the journal; a `RunView` is folded from the records. Floats may be NaN or infinite: the codec writes those
as the strings "NaN", "Infinity" and "-Infinity".
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, GetPydanticSchema

from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.columns import from_text, to_text
from tui_lab.protocol.layer_events import LayersMeasured, PackedLayers
from tui_lab.protocol.observed_events import ObservedEvent
from tui_lab.protocol.steering_events import SteeringEvent

EndStatus = Literal["finished", "stopped", "diverged", "failed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The point in another run where a fork started: after its step `step`, with `epoch` epochs done."""

    run: str
    step: int
    epoch: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event: the experiment, the environment, and the parent run, if any.

    `environment` holds at least python, torch, device, device_name, threads and tui_lab. With an `origin`
    the run continues from there: its first step is number `origin.step + 1`.
    """

    experiment: Experiment
    environment: dict[str, str | int]
    origin: Origin | None = None
    kind: Literal["run_started"] = "run_started"


@dataclass(frozen=True, slots=True)
class DataLoaded:
    """The data as interpreted.

    `rows` counts all rows, `split` those of train, val and test. `shape` is one input, without the batch:
    `(F,)` or `(C, H, W)`. `classes` is empty for regression. `sha256` is that of the file.
    `facts`: harmless things that were done to it, one sentence each. `class_rows`: for each split the
    rows of each class; empty for regression, and in journals of earlier versions.
    """

    source: str
    sha256: str
    rows: int
    features: int
    shape: tuple[int, ...]
    target: str
    classes: tuple[str, ...]
    split: dict[str, int]
    facts: tuple[str, ...] = ()
    class_rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    kind: Literal["data_loaded"] = "data_loaded"


@dataclass(frozen=True, slots=True)
class LayerBuilt:
    """One layer: its text, its output shape without the batch, its parameters."""

    layer: str
    output_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class ModelBuilt:
    """The network, and the scores of a constant prediction on the validation split.

    `baseline` holds `loss` and metrics of predicting the mean (regression) or the class frequencies
    (classification) of the training split.
    """

    layers: tuple[LayerBuilt, ...]
    parameters: int
    trainable: int
    baseline: dict[str, float]
    steps_per_epoch: int
    kind: Literal["model_built"] = "model_built"


@dataclass(frozen=True, slots=True)
class WeightsTransferred:
    """The network starts with pretrained weights, loaded by name where shapes match.

    `source`: the run or file they come from; `sha256` is that of its checkpoint, or of the file. `taken`
    names the loaded tensors of the network; `new` those that were not, each with the reason; `unused` those
    of the source that the network does not have.
    """

    source: str
    sha256: str
    taken: tuple[str, ...]
    new: dict[str, str]
    unused: tuple[str, ...] = ()
    kind: Literal["weights_transferred"] = "weights_transferred"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something could not be done as asked; says what was done instead. Training continues."""

    message: str
    kind: Literal["warned"] = "warned"


Points = tuple[tuple[int, float], ...]
"""Steps and their values, in order of step."""
LOSS, LR = "loss", "lr"
"""Series of every run: the training loss, and the learning rate that a step was made with."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured at single steps since the last such event; `step` is the latest of them.

    `series` has the points of each quantity by its name. If there are many they are thinned: the points kept
    are real ones, including the smallest and largest of each interval, and always the last. `lr` has points
    where it changes, and at the first and last step.
    """

    epoch: int
    step: int
    series: dict[str, Points]
    kind: Literal["measured"] = "measured"


@dataclass(frozen=True, slots=True)
class StepsTrained:
    """How earlier versions recorded the losses of steps; read as `Measured`."""

    epoch: int
    step: int
    points: Points
    kind: Literal["steps_trained"] = "steps_trained"

    def measured(self) -> Measured:
        """The same, as it is recorded now."""
        return Measured(self.epoch, self.step, {LOSS: self.points})


@dataclass(frozen=True, slots=True)
class PackedMeasured:
    """How a journal stores a `Measured` with many points; read as `Measured`.

    Each series is the number of its points, and their steps and values as columns (see `protocol.columns`).
    """

    epoch: int
    step: int
    series: dict[str, tuple[int, str]]
    kind: Literal["measured_packed"] = "measured_packed"

    @classmethod
    def of(cls, event: Measured) -> Self:
        """Raises ValueError, OverflowError or TypeError if the points cannot be stored this way."""
        series: dict[str, tuple[int, str]] = {}
        for name, points in event.series.items():
            steps, values = zip(*points, strict=True) if points else ((), ())
            series[name] = (len(points), to_text([("q", steps), ("d", values)]))
        return cls(event.epoch, event.step, series)

    def measured(self) -> Measured:
        """What was packed. Raises ValueError if it is damaged."""
        series = {
            name: tuple(zip(*from_text(text, count, "qd"), strict=True))
            for name, (count, text) in self.series.items()
        }
        return Measured(self.epoch, self.step, series)


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """One pass over the training split, validated.

    `epoch` counts from 1; `step` is the number of updates so far. `train_loss` is the mean over the rows
    during training (dropout on, weights changing), `val_loss` that of the validation split in evaluation
    mode. `lr` is that of the last step. `seconds` is the duration of this epoch with its
    validation. `metrics` are of the validation split, by bare name. `class_recall` follows
    `DataLoaded.classes`; NaN for a class that the split lacks. `best`: the lowest val_loss so far.
    `train_metrics` are of the training split, measured as `train_loss` is; journals of earlier versions have
    none.
    """

    epoch: int
    step: int
    train_loss: float
    val_loss: float
    lr: float
    seconds: float
    metrics: dict[str, float]
    class_recall: tuple[float, ...] = ()
    best: bool = False
    train_metrics: dict[str, float] = field(default_factory=dict)
    kind: Literal["epoch_ended"] = "epoch_ended"


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """Everything needed to continue after step `step` is in `file` (in the folder `checkpoints`).

    `reason`: `due` ones are replaced by later ones, `asked` ones are kept, `end` is the last of a run; a
    fork, or a run with pretrained weights, starts with its `origin`. `edits` counts the edits (not undone)
    before it.
    """

    file: str
    sha256: str
    step: int
    epoch: int
    reason: Literal["due", "asked", "end", "origin"]
    edits: int = 0
    kind: Literal["checkpoint_saved"] = "checkpoint_saved"


@dataclass(frozen=True, slots=True)
class CheckpointFailed:
    """A checkpoint could not be written; training continues and will try again."""

    step: int
    message: str
    kind: Literal["checkpoint_failed"] = "checkpoint_failed"


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run was resumed from a checkpoint: what happened after `step` is discarded and happens again.

    The first `edits` edits were made before the checkpoint; those after it are made again at their steps.
    """

    file: str
    step: int
    epoch: int
    environment: dict[str, str | int]
    edits: int = 0
    kind: Literal["run_resumed"] = "run_resumed"


@dataclass(frozen=True, slots=True)
class Tested:
    """The test split, once, with the weights of the best epoch. `metrics` holds `loss` as well."""

    epoch: int
    metrics: dict[str, float]
    class_recall: tuple[float, ...] = ()
    kind: Literal["tested"] = "tested"


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time limit of the run was reached at the end of an epoch, after `seconds` of training: it ends.

    In a replay it ends here again, however fast it is trained.
    """

    step: int
    epoch: int
    seconds: float
    kind: Literal["time_up"] = "time_up"


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The last event. `message` says why, for the user; `hint` what to do, if anything."""

    status: EndStatus
    message: str
    hint: str = ""
    kind: Literal["run_ended"] = "run_ended"


Event = (
    RunStarted | DataLoaded | ModelBuilt | WeightsTransferred | Warned | Measured | LayersMeasured
    | EpochEnded | CheckpointSaved | CheckpointFailed | RunResumed | SteeringEvent | ObservedEvent | TimeUp
    | Tested | RunEnded
)  # fmt: skip


_Read = Annotated[
    Event
    | Annotated[StepsTrained, AfterValidator(StepsTrained.measured)]
    | Annotated[PackedMeasured, AfterValidator(PackedMeasured.measured)]
    | Annotated[PackedLayers, AfterValidator(PackedLayers.measured)],
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class Record:
    """An event with its position in the journal: `seq` counts from 1, `time` is Unix time in seconds."""

    seq: int
    time: float
    event: Annotated[Event, GetPydanticSchema(lambda _, schema_of: schema_of(_Read))]
