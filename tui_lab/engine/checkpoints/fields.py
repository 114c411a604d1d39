"""The fields a checkpoint must have: an undamaged file may still have the wrong content."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, InstanceOf, ValidationError
from torch import Tensor

from tui_lab.engine.checkpoints.file import CheckpointError, State
from tui_lab.experiment.hyperparameters import Hyperparameters

_Count = Annotated[int, Field(ge=0)]


class _Best(BaseModel):
    epoch: _Count
    val_loss: float
    weights: list[InstanceOf[Tensor]]
    names: list[str] | None = None


class _Random(BaseModel):
    cpu: InstanceOf[Tensor]
    cuda: list[InstanceOf[Tensor]]


class _Fields(BaseModel):
    """As returned by `Training.capture`; the optimizer and the network check their own."""

    hyper: dict[str, Any]
    queued: dict[str, Any]
    reasons: dict[str, str] = {}
    edits: _Count
    epoch: _Count
    step: _Count
    position: _Count
    losses: list[float]
    order: InstanceOf[Tensor]
    next_order_seed: int | None
    network: dict[str, Any]
    optimizer: dict[str, Any]
    rate: dict[str, Any]
    best: _Best
    random: _Random
    average: dict[str, InstanceOf[Tensor]] = {}
    patience_from: _Count = 0
    recipe: dict[str, Any] = {}
    transferred: list[str] = []


def check_fields(state: State, name: str) -> None:
    """Raise CheckpointError unless training can continue from the state of the checkpoint `name`."""
    try:
        best = _Fields.model_validate(state, strict=True).best
        Hyperparameters.model_validate(state["hyper"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][:3]) or "hyper"
        raise CheckpointError(f"{name}: not the state of a run: {place}: {first['msg']}") from None
    if best.names is not None and len(best.names) != len(best.weights):
        raise CheckpointError(f"{name}: not the state of a run: best: not as many names as weights")
