"""The ways to sort the list of runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isnan

from tui_lab.experiment.metrics import lower_is_better, main_metric
from tui_lab.runs.index.filter import full_name, kind_of, value_of
from tui_lab.runs.index.listing import RunLine

_STATES = ("running", "interrupted", "stopped", "failed", "diverged", "broken", "finished")
_COLUMNS = {"started": "when", "best_val_loss": "best", "seconds": "trained"}
"""The names of columns that differ from those of the fields."""
SETTING = "setting:"
"""The prefix of columns of settings: `epochs` is both a setting and the number trained."""
Sortable = float | str


@dataclass(frozen=True, slots=True)
class Order:
    """An order: the column, its description, also when reversed, and the value to sort by.

    Runs without a value come last in either direction; in a tie, the newer run comes first.
    """

    column: str
    words: str
    reversed_words: str
    value: Callable[[RunLine], Sortable | None] | None
    """None: the order in which the runs were made."""

    def apply(self, lines: Iterable[RunLine], reverse: bool = False) -> list[RunLine]:
        """Sort runs that come newest first."""
        if self.value is None:
            return list(lines)[::-1] if reverse else list(lines)
        valued = [(self.value(line), line) for line in lines]
        missing = [line for value, line in valued if _is_missing(value)]
        found = [(value, line) for value, line in valued if not _is_missing(value)]
        found.sort(key=lambda pair: _key(pair[0]), reverse=reverse)
        return [line for _, line in found] + missing


def _is_missing(value: Sortable | None) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _key(value: Sortable | None) -> tuple[bool, Sortable]:
    return isinstance(value, str), value  # type: ignore[return-value]  # numbers before texts


def _test(line: RunLine) -> float | None:
    told = main_metric(line.test)
    if told is None:
        return None
    return line.test[told] if lower_is_better(told) else -line.test[told]


ORDERS: tuple[Order, ...] = (
    Order("when", "newest first", "oldest first", None),
    Order("best", "best loss first", "worst loss first", lambda line: line.best_val_loss),
    Order("test", "best test score first", "worst test score first", _test),
    Order("status", "by state", "by state, finished first", lambda line: _STATES.index(line.status)),
    Order("name", "by name", "by name, Z to A", lambda line: line.title.casefold()),
    Order("epochs", "most epochs first", "fewest epochs first", lambda line: -line.epochs),
    Order("trained", "longest training first", "shortest training first", lambda line: _minus(line.seconds)),
    Order("edits", "most edits first", "fewest edits first", lambda line: -line.edits),
)


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def by_setting(name: str, title: str) -> Order:
    """The order by a setting or metric, given its full name: best first, or highest first."""
    metric = name.removeprefix("test_").removeprefix("val_")
    sign = 1 if lower_is_better(metric) else -1

    def value(line: RunLine) -> Sortable | None:
        found = value_of(line, name)
        return sign * float(found) if isinstance(found, int | float) else found

    words = f"highest {title} first", f"lowest {title} first"
    return Order(SETTING + name, *(words if sign < 0 else words[::-1]), value)


def order_named(written: str) -> Order:
    """The order by a column or anything that a filter knows, possibly abbreviated. Raises InputError."""
    name = full_name(written)
    column = _COLUMNS.get(name, name)
    found = next((order for order in ORDERS if order.column == column), None)
    if found is None:
        kind_of(name, written)
        found = by_setting(name, written)
    return found
