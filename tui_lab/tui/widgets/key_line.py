"""The keys of a dialog, on the last line of the terminal, in place of the footer of the screen behind."""

from tui_lab.tui.style.text import Line, Span, clip
from tui_lab.tui.widgets.lines import Lines


class KeyLine(Lines):
    """One line of keys, each with what it does."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        super().__init__(id="answers")
        self._keys = keys

    def show(self, *keys: tuple[str, str]) -> None:
        """Show other keys."""
        self._keys = keys
        self.sync()

    def lines(self, width: int) -> list[Line]:
        spans: list[Span] = []
        for cap, label in self._keys:
            spans += [("   " if spans else "", ""), (cap, "key"), (f" {label}", "dim")]
        return [clip(tuple(spans), width)]
