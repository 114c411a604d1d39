"""Regression: one output, a number.

Legend: B rows, N rows to predict.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.tasks.engine_task import (
    Counter,
    EngineTask,
    Loss,
    LossAndGradient,
    MetricInputs,
    Predicted,
    numbers,
)
from tui_lab.experiment.counts import Errors

_MEAN = 1  # torch's number for the reduction
_mse: Callable[[Tensor, Tensor, int], Tensor] = torch._C._nn.mse_loss  # type: ignore[assignment]
_mae: Callable[[Tensor, Tensor, int], Tensor] = torch._C._nn.l1_loss  # type: ignore[assignment]
"""What torch.nn.functional calls in the end; on few rows the way there takes as long."""
_mse_backward = torch.ops.aten.mse_loss_backward.default


class Regression(EngineTask):
    """The mean squared error of the scaled target."""

    native_loss = "mse"

    def loss(self, label_smoothing: float) -> Loss:
        """The mean squared error; there is no label to smooth."""
        return lambda outputs_B1, y_B: F.mse_loss(outputs_B1.squeeze(-1), y_B)

    def loss_and_gradient(self, label_smoothing: float) -> LossAndGradient:
        one = torch.ones(())

        def by_hand(outputs_B1: Tensor, y_B: Tensor) -> tuple[Tensor, Tensor]:
            outputs_B = outputs_B1.squeeze(-1)
            gradient_B = _mse_backward(one, outputs_B, y_B, _MEAN)
            return _mse(outputs_B, y_B, _MEAN), gradient_B.unsqueeze(-1)

        return by_hand

    def constant_output(self, y: Tensor, classes: int) -> Tensor:
        return y.mean().view(1, 1)

    def counter(self, part: Part, dataset: Dataset) -> Counter:
        total, y_B = float(((part.y - part.y.mean()) ** 2).sum()), part.y

        def count(outputs_B1: Tensor) -> tuple[float, Errors]:
            mse, mae = numbers(*_errors(outputs_B1, y_B))
            unexplained = mse * len(y_B) / total if total else None
            return mse, Errors(mse, mae, unexplained, dataset.target_std)

        return count

    def epoch_counts(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> Errors:
        """The same, with the variance of these targets."""
        mse, mae, variance = numbers(*_errors(outputs_BK, y_B), _mse(y_B, y_B.mean(), _MEAN))
        return Errors(mse, mae, mse / variance if variance else None, dataset.target_std)

    def given(self, form: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> MetricInputs:
        """The scaled numbers; as `values`, in the units of the target."""
        outputs_B = outputs_BK.squeeze(-1)
        if form == "values":
            mean, std = dataset.target_mean, dataset.target_std
            return MetricInputs(outputs_B.double() * std + mean, y_B.double() * std + mean, {})
        return MetricInputs(outputs_B, y_B, {})

    def predictions(self, outputs_NK: Tensor, classes: tuple[str, ...], mean: float, std: float) -> Predicted:
        numbers: list[float] = (outputs_NK.squeeze(-1).double() * std + mean).tolist()
        return Predicted(numbers, np.zeros((len(numbers), 0)))


def _errors(outputs_B1: Tensor, y_B: Tensor) -> tuple[Tensor, Tensor]:
    """The mean squared and the mean absolute error."""
    outputs_B = outputs_B1.squeeze(-1)
    return _mse(outputs_B, y_B, _MEAN), _mae(outputs_B, y_B, _MEAN)
