"""Events that answer commands: edits, undo, pauses, single steps."""

from dataclasses import dataclass
from typing import Literal

from tui_lab.experiment.catalogue import Value
from tui_lab.protocol.fit import FitDrawn


@dataclass(frozen=True, slots=True)
class Edited:
    """A hyperparameter has a new value from step `step + 1`; `epoch` epochs were done.

    `note` describes side effects, such as a reset optimizer. `steps_per_epoch` is the new number of steps per
    epoch. `why` is the reason that was given for it, if any.
    """

    step: int
    epoch: int
    name: str
    old: Value
    new: Value
    steps_per_epoch: int
    note: str = ""
    why: str = ""
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class EditQueued:
    """An edit was accepted and takes effect at the next epoch."""

    step: int
    name: str
    value: Value
    why: str = ""
    kind: Literal["edit_queued"] = "edit_queued"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An edit queued for the next epoch was withdrawn before it took effect."""

    step: int
    name: str
    value: Value
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class Superseded:
    """A newer edit took the place of one that a resumed run was to make again just after step `planned`."""

    step: int
    name: str
    value: Value
    planned: int
    kind: Literal["superseded"] = "superseded"


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command was rejected and nothing has changed; `why` is for the user.

    `command` is the word of the command (`edit`, `undo`, ...); `name` and `value` what an edit wanted.
    """

    step: int
    command: str
    why: str
    name: str = ""
    value: str = ""
    kind: Literal["command_refused"] = "command_refused"


@dataclass(frozen=True, slots=True)
class Undone:
    """The run is back at just before its last edit: after step `step`, with `epoch` epochs done.

    `name`, `old` and `new` are those of the undone edit; `from_step` is how far the run had got; `edits`
    edits remain in effect.
    """

    step: int
    epoch: int
    name: str
    old: Value
    new: Value
    from_step: int
    edits: int
    steps_per_epoch: int
    kind: Literal["undone"] = "undone"


@dataclass(frozen=True, slots=True)
class Paused:
    """The run is paused."""

    step: int
    epoch: int
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Advancing:
    """A paused run runs one step, or the rest of the current epoch, and pauses again.

    It is done with the next `StepProbed` or `EpochEnded`, or interrupted by `Paused` or `Undone`.
    """

    step: int
    epoch: int
    by: Literal["step", "epoch"]
    kind: Literal["advancing"] = "advancing"


@dataclass(frozen=True, slots=True)
class Continued:
    """Training continues. The pause lasted `seconds`."""

    step: int
    epoch: int
    seconds: float
    kind: Literal["continued"] = "continued"


@dataclass(frozen=True, slots=True)
class LayerProbe:
    """What one step did to one layer with weights.

    Norms are Euclidean, over weights and biases together: of the gradient before clipping, of the weights
    before the step, and of the change. `update / weight` is the update-to-weight ratio.
    """

    layer: str
    gradient: float
    weight: float
    update: float


@dataclass(frozen=True, slots=True)
class StepProbed:
    """A single manual step: its loss, the gradient norm before clipping, and its effect on each layer."""

    step: int
    epoch: int
    loss: float
    gradient: float
    layers: tuple[LayerProbe, ...]
    kind: Literal["step_probed"] = "step_probed"


@dataclass(frozen=True, slots=True)
class LayerLook:
    """Statistics of a batch after one layer (or before the first, if `layer` is `input`).

    `shape` starts with the rows of the batch; `dtype` and `device` are torch's names. `low`, `mean` and
    `high` are over all values, NaN if any is; `zeros` is the fraction of values that are 0.
    """

    layer: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    low: float
    mean: float
    high: float
    zeros: float


@dataclass(frozen=True, slots=True)
class ForwardProbed:
    """The first batch of the training split passed through the network, after step `step`.

    As it is validated: no dropout, batch norm uses its running statistics, and with `ema_decay` the weights
    are the averaged ones.
    """

    step: int
    epoch: int
    layers: tuple[LayerLook, ...]
    kind: Literal["forward_probed"] = "forward_probed"


@dataclass(frozen=True, slots=True)
class Sample:
    """An image of the training split: its class, or the value to predict, and its pixels.

    `pixels` and `seen` are base64 of uint8, row by row with interleaved channels. `seen` is the augmented
    image; empty without augmentation.
    """

    label: str
    pixels: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class SamplesShown:
    """Images of the training split after step `step`, all of `height` by `width` pixels.

    `draw` is the requested seed. In a journal `samples` are empty: they are not needed later, and would add
    100 kB per key press. The latest are kept in a file beside it.
    """

    step: int
    epoch: int
    draw: int
    height: int
    width: int
    channels: int
    samples: tuple[Sample, ...] = ()
    kind: Literal["samples_shown"] = "samples_shown"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A split was evaluated after step `step`, with the weights as they are validated.

    `metrics` holds `loss` as well. `report` is the whole `Evaluation` as JSON, up to a megabyte. In a journal
    it is empty; the latest is kept in a file beside it.
    """

    step: int
    epoch: int
    split: Literal["val", "test"]
    metrics: dict[str, float]
    report: str = ""
    kind: Literal["evaluated"] = "evaluated"


@dataclass(frozen=True, slots=True)
class Tried:
    """A row was predicted after step `step`, with the weights as they are validated.

    `token` is that of the question. `report` is the whole `Trial` as JSON. In a journal it is empty; the
    latest is kept in a file beside it.
    """

    step: int
    epoch: int
    token: str = ""
    report: str = ""
    kind: Literal["tried"] = "tried"


SteeringEvent = (
    Edited | EditQueued | Withdrawn | Superseded | CommandRefused | Undone | Paused | Advancing | Continued
    | StepProbed | ForwardProbed | SamplesShown | Evaluated | Tried | FitDrawn
)  # fmt: skip
