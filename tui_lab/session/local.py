"""A run trained by a thread of this process."""

from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import Record
from tui_lab.runs.folder import create
from tui_lab.session.failures import explain_failure
from tui_lab.session.lane import Lane
from tui_lab.session.recorder import prepare, record_run
from tui_lab.spec.experiment import Experiment


class LocalSession:
    """Owns the worker thread that runs the torch loop.

    The thread is a plain one: it takes commands from a queue between two steps, puts records into a
    `Lane`, and touches nothing else. What it refuses before a run began is in `refused`.
    """

    def __init__(self, experiment: Experiment, root: Path) -> None:
        self._experiment = experiment
        self._root = root
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._lane = Lane()
        self._run_id: str | None = None
        self._refused: tuple[str, ...] = ()
        self._thread = Thread(target=self._work, name="trainer", daemon=True)
        self._thread.start()

    @property
    def run_id(self) -> str | None:
        """The name of the run's folder; None until the experiment has been checked."""
        return self._run_id

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the experiment could not be started, a sentence each; empty if it could."""
        return self._refused

    @property
    def alive(self) -> bool:
        """Whether records may still come."""
        return self._thread.is_alive()

    def drain(self) -> list[Record]:
        """The records since the last call."""
        return self._lane.drain()

    def send(self, command: Command) -> None:
        """Ask for something; it is looked at between two steps."""
        self._commands.put(command)

    def close(self, timeout_s: float) -> bool:
        """Stop without a test and wait at most `timeout_s` seconds; whether the thread has ended."""
        self.send(Stop(test=False))
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            prepared = prepare(self._experiment)
            folder = create(self._root, self._experiment)
            self._run_id = folder.run_id
            for record in record_run(prepared, folder, self._commands):
                self._lane.put(record)
        except LabError as error:
            self._refused = error.problems
        except Exception as error:  # the screen must hear of it, whatever it is
            self._refused = (" ".join(filter(None, explain_failure(error))),)
