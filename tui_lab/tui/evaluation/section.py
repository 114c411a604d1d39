"""A section of the evaluation, and what several of them use."""

from collections.abc import Sequence
from typing import ClassVar

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.text import Line, clip, cut, fill, line, width_of, window_of
from tui_lab.tui.widgets.gallery import Tile

_LEAST_TEXT, _MOST_TEXT = 9, 30
"""The cells of a column of texts in a table, if they do not need less."""
SPLITS = {"train": "training", "val": "validation", "test": "test", "out of fold": "out of fold"}


class Section:
    """One topic. The screen sets `evaluation` before it draws or passes on a key, each time it is new.

    `place` is what is selected in it.
    """

    name: ClassVar[str]
    short: ClassVar[str] = ""
    """The name where all names do not fit; the name itself if empty."""
    evaluation: Evaluation
    place = 0

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        """Whether an evaluation has something to show here."""
        raise NotImplementedError

    def lines(self, width: int, height: int) -> list[Line]:
        """Lines for a width and a height; of a screen too small for them the rest is cut off."""
        raise NotImplementedError

    def tiles(self) -> tuple[Tile, ...]:
        """Pictures to show below the lines."""
        return ()

    @property
    def conditions(self) -> frozenset[When]:
        """Which keys of the place do something here."""
        return frozenset()

    def count(self) -> int:
        """How many things can be selected with the up and down keys."""
        return 0

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, self.count() - 1))

    def scroll(self, direction: int) -> bool:
        """The page keys, by one page; False if they select here as the arrow keys do."""
        return False

    def turn(self, steps: int) -> None:
        """Left and right."""

    def open(self) -> None:
        """Enter."""

    def back(self) -> bool:
        """Escape; whether there was anything to go back from."""
        return False

    def toggle(self) -> None:
        """Show the same in the other way, such as rates for counts."""

    @property
    def of_split(self) -> str:
        """Not for what is out of fold, where there is no importance."""
        return f"the {SPLITS[self.evaluation.split]} split"

    def rows_text(self, rows: int) -> str:
        """`1 row`, `12 images`."""
        return f"{rows:,} {noun_of(self.evaluation)}{'' if rows == 1 else 's'}"


def noun_of(evaluation: Evaluation) -> str:
    """What the split has: `row` or `image`; only images have no columns."""
    return "row" if evaluation.columns else "image"


def table_lines(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    size: tuple[int, int],
    place: int | None,
    left: int = 1,
    styles: Sequence[str] | None = None,
    foot: Sequence[Sequence[str]] = (),
) -> list[Line]:
    """A table in `size`, width and height, with the row `place` selected; the first `left` columns are texts.

    Columns that do not fit are left out, the last first. `styles`: of each row that is not selected. `foot`:
    rows that stay below, also if there are more rows than lines.
    """
    width, height = size
    widths = [max(width_of([(row[k], "")]) for row in (heads, *rows, *foot)) for k in range(len(heads))]
    for k in range(left):  # at least half of the width is for numbers
        widths[k] = min(widths[k], max(_LEAST_TEXT, min(_MOST_TEXT, (width - 2) // (2 * left) - 2)))
    kept = len(heads)
    while kept > left and sum(widths[:kept]) + 2 * kept > width:
        kept -= 1

    def cells(row: Sequence[str]) -> str:
        return "  ".join(
            fill(text, w) if k < left else _right(text, w)
            for k, (text, w) in enumerate(zip(row[:kept], widths[:kept], strict=True))
        )

    lines: list[Line] = [clip(line(("  " + cells(heads), "head")), width)]
    seats = max(1, height - 1 - len(foot))
    shown = window_of(place or 0, len(rows), seats if len(rows) <= seats else max(1, seats - 1))
    for k in shown:
        chosen = k == place
        text = cells(rows[k])
        style = styles[k] if styles else ""
        mark = ("› ", "cursor") if chosen else ("  ", "")
        lines.append(clip(line(mark, (text, "row" if chosen else style)), width))
    if len(shown) < len(rows):
        lines.append(line((f"  {shown.start + 1:,}–{shown.stop:,} of {len(rows):,}", "dim")))
    lines += [clip(line(("  " + cells(row), "dim")), width) for row in foot]
    return lines[:height]


def _right(text: str, width: int) -> str:
    text = cut(text, width)
    return " " * (width - width_of([(text, "")])) + text
