"""One row of the validation split, as it is and with other values, and what the network makes of both.

Plain data, and the check of a value that was typed: the lab and the engine refuse the same ones.
"""

from dataclasses import dataclass
from math import isfinite

from tui_lab.errors import InputError
from tui_lab.experiment.nearest import nearest
from tui_lab.protocol.example import Picture
from tui_lab.safe import safe

Cell = float | str | None
"""A number, a category, or None where the value is missing."""
LARGEST = 3.4e38
"""The largest number a float32 holds."""
OTHER, UNKNOWN = "(other)", "(unknown)"
"""Shown for a category that shares an input with other rare ones, or that has none."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TriedColumn:
    """A column of the table, as the recipe of the run uses it.

    `own`: the value of the row, in the units of the table; one that was missing is what it was filled with.
    `fill`: what a missing value becomes. For numbers, `mean` and `std` are those of the training split, and
    `notch` is a step that is easy to read, about a tenth of `std`, or a whole number where all values seen
    are. For categories, `categories` are those with an input of their own; with `other`, all others share
    one.
    """

    name: str
    own: float | str
    fill: float | str
    notch: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    categories: tuple[str, ...] = ()
    other: bool = False

    @property
    def numeric(self) -> bool:
        return not self.categories

    @property
    def choices(self) -> tuple[str, ...]:
        """The categories that the arrow keys go through."""
        return (*self.categories, *([OTHER] if self.other else []))


@dataclass(frozen=True, slots=True)
class Prediction:
    """`answer`: a class, or a value in the units of the target. `probabilities`: one for each class."""

    answer: float | str
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A row and its predictions.

    `place`: of the row among the `rows` of the split, from 0, in the order of the file. `number`: its row in
    the file as a spreadsheet counts, or the number of the image, from 1; None if unknown. `name`: the path of
    an image. `true`: a class or a value, as in `Prediction`. `before`: for the row as it is; `now`: with the
    values that were changed. `columns`: none if the input is an image. `notes`: what else is to be known.
    """

    place: int
    rows: int
    number: int | None
    name: str
    target: str
    classes: tuple[str, ...]
    true: float | str
    before: Prediction
    now: Prediction
    columns: tuple[TriedColumn, ...] = ()
    picture: Picture | None = None
    notes: tuple[str, ...] = ()


def read_cell(column: TriedColumn, text: str) -> Cell:
    """The value that was typed; blank is a missing one. Raises InputError with what is wrong with it."""
    text = text.strip()
    if not text:
        return None
    if not column.numeric:
        return check_cell(column, text)
    try:
        value = float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        value = None
    if value is None:
        instead = text.replace(",", ".", 1)
        hint = f": write {instead}" if _is_number(instead) else f": {safe(column.name, 40)} takes numbers"
        raise InputError(f"'{safe(text, 40)}' is not a number{hint}, or nothing for a missing value")
    if not isfinite(value) or abs(value) > LARGEST:
        said = "is not a finite number" if text.lower().lstrip("+-") in ("inf", "infinity", "nan") else ""
        raise InputError(f"'{safe(text, 40)}' {said or 'is too large'}: the largest is {LARGEST:g}")
    return value


def check_cell(column: TriedColumn, cell: Cell) -> Cell:
    """The value, if the column can hold it. Raises InputError if not."""
    name = safe(column.name, 40)
    if cell is None:
        return None
    if column.numeric:
        if isinstance(cell, str) or not isfinite(cell) or abs(cell) > LARGEST:
            raise InputError(f"{name}: '{safe(cell, 40)}' is not a finite number")
        return float(cell)
    text = cell if isinstance(cell, str) else f"{cell:g}"
    if text in column.categories or column.other:
        return text
    lower = {label.lower(): label for label in column.categories}
    near = lower.get(nearest(text, lower), "")
    meant = f" (did you mean '{safe(near, 40)}'?)" if near else ""
    known = ", ".join(safe(label, 20) for label in column.categories[:_SHOWN])
    more = ", ..." if len(column.categories) > _SHOWN else ""
    raise InputError(
        f"'{safe(text, 40)}' is not a category of {name} in the training split{meant}: "
        f"the run knows {known}{more}"
    )


def turned(column: TriedColumn, cell: Cell, direction: int) -> Cell:
    """A value a notch lower or higher, or the next category; a missing one starts from what fills it."""
    if column.numeric:
        start = column.fill if cell is None else cell
        return float(f"{float(start) + direction * column.notch:.7g}")
    choices = column.choices
    text = column.fill if cell is None else str(cell)
    if text not in choices:  # such as one that shares its input with others
        return choices[-1 if direction < 0 or column.other else 0]
    return choices[(choices.index(str(text)) + direction) % len(choices)]


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
