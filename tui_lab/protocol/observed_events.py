"""Observed beside the training: what a linear model reaches on the same rows, how busy the GPU is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LinearFitted:
    """A linear model of the same inputs was fitted to the training split, as a reference.

    `train_loss` and `val_loss` are its losses there, comparable with those of the network; `about` is what it
    is, in a few words. Large data have none.
    """

    train_loss: float
    val_loss: float
    about: str
    kind: Literal["linear_fitted"] = "linear_fitted"


@dataclass(frozen=True, slots=True)
class GpuObserved:
    """How busy the GPU that trains was in the last `seconds`, without pauses.

    `load`: the mean fraction of the time in which it computed something; `cores`: how many processor cores
    the process that trains has used meanwhile.
    """

    epoch: int
    step: int
    seconds: float
    load: float
    cores: float
    kind: Literal["gpu_observed"] = "gpu_observed"


ObservedEvent = LinearFitted | GpuObserved

MOST_OBSERVED = 8
"""How many of the latest `GpuObserved` a view remembers."""
