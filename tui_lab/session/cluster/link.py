"""The line from a trial in training to its study: training never waits for the database for long."""

from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Literal, Self

from tui_lab.errors import RunError
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.study import CONTROL, Control, Study, looks
from tui_lab.session.cluster.trials import ENDED, FOLDER, RELEASED, Planned, written_end

if TYPE_CHECKING:
    from optuna.trial import TrialState

Verdict = Literal["go_on", "give_up", "drop", "pause", "stop", "lost"]
"""What the study says about a trial. `lost`: it was taken for lost, and others train it now."""
_REPORT_S = 1.0
_MOST_POINTS = 20
"""How many epochs are reported each time; of a trial that trains faster, some in between are left out."""
_ANSWER_S = 1.0
"""How long training waits for the answer at an epoch at which the stop rule decides."""


class TrialLink:
    """Reports a trial in a thread of its own, gives signs of life, and hears what is to become of it.

    `changed` is called in that thread whenever the verdict is another one than before.
    """

    def __init__(self, study: Study, plan: Planned, changed: Callable[[Verdict], object]) -> None:
        self._study, self._plan, self._changed = study, plan, changed
        self._looks = looks(study.sweep)
        self._due = Condition()
        self._passed: list[tuple[int, float]] = []
        self._wanted: list[tuple[int, float]] = []
        self._folder = ""
        self._closing = self._over = False
        self._verdict: Verdict = "go_on"
        self._thread = Thread(target=self._work, name="link", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._due:
            self._closing = True
            self._due.notify_all()
        self._thread.join()

    @property
    def verdict(self) -> Verdict:
        return self._verdict

    def looks_at(self, epoch: int) -> bool:
        """Whether the stop rule decides after this epoch."""
        return epoch in self._looks

    def began(self, folder: str) -> None:
        """Write down where its run is, so that others can go on with it."""
        with self._due:
            self._folder = folder
            self._due.notify_all()

    def report(self, epoch: int, value: float) -> Verdict:
        """Report the metric after an epoch; at some epochs this waits a moment for the stop rule."""
        with self._due:
            if epoch not in self._looks:
                self._passed.append((epoch, value))
                return self._verdict
            self._wanted.append((epoch, value))
            self._due.notify_all()
            self._due.wait_for(lambda: not self._wanted or self._over, _ANSWER_S)
        return self._verdict

    def end(self, end: TrialEnded) -> bool:
        """Write down how it ended, however long the database is gone; False if others train it now.

        The link must have been closed. Raises RunError if the database refuses it.
        """
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        database, trial_id = self._study.database, self._plan.trial_id
        state = {"finished": TrialState.COMPLETE, "given_up": TrialState.PRUNED}.get(
            end.status, TrialState.FAIL
        )
        value = None if state == TrialState.FAIL or not isfinite(end.best) else [end.best]
        if value is None:
            state = TrialState.FAIL
        try:
            self._send_folder()
            database.patiently(self._send, _some(sorted([*self._passed, *self._wanted])), False)
            database.patiently(database.storage.set_trial_user_attr, trial_id, ENDED, written_end(end))
            database.patiently(self._set_state, state, value)
        except UpdateFinishedTrialError:
            return False
        return True

    def release(self) -> None:
        """Let others take it up: it is not finished, and this worker ends."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        database, trial_id = self._study.database, self._plan.trial_id
        with suppress(UpdateFinishedTrialError):
            self._send_folder()
            database.patiently(database.storage.set_trial_user_attr, trial_id, RELEASED, True)
            database.patiently(self._set_state, TrialState.FAIL, None)

    def _set_state(self, state: "TrialState", values: list[float] | None) -> None:
        """Set the state; that it is set already, by a try that seemed to fail, is no error."""
        from optuna.exceptions import UpdateFinishedTrialError

        storage = self._study.database.storage
        try:
            storage.set_trial_state_values(self._plan.trial_id, state, values)
        except UpdateFinishedTrialError:
            if storage.get_trial(self._plan.trial_id).state != state:
                raise

    def _work(self) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        database = self._study.database
        beat = reported = monotonic()
        try:
            while True:
                with self._due:
                    self._due.wait_for(lambda: self._closing or self._wanted or self._folder, _REPORT_S / 2)
                    if self._closing:
                        return
                    wanted = list(self._wanted)
                    passed = 0
                    if wanted or monotonic() - reported >= _REPORT_S:
                        passed, reported = len(self._passed), monotonic()
                self._send_folder()
                if wanted or passed:
                    points = sorted([*wanted, *_some(self._passed[:passed])])
                    database.patiently(self._send, points, bool(wanted))
                    with self._due:
                        del self._wanted[: len(wanted)], self._passed[:passed]
                        self._due.notify_all()
                if monotonic() - beat >= min(database.beat_s, 2.0):
                    beat = monotonic()
                    database.patiently(database.storage.record_heartbeat, self._plan.trial_id)
                    database.patiently(self._hear)
        except UpdateFinishedTrialError:
            self._decide("lost")
        except RunError:
            if not self._closing:
                self._decide("stop")
        finally:
            database.storage.remove_session()
            with self._due:
                self._over = True
                self._due.notify_all()

    def _send_folder(self) -> None:
        if folder := self._folder:
            database = self._study.database
            database.patiently(database.storage.set_trial_user_attr, self._plan.trial_id, FOLDER, folder)
            self._folder = ""

    def _send(self, points: list[tuple[int, float]], look: bool) -> None:
        storage, trial_id = self._study.database.storage, self._plan.trial_id
        for epoch, value in points:
            storage.set_trial_intermediate_value(trial_id, epoch, value)
        if look and self._plan.number not in self._study.control().kept:
            study = self._study.optuna
            if study.pruner.prune(study, storage.get_trial(trial_id)):
                self._decide("give_up")

    def _hear(self) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        if self._study.database.storage.get_trial(self._plan.trial_id).state.is_finished():
            raise UpdateFinishedTrialError
        control = Control.read(self._study.attributes().get(CONTROL))
        if control.stopped:
            self._decide("stop")
        elif self._plan.number in control.dropped:
            self._decide("drop")
        elif self._verdict in ("go_on", "pause"):
            self._decide("pause" if control.paused else "go_on")

    def _decide(self, verdict: Verdict) -> None:
        if verdict != self._verdict:
            self._verdict = verdict
            self._changed(verdict)


def _some(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most `_MOST_POINTS` of them, evenly spread, with the last."""
    return points[-1 :: -max(1, -(-len(points) // _MOST_POINTS))][::-1]
