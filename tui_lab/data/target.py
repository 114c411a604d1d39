"""The column to predict: values or classes, checked.

Legend: N rows, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.cells import BLANK_WORDS, TextCells, parse_numbers
from tui_lab.data.reading import RawTable
from tui_lab.safe import safe
from tui_lab.spec.experiment import DataSpec, Task

MAX_CLASSES = 50
_SHOWN = 3

Values = npt.NDArray[np.float64] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Target:
    """`values_N`: float64 for regression, int64 class numbers otherwise. `kept_N`: the rows that have one."""

    values_N: Values
    classes: tuple[str, ...]
    kept_N: npt.NDArray[np.bool_]


class TargetReader:
    """Reads the target of a table; collects warnings and problems."""

    def __init__(self, raw: RawTable, spec: DataSpec, task: Task) -> None:
        cells = raw.columns[spec.target]
        assert isinstance(cells, TextCells)
        self._raw, self._spec, self._task, self._cells = raw, spec, task, cells
        self._place = f"{raw.shown}: column {safe(spec.target, 60)!r}"
        self.warnings: list[str] = []
        self.problems: list[str] = []

    def read(self) -> Target:
        """The target; meaningless if there are problems afterwards."""
        kept_N = self._cells.codes_N != -1
        self._check_blank(kept_N)
        if self._task == "regression":
            return Target(self._quantities(kept_N), (), kept_N)
        return self._classes(kept_N)

    def _check_blank(self, kept_N: npt.NDArray[np.bool_]) -> None:
        blank = np.flatnonzero(~kept_N)
        if not len(blank):
            return
        first = f"first in row {self._raw.rows_N[blank[0]]}"
        if self._spec.blank_target == "drop":
            self.warnings.append(
                f"{self._place} is blank in {len(blank)} rows, {first}: left out, as asked for"
            )
        else:
            self.problems.append(
                f"{self._place} is blank in {len(blank)} rows, {first}; fill it in, or leave such rows "
                "out with "
                '--data blank_target=drop (blank_target = "drop" in a preset)'
            )

    def _quantities(self, kept_N: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        parsed = parse_numbers(self._cells, self._raw.decimal)
        values_N = parsed.values_N
        with np.errstate(over="ignore", invalid="ignore"):
            bad = np.flatnonzero(kept_N & ~np.isfinite(values_N.astype(np.float32)))
        few = 2 <= len(self._cells.labels) <= MAX_CLASSES
        task = "binary" if len(self._cells.labels) == 2 else "multiclass"
        way = f"use the task {task!r} if these are classes" if few else "take another target"
        for row in bad[:_SHOWN]:
            label = safe(self._cells.labels[self._cells.codes_N[row]], 40)
            self.problems.append(
                f"{self._raw.shown}: row {self._raw.rows_N[row]}, column "
                f"{safe(self._spec.target, 60)!r}: {label!r} "
                f"is not a finite number; mend it, or {way}"
            )
        if len(bad) > _SHOWN:
            self.problems.append(f"{self._place}: and {len(bad) - _SHOWN:,} more such cells")
        if parsed.unsure:
            self.problems.append(
                f"{self._place}: what the mark in {safe(parsed.unsure, 30)!r} means is unsure: "
                "thousands, or decimals"
            )
        present = values_N[kept_N]
        if not len(bad) and len(present) and present.min() == present.max():
            self.problems.append(f"{self._place} is {present[0]:g} in every row; there is nothing to predict")
        return values_N[kept_N]

    def _classes(self, kept_N: npt.NDArray[np.bool_]) -> Target:
        codes_N, labels = self._cells.codes_N[kept_N], self._cells.labels
        used = np.unique(codes_N[codes_N >= 0])
        classes = ordered([labels[k] for k in used])
        self._check_classes(classes)
        number = {label: k for k, label in enumerate(classes)}
        table = np.array([number.get(label, 0) for label in labels] or [0], np.int64)
        words = [label for label in classes if label in BLANK_WORDS]
        if words:
            self.warnings.append(
                f"{self._place}: {', '.join(map(repr, words))} was kept as a class of its own; "
                "empty the cell where the answer is not known"
            )
        return Target(table[np.maximum(codes_N, 0)], tuple(classes), kept_N)

    def _check_classes(self, classes: Sequence[str]) -> None:
        many = len(classes)
        if many < 2:
            self.problems.append(f"{self._place} holds a single class; there is nothing to tell apart")
        numbers = all(map(_is_number, classes))
        if many > MAX_CLASSES:
            way = "use the task 'regression' if it is a quantity" if numbers else "take another target"
            self.problems.append(f"{self._place} holds {many} classes, over {MAX_CLASSES}; {way}")
        elif numbers and (fractions := list(filter(_is_fraction, classes))):
            self.problems.append(
                f"{self._place} holds numbers that are not whole, such as {safe(fractions[0], 30)!r}; "
                "use the task 'regression'"
            )
        elif self._task == "binary" and many > 2:
            self.problems.append(f"{self._place} holds {many} classes; use the task 'multiclass'")


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def _is_fraction(label: str) -> bool:
    return _is_number(label) and float(label) % 1 != 0


def ordered(labels: list[str]) -> list[str]:
    """Numbers in the order of their value, other labels in that of the alphabet."""
    try:
        return sorted(labels, key=lambda label: (float(label), label))
    except ValueError:
        return sorted(labels)
