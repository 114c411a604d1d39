"""The columns of the list of runs, and which of them fit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tui_lab.experiment.catalogue import format_value
from tui_lab.experiment.metrics import main_metric, short_name
from tui_lab.runs.folder.settings import Scalar
from tui_lab.runs.folder.sparkline import sparkline
from tui_lab.runs.index.differences import LAST, Settings, title_of
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.ordering import SETTING
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.style.format import clock_or_day, count, duration, number, score, when
from tui_lab.tui.style.text import cut, tell_apart, width_of

GAP, SIGN = 2, 2
STATUS = 13
"""The width of the state as text; if it does not fit, only its symbol is shown."""
NAME_LEAST, NAME_MOST = 16, 40
ROOMY, WIDE = 100, 150
"""The minimum widths for longer names and settings, and for the day next to the time."""
_SETTINGS_LEAST = 16
"""The minimum width of the column for all changes."""
_SETTING_MOST, _CHANGED_MOST = 16, 40
_CURVE = 8
CHANGED = "changed"
_DEEPEST = 4
"""Forks of forks are indented, up to this depth."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """A column: its name, title, width and cells. The one with the largest `drop` is dropped first.

    `needed`: whether any of the runs has a value in it.
    """

    name: str
    title: str
    width: int
    drop: int
    cell: Callable[[RunLine, float], str]
    right: bool = True
    needed: Callable[[RunLine], bool] = lambda run: True


def _test(run: RunLine) -> str:
    told = main_metric(run.test)
    return f"{short_name(told)} {score(told, run.test[told])}" if told else "–"


def _trained(run: RunLine) -> str:
    return "–" if run.seconds is None else duration(run.seconds)


PRESET = RunColumn(
    "preset", "PRESET", 12, 7, lambda run, now: run.preset or "–", right=False,
    needed=lambda run: run.title != run.preset,
)  # fmt: skip
BEFORE = (PRESET,)
AFTER = (
    RunColumn("val", "VAL LOSS", 8, 2, lambda run, now: sparkline(run.val_losses, _CURVE), right=False),
    RunColumn("best", "BEST LOSS", 9, 0, lambda run, now: number(run.best_val_loss)),
    RunColumn("test", "TEST", 9, 1, lambda run, now: _test(run)),
    RunColumn("epochs", "EPOCHS", 6, 5, lambda run, now: count(run.epochs) if run.epochs else "–"),
    RunColumn("trained", "TRAINED", 9, 6, lambda run, now: _trained(run)),
    RunColumn("when", "WHEN", 6, 4, lambda run, now: clock_or_day(run.started, now), right=False),
    RunColumn(
        "edits", "EDITS", 5, 8, lambda run, now: str(run.edits) if run.edits else "–",
        needed=lambda run: run.edits > 0,
    ),
)  # fmt: skip
_WORDS_GO_AT = 3
"""The rank of the state's text among the columns that are dropped."""
_LONG_WHEN = RunColumn("when", "WHEN", 12, 4, lambda run, now: when(run.started, now), right=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """A column for one setting, or (`CHANGED`) for all settings without a column of their own."""

    name: str
    title: str
    width: int
    texts: dict[str, str]
    """The cells, by the id of the run."""
    changed: frozenset[str]
    """The ids of runs whose value differs from the preset's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit. `names` are the names of the runs as shown, by id."""

    status: int
    name: int
    names: dict[str, str]
    before: tuple[RunColumn, ...]
    settings: tuple[Setting, ...]
    after: tuple[RunColumn, ...]

    def column_at(self, x: int) -> str:
        """The name of the column at a position in the heading; empty between columns."""
        cells = [("status", self.status), ("name", self.name)]
        cells += [(column.name, column.width) for column in self.before]
        cells += [(item.name, item.width) for item in self.settings]
        cells += [(column.name, column.width) for column in self.after]
        start = SIGN
        for k, (name, width) in enumerate(cells):
            start += GAP if k else 0
            if start - 1 <= x < start + width:
                return name
            start += width
        return ""


def layout(run_list: RunList, width: int) -> Layout:
    """Drop columns until there is room for names and for the settings that differ.

    The sorted column is dropped last, except for the default order, newest first.
    """
    shown = run_list.shown
    long = {run.id: _with_marks(run_list, run, run.title) for run in shown}
    name_need = min(NAME_MOST, max(NAME_LEAST, _widest(long.values())))
    name_least = min(name_need, NAME_LEAST + 8 if width >= ROOMY else NAME_LEAST + 1)
    offered = _settings(run_list)
    changed = _changed(run_list, run_list.settings)
    settings_need = sum(item.width + GAP for item in offered)
    if width < ROOMY and offered:
        settings_need = min(settings_need, changed.width + GAP)
    settings_least = min(settings_need, GAP + _SETTINGS_LEAST + (8 if width >= ROOMY else 0))

    after = tuple(_LONG_WHEN if c.name == "when" and width >= WIDE else c for c in AFTER)
    kept = [column for column in (*BEFORE, *after) if any(map(column.needed, shown))]
    status, sorts = STATUS, run_list.order.value is not None
    while True:
        rest = width - SIGN - status - GAP - sum(column.width + GAP for column in kept)
        if rest >= name_least + settings_least:
            break
        spare = [
            column for column in kept if column.drop and (column.name != run_list.order.column or not sorts)
        ]
        last = max(spare, key=lambda column: column.drop, default=None)
        if status > 1 and (last is None or last.drop < _WORDS_GO_AT):
            status = 1
        elif last is not None:
            kept.remove(last)
        elif sorts:
            sorts = False
        else:
            break
    settings = _fitting(run_list, offered, changed, rest - name_least)
    name = max(1, min(name_need, rest - sum(item.width + GAP for item in settings)))
    return Layout(
        status,
        name,
        _names(run_list, name),
        tuple(column for column in kept if column in BEFORE),
        settings,
        tuple(column for column in kept if column not in BEFORE),
    )


def _fitting(run_list: RunList, offered: list[Setting], changed: Setting, room: int) -> tuple[Setting, ...]:
    """A column for each setting; those that do not fit share the last one."""
    if not offered or room < GAP + len(changed.title):
        return ()
    if sum(item.width + GAP for item in offered) <= room:
        return tuple(offered)
    own: list[Setting] = []
    used = 2 * GAP + min(_SETTINGS_LEAST, changed.width)
    for item in offered:
        used += item.width + GAP
        if used > room + GAP:
            break
        own.append(item)
    left = _names_of_settings(run_list)[len(own) :]
    width = room - GAP - sum(column.width + GAP for column in own)
    title = "ALSO CHANGED" if own else "CHANGED"
    others = _changed(run_list, left, title)
    brief = [name for name in left if name not in LAST]
    if others.width > width and brief:
        others = _changed(run_list, brief, title)
    width = min(others.width, width)
    return (*own, Setting(CHANGED, others.title, width, _shortened(others.texts, width), others.changed))


def _settings(run_list: RunList) -> list[Setting]:
    """A column for each setting in which runs differ from their presets."""
    found = []
    for name in _names_of_settings(run_list):
        title = cut(title_of(name), _SETTING_MOST)
        full = {run.id: setting_text(run.setting(name)) for run in run_list.shown}
        width = min(_SETTING_MOST, _widest([title, *full.values()]))
        changed = frozenset(run.id for run in run_list.shown if name in run_list.differences.of(run))
        found.append(Setting(SETTING + name, title, width, _shortened(full, width), changed))
    return found


def _names_of_settings(run_list: RunList) -> list[str]:
    """The settings that differ most often first, after the one that the list is sorted by."""
    return sorted(run_list.settings, key=lambda name: SETTING + name != run_list.order.column)


def _changed(run_list: RunList, names: Sequence[str], title: str = "CHANGED") -> Setting:
    """Everything that differs from the preset, as in a filter: `lr=0.03 batch=64`."""
    wanted = set(names)
    texts = {run.id: changes_text(run_list.differences.of(run), wanted) for run in run_list.shown}
    width = _widest([title, *texts.values()])
    return Setting(
        CHANGED, title, min(_CHANGED_MOST, width), texts, frozenset(i for i, t in texts.items() if t)
    )


def changes_text(changes: Settings, names: set[str] | None = None) -> str:
    """Changes in one line."""
    return " ".join(
        f"{title_of(name)}={setting_text(value)}"
        for name, value in changes.items()
        if names is None or name in names
    )


@lru_cache(maxsize=4096, typed=True)
def setting_text(value: Scalar | None) -> str:
    """A value as it would be typed; `–` if there is none."""
    return "–" if value is None or value == "" else cut(format_value(value), 200)


def _widest(texts: Iterable[str]) -> int:
    return max((width_of([(text, "")]) for text in set(texts)), default=0)


def _shortened(texts: dict[str, str], width: int) -> dict[str, str]:
    short = tell_apart(texts.values(), width)
    return {run_id: short[text] for run_id, text in texts.items()}


def _names(run_list: RunList, width: int) -> dict[str, str]:
    """Each name, cut to fit and distinguishable from the others."""
    room: dict[int, list[str]] = {}
    for run in run_list.shown:
        room.setdefault(_room(run_list, run, width), []).append(run.title)
    short = {cells: tell_apart(titles, cells) for cells, titles in room.items()}
    found = {}
    for run in run_list.shown:
        title = short[_room(run_list, run, width)][run.title]
        found[run.id] = _with_marks(run_list, run, title)
    return found


def _room(run_list: RunList, run: RunLine, width: int) -> int:
    tail = run_list.tails.get(run.id, "")
    return max(1, width - len(_sign_of_fork(run_list, run)) - (len(tail) + 1 if tail else 0))


def _with_marks(run_list: RunList, run: RunLine, title: str) -> str:
    """A title with the mark of a fork before it, and the end of the id after it if titles repeat."""
    tail = run_list.tails.get(run.id, "")
    return _sign_of_fork(run_list, run) + (f"{title} {tail}" if tail else title)


def _sign_of_fork(run_list: RunList, run: RunLine) -> str:
    """The mark of a fork, which is indented below its parent if that is shown."""
    depth = min(run_list.depths.get(run.id, 0), _DEEPEST)
    if depth:
        return " " * (depth - 1) + "└ "
    return "↳ " if run.parent else ""
