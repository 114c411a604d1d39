"""Whether the probabilities mean what they say, and whether that can be told from so few rows."""

from tui_lab.protocol.class_evaluation import Calibration, ReliabilityBin
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.chart.as_text import as_lines
from tui_lab.tui.chart.drawing.plane import LEAST_HEIGHT, REFERENCE, Dot, Plane, PlaneLayer, draw_plane
from tui_lab.tui.evaluation.section import Section, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, beside, clip, cut, line, wrap

_TABLE = 47
_COLDEST, _HOTTEST = 0.051, 19.9
"""A temperature beyond these is at the limits of the search."""
_BESIDE_FROM = 92
_UNIT = (0.0, 1.0)


class CalibrationSection(Section):
    """Observed against predicted. `scaled`: with the best temperature."""

    name = "calibration"
    short = "calib."
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
        if height < len(words) + 1 + LEAST_HEIGHT:
            words = self._error_words(width)
        room = height - len(words) - 1
        if width >= _BESIDE_FROM:
            left = width - _TABLE - 2
            table = self._table(_TABLE, room)
            return [*words, (), *beside(self._chart(left, room), table, left)][:height]
        return [*words, (), *self._chart(width, room)][:height]

    def _error_words(self, width: int) -> list[Line]:
        """How large the calibration error is, and whether that may be chance."""
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
        return wrap(told, width, "good" if inside else "warn")

    def _words(self, width: int) -> list[Line]:
        found, lines = self._found, self._error_words(width)
        fitted, best = (
            ("there are", "these rows") if self.evaluation.folds else ("validation has", "validation")
        )
        if not _COLDEST < found.temperature < _HOTTEST:
            words = f"No temperature fits: {fitted} no errors, or too few, to fit one."
            return [*lines, *wrap(words, width, "dim")]
        scaled = (
            f"Temperature {found.temperature:.2f} fits {best} best{_sure(found)}: loss "
            f"{number(found.loss)} → {number(found.scaled_loss)}, calibration error {number(found.ece)} → "
            f"{number(found.scaled_ece)}. "
        )
        shown = "Shown with it; t without." if self.scaled else "t shows the curve with it."
        return [*lines, *wrap(scaled + shown, width, "dim")]

    def _chart(self, width: int, height: int) -> list[Line]:
        bins = self._bins
        edges = ([one.floor_low for one in bins], [one.floor_high for one in bins])
        xs = [one.predicted for one in bins]
        floor = tuple(tuple(zip(xs, edge, strict=True)) for edge in edges)
        layers = (
            PlaneLayer((((0.0, 0.0), (1.0, 1.0)),), "gone", REFERENCE),
            PlaneLayer(floor, "step"),
            PlaneLayer((tuple((one.predicted, one.observed) for one in bins),), "val"),
        )
        dots = tuple(Dot(one.predicted, one.observed, "●", "val") for one in bins)
        classes = self.evaluation.classes
        of = classes[1] if len(classes) == 2 else "the predicted class"
        plane = Plane(
            layers, _UNIT, _UNIT, f"predicted probability of {cut(of, 30)}", "how often it came true", dots
        )
        head = line(
            ("●● observed", "val"),
            ("   ── by chance it is between these", "train"),
            ("   ·· perfect", "faint"),
        )
        above = [clip(head, width)] if height > LEAST_HEIGHT else []
        return [*above, *as_lines(draw_plane(plane, width, height - len(above)))]

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


def _sure(found: Calibration) -> str:
    """Whether the network is too sure; nothing where this split says the opposite of validation."""
    too_sure = sum(one.rows * _excess(one) for one in found.bins) > 0
    if found.temperature > 1.05:
        return " (the network is too sure)"
    if found.temperature < 0.95:
        return "" if too_sure else " (the network is not sure enough)"
    return " (about right)"


def _excess(one: ReliabilityBin) -> float:
    """How much surer of its prediction a bin is than it is right; the prediction is the likelier side."""
    return one.predicted - one.observed if one.predicted >= 0.5 else one.observed - one.predicted
