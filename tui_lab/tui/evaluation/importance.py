"""Which columns the predictions depend on, and how they respond to one."""

from math import isfinite

from tui_lab.protocol.evaluation import Evaluation, Importance, Response
from tui_lab.tui.chart.as_text import chart_lines
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.curves.series import RUNS, Series
from tui_lab.tui.evaluation.bars import interval, scale
from tui_lab.tui.evaluation.section import Section
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, beside, clip, cut, fill, line, window_of, wrap

_BESIDE_FROM = 100
_NUMBERS = 20
_NAMED = 3
"""How many columns of a group are named."""


class ImportanceSection(Section):
    """`place` is the selected group of columns. `opened`: the response alone, where room is short."""

    name = "importance"
    short = "imp."
    opened = False

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.importance)

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"listed", "opened"}) if self.opened else frozenset({"listed", "openable"})

    def count(self) -> int:
        return len(self.evaluation.importance)

    def open(self) -> None:
        self.opened = True

    def back(self) -> bool:
        was, self.opened = self.opened, False
        return was

    def lines(self, width: int, height: int) -> list[Line]:
        self.place = min(self.place, self.count() - 1)
        if width >= _BESIDE_FROM and not self.opened:
            left = width // 2 - 2
            right = width - left - 3
            return beside(self._bars(left, height), self._response(right, height), left, 3)[:height]
        return (self._response if self.opened else self._bars)(width, height)

    def _bars(self, width: int, height: int) -> list[Line]:
        found = self.evaluation.importance
        words = wrap(
            f"How much the loss of {self.of_split} rises if the values of a column are shuffled among its "
            f"rows, mean of {self.evaluation.importance_repeats} times; columns that vary together are "
            "shuffled together. Grey: within two standard deviations of nothing.",
            width,
            "dim",
        )
        name = max(10, min(34, max(len(_name(one)) for one in found) + 1, width // 2 - 4))
        cells = max(4, width - name - _NUMBERS - 3)
        most = max((one.loss for one in found if isfinite(one.loss)), default=0.0)
        lines: list[Line] = []
        seats = max(1, height - len(words) - 1)
        for k in window_of(self.place, len(found), seats):
            one, chosen = found[k], k == self.place
            told = f"{number(one.loss)} ± {number(one.loss_std)}".rjust(_NUMBERS)
            small = one.loss <= 2 * one.loss_std
            lines.append(
                line(
                    ("› ", "cursor") if chosen else ("  ", ""),
                    (fill(_name(one), name - 1) + " ", "row" if chosen else "dim" if small else ""),
                    (bar(one.loss / most if most > 0 else 0.0, cells), "faint" if small else "bar"),
                    (told, "dim" if small else ""),
                )
            )
        return [*words, (), *lines][:height]

    def _response(self, width: int, height: int) -> list[Line]:
        group = self.evaluation.importance[self.place].columns
        responses = {one.column: one for one in self.evaluation.responses}
        found = next((responses[name] for name in group if name in responses), None)
        if found is None:
            names = ", ".join(responses) or "none"
            return wrap(
                f"The response is computed for the most important columns only: {names}.", width, "dim"
            )[:height]
        what = "mean prediction" if not self.evaluation.classes else "mean probability"
        rest = [name for name in group if name != found.column]
        more = f" and {len(rest) - _NAMED} more" if len(rest) > _NAMED else ""
        others = f" (shuffled with {', '.join(rest[:_NAMED])}{more})" if rest else ""
        head = wrap(
            f"{what} if {found.column} had one value in all of {self.rows_text(found.rows)}{others}",
            width,
            "dim",
        )
        room = height - len(head) - 1
        body = self._curve(found, width, room) if found.values else self._categories(found, width, room)
        return [*head, (), *body][:height]

    def _curve(self, found: Response, width: int, height: int) -> list[Line]:
        series: list[Series] = []
        if len(found.mean) == 1:
            series.append(Series("10% and 90% of rows", found.values, found.low[0], "gone"))
            series.append(Series("", found.values, found.high[0], "gone"))
            label = self.evaluation.target if not self.evaluation.classes else self.evaluation.classes[1]
            series.append(Series(label, found.values, found.mean[0], "val"))
        else:
            for k, role in zip(range(len(found.mean)), RUNS, strict=False):
                label = self.evaluation.classes[found.classes[k]]
                series.append(Series(label, found.values, found.mean[k], role))
        data = ChartData(
            tuple(series),
            x_limits=(min(found.values), max(found.values)),
            x_label="",
            y_label="",
            whole=True,
            x_whole=False,
            hint="no finite values",
        )
        return [
            *chart_lines(data, width, height - 1),
            line((cut(found.column, width).rjust(width), "faint")),
        ]

    def _categories(self, found: Response, width: int, height: int) -> list[Line]:
        name = max(8, min(20, width // 4))
        cells = width - name - 10
        values = [v for row in (*found.low, *found.high, *found.mean) for v in row if isfinite(v)]
        limits = (min(values, default=0.0), max(values, default=1.0))
        lines = [line((fill("", name), ""), (scale(limits, max(1, cells)), "dim"))]
        shown = range(len(found.mean))
        for k in shown:
            if len(found.mean) > 1:
                lines.append(line((self.evaluation.classes[found.classes[k]], "key")))
            for place, label in enumerate(found.labels):
                mean = found.mean[k][place]
                marks = interval(found.low[k][place], mean, found.high[k][place], limits, max(1, cells))
                row = line((fill(label, name), ""), (marks, "val"), (number(mean).rjust(10), ""))
                lines.append(clip(row, width))
        return lines[:height]


def _name(one: Importance) -> str:
    return ", ".join(one.columns)
