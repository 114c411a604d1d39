"""Where a lab's runs are trained: in hosts of their own, or in a thread of the lab."""

from pathlib import Path
from threading import Lock
from typing import Literal, Protocol

from tui_lab.runs.folder import RunFolder
from tui_lab.session.client import Client
from tui_lab.session.inside import Answer, Question, answer, read_answer
from tui_lab.session.jobs import Forked, Fresh, Job, Resumed
from tui_lab.session.spawn import SpareHost
from tui_lab.spec.experiment import Experiment


class Trainers(Protocol):
    """What a lab needs to have runs trained. No method but `load` waits."""

    outlives: bool
    """Whether a run goes on when the lab ends."""
    loaded: bool
    """Whether the next run can begin at once; if not, `load` sees to it."""

    def load(self) -> None:
        """Get ready for the next run: takes seconds, to be called on a thread. Raises if it fails."""
        ...

    def start(self, job: Job) -> Client:
        """Begin a job. Raises LabError if that cannot even be tried."""
        ...

    def restock(self) -> None:
        """Get ready for the run after the one that has just ended."""
        ...

    def ask(self, question: Question, kind: type[Answer]) -> Answer:
        """Answer a question about a run that nobody trains: waits, to be called on a thread.

        Raises InputError if it could not be trained, RunError if the process that should answer fails.
        """
        ...


class Hosts:
    """A process for every run; the next one has torch loaded already when it is wanted."""

    outlives = True

    def __init__(self) -> None:
        self.loaded = False
        self._spare: SpareHost | None = None
        self._talking = Lock()
        """Held by whoever reads what a spare host says, before it has a job."""

    def load(self) -> None:
        """Keep a host in stock, and wait until it has loaded torch."""
        with self._talking:
            if self._spare is None:
                self._spare = SpareHost()
            self._spare.wait_ready()
        self.loaded = True

    def ask(self, question: Question, kind: type[Answer]) -> Answer:
        """Ask the host in stock, which goes back there; a run that begins meanwhile gets a new one."""
        with self._talking:
            spare, self._spare = self._spare or SpareHost(), None
            reply = spare.ask(question)
            if self._spare is None:
                self._spare = spare
            else:
                spare.dismiss()
        return read_answer(reply, kind)

    def start(self, job: Job) -> Client:
        """Give the job to the host in stock, or to a new one."""
        from tui_lab.session.hosted import HostedSession

        spare, self._spare = self._spare, None
        return HostedSession(job, spare or SpareHost())

    def restock(self) -> None:
        """Put a new host in stock: not before a run has ended, since loading torch takes a core."""
        if self._spare is None:
            self._spare = SpareHost()


class InProcess:
    """A thread of the lab's own process trains; it ends with the lab."""

    outlives = False
    loaded = False

    def load(self) -> None:
        """Import torch and the engine, and make torch's first step."""
        import tui_lab.engine.loop
        import tui_lab.session.local  # noqa: F401
        from tui_lab.engine.warm import warm_up

        warm_up()
        self.loaded = True

    def ask(self, question: Question, kind: type[Answer]) -> Answer:
        """Answer it on the thread that asks."""
        found = answer(question)
        assert isinstance(found, kind)
        return found

    def start(self, job: Job) -> Client:
        """Begin the job on a thread."""
        from tui_lab.session.local import LocalSession

        return LocalSession(job)

    def restock(self) -> None:
        """Nothing: torch stays loaded."""


def fresh(experiment: Experiment, root: Path, first: Literal["step", "epoch"] | None = None) -> Job:
    """The job of training an experiment in a new folder under `root`; `first` as in `Fresh`."""
    return Fresh(experiment=experiment, root=str(root), first=first)


def forked(parent: Path, file: str | None, child: Experiment, root: Path) -> Job:
    """The job of training a fork of the run in `parent` from its checkpoint `file`, or from its last one."""
    return Forked(parent=str(parent), file=file, experiment=child, root=str(root))


def resumed(folder: RunFolder, epochs: int | None = None) -> Job:
    """The job of going on with a run."""
    return Resumed(folder=str(folder.path), epochs=epochs)
