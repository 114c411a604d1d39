"""What a screen or the command line uses to watch and steer a study."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from tui_lab.data.messages import counted
from tui_lab.errors import LabError
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
    SweepCommand,
)
from tui_lab.protocol.sweeps.events import SweepRecord
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.sweeps.folder import SweepFolder
from tui_lab.safe import safe
from tui_lab.session.cluster.address import shown_address
from tui_lab.session.cluster.database import connect
from tui_lab.session.cluster.reader import StudyReader
from tui_lab.session.cluster.study import Study, find, names
from tui_lab.session.cluster.training import trials_folder

_LOOK_S = 1.0
_MOST_HOSTS = 8


def read_study(study: Study) -> SweepView:
    """The view of a study as it is now."""
    view = SweepView()
    _take_in(view, study.database.patiently(StudyReader(study).news))
    return view


def _take_in(view: SweepView, records: list[SweepRecord]) -> None:
    """Apply the records, and count who trains: `3 workers on 2 machines: boxa 2, boxb 1`."""
    view.apply_all(records)
    busy = {trial.worker for trial in view.trials if trial.status == "running"}
    hosts = Counter(worker.rpartition(":")[0] for worker in busy)
    view.workers = len(busy)
    each = ", ".join(f"{safe(host, 40)} {count}" for host, count in hosts.most_common(_MOST_HOSTS))
    more = f" and {len(hosts) - _MOST_HOSTS} more" if len(hosts) > _MOST_HOSTS else ""
    of = f"{counted(len(busy), 'worker', 'workers')} on {counted(len(hosts), 'machine', 'machines')}"
    view.how = f"{of}: {each}{more}" if busy else "by nobody at the moment"


def read_studies(url: str, name: str | None = None) -> list[tuple[str, SweepView]]:
    """The studies of a database with their views, the latest first; only one if it is named.

    Raises InputError if the database cannot be reached, or has no such study.
    """
    database = connect(url)
    try:
        wanted = names(database) if name is None else [name]
        return [(each, read_study(find(database, each))) for each in wanted]
    finally:
        database.close()


class StudyFeed:
    """A study, looked at once a second in a thread of its own; used as a `SweepClient` is.

    `records`: what was taken in last. `folder`: where this machine keeps the runs of its own trials. `close`
    ends it. Raises InputError if the study cannot be read.
    """

    def __init__(self, url: str, name: str, root: Path) -> None:
        database = connect(url)
        self._study = find(database, name)
        self.name, self.problem = name, ""
        self.folder = SweepFolder(trials_folder(root, name).parent)
        self.view = SweepView()
        reader = StudyReader(self._study)
        self.records = reader.news()
        _take_in(self.view, self.records)
        self._news: SimpleQueue[tuple[list[SweepRecord], str]] = SimpleQueue()
        self._commands: SimpleQueue[SweepCommand] = SimpleQueue()
        self._due, self._looked, self._closing = Event(), Event(), False
        self._thread = Thread(target=self._work, args=(reader,), name="study", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether more may happen."""
        return self.view.status in ("running", "paused")

    def poll(self) -> bool:
        """Take in what happened since the last call; whether anything did. Never blocks."""
        changed, self.records = False, []
        while True:
            try:
                records, problem = self._news.get_nowait()
            except Empty:
                return changed
            changed = changed or bool(records) or problem != self.problem
            self.problem = problem
            self.records += records
            _take_in(self.view, records)

    def look_now(self, timeout_s: float) -> bool:
        """Look at the study at once, waiting so long at most; what `poll` says."""
        self._looked.clear()
        self._due.set()
        self._looked.wait(timeout_s)
        return self.poll()

    def send(self, command: SweepCommand) -> bool:
        """Ask something of all workers; whether a study can be asked that. Its effect arrives as an event."""
        if isinstance(command, ChangeAxis) or (isinstance(command, MoreTrials) and command.axis is not None):
            self.problem = "the axes of a study are fixed; start another one with --name"
            return False
        if isinstance(command, KeepTrial) and self.view.trials[command.trial].over:
            self.problem = f"trial {command.trial} has ended for all workers; fork its run to go on with it"
            return False
        self._commands.put(command)
        self._due.set()
        return True

    def close(self) -> None:
        """Look no more."""
        self._closing = True
        self._study.database.closing.set()
        self._due.set()
        self._thread.join()
        self._study.database.close()

    def _work(self, reader: StudyReader) -> None:
        from optuna.exceptions import StorageInternalError
        from sqlalchemy.exc import SQLAlchemyError

        problem, command = "", None
        while not self._closing:
            try:
                while command is not None or not self._commands.empty():
                    command = command or self._commands.get()
                    obey(self._study, command)
                    command = None
                records, problem_now = reader.news(), ""
            except (StorageInternalError, SQLAlchemyError, LabError):
                records = []
                problem_now = f"{shown_address(self._study.database.address)}: it does not answer"
            if records or problem_now != problem:
                problem = problem_now
                self._news.put((records, problem))
            self._looked.set()
            self._due.wait(_LOOK_S)
            self._due.clear()


def obey(study: Study, command: SweepCommand) -> None:
    """Ask what a command says of all workers of a study."""
    match command:
        case StopSweep():
            study.ask(lambda now: replace(now, stopped=True))
        case PauseSweep():
            study.ask(lambda now: replace(now, paused=True))
        case ContinueSweep():
            study.ask(lambda now: replace(now, paused=False))
        case DropTrial(trial=trial):
            study.ask(lambda now: replace(now, dropped=(*now.dropped, trial)))
        case KeepTrial(trial=trial):
            study.ask(lambda now: replace(now, kept=(*now.kept, trial)))
        case MoreTrials(count=count):
            study.ask(lambda now: replace(now, trials=max(study.sweep.trials, now.trials) + count))
