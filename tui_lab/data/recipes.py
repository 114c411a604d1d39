"""The statistics that turn an image file into a network's input; plain data, in every checkpoint."""

from typing import Annotated, Literal

from pydantic import Field

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.experiment import Fit, Task

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
