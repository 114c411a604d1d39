"""Where it does worse than on the whole: categories, and quarters of the range of numbers."""

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.evaluation.section import Section, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import number, share
from tui_lab.tui.style.text import Line, wrap

_FULL, _LEAST_TABLE = 3, 3
"""Lines for the selected slice in full, at most, and of the table, at least."""


class SlicesSection(Section):
    """The worst slices, worst first."""

    name = "slices"

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.slices_tested)

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"listed"})

    def count(self) -> int:
        return len(self.evaluation.slices)

    def lines(self, width: int, height: int) -> list[Line]:
        evaluation = self.evaluation
        classes = bool(evaluation.classes)
        text, measure = (share, "ACCURACY") if classes else (number, "RMSE")
        clear = [one for one in evaluation.slices if one.clear]
        tested = f"{evaluation.slices_tested:,} slices looked at"
        if clear:
            told = (
                f"{len(clear)} of them clearly worse than the whole (the chance of that, for any, below 5%)."
            )
        else:
            told = "none is clearly worse than the whole: differences like these are seen by chance."
        words = wrap(f"{tested}; {told}", width, "warn" if clear else "good")
        if evaluation.slices:
            whole = text(evaluation.slices[0].whole)
            explained = "by chance: how likely any of them is so bad if its rows were drawn at random"
            words += wrap(
                f"{measure.lower() if classes else measure} on the whole {whole}; {explained}", width, "dim"
            )
        if not evaluation.slices:
            return words
        rows = [
            [one.column, one.label, f"{one.rows:,}", text(one.score), f"{one.p_value:.3f}"]
            for one in evaluation.slices
        ]
        heads = ["COLUMN", "VALUE", "ROWS", measure, "BY CHANCE"]
        styles = ["warn" if one.clear else "dim" for one in evaluation.slices]
        self.place = max(0, min(self.place, self.count() - 1))
        full = [wrap(f"{one.column}: {one.label}", width, "accent")[:_FULL] for one in evaluation.slices]
        below = [*full[self.place], *[()] * (max(map(len, full)) - len(full[self.place]))]
        room = height - len(words) - len(below) - 2
        if room < _LEAST_TABLE:
            below, room = [], height - len(words) - 1
        table = table_lines(heads, rows, (width, room), self.place, left=2, styles=styles)
        return [*words, (), *table, *([(), *below] if below else [])][:height]
