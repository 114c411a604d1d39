"""The process that leads a sweep, independent of any terminal.

`python -m tui_lab.session.sweeps.host` reads one job on standard input and answers with a line of JSON: the
id of the sweep, or what is wrong with it. From then on it is on its own: commands come through
`control.sock` in the sweep's folder, everything that happens is in the sweep's journal, output goes to its
log.

Signals: TERM stops the sweep, every trial with a checkpoint (a second one ends the process at once); HUP and
INT are ignored.
"""

import os
import platform
import signal
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep

from tui_lab import __version__
from tui_lab.errors import InputError, LabError, RunError
from tui_lab.experiment.sweeps.sweep import Sweep, middle_experiment
from tui_lab.protocol.sweeps.commands import KeepTrial, StopSweep, SweepCommand, decode_sweep_command
from tui_lab.protocol.sweeps.events import SweepEnded, SweepResumed, SweepStarted, TrialsWanted
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.files.permissions import check_run_ours
from tui_lab.runs.folder.lock import RunLock, held, take
from tui_lab.runs.sweeps.folder import SweepFolder, create_sweep
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.runs.sweeps.leftovers import remove_unknown
from tui_lab.runs.sweeps.reading import open_sweep
from tui_lab.session.host.control_thread import controlled
from tui_lab.session.host.signals import ENDING, status_of
from tui_lab.session.host.streams import Answers, empty_input, print_to_log
from tui_lab.session.sweeps.jobs import NewSweep, ResumedSweep, SweepJob, decode_sweep_job
from tui_lab.session.sweeps.leader import Leader
from tui_lab.session.sweeps.measuring import cores
from tui_lab.session.sweeps.messages import Measure, Measured
from tui_lab.session.sweeps.worker_process import WorkerProcess
from tui_lab.sweep.samplers import make_sampler

_SAVED_S, _RELEASED_S = 60.0, 10.0


def main() -> int:
    """Lead the sweep that standard input asks for; the exit status."""
    os.umask(0o077)
    for ignored in (signal.SIGHUP, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)
    answers = Answers()
    workers: list[WorkerProcess] = []
    try:
        job = decode_sweep_job(sys.stdin.buffer.readline())
        workers += [WorkerProcess(number) for number in range(1, 1 + (job.workers or cores()))]
        host = Host(job, workers)
    except (LabError, ValueError) as error:
        problems = list(error.problems) if isinstance(error, LabError) else [f"not a valid job: {error}"]
        answers.give({"refused": problems})
        for worker in workers:
            worker.dismiss()
        for worker in workers:
            worker.wait(0)
        return 2
    answers.give({"sweep_id": host.folder.run_id})
    answers.close()
    return host.lead()


class Host:
    """A sweep that this process leads. Raises LabError if it cannot."""

    def __init__(self, job: SweepJob, workers: list[WorkerProcess]) -> None:
        self._view = SweepView()
        self._commands: SimpleQueue[SweepCommand] = SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._ended_by = 0
        self.folder, self._lock, began = (
            self._begin(job, workers) if isinstance(job, NewSweep) else self._go_on(job, workers)
        )
        for surplus in workers[self._plan.workers :]:
            surplus.dismiss()
        self._journal = SweepJournal.open(self.folder.journal, self._view.seq)
        self._view.apply(self._journal.append(began))
        self._journal.sync()
        if isinstance(job, ResumedSweep) and job.trials is not None:
            self._view.apply(self._journal.append(TrialsWanted(job.trials)))
        self._leader = Leader(
            self.folder,
            self._view,
            self._journal,
            workers[: self._plan.workers],
            self._plan.threads,
            job.code,
            self._plan.together,
        )
        for number in job.keep if isinstance(job, ResumedSweep) else ():
            self._leader.obey(KeepTrial(number))

    def lead(self) -> int:
        """Until the sweep has ended; the exit status."""
        print_to_log(self.folder)
        empty_input()
        self._take_signals()
        self._leader.watch(self._woken, self._obey)
        try:
            with controlled(self.folder, self._heard, decode_sweep_command):
                ended = self._leader.lead()
        except RunError as error:  # the journal cannot be written: nothing may go on unrecorded
            print(f"tui-lab: {error}", file=sys.stderr, flush=True)
            ended = SweepEnded("failed", str(error))
        except Exception as error:
            traceback.print_exc()
            ended = SweepEnded("failed", f"a bug in tui-lab ({type(error).__name__}): see {self.folder.log}")
            with suppress(RunError):
                self._journal.append(ended)
        self._leader.close()
        with suppress(RunError):
            self._journal.close()
        self._lock.release()
        return status_of(self._ended_by) if self._ended_by else int(ended.status == "failed")

    def _begin(
        self, job: NewSweep, workers: list[WorkerProcess]
    ) -> tuple[SweepFolder, RunLock, SweepStarted]:
        """Check everything, then create the folder."""
        sweep = job.sweep
        make_sampler(sweep, (), ())
        self._plan = _measured(workers[0], Measure(middle_experiment(sweep), job.exact, job.code))
        if job.workers is not None:
            self._plan = _with_workers(self._plan, min(job.workers, sweep.trials))
        sweep = _with_speed(sweep, self._plan)
        folder = create_sweep(Path(job.root), sweep.experiment.preset)
        began = SweepStarted(sweep, _environment(), self._plan.workers, self._plan.how)
        return folder, take(folder), began

    def _go_on(
        self, job: ResumedSweep, workers: list[WorkerProcess]
    ) -> tuple[SweepFolder, RunLock, SweepResumed]:
        folder = SweepFolder(Path(job.folder))
        check_run_ours(folder.path)
        _wait_for_its_end(folder)
        lock = take(folder)
        self._view, reader, _ = open_sweep(folder)
        if reader.damaged:
            raise RunError(f"{folder.journal}: damaged lines: {reader.damaged}; the sweep cannot go on")
        assert self._view.sweep is not None
        sweep = self._view.sweep
        done = all(trial.over for trial in self._view.trials) and len(self._view.trials) >= sweep.trials
        if done and not job.keep and (job.trials or 0) <= sweep.trials:
            raise InputError(
                f"sweep {folder.run_id} has finished its {sweep.trials:,} trials; `--trials N` adds more"
            )
        _wait_for_the_others(folder, self._view)
        remove_unknown(folder, self._view)
        self._plan = _measured(workers[0], Measure(middle_experiment(sweep), exact=True, code=job.code))
        if job.workers is not None:
            self._plan = _with_workers(self._plan, job.workers)
        return folder, lock, SweepResumed(_environment(), self._plan.workers, self._plan.how)

    def _heard(self, command: SweepCommand) -> None:
        self._commands.put(command)
        self._wake.send(b".")

    def _obey(self) -> None:
        """Carry out what was heard, in the thread that leads."""
        self._woken.recv(4096)
        while not self._commands.empty():
            self._leader.obey(self._commands.get())

    def _take_signals(self) -> None:
        def end(number: int, _frame: object) -> None:
            if self._ended_by:
                os._exit(status_of(number))
            self._ended_by = number
            self._commands.put(StopSweep())

        for each in ENDING:
            signal.signal(each, end)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)


def _wait_for_its_end(folder: SweepFolder) -> None:
    """A process whose sweep has just ended still holds it for a moment."""
    until = monotonic() + _RELEASED_S
    while held(folder) and open_sweep(folder)[0].status not in ("running", "paused") and monotonic() < until:
        sleep(0.05)


def _wait_for_the_others(folder: SweepFolder, view: SweepView) -> None:
    """Workers whose leader was killed save what they have; until then they hold their trials."""
    until = monotonic() + _SAVED_S
    for trial in view.trials:
        while trial.run_id and not trial.over and held(folder.trial(trial.run_id)) and monotonic() < until:
            sleep(0.05)


def _measured(worker: WorkerProcess, order: Measure) -> Measured:
    """How a worker says trials are best trained. Raises LabError if they cannot be trained."""
    worker.send(order)
    while True:
        reports = worker.reports()
        if reports is None:
            raise RunError("the training process ended; `tui-lab doctor` may show why")
        for report in reports:
            if isinstance(report, Measured):
                if report.problems:
                    raise InputError(report.problems)
                return report


def _with_workers(plan: Measured, count: int) -> Measured:
    if count == plan.workers:
        return plan
    how = f"{count} at a time, as asked" if count > 1 else "one after another, as asked"
    return replace(plan, workers=count, how=how)


def _with_speed(sweep: Sweep, plan: Measured) -> Sweep:
    """The sweep with the speed that was found best for its trials."""
    hyper = sweep.experiment.hyperparameters
    if any(axis.name == "speed" for axis in sweep.axes) or hyper.speed == plan.speed:
        return sweep
    hyper = hyper.model_copy(update={"speed": plan.speed})
    experiment = sweep.experiment.model_copy(update={"hyperparameters": hyper})
    return sweep.model_copy(update={"experiment": experiment})


def _environment() -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "tui_lab": __version__,
        "host": platform.node(),
        "cores": cores(),
    }


if __name__ == "__main__":
    sys.exit(main())
