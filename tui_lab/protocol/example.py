"""A row of the data, as an evaluation shows it. Part of an `Evaluation`."""

from dataclasses import dataclass
from typing import Literal

SplitName = Literal["train", "val", "test", "out of fold"]
"""A split; `out of fold`: training and validation rows, each predicted by the fold that has not seen it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels of an image: base64 of uint8, row by row with interleaved channels (1 or 3), as in `Sample`."""

    height: int
    width: int
    channels: int
    pixels: str


@dataclass(frozen=True, slots=True)
class Example:
    """A row of the data. Parts of an `Evaluation` refer to it by its place in `Evaluation.examples`.

    `index`: its place in the split, from 0. `number`: its row in the file as a spreadsheet counts, or the
    number of the image, from 1; None if unknown. `name`: the path of an image, else empty. `true`,
    `predicted`: a class, or a value. `loss`: of this row, as the loss of the split is their mean: for
    numbers the squared error of the scaled target.
    `probability`: of the predicted class, `probability_of_true`: of the true one; None for numbers. `values`:
    one text for each of `Evaluation.columns`, in the units of the table (a missing value is shown as what it
    was filled with). `picture`: for images.
    """

    split: SplitName
    index: int
    number: int | None
    name: str
    true: int | float
    predicted: int | float
    loss: float
    probability: float | None
    probability_of_true: float | None
    values: tuple[str, ...]
    picture: Picture | None = None
