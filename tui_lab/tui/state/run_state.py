"""The state of the run on the screen, derived from what is known about it. No widgets, no threads."""

from typing import Literal

from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import Status
from tui_lab.runs.journal.journal_reader import left_out
from tui_lab.session.clients.client import Client
from tui_lab.session.clients.trainers import Trainers
from tui_lab.session.jobs.jobs import Job

_JOURNAL = "the journal of this run: "
Phase = Literal["rest", "starting", "training", "stopping"]


class RunState:
    """What the panes need to know about the run on the screen; `ShownRun` keeps the fields up to date."""

    def __init__(self, trainers: Trainers) -> None:
        self._trainers = trainers
        self._queued: Job | None = None
        self._client: Client | None = None
        self._fork: tuple[Experiment, bool] | None = None
        self._ours, self._spoke, self._stop_sent = True, False, False
        self.view: RunView | None = None
        self.coming: RunView | None = None

    @property
    def phase(self) -> Phase:
        """The current phase; `rest` before the first run and after each."""
        if self._queued is not None:
            return "starting"
        if self._client is None or self._over:
            return "rest"
        if self._stop_sent:
            return "stopping"
        return "training" if self._spoke else "starting"

    @property
    def _over(self) -> bool:
        """Whether the run's last event has come, though its process may still be there."""
        return self._spoke and self.view is not None and self.view.status != "running"

    @property
    def status(self) -> Status | None:
        """The status of the run on the screen; `interrupted` if it ended without a last event."""
        if self.view is None or self.begins:
            return None
        if self.view.status == "running" and not (self._client is not None and self._spoke):
            return "interrupted"
        return self.view.status

    @property
    def shown(self) -> RunView | None:
        """The run to show: the one being watched, or, while another starts, what is known about that one."""
        return self.coming if self.begins else self.view

    @property
    def begins(self) -> bool:
        """Whether a run was requested that has produced no event yet."""
        return self._queued is not None or (self._client is not None and not self._spoke)

    @property
    def left(self) -> str | None:
        """The id of the run that would keep training, empty while it has none; None if there is none."""
        return None if self._client is None or self._over else self._client.run_id or ""

    @property
    def live(self) -> RunView | None:
        """The active run, once its hyperparameters are known."""
        goes_on = self._spoke and self._client is not None and not self._over
        return self.view if goes_on and self.view is not None and self.view.hyper is not None else None

    @property
    def paused(self) -> bool:
        """Whether the active run is paused."""
        return self.live is not None and self.live.paused

    @property
    def outlives(self) -> bool:
        """Whether the active run would continue without the lab."""
        return self._trainers.outlives or not self._ours

    @property
    def free(self) -> bool:
        """Whether another run can be shown: none is running, or it would continue by itself."""
        return self.phase == "rest" or (self.outlives and self.phase in ("training", "stopping"))

    @property
    def forking(self) -> bool:
        """Whether a fork is waiting for its checkpoint."""
        return self._fork is not None

    def warn_of_damage(self, damaged: int) -> bool:
        """Warn of damaged lines in the journal of the run: one warning for all; returns whether it is new."""
        told = f"{_JOURNAL}{left_out(damaged)}"
        if self.view is None or damaged == 0 or self.begins or told in self.view.warnings:
            return False
        self.view.warnings[:] = [text for text in self.view.warnings if not text.startswith(_JOURNAL)]
        self.view.warnings.append(told)
        return True


def on_gpu(view: RunView | None) -> bool:
    """Whether the run trains on an NVIDIA GPU."""
    return view is not None and str(view.environment.get("device", "")).startswith("cuda")


def asked_of(experiment: Experiment) -> RunView:
    """What is known about a run before its first event."""
    return RunView(experiment=experiment, hyper=experiment.hyperparameters)
