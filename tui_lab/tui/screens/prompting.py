"""A screen with a line to type at its foot, now and then."""

from textual.screen import Screen
from textual.widget import Widget

from tui_lab.safe import safe
from tui_lab.tui.panes.prompt import Prompt
from tui_lab.tui.panes.status import Footer
from tui_lab.tui.watch import Opened


class PromptingScreen(Screen[Opened | None]):
    """At most one line at a time; while it is open it has the keys."""

    _prompt: Prompt | None = None
    _notice = ""
    """What came of the last key."""

    def __init__(self) -> None:
        super().__init__()
        self._footer = Footer()

    def sync(self) -> None:
        """Show everything as it stands."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Leave a message on the screen until the next key."""
        self._notice = safe(text, 600)
        self.sync()

    def home(self) -> Widget:
        """What has the focus while nothing is typed."""
        raise NotImplementedError

    def open_prompt(self, prompt: Prompt) -> None:
        """Let a line be typed, unless one is being typed."""
        if self._prompt is not None:
            return
        self._prompt, self._notice = prompt, ""
        self.mount(prompt, before=self._footer)
        self.set_focus(prompt.field, scroll_visible=False)
        self.sync()

    def close_prompt(self) -> None:
        """Take the line away."""
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            prompt.field.done = True
            self.set_focus(self.home(), scroll_visible=False)
            prompt.remove()
            self.sync()

    def action_next_pane(self, key: str) -> None:
        """Take what was typed: there is one pane only."""
        if self._prompt is not None:
            self._prompt.submit()

    def action_help(self) -> None:
        """Show the keys."""
        from tui_lab.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())
