"""The columns of a table behind the network's inputs: their names, and their values in their own units.

Legend: B rows, F inputs.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.recipes import NumberRecipe, TableRecipe

OTHER, UNKNOWN = "other", "unknown"
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its inputs `[first, first + width)`.

    `labels`: of a category, one for each input. A number is `input * std + mean`.
    """

    name: str
    first: int
    width: int = 1
    labels: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 1.0

    @property
    def numeric(self) -> bool:
        return not self.labels

    def values(self, x_BF: Tensor) -> Tensor:
        """A number in its units, float64."""
        return x_BF[:, self.first].double() * self.std + self.mean

    def codes(self, x_BF: Tensor) -> Tensor:
        """The place of each row's category in `labels`; their count where it has none of them."""
        own_BW = x_BF[:, self.first : self.first + self.width]
        return torch.where(own_BW.any(1), own_BW.argmax(1), self.width)

    def label(self, code: int) -> str:
        return self.labels[code] if code < len(self.labels) else UNKNOWN

    def texts(self, x_BF: Tensor) -> list[str]:
        """The cells of some rows."""
        if self.numeric:
            return [number_text(value) for value in self.values(x_BF).tolist()]
        return [self.label(code)[:_LONGEST] for code in self.codes(x_BF).tolist()]


def columns_of(dataset: Dataset) -> tuple[Column, ...]:
    """Those of a table; of rows of other numbers `x1`, `x2`, ...; none for images."""
    if len(dataset.train.x.shape) != 2:
        return ()
    recipe, columns, first = dataset.recipe, [], 0
    if not isinstance(recipe, TableRecipe) or recipe.width != dataset.train.x.shape[1]:
        return tuple(Column(f"x{k + 1}", k) for k in range(dataset.train.x.shape[1]))
    for column in recipe.columns:
        if isinstance(column, NumberRecipe):
            columns.append(Column(column.name, first, mean=column.mean, std=column.std))
        else:
            labels = (*column.categories, *([OTHER] if column.other else []))
            columns.append(Column(column.name, first, column.width, labels))
        first += column.width
    return tuple(columns)


def inputs_of(part: Part) -> Tensor:
    """The inputs of all rows `(B, F)` on the CPU; not copied if they are there."""
    if isinstance(part.x, Tensor) and part.scale is None:
        return part.x.cpu()
    return torch.cat([x_BF.cpu() for x_BF in part.chunks(100_000)])


def short(value: float) -> float:
    """A value that went through float32, with the seven digits it has."""
    return float(f"{value:.7g}")


def number_text(value: float) -> str:
    """A value with six digits, and all digits of a large whole number."""
    return f"{value:.6g}" if abs(value) < 1e6 or abs(value) >= 1e15 else f"{value:.0f}"
