"""Which runs are shown, in which order, and which one is in focus. No widget."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isnan

from tui_lab.runs.filter import Filter, read_filter
from tui_lab.runs.listing import RunLine
from tui_lab.tui.comparing import MOST, tails

_STATES = ("running", "interrupted", "stopped", "failed", "diverged", "broken", "finished")


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: the column it goes by, in words, and the key. Of equals the newer comes first."""

    column: str
    words: str
    key: Callable[[RunLine], object]


def _low(value: float | None) -> float:
    return inf if value is None or isnan(value) else value


ORDERS: tuple[Order, ...] = (
    Order("when", "newest first", lambda line: 0),
    Order("best", "best loss first", lambda line: _low(line.best_val_loss)),
    Order("status", "by state", lambda line: _STATES.index(line.status)),
    Order("name", "by name", lambda line: line.title.casefold()),
    Order("took", "longest first", lambda line: -(line.seconds or 0)),
    Order("edits", "most edits first", lambda line: -line.edits),
)


class Rack:
    """The list as a person arranged it. The focus stays on its run when the list changes around it."""

    def __init__(self) -> None:
        self.all: list[RunLine] = []
        self.shown: list[RunLine] = []
        self.text = ""
        """The filter as it was typed."""
        self.place = 0
        self.tails: dict[str, str] = {}
        """What tells runs from others that are called the same, by their ids."""
        self.marked: set[str] = set()
        """The ids of the runs that are to be compared."""
        self._wanted: str | None = None
        self._filter = Filter()
        self._order = 0

    @property
    def order(self) -> Order:
        """How the list is sorted."""
        return ORDERS[self._order]

    @property
    def chosen(self) -> RunLine | None:
        """The run in focus; None if none is shown."""
        return self.shown[self.place] if self.shown else None

    def take(self, lines: list[RunLine]) -> None:
        """Take in the list as it is now, newest first."""
        first = not self.all
        self.all = lines
        self.tails = tails(lines)
        self.marked &= {line.id for line in lines}
        self._arrange()
        if self._wanted is not None:
            self.point_at(self._wanted)
            first = first and self._wanted is not None
        if first:
            training = (k for k, line in enumerate(self.shown) if line.status == "running")
            self.place = next(training, 0)

    def point_at(self, run_id: str) -> None:
        """Put the cursor on a run: now, or once it is in the list."""
        place = next((k for k, line in enumerate(self.shown) if line.id == run_id), None)
        self._wanted = run_id if place is None else None
        self.place = self.place if place is None else place

    def filter(self, text: str) -> None:
        """Show only what a filter chooses; if it cannot be read all stays. Raises InputError."""
        self._filter, self.text = read_filter(text), text.strip()
        self._arrange()

    def sort(self) -> None:
        """Go to the next way of sorting."""
        self._order = (self._order + 1) % len(ORDERS)
        self._arrange()

    def move(self, steps: int) -> None:
        """Go up or down, as far as there are runs."""
        self.place = max(0, min(self.place + steps, len(self.shown) - 1))
        if steps:
            self._wanted = None

    def mark(self) -> bool:
        """Mark the run in focus for the comparison, or no more; False if too many are marked."""
        if self.chosen is None:
            return True
        if self.chosen.id not in self.marked and len(self.marked) >= MOST:
            return False
        self.marked ^= {self.chosen.id}
        return True

    def _arrange(self) -> None:
        before = self.chosen
        self.shown = sorted(filter(self._filter.matches, self.all), key=self.order.key)  # type: ignore[arg-type]
        ids = [line.id for line in self.shown]
        if before is not None and before.id in ids:
            self.place = ids.index(before.id)
        self.move(0)
