"""One run trained by several ranks: rank 0 prepares it, and the others are given what they need to follow."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tui_lab.errors import InputError, LabError
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.planned import Planned
from tui_lab.runs.folder.removal import remove
from tui_lab.session.failures import explain_failure
from tui_lab.session.jobs.jobs import Job, Resumed
from tui_lab.session.jobs.prepare_job import Ready, get_ready
from tui_lab.session.ranks_timeout import rank_timeout_s
from tui_lab.session.recorder import prepare

if TYPE_CHECKING:
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.setup.prepare import Prepared


def many() -> bool:
    """Whether torchrun, or whatever sets its variables, has started this process as one of several."""
    return "RANK" in os.environ and os.environ.get("WORLD_SIZE", "1") != "1"


def follows() -> bool:
    """Whether it is one of those that rank 0 leads."""
    return many() and os.environ["RANK"] != "0"


@dataclass(frozen=True, slots=True)
class _Start:
    """What the others need. `sha256` is that of the data; `state` a packed one, with what is known of it."""

    experiment: str
    code: str
    sha256: str
    transferred: tuple[str, ...]
    plan: tuple[Planned, ...]
    state: bytes | None
    file: str
    fork: bool


def lead(job: Job, progress: Callable[[float], None] | None = None) -> Ready:
    """As `get_ready`, in rank 0; the others are ready afterwards, too.

    If torchrun has started the ranks again, the run that they trained is resumed. Raises LabError with what
    is wrong on any of them; no folder is left behind in that case.
    """
    from tui_lab.engine.ranks.group import current

    ranks = current()
    if folder := ranks.remembered():
        job = Resumed(
            folder=folder, code=job.code, diagnostics=job.diagnostics, changed_data=job.changed_data
        )
    try:
        ready = get_ready(job, progress)
    except LabError:
        ranks.share(None)
        raise
    try:
        ranks.share(_start(ready, job.code))
        problems = [problem for each in ranks.gather(_none()) for problem in each]
        if problems:
            raise InputError(problems)
        ranks.copy_from_first(ready.prepared.network)
    except LabError:
        if not isinstance(job, Resumed):
            with suppress(LabError):
                remove(ready.folder)
        raise
    ranks.remember(str(ready.folder.path.absolute()))
    return ready


def _none() -> tuple[str, ...]:
    """No problems."""
    return ()


def _start(ready: Ready, code: Code) -> _Start:
    from tui_lab.engine.checkpoints.shared_undo import packed

    prepared, point = ready.prepared, ready.point
    return _Start(
        experiment=prepared.experiment.model_dump_json(),
        code=code.model_dump_json(),
        sha256=prepared.dataset.about.sha256,
        transferred=prepared.transferred,
        plan=tuple(ready.plan),
        state=None if point is None else packed(point.state),
        file="" if point is None else point.file,
        fork=point is not None and point.fork,
    )


def follow(ready: Callable[[], None]) -> str | None:
    """Train as one of the ranks that follow, to the end; `ready` is called before the training.

    Returns why that failed, empty if another rank failed or is gone; None if all went well, or if rank 0 has
    refused to start. Raises LabError if it cannot join the others.
    """
    from tui_lab.engine.loop import run
    from tui_lab.engine.ranks.group import LostRankError
    from tui_lab.engine.ranks.join import joined

    with joined(rank_timeout_s()) as ranks:
        try:
            start = ranks.share(_no_start())
            if start is None:
                return None
            prepared, problems = _prepared(start)
            refused = any(ranks.gather(problems))
            if refused or prepared is None:
                return None
            ranks.copy_from_first(prepared.network)
            ready()
            for _ in run(prepared, SimpleQueue(), resume=_point(start, prepared), plan=start.plan):
                pass
        except LostRankError:
            return ""
        except Exception as error:
            why = " ".join(filter(None, explain_failure(error)))
            with suppress(Exception):
                ranks.say_why(why)
            return f"rank {ranks.rank}: {why}"
    return None


def _no_start() -> _Start | None:
    """What rank 0 gives instead."""
    return None


def _prepared(start: _Start) -> "tuple[Prepared | None, tuple[str, ...]]":
    """The experiment as rank 0 has prepared it, and what is wrong with it here."""
    place = f"rank {os.environ['RANK']} on {socket.gethostname()}: "
    try:
        experiment = Experiment.model_validate_json(start.experiment)
        prepared = prepare(experiment, anew=False, code=Code.model_validate_json(start.code))
    except LabError as error:
        return None, tuple(place + problem for problem in error.problems)
    about = prepared.dataset.about
    if about.sha256 != start.sha256:
        return None, (
            f"{place}{about.source}: differs from that of rank 0 (sha256 {about.sha256[:12]} here, "
            f"{start.sha256[:12]} there)",
        )
    return replace(prepared, transferred=start.transferred), ()


def _point(start: _Start, prepared: "Prepared") -> "ResumePoint | None":
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.checkpoints.shared_undo import unpacked

    if start.state is None:
        return None
    return ResumePoint(start.file, unpacked(start.state, prepared.device), fork=start.fork)
