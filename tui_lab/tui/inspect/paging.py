"""A window over the lab whose text scrolls."""

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.tui.widgets.lines import Scroll

R = TypeVar("R")


class PagingScreen(ModalScreen[R], Generic[R]):
    """Its text is in the only `Scroll`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,pageup", "page(-1)", "up"),
        Binding("down,pagedown", "page(1)", "down"),
    ]

    def action_page(self, direction: int) -> None:
        self.query_one(Scroll).page(direction)
