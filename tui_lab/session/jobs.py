"""What a trainer can be given to do, as data that travels from one process to another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.runs.folder import RunFolder, create
from tui_lab.runs.reading import load_run
from tui_lab.session.again import replay_of
from tui_lab.session.forking import prepare_fork
from tui_lab.session.recorder import prepare, record_run
from tui_lab.session.resuming import prepare_resume
from tui_lab.spec.base import SpecModel
from tui_lab.spec.experiment import Experiment


class Fresh(SpecModel):
    """Train an experiment in a new run folder under `root`.

    `replay`: the folder of a run whose edits are made again, at the same steps. `first`: make one step, or
    one epoch, and pause.
    """

    job: Literal["fresh"] = "fresh"
    experiment: Experiment
    root: str
    replay: str | None = None
    first: Literal["step", "epoch"] | None = None


class Forked(SpecModel):
    """Train `experiment` in a new run folder under `root`, from a checkpoint of the run in `parent` on.

    `file` names the checkpoint; None is the last good one. `replay` as in `Fresh`.
    """

    job: Literal["forked"] = "forked"
    parent: str
    experiment: Experiment
    root: str
    file: str | None = None
    replay: str | None = None


class Resumed(SpecModel):
    """Go on with the run in `folder`; the other fields as in `prepare_resume`."""

    job: Literal["resumed"] = "resumed"
    folder: str
    epochs: int | None = None
    changed_data: bool = False


Job = Fresh | Forked | Resumed


@dataclass(frozen=True, slots=True)
class Ready:
    """A job that has been checked: the folder of its run, and what trains it, heeding a queue of commands.

    `skipped` says which checkpoints could not be used, and why.
    """

    folder: RunFolder
    begin: Callable[[SimpleQueue[Command]], Iterator[Record]]
    skipped: tuple[str, ...] = ()


def get_ready(job: Job, progress: Callable[[float], None] | None = None) -> Ready:
    """Check a job and make all it needs; `progress` hears of the share of a new run's data that was read.

    Raises LabError with what is wrong; no folder is left behind then.
    """
    if isinstance(job, Resumed):
        folder = RunFolder(Path(job.folder))
        prepared, point, plan = prepare_resume(folder, job.epochs, changed_data=job.changed_data)
        return Ready(folder, partial(record_run, prepared, folder, resume=point, plan=plan), point.skipped)
    plan = replay_of(load_run(RunFolder(Path(job.replay))).view) if job.replay else ()
    fork = None
    if isinstance(job, Forked):
        prepared, fork = prepare_fork(RunFolder(Path(job.parent)), job.file, job.experiment)
    else:
        prepared = prepare(job.experiment, progress)
    folder = create(Path(job.root), job.experiment)
    skipped = fork.skipped if fork else ()
    return Ready(folder, partial(record_run, prepared, folder, resume=fork, plan=plan), skipped)


def decode_job(line: bytes) -> Job:
    """Read a job from one line of JSON. Raises ValueError if it is none."""
    adapter: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="job")])
    return adapter.validate_json(line)
