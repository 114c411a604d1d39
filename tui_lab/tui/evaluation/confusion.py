"""The confusion matrix as a heat map; a cell opens its rows or images."""

from tui_lab.protocol.class_evaluation import Confusion
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.example import Example
from tui_lab.tui.evaluation.examples import example_lines, tile_of
from tui_lab.tui.evaluation.section import Section, noun_of
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.text import Line, clip, cut, fill, line, width_of, window_of, wrap
from tui_lab.tui.style.theme import SHADES
from tui_lab.tui.widgets.gallery import Tile

_CELL, _WIDEST = 5, 14
_TALL = (5, 3)
"""Cells are so many rows high, if there is room."""
_STRONG = (0.02, 0.1, 0.25, 0.5)
"""The shares of a row at which a cell gets a stronger colour."""
_OTHERS = "others"


class ConfusionSection(Section):
    """`place` is the row of the selected cell, `column` its column."""

    name = "confusion"
    short = "conf."
    column = 0
    rates = False
    chosen: int | None = None
    """The selected row of the cell that is open; None if none is."""

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return evaluation.confusion is not None

    @property
    def conditions(self) -> frozenset[When]:
        if self.chosen is not None:
            return frozenset({"pictures", "opened"}) if self.tiles() else frozenset({"listed", "opened"})
        found: set[When] = {"listed", "cells", "rates"}
        return frozenset(found | {"openable"} if self._examples() else found)

    @property
    def _matrix(self) -> Confusion:
        assert self.evaluation.confusion is not None
        return self.evaluation.confusion

    def _names(self) -> list[str]:
        names = [self.evaluation.classes[k] for k in self._matrix.classes]
        return [*names, _OTHERS] if self._matrix.others else names

    def _examples(self) -> list[Example]:
        known = self._matrix.examples.get(f"{self.place},{self.column}", ())
        return [self.evaluation.examples[k] for k in known]

    def count(self) -> int:
        return len(self._examples()) if self.chosen is not None else len(self._matrix.counts)

    def move(self, steps: int) -> None:
        if self.chosen is None:
            super().move(steps)
        else:
            self.chosen = max(0, min(self.chosen + steps, self.count() - 1))

    def turn(self, steps: int) -> None:
        if self.chosen is None:
            self.column = max(0, min(self.column + steps, len(self._matrix.counts) - 1))

    def open(self) -> None:
        if self.chosen is None and self._examples():
            self.chosen = 0

    def back(self) -> bool:
        was, self.chosen = self.chosen, None
        return was is not None

    def toggle(self) -> None:
        self.rates = not self.rates

    def tiles(self) -> tuple[Tile, ...]:
        if self.chosen is None:
            return ()
        made = (tile_of(self.evaluation, [example], 1) for example in self._examples())
        return tuple(tile for tile in made if tile is not None)

    def lines(self, width: int, height: int) -> list[Line]:
        size = len(self._matrix.counts)
        self.place, self.column = min(self.place, size - 1), min(self.column, size - 1)
        if self.chosen is not None and not self._examples():
            self.chosen = None
        if self.chosen is not None:
            return self._cell_lines(width, height)
        return self._map(width, height)

    def _cell_lines(self, width: int, height: int) -> list[Line]:
        examples = self._examples()
        self.chosen = min(self.chosen or 0, len(examples) - 1)
        head = wrap(self._told(), width, "bold")
        if self.tiles():
            return head
        rest = example_lines(self.evaluation, examples, (width, height - len(head) - 1), self.chosen)
        return [*head, (), *rest][:height]

    def _map(self, width: int, height: int) -> list[Line]:
        names, counts = self._names(), self._matrix.counts
        label = max(8, min(20, max(width_of([(name, "")]) for name in names) + 1, width // 4))
        widest = max(width_of([(name, "")]) for name in names)
        digits = 4 if self.rates else max(len(f"{value:,}") for row in counts for value in row)
        least = max(_CELL, digits + 2)
        room = width - label - 2
        below = self._below(width)
        above = 2
        seats = max(1, height - above - len(below) - 1)
        tall = next((rows for rows in _TALL if len(names) * rows <= seats), 1)
        cells = max(least, min(_WIDEST, max(widest + 2, 2 * tall + 1), room // len(names)))
        columns = window_of(self.column, len(names), max(1, room // cells))
        shown = window_of(self.place, len(names), max(1, seats // tall))
        what = "rates of each true class" if self.rates else f"counts of {noun_of(self.evaluation)}s"
        part = ""
        if len(columns) < len(names) or len(shown) < len(names):
            part = f"; rows {shown.start + 1}–{shown.stop}, columns {columns.start + 1}–{columns.stop}"
            part += f" of {len(names)}"
        lines = [clip(line(("true ↓  predicted →", "head"), (f"   {what}{part}", "dim")), width)]
        heads = [(" " * label, "")]
        for j in columns:
            text = cut(names[j], cells - 1).rjust(cells - 1) + " "
            heads.append((text, "cursor" if j == self.column else "head"))
        lines.append(line(*heads))
        for i in shown:
            middle = tall // 2
            lines += [
                self._row(i, columns, names[i], label, cells, middle=level == middle) for level in range(tall)
            ]
        return [*lines[: max(0, height - len(below) - 1)], (), *below][:height]

    def _row(self, i: int, columns: range, name: str, label: int, cells: int, *, middle: bool) -> Line:
        counts = self._matrix.counts[i]
        total = sum(counts)
        style = "cursor" if i == self.place else "head"
        spans = [(fill(name, label) if middle else " " * label, style if middle else "")]
        for j in columns:
            share = counts[j] / total if total else 0.0
            text = ""
            if middle:
                text = f"{share:.0%}" if self.rates and counts[j] else f"{counts[j]:,}" if counts[j] else "·"
            chosen = (i, j) == (self.place, self.column)
            shown = f"[{text}]" if chosen and middle else text + " " * middle
            lit = chosen and middle
            spans.append((cut(shown, cells).rjust(cells), "row" if lit else _shade(i == j, share)))
        return line(*spans)

    def _told(self) -> str:
        """The selected cell in words."""
        names, counts = self._names(), self._matrix.counts
        count, total = counts[self.place][self.column], sum(counts[self.place])
        if self.place == self.column and names[self.place] != _OTHERS:
            what = f"{names[self.place]}, predicted right"
        else:
            what = f"true {names[self.place]}, predicted {names[self.column]}"
        share = f" ({count / total:.0%})" if total else ""
        return f"{what}: {count:,} of {self.rows_text(total)}{share}"

    def _below(self, width: int) -> list[Line]:
        known = len(self._examples())
        count = self._matrix.counts[self.place][self.column]
        hint = ""
        noun = noun_of(self.evaluation)
        if count and self.place == self.column and not known:
            hint = f"; only {noun}s predicted wrong can be opened"
        elif count and not known:
            hint = f"; none of these {noun}s is kept"
        if known:
            hint = f"; ⏎ shows {'them' if known == count else f'{known} of them'}"
        found = wrap(self._told() + hint, width, "accent")
        names, counts = self._names(), self._matrix.counts
        wrong = [(counts[i][j], i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
        most = sorted((one for one in wrong if one[0]), key=lambda one: -one[0])[:4]
        if most:
            told = ", ".join(f"{names[i]} → {names[j]} ({count:,})" for count, i, j in most)
            found.append(clip(line((f"most often confused: {told}", "dim")), width))
        return found


def _shade(right: bool, share: float) -> str:
    if share <= 0:
        return "faint"
    level = 1 + sum(share >= strong for strong in _STRONG)
    return f"{'right' if right else 'wrong'}{min(level, len(SHADES))}"
