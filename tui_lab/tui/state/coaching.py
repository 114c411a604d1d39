"""What the coach says about the run on the screen. No widgets."""

from tui_lab.coach.advice import Advice
from tui_lab.coach.coach import advise
from tui_lab.coach.outcome import outcome
from tui_lab.protocol.view import RunView

PATIENCE = 3
"""While a run goes on, advice stays for so many looks after its sign has gone: it does not flicker."""


class Coaching:
    """Looks at the run when an epoch has ended.

    While it goes on, `advice` stays as it was first said, until something else is; at the end it is renewed.

    What was dismissed or applied is not said again about the same run.
    """

    def __init__(self) -> None:
        self.advice: Advice | None = None
        self._silent: dict[str, set[str]] = {}
        self._run = ""
        self._seen: tuple[object, ...] = ()
        self._missed = 0
        self._judged: set[tuple[str, int]] = set()

    def follow(self, run: str, view: RunView | None) -> str:
        """Look at a run, if there is anything new; returns what came of earlier advice, once."""
        if view is None:
            self.advice, self._seen = None, ()
            return ""
        seen = (run, len(view.history), view.history.cuts, len(view.edits), view.status)
        if seen == self._seen:
            return ""
        if run != self._run or not view.history:
            self._run, self.advice = run, None
        self._seen = seen
        self._look(view)
        found = outcome(view)
        if found is None or (run, found.step) in self._judged:
            return ""
        self._judged.add((run, found.step))
        return f"coach: {found.text}"

    def renew(self, view: RunView | None) -> None:
        """Say with the latest figures what is being said."""
        if view is not None and self.advice is not None:
            found = advise(view, frozenset(self._silent.get(self._run, ())))
            if found is not None and found.rule is self.advice.rule:
                self.advice = found

    def silence(self) -> None:
        """Do not say again about this run what is said now."""
        if self.advice is not None:
            self._silent.setdefault(self._run, set()).add(self.advice.rule.name)
            self.advice = None

    def _look(self, view: RunView) -> None:
        found = advise(view, frozenset(self._silent.get(self._run, ())))
        going_on = view.status == "running"
        if (
            found is None
            and going_on
            and self.advice is not None
            and self._missed < PATIENCE
            and not _answered(self, view)
        ):
            self._missed += 1
            return
        self._missed = 0
        if not going_on or found is None or self.advice is None or found.rule is not self.advice.rule:
            self.advice = found


def _answered(coaching: Coaching, view: RunView) -> bool:
    """Whether the advice was applied meanwhile."""
    advice = coaching.advice
    return advice is not None and any(edit.why == advice.why for edit in view.edits)
