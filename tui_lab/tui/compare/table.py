"""The table of the comparison: scores, and settings that differ."""

from textual import events

from tui_lab.runs.index.seed_groups import SeedGroup
from tui_lab.tui.chart.drawing.legend import LOOKS
from tui_lab.tui.compare.column import ComparedColumn
from tui_lab.tui.compare.comparison import ComparedRun, Comparison
from tui_lab.tui.compare.seed_rows import figure_text, rows_words, spread_text
from tui_lab.tui.style.text import Line, Span, clip, cut, fill, line, width_of, wrap
from tui_lab.tui.widgets.lines import Changed, NoticeLines

NAME_LEAST, NAME_MOST = 14, 32
_GAP = 2
_SIGN = 6
"""The cells before a name: the cursor, and a piece of the run's curve."""
WIDEST = 22
"""The maximum width of a column; longer texts, such as layer lists, are shown in full below the table."""


def columns_that_fit(columns: list[ComparedColumn], width: int) -> list[tuple[ComparedColumn, int]]:
    """As many columns as fit beside the names, each with its width."""
    room = width - _SIGN - NAME_LEAST
    found = []
    for column in columns:
        texts = (column.title, *column.texts.values())
        cells = min(WIDEST, max(width_of([(text, "")]) for text in texts) + 1)  # 1 for the sort mark
        if cells + _GAP > room:
            break
        room -= cells + _GAP
        found.append((column, cells))
    return found


def table(runs: Comparison, lit: bool, width: int) -> list[Line]:
    """The heading and one row per run."""
    fit = columns_that_fit(runs.columns, width)
    name = min(NAME_MOST, width - _SIGN - sum(cells + _GAP for _, cells in fit))
    lines = [_heading(runs, fit, name, width)]
    lines += [_row(runs, entry, lit, fit, name, width) for entry in runs.shown]
    if not runs.shown:
        return wrap("No match.", width, "dim")
    return lines


def _heading(runs: Comparison, fit: list[tuple[ComparedColumn, int]], name: int, width: int) -> Line:
    spans: list[Span] = [(" " * _SIGN + fill("NAME", name), "head")]
    for column, cells in fit:
        title = column.title + ("▾" if column.title == runs.sorted_by else "")
        spans.append((" " * _GAP + _right(title, cells), "changed" if column.setting else "head"))
    return clip(tuple(spans), width)


def _row(
    runs: Comparison,
    entry: ComparedRun,
    lit: bool,
    fit: list[tuple[ComparedColumn, int]],
    name: int,
    width: int,
) -> Line:
    chosen = entry is runs.chosen
    lit = lit and chosen
    sign = f"─{LOOKS[entry.role].dot}─" if entry.drawn else "   "
    spans: list[Span] = [
        ("› " if chosen else "  ", "cursor" if lit else "key"),
        (sign + " ", entry.role if entry.drawn else "faint"),
        (fill(runs.name_of(entry), name), "row" if lit else ""),
    ]
    if entry.view is None:
        words = "unreadable" if entry.problem else "reading…"
        spans.append((" " * _GAP + cut(words, max(1, width - width_of(spans) - _GAP)), "dim"))
    else:
        spans += [
            (" " * _GAP + _right(column.texts[entry.line.id], cells), "row" if lit else "")
            for column, cells in fit
        ]
    rest = width - width_of(spans)
    return clip((*spans, (" " * max(0, rest), "row" if lit else "")), width)


def rest_of(runs: Comparison, width: int, most: int) -> list[Line]:
    """The selected run: its id, and the columns that did not fit, in at most `most` lines."""
    entry = runs.chosen
    if entry is None:
        return []
    group = runs.group_of(entry)
    if group is not None and runs.grouped:
        return _group_lines(runs, group, width, 2 * most)
    shown = len(columns_that_fit(runs.columns, width))
    told = [f"{column.title} {column.texts[entry.line.id]}" for column in runs.columns[shown:]]
    long = [
        f"{column.title} {column.texts[entry.line.id]}"
        for column in runs.columns[:shown]
        if width_of([(column.texts[entry.line.id], "")]) >= WIDEST
    ]
    lines = [clip(line((runs.name_of(entry), "bold"), (f"  {entry.line.id}", "dim")), width)]
    if entry.problem:
        lines += wrap(entry.problem, width, "warn", first="⚠ ")
    elif told or long:
        lines += wrap("also differ: " + " · ".join([*long, *told]), width, "dim")
    elif not any(column.setting for column in runs.columns) and len(runs.read) > 1:
        lines += wrap("all have the same settings", width, "dim")
    if group is not None:
        return [*lines[: most - 1], clip(line((_beside(runs, group), "dim")), width)]
    return lines[:most]


def _group_lines(runs: Comparison, group: SeedGroup, width: int, most: int) -> list[Line]:
    """The selected group: as many figures with their spread as fit in `most` lines."""
    told = f"  {rows_words(group)}"
    figures = [figure_text(figure, spread) for figure, spread in group.spreads.items()]
    head = clip(line((runs.group_name(group), "bold"), (told, "dim")), width)
    while True:
        text = "mean ± standard deviation (lowest to highest): " + " · ".join(figures)
        lines = wrap(text, width, "dim")
        if len(lines) < most or not figures:
            return [head, *lines][:most]
        figures.pop()


def _beside(runs: Comparison, group: SeedGroup) -> str:
    """The group of the selected run in a line."""
    figures = [
        f"{column.title.lower()} {spread_text(column.figure, group.spreads[column.figure])}"
        for column in runs.columns
        if column.figure in group.spreads
    ]
    return " · ".join([f"g: {runs.group_name(group)}", *figures])


def _right(text: str, cells: int) -> str:
    text = cut(text, cells)
    return " " * (cells - width_of([(text, "")])) + text


class ComparedTable(NoticeLines, can_focus=True):
    """The table; a click selects a run."""

    def __init__(self, runs: Comparison) -> None:
        super().__init__(id="compared-table")
        self._runs = runs

    def lines(self, width: int) -> list[Line]:
        below = self.notice_lines(width) or rest_of(self._runs, width, 3)
        return [*table(self._runs, self.has_focus, width), *below]

    def on_click(self, event: events.Click) -> None:
        if 1 <= event.y <= len(self._runs.shown):
            self._runs.place = event.y - 1
            self.post_message(Changed())
