"""The statistics that turn an image file into a network's input; plain data, in every checkpoint."""

from typing import Annotated, Literal

from pydantic import Field

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.experiment import Fit
from tui_lab.experiment.tasks import Task

_Some = Field(strict=False)


class ImageRecipe(SpecModel):
    """Size, fit, and per-channel mean and standard deviation (pixels from 0 to 1) of the training split."""

    kind: Literal["images"] = "images"
    task: Task
    target: str
    classes: Annotated[tuple[str, ...], _Some]
    shape: Annotated[tuple[int, int, int], _Some]
    fit: Fit
    mean: Annotated[tuple[float, ...], _Some]
    std: Annotated[tuple[float, ...], _Some]


Names = Annotated[tuple[str, ...], Field(strict=False)]


class NumberRecipe(SpecModel):
    """A numeric feature, `(value - mean) / std`; `fill` replaces missing values."""

    kind: Literal["number"] = "number"
    name: str
    fill: float
    mean: float
    std: float

    @property
    def width(self) -> int:
        return 1


class CategoryRecipe(SpecModel):
    """An input of 0 and 1 for each category, in order; `fill` is the category of a blank cell.

    `other`: one more input, the last, is for all values that are not among the categories.
    """

    kind: Literal["one_hot"] = "one_hot"
    name: str
    categories: Names
    fill: str
    other: bool = False

    @property
    def width(self) -> int:
        return len(self.categories) + self.other


ColumnRecipe = Annotated[NumberRecipe | CategoryRecipe, Field(discriminator="kind")]


class TableRecipe(SpecModel):
    """Everything that was fitted: the columns in order, and how to interpret a prediction.

    A regression target was `(value - target_mean) / target_std`; for classes these are 0 and 1, and
    `classes` names them in the order of the network's outputs (for binary, the second is the positive class).
    """

    task: Task
    target: str
    columns: Annotated[tuple[ColumnRecipe, ...], Field(strict=False)]
    classes: Names = ()
    target_mean: float = 0.0
    target_std: float = 1.0

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns)
