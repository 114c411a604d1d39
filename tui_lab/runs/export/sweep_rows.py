"""The trials of a sweep as a table: one row a trial."""

import csv
import io
from collections.abc import Iterator
from importlib import import_module
from math import isfinite

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.runs.files.strict_json import finite_or_text

Cell = Value | None
_LAST = ("seconds", "run", "message")


def sweep_columns(view: SweepView) -> list[str]:
    """The names of the columns.

    `trial`, `combination`, one for each axis, `seed`, `fold`, `status`, `epochs` trained, `best`: the sweep's
    metric in the best epoch, `best_epoch`, the validation metrics of that epoch as `val_loss`, the test
    metrics with its weights as `test_loss`, `seconds` of training, the id of the `run`, and a `message`.
    """
    axes = dict.fromkeys(name for trial in view.trials for name in trial.values)
    metrics = dict.fromkeys(f"val_{name}" for trial in view.trials for name in trial.metrics)
    test = dict.fromkeys(f"test_{name}" for trial in view.trials for name in trial.test)
    return [
        "trial", "combination", *axes, "seed", "fold", "status", "epochs", "best", "best_epoch",
        *metrics, *test, *_LAST,
    ]  # fmt: skip


def sweep_rows(view: SweepView) -> Iterator[dict[str, Cell]]:
    """The rows, in the order of the trials; what a trial does not have is missing or None."""
    for trial in view.trials:
        yield _row(trial)


def csv_text(view: SweepView) -> Iterator[str]:
    """As CSV with a heading; what a trial does not have is empty, and infinities are words."""
    columns = sweep_columns(view)
    part = io.StringIO()
    table = csv.writer(part, lineterminator="\n")
    table.writerow(columns)
    for row in sweep_rows(view):
        table.writerow([_cell(row.get(name)) for name in columns])
        yield part.getvalue()
        part.seek(0)
        part.truncate()
    yield part.getvalue()


def parquet_bytes(view: SweepView) -> bytes:
    """As a Parquet file; a column has texts if its values are of several kinds.

    Raises InputError if pyarrow is missing.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            "writing Parquet needs pyarrow, which is not installed: `pip install pyarrow`, or use --to csv"
        ) from None
    rows = list(sweep_rows(view))
    columns = {name: _uniform([row.get(name) for row in rows]) for name in sweep_columns(view)}
    file = arrow.BufferOutputStream()
    parquet.write_table(arrow.table(columns), file)
    content: bytes = file.getvalue().to_pybytes()
    return content


def _row(trial: TrialView) -> dict[str, Cell]:
    return {
        "trial": trial.number,
        "combination": trial.combination,
        **trial.values,
        "seed": trial.seed,
        "fold": trial.fold,
        "status": trial.status,
        "epochs": trial.epoch,
        "best": trial.best if isfinite(trial.best) else None,
        "best_epoch": trial.best_epoch or None,
        **{f"val_{name}": value for name, value in trial.metrics.items()},
        **{f"test_{name}": value for name, value in trial.test.items()},
        "seconds": trial.seconds,
        "run": trial.run_id or None,
        "message": trial.message or None,
    }


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(finite_or_text(value))
    return format_value(value).encode("ascii", "backslashreplace").decode()


def _uniform(values: list[Cell]) -> list[Cell]:
    """The values of a column, all of one kind: whole numbers among fractions become fractions."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and len(kinds) == 2:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1:
        return [None if value is None else format_value(value) for value in values]
    return values
