"""Data as tensors on the device: split, scaled by the training split, ready for batches.

Legend: N rows, B rows of a split, F features, C channels, H height, W width, K classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.data.off_device import OffDevice
from tui_lab.data.pixels import Standardise
from tui_lab.data.recipes import Recipe
from tui_lab.data.split import Rows
from tui_lab.data.standard_score import mean_and_std
from tui_lab.experiment.tasks import TASKS, Task
from tui_lab.protocol.events import DataLoaded


def target_dtype(task: Task) -> torch.dtype:
    """The type of a target on the device."""
    return {"float32": torch.float32, "int64": torch.int64}[TASKS[task].target_type]


def scaled_target(
    target_N: npt.NDArray[Any], task: Task, train: Rows
) -> tuple[npt.NDArray[Any], float, float]:
    """A target with mean 0 and standard deviation 1 in the rows `train`, and what they were.

    Class numbers stay as they are, with 0 and 1.
    """
    if not TASKS[task].numeric:
        return target_N, 0.0, 1.0
    values_N = target_N.astype(np.float64)
    mean, std = mean_and_std(values_N, train)
    return (values_N - mean) / std, mean, std


@dataclass(frozen=True, slots=True)
class Part:
    """One split.

    `x`: float32 `(B, F)` or `(B, C, H, W)`, or uint8 pixels `(B, C, H, W)` that `scale` normalises, on
    the device, or read when they are needed. `y`: float32 `(B,)` for regression (scaled) and binary (0 or
    1), int64 `(B,)` for multiclass. `numbers_B`: the row of the file as a spreadsheet counts, the number of
    the image, or the index in a user's data set; `names`: the paths of images. Both only to name rows.
    """

    x: Tensor | OffDevice
    y: Tensor
    scale: Standardise | None = None
    numbers_B: npt.NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    def inputs(self, x_B: Tensor) -> Tensor:
        """Rows of `x` as network inputs: float32."""
        return x_B if self.scale is None else self.scale(x_B)

    def first(self, rows: int) -> Tensor:
        return self.inputs(self.take(torch.arange(min(rows, len(self)))))

    def take(self, rows_B: Tensor) -> Tensor:
        """Some rows as stored, on the device."""
        if isinstance(self.x, Tensor):
            return self.x[rows_B.to(self.x.device)]
        return self.x.take(rows_B)

    def subset(self, rows_B: Tensor) -> Self:
        """Some of the rows, on the device."""
        numbers_B = None if self.numbers_B is None else self.numbers_B[rows_B.numpy()]
        names = tuple(self.names[row] for row in rows_B.tolist()) if self.names else ()
        y = self.y[rows_B.to(self.y.device)]
        return replace(self, x=self.take(rows_B), y=y, numbers_B=numbers_B, names=names)

    def chunks(self, rows: int) -> Iterator[Tensor]:
        """All rows in order, in chunks, as network inputs."""
        if isinstance(self.x, Tensor):
            return map(self.inputs, torch.split(self.x, rows) if len(self) > rows else (self.x,))
        return map(self.inputs, self.x.batches(torch.split(torch.arange(len(self)), rows)))


@dataclass(frozen=True, slots=True)
class Dataset:
    """The three splits, and how to interpret them.

    `target_mean` and `target_std` undo the scaling of a regression target: value = y * std + mean; for
    classes they are 0 and 1. `about` describes the data, `recipe` is what was fitted to it.
    """

    train: Part
    val: Part
    test: Part
    about: DataLoaded
    target_mean: float
    target_std: float
    warnings: tuple[str, ...]
    recipe: Recipe
