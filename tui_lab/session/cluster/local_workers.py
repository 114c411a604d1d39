"""The workers of one machine: processes that train the trials of a study side by side."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tui_lab.session.cluster.worker import WorkerJob
from tui_lab.session.host.exit_status import FAILED, FINISHED, REFUSED
from tui_lab.session.sweeps.measuring import cores


def usual_count() -> int:
    """How many workers suit this machine: one for each GPU, else one for each core."""
    return len(_gpus()) or cores()


class LocalWorkers:
    """So many processes, which end by themselves when the study has nothing left to train."""

    def __init__(self, job: WorkerJob, count: int) -> None:
        self._workers: list[subprocess.Popen[bytes]] = []
        for place in range(count):
            self._workers.append(_started(job, place, count))

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(worker.poll() is None for worker in self._workers)

    @property
    def status(self) -> int:
        """The exit status of all: refused if all were, failed if any did, though others did its trials."""
        statuses = [worker.wait() for worker in self._workers]
        if statuses and all(status == REFUSED for status in statuses):
            return REFUSED
        return FAILED if any(statuses) else FINISHED

    def stop(self, *, at_once: bool = False) -> None:
        """Have each save its trial, and leave it to others; `at_once`: kill them."""
        for worker in self._workers:
            with suppress(OSError):
                worker.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)


def _started(job: WorkerJob, place: int, count: int) -> "subprocess.Popen[bytes]":
    env = dict(os.environ)
    if count > 1:
        env["OMP_NUM_THREADS"] = str(max(1, cores() // count))
    if gpus := _gpus():
        env["CUDA_VISIBLE_DEVICES"] = gpus[place % len(gpus)]
    return subprocess.Popen(
        [sys.executable, "-m", "tui_lab.session.cluster.worker", job.model_dump_json()],
        stdin=subprocess.DEVNULL,
        env=env,
        cwd=Path("/"),
        start_new_session=True,  # Ctrl+C comes to this process only, which passes it on once
    )


def _gpus() -> list[str]:
    """The GPUs that this process may use, by what `CUDA_VISIBLE_DEVICES` calls them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [each for each in named.split(",") if each.strip()]
    return [str(number) for number in range(len(list(Path("/proc/driver/nvidia/gpus").glob("*"))))]
