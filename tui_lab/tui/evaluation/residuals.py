"""Numbers: predicted against true, and how the residuals depend on the prediction and on columns."""

from math import isfinite

from tui_lab.protocol.evaluation import Evaluation, Residuals
from tui_lab.tui.chart.as_text import as_lines
from tui_lab.tui.chart.curves.axes import fit_y
from tui_lab.tui.chart.drawing.plane import REFERENCE, Plane, PlaneLayer, draw_plane
from tui_lab.tui.evaluation.bars import box, place, scale, span
from tui_lab.tui.evaluation.section import Section
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, beside, clip, cut, fill, line, wrap

_BESIDE_FROM = 100
_LABEL, _ROWS = 20, 6
_PAGES = 2
_ZERO = {" ": "┊", "─": "┼", "━": "╋"}
"""The mark of zero over another."""


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
            f"mean residual (true minus predicted) {number(mean.value)}, 95% interval {number(mean.low)} to "
            f"{number(mean.high)}"
        )
        below = [*wrap(words, width, "dim"), *quantiles]
        values = [value for point in found.points for value in point if isfinite(value)]
        ends = fit_y(min(values, default=0.0), max(values, default=1.0))
        layers = (
            PlaneLayer((((ends[0], ends[0]), (ends[1], ends[1])),), "gone", REFERENCE),
            PlaneLayer(tuple((point,) for point in found.points), "train"),
        )
        plane = Plane(layers, ends, ends, f"true {target}", f"predicted {target}")
        return [*as_lines(draw_plane(plane, width, height - len(below))), *below]

    def _quantiles(self, width: int) -> list[Line]:
        """How large the errors are."""
        cells = 8
        found = self._found.absolute_quantiles
        kept = list(found)[: max(1, (width - 16) // cells)]
        head = "".join(f"{percent}%".rjust(cells) for percent in kept)
        values = "".join(number(found[percent]).rjust(cells) for percent in kept)
        return [
            clip(line((fill("share of rows", 16), "head"), (head, "head")), width),
            clip(line((fill("error at most", 16), "dim"), (values, "")), width),
        ]

    def _boxes(self, width: int, height: int) -> list[Line]:
        """The selected block, and below it those that follow, as many as fit."""
        self.place = min(self.place, self.count() - 1)
        cells = width - _LABEL - _ROWS - 2
        legend = "─ 90% of the rows, ━ the middle half, ┃ median, ┊ 0; coloured: the middle half misses 0"
        below = wrap(legend, width, "dim")
        if cells < 8:
            return []
        lines: list[Line] = []
        for k in range(self.place, self.count()):
            block = self._block(k, width, cells)
            if lines and len(lines) + 1 + len(block) > height - len(below) - 1:
                break
            lines += [*([()] if lines else []), *block]
        return [*lines[: height - len(below) - 1], (), *below][:height]

    def _block(self, k: int, width: int, cells: int) -> list[Line]:
        """The residuals by the prediction, or by a column, a line for each bin."""
        found = self._found
        if k == 0:
            title, bins, told = "the prediction", found.by_prediction, ""
        else:
            column = found.by_column[k - 1]
            title, bins = column.column, column.bins
            told = f"explains {max(0.0, column.explained):.0%} of their variance"
        where = f"{k + 1} of {self.count()}"
        head = line((f"residuals by {cut(title, 40)}", "key" if k == self.place else "head"))
        limits = span((end for one in bins for end in (one.quantiles[0], one.quantiles[-1])), (-1.0, 1.0))
        ends = line((fill("", _LABEL), ""), (scale(limits, cells), "dim"), ("rows".rjust(_ROWS + 2), "head"))
        lines = [clip((*head, *line((f"  {told}  ({where})", "dim"))), width), ends]
        zero = place(0.0, limits, cells) if limits[0] <= 0 <= limits[1] else None
        for one in bins:
            marks = box(one.quantiles, limits, cells)
            if zero is not None and marks[zero] in _ZERO:
                marks = marks[:zero] + _ZERO[marks[zero]] + marks[zero + 1 :]
            off = one.quantiles[1] > 0 or one.quantiles[3] < 0
            label = fill(one.label, _LABEL - 1) + " "
            rows = f"{one.rows:,}".rjust(_ROWS + 2)
            lines.append(line((label, ""), (marks, "warn" if off else "train"), (rows, "dim")))
        return lines
