"""Where the lab's runs are trained: each in its own host, or in a thread of the lab."""

from threading import Lock
from typing import Protocol

from tui_lab.session.clients.client import Client
from tui_lab.session.clients.spawn import SpareHost
from tui_lab.session.jobs.jobs import Job
from tui_lab.session.queries.subprocess import Answer, Query, answer, read_answer


class Trainers(Protocol):
    """What the lab needs to train runs. Only `load` and `answer` block."""

    outlives: bool
    """Whether a run keeps training when the lab exits."""
    loaded: bool
    """Whether the next run can start at once; if not, call `load`."""

    def load(self) -> None:
        """Get ready for the next run: takes seconds, call on a thread. Raises if it fails."""

    def start(self, job: Job) -> Client:
        """Start a job. Raises LabError if that is not possible."""

    def restock(self) -> None:
        """Get ready for the next run after one has ended."""

    def ask(self, question: Query, kind: type[Answer]) -> Answer:
        """Answer a question about a run that is not training; blocks, call on a thread.

        Raises InputError if the experiment is not valid, RunError if the answering process fails.
        """


class Hosts:
    """One process per run; the next one already has torch loaded when it is needed."""

    outlives = True

    def __init__(self) -> None:
        self.loaded = False
        self._spare: SpareHost | None = None
        self._talking = Lock()
        """Held while reading the output of a spare host, before it has a job."""

    def load(self) -> None:
        with self._talking:
            if self._spare is None:
                self._spare = SpareHost()
            self._spare.wait_ready()
        self.loaded = True

    def ask(self, question: Query, kind: type[Answer]) -> Answer:
        """Ask the spare host, which stays spare; a run that starts meanwhile gets a new one."""
        with self._talking:
            spare, self._spare = self._spare or SpareHost(), None
            reply = spare.ask(question)
            if self._spare is None:
                self._spare = spare
            else:
                spare.dismiss()
        return read_answer(reply, kind)

    def start(self, job: Job) -> Client:
        from tui_lab.session.clients.hosted import HostedSession

        spare, self._spare = self._spare, None
        return HostedSession(job, spare or SpareHost())

    def restock(self) -> None:
        """Start a new spare host: not before a run has ended, since loading torch occupies a core."""
        if self._spare is None:
            self._spare = SpareHost()


class InProcess:
    """Trains in a thread of the lab's own process; it ends with the lab."""

    outlives = False
    loaded = False

    def load(self) -> None:
        import tui_lab.engine.loop
        import tui_lab.session.clients.in_process  # noqa: F401
        from tui_lab.engine.setup.warm_up import warm_up_for_any_run

        warm_up_for_any_run()
        self.loaded = True

    def ask(self, question: Query, kind: type[Answer]) -> Answer:
        found = answer(question)
        assert isinstance(found, kind)
        return found

    def start(self, job: Job) -> Client:
        from tui_lab.session.clients.in_process import LocalSession

        return LocalSession(job)

    def restock(self) -> None:
        """Nothing: torch stays loaded."""
