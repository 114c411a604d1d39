"""The notes: the concepts of deep learning one by one, each with the keys that show it here."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.concepts import CONCEPTS, Concept
from tui_lab.tui.style.text import Line, cut, fill, wrap
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title

NAMES = {".": "full_stop", ">": "greater_than_sign"}
"""What Textual calls keys that are not named by their character."""


class ConceptList(Lines):
    """The names."""

    def __init__(self) -> None:
        super().__init__(id="concept-list")
        self.chosen = 0

    def lines(self, width: int) -> list[Line]:
        names = [fill(cut(concept.name, width - 2), width - 2) for concept in CONCEPTS]
        lines: list[Line] = [(("  ", ""), (name, "")) for name in names]
        lines[self.chosen] = (("› ", "accent"), (names[self.chosen], "row"))
        return lines


class ConceptText(Lines):
    """One concept: what it is, its formula, where to see it, its value here."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(id="concept")
        self._values = values
        self.concept = CONCEPTS[0]

    def lines(self, width: int) -> list[Line]:
        concept = self.concept
        lines = [((concept.name, "bold"),), (), *wrap(concept.words, width)]
        if concept.formula:
            lines += [(), *wrap(concept.formula, width, "accent", first="  ")]
        if concept.source:
            lines += wrap(concept.source, width, "faint", first="  ")
        lines += [
            (),
            (("here", "head"), ("  press ", "dim"), (" ".join(concept.keys), "key")),
            *wrap(concept.here, width),
        ]
        if (value := self._values.get(concept.hyperparameter)) is not None:
            lines += [(), ((f"{concept.hyperparameter} ", "dim"), (format_value(value), "bold"))]
        return lines


class NotesScreen(ClosingScreen[tuple[str, ...]], ModalScreen[tuple[str, ...]]):
    """Shows the concepts; Enter closes with the keys of the selected one, which the lab then presses.

    `values`: the hyperparameters on the screen behind.
    """

    last = 0
    """The concept that was shown last."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,N", "dismiss", "close"),
        *(Binding(key, f"move('{key}')", "select") for key in ("up", "down", "home", "end")),
        Binding("enter", "go", "go there"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown", "page(1)", "page down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__()
        self._list, self._text = ConceptList(), ConceptText(values)

    def compose(self) -> ComposeResult:
        with Horizontal(id="notes") as window:
            set_title(window, " Notes: concepts, and where to see them ")
            with Scroll(id="concepts"):
                yield self._list
            with Scroll(id="concept-about"):
                yield self._text
        yield KeyLine(("↑↓", "select"), ("⏎", "go there"), ("esc", "close"), ("q", "quit"))

    def on_mount(self) -> None:
        self._choose(NotesScreen.last)

    def action_move(self, key: str) -> None:
        place = self._list.chosen
        places = {"up": place - 1, "down": place + 1, "home": 0, "end": len(CONCEPTS) - 1}
        self._choose(max(0, min(places[key], len(CONCEPTS) - 1)))

    def action_go(self) -> None:
        self.dismiss(tuple(NAMES.get(key, key) for key in self.concept.keys))

    def action_page(self, direction: int) -> None:
        self.query_one("#concept-about", Scroll).page(direction)

    @property
    def concept(self) -> Concept:
        return CONCEPTS[self._list.chosen]

    def _choose(self, place: int) -> None:
        NotesScreen.last = self._list.chosen = place
        self._text.concept = self.concept
        self._list.sync()
        self._text.sync()
        self.query_one("#concept-about", Scroll).scroll_home(animate=False)
        self.call_after_refresh(self.query_one("#concepts", Scroll).reveal, place, place)
