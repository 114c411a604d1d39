"""The list of runs as text: pure functions from a run to lines."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_lab.runs.listing import RunLine, told_of
from tui_lab.safe import safe
from tui_lab.tui.format import SHORT, count, duration, number, plural, score, when
from tui_lab.tui.panes.status import MARKS
from tui_lab.tui.text import Line, Span, clip, cut, fill, line, width_of, wrap

NAME_LEAST, NAME_MOST = 16, 60
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called, its width, what stands in it. The largest `drop` goes first."""

    name: str
    title: str
    width: int
    drop: int
    cell: Callable[[RunLine, float], str]
    right: bool = True


def _test(run: RunLine) -> str:
    told = told_of(run.test)
    return f"{SHORT.get(told, told)} {score(told, run.test[told])}" if told else "–"


def _took(run: RunLine) -> str:
    return "–" if run.seconds is None else duration(run.seconds)


COLUMNS: tuple[Column, ...] = (
    Column("name", "NAME", 0, 0, lambda run, now: safe(run.title, 100), right=False),
    Column("preset", "PRESET", 12, 6, lambda run, now: safe(run.preset or "–", 40), right=False),
    Column("best", "BEST LOSS", 10, 1, lambda run, now: number(run.best_val_loss)),
    Column("test", "TEST", 11, 7, lambda run, now: _test(run)),
    Column("epochs", "EPOCHS", 7, 5, lambda run, now: count(run.epochs) if run.epochs else "–"),
    Column("took", "TOOK", 9, 3, lambda run, now: _took(run)),
    Column("when", "WHEN", 12, 2, lambda run, now: when(run.started, now), right=False),
    Column("edits", "EDITS", 6, 4, lambda run, now: str(run.edits) if run.edits else "–"),
)
STATUS = 13
"""The width of the state in words; where there is no room for it only its sign is shown."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What fits into a width: the columns, the width of the names, and that of the state."""

    columns: tuple[Column, ...]
    name: int
    status: int

    def width(self, column: Column) -> int:
        """The cells of a column."""
        return column.width or self.name


def layout(width: int) -> Layout:
    """Leave out columns until there is room for names."""
    kept, status = list(COLUMNS), STATUS
    while True:
        room = width - 2 - status - sum(column.width for column in kept) - _GAP * len(kept)
        if room >= NAME_LEAST:
            break
        if status == STATUS and len(kept) <= 2:
            status = 1
        elif len(kept) > 1:
            kept.remove(max(kept, key=lambda column: column.drop))
        else:
            break
    return Layout(tuple(kept), max(1, min(room, NAME_MOST)), status)


def heading(width: int, sorted_by: str) -> Line:
    """The titles of the columns; a triangle at the one that the list is sorted by."""
    fit = layout(width)
    mark = "▾" if sorted_by == "status" else ""
    spans: list[Span] = [("  " + fill(("STATUS" if fit.status > 1 else "") + mark, fit.status), "head")]
    for column in fit.columns:
        title = column.title + ("▾" if column.name == sorted_by else "")
        spans.append((" " * _GAP + _placed(title, fit.width(column), column.right), "head"))
    return clip(tuple(spans), width)


def row(
    run: RunLine, chosen: bool, focused: bool, now: float, width: int, marked: bool = False, tail: str = ""
) -> Line:
    """One run in one line; `marked` for the comparison, `tail` tells its name from the same one of others."""
    fit, lit = layout(width), chosen and focused
    mark, style = MARKS[run.state]
    sign = (("›" if chosen else " ") + ("◆" if marked else " "), "cursor" if lit else "key")
    state = mark if fit.status == 1 else f"{mark} {run.state}"
    spans: list[Span] = [sign, (fill(state, fit.status), "row" if lit else style)]
    for column in fit.columns:
        cell, room = column.cell(run, now), fit.width(column)
        if column.name == "name" and tail:
            cell = f"{cut(cell, max(1, room - len(tail) - 1))} {tail}"
        text = " " * _GAP + _placed(cell, room, column.right)
        plain = "" if column.name in ("name", "best", "test") else "dim"
        spans.append((text, "row" if lit and not plain else "row-dim" if lit else plain))
    rest = width - width_of(spans)
    return clip((*spans, (" " * max(0, rest), "row" if lit else "")), width)


def details(run: RunLine, now: float, width: int) -> list[Line]:
    """The run in focus: name and id, its note, how it stands, its best, what it was trained with."""
    title = safe(run.title, 100)
    mark, style = MARKS[run.state]
    lines = [clip(line((title, "bold"), ("  " + run.id, "dim")), width)]
    if run.note:
        lines += _few(wrap(safe(run.note, 1000), width, "", first="✎ "), 3, width)
    lines += _few(wrap(_standing(run), width, style.replace("bad", "warn"), first=f"{mark} "), 2, width)
    if run.best_val_loss is not None:
        scores = [f"best epoch {count(run.best_epoch)}: loss {number(run.best_val_loss)}"]
        scores += [f"test {SHORT.get(name, name)} {score(name, value)}" for name, value in run.test.items()]
        lines.append(clip(line((cut("★ " + "   ".join(scores), width), "")), width))
    if run.hyperparameters:
        told = " · ".join(f"{name} {_value(value)}" for name, value in run.hyperparameters.items())
        lines.append(line((cut(safe(told, 600), width), "dim")))
    if run.problem:
        lines += _few(wrap(safe(run.problem, 600), width, "warn", first="⚠ "), 2, width)
    return lines


def _standing(run: RunLine) -> str:
    epochs = f"after {plural(run.epochs, 'epoch')}"
    match run.status:
        case "running":
            by = f" in {run.trained_by}" if run.trained_by else ""
            return f"{run.state}{by}, {plural(run.epochs, 'epoch')} done; ⏎ opens it"
        case "interrupted":
            return f"interrupted {epochs}: its process is gone; g resumes it"
        case "diverged":
            return (
                f"diverged {epochs}: resuming (g) would diverge again; ⏎ opens it, then f forks "
                "it with a lower lr"
            )
        case "stopped" | "failed":
            return f"{run.status} {epochs}; g resumes it"
        case "broken":
            return "this run cannot be read"
    return f"{run.status} {epochs}" + (f"; a fork of {run.parent}" if run.parent else "")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _few(lines: list[Line], most: int, width: int) -> list[Line]:
    """At most so many lines, the last one with `…` if there were more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    return [*lines[: most - 1], clip((*last[:-1], (last[-1][0] + " …", last[-1][1])), width)]


def _placed(text: str, width: int, right: bool) -> str:
    text = cut(text, width)
    blank = " " * (width - width_of([(text, "")]))
    return blank + text if right else text + blank
