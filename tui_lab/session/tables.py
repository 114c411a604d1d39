"""Tables looked at for the screen, which must not know pandas: to be called on a thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_lab.data.survey import Settled, TableSurvey
from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.experiment import DataSpec, Experiment, Task

_JUDGED = ("target", "columns", "one_hot_up_to", "blank_target", "split", "shape")
"""What of a `DataSpec` does not change how its file is read; the target only changes how that column is."""


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table that was read, and what would be trained of it.

    `asked` is what it was read for, with its target. `raw` is for `open_table` alone.
    """

    survey: TableSurvey
    settled: Settled
    asked: DataSpec
    raw: Any


def open_table(
    spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: OpenedTable | None = None
) -> OpenedTable:
    """Read the table of `spec` and judge it; what is not said (a blank target, no task) is guessed.

    `before`: the same table as it was opened last; it is not read again if only the use of columns, the
    splits or the task are others. Raises InputError if the file cannot be read; what else is wrong is in
    `settled.problems`.
    """
    from tui_lab.data.guess import guess_task, read_guessing
    from tui_lab.data.surveying import settle, survey

    guesses: list[str] = []
    known = (before.asked.target, before.raw) if before and _read_alike(before.asked, spec) else None
    spec, raw = read_guessing(spec, guesses, progress, known)
    surveyed = before.survey if before and raw is before.raw else survey(raw)
    task = task or guess_task(raw, spec.target, guesses)
    return OpenedTable(surveyed, settle(raw, spec, task, guesses), spec, raw)


def _read_alike(one: DataSpec, other: DataSpec) -> bool:
    plain = {name: DataSpec.model_fields[name].default for name in _JUDGED}
    return one.model_copy(update=plain) == other.model_copy(update=plain)


def look_at(experiment: Experiment) -> DataLoaded:
    """What a run would tell of its data. Takes as long as reading it; raises InputError."""
    from tui_lab.data.surveying import look_at

    return look_at(experiment)
