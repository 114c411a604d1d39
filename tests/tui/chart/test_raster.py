"""The adapter holds plotext to what the rest of the chart relies on."""

import pytest

from tui_lab.tui.chart.drawing.raster import cell, rasterize


@pytest.mark.parametrize(("width", "height"), [(2, 2), (40, 10), (300, 100)])
def test_any_size_is_drawn_whatever_the_terminal(width: int, height: int) -> None:
    rows = rasterize([[(0, 0), (1, 1)]], width, height)
    assert [len(row) for row in rows] == [width] * height
    assert rows[-1][0].strip()
    assert rows[0][-1].strip()


def test_a_layer_keeps_nothing_of_the_one_before() -> None:
    rasterize([[(0, 0), (1, 1)]], 20, 5)
    assert "".join(rasterize([], 20, 5)).isspace()


def test_lines_are_joined_within_and_not_between() -> None:
    joined = rasterize([[(0, 0.5), (1, 0.5)]], 20, 5, "x")
    apart = rasterize([[(0, 0.5), (0.2, 0.5)], [(0.8, 0.5), (1, 0.5)]], 20, 5, "x")
    assert joined[2] == "x" * 20
    assert apart[2].startswith("xxx")
    assert " " * 8 in apart[2]


@pytest.mark.parametrize("x", [0, 0.03, 0.5, 0.77, 1])
@pytest.mark.parametrize("y", [0, 0.21, 0.5, 1])
def test_cell_is_where_plotext_puts_a_point(x: float, y: float) -> None:
    column, row = cell(x, y, 31, 9)
    assert rasterize([[(x, y)]], 31, 9, "x")[row][column] == "x"
