"""Help: what is selected, the keys, how the lab works, and what the symbols mean."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.tui.keys.lab import PANES
from tui_lab.tui.keys.table import KEYS, Place
from tui_lab.tui.style.text import Line, line, wrap
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title

HOW = (
    "Select a preset, check its hyperparameters, and press t to train. The chart shows the training loss "
    "(the mean of each epoch, with the single steps dim behind it) and the loss on the validation split, "
    "which is never trained on. While both fall, the network is learning; when validation loss rises while "
    "training loss keeps falling, it overfits (it memorises the training data). At the end, the weights of "
    "the best epoch are evaluated once on the test split. You can change live hyperparameters during a run: "
    "a change takes effect (•) at the step listed in the ledger (4). u undoes the last edit, weights "
    "included; f forks the run. Every run is kept: r lists them and opens any of them, c compares them. e "
    "shows the layers of the next run, y how those of a run develop, v passes one batch through the network, "
    "i shows the images it sees. "
    "Each run trains in its own process, so it keeps training if the connection drops or the window closes. "
    "If you quit during training, q asks whether to leave the run training or to stop it (or set --on-quit). "
    "To get back to it, press r or run `tui-lab attach last`. Runs started with --in-process end with the "
    "lab."
)
SECTIONS: tuple[tuple[Place, str], ...] = (
    ("lab", "everywhere"),
    *((name, f"{number} {name}") for number, name in enumerate(PANES, 1)),
    ("editor", "while typing a value"),
    ("runs", "in the list of runs (r)"),
    ("compare", "in the comparison (c)"),
    ("sweep_form", "in the form of a sweep (S)"),
    ("sweeps", "in the list of sweeps (W)"),
    ("evaluation", "in the evaluation (E)"),
    ("over_time", "in layers over time (y)"),
    ("sweep", "in a sweep"),
    ("table", "while setting up data (tui-lab FILE.csv or FOLDER)"),
    ("layers", "in the layer editor (e)"),
    ("layer", "while typing a layer"),
    ("line", "while typing a filter, name, note or file name"),
)
LEGEND: tuple[tuple[str, str, str], ...] = (
    ("──", "train", "training loss, mean of each epoch; single steps are dim behind it"),
    ("──", "val", "validation loss of each epoch (● without colour)"),
    ("★", "best", "best epoch: lowest validation loss; its weights are tested"),
    ("╌╌", "dim", "baseline: the loss of a constant prediction"),
    ("●", "accent", "the preset in use; ○ the others; ✗ one with errors"),
    ("›", "key", "the selected line"),
    ("•", "changed", "a value that differs from the preset; → a change that the run has not applied yet"),
    ("◆", "key", "a run marked for comparison"),
    ("↓", "dim", "in a sweep: a trial that was given up early; − one that was dropped; ○ one that waits"),
    ("─●─", "run1", "in the comparison: the colour and the points of a run's curve; none if it is hidden"),
)
_CAP = 11


class HelpText(Lines):
    """The whole help, beginning with what is selected, and the keys of `place`."""

    def __init__(self, place: Place, about: Sequence[Explained]) -> None:
        super().__init__()
        self._place, self._about = place, about

    def lines(self, width: int) -> list[Line]:
        here = [(place, f"Keys here: {title}") for place, title in SECTIONS if place == self._place]
        others = [(place, f"Keys, {title}") for place, title in SECTIONS if place != self._place]
        return [
            *(row for explained in self._about for row in explained.lines(width)),
            *(row for section in here for row in key_lines(*section, width)),
            *(line(("How it works", "head")), *wrap(HOW, width), ()),
            *(row for section in others for row in key_lines(*section, width)),
            *sign_lines(width),
        ]


def key_lines(place: Place, title: str, width: int) -> list[Line]:
    """The keys of a place under a heading; empty if it has no keys of its own."""
    lines: list[Line] = []
    for key in KEYS:
        elsewhere = place == "lab" and key.of is not None
        if (key.own(place) or place in key.also) and not elsewhere:
            head, *rest = wrap(key.help, max(10, width - _CAP))
            lines.append(((key.cap.ljust(_CAP), "key"), *head))
            lines += [((" " * _CAP, ""), *row) for row in rest]
    return [line((title, "head")), *lines, ()] if lines else []


def sign_lines(width: int) -> list[Line]:
    """The symbols and their meanings."""
    lines: list[Line] = [line(("Symbols", "head"))]
    for sign, style, meaning in LEGEND:
        head, *rest = wrap(meaning, max(10, width - 5))
        lines.append(((sign.ljust(5), style), *head))
        lines += [((" " * 5, ""), *row) for row in rest]
    return lines


class HelpScreen(ClosingScreen[None], ModalScreen[None]):
    """A window over the lab, which keeps running."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter", "dismiss", "close"),
        Binding("up,k", "walk(-1)", "up"),
        Binding("down,j", "walk(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown,space", "page(1)", "page down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, place: Place, about: Sequence[Explained] = ()) -> None:
        """`place`: where help was opened; its keys come first, after what is selected there."""
        super().__init__()
        self._place, self._about = place, about

    def compose(self) -> ComposeResult:
        with Scroll(id="help") as window:
            set_title(window, "Help")
            yield HelpText(self._place, self._about)
        yield KeyLine(("↑↓", "scroll"), ("esc", "close"), ("q", "quit"))

    def action_walk(self, rows: int) -> None:
        window = self.query_one(Scroll)
        window.scroll_to(y=window.scroll_y + rows, animate=False)

    def action_page(self, direction: int) -> None:
        self.query_one(Scroll).page(direction)
