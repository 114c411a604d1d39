"""What is shown if there is no room for panes: state and losses."""

from tui_lab.tui.lab.panes.status import state
from tui_lab.tui.state.preload import Preload
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.format import count, number
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, cut, line, wrap
from tui_lab.tui.widgets.lines import Lines


class TooSmall(Lines):
    """A few short lines."""

    def __init__(self, watch: ShownRun, preload: Preload) -> None:
        super().__init__(id="small")
        self._watch, self._preload = watch, preload

    def lines(self, width: int) -> list[Line]:
        view = self._watch.shown
        word = state(self._watch, self._preload.done)
        mark, style = MARKS[word]
        lines = [line((cut(f"{mark} {word}", width), style))]
        if view is not None:
            last = view.history[-1] if view.history else None
            step = view.step_losses[-1][1] if view.step_losses else None
            lines += [
                line((cut(f"epoch {count(view.under_way)}", width), "")),
                line((cut(f"train {number(last.train_loss if last else step)}", width), "train")),
                line((cut(f"val   {number(last.val_loss if last else None)}", width), "val")),
            ]
            lines += [line((cut("⚠ not saved", width), "warn"))] if view.checkpoint_failed else []
        return [*lines, *wrap("Too small: the lab needs 60 x 16.", width, "dim")]
