"""Asking for the prediction of a row, again and again: the newest question is the one that counts."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from time import monotonic
from uuid import uuid4

from pydantic import TypeAdapter

from tui_lab.protocol.commands import Try
from tui_lab.protocol.steering_events import CommandRefused, Tried
from tui_lab.protocol.trial import Trial
from tui_lab.tui.inspect.screen import ASKED, NOBODY
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.state.shown_run import ShownRun

LOADING = "loading the data and the network…"
OVER = "the run has ended: close this window and open it again to try its best epoch"
UNREADABLE = "the answer could not be read: r asks again"
_LOST_S = 10.0


class Asking:
    """One question is on its way at a time; of those that come meanwhile, the newest is asked next.

    Of the run of `watch`, or with `at_rest`, of that function, on a thread; its second argument says whether
    data and weights are to be read again. `trial` and `tried`: the latest answer; `answered`: its question;
    `words`: what else is to be said.
    """

    def __init__(self, watch: ShownRun, at_rest: Callable[[Try, bool], Tried] | None = None) -> None:
        self._watch, self._at_rest = watch, at_rest
        self._name, self._numbers = uuid4().hex[:8], count(1)
        self._task: BackgroundTask[Tried] | None = None
        self._sent: Try | None = None
        self._next: Try | None = None
        self._anew = True
        self._asked_at = 0.0
        self._refused: CommandRefused | None = None
        self.trial: Trial | None = None
        self.tried: Tried | None = None
        self.answered: Try | None = None
        self.words = ""

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._sent is not None or self._next is not None

    def ask(self, wanted: Try, *, anew: bool = False) -> None:
        """Ask; returns at once. `anew`: read the data again."""
        self._next, self._anew = wanted, self._anew or anew
        self._send_next()

    def poll(self) -> None:
        """Take an answer that has come, and ask the next question."""
        if self._sent is not None:
            if self._at_rest is not None:
                self._take_task(self._sent)
            else:
                self._look_at_run(self._sent)
        self._send_next()

    def wait(self) -> None:
        """Wait until all that was asked of a thread is answered; for tests."""
        while self._task is not None:
            self._task.wait()
            self.poll()

    def _send_next(self) -> None:
        lost = self._at_rest is None and monotonic() > self._asked_at + _LOST_S
        if self._next is None or (self._sent is not None and not lost):
            return
        wanted, self._next = replace(self._next, token=f"{self._name}-{next(self._numbers)}"), None
        self._sent, self._asked_at = wanted, monotonic()
        if (at_rest := self._at_rest) is not None:
            anew, self._anew = self._anew, False
            self._task = BackgroundTask(lambda: at_rest(wanted, anew))
            self.words = LOADING if anew else ""
            return
        view = self._watch.view
        self._refused = view.refused if view is not None else None
        live = self._watch.live is not None
        if live and self._watch.send(wanted):
            self.words = ASKED if self.trial is None else ""
        else:
            self._sent, self.words = None, NOBODY if live else OVER

    def _take_task(self, wanted: Try) -> None:
        if (task := self._task) is None or not task.done:
            return
        self._task = self._sent = None
        try:
            self._take(wanted, task.result())
        except Exception as error:  # a library can raise anything
            self.words = "; ".join(problem_of(error))

    def _look_at_run(self, wanted: Try) -> None:
        view = self._watch.view
        tried, refused = (view.tried, view.refused) if view is not None else (None, None)
        if tried is not None and tried.token == wanted.token:
            self._sent = None
            self._take(wanted, tried)
        elif refused is not None and refused is not self._refused and refused.command == wanted.command:
            self._sent, self.words = None, refused.why
        elif self._watch.live is None:
            self._sent, self.words = None, OVER

    def _take(self, wanted: Try, tried: Tried) -> None:
        try:
            trial = TypeAdapter(Trial).validate_json(tried.report)
        except ValueError:  # another lab has asked since, or the disk is full
            self.words = UNREADABLE
            return
        self.trial, self.tried, self.answered, self.words = trial, tried, wanted, ""
