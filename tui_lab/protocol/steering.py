"""Events by which the engine answers whoever steers a run: edits, undo, pauses, single steps."""

from dataclasses import dataclass
from typing import Literal

Value = bool | int | float | str
"""What a hyperparameter can be; numbers are finite."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A hyperparameter has another value from step `step + 1` on; `epoch` epochs were done.

    `note` says what else that did, such as an optimizer that begins anew. `steps_per_epoch` is what it is
    from now on.
    """

    step: int
    epoch: int
    name: str
    old: Value
    new: Value
    steps_per_epoch: int
    note: str = ""
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class EditQueued:
    """An edit was accepted and comes into force with the next epoch."""

    step: int
    name: str
    value: Value
    kind: Literal["edit_queued"] = "edit_queued"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An edit that waited for the next epoch was taken back before it came into force."""

    step: int
    name: str
    value: Value
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """What was asked was not done, and nothing has changed; `why` in words for a person.

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
    """The run is back where it was just before its last edit: after step `step`, with `epoch` epochs done.

    `name`, `old` and `new` are those of the edit that counts no more; `from_step` is how far the run had
    come; `edits` edits remain in force.
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
    """No step is made until somebody says so."""

    step: int
    epoch: int
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Advancing:
    """A paused run makes one step, or the rest of the epoch at hand, and waits again.

    That is done with the next `StepProbed` or `EpochEnded`, and broken off by `Paused` or `Undone`.
    """

    step: int
    epoch: int
    by: Literal["step", "epoch"]
    kind: Literal["advancing"] = "advancing"


@dataclass(frozen=True, slots=True)
class Continued:
    """Steps are made again. The pause lasted `seconds`."""

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
    """A single step made by hand: its loss, the gradient's norm before clipping, and what it did."""

    step: int
    epoch: int
    loss: float
    gradient: float
    layers: tuple[LayerProbe, ...]
    kind: Literal["step_probed"] = "step_probed"


@dataclass(frozen=True, slots=True)
class LayerLook:
    """What is in a batch after one layer (or before the first, where `layer` is `input`).

    `shape` begins with the rows of the batch; `dtype` and `device` are torch's words. `low`, `mean` and
    `high` are over all values, NaN if any is; `zeros` is the share of values that are 0.
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
    """The first batch of the training split on its way through the network, after step `step`.

    In evaluation mode: nothing is dropped out, and batch norm uses its running figures.
    """

    step: int
    epoch: int
    layers: tuple[LayerLook, ...]
    kind: Literal["forward_probed"] = "forward_probed"


@dataclass(frozen=True, slots=True)
class Sample:
    """An image of the training split: its class, or the value to predict, and its pixels.

    `pixels` and `seen` are base64 of uint8, row by row, each pixel its channels. `seen` is how augmentation
    shows it to the network; empty where that is as it is.
    """

    label: str
    pixels: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class SamplesShown:
    """Images of the training split after step `step`, all of `height` by `width` pixels.

    `draw` is what was asked for. In a journal `samples` are empty: nobody needs them later, and they would
    make it grow by 100 kB at a keystroke. The latest are kept beside it.
    """

    step: int
    epoch: int
    draw: int
    height: int
    width: int
    channels: int
    samples: tuple[Sample, ...] = ()
    kind: Literal["samples_shown"] = "samples_shown"
