"""Tables and sentences, fitted to the width of the terminal."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from tui_lab.cli.output.output import colours, is_terminal
from tui_lab.safe import safe

_GAP = "  "
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `right` aligns numbers. If space is short, the one with the largest `spare` is dropped
    first (the last of several); one with 0 is never dropped. The last column may be cut to `least` cells."""

    title: str
    right: bool = False
    spare: int = 0
    least: int = 0


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a heading, as a text for `put`. Cells are made safe here.

    On a terminal, lines are cut at its width; in a file they are not.
    """
    cells = [[column.title for column in columns], *([safe(cell) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    limit = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    kept = _fitting(columns, widths, limit)

    def line(row: Sequence[str]) -> str:
        padded = (
            " " * (widths[k] - cell_len(row[k])) + row[k]
            if columns[k].right
            else set_cell_size(row[k], widths[k])
            for k in kept
        )
        text = _GAP.join(padded).rstrip()
        return text if limit is None or cell_len(text) <= limit else set_cell_size(text, limit - 1) + "…"

    heading, *lines = map(line, cells)
    return "\n".join([f"{_BOLD}{heading}{_PLAIN}" if colours(sys.stdout) else heading, *lines, ""])


def _fitting(columns: Sequence[Column], widths: Sequence[int], limit: int | None) -> list[int]:
    """The columns that there is space for."""
    kept = list(range(len(columns)))
    needed = [*widths[:-1], min(widths[-1], columns[-1].least or widths[-1])]
    while limit is not None and sum(needed[k] for k in kept) + len(_GAP) * (len(kept) - 1) > limit:
        spare = [k for k in kept if columns[k].spare]
        if not spare:
            break
        kept.remove(max(spare, key=lambda k: (columns[k].spare, k)))
    return kept


def wrapped(text: str) -> str:
    """Text made safe, in lines that fit the terminal, as a text for `put`; in a file of 100 characters."""
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else 100
    return textwrap.fill(safe(text, 2000), max(20, width)) + "\n"


def number(value: float | None) -> str:
    """A measured value with four digits; `-` if there is none."""
    return "-" if value is None else f"{value:.4g}"


def duration(seconds: float | None) -> str:
    """Seconds as `4 s`, `3 min 05 s` or `2 h 10 min`; `-` if unknown."""
    if seconds is None or not 0 <= seconds < 1e9:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def when(time: float | None) -> str:
    """A Unix time in local time, to the minute; `-` if unknown."""
    try:
        return "-" if time is None else datetime.fromtimestamp(time).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "-"
