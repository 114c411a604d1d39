"""The target column: values or classes, validated.

Legend: N rows, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import counted, flag, named
from tui_lab.data.table.column_roles import rounded
from tui_lab.data.table.reading.cells import BLANK_WORDS, TextCells
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import TASKS, Task

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
        self._place = f"{raw.shown}: column {named(spec.target)}"
        self.warnings: list[str] = []
        self.problems: list[str] = []

    def read(self) -> Target:
        """The target; meaningless if there are problems afterwards."""
        kept_N = self._cells.codes_N != -1
        self._check_blank(kept_N)
        if TASKS[self._task].numeric:
            return Target(self._quantities(kept_N), (), kept_N)
        return self._classes(kept_N)

    def _check_blank(self, kept_N: npt.NDArray[np.bool_]) -> None:
        blank = np.flatnonzero(~kept_N)
        if not len(blank):
            return
        where = f"{counted(len(blank), 'row', 'rows')}, first in row {self._raw.rows_N[blank[0]]}"
        if self._spec.blank_target == "drop":
            self.warnings.append(f"{self._place} is missing in {where}: these rows are dropped")
        else:
            self.problems.append(
                f"{self._place} is missing in {where}; fill it in, or drop such rows with "
                '--data blank_target=drop (blank_target = "drop" in a preset)'
            )

    def _quantities(self, kept_N: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        parsed = self._raw.numbers(self._cells)
        present = parsed.values_N[kept_N]
        with np.errstate(over="ignore", invalid="ignore"):
            bad = np.flatnonzero(kept_N & ~np.isfinite(parsed.values_N.astype(np.float32)))
        if parsed.unsure:
            self.problems.append(f"{self._place}: {parsed.unsure}")
        elif len(bad):
            self._bad_cells(bad)
        elif parsed.too_long:
            self.problems.append(
                f"{self._place}: {named(parsed.too_long, 40)} does not fit in 64 bits; if "
                "these are ids, choose another column with --target"
            )
        elif len(present) and present.min() == present.max():
            self.problems.append(f"{self._place} is {present[0]:g} in every row: nothing to predict")
        else:
            self.warnings += [f"{self._place}: {phrase}" for phrase in parsed.said]
            self.warnings += [f"{self._place} {rounded(parsed)}"] if parsed.rounded else []
        return present

    def _bad_cells(self, bad: npt.NDArray[np.intp]) -> None:
        labels = len(self._cells.labels)
        task = "binary" if labels == 2 else "multiclass"
        way = (
            f"use the task {task!r} if these are classes"
            if labels <= MAX_CLASSES
            else "choose another target"
        )
        for row in bad[:_SHOWN]:
            code = self._cells.codes_N[row]
            label = self._cells.labels[code] if code >= 0 else "..."
            self.problems.append(
                f"{self._raw.shown}: row {self._raw.rows_N[row]}, column {named(self._spec.target)}: "
                f"{named(label, 40)} is not a finite number; fix it, drop such rows "
                f"({flag('missing', label)} --data blank_target=drop), or {way}"
            )
        if len(bad) > _SHOWN:
            self.problems.append(f"{self._place}: and {len(bad) - _SHOWN:,} more such cells")

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
                f"{self._place}: {', '.join(map(named, words))} was kept as a class; if it means "
                f"that the target is missing: {flag('missing', words[0])} --data blank_target=drop"
            )
        return Target(table[np.maximum(codes_N, 0)], tuple(classes), kept_N)

    def _check_classes(self, classes: Sequence[str]) -> None:
        many, same = len(classes), _alike(classes)
        if many < 2:
            self.problems.append(f"{self._place} has only one class; at least two are needed")
        numbers = all(map(_is_number, classes))
        if many > MAX_CLASSES:
            way = "use the task 'regression' if it is a quantity" if numbers else "choose another target"
            self.problems.append(f"{self._place} has {many} classes, more than {MAX_CLASSES}; {way}")
        elif numbers and (fractions := list(filter(_is_fraction, classes))):
            self.problems.append(
                f"{self._place} holds numbers that are not whole, such as {named(fractions[0], 30)}; "
                "use the task 'regression'"
            )
        elif TASKS[self._task].classes == (2, 2) and many > 2:
            self.problems.append(
                f"{self._place} holds {many} classes, {_listed(classes)}; use the task 'multiclass'"
                + (", or spell each the same way: some differ only in case" if same else "")
            )
        elif same:
            self.warnings.append(
                f"{self._place}: {' and '.join(map(_quoted, same))} differ only in case and count "
                "as separate classes"
            )


def _alike(classes: Sequence[str]) -> list[str]:
    """The first classes that differ only in case."""
    ways: dict[str, list[str]] = {}
    for label in classes:
        ways.setdefault(label.casefold(), []).append(label)
    return next((labels for labels in ways.values() if len(labels) > 1), [])


def _listed(classes: Sequence[str]) -> str:
    return ", ".join(map(_quoted, classes[:5])) + (", ..." if len(classes) > 5 else "")


def _quoted(label: str) -> str:
    return named(label, 40)


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def _is_fraction(label: str) -> bool:
    return _is_number(label) and float(label) % 1 != 0


def ordered(labels: list[str]) -> list[str]:
    """Numbers by value, other labels alphabetically."""
    try:
        return sorted(labels, key=lambda label: (float(label), label))
    except ValueError:
        return sorted(labels)
