"""The comparison of runs: which are drawn, their order, and the columns of the table. No widgets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, isnan
from typing import Any

from tui_lab.experiment.metrics import lower_is_better, main_metric, short_name
from tui_lab.protocol.view import RunView
from tui_lab.runs.index.comparison import differing, setting_text
from tui_lab.runs.index.filter import Filter, read_filter
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.seed_groups import BEST_LOSS, SeedGroup, seed_groups
from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import RUNS, Role
from tui_lab.tui.chart.readout import value_at
from tui_lab.tui.compare.column import ComparedColumn
from tui_lab.tui.compare.seed_rows import group_name, with_groups
from tui_lab.tui.state.run_names import MOST, tails
from tui_lab.tui.style.format import count, number, score
from tui_lab.tui.style.text import cut


def companions(run_id: str | None, lines: list[RunLine], marked: Iterable[str] = ()) -> list[RunLine]:
    """What a run is compared with by default: marked runs, or its relatives, or runs of the same preset.

    The run itself comes first. Its relatives are its parent, its forks and the other forks of its parent.
    """
    chosen = set(marked)
    own = next((line for line in lines if line.id == run_id), None)
    if own is None:
        return [line for line in lines if line.id in chosen][:MOST] or lines[:MOST]
    rest = [line for line in lines if line is not own]
    others = [line for line in rest if line.id in chosen]
    if not others:
        kin = {own.id, own.parent} - {""}
        others = [line for line in rest if line.id == own.parent or line.parent in kin]
    if not others:
        others = [line for line in rest if line.preset == own.preset]
    return [own, *others][:MOST]


@dataclass(slots=True)
class ComparedRun:
    """One run. `role` is its colour, whatever the order of the table; `view` is None until it is read."""

    line: RunLine
    role: Role
    view: RunView | None = None
    problem: str = ""
    drawn: bool = True
    track: Track = field(default_factory=Track)

    def follow(self, lens: Lens) -> Track:
        """Its epochs, up to date."""
        return self.track if self.view is None else self.track.follow(self.view, lens.metric)

    def at(self, lens: Lens, x: float) -> float | None:
        """Its validation value at x; None beyond its end."""
        ends = self.follow(lens).ends
        xs = ends.xs(lens.x)
        return None if not xs or x > xs[-1] else value_at(xs, ends.values, x)


class Comparison:
    """At most eight runs. The same run stays selected when the table is sorted or filtered."""

    def __init__(self, lines: list[RunLine]) -> None:
        self.entries = [ComparedRun(line, role) for line, role in zip(lines, RUNS, strict=False)]
        self._tails = tails(entry.line for entry in self.entries)
        self.columns: list[ComparedColumn] = []
        self.text = ""
        """The filter as typed."""
        self.sorted_by = ""
        self.place = 0
        self.grouped = False
        """Whether runs that differ by the seed or the fold only are one row."""
        self.groups: dict[str, SeedGroup] = {}
        """The groups among the runs that match the filter, by the id of the run that stands for each."""
        self._in_group: dict[str, str] = {}
        self._of_runs: list[ComparedColumn] = []
        self._filter = Filter()

    @property
    def matching(self) -> list[ComparedRun]:
        """The runs that match the filter, each by itself."""
        return [entry for entry in self.entries if self._filter.matches(entry.line)]

    @property
    def shown(self) -> list[ComparedRun]:
        """The rows of the table, sorted: runs, of a group the one that stands for it."""
        found = self.matching
        if self.grouped:
            found = [entry for entry in found if self._in_group.get(entry.line.id, "") in ("", entry.line.id)]
        column = next((item for item in self.columns if item.title == self.sorted_by), None)
        if column is not None:
            found.sort(key=lambda entry: column.keys[entry.line.id])
        return found

    @property
    def chosen(self) -> ComparedRun | None:
        """The selected run; None if none is shown."""
        shown = self.shown
        return shown[min(self.place, len(shown) - 1)] if shown else None

    @property
    def best_other(self) -> ComparedRun | None:
        """The run with the lowest validation loss of those in the table that are not selected."""
        others = [entry for entry in self.shown if entry is not self.chosen and entry.view is not None]
        return min(others, key=lambda entry: _low(entry.line.best_val_loss), default=None)

    @property
    def read(self) -> list[ComparedRun]:
        """The runs whose journals have been read."""
        return [entry for entry in self.entries if entry.view is not None]

    def group_of(self, entry: ComparedRun) -> SeedGroup | None:
        """The group that a run belongs to."""
        return self.groups.get(self._in_group.get(entry.line.id, ""))

    def group_name(self, group: SeedGroup) -> str:
        return group_name(group, [entry.line for entry in self.entries])

    def in_row(self, entry: ComparedRun) -> list[ComparedRun]:
        """The runs of a row, by seed and fold."""
        group = self.group_of(entry) if self.grouped else None
        by_id = {each.line.id: each for each in self.entries}
        return [entry] if group is None else [by_id[run_id] for run_id in group.ids]

    def toggle_groups(self) -> None:
        """Show groups or single runs; the selected run, or its group, stays selected."""

        def toggle() -> None:
            self.grouped = not self.grouped
            self._arrange()

        self._keep_focus(toggle)

    def _arrange(self) -> None:
        """The columns, with groups in place of the runs that stand for them if they are shown."""
        groups = self.groups if self.grouped else {}
        self.columns = [with_groups(column, groups) for column in self._of_runs]

    def _group(self) -> None:
        views = {entry.line.id: entry.view for entry in self.matching if entry.view is not None}
        found = seed_groups(views)
        first = [next(run_id for run_id in views if run_id in group.ids) for group in found]
        self.groups = dict(zip(first, found, strict=True))
        self._in_group = {run_id: name for name, group in self.groups.items() for run_id in group.ids}

    def name_of(self, entry: ComparedRun) -> str:
        """The name of a row: of a run, with the end of its id if several have the same name, or a group."""
        if self.grouped and (group := self.group_of(entry)) is not None:
            return self.group_name(group)
        title, tail = cut(entry.line.title, 60), self._tails.get(entry.line.id, "")
        return f"{title} {tail}" if tail else title

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, len(self.shown) - 1))

    def toggle(self) -> None:
        """Draw the selected run, or stop drawing it."""
        if self.chosen is not None:
            self.chosen.drawn = not self.chosen.drawn

    def sort(self) -> None:
        """Sort by the next column; after the last one, go back to the original order."""
        titles = ["", *(column.title for column in self.columns)]
        place = titles.index(self.sorted_by) if self.sorted_by in titles else 0
        self._keep_focus(lambda: setattr(self, "sorted_by", titles[(place + 1) % len(titles)]))

    def filter(self, text: str) -> None:
        """Show and draw only the runs that match. Raises InputError."""
        chosen = read_filter(text)

        def apply() -> None:
            self._filter, self.text = chosen, text.strip()
            self._group()
            self._arrange()

        self._keep_focus(apply)

    def update(self, lines: list[RunLine]) -> None:
        """Update the runs from the current list."""
        now = {line.id: line for line in lines}
        for entry in self.entries:
            entry.line = now.get(entry.line.id, entry.line)

    def lay_out(self, lens: Lens) -> None:
        """Rebuild the columns: scores, values at the cursor, and settings that differ."""
        self._group()
        read = self.read
        views = [entry.view for entry in read if entry.view is not None]
        found = [
            _scores(
                read,
                "BEST LOSS",
                lambda view: view.best.val_loss if view.best else None,
                number,
                figure=BEST_LOSS,
            )
        ]
        found += _metrics(read)
        found.append(
            _scores(read, "EPOCHS", lambda view: view.epochs_done, lambda v: "–" if v is None else count(v))
        )
        if lens.cursor is not None:
            values = {entry.line.id: entry.at(lens, lens.cursor) for entry in read}
            texts = {run_id: number(value) for run_id, value in values.items()}
            found.append(
                ComparedColumn(
                    "AT CURSOR", texts, {run_id: _low(value) for run_id, value in values.items()},
                    figure="cursor_loss",
                )
            )  # fmt: skip
        for name, settings in differing(views).items():
            ids = [entry.line.id for entry in read]
            texts = {
                run_id: cut(setting_text(value), 60) for run_id, value in zip(ids, settings, strict=True)
            }
            keys = {run_id: _sortable(value[1]) for run_id, value in zip(ids, settings, strict=True)}
            found.append(ComparedColumn(cut(name, 40), texts, keys, setting=True))
        self._of_runs = [self._whole(column) for column in found]
        self._arrange()

    def _whole(self, column: ComparedColumn) -> ComparedColumn:
        """The column with a text and a key also for runs that are not read yet."""
        ids = [entry.line.id for entry in self.entries]
        texts = {run_id: column.texts.get(run_id, "–") for run_id in ids}
        last = _sortable(None) if column.setting else inf
        return replace(column, texts=texts, keys={run_id: column.keys.get(run_id, last) for run_id in ids})

    def _keep_focus(self, change: Callable[[], None]) -> None:
        """Make a change; the selected run stays selected, or the row that has it or others of its group."""
        before = self.chosen
        known = set() if before is None else {entry.line.id for entry in self.in_row(before)}
        change()
        rows = [{entry.line.id for entry in self.in_row(row)} for row in self.shown]
        own = [k for k, row in enumerate(rows) if before is not None and before.line.id in row]
        near = [k for k, row in enumerate(rows) if row & known]
        self.place = next(iter((*own, *near)), 0)


def _metrics(read: list[ComparedRun]) -> list[ComparedColumn]:
    """The main metric: on validation in the best epoch, and in the test."""
    names = [name for entry in read if entry.view and entry.view.best for name in entry.view.best.metrics]
    told = main_metric([name for name in names if name != "loss"])
    if told is None:
        return []
    short, text, most_first = short_name(told).upper(), partial(score, told), not lower_is_better(told)

    def best(view: RunView) -> float | None:
        return view.best.metrics.get(told) if view.best else None

    def tested(view: RunView) -> float | None:
        return view.tested.metrics.get(told) if view.tested else None

    return [
        _scores(read, f"VAL {short}", best, text, figure=f"val_{told}", most_first=most_first),
        _scores(read, f"TEST {short}", tested, text, figure=f"test_{told}", most_first=most_first),
    ]


def _scores(
    read: list[ComparedRun],
    title: str,
    value: Callable[[RunView], float | None],
    text: Callable[[float | None], str],
    *,
    figure: str = "",
    most_first: bool = False,
) -> ComparedColumn:
    values = {entry.line.id: value(entry.view) for entry in read if entry.view is not None}
    texts = {run_id: text(found) for run_id, found in values.items()}
    sign = -1 if most_first else 1
    keys = {run_id: _low(None if v is None else sign * v) for run_id, v in values.items()}
    return ComparedColumn(title, texts, keys, figure=figure)


def _low(value: float | None) -> float:
    return inf if value is None or isnan(value) else value


def _sortable(value: Any) -> tuple[int, float, str]:
    """A sort key: numbers before texts, missing values last."""
    if value is None:
        return 2, 0.0, ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value)
