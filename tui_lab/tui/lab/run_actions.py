"""The keys that steer the run on the screen: pause, single steps, undo, fork."""

from typing import Literal

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.protocol.commands import Advance, Command, Pause, Resume, Undo
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.steering_events import Undone
from tui_lab.tui.lab.form.fork_draft import ForkDraft
from tui_lab.tui.lab.next_run_actions import NextRunScreen
from tui_lab.tui.state.notices import Notices
from tui_lab.tui.state.shown_run import First, ShownRun
from tui_lab.tui.widgets.confirm import AskScreen

AT_REST = "nothing to undo: no run is open; d in pane 3 resets a value of the next run"
NO_EDIT = "nothing to undo: no edits since the run was started or resumed"
STARTING = "one moment: the run has not started yet"
PARENT = (
    ("g", "keep training", "It keeps training in its own process."),
    ("x", "stop", "It stops here and is kept."),
    ("escape", "back", "Back, without starting the fork."),
)
PAUSED_PARENT = (("p", "stay paused", "It stays paused in its own process."), *PARENT)


class SteeredScreen(NextRunScreen):
    """A screen that shows one run. `_draft` is a fork being set up."""

    def __init__(self, watch: ShownRun) -> None:
        super().__init__()
        self._watch = watch
        self._draft: ForkDraft | None = None
        self.notices = Notices()

    def say(self, text: str) -> None:
        """Show a message for a while."""
        self.notices.say(text)
        self.sync()

    def begin(self, first: First = None) -> None:
        """Start a run; with `first` it pauses after one step or epoch."""
        raise NotImplementedError

    def action_pause(self) -> None:
        live = self._watch.live
        if self._watch.begins:
            self.say(STARTING)
        elif live is not None:
            self._order(Resume() if live.paused and not live.advancing else Pause())

    def action_advance(self, by: Literal["step", "epoch"]) -> None:
        """Run one step or finish the epoch, then pause; at rest, start a run that does so."""
        if self._watch.begins:
            self.say(STARTING)
        elif self._watch.live is not None:
            self._order(Advance(by))
        elif self._watch.phase == "rest" and self._draft is None:
            self.begin(by)

    def use_value(self, name: str, value: Value, why: str) -> None:
        """Change a hyperparameter of what pane 3 shows, as if it had been typed; say that it was."""
        self.lab.board.set(name, value, why)
        self.say(f"{name} {format_value(value)} ({why})")

    def action_look_inside(self) -> None:
        """Look inside the network; the application chooses which one."""
        self.app.call_later(self.app.run_action, "look_inside")

    def action_draw_fit(self) -> None:
        """Draw the fit; the application chooses of which network."""
        self.app.call_later(self.app.run_action, "draw_fit")

    def action_show_samples(self) -> None:
        """Show what the network sees; the application chooses which run."""
        self.app.call_later(self.app.run_action, "show_samples")

    def action_evaluate(self) -> None:
        """Evaluate the run on the screen."""
        if self._watch.begins:
            self.say(STARTING)
        elif self._watch.run_id is None:
            self.say("nothing to evaluate yet: press t to train")
        else:
            self.app.call_later(self.app.run_action, "evaluate")

    def action_undo(self) -> None:
        live, steer = self._watch.live, self._watch.steer
        if self._watch.begins:
            self.say(STARTING)
        elif live is None and not self.take_back():
            self.say(AT_REST)
        if live is None:
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
            self._say_unheard()
        elif self.notices.text:
            self.say("")

    def _say_unheard(self) -> None:
        self.say(f"not sent: {self._watch.deaf_words}")

    def action_fork(self) -> None:
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
        """Start the fork; first ask what to do with the parent if it can keep training."""

        def begin(answer: str | None) -> None:
            if answer not in ("keep training", "stop", "stay paused"):
                return
            begun = self._fork_now(draft, parent_goes_on=answer != "stop")
            if begun and answer == "keep training" and self._watch.paused:
                self._watch.send(Resume())

        if self._watch.of_sweep:
            begin("keep training")
        elif self._watch.live is not None and self._watch.outlives:
            question = "What should happen to the parent run?"
            choices = PAUSED_PARENT if self._watch.paused else PARENT
            self.app.push_screen(AskScreen("Fork", question, choices), begin)
        else:
            begin("stop")

    def _fork_now(self, draft: ForkDraft, *, parent_goes_on: bool) -> bool:
        """Start the fork, or say why not; returns whether it is starting."""
        from tui_lab.session.jobs.fork import child_of

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
            self._say_unheard()
        self.sync()
        return begun
