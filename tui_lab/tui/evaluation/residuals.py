"""Numbers: predicted against true, and how the residuals depend on the prediction and on columns."""

from tui_lab.protocol.evaluation import Evaluation, ResidualBin, Residuals
from tui_lab.tui.chart.curves.axes import Limits
from tui_lab.tui.chart.drawing.scatter import draw_scatter
from tui_lab.tui.evaluation.bars import box, place, scale
from tui_lab.tui.evaluation.section import Section, as_lines, beside
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, clip, cut, fill, line, wrap

_BESIDE_FROM = 100
_LABEL, _ROWS = 20, 6
_PAGES = 2


class ResidualsSection(Section):
    """`page` 0: predicted against true; 1: the residuals. `place`: by the prediction, or by a column."""

    name = "numbers"
    page = 0

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return evaluation.residuals is not None

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"listed", "pages"})

    @property
    def _found(self) -> Residuals:
        assert self.evaluation.residuals is not None
        return self.evaluation.residuals

    def count(self) -> int:
        return 1 + len(self._found.by_column)

    def move(self, steps: int) -> None:
        super().move(steps)
        self.page = 1

    def turn(self, steps: int) -> None:
        self.page = max(0, min(self.page + steps, _PAGES - 1))

    def lines(self, width: int, height: int) -> list[Line]:
        if width >= _BESIDE_FROM:
            left = (width - 3) // 2
            return beside(self._scatter(left, height), self._boxes(width - left - 3, height), left, 3)[
                :height
            ]
        return (self._boxes if self.page else self._scatter)(width, height)

    def _scatter(self, width: int, height: int) -> list[Line]:
        found, target = self._found, self.evaluation.target
        quantiles = self._quantiles(width)
        mean = found.mean
        words = (
            f"mean residual (true minus predicted) {number(mean.value)}, 95 % interval {number(mean.low)} to "
            f"{number(mean.high)}"
        )
        below = [*wrap(words, width, "dim"), *quantiles]
        size = width, max(8, height - len(below))
        picture = as_lines(draw_scatter(found.points, size, f"true {target}", f"predicted {target}"))
        return [*picture, *below][:height]

    def _quantiles(self, width: int) -> list[Line]:
        """How large the errors are."""
        cells = 8
        found = self._found.absolute_quantiles
        kept = list(found)[: max(1, (width - 16) // cells)]
        head = "".join(f"{percent} %".rjust(cells) for percent in kept)
        values = "".join(number(found[percent]).rjust(cells) for percent in kept)
        return [
            clip(line((fill("share of rows", 16), "head"), (head, "head")), width),
            clip(line((fill("error at most", 16), "dim"), (values, "")), width),
        ]

    def _boxes(self, width: int, height: int) -> list[Line]:
        found = self._found
        self.place = min(self.place, self.count() - 1)
        if self.place == 0:
            title, bins, told = "the prediction", found.by_prediction, ""
        else:
            column = found.by_column[self.place - 1]
            title, bins = column.column, column.bins
            told = f"explains {max(0.0, column.explained):.0%} of their variance"
        where = f"{self.place + 1} of {self.count()}"
        head = clip(
            line((f"residuals by {cut(title, 40)}", "key"), (f"  {told}  ({where}, ↑↓)", "dim")), width
        )
        limits = _limits(bins)
        cells = width - _LABEL - _ROWS - 2
        if cells < 8:
            return [head]
        zero = place(0.0, limits, cells) if limits[0] <= 0 <= limits[1] else None
        lines = [
            head,
            line((fill("", _LABEL), ""), (scale(limits, cells), "dim"), ("rows".rjust(_ROWS + 2), "head")),
        ]
        for one in bins:
            marks = box(one.quantiles, limits, cells)
            if zero is not None and marks[zero] in " ─━":
                marks = marks[:zero] + {" ": "┊", "─": "┼", "━": "╋"}[marks[zero]] + marks[zero + 1 :]
            off = one.quantiles[1] > 0 or one.quantiles[3] < 0
            label = fill(one.label, _LABEL - 1) + " "
            rows = f"{one.rows:,}".rjust(_ROWS + 2)
            lines.append(line((label, ""), (marks, "warn" if off else "train"), (rows, "dim")))
        legend = "─ 90 % of the rows, ━ the middle half, ┃ median, ┊ 0; coloured: the middle half misses 0"
        return [*lines[: height - 1], *wrap(legend, width, "dim")][:height]


def _limits(bins: tuple[ResidualBin, ...]) -> Limits:
    ends = [end for one in bins for end in (one.quantiles[0], one.quantiles[-1])]
    low, high = min(ends, default=-1.0), max(ends, default=1.0)
    return low, high if high > low else low + 1.0
