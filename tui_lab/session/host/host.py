"""The host: a separate process that trains one run, independent of any terminal.

`python -m tui_lab.session.host.host` is started by `session.spawn` as the leader of its own session. It loads
torch, writes `{"ready": true}`, waits on standard input for one job, and answers with the run's id or with
what is wrong. It also answers questions that come before the job. Once it has a job it is independent of the
process that started it: the worker thread trains, the main thread serves `control.sock` and signals, and
output goes to the log in the run's folder. If the file system does not support sockets the run cannot be
controlled, and the log says so. If no job comes, because the other side has gone or within `IDLE_S`, it
exits. Only its answers go to standard output: anything else that is printed, also by user code, goes to
standard error, and later to the log.

Signals: TERM stops with a checkpoint (status 143), a second TERM exits at once. The other signals that end a
process by default (QUIT, USR2, ALRM, XCPU, ...) do the same, with 128 plus their number as the status. USR1
saves a checkpoint; HUP and INT are ignored.
"""

import os
import select
import selectors
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Checkpoint, Stop, decode_command
from tui_lab.runs.folder.folder import CONTROL, RunFolder
from tui_lab.safe import sentence
from tui_lab.session.host.allocator import keep_freed_memory
from tui_lab.session.host.command_server import CommandServer
from tui_lab.session.host.control_socket import listen
from tui_lab.session.host.exit_status import exit_status
from tui_lab.session.host.signals import ENDING, status_of
from tui_lab.session.host.streams import Answers, empty_input, print_to_log
from tui_lab.session.host.worker import Worker
from tui_lab.session.jobs.jobs import Job, decode_job
from tui_lab.session.queries.subprocess import answer_line, is_question
from tui_lab.session.queries.trying import forget

IDLE_S = 3600.0


def main() -> int:
    """Wait for a job, run it, and return the exit status."""
    keep_freed_memory()
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # nothing to save yet
    Thread(target=_end_if_unwanted, daemon=True).start()
    answers = Answers()
    _load_torch()
    answers.give({"ready": True})
    try:
        job = _receive(answers)
    except (ValueError, LabError) as error:
        answers.give({"refused": [f"not a valid job: {error}"]})
        return 0
    if job is None:
        return 0
    host = Host(job, answers)
    refused = host.begin()
    if refused:
        answers.give({"refused": list(refused)})
        return 2
    return host.serve()


class Host:
    """One worker, its control socket, and the signals."""

    def __init__(self, job: Job, answers: Answers) -> None:
        self._answers = answers
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._ended_by: int | None = None
        self._server: socket.socket | None = None
        self._worker = Worker(job, on_end=lambda: self._wake.send(b"."))

    def begin(self) -> tuple[str, ...]:
        """Wait until the job has been checked, and send the run's id; the problems if it was refused."""
        self._take_signals()
        self._worker.begun.wait()
        folder = self._worker.folder
        if folder is None:
            return self._worker.refused
        complaint: list[str] = []
        try:
            self._server = listen(folder)
        except OSError as error:
            complaint = [
                f"{folder.control}: cannot be created ({error}), so this run cannot be controlled;",
                f"`kill {os.getpid()}` stops it with a checkpoint, `kill -USR1 {os.getpid()}` saves one",
            ]
        self._detach(folder)
        _log(complaint)
        return ()

    def serve(self) -> int:
        """Serve commands and signals until the run has ended; the exit status."""
        commands = CommandServer(self._server, self._worker.send, decode_command)
        commands.watch(self._woken)
        while self._worker.alive:
            commands.serve()
        self._worker.join()
        commands.close()
        if self._worker.folder is not None:
            with suppress(OSError):
                self._worker.folder.files.remove(CONTROL)
        _log(self._worker.problems)
        if self._ended_by is not None:
            return status_of(self._ended_by)
        ended = self._worker.ended
        return exit_status(ended.status if ended else None, self._worker.problems)

    def _detach(self, folder: RunFolder) -> None:
        """Send the run's id, and close the pipes: output goes to the run's log from here on."""
        print_to_log(folder)
        skipped = list(self._worker.skipped)
        self._answers.give({"run_id": folder.run_id, **({"skipped": skipped} if skipped else {})})
        self._answers.close()
        _log(f"a newer checkpoint could not be used: {problem}" for problem in skipped)

    def _take_signals(self) -> None:
        def end(number: int, _frame: object) -> None:
            if self._ended_by is not None or self._worker.folder is None:  # again, or nothing to save
                os._exit(status_of(number))
            self._ended_by = number
            self._worker.send(Stop(test=False))

        for each in ENDING:
            signal.signal(each, end)
        signal.signal(signal.SIGUSR1, lambda *_: self._worker.send(Checkpoint()))
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)


def _log(problems: Iterable[str]) -> None:
    """Write to the run's log, a line each."""
    for problem in problems:
        print(sentence(problem), file=sys.stderr, flush=True)


def _end_if_unwanted() -> None:
    """Exit at once if the process that wanted a host goes away: loading torch occupies a core for seconds."""
    waiting = select.poll()
    waiting.register(sys.stdin, select.POLLIN)
    if not any(happened & select.POLLIN for _, happened in waiting.poll()):
        os._exit(0)


def _load_torch() -> None:
    import tui_lab.engine.loop  # noqa: F401
    from tui_lab.engine.setup.warm_up import warm_up_for_any_run

    warm_up_for_any_run()


def _receive(answers: Answers) -> Job | None:
    """The job from standard input, which is empty from then on; None if none will come.

    Questions that come before it are answered. Raises ValueError or LabError if the job is not valid.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            if not selector.select(IDLE_S):
                return None
            line = sys.stdin.buffer.readline()
            if not is_question(line):
                break
            answers.give(answer_line(line, answers.give_before))
    forget()
    empty_input()
    return decode_job(line) if line.strip() else None


if __name__ == "__main__":
    sys.exit(main())
