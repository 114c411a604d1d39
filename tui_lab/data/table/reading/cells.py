"""The cells of a column as they were read.

Legend: N rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLANK_WORDS = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "#N/A", "?")
"""Cells of a feature that count as missing. In the target only an empty cell does."""
BOOLEANS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
MOST_LABELS = 200_000
"""The most distinct texts kept per column, besides those that may be numbers; a column with more is not
a category anyway."""

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NumberCells:
    """A column of numbers only. `values_N`: NaN where missing; float32 where that is exact."""

    values_N: Floats

    @property
    def missing(self) -> int:
        return int(np.isnan(self.values_N).sum())


@dataclass(frozen=True, slots=True)
class TextCells:
    """A column with text in it: `codes_N` are indices into `labels`, -1 where missing.

    `overflowed`: there were more than `MOST_LABELS` distinct texts; further ones that cannot be
    numbers have code -2.
    """

    codes_N: npt.NDArray[np.int32]
    labels: tuple[str, ...]
    overflowed: bool = False

    @property
    def missing(self) -> int:
        return int((self.codes_N == -1).sum())


Cells = NumberCells | TextCells
