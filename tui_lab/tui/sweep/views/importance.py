"""How much of the differences between trials each axis explains, as bars."""

from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.text import Line, clip, fill, line, wrap
from tui_lab.tui.sweep.answer import Answer
from tui_lab.tui.sweep.feed import AxisShare
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.views.view import View, words

_LONGEST = 24
BY_CHANCE = "may be chance"


class ImportanceView(View):
    """The shares are computed on a thread."""

    name, short = "importance", "imp."

    def __init__(self, shares: Answer[AxisShare]) -> None:
        self._shares = shares

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        if not shown.names:
            return words("This sweep has no axis: only its seeds and folds vary.", width)
        self._shares.follow(shown.view)
        if self._shares.problem:
            return words(f"The importance of the axes: {self._shares.problem}.", width)
        found = sorted(self._shares.found, key=lambda one: -one.share)
        if not found:
            return words("Nothing can be said before a few trials with different values have ended.", width)
        told = wrap(
            f"How much of the order of the {self._shares.trials:,} trials that are over, by {shown.metric}, "
            "each axis explains by itself.",
            width,
            "dim",
        )
        name = min(_LONGEST, max(len(one.axis) for one in found)) + 2
        length = max(4, min(50, width - name - 8 - len(BY_CHANCE)))
        lines = [
            clip(
                line(
                    (fill(one.axis, name), "" if one.certain else "dim"),
                    (bar(one.share, length), "bar" if one.certain else "faint"),
                    (f" {one.share:4.0%}  ", "" if one.certain else "dim"),
                    ("" if one.certain else BY_CHANCE, "dim"),
                ),
                width,
            )
            for one in found
        ]
        return [*told, (), *lines][:height]
