"""Which panes of the lab fit, which one has the focus, and the chart on the whole screen."""

from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.keys.key import Place
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.presets import PresetsPane
from tui_lab.tui.lab.small import TooSmall
from tui_lab.tui.state.shown_run import Opened
from tui_lab.tui.widgets.lines import Scroll

WIDE, LEAST = 110, (60, 16)
"""The minimum width for all panes side by side, and the minimum width and height for any panes."""
ROOMY = 160
"""The minimum width for wider outer panes."""
PANES: tuple[Place, ...] = ("presets", "chart", "hyperparameters", "ledger")


class LabChart(LossChart):
    """The chart with the keys that only work while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]


class LayoutScreen(Screen[Opened | None]):
    """A screen of four panes; `_pane` has the focus. With `_whole_chart`, only the chart is shown."""

    _pane: Place
    _whole_chart = False
    _before_chart: Place = "chart"
    _presets: PresetsPane
    _knobs: HyperparametersPane
    _chart: LossChart
    _small: TooSmall

    def sync(self) -> None:
        raise NotImplementedError

    def leave_field(self) -> bool:
        """Apply an open field; False if its text is invalid and it stays open."""
        raise NotImplementedError

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self.sync)

    def _arrange(self) -> None:
        """Show the panes that fit, and keep the focus in one of them."""
        width, height = self.size
        fits = width >= LEAST[0] and height >= LEAST[1]
        wide = width >= WIDE
        self.set_class(not wide, "-narrow")
        self.set_class(width >= ROOMY, "-roomy")
        self.query_one("#body").display = fits
        self._small.display = not fits
        ledger, beside = self._pane == "ledger", not self._whole_chart
        self.query_one("#ledger").display = ledger
        self._presets.display = beside and ((wide and not ledger) or self._pane == "presets")
        self._knobs.display = beside and (wide or self._pane == "hyperparameters")
        target = self._target()
        if fits and self.focused is not target:
            self.set_focus(target, scroll_visible=False)

    def _target(self) -> Widget:
        editor = self._knobs.form.editor
        targets: dict[Place, Widget] = {
            "presets": self._presets.list,
            "chart": self._chart,
            "ledger": self.query_one("#ledger-scroll"),
            "hyperparameters": editor.field if editor is not None else self._knobs.form,
        }
        return targets[self._pane]

    def show_pane(self, pane: Place) -> None:
        """Go to a pane; any other than the chart ends the whole screen."""
        self._pane = pane
        self._whole_chart = self._whole_chart and pane == "chart"
        self._arrange()
        self.call_after_refresh(self.sync)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        """Follow a focus moved by the mouse."""
        around = {node.id for node in self.focused.ancestors_with_self} if self.focused else set()
        pane = next((pane for pane in PANES if pane in around), self._pane)
        if pane != self._pane:
            self.show_pane(pane)

    def action_whole_chart(self) -> None:
        """Toggle the chart on the whole screen; back, go to the pane that had the focus."""
        if not self.leave_field():
            return
        if self._whole_chart:
            self._whole_chart = False
            self.show_pane(self._before_chart)
        else:
            self._whole_chart, self._before_chart = True, self._pane
            self.show_pane("chart")

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""
        self.show_pane(PANES[number - 1])

    def action_next_pane(self, key: str) -> None:
        """Go to the next or previous pane."""
        if self.leave_field():
            step = 1 if key == "tab" else -1
            self.show_pane(PANES[(PANES.index(self._pane) + step) % len(PANES)])

    def action_page(self, key: str) -> None:
        """Scroll the text of the pane."""
        places = {
            "presets": "#preset-words",
            "chart": "#scores-scroll",
            "hyperparameters": "#knob-about",
            "ledger": "#ledger-scroll",
        }
        self.query_one(places[self._pane], Scroll).page(1 if key == "pagedown" else -1)
