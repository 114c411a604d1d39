"""A screen with a text field that can be opened at the bottom."""

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.widget import Widget

from tui_lab.experiment.presets import Preset
from tui_lab.tui.keys.table import Place
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.footer import Footer
from tui_lab.tui.widgets.lines import Changed, NoticeLines
from tui_lab.tui.widgets.prompt import Prompt
from tui_lab.tui.widgets.save_preset import keep_preset, suggested

R = TypeVar("R")
FILE_HINT = "a new file; the lab lists those in your preset folder"


class PromptedScreen(ClosingScreen[R], Generic[R]):
    """When an open field closes, the focus returns to `home`. `notices` shows the latest message."""

    PLACE: ClassVar[Place]
    home: Widget
    notices: NoticeLines

    def __init__(self) -> None:
        super().__init__()
        self._footer = Footer()

    def sync(self) -> None:
        raise NotImplementedError

    def _place(self) -> Place:
        """The place whose keys work now."""
        return self.PLACE if self.prompt is None else "line"

    def say(self, text: str) -> None:
        """Show a message until the next key."""
        self.notices.notice = text
        self.sync()

    def _ask(self, label: str, text: str, words: str, take: Callable[[str], object]) -> None:
        """Open a field; `take` gets the text, and may refuse it with a LabError."""
        self._open_prompt(Prompt(label, text, words, 1000, take))

    def _open_prompt(self, prompt: Prompt) -> None:
        if self.prompt is not None:
            return
        prompt.home, self.notices.notice = self.home, ""
        self.mount(prompt, before=self._footer)
        self.set_focus(prompt.field, scroll_visible=False)
        self.sync()

    @property
    def prompt(self) -> Prompt | None:
        """The open field."""
        return next((prompt for prompt in self.query(Prompt) if not prompt.field.done), None)

    @on(Changed)
    def _follow(self) -> None:
        self.sync()

    def _ask_file(self, preset: Preset) -> None:
        """Ask for a file name, and save a preset there."""

        def take(text: str) -> None:
            self.notices.notice = keep_preset(preset, text)

        self._ask("save as", suggested(preset), FILE_HINT, take)

    def action_next_pane(self, key: str) -> None:
        """Submit an open field; there is only one pane."""
        if self.prompt is not None:
            self.prompt.submit()

    def action_help(self) -> None:
        from tui_lab.tui.widgets.help import HelpScreen

        self.app.push_screen(HelpScreen(self._place(), self._explained()))

    def _explained(self) -> tuple[Explained, ...]:
        """What the help explains first: what is selected."""
        return ()
