"""What the network sees: training images, original and augmented."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.commands import Show
from tui_lab.protocol.steering_events import SamplesShown
from tui_lab.protocol.view import RunView
from tui_lab.tui.inspect.images_text import SamplesText, augmentation, seen_as, tiles_of
from tui_lab.tui.inspect.screen import AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.gallery import Gallery, plan
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import set_title

_MOST_SIDE, _COUNT = 40, 12


class SamplesScreen(AskingScreen[SamplesShown]):
    """Shows images of the active run, or with `at_rest`, of an experiment."""

    LOADING = "reading the images…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,i", "dismiss", "close"),
        Binding("space,r", "others", "others"),
        Binding("left,pageup", "turn(-1)", "page back"),
        Binding("right,pagedown", "turn(1)", "next page"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(
        self,
        watch: ShownRun,
        experiment: Experiment,
        at_rest: Callable[[Show, bool], SamplesShown] | None = None,
    ) -> None:
        """`experiment`: where the images come from."""
        self._experiment, self._draw = experiment, 0
        self._shown: SamplesShown | None = None
        super().__init__(watch, None if at_rest is None else lambda anew: at_rest(self.command(), anew))
        self._gallery = Gallery()
        self._text = SamplesText(self._head)

    def compose(self) -> ComposeResult:
        with Vertical(id="samples") as window:
            set_title(window, " What the network sees ")
            yield self._text
            yield self._gallery
        yield KeyLine(("space", "new sample"), ("←→", "page"), ("esc", "close"), ("q", "quit"))

    def command(self) -> Show:
        """Request images as large as fit."""
        room = self._gallery.size.width, self._gallery.size.height
        abreast = 2 if augmentation(self._experiment, self._hyper) else 1
        found = plan(room, (_MOST_SIDE, _MOST_SIDE), abreast, _COUNT)
        return Show(self._draw, min(found.side, _MOST_SIDE), _COUNT)

    def answer_of(self, view: RunView) -> SamplesShown | None:
        return view.shown

    @property
    def _hyper(self) -> Hyperparameters:
        view = self.watch_run.view
        live = view.hyper if self._at_rest is None and view is not None else None
        return live or self._experiment.hyperparameters

    def _head(self) -> tuple[SamplesShown | None, str, str, str]:
        gallery = self._gallery
        last = min(len(gallery.tiles), gallery.first + gallery.plan.seats)
        pages = f"{gallery.first + 1}–{last} of {len(gallery.tiles)}" if gallery.tiles else ""
        return self.found, seen_as(self._experiment, self._hyper), self.words, pages

    def sync(self) -> None:
        """Update the images if they changed, and the text."""
        if self.found is not None and self.found is not self._shown:
            self._shown = self.found
            self._gallery.show(tiles_of(self.found))
        self._text.sync()

    def action_others(self) -> None:
        if self._background_task is None:
            self._draw += 1
        self.action_again()

    def action_turn(self, direction: int) -> None:
        """Go to the next or previous page."""
        self._gallery.turn(direction)
        self._text.sync()
