"""A screen with a text field that can be opened at the bottom."""

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.widget import Widget

from tui_lab.experiment.presets import Preset
from tui_lab.safe import safe
from tui_lab.tui.keys.key import Place
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.footer import Footer
from tui_lab.tui.widgets.prompt import Prompt
from tui_lab.tui.widgets.save_preset import keep_preset, suggested

R = TypeVar("R")
FILE_HINT = "a new file; the lab lists those in your preset folder"


class PromptedScreen(ClosingScreen[R], Generic[R]):
    """`_prompt` is the open field; when it closes, the focus returns to `home`."""

    home: Widget

    def __init__(self) -> None:
        super().__init__()
        self._prompt: Prompt | None = None
        self._notice = ""
        self._footer = Footer()

    def sync(self) -> None:
        raise NotImplementedError

    def _place(self) -> Place:
        """The place whose keys work now."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a message until the next key."""
        self._notice = safe(text, 600)
        self.sync()

    def _ask(self, label: str, text: str, words: str, take: Callable[[str], object]) -> None:
        """Open a field; `take` gets the text, and may refuse it with a LabError."""
        self._open_prompt(Prompt(label, text, words, 1000, take, self._close_prompt))

    def _open_prompt(self, prompt: Prompt) -> None:
        if self._prompt is not None:
            return
        self._prompt, self._notice = prompt, ""
        self.mount(prompt, before=self._footer)
        self.set_focus(prompt.field, scroll_visible=False)
        self.sync()

    def _close_prompt(self) -> None:
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            prompt.field.done = True
            self.set_focus(self.home, scroll_visible=False)
            prompt.remove()
            self.sync()

    def _ask_file(self, preset: Preset) -> None:
        """Ask for a file name, and save a preset there."""

        def take(text: str) -> None:
            self._notice = keep_preset(preset, text)

        self._ask("save as", suggested(preset), FILE_HINT, take)

    def action_next_pane(self, key: str) -> None:
        """Submit an open field; there is only one pane."""
        if self._prompt is not None:
            self._prompt.submit()

    def action_help(self) -> None:
        from tui_lab.tui.widgets.help import HelpScreen

        self.app.push_screen(HelpScreen(self._place()))
