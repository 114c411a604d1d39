"""A worker: a process that trains the trials of a study one by one until none is left.

`python -m tui_lab.session.cluster.worker JOB`, where the job is one line of JSON without any secret.
"""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from time import time

from tui_lab.errors import InputError, LabError
from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.safe import sentence
from tui_lab.session.cluster.claims import Claims
from tui_lab.session.cluster.database import connect
from tui_lab.session.cluster.study import Study, find
from tui_lab.session.cluster.training import Trainer
from tui_lab.session.host.exit_status import FAILED, FINISHED, REFUSED
from tui_lab.session.host.signals import STOPPING, handle, status_of
from tui_lab.session.jobs.jobs import FolderPath

_DATA = "tui_lab_data"
_CLOSE_S = 10.0
"""How long a worker that is to end waits for a database that is gone."""
_MOST_FAILED = 5
"""After so many trials in a row that failed before their first epoch, it is this machine that fails."""


class WorkerJob(SpecModel):
    """What a worker is to do. `root`: of the runs on this machine; `code`: the user code that may run.

    `quiet`: it says only what is wrong.
    """

    url: str
    study: str
    root: FolderPath
    code: Code = NO_CODE
    quiet: bool = False
    grace_s: int = 60
    beat_s: int = 10


def work(job: WorkerJob) -> int:
    """Train until nothing is left; the exit status. Raises InputError if this machine cannot train it."""
    name = f"{socket.gethostname()}:{os.getpid()}"

    def say(text: str) -> None:
        print(sentence(f"{name}: {text}"), file=sys.stderr, flush=True)

    database = connect(job.url, grace_s=job.grace_s, beat_s=job.beat_s, say=say)
    study = find(database, job.study)
    _check_here(study, job.code)
    trainer = Trainer(study, Path(job.root), job.code, say)
    received: list[int] = []

    def stop(number: int, _: object) -> None:
        received.append(number)
        trainer.stop()
        timer = Timer(_CLOSE_S, database.closing.set)
        timer.daemon = True
        timer.start()

    handle(STOPPING, stop)
    claims = Claims(study, name, socket.gethostname())
    try:
        status = _train_all(study, claims, trainer, say, quiet=job.quiet)
    except LabError:
        if not received:
            raise
        status = FINISHED
    finally:
        database.close()
    return status_of(received[0]) if received else status


def _train_all(
    study: Study, claims: Claims, trainer: Trainer, say: Callable[[str], object], *, quiet: bool
) -> int:
    database, failed = study.database, 0
    wait_s = min(2.0, database.beat_s)
    while not trainer.stopping:
        control = database.patiently(study.control)
        if control.stopped:
            say("the sweep was stopped; the `tui-lab sweep` that created it goes on with it")
            break
        if study.sweep.budget_s is not None and time() - study.began > study.sweep.budget_s:
            say(f"the budget of {study.sweep.budget_s:g} s is spent")
            break
        plan = None if control.paused else database.patiently(claims.take)
        if plan is None:
            if not control.paused and not claims.left:
                break
            database.closing.wait(wait_s)
            continue
        if plan.number in control.dropped:
            trainer.drop(plan)
            continue
        end = trainer.train(plan)
        if end is not None:
            if not quiet:
                say(_line(end, study.sweep))
            failed = failed + 1 if end.status == "failed" and not end.epoch else 0
        if failed >= _MOST_FAILED:
            say(f"{failed} trials in a row could not be started here, so this worker ends")
            return FAILED
    return FINISHED


def _line(end: TrialEnded, sweep: Sweep) -> str:
    why = f": {end.message}" if end.message and end.status != "finished" else ""
    return (
        f"trial {end.trial}: {end.status.replace('_', ' ')}, {sweep.metric} {end.best:.6g} "
        f"(epoch {end.best_epoch} of {end.epoch}){why}"
    )


def _check_here(study: Study, code: Code) -> None:
    """Raise InputError unless this machine has what the trials need, and the same data as the others."""
    try:
        import torch  # noqa: F401
    except ImportError:
        raise InputError(f"host {socket.gethostname()} has no torch") from None
    from tui_lab.session.recorder import prepare

    here = prepare(study.sweep.experiment, code=code).dataset.about.sha256
    database = study.database
    with database.locked():
        there = study.attributes().get(_DATA)
        if there is None:
            database.storage.set_study_user_attr(study.study_id, _DATA, here)
    if there not in (None, here):
        raise InputError(
            f"{study.sweep.experiment.data.file}: the data on {socket.gethostname()} differ from those of "
            f"the study (sha256 {here[:12]} here, {str(there)[:12]} there); copy the same file there"
        )


def main() -> int:
    """The entry point; errors go to stderr, one per line."""
    import warnings

    warnings.simplefilter("ignore")
    try:
        return work(WorkerJob.model_validate_json(sys.argv[1]))
    except LabError as error:
        for problem in error.problems:
            print(f"{socket.gethostname()}:{os.getpid()}: {problem}", file=sys.stderr, flush=True)
        return REFUSED if isinstance(error, InputError) else FAILED


if __name__ == "__main__":
    sys.exit(main())
