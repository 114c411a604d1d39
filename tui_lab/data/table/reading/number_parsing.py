"""Numbers written as text: thousands separators, decimal commas, prices, percentages.

Only unambiguous text is converted, and every conversion is reported.

Legend: N rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import named
from tui_lab.data.table.reading.cells import BOOLEANS, TextCells

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE)
_THOUSANDS = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?"),
}
_DECIMALS = {".": re.compile(r"[+-]?\d*\.\d+"), ",": re.compile(r"[+-]?\d*,\d+")}
_BELOW_ONE = re.compile(r"[+-]?0?[.,]\d+")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(['’ \u00a0\u202f]\d{3})+([.,]\d+)?")
_GROUPS = str.maketrans("", "", "'’ \u00a0\u202f")
_WITH_UNIT = re.compile(r"([+-]?)([$€£¥]?) ?([+-]?)([\d.,][^$€£¥%]*?)\s?([$€£¥%]?)")
_WHOLE = re.compile(r"[+-]?\d{16,}")
_MARKS = {".": "point", ",": "comma"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """Text read as numbers: `values_N` (NaN where missing or bad), and the labels that are not numbers.

    Phrases: `said`, how it was read; `unsure`, why it is ambiguous. Labels: `too_long`, a whole number beyond
    64 bits; `rounded`, one that loses its last digits.
    """

    values_N: npt.NDArray[np.float64]
    bad: frozenset[int]
    boolean: bool = False
    said: tuple[str, ...] = ()
    unsure: str = ""
    too_long: str = ""
    rounded: str = ""


def parse_numbers(cells: TextCells, decimal: str = ".", *, settled: bool = False) -> Parsed:
    """Parse text cells as numbers, with true and false as 1 and 0.

    `decimal`: the decimal mark of the table; `settled`: it was given or certain, so that it decides if a
    single column is ambiguous.
    """
    lowered = [text.lower() for text in cells.labels]
    if lowered and all(text in BOOLEANS for text in lowered):
        return Parsed(_spread(cells, [BOOLEANS[text] for text in lowered]), frozenset(), boolean=True)
    texts = _bare(cells.labels)
    way = _way(texts, decimal, settled)
    plain = [way.plain(text) for text in texts]
    numbers = [float(text) if _NUMBER.fullmatch(text) and text.isascii() else None for text in plain]
    present = np.zeros(len(texts) + 1, bool)
    present[cells.codes_N[cells.codes_N >= 0]] = True
    too_long, rounded = _long_wholes(plain)
    said = [*_first_bared(cells.labels, texts, numbers), *way.said]
    return Parsed(
        _spread(cells, [np.nan if number is None else number for number in numbers]),
        frozenset(k for k, number in enumerate(numbers) if number is None and present[k]),
        said=tuple(said),
        unsure=way.unsure,
        too_long=too_long,
        rounded=rounded,
    )


def _bare(labels: Sequence[str]) -> list[str]:
    """The labels without a currency or percent sign that all share, and without spaces between thousands."""
    if all(map(_NUMBER.fullmatch, labels)):
        return list(labels)
    texts = [label.translate(_GROUPS) if _GROUPED.fullmatch(label) else label for label in labels]
    bared, units = [], set()
    for text in texts:
        found = _WITH_UNIT.fullmatch(text)
        if found is None or (found[1] and found[3]) or (found[2] and found[5]):
            bared.append(text)
            continue
        body = found[4].translate(_GROUPS) if _GROUPED.fullmatch(found[4]) else found[4]
        bared.append(found[1] + found[3] + body)
        if body.strip("0.,") or found[2] or found[5]:  # zero is the same in any unit
            units.add(found[2] or found[5])
    one = len(units - {""}) == 1 and ("%" not in units or "" not in units)
    return bared if one else texts


def _first_bared(labels: Sequence[str], texts: list[str], numbers: list[float | None]) -> list[str]:
    for label, text, number in zip(labels, texts, numbers, strict=True):
        if number is not None and label != text:
            return [f"{named(label, 30)} was read as the number {number:.15g}"]
    return []


@dataclass(frozen=True, slots=True)
class _Way:
    """What the marks in the texts of a column mean. `thousands`, `decimals`: what the mark that is not the
    table's decimal mark stands for; neither, if it is in no text that could be a number."""

    decimal: str
    thousands: bool = False
    decimals: bool = False
    said: tuple[str, ...] = ()
    unsure: str = ""

    def plain(self, text: str) -> str:
        """The text in Python's number syntax; unchanged if it is not a number."""
        other = "," if self.decimal == "." else "."
        if other in text:
            if self.thousands and _THOUSANDS[self.decimal].fullmatch(text):
                text = text.replace(other, "")
            elif self.decimals and self.decimal not in text:
                return text.replace(other, ".")
            else:
                return text.replace(".", ",")  # with a comma it is not a number
        return text.replace(",", ".") if self.decimal == "," else text


def _way(texts: list[str], decimal: str, settled: bool) -> _Way:
    other = "," if decimal == "." else "."
    marked = [text for text in texts if other in text and _THOUSANDS[decimal].fullmatch(text)]
    decimals = [text for text in texts if other in text and _DECIMALS[other].fullmatch(text)]
    decimals = [text for text in decimals if not _THOUSANDS[decimal].fullmatch(text)]
    if not marked and not decimals:
        return _Way(decimal)
    certain = any(text.count(other) > 1 or decimal in text for text in marked)
    certain = certain or any(decimal in text and _DECIMALS[decimal].fullmatch(text) for text in texts)
    if decimals and not certain:
        if len(decimals) >= len(marked) or any(map(_BELOW_ONE.fullmatch, decimals)):
            words = f"{named(decimals[0], 30)} was read with a decimal {_MARKS[other]}"
            return _Way(decimal, decimals=True, said=(words,))
    elif not marked:
        return _Way(decimal)
    if certain or settled:
        words = f"{named(marked[0], 30)} was read as a number with thousands separators"
        return _Way(decimal, thousands=True, said=(words,))
    unsure = (
        f"whether the {_MARKS[other]} in {named(marked[0], 30)} marks thousands or decimals is ambiguous; "
        f"set it with --data decimal={decimal} (thousands) or --data decimal={other} (decimals), which is "
        "decimal in a preset"
    )
    return _Way(decimal, thousands=True, unsure=unsure)


def _long_wholes(plain: list[str]) -> tuple[str, str]:
    """The first whole number that does not fit in 64 bits, and the first that a float cannot hold exactly."""
    too_long = rounded = ""
    for text in filter(_WHOLE.fullmatch, plain):
        whole = int(text[:400])
        if not -(2**63) <= whole < 2**63:
            too_long = too_long or text
        elif int(float(whole)) != whole:
            rounded = rounded or text
    return too_long, rounded


def _spread(cells: TextCells, numbers: list[float]) -> npt.NDArray[np.float64]:
    """The number of each row's label; NaN where missing."""
    table = np.array([*numbers, np.nan], np.float64)
    codes = np.where(cells.codes_N < 0, len(numbers), cells.codes_N)
    return table[codes]
