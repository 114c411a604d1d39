"""Prepares a job for training: checked, with everything it needs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.runs.files.permissions import check_run_ours
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.labels import Label, write_label
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.folder.removal import remove
from tui_lab.session.jobs.fork import prepare_fork
from tui_lab.session.jobs.jobs import Forked, Job, Resumed
from tui_lab.session.jobs.replay import replay_of
from tui_lab.session.jobs.resume import check_data, prepare_resume
from tui_lab.session.recorder import prepare, record_run

if TYPE_CHECKING:
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.setup.prepare import Prepared
    from tui_lab.protocol.planned import Planned


@dataclass(frozen=True, slots=True)
class Ready:
    """A checked job: the folder of its run, and a function that trains it while reading a queue of commands.

    `prepared`, `point` and `plan` are what it trains, from where, and what is done on the way. `skipped`:
    which newer checkpoints could not be used, and why; also among the run's warnings.
    """

    folder: RunFolder
    begin: Callable[[SimpleQueue[Command]], Iterator[Record]]
    prepared: "Prepared"
    point: "ResumePoint | None" = None
    plan: "Sequence[Planned]" = ()
    skipped: tuple[str, ...] = ()


def get_ready(job: Job, progress: Callable[[float], None] | None = None) -> Ready:
    """Check a job and prepare what it needs; `progress` is called with the fraction of a new run's data read.

    Raises LabError with what is wrong; no folder is left behind in that case.
    """
    if isinstance(job, Resumed):
        folder = RunFolder(Path(job.folder))
        check_run_ours(folder.path)
        prepared, point, plan = prepare_resume(
            folder, job.epochs, changed_data=job.changed_data, code=job.code
        )
        begin = partial(record_run, prepared, folder, resume=point, plan=plan, diagnostics=job.diagnostics)
        return Ready(folder, begin, prepared, point, plan, point.skipped)
    again = load_run(RunFolder(Path(job.replay))).view if job.replay else None
    fork = None
    if isinstance(job, Forked):
        parent = RunFolder(Path(job.parent))
        prepared, fork = prepare_fork(
            parent, job.file, job.experiment, job.code, changed_data=job.changed_data
        )
    else:
        prepared = prepare(job.experiment, progress, code=job.code)
    if again is not None:
        check_data(again, prepared, changed_data=job.changed_data)
    plan = replay_of(again) if again is not None else ()
    folder = create(Path(job.root), job.experiment)
    if job.name:
        _give_name(folder, job.name)
    skipped = fork.skipped if fork else prepared.skipped
    begin = partial(record_run, prepared, folder, resume=fork, plan=plan, diagnostics=job.diagnostics)
    return Ready(folder, begin, prepared, fork, plan, skipped)


def _give_name(folder: RunFolder, name: str) -> None:
    """Name a new run. Raises LabError if that fails; its folder is removed in that case."""
    try:
        write_label(folder, Label(name))
    except LabError:
        with suppress(LabError):
            remove(folder)
        raise
