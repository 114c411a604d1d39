"""Tables that are made from settings, not read: the same bytes on every machine.

Legend: N rows.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_lab.data.table.reading.cells import Cells, NumberCells, TextCells
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import MADE, DataSpec
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.safe import safe

CLASSES = ("A", "B")
NOISE, ROWS = 0.1, 600
"""The settings of a set where they are not given."""
_SEED = 20_261_129
_DECIMALS = 4
"""Sines differ between machines in the last bit, these do not."""

Values = npt.NDArray[np.float64]


def made_table(spec: DataSpec, texts: frozenset[str] = frozenset()) -> RawTable:
    """The table of `made:NAME`, with the settings `noise` and `rows` of `spec`. Raises InputError.

    Columns named in `texts` are text, as `read_raw` has it.

    More rows begin with those of fewer, and with other noise the points only lie further from or nearer to
    where they would be without any.
    """
    name = spec.file.removeprefix(MADE)
    if name not in SETS:
        raise InputError(
            f"{safe(spec.file, 60)}: unknown set{did_you_mean(name, SETS)}; there are "
            f"{', '.join(MADE + each for each in SETS)}"
        )
    rows = ROWS if spec.rows is None else spec.rows
    noise = NOISE if spec.noise is None else spec.noise
    dice = np.random.Generator(np.random.PCG64(_SEED))
    place_N = dice.random(rows)
    columns = SETS[name](place_N, noise, np.random.Generator(np.random.PCG64(_SEED + 1)))
    digest = sha256(repr(list(columns)).encode())
    for cells in columns.values():
        digest.update(_plain(cells).tobytes())
    for column in texts & columns.keys():
        columns[column] = _as_text(columns[column])
    return RawTable(spec.file, digest.hexdigest(), columns, np.arange(1, rows + 1), ".", (), settled=True)


def _spirals(place_N: Values, noise: float, dice: np.random.Generator) -> dict[str, Cells]:
    """Two arms of one and a half turns, one in the middle between the windings of the other."""
    which_N = np.arange(len(place_N)) % 2
    radius_N = np.sqrt(place_N) * 3  # as many points on each length of an arm
    angle_N = radius_N * np.pi + which_N * np.pi
    return _plane(radius_N * np.cos(angle_N), radius_N * np.sin(angle_N), which_N, noise, dice)


def _moons(place_N: Values, noise: float, dice: np.random.Generator) -> dict[str, Cells]:
    """Two half circles of radius 1, each with an end inside the other."""
    which_N = np.arange(len(place_N)) % 2
    x_N, y_N = np.cos(place_N * np.pi), np.sin(place_N * np.pi)
    lower_N = which_N == 1
    return _plane(np.where(lower_N, 1 - x_N, x_N), np.where(lower_N, 0.5 - y_N, y_N), which_N, noise, dice)


def _curve(place_N: Values, noise: float, dice: np.random.Generator) -> dict[str, Cells]:
    """y = sin(2x) + x/4 for x from -3 to 3; the noise is in y alone."""
    x_N = np.round(place_N * 6 - 3, _DECIMALS)
    y_N = np.sin(2 * x_N) + x_N / 4 + noise * dice.standard_normal(len(x_N))
    return {"x": NumberCells(x_N), "y": NumberCells(np.round(y_N, _DECIMALS))}


def _plane(
    x_N: Values, y_N: Values, which_N: npt.NDArray[Any], noise: float, dice: np.random.Generator
) -> dict[str, Cells]:
    moved_N2 = np.stack([x_N, y_N], 1) + noise * dice.standard_normal((len(x_N), 2))
    x1_N, x2_N = np.round(moved_N2, _DECIMALS).T.copy()
    return {
        "x1": NumberCells(x1_N),
        "x2": NumberCells(x2_N),
        "class": TextCells(which_N.astype(np.int32), CLASSES),
    }


def _as_text(cells: Cells) -> TextCells:
    if isinstance(cells, TextCells):
        return cells
    distinct, codes_N = np.unique(cells.values_N, return_inverse=True)
    return TextCells(codes_N.astype(np.int32), tuple(repr(float(value)) for value in distinct))


def _plain(cells: Cells) -> npt.NDArray[Any]:
    """The same bytes on machines of either byte order; 0 has no sign."""
    return (
        cells.codes_N.astype("<i4") if isinstance(cells, TextCells) else (cells.values_N + 0.0).astype("<f8")
    )


SETS: dict[str, Callable[[Values, float, np.random.Generator], dict[str, Cells]]] = {
    "spirals": _spirals,
    "moons": _moons,
    "curve": _curve,
}
