"""The run that the screen shows: asked for, started, watched, stopped. No widget, no thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Stop
from tui_lab.protocol.view import RunView, Status
from tui_lab.runs.listing import RunLine
from tui_lab.session.client import Client
from tui_lab.session.jobs import Job
from tui_lab.session.reopening import Reopened
from tui_lab.session.trainers import Trainers, fresh, resumed
from tui_lab.spec.experiment import Experiment

Phase = Literal["rest", "starting", "training", "stopping"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A run of the list that is to be shown; `resume` asks to go on with it."""

    run: Reopened
    line: RunLine
    resume: bool


class Watch:
    """One run at a time. `tick` is to be called on a timer.

    `view` and `run_id` are of the run that is shown: it stays until the next one has said something,
    so a start that is refused takes nothing away. `refused` says why the last start was.
    """

    def __init__(self, trainers: Trainers, root: Path) -> None:
        self._trainers = trainers
        self.root = root
        self._ready = trainers.loaded
        self._queued: Job | None = None
        self._client: Client | None = None
        self._ours = True
        self._past: RunView | None = None
        self._spoke = False
        self._stop_sent = False
        self.view: RunView | None = None
        self.run_id: str | None = None
        self.refused: tuple[str, ...] = ()

    @property
    def phase(self) -> Phase:
        """What goes on; `rest` before the first run and after each."""
        if self._queued is not None:
            return "starting"
        if self._client is None:
            return "rest"
        if self._stop_sent:
            return "stopping"
        return "training" if self._spoke else "starting"

    @property
    def status(self) -> Status | None:
        """How the run that is shown stands; `interrupted` if it broke off without a last event."""
        if self.view is None:
            return None
        if self.view.status == "running" and not (self._client is not None and self._spoke):
            return "interrupted"
        return self.view.status

    @property
    def in_force(self) -> Experiment | None:
        """What the run that goes on was asked to do."""
        return self.view.experiment if self.view is not None and self._spoke and self._client else None

    @property
    def outlives(self) -> bool:
        """Whether the run that goes on would go on without this screen."""
        return self._trainers.outlives or not self._ours

    @property
    def free(self) -> bool:
        """Whether another run can be shown: nothing goes on, or what does trains on by itself."""
        return self.phase == "rest" or (self.outlives and self.phase in ("training", "stopping"))

    def train(self, experiment: Experiment) -> bool:
        """Start a run, or queue it until `make_ready`. False if one goes on already."""
        if self.phase != "rest":
            return False
        self._past = None
        self._start(fresh(experiment, self.root))
        return True

    def attach(self, client: Client) -> None:
        """Watch a run that somebody else began."""
        self._spoke = self._stop_sent = self._ours = False
        self._client = client

    def reopen(self, opened: Opened) -> bool:
        """Show a run of the list, or go on with it; what is shown now trains on. False if it cannot."""
        run, resume = opened.run, opened.resume
        if not self.free:
            return False
        self.run_id, self.view, self.refused = run.folder.run_id, run.view, ()
        self._client, self._queued, self._past = None if resume else run.client, None, None
        self._spoke, self._stop_sent, self._ours = True, False, run.client is None
        if resume:
            self._past = run.view
            self._start(resumed(run.folder))
        return True

    def make_ready(self) -> None:
        """What a run needs is loaded: begin what was queued."""
        self._ready = True
        queued, self._queued = self._queued, None
        if queued is not None:
            self._begin(queued)

    def refuse(self, problems: tuple[str, ...]) -> None:
        """No run can be started, for these reasons; one that was queued is dropped."""
        self._queued = None
        self.refused = problems

    def stop(self) -> bool:
        """Ask the run to end, or take back a queued one. False if there is none, or nobody took it."""
        if self._queued is not None:
            self._queued = None
            return True
        if self._client is None or self._stop_sent:
            return False
        self._stop_sent = self._client.send(Stop())
        return self._stop_sent

    def tick(self) -> bool:
        """Take in what has happened; whether anything did."""
        client = self._client
        if client is None:
            return False
        ended = not client.alive  # asked before draining: what comes after is then in the drain
        records = client.drain()
        if records and not self._spoke:
            whole = records[0].seq <= 1 or self._past is None  # a thread tells only what is new
            self._spoke, self.run_id = True, client.run_id
            self.view = RunView() if whole else self._past
        if self.view is not None:
            for record in records:
                self.view.apply(record)
        if ended:
            self._client = None
            self._trainers.restock()
            if self._spoke and self.view is not None:
                self.view.message = self.view.message or "; ".join(client.refused)
            else:
                self.refused = client.refused
        return bool(records) or ended

    def leave(self) -> None:
        """Ask a run to end without waiting and without a test, as somebody is leaving."""
        self._queued = None
        if self._client is not None:
            self._client.send(Stop(test=False))

    def close(self, timeout_s: float) -> bool:
        """End the run if one goes on; whether nothing trains any more."""
        self._queued = None
        return self._client is None or self._client.close(timeout_s)

    def _start(self, job: Job) -> None:
        self.refused = ()
        if self._ready:
            self._begin(job)
        else:
            self._queued = job

    def _begin(self, job: Job) -> None:
        self._spoke = self._stop_sent = False
        self._ours = True
        try:
            self._client = self._trainers.start(job)
        except LabError as error:
            self.refused = error.problems
