"""A run in another process: watched through its journal, controlled through its socket."""

from contextlib import suppress
from dataclasses import replace
from threading import Thread
from time import monotonic
from typing import Self

from tui_lab.errors import RunError
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import Record, RunEnded, RunResumed
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import JOURNAL, RunFolder
from tui_lab.runs.folder.large_answers import LARGE, with_answer
from tui_lab.runs.folder.lock import held
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.runs.journal.snapshot import LEAST_BYTES, folded
from tui_lab.session.host import control_socket

_LOOK_S = 1.0


class RemoteSession:
    """A `Client` of the host that trains the run in `folder`.

    The host sends its watchers nothing: they read the journal, which it writes anyway. So a stalled watcher
    costs it nothing, any number can watch, and a folder on a shared file system can be watched too.
    """

    refused: tuple[str, ...] = ()

    def __init__(self, folder: RunFolder, *, long: bool = False) -> None:
        """`long`: the journal may be long. If it is, a thread reads it: the view becomes the `past`, and
        `drain` returns nothing until then.
        """
        self._folder = folder
        self._follower = Follower(folder.journal)
        self._past: RunView | None = None
        self._reader: Thread | None = None
        if long and folder.files.size(JOURNAL) >= LEAST_BYTES:
            self._reader = Thread(target=self._read_before, name="reader", daemon=True)
            self._reader.start()
        self._ended = False
        self._trained = True
        self._looked = monotonic()

    @classmethod
    def opened(cls, folder: RunFolder) -> tuple[RunView, Self]:
        """The current view of a run from its journal, and the session for what comes after.

        Raises RunError if the journal cannot be read.
        """
        session = cls(folder)
        view, session._follower = folded(folder.journal)
        session._ended = view.status != "running"
        if view.shown is not None:
            view.shown = with_answer(folder, view.shown)
        if view.evaluated is not None:
            view.evaluated = with_answer(folder, view.evaluated)
        if view.fit is not None:
            view.fit = with_answer(folder, view.fit)
        return view, session

    @property
    def run_id(self) -> str:
        return self._folder.run_id

    @property
    def damaged(self) -> int:
        return self._follower.damaged

    @property
    def alive(self) -> bool:
        """Whether records may still come: the run has not ended, and a process holds its lock."""
        if self._reader is not None:
            return True
        if not self._ended and monotonic() - self._looked > _LOOK_S:
            self._looked = monotonic()
            self._trained = held(self._folder) is not None
        return self._trained and not self._ended

    def past(self) -> RunView | None:
        if self._reader is None or self._reader.is_alive():
            return None
        self._reader, view = None, self._past
        self._past = None
        return view

    def drain(self) -> list[Record]:
        """The records since the last call; none if the folder cannot be read at the moment."""
        if self._reader is not None:
            return []
        records: list[Record] = []
        with suppress(RunError):
            records = self._follower.poll()
        for record in records:
            if isinstance(record.event, RunEnded | RunResumed):
                self._ended = isinstance(record.event, RunEnded)
        return self._with_answers(records)

    def _read_before(self) -> None:
        with suppress(RunError):
            self._past, session = self.opened(self._folder)
            self._follower, self._ended = session._follower, session._ended

    def _with_answers(self, records: list[Record]) -> list[Record]:
        """The most recent of each kind is in a file beside the journal."""
        for kind in LARGE:
            for place, record in reversed([*enumerate(records)]):
                if isinstance(record.event, kind):
                    records[place] = replace(record, event=with_answer(self._folder, record.event))
                    break
        return records

    def send(self, command: Command) -> bool:
        return control_socket.send(self._folder, command)

    def close(self, timeout_s: float) -> bool:
        """Ask the host to stop; whether it accepted the command."""
        return self.send(Stop(test=False))
