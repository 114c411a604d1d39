"""One column assembled from chunks: numbers in the smallest exact dtype, texts as indices into a list."""

import re
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from tui_lab.data.table.reading.cells import MOST_LABELS, Cells, Floats, NumberCells, TextCells

if TYPE_CHECKING:
    AnySeries = pd.Series[Any]

_LIKE_A_NUMBER = re.compile(r"[+-]?[$€£¥]? ?[\d.,'’ \u00a0\u202f]+([eE][+-]?\d+)?\s?[$€£¥%]?")
"""Distinct texts that may be numbers and are all kept: losing some would lose data."""


class ColumnReader:
    """Collects the chunks of one column in order. `mixed`: some were numbers, some text."""

    def __init__(self) -> None:
        self._numbers: list[Floats] = []
        self._codes: list[npt.NDArray[np.int32]] = []
        self._places: dict[str, int] = {}
        self._kinds: set[str] = set()
        self.bytes = 0
        self.overflowed = False

    @property
    def mixed(self) -> bool:
        """Whether the column must be read again as text to keep its cells unchanged."""
        return len(self._kinds) > 1

    def take_numbers(self, values_N: Floats, blank: bool) -> None:
        """Add rows of numbers; `blank`: all of them are missing."""
        if not blank:
            self._kinds.add("number")
        if self.mixed:
            return
        if self._codes:  # missing values in a text column
            self._codes.append(np.full(len(values_N), -1, np.int32))
        else:
            self._numbers.append(values_N)
            self.bytes += values_N.nbytes

    def take_texts(self, chunk: "AnySeries", *, is_text: bool) -> None:
        kind = "text" if is_text else _kind(chunk)
        if kind:
            self._kinds.add(kind)
        if self.mixed:
            return
        self._codes += [np.full(len(part), -1, np.int32) for part in self._numbers]  # missing before any text
        self._numbers.clear()
        self._codes.append(self._coded(chunk))
        self.bytes += self._codes[-1].nbytes

    def cells(self) -> Cells:
        """The whole column; the parts are released."""
        if self._codes:
            codes_N = np.concatenate(self._codes)
            self._codes.clear()
            return TextCells(codes_N, tuple(self._places), self.overflowed)
        values_N = np.concatenate(self._numbers or [np.zeros(0, np.float32)])
        self._numbers.clear()
        return NumberCells(cast(Floats, values_N))

    def _coded(self, chunk: "AnySeries") -> npt.NDArray[np.int32]:
        codes, uniques = pd.factorize(chunk)
        places = np.full(len(uniques) + 1, -1, np.int32)
        for k, unique in enumerate(uniques):
            label = str(unique).strip()
            place = self._places.get(label)
            if place is None and label:
                if len(self._places) < MOST_LABELS or _LIKE_A_NUMBER.fullmatch(label):
                    place = self._places[label] = len(self._places)
                    self.bytes += 60 + len(label)
                else:
                    place, self.overflowed = -2, True
            places[k] = -1 if place is None else place
        return places[codes]


def take_frame(frame: pd.DataFrame, readers: dict[str, ColumnReader], texts: frozenset[str]) -> None:
    """Pass each reader its column of a chunk. Numbers go in one block: a thousand Series cost a second."""
    numeric = [
        name
        for name, dtype in zip(frame.columns, frame.dtypes, strict=True)
        if name in readers and name not in texts and is_numeric_dtype(dtype) and not is_bool_dtype(dtype)
    ]
    wide_CN = np.ascontiguousarray(frame[numeric].to_numpy(np.float64, na_value=np.nan).T)
    with np.errstate(over="ignore", invalid="ignore"):
        small_CN = wide_CN.astype(np.float32)
    blank_CN = np.isnan(wide_CN)
    exact_C = ((small_CN == wide_CN) | blank_CN).all(axis=1)
    blank_C = blank_CN.all(axis=1)
    for k, name in enumerate(numeric):
        values_N = (small_CN if exact_C[k] else wide_CN)[k].copy()
        readers[name].take_numbers(values_N, bool(blank_C[k]))
    for name in readers.keys() - set(numeric):
        readers[name].take_texts(frame[name], is_text=name in texts)


def _kind(chunk: "AnySeries") -> str:
    """`bool`, `text`, or empty for a chunk of missing values."""
    if is_bool_dtype(chunk.dtype):
        return "bool"
    present = chunk[chunk.notna()]
    if not len(present):
        return ""
    return "bool" if chunk.dtype == object and all(isinstance(v, bool) for v in present) else "text"
