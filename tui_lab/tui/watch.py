"""The run that the screen shows: asked for, started, watched, stopped. No widget, no thread."""

from pathlib import Path
from typing import Literal

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Stop
from tui_lab.protocol.view import RunView, Status
from tui_lab.session.client import Client
from tui_lab.session.trainers import Trainers, fresh
from tui_lab.spec.experiment import Experiment

Phase = Literal["rest", "starting", "training", "stopping"]


class Watch:
    """One run at a time. `tick` is to be called on a timer.

    `view` and `run_id` are of the run that is shown: it stays until the next one has said something,
    so a start that is refused takes nothing away. `refused` says why the last start was.
    """

    def __init__(self, trainers: Trainers, root: Path) -> None:
        self._trainers = trainers
        self._root = root
        self._ready = trainers.loaded
        self._queued: Experiment | None = None
        self._client: Client | None = None
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

    def train(self, experiment: Experiment) -> bool:
        """Start a run, or queue it until `make_ready`. False if one goes on already."""
        if self.phase != "rest":
            return False
        self.refused = ()
        if self._ready:
            self._begin(experiment)
        else:
            self._queued = experiment
        return True

    def attach(self, client: Client) -> None:
        """Watch a run that somebody else began."""
        self._spoke = self._stop_sent = False
        self._client = client

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
            self._spoke, self.view, self.run_id = True, RunView(), client.run_id
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

    def _begin(self, experiment: Experiment) -> None:
        self._spoke = self._stop_sent = False
        try:
            self._client = self._trainers.start(fresh(experiment, self._root))
        except LabError as error:
            self.refused = error.problems
