"""The cells of a column as they were read, and how they become numbers.

Legend: N rows.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLANK_WORDS = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "#N/A", "?")
"""Cells of an input that count as blank. In the target only an empty cell does."""
BOOLEANS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
MOST_LABELS = 200_000
"""Different texts of a column that are kept apart; a column with more of them is no category anyway."""

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE)
_THOUSANDS = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_WHOLE = re.compile(r"[+-]?\d{16,}")


@dataclass(frozen=True, slots=True)
class NumberCells:
    """A column that was numbers throughout. `values_N`: NaN where blank; float32 where that is exact."""

    values_N: Floats

    @property
    def missing(self) -> int:
        """Blank cells."""
        return int(np.isnan(self.values_N).sum())


@dataclass(frozen=True, slots=True)
class TextCells:
    """A column with text in it: `codes_N` are places in `labels`, -1 where blank.

    `overflowed`: there were more than `MOST_LABELS` different texts; the further ones have code -2.
    """

    codes_N: npt.NDArray[np.int32]
    labels: tuple[str, ...]
    overflowed: bool = False

    @property
    def missing(self) -> int:
        """Blank cells."""
        return int((self.codes_N == -1).sum())

    def rows_of(self, labels: set[int], count: int) -> list[int]:
        """The first `count` rows that hold one of these labels."""
        return [int(row) for row in np.flatnonzero(np.isin(self.codes_N, list(labels)))[:count]]


Cells = NumberCells | TextCells


@dataclass(frozen=True, slots=True)
class Parsed:
    """Text read as numbers: `values_N` (NaN where blank or bad), the labels that are none, what was
    assumed.
    """

    values_N: npt.NDArray[np.float64]
    bad: frozenset[int]
    boolean: bool = False
    thousands: str = ""
    unsure: str = ""
    decimal_comma: str = ""
    too_long: str = ""


def parse_numbers(cells: TextCells, decimal: str = ".") -> Parsed:
    """Read text cells as numbers: true and false, thousands set apart, a decimal comma in single columns."""
    texts = cells.labels
    lowered = [text.lower() for text in texts]
    present = np.zeros(len(texts) + 1, bool)
    present[cells.codes_N[cells.codes_N >= 0]] = True
    if texts and all(text in BOOLEANS for text in lowered):
        return Parsed(_spread(cells, [BOOLEANS[text] for text in lowered]), frozenset(), boolean=True)
    marked = [text for text in texts if _THOUSANDS[decimal].fullmatch(text)]
    commas = [text for text in texts if _DECIMAL_COMMA.fullmatch(text)] if decimal == "." else []
    as_decimal = [text for text in commas if text not in set(marked)]
    plain = not any("." in text for text in texts)
    unsure = thousands = comma = ""
    separator = "," if decimal == "." else "."
    if as_decimal and plain:
        comma = as_decimal[0]
    elif marked and not as_decimal:
        sure = any(text.count(separator) > 1 or decimal in text for text in marked)
        thousands, unsure = marked[0], "" if sure else marked[0]
    numbers: list[float] = []
    bad: set[int] = set()
    for place, text in enumerate(texts):
        number = _number(text, decimal, thousands=bool(thousands), comma=bool(comma))
        numbers.append(np.nan if number is None else number)
        if number is None and present[place]:
            bad.add(place)
    too_long = next((t for t in texts if _WHOLE.fullmatch(t) and abs(int(t[:400])) >= 2**63), "")
    return Parsed(_spread(cells, numbers), frozenset(bad), False, thousands, unsure, comma, too_long)


def _number(text: str, decimal: str, *, thousands: bool, comma: bool) -> float | None:
    if thousands and _THOUSANDS[decimal].fullmatch(text):
        text = text.replace("," if decimal == "." else ".", "")
    if (comma or decimal == ",") and "." not in text:
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) and text.isascii() else None


def _spread(cells: TextCells, numbers: list[float]) -> npt.NDArray[np.float64]:
    """The number of each row's label; NaN where blank."""
    table = np.array([*numbers, np.nan], np.float64)
    codes = np.where(cells.codes_N < 0, len(numbers), cells.codes_N)
    return table[codes]
