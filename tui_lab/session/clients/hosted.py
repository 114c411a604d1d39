"""A run in a host that this process started."""

from pathlib import Path
from time import monotonic, sleep

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.clients.spawn import SpareHost
from tui_lab.session.jobs.jobs import Job, Resumed

_LOOK_S = 0.02


class HostedSession:
    """A `Client` of a host from the moment it gets its job.

    Until the job has been checked there is no run to watch: `run_id` is None, and commands are held back.
    Dropping the session leaves the host training.
    """

    def __init__(self, job: Job, host: SpareHost) -> None:
        self._job, self._host = job, host
        self._remote: RemoteSession | None = None
        self.refused: tuple[str, ...] = ()
        self._waiting: list[Command] = []
        try:
            host.give(job)
        except LabError as error:
            self.refused = error.problems

    @property
    def run_id(self) -> str | None:
        return self._remote.run_id if self._remote else None

    @property
    def damaged(self) -> int:
        return self._remote.damaged if self._remote else 0

    @property
    def alive(self) -> bool:
        return self._remote.alive if self._remote else not self.refused

    def past(self) -> RunView | None:
        self._look()
        return self._remote.past() if self._remote else None

    def drain(self) -> list[Record]:
        self._look()
        return self._remote.drain() if self._remote else []

    def send(self, command: Command) -> bool:
        """Send a command; before the run has started it is held back until then."""
        if self._remote is not None:
            return self._remote.send(command)
        self._waiting.append(command)
        return True

    def close(self, timeout_s: float) -> bool:
        end = monotonic() + timeout_s
        self.send(Stop(test=False))
        while self.alive and monotonic() < end:
            self.drain()
            sleep(_LOOK_S)
        return not self.alive

    def _look(self) -> None:
        if self._remote is not None or self.refused:
            return
        try:
            run_id = self._host.outcome(timeout_s=0)
        except LabError as error:
            self.refused = error.problems
            return
        if run_id is None:
            return
        job = self._job
        folder = Path(job.folder) if isinstance(job, Resumed) else Path(job.root) / run_id
        self._remote = RemoteSession(RunFolder(folder), long=isinstance(job, Resumed))
        self._host.dismiss()
        for command in self._waiting:
            self._remote.send(command)
