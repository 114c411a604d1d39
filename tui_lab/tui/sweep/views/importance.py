"""How much of the differences between trials each axis explains, as bars."""

from math import isfinite

from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.text import Line, clip, fill, line, wrap
from tui_lab.tui.sweep.shares import Shares
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.views.view import View, words

_LONGEST = 24
_NOTE_FROM = 100
"""The minimum width for notes beside the bars; in less they are below."""


class ImportanceView(View):
    """The shares are computed on a thread."""

    name, short = "importance", "imp."

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        if not shown.names:
            return words("This sweep has no axis: only its seeds and folds vary.", width)
        self._shares.follow(shown)
        if self._shares.problem:
            return words(self._shares.problem, width)
        found = sorted(self._shares.found, key=lambda one: -one.share if isfinite(one.share) else 1.0)
        if not found:
            return words("Nothing can be said before a few trials with different values have ended.", width)
        told = wrap(
            f"How much of the differences in {shown.metric} each axis explains, from the "
            f"{self._shares.trials:,} trials that have ended.",
            width,
            "dim",
        )
        name = min(_LONGEST, max(len(one.axis) for one in found)) + 2
        beside = width >= _NOTE_FROM
        length = max(4, min(50, width - name - 8))
        lines: list[Line] = []
        for one in found:
            share = f"{one.share:5.0%}" if isfinite(one.share) else "    –"
            row = line(
                (fill(one.axis, name), ""), (bar(one.share, length), "bar"), (f" {share}  ", ""),
                (one.note if beside else "", "dim"),
            )  # fmt: skip
            lines.append(clip(row, width))
            if one.note and not beside:
                lines += wrap(one.note, max(10, width - name), "faint", first=" " * name)
        return [*told, (), *lines][:height]
