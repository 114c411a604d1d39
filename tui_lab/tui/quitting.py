"""Quitting the lab: what happens to a run in progress, and to changes that no run was started with."""

from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from tui_lab.errors import InputError
from tui_lab.safe import sentence
from tui_lab.tui.terminal.early_keys import PatientApp
from tui_lab.tui.widgets.confirm import AskScreen

if TYPE_CHECKING:
    from tui_lab.experiment.presets import Preset
    from tui_lab.tui.state.next_run import NextRun
    from tui_lab.tui.state.shown_run import ShownRun

OnQuit = Literal["ask", "leave", "stop"]
"""What happens to a run in its own process when the lab is left."""
LEAVING = (
    ("q", "leave", "Leave it {doing}. `tui-lab attach last` opens it again from any terminal."),
    ("x", "stop", "Stop the run, keep it, and quit."),
    ("escape", "stay", "Stay here."),
)
UNUSED = (
    ("w", "save", "Save it as a preset of your own and quit. The lab lists it from then on."),
    ("q", "quit", "Quit without saving."),
    ("escape", "stay", "Stay here."),
)


@runtime_checkable
class Draft(Protocol):
    """A screen on which something is set up for the next run."""

    @property
    def unsaved(self) -> bool:
        """Whether anything was changed."""

    def action_back(self) -> None:
        """Leave the screen; ask first if anything was changed."""


class QuittingApp(PatientApp[int]):
    """An application with an exit status that asks before anything is lost."""

    watch_run: "ShownRun"
    next_run: "NextRun"
    furnished = False
    """Whether these are there: not yet while the first frame is shown."""
    left_training = False
    """Whether a run was left training."""
    _on_quit: OnQuit

    async def action_quit(self) -> None:
        """Quit; unless `--on-quit` says so, first ask what to do with a run that could keep training.

        Changes to the layers or the set-up on the screen are asked about before that.
        """
        if isinstance(self.screen, Draft) and self.screen.unsaved:
            self.screen.action_back()
        elif self.watch_run.phase == "rest" and self.next_run.unused():
            self._ask_about_changes()
        elif self.watch_run.phase in ("rest", "stopping") or not self.watch_run.outlives:
            self.leave(0, stop=True)
        elif self._on_quit != "ask":
            self.leave(0, stop=self._on_quit == "stop")
        elif not isinstance(self.screen, AskScreen):
            doing = "paused" if self.watch_run.paused else "running"
            question = "A run is paused." if self.watch_run.paused else "A run is in progress."
            question = " ".join([question, *filter(None, (sentence(self.sweeps_left()),))])
            choices = tuple((key, answer, words.format(doing=doing)) for key, answer, words in LEAVING)
            self.push_screen(AskScreen("Quit the lab", question, choices), self._leave_as_said)

    def sweeps_left(self) -> str:
        """What to say of sweeps that go on when the lab is left; empty if there are none."""
        return ""

    def _ask_about_changes(self) -> None:
        """Ask what to do with unused changes."""
        unused = self.next_run.unused()

        def answered(answer: str | None) -> None:
            if answer == "quit":
                self.leave(0, stop=True)
            elif answer == "save":
                self._save_changes(list(unused.values()))

        if not isinstance(self.screen, AskScreen):
            question = f"Changed but not trained yet: {'; '.join(unused)}"
            self.push_screen(AskScreen("Quit the lab", question, UNUSED), answered)

    def _save_changes(self, presets: "list[Preset]") -> None:
        from tui_lab.tui.widgets.save_preset import keep_preset, suggested

        try:
            words = [keep_preset(preset, suggested(preset)) for preset in presets]
        except InputError as error:
            say = getattr(self.screen, "say", None)
            if say is not None:
                say(str(error))
            return
        self.exit(0, return_code=0, message="\n".join(map(sentence, words)))

    def _leave_as_said(self, answer: str | None) -> None:
        if answer in ("leave", "stop"):
            self.leave(0, stop=answer == "stop")

    def leave(self, status: int, *, stop: bool) -> None:
        """Exit with a status; stop an active run, or leave it training."""
        self.watch_run.flush()
        if stop:
            self.watch_run.leave()
        else:
            self.left_training = self.watch_run.left is not None
        self.exit(status, return_code=status)
