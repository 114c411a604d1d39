"""What the engine must know about a task.

Legend: B rows, K outputs, N rows to predict.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.experiment.counts import Counts, NoCounts

NativeLoss = Literal["mse", "binary_cross_entropy", "cross_entropy"]
Loss = Callable[[Tensor, Tensor], Tensor]
"""`(outputs (B, K), target (B,)) -> ()`, the mean over the batch."""
LossAndGradient = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""`(outputs (B, K), target (B,)) -> ((), (B, K))`: the same, and its gradient by the outputs."""
Counter = Callable[[Tensor], tuple[float, Counts]]
"""From the outputs of a split to its loss and its counts."""


@dataclass(frozen=True, slots=True)
class MetricInputs:
    """What a function of torchmetrics is given: answers, targets, and arguments that all of them take."""

    answers: Tensor
    targets: Tensor
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Predicted:
    """The prediction for each row, and class probabilities `(N, K)`; no columns where there are none."""

    answers: list[str] | list[float]
    chances_NK: npt.NDArray[np.float64]


def short_float(value: Tensor) -> float:
    """A float32 as a short decimal: 0.8888889 instead of 0.8888888955116272."""
    return float(f"{float(value):.7g}")


def numbers(*scalars: Tensor) -> list[float]:
    """Their values, of tensors `()` of one type: from a GPU in one transfer; on a CPU each is read faster."""
    if scalars[0].device.type == "cpu":
        return [scalar.item() for scalar in scalars]
    return list(torch.stack(scalars).tolist())


class EngineTask(ABC):
    """A task. What has a body here serves a task whose metrics are all computed by torchmetrics."""

    native_loss: NativeLoss | None = None
    """The loss of the compiled code that is this task's, if there is one."""

    @abstractmethod
    def loss(self, label_smoothing: float) -> Loss:
        """The loss to train with."""

    def loss_and_gradient(self, label_smoothing: float) -> LossAndGradient:
        """The loss to train with, and its gradient with the bits of autograd; outputs are not tracked."""
        loss = self.loss(label_smoothing)

        def by_autograd(outputs_BK: Tensor, y_B: Tensor) -> tuple[Tensor, Tensor]:
            with torch.inference_mode(False), torch.enable_grad():
                tracked_BK = outputs_BK.detach().clone().requires_grad_()  # not of inference
                found = loss(tracked_BK, y_B)
                (gradient_BK,) = torch.autograd.grad(found, tracked_BK)
            return found.detach(), gradient_BK

        return by_autograd

    @abstractmethod
    def constant_output(self, y: Tensor, classes: int) -> Tensor:
        """The output `(1, K)` that fits the training targets best if it must be the same for every row."""

    @abstractmethod
    def given(self, form: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> MetricInputs:
        """What torchmetrics is given for a metric that asks for answers in that form."""

    @abstractmethod
    def predictions(self, outputs_NK: Tensor, classes: tuple[str, ...], mean: float, std: float) -> Predicted:
        """What is predicted, in the words or the units of the data."""

    def counter(self, part: Part, dataset: Dataset) -> Counter:
        """Counts a split whenever it has new outputs; what does not change is prepared here."""
        loss = self.loss(0.0)
        return lambda outputs_BK: (float(loss(outputs_BK, part.y)), NoCounts())

    def epoch_counts(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> Counts:
        """Counts the outputs of an epoch's steps."""
        return NoCounts()

    def class_recall(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> tuple[float, ...]:
        """The recall of each class by torchmetrics, NaN for an absent one."""
        return ()
