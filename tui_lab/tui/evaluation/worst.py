"""The worst errors, each beside the training rows or images that are most similar to it."""

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.example import Example
from tui_lab.tui.evaluation.examples import (
    column_seats,
    example_cells,
    example_heads,
    example_lines,
    example_name,
    side_by_side,
    tile_of,
)
from tui_lab.tui.evaluation.section import Section, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.text import Line, beside, width_of, wrap
from tui_lab.tui.widgets.gallery import Tile

_BESIDE_FROM = 110
_SIMILAR_BY = {"inputs": "inputs", "activations": "outputs of the last hidden layer"}


class WorstSection(Section):
    """`place` is the selected row. `opened`: it is shown alone, where there is no room for both."""

    name = "worst"
    opened = False
    first, _seats = 0, 1
    """The first of the columns that are shown, and how many fit, where they scroll."""

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.worst)

    @property
    def conditions(self) -> frozenset[When]:
        if self._pictures():
            return frozenset({"pictures"})
        return frozenset({"listed", "opened"}) if self.opened else frozenset({"listed", "openable"})

    def count(self) -> int:
        return len(self.evaluation.worst)

    def open(self) -> None:
        self.opened = not self._pictures()

    def scroll(self, direction: int) -> bool:
        """Scroll the columns of the row that is open."""
        last = max(0, len(self.evaluation.columns) - self._seats)
        self.first = max(0, min(self.first + direction * self._seats, last))
        return self.opened

    def back(self) -> bool:
        was, self.opened = self.opened, False
        return was

    def _pictures(self) -> bool:
        return any(self._row(k).picture is not None for k in range(self.count()))

    def _row(self, k: int) -> Example:
        return self.evaluation.examples[self.evaluation.worst[k].example]

    def _similar(self, k: int) -> list[tuple[Example, float]]:
        worst = self.evaluation.worst[k]
        found = [self.evaluation.examples[place] for place in worst.similar]
        return list(zip(found, worst.distances, strict=True))

    def _scrolled(
        self, row: Example, similar: list[tuple[Example, float]], size: tuple[int, int]
    ) -> list[Line]:
        self._seats = column_seats(size[1])
        return side_by_side(self.evaluation, row, similar, size, first=self.first)

    def tiles(self) -> tuple[Tile, ...]:
        most = 1 + max(len(one.similar) for one in self.evaluation.worst)
        made = (
            tile_of(self.evaluation, [self._row(k), *(row for row, _ in self._similar(k))], most)
            for k in range(self.count())
        )
        return tuple(tile for tile in made if tile is not None)

    def lines(self, width: int, height: int) -> list[Line]:
        self.place = min(self.place, self.count() - 1)
        by = _SIMILAR_BY[self.evaluation.similar_by]
        if self._pictures():
            return wrap(
                f"true → predicted, and how sure; beside each the most similar training images (by {by})",
                width,
                "dim",
            )
        row, similar = self._row(self.place), self._similar(self.place)
        words = f"{example_name(row)} beside the training rows most similar to it (by {by})"
        rows = [self._row(k) for k in range(self.count())]
        if self.opened:
            told = wrap(words, width)
            detail = self._scrolled(row, similar, (width, height - len(told) - 1))
            return [*told, (), *detail][:height]
        if width < _BESIDE_FROM:
            return example_lines(self.evaluation, rows, (width, height), self.place)
        cells = [example_cells(self.evaluation, one) for one in rows]
        size = width // 2, height
        table = table_lines(example_heads(self.evaluation), cells, size, self.place, left=3)
        left = max(width_of(text) for text in table)
        right = width - left - 4
        told = wrap(words, right)
        detail = side_by_side(self.evaluation, row, similar, (right, height - len(told) - 1))
        return beside(table, [*told, (), *detail], left, 4)[:height]
