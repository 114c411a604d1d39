"""Help: the keys, how the lab works, and what the signs mean."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.tui.key import Place
from tui_lab.tui.keys import KEYS
from tui_lab.tui.panes.lines import Lines, Scroll
from tui_lab.tui.text import Line, line, wrap

HOW = (
    "Choose a preset, look at its hyperparameters, press t. The network learns beside the screen: the chart "
    "shows the loss of every training step and, after each epoch, the loss on the validation split, which it "
    "does not learn from. As long as both fall, it learns; when validation turns upwards while training "
    "falls, it learns by heart. At the end the weights of the best epoch are scored once on the test split. "
    "While a run goes on, a changed hyperparameter is asked of it, and is in force (•) from the step on that "
    "the ledger (4) names; u takes the last edit back, weights and all, and f forks the run. Every run is "
    "kept; r lists them all and shows any of them again, c compares them. e shows the layers of the next run,"
    " v one batch on its way through the network, i what it sees of images. A run is trained by a process of "
    "its own: if the connection drops or the window closes, it trains on. If you quit while it trains, q asks"
    " whether to leave it training or to stop it (--on-quit answers beforehand); r finds it again, and so "
    "does `tui-lab attach last`. Only runs of a lab that was opened with --in-process end with it."
)
SECTIONS: tuple[tuple[Place, str], ...] = (
    ("lab", "everywhere"),
    ("presets", "1 presets"),
    ("chart", "2 chart"),
    ("hyperparameters", "3 hyperparameters"),
    ("ledger", "4 ledger"),
    ("editor", "while typing a value"),
    ("runs", "in the list of runs (r)"),
    ("compare", "in the comparison (c)"),
    ("table", "while a table or a folder of images is set up (tui-lab FILE.csv, tui-lab FOLDER)"),
    ("layers", "in the list of layers (e)"),
    ("layer", "while typing a layer"),
    ("line", "while typing a filter, a name, a note or a file"),
)
LEGEND: tuple[tuple[str, str, str], ...] = (
    ("──", "train", "training loss, every step"),
    ("──", "val", "validation loss, every epoch (● without colour)"),
    ("★", "best", "the best epoch: lowest validation loss; its weights are tested"),
    ("╌╌", "dim", "baseline: what always giving the same answer would score"),
    ("●", "accent", "the preset in use; ○ the others; ✗ one that cannot be read"),
    ("›", "key", "the line in focus"),
    ("•", "changed", "a value that is not the preset's; → what was asked of the run that goes on"),
    ("◆", "key", "a run that is marked for the comparison"),
)
_CAP = 11


class HelpText(Lines):
    """All of it, beginning with the keys of `place`."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def lines(self, width: int) -> list[Line]:
        """Keys of the place, paragraph, the other keys, signs."""
        here = [(place, f"Keys here: {title}") for place, title in SECTIONS if place == self._place]
        others = [(place, f"Keys, {title}") for place, title in SECTIONS if place != self._place]
        return [
            *(row for section in here for row in key_lines(*section, width)),
            *(line(("How it works", "head")), *wrap(HOW, width), ()),
            *(row for section in others for row in key_lines(*section, width)),
            *sign_lines(width),
        ]


def key_lines(place: Place, title: str, width: int) -> list[Line]:
    """The keys of a place under a heading; none where it has no keys of its own."""
    lines: list[Line] = []
    for key in KEYS:
        elsewhere = place == "lab" and key.of is not None
        if (key.own(place) or place in key.also) and not elsewhere:
            head, *rest = wrap(key.help, max(10, width - _CAP))
            lines.append(((key.cap.ljust(_CAP), "key"), *head))
            lines += [((" " * _CAP, ""), *row) for row in rest]
    return [line((title, "head")), *lines, ()] if lines else []


def sign_lines(width: int) -> list[Line]:
    """What the signs mean."""
    lines: list[Line] = [line(("Signs", "head"))]
    for sign, style, meaning in LEGEND:
        head, *rest = wrap(meaning, max(10, width - 5))
        lines.append(((sign.ljust(5), style), *head))
        lines += [((" " * 5, ""), *row) for row in rest]
    return lines


class HelpScreen(ModalScreen[None]):
    """Over the lab, which goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter", "dismiss", "close"),
        Binding("up,k", "walk(-1)", "up"),
        Binding("down,j", "walk(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown,space", "page(1)", "page down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, place: Place) -> None:
        """`place`: where it was asked for, whose keys come first."""
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """A window on the text."""
        with Scroll(id="help") as window:
            window.border_title = "Help"
            window.border_subtitle = "↑↓ scroll   esc close   q quit"
            yield HelpText(self._place)

    def action_walk(self, rows: int) -> None:
        """Scroll by a row."""
        window = self.query_one(Scroll)
        window.scroll_to(y=window.scroll_y + rows, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a window."""
        self.query_one(Scroll).page(direction)
