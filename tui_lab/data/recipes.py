"""The statistics that turn data into a network's inputs; plain data, in every checkpoint."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.experiment import Fit
from tui_lab.experiment.network.layer_kinds import Shape
from tui_lab.experiment.tasks import Task

if TYPE_CHECKING:
    import torch

    from tui_lab.data.pixels import Standardise

_Some = Field(strict=False)
Names = Annotated[tuple[str, ...], _Some]


class Recipe(SpecModel):
    """What was fitted to the training split: from new data to inputs, and from outputs to predictions."""

    if TYPE_CHECKING:  # each kind has them in its own order, which is that of its JSON
        task: Task
        classes: tuple[str, ...]

    @abstractmethod
    def input_shape(self, asked: Shape | None) -> Shape:
        """The shape of one input; `asked`: that in the experiment, if any."""

    @property
    def target_scale(self) -> tuple[float, float]:
        """Mean and standard deviation of the target; 0 and 1 for classes."""
        return 0.0, 1.0

    def scale(self, device: "torch.device") -> "Standardise | None":
        """What makes inputs of stored values, if they are not stored as inputs."""
        return None


class ImageRecipe(Recipe):
    """Size, fit, and per-channel mean and standard deviation (pixels from 0 to 1) of the training split."""

    kind: Literal["images"] = "images"
    task: Task
    target: str
    classes: Names
    shape: Annotated[tuple[int, int, int], _Some]
    fit: Fit
    mean: Annotated[tuple[float, ...], _Some]
    std: Annotated[tuple[float, ...], _Some]

    def input_shape(self, asked: Shape | None) -> Shape:
        return self.shape

    def scale(self, device: "torch.device") -> "Standardise":
        from tui_lab.data.pixels import Standardise

        return Standardise(self.mean, self.std, device)


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


class TableRecipe(Recipe):
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

    def input_shape(self, asked: Shape | None) -> Shape:
        return asked or (self.width,)

    @property
    def target_scale(self) -> tuple[float, float]:
        return self.target_mean, self.target_std
