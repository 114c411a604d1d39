"""The table: a row for each trial or group, as many columns as fit."""

from tui_lab.tui.style.text import Line, Span, clip, cut, fill, line, width_of, window_of, wrap
from tui_lab.tui.sweep.columns import TrialColumn, in_common
from tui_lab.tui.sweep.groups import COMBINATION
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import MARKS, values_text
from tui_lab.tui.sweep.views.view import View, no_trial_yet, words

_GAP = 1
_WIDEST = 20
_FIRST = 3
"""The columns before those of the axes that are always there: number, state, best."""
WORDS_FROM = 100
"""The minimum width for the states in words."""
_SAMPLE = 60
"""The widths of columns are those of so many rows around the selected one."""


class TableView(View):
    """Left and right scroll the columns of the axes."""

    name, short = "table", "table"
    conditions = frozenset({"table"})

    def turn(self, shown: SweepShown, steps: int) -> None:
        most = max(0, len(shown.columns) - _FIRST - 1)
        shown.shift = max(0, min(shown.shift + steps, most))

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        if not shown.count:
            return words("No trial matches the filter." if shown.text else no_trial_yet(shown.view), width)
        below = _below(shown, width)
        seats = max(1, height - 1 - len(below))
        rows = window_of(shown.place, shown.count, seats)
        columns = [
            *shown.columns[:_FIRST],
            *shown.columns[_FIRST + min(shown.shift, len(shown.columns) - _FIRST - 1) :],
        ]
        fit = _fit(shown, columns, width)
        lines = [_heading(shown, fit, width)]
        lines += [_row(shown, k, fit, width) for k in rows]
        lines += [()] * (seats - len(rows))
        return [*lines, *below]


Fit = list[tuple[TrialColumn, int]]
"""Columns with their widths."""


def _fit(shown: SweepShown, columns: list[TrialColumn], width: int) -> Fit:
    """As many columns as fit."""
    sample = window_of(shown.place, shown.count, _SAMPLE)
    room, found = width - 2, []
    for column in columns:
        texts = [column.title, *(_text(shown, column, k) for k in sample)]
        size = min(_WIDEST, max(width_of([(text, "")]) for text in texts) + 1)
        if column.name == "status" and not shown.group_by:
            size = size + 2 if width >= WORDS_FROM else 2
        if size > room:
            break
        room -= size + _GAP
        found.append((column, size))
    return found


def _text(shown: SweepShown, column: TrialColumn, row: int) -> str:
    return column.group_text(shown.groups[row]) if shown.group_by else column.text(shown.trials[row])


def _heading(shown: SweepShown, fit: Fit, width: int) -> Line:
    spans: list[Span] = [("  ", "head")]
    for column, size in fit:
        sign = ("▴" if shown.reverse else "▾") if column.name == shown.order else ""
        text = column.title + sign
        text = "" if size < len(text) and column.name == "status" else text
        placed = fill(text, size) if column.name == "status" else _right(text, size)
        spans += [(placed, "changed" if column.name == shown.group_by else "head"), (" " * _GAP, "")]
    return clip(line(*spans), width)


def _row(shown: SweepShown, row: int, fit: Fit, width: int) -> Line:
    chosen = row == shown.place
    trial = shown.groups[row].first if shown.group_by else shown.trials[row]
    style = "row" if chosen else "dim" if trial.status in ("waiting", "given_up", "dropped") else ""
    spans: list[Span] = [("› " if chosen else "  ", "cursor" if chosen else "")]
    for column, size in fit:
        text = _text(shown, column, row)
        if column.name == "status" and not shown.group_by:
            mark, colour = MARKS[trial.status]
            spans += [(mark + " ", style if chosen else colour), (fill(text, size - 2), style)]
        elif column.name == "status":
            spans.append((fill(text, size), style))
        else:
            best = column.name == "best" and (
                shown.groups[row] is shown.best_row if shown.group_by else trial is shown.best
            )
            spans.append(
                (_right(("★" if best else "") + text, size), style if chosen or not best else "best")
            )
        spans.append((" " * _GAP, style if chosen else ""))
    rest = width - width_of(spans)
    return clip(line(*spans, (" " * max(0, rest), style if chosen else "")), width)


def _below(shown: SweepShown, width: int) -> list[Line]:
    """How many rows there are, in which order, and what all have in common."""
    noun = "group" if shown.group_by else "trial"
    text = f"{shown.count:,} {noun}{'' if shown.count == 1 else 's'}"
    if shown.group_by:
        by = "combination" if shown.group_by == COMBINATION else shown.group_by
        text += f" by {by}, mean ± standard deviation"
    if shown.text:
        text += f", filter: {cut(shown.text, 40)}"
    same = in_common(shown.view, shown.trials)
    if same:
        text += f"; all have {values_text(same)}"
    return wrap(text, width, "faint")[:2]


def _right(text: str, size: int) -> str:
    text = cut(text, size)
    return " " * (size - width_of([(text, "")])) + text
