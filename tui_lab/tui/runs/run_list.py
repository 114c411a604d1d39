"""The list of runs: filter, order, selection, marks. No widgets."""

from collections.abc import Mapping
from operator import is_

from tui_lab.runs.index.differences import Differences, Settings, title_of
from tui_lab.runs.index.families import in_families
from tui_lab.runs.index.filter import Filter, read_filter
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.ordering import ORDERS, SETTING, Order, by_setting
from tui_lab.tui.state.run_names import MOST, tails


class RunList:
    """The list as arranged by the user. The same run stays selected when the list changes."""

    def __init__(self) -> None:
        self.all: list[RunLine] = []
        self.shown: list[RunLine] = []
        self.text = ""
        """The filter as typed."""
        self.place = 0
        self.tails: dict[str, str] = {}
        """For runs that share a name: the end of the id, by id."""
        self.depths: dict[str, int] = {}
        """The number of ancestors above a run in the list, by id."""
        self.marked: set[str] = set()
        """The ids of the runs marked for comparison."""
        self.presets: Mapping[str, Settings] = {}
        """The experiments of the presets, by name."""
        self.differences = Differences((), {})
        self.settings: list[str] = []
        """The differences of the shown runs from their presets."""
        self.version = 0
        """Grows whenever the shown runs or their order change."""
        self.reverse = False
        self.order: Order = ORDERS[0]
        self._wanted: str | None = None
        self._filter = Filter()

    @property
    def chosen(self) -> RunLine | None:
        """The selected run; None if none is shown."""
        return self.shown[self.place] if self.shown else None

    @property
    def order_words(self) -> str:
        """The current order."""
        return self.order.reversed_words if self.reverse else self.order.words

    def titled(self, run_id: str) -> RunLine | None:
        """A run by id, shown or not; None if it no longer exists."""
        return next((line for line in self.all if line.id == run_id), None)

    def take(self, lines: list[RunLine]) -> None:
        """Update from the current list, newest first."""
        if self.all and len(lines) == len(self.all) and all(map(is_, lines, self.all)):
            return  # usually nothing is new
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
        """Set the experiments of the presets, by name."""
        if presets != self.presets:
            self.presets = presets
            self.differences = Differences(self.all, presets)
            self._arrange()

    def point_at(self, run_id: str) -> None:
        """Select a run, now or once it is in the list."""
        place = next((k for k, line in enumerate(self.shown) if line.id == run_id), None)
        self._wanted = run_id if place is None else None
        self.place = self.place if place is None else place

    def filter(self, text: str) -> None:
        """Show only matching runs; an invalid filter changes nothing. Raises InputError."""
        self._filter, self.text = read_filter(text), text.strip()
        self._arrange()

    def sort(self) -> None:
        """Switch to the next order."""
        orders = [*ORDERS, *(by_setting(name, title_of(name)) for name in self.settings)]
        columns = [order.column for order in orders]
        place = columns.index(self.order.column) if self.order.column in columns else -1
        self._sort(orders[(place + 1) % len(orders)])

    def sort_by(self, column: str) -> None:
        """Sort by a column; reverse the order if the list is already sorted by it."""
        if column == self.order.column:
            self.turn()
            return
        named = (order for order in ORDERS if order.column == column)
        order = next(named, None)
        name = column.removeprefix(SETTING)
        if order is not None or (name != column and name in self.settings):
            self._sort(order or by_setting(name, title_of(name)))

    def turn(self) -> None:
        self.reverse = not self.reverse
        self._arrange()

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, len(self.shown) - 1))
        if steps:
            self._wanted = None

    def mark(self) -> bool:
        """Mark the selected run for comparison, or unmark it; False if too many are marked."""
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
