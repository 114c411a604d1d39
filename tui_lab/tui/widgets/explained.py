"""What is selected on a screen, explained: a paragraph, the formula with its source, the value here."""

from dataclasses import dataclass

from tui_lab.experiment.explanations import Explanation
from tui_lab.tui.style.text import Line, line, wrap


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the value on the screen, empty if there is none yet."""

    explanation: Explanation
    value: str = ""

    def lines(self, width: int) -> list[Line]:
        """The heading, the paragraph, formula and source, and an empty line."""
        it = self.explanation
        value: Line = ((": ", "dim"), (self.value, "bold")) if self.value else ()
        lines: list[Line] = [((it.name, "head"), *value), *wrap(it.words, width)]
        if it.formula:
            lines += wrap(it.formula, width, "accent", first="  ")
        if it.source:
            lines += wrap(it.source, width, "faint", first="  ")
        return [*lines, line()]
