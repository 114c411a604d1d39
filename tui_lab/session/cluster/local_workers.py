"""The workers of one machine: processes that train the trials of a study side by side."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tui_lab.session.cluster.worker import WorkerJob
from tui_lab.session.host.exit_status import FAILED, FINISHED, REFUSED
from tui_lab.session.host.signals import ENDING, status_of
from tui_lab.session.sweeps.measuring import cores

_LOOK_S = 0.2


def usual_count() -> int:
    """How many workers suit this machine: one for each GPU, else one for each core."""
    return _gpus() or cores()


def work_here(job: WorkerJob, count: int) -> int:
    """Train with so many processes until the study has nothing left, or a signal comes; the exit status.

    The first signal is passed on: each worker saves its trial and leaves it to others.
    """
    received: list[int] = []
    workers: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        received.append(number)
        for worker in workers:
            with suppress(OSError):
                worker.send_signal(signal.SIGKILL if len(received) > 2 else signal.SIGTERM)

    before = {
        each: signal.signal(each, pass_on)
        for each in (signal.SIGINT, signal.SIGHUP, *ENDING)
        if signal.getsignal(each) is not signal.SIG_IGN
    }
    try:
        for place in range(count):
            workers.append(_started(job, place, count))  # noqa: PERF401 - a signal may come in between
        statuses = [_wait(worker) for worker in workers]
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if received:
        return status_of(received[0])
    return _together(statuses)


def _started(job: WorkerJob, place: int, count: int) -> "subprocess.Popen[bytes]":
    env = dict(os.environ)
    if count > 1:
        env["OMP_NUM_THREADS"] = str(max(1, cores() // count))
    if gpus := _gpus():
        env["CUDA_VISIBLE_DEVICES"] = _visible()[place % gpus]
    return subprocess.Popen(
        [sys.executable, "-m", "tui_lab.session.cluster.worker", job.model_dump_json()],
        stdin=subprocess.DEVNULL,
        env=env,
        cwd=Path("/"),
        start_new_session=True,  # Ctrl+C comes here only, and is passed on once
    )


def _wait(worker: "subprocess.Popen[bytes]") -> int:
    while True:
        with suppress(subprocess.TimeoutExpired):
            return worker.wait(_LOOK_S)  # so that a signal is handled in between


def _together(statuses: list[int]) -> int:
    """Refused if all were; failed if any did: the others have done its trials."""
    if all(status == REFUSED for status in statuses):
        return REFUSED
    return FINISHED if not any(statuses) else FAILED


def _gpus() -> int:
    return len(_visible())


def _visible() -> list[str]:
    """The GPUs that this process may use, by what `CUDA_VISIBLE_DEVICES` calls them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [each for each in named.split(",") if each.strip()]
    return [str(number) for number in range(len(list(Path("/proc/driver/nvidia/gpus").glob("*"))))]
