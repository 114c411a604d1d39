"""Surveys of tables for the screens, which must not import pandas; call on a thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_lab.data.final_settings import FinalSettings
from tui_lab.data.table.survey import TableSurvey
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import DataLoaded


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table that was read, and what would be trained on.

    `asked` is the request it was read for, with its target. `raw` is for `open_table` only.
    """

    survey: TableSurvey
    settled: FinalSettings
    asked: DataSpec
    raw: Any


def open_table(
    spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: OpenedTable | None = None
) -> OpenedTable:
    """Read and check the table of `spec`; what is not given (no target, no task) is chosen automatically.

    `before`: the same table as last opened; it is not read again if only the use of columns, the splits or
    the task have changed. Raises InputError if the file cannot be read; other problems are in
    `settled.problems`.
    """
    from tui_lab.data.table.guess import guess_task, read_guessing
    from tui_lab.data.table.preview import settle, survey
    from tui_lab.data.table.reading.read_file import how_read

    guesses: list[str] = []
    alike = before is not None and how_read(before.asked) == how_read(spec)
    known = (before.asked.target, before.raw) if before and alike else None
    spec, raw = read_guessing(spec, guesses, progress, known)
    surveyed = before.survey if before and raw is before.raw else survey(raw)
    task = task or guess_task(raw, spec.target, guesses)
    return OpenedTable(surveyed, settle(raw, spec, task, guesses), spec, raw)


def look_at(experiment: Experiment) -> DataLoaded:
    """The description a run would give of its data. Takes as long as reading it; raises InputError."""
    from tui_lab.data.sources import look_at

    return look_at(experiment)
