"""Starting a host and giving it its job."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import IO

from pydantic import TypeAdapter

from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.label_errors import FoldProgress
from tui_lab.session.failures import MEMORY_HINT, OUT_OF_MEMORY
from tui_lab.session.jobs.jobs import Job
from tui_lab.session.queries.subprocess import Query

_LOOK_S = 120.0
SLOW_S = 20.0
"""After this many seconds a start is reported as slow, and again each time as many have passed."""
_SLICE_S = 1.0
"""How often a thread that waits for torch checks whether another one has read that it is loaded."""
_LONG_S = 300.0
"""How long an answer may take; it may have to read the data."""
_PROGRESS = TypeAdapter(FoldProgress)
_READY = b'{"ready": true}\n'


class SpareHost:
    """A host that loads torch and then waits for a job; creating one takes a few milliseconds.

    It exits when this process ends without giving it a job. `skipped`: once the run has started, which newer
    checkpoints could not be used for it, and why.
    """

    def __init__(self) -> None:
        self._complaints = _scratch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui_lab.session.host.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints or subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        self._answers = b""
        self._reading = Lock()
        self.skipped: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether torch is loaded; does not wait."""
        if b'"ready"' not in self._answers:
            self._read(0.0)
        return b'"ready"' in self._answers

    def wait_ready(self) -> None:
        """Wait until torch is loaded. Raises RunError if the host died while loading it.

        Another thread may give it a job meanwhile, and read its answers.
        """
        while not self.ready:
            self._read(_SLICE_S)

    def ask(
        self, question: Query, told: Callable[[FoldProgress], object] = lambda _: None
    ) -> dict[str, object]:
        """Ask a question and wait for the reply; the host can still be given a job afterwards.

        `told` is called with how far it is. Raises RunError if the host has died, or says nothing for long.
        """
        self.wait_ready()
        self._write(question.model_dump_json())
        self._answers = b""
        while True:
            while b"\n" not in self._answers:
                if not self._read(_LONG_S):
                    raise RunError(f"no answer within {_LONG_S:.0f} s")
            line, _, self._answers = self._answers.partition(b"\n")
            reply: dict[str, object] = json.loads(line)
            if "progress" not in reply:
                self._answers = _READY
                return reply
            told(_PROGRESS.validate_python(reply["progress"]))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise RunError(self._died()) from None

    def give(self, job: Job) -> None:
        """Hand over the job; `outcome` says what became of it. Raises RunError if the host has died."""
        self._write(job.model_dump_json())

    def outcome(self, timeout_s: float = _LOOK_S) -> str | None:
        """The id of the run, None if it has not started within `timeout_s` seconds.

        Raises InputError with what is wrong with the job, RunError if the host has died.
        """
        while not (told := [line for line in self._lines() if line.keys() & {"run_id", "refused"}]):
            if not self._read(timeout_s):
                return None
        if "refused" in told[0]:
            raise InputError(told[0]["refused"])
        self.skipped = tuple(told[0].get("skipped", ()))
        return str(told[0]["run_id"])

    def dismiss(self) -> None:
        """Release the host: without a job it exits, with one it keeps training."""
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """End the host at once, whatever it is doing; afterwards there is no process."""
        self._process.kill()
        self._process.wait()

    def _lines(self) -> list[dict[str, list[str]]]:
        whole = self._answers[: self._answers.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def _read(self, timeout_s: float) -> bool:
        """Read more of the host's answers; False if none came in time.

        Never waits for longer, though two threads may see the same answer coming: the other one may have
        taken it when this one gets to read.
        """
        pipe = self._process.stdout
        assert pipe is not None
        with suppress(ValueError):  # closed: the other thread has read all it wanted
            if not select.select([pipe], [], [], timeout_s)[0]:
                return False
        with self._reading:
            if not pipe.closed and select.select([pipe], [], [], 0)[0]:
                data = os.read(pipe.fileno(), 65_536)
                if not data:
                    raise RunError(self._died())
                self._answers += data
        return True

    def _died(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        lines: list[str] = []
        if self._complaints is not None:
            self._complaints.seek(0)
            lines = self._complaints.read()[-2000:].decode(errors="replace").strip().splitlines()
        if any(sign in line for line in lines[-1:] for sign in OUT_OF_MEMORY):
            return f"out of memory before training started: {lines[-1]}; {MEMORY_HINT}"
        said = f": {lines[-1]}" if lines else ""
        return f"the training process ended{said}; `tui-lab doctor` may show why"

    def end(self) -> str | None:
        """End the host; the id of its run if that had started: then it saved a checkpoint first."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        with suppress(LabError):
            while (run_id := self.outcome()) is None:
                pass
            return run_id
        return None


def run_detached(
    job: Job,
    slow: Callable[[float], None] = lambda _: None,
    on_skipped: Callable[[str], object] = lambda _: None,
) -> str:
    """Start a run that needs no terminal and no parent; its id, as soon as its folder exists.

    There is no timeout; `slow` is called with the seconds so far. A busy machine is not a failure, and a user
    who is told of one would start the same run twice. On an exception, such as Ctrl+C, the host is ended, so
    that no run is left behind that the user does not know of.
    `on_skipped` is called with each newer checkpoint that could not be used, and why. Raises like `outcome`.
    """
    began = time.monotonic()
    host = SpareHost()
    try:
        host.give(job)
        while (run_id := host.outcome(SLOW_S)) is None:
            slow(time.monotonic() - began)
    except LabError:
        raise
    except BaseException:
        run_id = host.end()
        if run_id is not None:
            raise RunError(
                f"run {run_id} had started and was stopped; `tui-lab resume {run_id}` continues it"
            ) from None
        raise
    finally:
        host.dismiss()
    for problem in host.skipped:
        on_skipped(problem)
    return run_id


def _scratch() -> IO[bytes] | None:
    """An unnamed file for the host's output before its run has a log.

    In memory if no temporary folder is writable; None if that fails too.
    """
    with suppress(OSError):
        return tempfile.TemporaryFile()
    with suppress(OSError, AttributeError):
        return os.fdopen(os.memfd_create("tui-lab"), "w+b")
    return None
