"""A window over the lab with the answer to a question to a run."""

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from textual.screen import ModalScreen

from tui_lab.protocol.commands import Command
from tui_lab.protocol.steering_events import CommandRefused
from tui_lab.protocol.view import RunView
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.lines import Lines

A = TypeVar("A")
TICK_S = 0.2
ASKED = "waiting for the run to finish its step…"
ENDED = "the run has ended; this is the last result"
NOBODY = "no answer: the process training this run does not accept commands from here"


class AnswerText(Lines, Generic[A]):
    """What is `found`, and a message: `words`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.found: A | None = None
        self.words = ""

    def show(self, found: A | None, words: str) -> None:
        """Show an answer, or why there is none."""
        self.found, self.words = found, words
        self.sync()


class AskingScreen(ClosingScreen[None], ModalScreen[None], Generic[A]):
    """Asks the run of `watch` and shows its answer, `found`, or a message, `words`.

    With `at_rest`, the answer comes from that function, which is called on a thread, as it may take seconds;
    its argument says whether to ask again even if the answer is cached.
    """

    LOADING: ClassVar[str]

    def __init__(self, watch: ShownRun, at_rest: Callable[[bool], A] | None) -> None:
        super().__init__()
        self.watch_run, self._at_rest = watch, at_rest
        self._background_task: BackgroundTask[A] | None = None
        self._refused: CommandRefused | None = None
        self.words = ""
        self.found = self._told() if at_rest is None else None

    def command(self) -> Command:
        """The command to send."""
        raise NotImplementedError

    def answer_of(self, view: RunView) -> A | None:
        """The latest answer of a run."""
        raise NotImplementedError

    def sync(self) -> None:
        """Update the window with `found` and `words`."""
        raise NotImplementedError

    def _told(self) -> A | None:
        return self.answer_of(self.watch_run.view) if self.watch_run.view is not None else None

    def on_mount(self) -> None:
        """Ask once the size is known."""
        self.call_after_refresh(self.ask)
        self.set_interval(TICK_S, self.tick)

    def tick(self) -> None:
        """Show an answer that has arrived; the lab below processes those of a run."""
        if self._at_rest is None:
            self._look_at_run()
        elif self._background_task is not None and self._background_task.done:
            task, self._background_task = self._background_task, None
            self.words = ""
            try:
                self.found = task.result()
            except Exception as error:  # a library can raise anything
                self.words = "; ".join(problem_of(error))
        self.sync()

    def _look_at_run(self) -> None:
        told, view = self._told(), self.watch_run.view
        refused = view.refused if view is not None else None
        if told is not self.found:
            self.found, self.words = told, ""
        elif refused is not self._refused and refused is not None:
            self._refused = refused
            if refused.command == self.command().command:
                self.words = refused.why
        elif self.watch_run.live is None:
            self.words = ENDED

    def wait(self) -> None:
        """Wait for the answer of a thread; for tests."""
        if self._background_task is not None:
            self._background_task.wait()
        self.tick()

    def action_again(self) -> None:
        """Ask again."""
        self.ask(anew=True)

    def ask(self, *, anew: bool = False) -> None:
        """Ask; with `anew`, even if the answer is cached."""
        at_rest = self._at_rest
        if at_rest is not None:
            self._background_task = self._background_task or BackgroundTask(lambda: at_rest(anew))
            self.words = self.LOADING
        elif self.watch_run.live is not None:
            view = self.watch_run.view
            self.found, self._refused = self._told(), view.refused if view is not None else None
            self.words = ASKED if self.watch_run.send(self.command()) else NOBODY
        self.sync()
