"""A run in a thread of this process."""

from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView
from tui_lab.session.clients.record_queue import RecordQueue
from tui_lab.session.host.worker import Worker
from tui_lab.session.jobs.jobs import Job


class LocalSession:
    """A `Client` of a worker thread in the same process."""

    def __init__(self, job: Job) -> None:
        self._records = RecordQueue()
        self._worker = Worker(job, self._records.put)

    @property
    def run_id(self) -> str | None:
        return self._worker.folder.run_id if self._worker.folder else None

    @property
    def refused(self) -> tuple[str, ...]:
        return self._worker.refused

    @property
    def damaged(self) -> int:
        return 0

    @property
    def alive(self) -> bool:
        return self._worker.alive

    def past(self) -> RunView | None:
        return None

    def drain(self) -> list[Record]:
        return self._records.drain()

    def send(self, command: Command) -> bool:
        self._worker.send(command)
        return True

    def close(self, timeout_s: float) -> bool:
        self.send(Stop(test=False))
        return self._worker.join(timeout_s)
