"""A screen that closes once, and never another one in its place."""

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

R = TypeVar("R")


class ClosingScreen(Screen[R], Generic[R]):
    """Textual's `dismiss` takes down whatever is on top and fails when it is called twice.

    Here a second call does nothing, as for a key that arrives while the screen is being taken down; and a
    screen under another one, whose result comes late, closes as soon as it is on top again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._late: list[R | None] = []

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close with a result: at once, or once what lies over this screen is gone."""
        if self.app.screen is self:
            return super().dismiss(result)
        if self in self.app.screen_stack:
            self._late = [result]
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Close now, if that was asked for meanwhile."""
        if self._late and self.app.screen is self:
            self.dismiss(self._late.pop())
