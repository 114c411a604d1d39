"""The band of single steps."""

import pytest

from tui_lab.tui.chart.drawing.band import paint_band
from tui_lab.tui.chart.drawing.raster import rasterize


def columns(rows: list[str]) -> list[list[int]]:
    """The rows that each column touches."""
    return [[k for k, row in enumerate(rows) if row[c] not in " \u2800"] for c in range(len(rows[0]))]


def test_a_column_is_filled_from_its_lowest_to_its_highest_value() -> None:
    rows = paint_band([[(0.05, 0.05), (0.06, 0.95), (0.95, 0.5)]], 10, 10)
    assert columns(rows)[0] == list(range(10)), "0.9 and 0.1 lie in the first and the last of ten rows"
    assert columns(rows)[9] == [5]
    assert len(columns(rows)[5]) == 1, "between points a line"


@pytest.mark.parametrize("y", [0.0, 0.26, 0.5, 0.93, 1.0])
def test_it_lies_where_a_line_would(y: float) -> None:
    line = [(0.0, y), (1.0, y)]
    assert columns(paint_band([line], 20, 7)) == columns(rasterize([line], 20, 7))


def test_points_far_apart_are_joined_and_lines_are_not() -> None:
    joined = paint_band([[(0.0, 0.0), (1.0, 1.0)]], 12, 6)
    assert all(columns(joined))
    apart = paint_band([[(0.0, 0.5)], [(1.0, 0.5)]], 12, 6)
    assert [bool(rows) for rows in columns(apart)] == [True, *[False] * 10, True]


def test_without_colour_it_is_made_of_a_glyph_of_its_own() -> None:
    rows = paint_band([[(0.0, 0.2), (1.0, 0.8)]], 12, 6, "·")
    assert set("".join(rows)) == {" ", "·"}
