"""The fit of a network as terminal cells: areas over two inputs, a curve over one, rows of the data on top.

Pure functions. Areas and rows differ by their characters, too, for terminals without colours.
"""

from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui_lab.protocol.fit import FitDrawn
from tui_lab.tui.chart.curves.axes import Limits, ticks
from tui_lab.tui.chart.drawing.braille import LEFT, RIGHT, glyphs, half_column
from tui_lab.tui.widgets.picture import UPPER, Pixel

MARKS = "oxvzsmwk"
"""A row of each class: in lower case of the training split, in upper case of the validation split."""
AREAS = " ░▒▓-=:~"
"""Without colours: the area of each class, or shades from the lowest value to the highest."""
SHADES = 4
HUES: tuple[Pixel, ...] = (
    (70, 145, 235), (240, 145, 50), (80, 185, 110), (185, 115, 230),
    (235, 85, 85), (60, 190, 190), (200, 190, 70), (230, 120, 180),
)  # fmt: skip
_DARK, _LIGHT = (20, 25, 32), (248, 248, 244)
_LEAST, _MOST = 0.15, 0.6
"""How much of its hue an area has, from a guess to certainty."""
_X_EVERY, _Y_EVERY = 12, 3
"""Cells for each tick."""
GUTTER = 8
BELOW = 2
"""Cells left of the picture and below it, for the axes."""

Cells = list[list[Segment]]


@dataclass(frozen=True, slots=True)
class Look:
    """How it is drawn: with colours or without, on a dark background, with which rows."""

    colour: bool = True
    dark: bool = True
    training: bool = True
    held_out: bool = True


def drawn_lines(fit: FitDrawn, width: int, height: int, look: Look) -> Cells:
    """The picture with its axes: `height` lines of `width` cells."""
    columns, rows = max(1, width - GUTTER), max(1, height - BELOW)
    plane = len(fit.inputs) == 2
    y_limits = _upwards(fit.spans[1]) if plane else level_limits(fit)
    body = (_plane if plane else _curve)(fit, columns, rows, y_limits, look)
    dim = Style(dim=look.colour)
    labels = {_row_of(tick.value, y_limits, rows): tick.label for tick in ticks(y_limits, rows // _Y_EVERY)}
    lines: Cells = []
    for row, cells in enumerate(body):
        label = labels.get(row)
        axis = f"{(label or '')[: GUTTER - 2]:>{GUTTER - 2}} {'┤' if label else '│'}"
        lines.append([Segment(axis, dim), *cells])
    return [*lines, *([Segment(text, dim)] for text in _below(fit.spans[0], columns))]


def level_limits(fit: FitDrawn) -> Limits:
    """The y axis over one input: of the rows alone, so that it stays where it is while the network learns."""
    if len(fit.classes) == 2:
        return -0.1, 1.1
    if fit.classes:
        return -0.5, len(fit.classes) - 0.5
    answers = [row.answer for row in fit.rows] or list(fit.values)
    low, high = min(answers), max(answers)
    pad = (high - low) * 0.1 or 1.0
    return low - pad, high + pad


def levels(fit: FitDrawn) -> list[float]:
    """What is drawn over one input: the value, the probability of the second of two classes, or the class."""
    if not fit.classes:
        return list(fit.values)
    if len(fit.classes) > 2:
        return [float(k) for k in fit.chosen]
    return [p if k else 1 - p for k, p in zip(fit.chosen, fit.values, strict=True)]


def mark_of(fit: FitDrawn, answer: float, *, held_out: bool) -> str:
    """The character of a row."""
    mark = MARKS[_class(answer)] if fit.classes else MARKS[0]
    return mark.upper() if held_out else mark


def _class(answer: float) -> int:
    return int(answer) % len(MARKS)


def _upwards(span: Limits) -> Limits:
    return span if span[0] < span[1] else (span[0] - 1, span[0] + 1)


def _row_of(value: float, limits: Limits, rows: int) -> int:
    return int((limits[1] - value) / (limits[1] - limits[0]) * rows)


def _column_of(value: float, span: Limits, columns: int) -> int:
    low, high = _upwards(span)
    return int((value - low) / (high - low) * columns)


def _below(span: Limits, columns: int) -> tuple[str, str]:
    """The x axis, and its labels, each centred below its tick where there is room."""
    axis, labels = ["─"] * columns, [" "] * (GUTTER + columns)
    for tick in ticks(_upwards(span), columns // _X_EVERY):
        place = min(max(_column_of(tick.value, span, columns), 0), columns - 1)
        axis[place] = "┴"
        start = min(GUTTER + place - len(tick.label) // 2, len(labels) - len(tick.label))
        labels[start : start + len(tick.label)] = tick.label
    return " " * (GUTTER - 1) + "└" + "".join(axis), "".join(labels)


def _marks(
    fit: FitDrawn, columns: int, rows: int, limits: Limits, look: Look
) -> dict[tuple[int, int], tuple[str, float]]:
    """The cells with a row of the data, and its answer; those of the validation split cover others."""
    found: dict[tuple[int, int], tuple[str, float]] = {}
    for row in sorted(fit.rows, key=lambda one: one.held_out):
        if not (look.held_out if row.held_out else look.training):
            continue
        height = row.y if len(fit.inputs) == 2 else row.answer
        place = _row_of(height, limits, rows), _column_of(row.x, fit.spans[0], columns)
        if 0 <= place[0] < rows and 0 <= place[1] < columns:
            found[place] = mark_of(fit, row.answer, held_out=row.held_out), row.answer
    return found


def _plane(fit: FitDrawn, columns: int, rows: int, limits: Limits, look: Look) -> Cells:
    """Two inputs: each cell is two points, one above the other."""
    marks = _marks(fit, columns, rows, limits, look)
    if not fit.values:
        return [[Segment(" " * columns)] for _ in range(rows)]
    low, high = _values_span(fit)

    def at(half_row: int, column: int) -> int:
        return half_row * fit.height // (2 * rows) * fit.width + column * fit.width // columns

    lines: Cells = []
    for row in range(rows):
        line: list[Segment] = []
        for column in range(columns):
            upper, lower = at(2 * row, column), at(2 * row + 1, column)
            mark = marks.get((row, column))
            if not look.colour:
                line.append(Segment(mark[0] if mark else _area(fit, lower, low, high)))
                continue
            below = _pixel(fit, lower, low, high, look.dark)
            if mark is None:
                line.append(Segment(UPPER, _style(_pixel(fit, upper, low, high, look.dark), below)))
            else:
                line.append(
                    Segment(mark[0], _style(_ink(fit, mark[1], low, high, look.dark), below, bold=True))
                )
        lines.append(line)
    return lines


def _curve(fit: FitDrawn, columns: int, rows: int, limits: Limits, look: Look) -> Cells:
    """One input: a line of dots over the rows, two points to a cell."""
    marks = _marks(fit, columns, rows, limits, look)
    values = levels(fit)
    lines: Cells = [[] for _ in range(rows)]
    last: int | None = None
    low, high = _values_span(fit)
    for column in range(columns):
        dots = bytes(rows)
        for half, ink in enumerate((LEFT, RIGHT)):
            if not values:
                continue
            value = values[(2 * column + half) * len(values) // (2 * columns)]
            place = min(max(int((limits[1] - value) / (limits[1] - limits[0]) * 4 * rows), -1), 4 * rows)
            top, bottom = (place, place) if last is None else (min(place, last), max(place, last))
            if last is not None and top != bottom:  # joined to the point before, without covering it
                top, bottom = (top, bottom - 1) if place < last else (top + 1, bottom)
            last = place
            drawn = half_column(max(top, 0), min(bottom, 4 * rows - 1), rows, ink)
            dots = bytes(a | b for a, b in zip(dots, drawn, strict=True))
        for row, glyph in enumerate(glyphs(dots)):
            mark = marks.get((row, column))
            if glyph != " ":
                lines[row].append(Segment(glyph, Style(bold=True)))
            elif mark is not None:
                style = _style(_ink(fit, mark[1], low, high, look.dark), None) if look.colour else None
                lines[row].append(Segment(mark[0], style))
            else:
                lines[row].append(Segment(" "))
    return lines


def _values_span(fit: FitDrawn) -> Limits:
    """The lowest and the highest answer: of the rows, so that colours keep their meaning."""
    answers = [row.answer for row in fit.rows] or list(fit.values) or [0.0]
    return min(answers), max(answers)


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5


def _area(fit: FitDrawn, place: int, low: float, high: float) -> str:
    if len(fit.classes) > 2:
        return AREAS[fit.chosen[place] % len(AREAS)]
    if fit.classes:
        share = fit.values[place] if fit.chosen[place] else 1 - fit.values[place]
    else:
        share = _share(fit.values[place], low, high)
    return AREAS[min(SHADES - 1, int(share * SHADES))]


def _pixel(fit: FitDrawn, place: int, low: float, high: float, dark: bool) -> Pixel:
    base = _DARK if dark else _LIGHT
    if fit.classes:
        chance = 1 / len(fit.classes)
        sure = max(0.0, (fit.values[place] - chance) / (1 - chance))
        return _mixed(base, HUES[fit.chosen[place] % len(HUES)], _LEAST + (_MOST - _LEAST) * sure)
    away = 2 * _share(fit.values[place], low, high) - 1
    return _mixed(base, HUES[int(away > 0)], abs(away) * _MOST)


def _ink(fit: FitDrawn, answer: float, low: float, high: float, dark: bool) -> Pixel:
    """The colour of a row, that stands out from the area of its own class."""
    extreme = (255, 255, 255) if dark else (0, 0, 0)
    hue = HUES[_class(answer)] if fit.classes else HUES[int(_share(answer, low, high) > 0.5)]
    return _mixed(hue, extreme, 0.45)


def _mixed(one: Pixel, other: Pixel, share: float) -> Pixel:
    red, green, blue = (round((1 - share) * a + share * b) for a, b in zip(one, other, strict=True))
    return red & ~3, green & ~3, blue & ~3  # fewer styles, and no visible difference


@lru_cache(maxsize=20_000)
def _style(ink: Pixel, ground: Pixel | None, *, bold: bool = False) -> Style:
    behind = None if ground is None else Color.from_rgb(*ground)
    return Style(color=Color.from_rgb(*ink), bgcolor=behind, bold=bold or None)
