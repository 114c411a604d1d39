"""Where the best trials lie at the end of a range, and the trials that would look beyond it."""

from tui_lab.experiment.sweeps.sweep import MOST_TRIALS
from tui_lab.protocol.sweeps.commands import MoreTrials
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.sweep.feed import AtEdge, Edges

LEAST, SHARE = 8, 0.1
"""So many more combinations look beyond an edge: this share of those there are, and at least so many."""


class Edge:
    """The first warning, asked for again when more trials have ended."""

    def __init__(self, edges: Edges | None) -> None:
        self._edges = edges
        self._asked: object = None
        self.found: AtEdge | None = None
        self._count = 0

    def follow(self, view: SweepView) -> None:
        state = sum(trial.over for trial in view.trials), view.sweep
        if self._edges is None or view.sweep is None or state == self._asked:
            return
        self._asked = state
        self.found = next(iter(self._edges(view)), None)
        combinations = max(LEAST, round(SHARE * view.sweep.combinations))
        self._count = min(combinations * view.sweep.repeats, MOST_TRIALS)

    @property
    def words(self) -> str:
        """What to do about it; empty if there is nothing."""
        return "" if self.found is None else f"{self.found.sentence} (w)"

    @property
    def command(self) -> MoreTrials | None:
        return None if self.found is None else MoreTrials(self._count, self.found.wider)
