"""Whether the probabilities mean what they say, and whether that can be told from so few rows."""

from tui_lab.protocol.class_evaluation import Calibration, ReliabilityBin
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.evaluation.section import Section, beside, chart_lines, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, line, wrap

_TABLE = 47
_BESIDE_FROM = 92
_UNIT = (0.0, 1.0)


class CalibrationSection(Section):
    """Observed against predicted. `scaled`: with the best temperature."""

    name = "calibration"
    scaled = False

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return evaluation.calibration is not None

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"temperature"})

    def toggle(self) -> None:
        self.scaled = not self.scaled

    @property
    def _found(self) -> Calibration:
        assert self.evaluation.calibration is not None
        return self.evaluation.calibration

    @property
    def _bins(self) -> tuple[ReliabilityBin, ...]:
        return self._found.scaled_bins if self.scaled else self._found.bins

    def lines(self, width: int, height: int) -> list[Line]:
        words = self._words(width)
        room = height - len(words) - 1
        if width >= _BESIDE_FROM:
            left = width - _TABLE - 2
            table = self._table(_TABLE, room)
            return [*words, (), *beside(self._chart(left, room), table, left)][:height]
        return [*words, (), *self._chart(width, room)][:height]

    def _words(self, width: int) -> list[Line]:
        found = self._found
        ece, floor = found.ece, found.floor_high
        if self.scaled:
            ece, floor = found.scaled_ece, found.scaled_floor_high
        inside = ece <= floor
        verdict = (
            "That is within what chance alone makes: no miscalibration can be seen."
            if inside
            else "That is more than chance alone makes."
        )
        rows = self.rows_text(self.evaluation.rows)
        told = (
            f"Expected calibration error {number(ece)}; a perfectly calibrated model has up to "
            f"{number(floor)} on {rows}. {verdict}"
        )
        lines = wrap(told, width, "good" if inside else "warn")
        sure = (
            "a bit too sure" if found.temperature > 1.05
            else "not sure enough" if found.temperature < 0.95
            else "about right"
        )  # fmt: skip
        scaled = (
            f"Temperature {found.temperature:.2f} fits validation best ({sure}): loss {number(found.loss)} "
            f"→ {number(found.scaled_loss)}, calibration error {number(found.ece)} → "
            f"{number(found.scaled_ece)}. "
        )
        shown = "Shown with it; t without." if self.scaled else "t shows the curve with it."
        return [*lines, *wrap(scaled + shown, width, "dim")]

    def _chart(self, width: int, height: int) -> list[Line]:
        bins = self._bins
        xs = [one.predicted for one in bins]
        series = (
            Series("perfect", (0.0, 1.0), (0.0, 1.0), "gone"),
            Series("noise floor", xs, [one.floor_low for one in bins], "step"),
            Series("", xs, [one.floor_high for one in bins], "step"),
            Series("observed", xs, [one.observed for one in bins], "val"),
        )
        data = ChartData(
            series, x_limits=_UNIT, y_limits=_UNIT, whole=True, x_label="", y_label="share",
            x_whole=False, hint="no rows",
        )  # fmt: skip
        name = "predicted probability"
        if len(self.evaluation.classes) == 2:
            name += f" of {self.evaluation.classes[1]}"
        else:
            name += " of the predicted class"
        found = chart_lines(data, width, height - 1)
        return [*found, line((name[:width].rjust(width), "faint"))]

    def _table(self, width: int, height: int) -> list[Line]:
        heads = ["PREDICTED", "OBSERVED", "BY CHANCE", "ROWS"]
        rows, styles = [], []
        for one in self._bins:
            outside = not one.floor_low <= one.observed <= one.floor_high
            rows.append(
                [
                    f"{one.predicted:.3f}", f"{one.observed:.3f}",
                    f"{one.floor_low:.2f}–{one.floor_high:.2f}", f"{one.rows:,}",
                ]
            )  # fmt: skip
            styles.append("warn" if outside else "")
        return table_lines(heads, rows, (width, height), None, left=0, styles=styles)
