"""Rows and images of the data: as a list, one beside its similar training rows, or as pictures."""

from collections.abc import Sequence
from math import isfinite

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.example import Example
from tui_lab.tui.evaluation.section import table_lines
from tui_lab.tui.style.format import number, plural
from tui_lab.tui.style.text import Line, clip, cut, fill, line
from tui_lab.tui.widgets.gallery import Tile
from tui_lab.tui.widgets.picture import PixelImage, picture_of

_LABEL, _NAME = 10, 22
_LEAST, _MOST = 8, 18


def example_name(example: Example) -> str:
    """`row 112`, or the name of the file."""
    if example.name:
        return example.name
    what = "image" if example.picture else "row"
    return f"{what} {example.index + 1 if example.number is None else example.number}"


def example_heads(evaluation: Evaluation) -> list[str]:
    """The headings of `example_cells`."""
    return ["", "TRUE", "PREDICTED", *(("SURE", "LOSS") if evaluation.classes else ("RESIDUAL",))]


def example_cells(evaluation: Evaluation, example: Example) -> list[str]:
    """A row of a list: what it is, its true and its predicted target, and how wrong that is."""
    cells = [example_name(example), evaluation.label(example.true), evaluation.label(example.predicted)]
    if evaluation.classes:
        sure = "–" if example.probability is None else f"{example.probability:.0%}"
        return [*cells, sure, number(example.loss)]
    return [*cells, number(example.true - example.predicted)]


def example_lines(
    evaluation: Evaluation, examples: Sequence[Example], size: tuple[int, int], place: int
) -> list[Line]:
    """A list of rows with their columns, as many as fit."""
    heads = [*example_heads(evaluation), *evaluation.columns]
    rows = [[*example_cells(evaluation, example), *example.values] for example in examples]
    return table_lines(heads, rows, size, place, left=3)


def column_seats(height: int) -> int:
    """How many columns of a row fit in a height at a time, besides its targets and the line below."""
    return max(1, height - 5)


def side_by_side(
    evaluation: Evaluation,
    row: Example,
    similar: Sequence[tuple[Example, float]],
    size: tuple[int, int],
    names: tuple[str, str] = ("true", "predicted"),
    first: int | None = None,
) -> list[Line]:
    """A row in a column, and beside it the training rows that are most similar to it.

    `names`: what its two targets are called. `first`: the column to begin with if they do not fit; None if
    they do not scroll.
    """
    width, height = size
    label = max(_LABEL, min(_NAME, max(map(len, evaluation.columns), default=0) + 1, width // 3))
    similar = similar[: max(0, (width - label) // (_LEAST + 2) - 1)]
    cells = max(_LEAST, min(_MOST, (width - label) // (1 + len(similar)) - 2))

    def spans(name: str, texts: Sequence[str], style: str = "", own: str = "") -> Line:
        first, *rest = (cut(text, cells).rjust(cells) for text in texts)
        others = [("  " + text, style) for text in rest]
        return clip(line((fill(name, label), "dim"), ("  " + first, own or style), *others), width)

    rows = [row, *(other for other, _ in similar)]
    found = [
        spans("", [example_name(one) for one in rows], "head"),
        spans(names[0], [evaluation.label(one.true) for one in rows]),
        spans(names[1], [evaluation.label(one.predicted) for one in rows], own="bad"),
    ]
    if similar:
        found.insert(1, spans("distance", ["", *(number(distance) for _, distance in similar)], "dim"))
    seats, every = column_seats(height), len(evaluation.columns)
    start = max(0, min(first or 0, every - seats))
    for k, column in [*enumerate(evaluation.columns)][start:]:
        texts = [one.values[k] if k < len(one.values) else "" for one in rows]
        found.append(spans(column, texts))
    left_out = f", {evaluation.columns_left_out:,} more not kept" if evaluation.columns_left_out else ""
    if first is not None and every > seats and height > 5:
        told = f"columns {start + 1}–{start + seats} of {every}{left_out}; PgUp PgDn scroll"
        found = [*found[: len(found) - every + start], *found[len(found) - every + start :][:seats]]
        found += [*[()] * (height - 1 - len(found)), line((told, "dim"))]
    elif len(found) > height and height > 1:
        left = len(found) - height + 1 + evaluation.columns_left_out
        found = [*found[: height - 1], line((f"… {plural(left, 'more column')}", "dim"))]
    return found[:height]


def tile_of(evaluation: Evaluation, rows: Sequence[Example], seats: int) -> Tile | None:
    """A tile with the pictures of some images, `seats` of them; None if there are none."""
    pictures = [picture for row in rows[:seats] if (picture := _picture(row)) is not None]
    if not pictures:
        return None
    size = pictures[0].width, pictures[0].height
    same = [p if (p.width, p.height) == size else _blank(*size) for p in pictures]
    same += [_blank(*size)] * (seats - len(same))
    row = rows[0]
    sure = "" if row.probability is None or not isfinite(row.probability) else f" {row.probability:.0%}"
    caption = f"{evaluation.label(row.true)} → {evaluation.label(row.predicted)}{sure}"
    return Tile(caption, tuple(same))


def _picture(example: Example) -> PixelImage | None:
    shown = example.picture
    if shown is None:
        return None
    try:
        return picture_of(shown.pixels, shown.width, shown.height, shown.channels)
    except ValueError:  # a file that was tampered with
        return None


def _blank(width: int, height: int) -> PixelImage:
    return PixelImage(width, height, ((0, 0, 0),) * (width * height))
