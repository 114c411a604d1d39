"""What a screen or the command line uses to watch and steer a sweep."""

from time import monotonic

from tui_lab.errors import RunError
from tui_lab.protocol.sweeps.commands import SweepCommand, encode_sweep_command
from tui_lab.protocol.sweeps.events import SweepEnded, SweepResumed
from tui_lab.runs.folder.lock import held
from tui_lab.runs.sweeps.folder import SweepFolder
from tui_lab.runs.sweeps.reading import open_sweep
from tui_lab.session.host.control_socket import send_line

_LOOK_S = 1.0


class SweepClient:
    """A sweep, followed through its journal.

    `view` is what happened so far; `records`: what was taken in last; `problem`: what is wrong.

    Raises RunError if its journal cannot be read.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self.folder, self.name, self.problem = folder, folder.run_id, ""
        led = held(folder) is not None
        self.view, self._reader, self.records = open_sweep(folder)
        self._ended = self.view.status not in ("running", "paused")
        self._led, self._looked = led, monotonic()
        self._check()

    @property
    def alive(self) -> bool:
        """Whether a process leads it."""
        if not self._ended and monotonic() - self._looked > _LOOK_S:
            self._looked, self._led = monotonic(), held(self.folder) is not None
        return self._led and not self._ended

    def poll(self) -> bool:
        """Take in what happened since the last call; whether anything did. Never blocks."""
        alive = self.alive
        try:
            records = self._reader.poll()
        except RunError as error:
            self.problem = str(error)
            return False
        self.records = records
        for record in records:
            self.view.apply(record)
            if isinstance(record.event, SweepEnded | SweepResumed):
                self._ended = isinstance(record.event, SweepEnded)
        if records and not self._ended and not alive:
            self._led = held(self.folder) is not None
        return self._check() or bool(records)

    def send(self, command: SweepCommand) -> bool:
        """Send a command; whether the leading process took it. Its effect arrives as an event."""
        return send_line(self.folder, encode_sweep_command(command))

    def _check(self) -> bool:
        """A sweep without an end and without a process was interrupted; whether that is news."""
        if self._ended or self.alive or self.view.status not in ("running", "paused"):
            return False
        self.view.status, self.view.message = "stopped", "its process was ended"
        return True
