"""A run trained by another process: watched by its journal, steered by its socket."""

from dataclasses import replace
from time import monotonic

from tui_lab.errors import RunError
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import Record, RunEnded, RunResumed
from tui_lab.protocol.steering import SamplesShown
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.follow import Follower
from tui_lab.runs.lock import held
from tui_lab.runs.samples import with_images
from tui_lab.session import control

_LOOK_S = 1.0


class RemoteSession:
    """A `Client` of the host that trains the run in `folder`.

    Nothing flows from the host to its watchers but the journal, which it writes anyway: so a watcher that
    stalls costs it nothing, any number may watch, and a folder on a shared file system can be watched too.
    """

    refused: tuple[str, ...] = ()

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._follower = Follower(folder.journal)
        self._ended = False
        self._trained = True
        self._looked = monotonic()

    @property
    def run_id(self) -> str:
        """The name of the run's folder."""
        return self._folder.run_id

    @property
    def alive(self) -> bool:
        """Whether records may still come: the run has no end, and a process holds it."""
        if not self._ended and monotonic() - self._looked > _LOOK_S:
            self._looked = monotonic()
            self._trained = held(self._folder) is not None
        return self._trained and not self._ended

    def drain(self) -> list[Record]:
        """The records since the last call; none if the folder cannot be read at the moment."""
        try:
            records = self._follower.poll()
        except RunError:
            return []
        for record in records:
            if isinstance(record.event, RunEnded | RunResumed):
                self._ended = isinstance(record.event, RunEnded)
        return self._with_images(records)

    def _with_images(self, records: list[Record]) -> list[Record]:
        """The latest images that were shown lie beside the journal."""
        place = next(
            (k for k in reversed(range(len(records))) if isinstance(records[k].event, SamplesShown)), None
        )
        if place is not None:
            record = records[place]
            assert isinstance(record.event, SamplesShown)
            records[place] = replace(record, event=with_images(self._folder, record.event))
        return records

    def send(self, command: Command) -> bool:
        """Give a command to the host; whether it took it."""
        return control.send(self._folder, command)

    def close(self, timeout_s: float) -> bool:
        """Ask the host to stop; whether it took the command."""
        return self.send(Stop(test=False))
