"""The keys by which the run on the screen is steered: pause, single steps, undo, fork."""

from typing import Literal

from textual.screen import Screen

from tui_lab.errors import InputError
from tui_lab.protocol.commands import Advance, Command, Pause, Resume, Undo
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.steering import Undone
from tui_lab.tui.fork_draft import ForkDraft
from tui_lab.tui.key import Place
from tui_lab.tui.notices import Notices
from tui_lab.tui.screens.ask import AskScreen
from tui_lab.tui.watch import First, Opened, Watch

NOBODY = "not sent: the process training this run does not accept commands from here"
NO_EDIT = "nothing to undo: no edit since this process started training the run"
STARTING = "one moment: the run has not started yet"
PARENT = (
    ("g", "keep training", "It keeps training in its own process."),
    ("x", "stop", "It stops here and is kept."),
    ("escape", "back", "Back, without starting the fork."),
)
PAUSED_PARENT = (
    ("p", "stay paused", "It stays paused in its own process."),
    *PARENT,
)


class SteeredScreen(Screen[Opened | None]):
    """A screen that shows one run. `_draft` is a fork that is being thought of."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._draft: ForkDraft | None = None
        self.notices = Notices()

    def sync(self) -> None:
        """Show everything as it stands."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a message for a while."""
        self.notices.say(text)
        self.sync()

    def show_pane(self, pane: Place) -> None:
        """Go to a pane."""
        raise NotImplementedError

    def begin(self, first: First = None) -> None:
        """Start a run; with `first` it pauses after one step or epoch."""
        raise NotImplementedError

    def leave_field(self) -> bool:
        """Apply what is in the field, if one is open; False if it cannot be, and stays open."""
        raise NotImplementedError

    def take_back(self) -> bool:
        """At rest: bring back what was set before values were kept; whether there was anything."""
        raise NotImplementedError

    def point_at_fault(self, problems: tuple[str, ...]) -> None:
        """Put the cursor on the hyperparameter that a refusal names."""
        raise NotImplementedError

    def action_pause(self) -> None:
        """Pause, or go on."""
        live = self._watch.live
        if self._watch.begins:
            self.say(STARTING)
        elif live is not None:
            self._order(Resume() if live.paused and not live.advancing else Pause())

    def action_advance(self, by: Literal["step", "epoch"]) -> None:
        """Make one step or finish the epoch, and pause; at rest, begin a run with it."""
        if self._watch.begins:
            self.say(STARTING)
        elif self._watch.live is not None:
            self._order(Advance(by))
        elif self._watch.phase == "rest" and self._draft is None:
            self.begin(by)

    def action_look_inside(self) -> None:
        """Look inside the network: the application knows which one."""
        self.app.call_later(self.app.run_action, "look_inside")

    def action_show_samples(self) -> None:
        """Show what the network sees: the application knows of which run."""
        self.app.call_later(self.app.run_action, "show_samples")

    def action_undo(self) -> None:
        """Take back the last edit."""
        live, steer = self._watch.live, self._watch.steer
        if self._watch.begins:
            self.say(STARTING)
        if live is None:
            self.take_back()
            return
        steer.refused.clear()
        if steer.drop():
            self.sync()
        elif undoable(live) or steer.asked:
            self._order(Undo())
        else:
            steer.answer = ""
            undone = any(isinstance(event, Undone) for _, event in live.ledger)
            self.say("nothing left to undo" if undone else NO_EDIT)

    def _order(self, command: Command) -> None:
        sent = self._watch.send(command)
        self._watch.steer.answer = ""
        if not sent:
            self.say(NOBODY)
        elif self.notices.text:
            self.say("")

    def action_fork(self) -> None:
        """Think of a fork of the run that is shown."""
        view = self._watch.view
        if view is None or view.hyper is None or self._watch.forking or self._draft is not None:
            return
        if self._watch.begins:
            self.say(STARTING)
            return
        if not view.history and view.step == 0:
            self.say("nothing to fork yet: no step has run")
            return
        if self.leave_field():
            self._draft = ForkDraft(view)
            self.show_pane("hyperparameters")

    def drop_fork(self) -> bool:
        """Cancel the fork; returns whether there was one."""
        if self._draft is None or not self.leave_field():
            return False
        self._draft = None
        self.sync()
        return True

    def _begin_fork(self, draft: ForkDraft) -> None:
        """Ask what becomes of the parent, if it trains on its own, and begin."""

        def begin(answer: str | None) -> None:
            if answer not in ("keep training", "stop", "stay paused"):
                return
            begun = self._fork_now(draft, parent_goes_on=answer != "stop")
            if begun and answer == "keep training" and self._watch.paused:
                self._watch.send(Resume())

        if self._watch.live is not None and self._watch.outlives:
            question = "What should the parent run do?"
            choices = PAUSED_PARENT if self._watch.paused else PARENT
            self.app.push_screen(AskScreen("Fork", question, choices), begin)
        else:
            begin("stop")

    def _fork_now(self, draft: ForkDraft, *, parent_goes_on: bool) -> bool:
        """Begin, or say why not; whether it is under way."""
        from tui_lab.session.forking import child_of

        view = self._watch.view
        try:
            if view is None:
                raise InputError("no run to fork")
            child = child_of(view, dict(draft.changes))
            if child.hyperparameters.epochs <= view.epoch:
                raise InputError(
                    f"epochs: {view.epoch} are done already; give the fork more (now: "
                    f"{child.hyperparameters.epochs})"
                )
        except InputError as error:
            self.point_at_fault(error.problems)
            self.say("; ".join(error.problems))
            return False
        self.notices.say("")
        begun = self._watch.fork(child, parent_goes_on=parent_goes_on)
        if begun:
            self._draft = None
        else:
            self.say(NOBODY)
        self.sync()
        return begun
