"""Precision, recall and the rest of each class, and their averages."""

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.evaluation.section import Section, noun_of, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.format import share
from tui_lab.tui.style.text import Line, wrap

_BARS_FROM, _BAR = 110, 20
_WORDS = (
    "F1 is the harmonic mean of precision and recall; support: {noun}s of the class; AP: average precision."
)
_UNDEFINED = " –: undefined, as of a class that is never predicted; averages leave it out."


class ClassesSection(Section):
    """A row for each class."""

    name = "classes"
    short = "class"

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.class_scores)

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"listed"})

    def count(self) -> int:
        return len(self.evaluation.class_scores)

    def lines(self, width: int, height: int) -> list[Line]:
        evaluation = self.evaluation
        self.place = min(self.place, self.count() - 1)
        wide = width >= _BARS_FROM
        heads = ["CLASS", "PRECISION", "RECALL", "F1", "SUPPORT", "PREDICTED", "AUROC", "AP"]
        heads += [""] if wide else []
        rows = []
        for name, found in zip(evaluation.classes, evaluation.class_scores, strict=True):
            cells = [
                name, share(found.precision), share(found.recall), share(found.f1), f"{found.support:,}",
                f"{found.predicted:,}", share(found.auroc), share(found.average_precision),
            ]  # fmt: skip
            rows.append([*cells, bar(found.f1 or 0.0, _BAR)] if wide else cells)
        gaps = any(None in (one.precision, one.recall, one.f1) for one in evaluation.class_scores)
        below = wrap(_WORDS.format(noun=noun_of(evaluation)) + _UNDEFINED * gaps, width, "dim")
        rest = [""] * (len(heads) - 4)
        averages = [
            [f"{one.name} average", share(one.precision), share(one.recall), share(one.f1), *rest]
            for one in evaluation.averages
        ]
        table = table_lines(heads, rows, (width, height - 1 - len(below)), self.place, foot=averages)
        return [*table, (), *below][:height]
