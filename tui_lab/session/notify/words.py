"""What a notification says about a run."""

import platform
from math import isnan

from tui_lab.experiment.catalogue import format_value
from tui_lab.experiment.metrics import main_metric
from tui_lab.protocol.events import EpochEnded, Measured, RunEnded, Tested
from tui_lab.safe import safe, sentence
from tui_lab.session.notify.notification import Notification

_VERBS = {"stalled": "stands still", "resumed": "goes on"}


class Said:
    """What is known of a run that was watched from its start, or from where it was resumed."""

    def __init__(self) -> None:
        self._epoch = self._step = 0
        self._best: EpochEnded | None = None
        self._tested: Tested | None = None

    def note(self, event: Measured | EpochEnded | Tested) -> None:
        """Take note of how far the run has come."""
        if isinstance(event, Tested):
            self._tested = event
            return
        self._epoch, self._step = event.epoch, event.step
        if isinstance(event, EpochEnded) and event.best:
            self._best = event

    def at_end(self, ended: RunEnded) -> str:
        """How it ended: the reason if there is something to know, the best epoch, the test."""
        lines = [sentence(ended.message)] if ended.status != "finished" else []
        if self._best is not None:
            best = f"best validation loss {_figure(self._best.val_loss)} in epoch {self._best.epoch}"
            lines.append(f"{best} of {self._epoch}")
        if self._tested is not None and (name := main_metric(self._tested.metrics)):
            lines.append(f"test {name} {_figure(self._tested.metrics[name])}")
        return "\n".join(lines)

    def standing_still(self, seconds: float) -> str:
        """How long, and where."""
        return f"no step for {seconds / 60:.0f} minutes, after step {self._step} in epoch {self._epoch}"

    def notification(self, run_id: str, name: str, status: str, text: str) -> Notification:
        """`name`: what the user calls the run, or empty."""
        called = safe(name, 60) or run_id
        title = f"tui-lab: {called} {_VERBS.get(status, status)}"
        where = f"{run_id} on {safe(platform.node(), 60)}" if name else f"on {safe(platform.node(), 60)}"
        return Notification(run_id, status, title, "\n".join(filter(None, (text, where))))


def _figure(value: float) -> str:
    return "undefined" if isnan(value) else format_value(float(f"{value:.4g}"))
