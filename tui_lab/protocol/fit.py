"""What a network makes of its inputs, where these can be drawn: one or two numbers."""

from dataclasses import dataclass
from typing import Literal

MOST_POINTS = 40_000
"""The most points a drawing has."""
MOST_ROWS = 600
"""The most rows of the data that come with it: of both splits together."""
ONLY_NUMBERS = "D draws networks with one or two inputs, which are numbers"


@dataclass(frozen=True, slots=True)
class DrawFit:
    """Ask what the network, as it is validated, predicts over the plane of its inputs, or along its input.

    `width`, `height`: the number of points; with one input only `width` counts. Answered by `FitDrawn`, or by
    `CommandRefused` unless the inputs are one or two numbers. The run is not affected.
    """

    width: int = 80
    height: int = 60
    command: Literal["draw_fit"] = "draw_fit"


@dataclass(frozen=True, slots=True)
class FitRow:
    """A row of the data: its inputs, and what it is, a class number or a value, all in the data's units.

    `y`: the second input; 0 if there is none. `held_out`: whether it is of the validation split.
    """

    x: float
    y: float
    answer: float
    held_out: bool


@dataclass(frozen=True, slots=True)
class FitDrawn:
    """The predictions of the network at points of its inputs, after step `step`.

    `inputs`: the names of one or two columns; `spans`: of each, its smallest and its largest value drawn, in
    its units. `values`, `height` rows of `width` points from the largest second input to the smallest: the
    predicted value in the units of the data, or the probability of the class in `chosen`, if there are
    `classes`. A point lies in the middle of its cell. `rows`: some rows of the training and the validation
    split. `seconds` that answering took.

    In a journal `values`, `chosen` and `rows` are empty; the latest are kept in a file beside it.
    """

    step: int
    epoch: int
    inputs: tuple[str, ...]
    target: str
    classes: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    width: int
    height: int
    values: tuple[float, ...] = ()
    chosen: tuple[int, ...] = ()
    rows: tuple[FitRow, ...] = ()
    seconds: float = 0.0
    kind: Literal["fit_drawn"] = "fit_drawn"
