"""The run on the screen, in whose place a trial of a sweep can be shown. No widgets, no threads."""

from typing import Any

from tui_lab.session.clients.reopen import Reopened
from tui_lab.tui.state.pending_edits import PendingEdits
from tui_lab.tui.state.shown_run import ShownRun

_OF_ONE_RUN = (
    "view", "run_id", "home", "refused", "coming", "steer", "parent",
    "_client", "_parent_client", "_spoke", "_stop_sent", "_ours", "_past",
)  # fmt: skip
"""What differs from run to run."""


class RunOrTrial(ShownRun):
    """What is shown when a trial is opened is kept, and comes back afterwards; if it trains, it goes on."""

    _kept: dict[str, Any] | None = None

    @property
    def left(self) -> str | None:
        """A trial is not left: its sweep trains it."""
        return None if self.of_sweep else super().left

    def visit(self, trial: Reopened) -> bool:
        """Show a trial. False if the run on the screen is just starting, stopping or being forked."""
        if not self.free or self.forking or (self.parent is not None and not self._spoke):
            return False
        self.flush()
        if not self.of_sweep:
            self._kept = {name: getattr(self, name) for name in _OF_ONE_RUN}
        self._part()
        self.steer, self.coming = PendingEdits(lambda: self.clock()), None
        self.run_id, self.home, self.view = trial.folder.run_id, trial.folder.path.parent, trial.view
        self._client, self._past, self.refused = trial.client, None, ()
        self._spoke, self._stop_sent, self._ours = True, False, False
        return True

    def come_back(self) -> None:
        """Show again what was shown before the trial; nothing happens if none is shown."""
        kept, self._kept = self._kept, None
        if self.of_sweep and kept is not None:
            for name, value in kept.items():
                setattr(self, name, value)
