"""What all views of a sweep share: which trials are shown, in which order, and which is selected."""

from collections.abc import Callable
from math import isfinite
from typing import TypeVar

from tui_lab.experiment.catalogue import Value
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.sweep.groups import Combined, best_combination
from tui_lab.tui.sweep.columns import TrialColumn, columns_of, sort_key
from tui_lab.tui.sweep.groups import COMBINATION, TrialGroup, best_group, grouped
from tui_lab.tui.sweep.scales import AxisScale
from tui_lab.tui.sweep.trial_filter import TrialTest, read_trial_filter

T = TypeVar("T")
BY_BEST = "best"
TOP_SHARE, TOP_MOST = 0.1, 50
"""Of the trials with a value, this share is shown as the best, and at most so many."""


class SweepShown:
    """Keeps the same trial selected when trials come, or move in the order.

    `x`, `y`: the places of the axes of the heat map; `axis`: that of the view of one axis. `median`: whether
    a cell of the heat map shows the median instead of the best. `shift`: how many axes the table leaves out
    on the left.
    """

    def __init__(self, view: SweepView, *, log_y: bool = False) -> None:
        self.view = view
        self.text = ""
        """The filter as typed."""
        self.order, self.reverse = BY_BEST, False
        self.group_by = ""
        """`combination`, an axis, or nothing."""
        self.x, self.y, self.axis, self.shift = 0, 1, 0, 0
        self.median, self.log_y = False, log_y
        self.trials: list[TrialView] = []
        """Those that match the filter, in their order."""
        self.groups: list[TrialGroup] = []
        self.best_row: TrialGroup | None = None
        """The group with the best mean: of combinations as `best_combination` has it."""
        self.ranked: list[TrialView] = []
        """Those with a value, the best first."""
        self.leader: TrialView | None = None
        """The best of all, also if the filter hides it."""
        self.top: frozenset[int] = frozenset()
        """The numbers of the best of them."""
        self.columns: list[TrialColumn] = []
        self.scales: dict[str, AxisScale] = {}
        self.best_group: Combined | None = None
        """The best combination, if each is trained several times."""
        self.over = 0
        """How many trials have ended."""
        self._number: int | None = None
        self._tests: list[TrialTest] = []
        self._scales_for: object = None
        self._columns_for: object = None
        self.follow()

    # What there is

    def follow(self) -> None:
        """Take in what is new in the view."""
        view = self.view
        sweep = view.sweep
        axes = sweep.axes if sweep is not None else ()
        if (len(view.trials), sweep) != self._scales_for:
            self._scales_for = len(view.trials), sweep
            self.scales = {axis.name: AxisScale(axis, _tried(view, axis.name)) for axis in axes}
        over = sum(trial.over for trial in view.trials)
        group = self.best_group
        if sweep is not None and sweep.repeats > 1 and (over != self.over or group is None or not group.over):
            self.best_group = best_combination(view)  # those whose trials are all over come first
        self.over = over
        if self.group_by not in ("", COMBINATION, *self.scales):
            self.group_by = ""
        self._arrange()

    @property
    def names(self) -> list[str]:
        """The axes, in the order of the sweep."""
        return list(self.scales)

    @property
    def metric(self) -> str:
        return "val_loss" if self.view.sweep is None else self.view.sweep.metric

    @property
    def best(self) -> TrialView | None:
        """The best of the trials that match the filter."""
        return self.ranked[0] if self.ranked else None

    @property
    def chosen(self) -> TrialView | None:
        """The selected trial; if there is none, or the filter hides it, the best, or else the first."""
        number = self._number
        if number is not None and number < len(self.view.trials):
            trial = self.view.trials[number]
            if self._matches(trial):
                return trial
        return self.best or (self.trials[0] if self.trials else None)

    @property
    def rank(self) -> int | None:
        """The place of the selected trial among those with a value, from 1."""
        chosen = self.chosen
        return next((k for k, trial in enumerate(self.ranked, 1) if trial is chosen), None)

    @property
    def count(self) -> int:
        """How many rows can be selected."""
        return len(self.groups) if self.group_by else len(self.trials)

    @property
    def place(self) -> int:
        """The row of the selected trial, or of its group; the first one if it is not shown."""
        chosen = self.chosen
        if self.group_by:
            found = (k for k, group in enumerate(self.groups) if chosen in group.trials)
        else:
            found = (k for k, trial in enumerate(self.trials) if trial is chosen)
        return next(found, 0)

    # What keys do

    def move(self, steps: int) -> None:
        """Select another row."""
        if self.count:
            place = max(0, min(self.place + steps, self.count - 1))
            trial = self.groups[place].first if self.group_by else self.trials[place]
            self._number = trial.number

    def point_at(self, trial: TrialView) -> None:
        self._number = trial.number

    def sort(self) -> None:
        """Sort by the next column."""
        names = [column.name for column in self.columns]
        place = names.index(self.order) if self.order in names else -1
        self._again(lambda: setattr(self, "order", names[(place + 1) % len(names)]))

    def turn(self) -> None:
        """Reverse the order."""
        self._again(lambda: setattr(self, "reverse", not self.reverse))

    def group(self) -> None:
        """Group by combination if these are trained several times, then by each axis, then not at all."""
        repeated = self.view.sweep is not None and self.view.sweep.repeats > 1
        ways = ["", *([COMBINATION] if repeated else []), *self.scales]
        place = ways.index(self.group_by)
        self._again(lambda: setattr(self, "group_by", ways[(place + 1) % len(ways)]))

    def filter(self, text: str) -> None:
        """Show only the trials that match. Raises InputError."""
        tests = read_trial_filter(text, self.scales, self.metric)

        def apply() -> None:
            self._tests, self.text = tests, text.strip()

        self._again(apply)

    def turn_axis(self, which: str, steps: int) -> None:
        """The next axis for `x`, `y` or `axis`; x and y stay different."""
        count = len(self.scales)
        if count < (2 if which in ("x", "y") else 1):
            return
        place = (getattr(self, which) + steps) % count
        if which in ("x", "y") and place == (self.y if which == "x" else self.x):
            place = (place + steps) % count
        setattr(self, which, place)

    # Order

    def _again(self, change: Callable[[], None]) -> None:
        chosen = self.chosen
        change()
        self._arrange()
        if chosen is not None and self._number is None:
            self._number = chosen.number

    def _matches(self, trial: TrialView) -> bool:
        return all(test(trial) for test in self._tests)

    def _arrange(self) -> None:
        view = self.view
        known = [trial for trial in view.trials if isfinite(trial.best)]
        known.sort(key=lambda trial: trial.best, reverse=not view.lower_is_better)
        self.leader = known[0] if known else None
        matching = view.trials
        if self._tests:
            matching = [trial for trial in view.trials if self._matches(trial)]
            known = [trial for trial in known if self._matches(trial)]
        self.ranked = known
        top = max(1, min(TOP_MOST, round(TOP_SHARE * len(known))))
        self.top = frozenset(trial.number for trial in self.ranked[:top])
        tested = sum(1 for trial in matching if trial.test)
        key = (len(matching), self.text, self.group_by, bool(tested), view.sweep)
        if key != self._columns_for:
            self._columns_for = key
            self.columns = columns_of(view, matching, self.group_by)
        column = next((one for one in self.columns if one.name == self.order), None)
        if column is None:
            self.order, self.reverse = BY_BEST, False
            column = next(one for one in self.columns if one.name == BY_BEST)
        if self.order == BY_BEST:
            rest = [trial for trial in matching if not isfinite(trial.best)]
            self.trials = (self.ranked[::-1] if self.reverse else self.ranked) + rest
        else:
            self.trials = _sorted(matching, column.key, self.reverse)
        if self.group_by:
            made = grouped(view, matching, self.group_by)
            self.groups = _sorted(made, column.group_sort, self.reverse)
            by_combination = self.group_by == COMBINATION
            if by_combination and self.order == BY_BEST:
                self.groups.sort(key=lambda group: group.failed > 0)  # as `ranked_combinations` has them
            self.best_row = best_group(view, made, whole=by_combination)


def _tried(view: SweepView, name: str) -> set[Value]:
    return {trial.values[name] for trial in view.trials if name in trial.values}


def _sorted(items: list[T], key: Callable[[T], float | str | None], reverse: bool) -> list[T]:
    """Sorted; those without a value last, in either direction."""
    keyed = [(key(item), item) for item in items]
    known = [(value, item) for value, item in keyed if value is not None]
    known.sort(key=lambda pair: sort_key(pair[0]), reverse=reverse)
    return [item for _, item in known] + [item for value, item in keyed if value is None]
