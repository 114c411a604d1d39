"""How much of the differences between trials each axis explains, as bars."""

from tui_lab.sweep.importance import Importance, sentence
from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.text import Line, clip, fill, line, wrap
from tui_lab.tui.sweep.answer import Answer
from tui_lab.tui.sweep.shares import SEED
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.views.view import View, words

_LONGEST, _LONGEST_BAR = 24, 50
BY_CHANCE, OF_SEED = "may be chance", "within combinations"
"""What is said beside a share."""


class ImportanceView(View):
    """The shares are computed on a thread."""

    name, short = "importance", "imp."

    def __init__(self, shares: Answer[Importance]) -> None:
        self._shares = shares

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        if not shown.names:
            return words("This sweep has no axis: only its seeds and folds vary.", width)
        self._shares.follow(shown.view)
        if self._shares.problem:
            return words(f"The importance of the axes: {self._shares.problem}.", width)
        found = self._shares.found
        axes = [one for one in found if one.axis != SEED]
        if not axes:
            return words(sentence(()).capitalize() + ".", width)
        told = wrap(
            f"How much of the order of the {self._shares.trials:,} trials that are over, by {shown.metric}, "
            "each axis explains by itself.",
            width,
            "dim",
        )
        said = wrap(sentence(axes), width, "bold")
        name = min(_LONGEST, max(len(one.axis) for one in found)) + 2
        length = max(4, min(_LONGEST_BAR, width - name - 8 - len(OF_SEED)))
        lines = [_bar(one, name, length, width) for one in found]
        return [*told, *said, (), *lines][:height]


def _bar(one: Importance, name: int, length: int, width: int) -> Line:
    note = OF_SEED if one.axis == SEED else "" if one.certain else BY_CHANCE
    return clip(
        line(
            (fill(one.axis, name), "" if one.certain else "dim"),
            (bar(one.share, length), "bar" if one.certain else "faint"),
            (f" {one.share:4.0%}  ", "" if one.certain else "dim"),
            (note, "dim"),
        ),
        width,
    )
