"""Which panes of the lab fit, which one has the focus, and the chart on the whole screen."""

from typing import TypeVar

from textual import events, on
from textual.screen import Screen

from tui_lab.tui.keys.lab import PANES, PaneName
from tui_lab.tui.lab.form.hyperparameter_rows import named_in
from tui_lab.tui.lab.panes.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.panes.pane import LabState, Pane
from tui_lab.tui.lab.panes.small import TooSmall
from tui_lab.tui.lab.sizes import is_wide, panes_fit, set_width_classes
from tui_lab.tui.state.shown_run import Opened

P = TypeVar("P", bound=Pane)


class LayoutScreen(Screen[Opened | None]):
    """A screen of numbered panes; `_pane` has the focus."""

    lab: LabState
    panes: tuple[Pane, ...]
    _pane: PaneName
    _before_chart: PaneName = "chart"
    _small: TooSmall
    hyperparameters: HyperparametersPane

    def pane(self, kind: type[P]) -> P:
        """The pane of a type."""
        return next(pane for pane in self.panes if isinstance(pane, kind))

    def pane_in_focus(self) -> Pane:
        return next(pane for pane in self.panes if self._pane == pane.NAME)

    def sync(self) -> None:
        raise NotImplementedError

    def leave_field(self) -> bool:
        """Apply an open field; False if its text is invalid and it stays open."""
        if self.hyperparameters.form.submit():
            return True
        self.show_pane("hyperparameters")
        return False

    def point_at_fault(self, problems: tuple[str, ...]) -> None:
        """Select the hyperparameter named in a refusal."""
        name = named_in(problems)
        if name is not None:
            self.hyperparameters.form.choose(name)
            self.show_pane("hyperparameters")

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self.sync)

    def _arrange(self) -> None:
        """Show the panes that fit, and keep the focus in one of them."""
        fits, wide = panes_fit(self.size), is_wide(self.size)
        set_width_classes(self, self.size)
        self.query_one("#body").display = fits
        self._small.display = not fits
        focus = self.pane_in_focus()
        beside = wide and not self.lab.whole_chart
        shown = {pane.SIDE: pane for pane in reversed(self.panes) if beside or pane.SIDE == "middle"}
        shown[focus.SIDE] = focus
        for pane in self.panes:
            pane.display = shown.get(pane.SIDE) is pane
        target = focus.home
        if fits and self.focused is not target:
            self.set_focus(target, scroll_visible=False)

    def show_pane(self, pane: PaneName) -> None:
        """Go to a pane; any other than the chart ends the whole screen."""
        self._pane = pane
        self.lab.whole_chart = self.lab.whole_chart and pane == "chart"
        self._arrange()
        self.call_after_refresh(self.sync)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        """Follow a focus moved by the mouse."""
        around = self.focused.ancestors_with_self if self.focused else []
        pane = next((node.NAME for node in around if isinstance(node, Pane)), self._pane)
        if pane != self._pane:
            self.show_pane(pane)

    def action_whole_chart(self) -> None:
        """Toggle the chart on the whole screen; back, go to the pane that had the focus."""
        if not self.leave_field():
            return
        if self.lab.whole_chart:
            self.lab.whole_chart = False
            self.show_pane(self._before_chart)
        else:
            self.lab.whole_chart, self._before_chart = True, self._pane
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
        self.pane_in_focus().text.page(1 if key == "pagedown" else -1)
