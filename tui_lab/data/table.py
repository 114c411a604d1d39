"""A CSV file as numbers: inputs and target, checked cell by cell.

Legend for shapes: N rows, F features.
"""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.experiment import DataSpec, Task
from tui_lab.spec.nearest import did_you_mean
from tui_lab.spec.presets import data_path

MAX_CLASSES = 50
_SHOWN = 3  # bad cells named in a message


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read.

    `features_NF`: float64. `target_N`: float64 values for regression, int64 class numbers otherwise.
    `classes`: the label of each class number, empty for regression.
    """

    source: str
    sha256: str
    columns: tuple[str, ...]
    features_NF: npt.NDArray[np.float64]
    target_N: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    classes: tuple[str, ...]


def read_table(spec: DataSpec, task: Task) -> Table:
    """Read and check the table of `spec`. Raises InputError with everything found in it."""
    path = data_path(spec.file)
    shown = safe(spec.file, 300)
    frame = _frame(path, shown)
    if spec.target not in frame.columns:
        columns = ", ".join(safe(c, 40) for c in frame.columns[:20])
        raise InputError(
            f"{shown}: no column {safe(spec.target, 60)!r}{did_you_mean(spec.target, frame.columns)}. "
            f"Columns: {columns}"
        )
    inputs = frame.drop(columns=spec.target)
    problems: list[str] = []
    features = _numbers(inputs, shown, problems)
    if spec.shape is not None and math.prod(spec.shape) != inputs.shape[1]:
        sides = " x ".join(map(str, spec.shape))
        problems.append(
            f"{shown}: shape {sides} needs {math.prod(spec.shape)} columns; there are {inputs.shape[1]}"
        )
    target, classes = _target(frame[spec.target], task, shown, problems)
    if problems:
        raise InputError(problems)
    return Table(
        source=spec.file,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        columns=tuple(map(str, inputs.columns)),
        features_NF=features,
        target_N=target,
        classes=classes,
    )


def _frame(path: Path, shown: str) -> pd.DataFrame:
    """All cells as text; regular local files only, since pandas would open URLs and hang on a FIFO."""
    if not path.is_file():
        raise InputError(f"{shown}: {'not a regular file' if path.exists() else 'no such file'}")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise InputError(f"{shown}: cannot be read as a table: {safe(error)}") from None
    if len(frame) < 3 or frame.shape[1] < 2:
        raise InputError(
            f"{shown}: {len(frame)} rows and {frame.shape[1]} columns are too few; needed are a header, "
            "3 rows, and a target beside at least one input"
        )
    return frame


def _numbers(inputs: pd.DataFrame, shown: str, problems: list[str]) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = inputs.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    with np.errstate(over="ignore"):
        bad = np.argwhere(~np.isfinite(numbers.astype(np.float32)))
    for row, column in bad[:_SHOWN]:
        cell = safe(inputs.iat[row, column], 40)
        problems.append(
            f"{shown}: row {row + 2}, column {safe(inputs.columns[column], 40)!r}: {cell!r} is not a "
            "finite number; mend or leave out the row"
        )
    if len(bad) > _SHOWN:
        problems.append(f"{shown}: and {len(bad) - _SHOWN} more such cells")
    return numbers


def _target(
    column: "pd.Series[str]", task: Task, shown: str, problems: list[str]
) -> tuple[npt.NDArray[np.float64] | npt.NDArray[np.int64], tuple[str, ...]]:
    name = safe(column.name, 40)
    if task == "regression":
        return _numbers(column.to_frame(), shown, problems)[:, 0], ()
    blank = np.flatnonzero(column.str.strip() == "")
    if len(blank):
        problems.append(
            f"{shown}: column {name!r} is blank in {len(blank)} rows, first in row {blank[0] + 2}"
        )
    classes = _ordered(column.unique().tolist())
    if len(classes) < 2:
        problems.append(f"{shown}: column {name!r} holds a single class; there is nothing to tell apart")
    if task == "binary" and len(classes) > 2:
        problems.append(f"{shown}: column {name!r} holds {len(classes)} classes; use the task 'multiclass'")
    if len(classes) > MAX_CLASSES:
        problems.append(
            f"{shown}: column {name!r} holds {len(classes)} classes, over {MAX_CLASSES}; "
            "use the task 'regression' if it is a quantity"
        )
    number = {label: k for k, label in enumerate(classes)}
    return np.array([number[label] for label in column], np.int64), tuple(classes)


def _ordered(labels: list[str]) -> list[str]:
    """Numbers in the order of their value, other labels in that of the alphabet."""
    try:
        return sorted(labels, key=lambda label: (float(label), label))
    except ValueError:
        return sorted(labels)
