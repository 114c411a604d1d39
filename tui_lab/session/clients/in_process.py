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
        self._lane = RecordQueue()
        self._worker = Worker(job, self._lane.put)

    @property
    def run_id(self) -> str | None:
        return self._worker.folder.run_id if self._worker.folder else None

    @property
    def refused(self) -> tuple[str, ...]:
        return self._worker.refused

    @property
    def damaged(self) -> int:
        """None: records come from the thread, not from the journal."""
        return 0

    @property
    def alive(self) -> bool:
        return self._worker.alive

    def past(self) -> RunView | None:
        """None: the records start at the beginning of the run."""
        return None

    def drain(self) -> list[Record]:
        """The records since the last call."""
        return self._lane.drain()

    def send(self, command: Command) -> bool:
        """Send a command; it is handled between two steps."""
        self._worker.send(command)
        return True

    def close(self, timeout_s: float) -> bool:
        """Stop without testing and wait up to `timeout_s` seconds; whether the thread has ended."""
        self.send(Stop(test=False))
        return self._worker.join(timeout_s)
