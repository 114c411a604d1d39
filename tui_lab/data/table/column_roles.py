"""How each column is used: as a number, as a category, or not at all; and what is reported about it.

Decided from the whole file, since what a column *is* does not depend on the split; means, fill values and
the list of categories do, and are fitted in `recipe`.

Legend: N rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import counted, flag, named
from tui_lab.data.table.common import ManyValues, common_values, counts_of, in_common
from tui_lab.data.table.ids import is_id, is_text_id, looks_like_dates
from tui_lab.data.table.reading.cells import Floats, NumberCells, TextCells
from tui_lab.data.table.reading.number_parsing import Parsed
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.experiment.experiment import DataSpec, Use
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sources import OTHER_BELOW
from tui_lab.safe import safe

SHOWN = 3
ONE_HOT = ("one_hot", "one_hot_other")
"""Uses of a column that need its cells as text."""
_EXACT = 2**53
_ID = "a unique whole number in each row, and named like an id"


@dataclass(frozen=True, slots=True)
class NumberInput:
    """A column used as a number. `values_N`: NaN where missing. `boolean`: it was written in words."""

    name: str
    values_N: Floats
    boolean: bool = False


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """A column used as a category. `codes_N`: places in `labels`, -1 where blank.

    `common`: the labels that get an input of their own, all others share one; None if each has its own.
    """

    name: str
    codes_N: npt.NDArray[np.int32]
    labels: tuple[str, ...]
    common: frozenset[str] | None = None


Input = NumberInput | CategoryInput


def one_hot(spec: DataSpec) -> frozenset[str]:
    """The columns that a spec wants as categories."""
    return frozenset(name for name, use in spec.columns.items() if use in ONE_HOT)


def used_as(item: Input) -> Use:
    """What a column is used as, in the word of a preset."""
    if isinstance(item, NumberInput):
        return "number"
    return "one_hot" if item.common is None else "one_hot_other"


class Chooser:
    """Goes through the columns of a table; collects features, facts, warnings and problems.

    `unfit`: the columns whose cells do not fit their use.
    """

    def __init__(self, raw: RawTable, spec: DataSpec) -> None:
        self._raw, self._spec = raw, spec
        self.inputs: list[Input] = []
        self.facts: list[str] = []
        self.warnings: list[str] = []
        self.problems: list[str] = []
        self.unfit: list[str] = []
        self._many: list[ManyValues] = []

    def choose(self) -> None:
        self._check_asked()
        for name, cells in self._raw.columns.items():
            if name == self._spec.target:
                continue
            asked = self._spec.columns.get(name)
            if asked == "leave_out":
                continue
            if self._spec.shape is not None:
                asked = "number"
            problems = len(self.problems)
            if isinstance(cells, NumberCells):
                self._numbers(name, cells, asked)
            else:
                self._texts(name, cells, asked)
            if len(self.problems) > problems:
                self.unfit.append(name)
        self._settle_many()
        if not self.inputs and not self.problems:
            self.problems.append(f"{self._raw.shown}: no usable feature column besides the target")

    def _check_asked(self) -> None:
        shown, spec = self._raw.shown, self._spec
        for name in spec.columns:
            if name == spec.target:
                self.problems.append(
                    f"{shown}: column {named(name)} is the target and cannot be a feature as well"
                )
            elif name not in self._raw.columns:
                near = did_you_mean(name, self._raw.columns)
                listed = ", ".join(safe(name, 40) for name in list(self._raw.columns)[:20])
                self.problems.append(f"{shown}: no column {named(name)}{near}. Columns: {listed}")

    def _place(self, name: str) -> str:
        return f"{self._raw.shown}: column {named(name)}"

    def _numbers(self, name: str, cells: NumberCells, asked: str | None) -> None:
        values_N = cells.values_N
        if asked in ONE_HOT:
            self._texts(name, _as_texts(cells), asked)
            return
        if asked is None and is_id(name, values_N):
            self._leave_out(name, _ID)
            return
        self._check_finite(name, values_N)
        size = np.nanmax(np.abs(values_N)) if len(values_N) > cells.missing else 0
        if size > _EXACT and bool((values_N[np.isfinite(values_N)] % 1 == 0).all()) and size < 2.0**63:
            self.warnings.append(
                f"{self._place(name)} holds whole numbers beyond 2^53, which lose their last digits; if "
                f"they are ids, leave it out ({flag('leave_out', name)})"
            )
        self.inputs.append(NumberInput(name, values_N))

    def _check_finite(self, name: str, values_N: Floats) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            bad = np.flatnonzero(np.isinf(values_N.astype(np.float32)))
        for place in bad[:SHOWN]:
            self.problems.append(
                f"{self._raw.shown}: row {self._raw.rows_N[place]}, column {named(name)}: "
                f"'{values_N[place]:g}' is not a finite number (the largest is 3.4e38); fix or remove "
                "the row"
            )
        if len(bad) > SHOWN:
            self.problems.append(f"{self._place(name)}: and {len(bad) - SHOWN} more such cells")

    def _texts(self, name: str, cells: TextCells, asked: str | None) -> None:
        if asked == "one_hot":
            self._categories(name, cells)
            return
        if asked == "one_hot_other":
            self._many.append(ManyValues(name, cells, len(self.inputs), asked=True))
            return
        parsed = self._raw.numbers(cells)
        if cells.missing == len(cells.codes_N):
            self.inputs.append(NumberInput(name, parsed.values_N))
            return
        numeric = 1 - len(parsed.bad) / max(1, len(cells.labels))
        if asked is None and not parsed.bad and is_text_id(name, cells):
            self._leave_out(name, _ID)
        elif asked == "number" or (numeric >= 0.5 and not cells.overflowed):
            self._as_numbers(name, cells, parsed)
        elif looks_like_dates(cells.labels) and not self._few_dates(cells):
            self._leave_out(
                name, f"dates or times, such as {named(cells.labels[0], 30)}", "convert them to numbers"
            )
        elif cells.overflowed:
            self._leave_out_text(name, cells)
        elif len(cells.labels) > self._spec.one_hot_up_to:
            if self._spec.other_below:
                self._many.append(ManyValues(name, cells, len(self.inputs), asked=False))
            else:
                self._leave_out_text(name, cells)
        else:
            self._categories(name, cells)
            what = "dates or times" if looks_like_dates(cells.labels) else "text"
            self.facts.append(
                f"{self._place(name)}: {what} with "
                f"{counted(len(cells.labels), 'value', 'different values')}: one-hot encoded"
            )

    def _few_dates(self, cells: TextCells) -> bool:
        """Whether dates are so few, such as years, that each can be learnt as a category."""
        least, many = self._spec.other_below, len(cells.labels)
        return 0 < least * many <= len(cells.codes_N) and many <= self._spec.one_hot_up_to

    def _leave_out_text(self, name: str, cells: TextCells) -> None:
        rows = len(cells.codes_N) - cells.missing
        what = "a unique text in each row" if len(cells.labels) == rows else "free text or ids"
        count = f"{'over ' if cells.overflowed else ''}{len(cells.labels):,}"
        self._leave_out(
            name,
            f"{what}: {count} distinct values in {rows:,} rows",
            f"{flag('one_hot', name)} uses it as categories",
        )

    def _settle_many(self) -> None:
        """Decide on the columns of many values together, once the width of all others is known."""
        least, rows = self._spec.other_below or OTHER_BELOW, len(self._raw.rows_N)
        width = sum(len(i.labels) if isinstance(i, CategoryInput) else 1 for i in self.inputs)
        found = common_values(self._many, rows, width, least)
        for many, common_V in reversed(list(zip(self._many, found, strict=True))):  # places stay right
            if common_V is None:
                self._leave_out_text(many.name, many.cells)
                continue
            codes_N, labels = np.maximum(many.cells.codes_N, -1), many.cells.labels
            if common_V.all():
                common, words = None, "one-hot encoded"
            else:
                common = frozenset(labels[k] for k in np.flatnonzero(common_V))
                words = in_common(counts_of(many.cells), common_V)
            self.inputs.insert(many.place, CategoryInput(many.name, codes_N, labels, common))
            self.facts.append(
                f"{self._place(many.name)}: text with {counted(len(labels), 'value', 'different values')}: "
                f"{words}"
            )
        self._many.clear()

    def _as_numbers(self, name: str, cells: TextCells, parsed: Parsed) -> None:
        place = self._place(name)
        if parsed.too_long:
            self.problems.append(
                f"{place}: {named(parsed.too_long, 40)} does not fit in 64 bits; if the "
                f"column holds ids, leave it out ({flag('leave_out', name)})"
            )
        elif parsed.unsure:
            self.problems.append(
                f"{place}: {parsed.unsure}; or leave the column out ({flag('leave_out', name)})"
            )
        elif parsed.bad or cells.overflowed:
            self._bad_cells(name, cells, parsed)
        else:
            self.warnings += [f"{place}: {phrase}" for phrase in parsed.said]
            if parsed.rounded:
                self.warnings.append(f"{place} {rounded(parsed)} ({flag('leave_out', name)}, if it is an id)")
            self._check_finite(name, parsed.values_N)
            self.inputs.append(NumberInput(name, parsed.values_N, parsed.boolean))

    def _bad_cells(self, name: str, cells: TextCells, parsed: Parsed) -> None:
        bad = np.isin(cells.codes_N, list(parsed.bad)) | (cells.codes_N == -2)
        present = len(bad) - cells.missing
        if bad.sum() > max(SHOWN, present // 2):
            row = int(np.flatnonzero(bad)[0])
            code = cells.codes_N[row]
            label = named(cells.labels[code] if code >= 0 else "...", 40)
            self.problems.append(
                f"{self._place(name)}: {bad.sum():,} of {present:,} cells are not numbers, such as "
                f"{label} in row {self._raw.rows_N[row]}; leave the column out "
                f"({flag('leave_out', name)}), or use it as categories ({flag('one_hot', name)})"
            )
            return
        for place in np.flatnonzero(bad)[:SHOWN]:
            code = cells.codes_N[place]
            label = cells.labels[code] if code >= 0 else "..."
            self.problems.append(
                f"{self._raw.shown}: row {self._raw.rows_N[place]}, column {named(name)}: "
                f"{named(label, 40)} is not a "
                f"number; fix it, count it as missing ({flag('missing', label)}), or leave the column out "
                f"({flag('leave_out', name)})"
            )
        if bad.sum() > SHOWN:
            self.problems.append(f"{self._place(name)}: and {bad.sum() - SHOWN:,} more such cells")

    def _categories(self, name: str, cells: TextCells) -> None:
        self.inputs.append(CategoryInput(name, np.maximum(cells.codes_N, -1), cells.labels))

    def _leave_out(self, name: str, why: str, way_out: str = "") -> None:
        way_out = way_out or f"{flag('number', name)} keeps it"
        self.warnings.append(f"{self._place(name)}: left out: {why}; {way_out}")


def _as_texts(cells: NumberCells) -> TextCells:
    """Numbers as one would write them."""
    present = np.unique(cells.values_N[~np.isnan(cells.values_N)].astype(np.float64))
    codes = np.searchsorted(present, cells.values_N).astype(np.int32)
    codes[np.isnan(cells.values_N)] = -1
    labels = tuple(str(int(v)) if v == int(v) else repr(float(v)) for v in present)
    return TextCells(codes, labels)


def rounded(parsed: Parsed) -> str:
    """A warning that digits are lost, with an example."""
    text = parsed.rounded
    return (
        f"holds whole numbers beyond 2^53, which lose their last digits: {named(text, 40)} becomes "
        f"{int(float(text))}"
    )
