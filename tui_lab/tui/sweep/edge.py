"""Where the best trials lie at the end of an axis, and the trials that would look beyond it."""

from collections.abc import Callable, Sequence

from tui_lab.experiment.sweeps.sweep import MOST_TRIALS
from tui_lab.protocol.sweeps.commands import MoreTrials
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.edges import EdgeWarning, edge_warnings
from tui_lab.tui.sweep.answer import Answer

Edges = Callable[[SweepView], Sequence[EdgeWarning]]
LEAST, SHARE = 8, 0.1
"""So many more combinations look beyond an edge: this share of those there are, and at least so many."""


class Edge(Answer[EdgeWarning]):
    """The first warning is the one that is shown."""

    def __init__(self, edges: Edges = edge_warnings) -> None:
        super().__init__(edges)

    @property
    def words(self) -> str:
        """Which way to widen which axis; empty if there is nothing."""
        return f"{self.found[0].sentence} (w)" if self.found else ""

    def command(self, view: SweepView) -> MoreTrials | None:
        """The trials beyond the edge; None if there is none."""
        if not self.found or view.sweep is None:
            return None
        combinations = max(LEAST, round(SHARE * view.sweep.combinations))
        return MoreTrials(min(combinations * view.sweep.repeats, MOST_TRIALS), self.found[0].wider)
