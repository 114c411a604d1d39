"""A search for label errors in a process of its own, which can be cancelled."""

from pathlib import Path
from threading import Lock
from typing import Protocol

from tui_lab.errors import RunError
from tui_lab.protocol.label_errors import FindLabelErrors, LabelErrors
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_experiment
from tui_lab.session.clients.spawn import SpareHost
from tui_lab.session.queries.subprocess import Query, Told, read_answer


class LabelSearch(Protocol):
    """One search for label errors."""

    def ask(self, told: Told) -> LabelErrors:
        """Search; blocks, call on a thread. `told` is called with how far it is.

        Raises InputError if it is not possible, RunError if it fails or was cancelled.
        """

    def cancel(self) -> None:
        """End it at once, from another thread."""


class LabelSearchProcess:
    """A search in the data of the run in `folder`."""

    def __init__(self, folder: Path, wanted: FindLabelErrors) -> None:
        self._folder, self._wanted = folder, wanted
        self._host: SpareHost | None = None
        self._cancelled = False
        self._starting = Lock()

    def ask(self, told: Told) -> LabelErrors:
        experiment = load_experiment(RunFolder(self._folder))
        question = Query(experiment=experiment, command=self._wanted, run=str(self._folder))
        with self._starting:
            if self._cancelled:
                raise RunError("cancelled")
            host = self._host = SpareHost()
        try:
            return read_answer(host.ask(question, told), LabelErrors)
        finally:
            host.kill()
            host.dismiss()

    def cancel(self) -> None:
        with self._starting:
            self._cancelled = True
            if self._host is not None:
                self._host.kill()
