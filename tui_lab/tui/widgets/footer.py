"""The last line of a screen: the keys that work now."""

from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import Place, footer
from tui_lab.tui.style.text import Line
from tui_lab.tui.widgets.lines import Lines

MANY_KEYS: tuple[Place, ...] = ("runs", "sweep")
TWO_ROWS_FROM = 20
"""The minimum height of the screen for two rows of keys."""


class Footer(Lines):
    """The keys that work now: in one row, or in two for a list with many keys, if there is room."""

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._place: Place = "presets"
        self._conditions: frozenset[When] = frozenset({"always", "rest"})

    def show(self, place: Place, conditions: frozenset[When]) -> None:
        self._place, self._conditions = place, conditions
        self.sync()

    def lines(self, width: int) -> list[Line]:
        roomy = self._place in MANY_KEYS and self.screen.size.height >= TWO_ROWS_FROM
        return footer(self._place, self._conditions, width, 2 if roomy else 1)
