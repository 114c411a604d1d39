"""ROC and precision-recall curves, and the threshold with what it costs."""

from collections.abc import Sequence

from tui_lab.data.messages import counted
from tui_lab.protocol.class_evaluation import ClassCurve, Threshold
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.chart.as_text import as_lines
from tui_lab.tui.chart.drawing.legend import STAR
from tui_lab.tui.chart.drawing.plane import LEAST_HEIGHT, REFERENCE, Dot, Plane, PlaneLayer, draw_plane
from tui_lab.tui.evaluation.bars import place
from tui_lab.tui.evaluation.section import Section
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import share
from tui_lab.tui.style.text import Line, beside, clip, cut, line, wrap

COSTS = (1, 2, 5, 10, 20, 50, 100)
"""How many false positives a false negative may cost, and the other way round."""
_BESIDE_FROM = 56
_SCORES = 3
"""The lines below that are kept where room is short: the threshold, what it finds, its scores."""
_UNIT = (0.0, 1.0)
_EQUAL = ((0.0, 0.0), (1.0, 1.0))


class CurvesSection(Section):
    """Binary: `at` is the threshold. Several classes: `place` is the class, `at` a point on its curve."""

    name = "curves"
    at: int | None = None
    """The selected threshold of the table, or point of the curve; None for the one of the run."""
    costs = 0
    """Above 0: a false negative costs COSTS[costs] false positives; below 0, the other way round."""

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.curves)

    @property
    def _binary(self) -> bool:
        return bool(self.evaluation.thresholds)

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"threshold", "costs"}) if self._binary else frozenset({"points", "listed"})

    def count(self) -> int:
        return len(self.evaluation.curves)

    def move(self, steps: int) -> None:
        """Up and down: the costs of errors, or the class."""
        if self._binary:
            self.costs = max(1 - len(COSTS), min(self.costs - steps, len(COSTS) - 1))
        else:
            super().move(steps)
            self.at = None

    def turn(self, steps: int) -> None:
        found = self.evaluation.thresholds if self._binary else self._curve.thresholds
        self.at = max(0, min(self._chosen + steps, len(found) - 1))

    def open(self) -> None:
        """Go to the threshold whose errors cost least."""
        if self._binary:
            self.at = self._cheapest

    @property
    def _curve(self) -> ClassCurve:
        return self.evaluation.curves[min(self.place, self.count() - 1)]

    @property
    def _chosen(self) -> int:
        if self._binary:
            thresholds = [found.threshold for found in self.evaluation.thresholds]
            if self.at is None:
                return min(range(len(thresholds)), key=lambda k: abs(thresholds[k] - 0.5))
            return min(self.at, len(thresholds) - 1)
        last = len(self._curve.thresholds) - 1
        if self.at is not None:
            return min(self.at, last)
        return min(range(last + 1), key=lambda k: abs(self._curve.thresholds[k] - 0.5))

    @property
    def _cheapest(self) -> int:
        costs = [self._cost(found) for found in self.evaluation.thresholds]
        least = [k for k, cost in enumerate(costs) if cost == min(costs)]
        return min(least, key=lambda k: abs(self.evaluation.thresholds[k].threshold - 0.5))

    def _cost(self, found: Threshold) -> float:
        weight = float(COSTS[abs(self.costs)])
        return found.cost(weight, 1.0) if self.costs < 0 else found.cost(1.0, weight)

    def lines(self, width: int, height: int) -> list[Line]:
        below = self._knob(width) if self._binary else self._class_words(width)
        if len(below) > (most := max(1, height - LEAST_HEIGHT)):  # there is a chart in any case
            below = below[: min(most, _SCORES)]
        gap = [()] if height > len(below) + LEAST_HEIGHT else []
        room = height - len(below) - len(gap)
        if width >= _BESIDE_FROM:
            half = (width - 2) // 2
            charts = beside(self._roc(half, room), self._recall(half, room), half)
        else:
            charts = self._roc(width, room)
        return [*charts[:room], *gap, *below][:height]

    @property
    def _at(self) -> float:
        """The selected threshold; 1 where the curve begins, at which nothing is predicted positive."""
        found = self.evaluation.thresholds
        return found[self._chosen].threshold if found else min(1.0, self._curve.thresholds[self._chosen])

    def _point(self) -> tuple[float, float, float]:
        """False positive rate, recall and precision at the selected threshold."""
        if self._binary:
            found = self.evaluation.thresholds[self._chosen]
            negatives, positives = found.fp + found.tn, found.tp + found.fn
            return (
                found.fp / negatives if negatives else 0.0,
                found.tp / positives if positives else 0.0,
                found.precision if found.tp + found.fp else 1.0,
            )
        curve, k = self._curve, self._chosen
        return curve.false_positive_rate[k], curve.recall[k], curve.precision[k]

    def _roc(self, width: int, height: int) -> list[Line]:
        x, y, _ = self._point()
        own, every = self._curve, self.evaluation.curves
        layers = (
            PlaneLayer((_EQUAL,), "gone", REFERENCE),
            PlaneLayer(tuple(_line(one.false_positive_rate, one.recall) for one in every), "gone"),
            PlaneLayer((_line(own.false_positive_rate, own.recall),), "train"),
        )
        plane = Plane(layers, _UNIT, _UNIT, "false positive rate", "recall", (Dot(x, y, STAR, "best"),))
        return self._chart(f"ROC, area {own.auroc:.3f}", "train", plane, width, height)

    def _recall(self, width: int, height: int) -> list[Line]:
        _, x, y = self._point()
        own, every = self._curve, self.evaluation.curves
        layers = (
            PlaneLayer(tuple(_line(one.recall, one.precision) for one in every), "gone"),
            PlaneLayer((_line(own.recall, own.precision),), "val"),
        )
        plane = Plane(layers, _UNIT, _UNIT, "recall", "precision", (Dot(x, y, STAR, "best"),))
        return self._chart(f"precision-recall, AP {own.average_precision:.3f}", "val", plane, width, height)

    def _chart(self, title: str, style: str, plane: Plane, width: int, height: int) -> list[Line]:
        head = line((title, style), ("   ★ ", "best"), (f"{self._at:.2f}", "dim"))
        above = [clip(head, width)] if height > LEAST_HEIGHT else []
        return [*above, *as_lines(draw_plane(plane, width, height - len(above)))]

    def _knob(self, width: int) -> list[Line]:
        """The threshold as a knob, and what it costs."""
        found = self.evaluation.thresholds[self._chosen]
        cells = max(8, min(60, width - 46))
        rail = ["─"] * cells
        rail[place(self.evaluation.thresholds[self._cheapest].threshold, _UNIT, cells)] = "▾"
        rail[place(found.threshold, _UNIT, cells)] = "●"
        positive = self.evaluation.classes[1] if len(self.evaluation.classes) > 1 else "positive"
        knob = line(("threshold ", "dim"), (f"{found.threshold:.3f}  ", "key"), ("".join(rail), "accent"))
        rows = found.tp + found.fp + found.fn + found.tn
        right = (found.tp + found.tn) / rows if rows else 0.0
        counts = (
            f"{cut(positive, 20)}: {found.tp:,} found, {found.fn:,} missed; "
            f"{counted(found.fp, 'false alarm', 'false alarms')}, "
            f"{counted(found.tn, 'correct rejection', 'correct rejections')}"
        )
        scores = (
            f"precision {share(found.precision)}  recall {share(found.recall)}  F1 {share(found.f1)}  "
            f"accuracy {share(right)}"
        )
        return [
            clip(knob, width),
            clip(line((counts, "")), width),
            clip(line((scores, "bold")), width),
            *wrap(self._cost_words(found), width, "dim"),
        ]

    def _cost_words(self, found: Threshold) -> str:
        weight = COSTS[abs(self.costs)]
        if self.costs > 0:
            what = f"if a missed one costs {weight} times a false alarm"
        elif self.costs < 0:
            what = f"if a false alarm costs {weight} times a missed one"
        else:
            what = "if both kinds of error cost the same"
        best = self.evaluation.thresholds[self._cheapest]
        told = f"{what}, the errors cost {self._cost(found):,.0f}; least "
        least = f"{self._cost(best):,.0f} at threshold {best.threshold:.3f} (▾)"
        chosen_on = (
            " Choose the threshold on validation, not on test." if self.evaluation.split == "test" else ""
        )
        return told + least + "." + chosen_on

    def _class_words(self, width: int) -> list[Line]:
        curve, (false, recall, precision) = self._curve, self._point()
        name = self.evaluation.classes[curve.of_class]
        threshold = curve.thresholds[self._chosen]
        at = f"from a probability of {threshold:.3f} on" if threshold <= 1 else "never"
        many = f", one of {self.count()}" if self.count() > 1 else ""
        return [
            clip(line((f"{name} against the rest", "key"), (many, "dim")), width),
            *wrap(
                f"predicted {at}: recall {share(recall)}, precision {share(precision)}, false positive rate "
                f"{share(false)} (★)",
                width,
            ),
        ]


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[tuple[float, float], ...]:
    return tuple(zip(xs, ys, strict=True))
