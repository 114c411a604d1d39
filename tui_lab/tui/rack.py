"""Which runs are shown, in which order, and which one is in focus. No widget."""

from collections.abc import Mapping
from operator import is_

from tui_lab.runs.differences import Differences, Settings, title_of
from tui_lab.runs.families import in_families
from tui_lab.runs.filter import Filter, read_filter
from tui_lab.runs.listing import RunLine
from tui_lab.runs.ordering import ORDERS, SETTING, Order, by_setting
from tui_lab.tui.comparing import MOST, tails


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
        self.depths: dict[str, int] = {}
        """Under how many of its ancestors a run stands, by its id."""
        self.marked: set[str] = set()
        """The ids of the runs that are to be compared."""
        self.presets: Mapping[str, Settings] = {}
        """What the presets ask for, by their names."""
        self.differences = Differences((), {})
        self.settings: list[str] = []
        """In what the runs that are shown differ from their presets."""
        self.version = 0
        """Grows whenever other runs are shown, or in another order."""
        self.reverse = False
        self.order: Order = ORDERS[0]
        self._wanted: str | None = None
        self._filter = Filter()

    @property
    def chosen(self) -> RunLine | None:
        """The run in focus; None if none is shown."""
        return self.shown[self.place] if self.shown else None

    @property
    def order_words(self) -> str:
        """How the list is sorted."""
        return self.order.reversed_words if self.reverse else self.order.words

    def titled(self, run_id: str) -> RunLine | None:
        """A run by its id, shown or not; None if it is gone."""
        return next((line for line in self.all if line.id == run_id), None)

    def take(self, lines: list[RunLine]) -> None:
        """Take in the list as it is now, newest first."""
        if self.all and len(lines) == len(self.all) and all(map(is_, lines, self.all)):
            return  # nothing is new, as mostly
        first = not self.all
        self.all = lines
        self.tails = tails(lines)
        self.marked &= {line.id for line in lines}
        self.differences = Differences(lines, self.presets)
        self._arrange()
        if self._wanted is not None:
            self.point_at(self._wanted)
            first = first and self._wanted is not None
        if first:
            training = (k for k, line in enumerate(self.shown) if line.status == "running")
            self.place = next(training, 0)

    def compare_with(self, presets: Mapping[str, Settings]) -> None:
        """Say what the presets ask for, by their names."""
        if presets != self.presets:
            self.presets = presets
            self.differences = Differences(self.all, presets)
            self._arrange()

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
        orders = [*ORDERS, *(by_setting(name, title_of(name)) for name in self.settings)]
        columns = [order.column for order in orders]
        place = columns.index(self.order.column) if self.order.column in columns else -1
        self._sort(orders[(place + 1) % len(orders)])

    def sort_by(self, column: str) -> None:
        """Sort by a column; by the one that the list is sorted by: the other way round."""
        if column == self.order.column:
            self.turn()
            return
        named = (order for order in ORDERS if order.column == column)
        order = next(named, None)
        name = column.removeprefix(SETTING)
        if order is not None or (name != column and name in self.settings):
            self._sort(order or by_setting(name, title_of(name)))

    def turn(self) -> None:
        """Reverse the order."""
        self.reverse = not self.reverse
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

    def _sort(self, order: Order) -> None:
        self.order, self.reverse = order, False
        self._arrange()

    def _arrange(self) -> None:
        before = self.chosen
        found = self.order.apply(filter(self._filter.matches, self.all), self.reverse)
        placed = [(line, 0) for line in found]
        if self.order.value is None:
            placed = in_families(found, self.all)
        self.shown = [line for line, _ in placed]
        self.depths = {line.id: depth for line, depth in placed if depth}
        self.settings = self.differences.names(self.shown)
        self.version += 1
        ids = [line.id for line in self.shown]
        if before is not None and before.id in ids:
            self.place = ids.index(before.id)
        self.move(0)
