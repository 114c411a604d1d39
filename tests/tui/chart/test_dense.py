"""Lines that are noise."""

import random

import pytest

from tui_lab.tui.chart.drawing import raster
from tui_lab.tui.chart.drawing.dense import is_dense, paint_dense
from tui_lab.tui.chart.drawing.raster import rasterize

WIDTH, HEIGHT = 40, 12


def noise(seed: int, points: int = 2 * WIDTH) -> list[tuple[float, float]]:
    rng = random.Random(seed)
    return [(k / (points - 1), rng.random()) for k in range(points)]


def dots(rows: list[str]) -> set[tuple[int, int]]:
    """The dots of a picture of braille, by column and row."""
    bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
    return {
        (2 * column + side, 4 * row + k)
        for row, text in enumerate(rows)
        for column, glyph in enumerate(text)
        if glyph not in " \u2800"
        for k in range(4)
        for side in range(2)
        if ord(glyph) & bits[k][side]
    }


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_drawn_as_plotext_would(seed: int) -> None:
    """All its dots, and a few more: plotext takes samples of a line, this takes what the line touches."""
    lines = [noise(seed)[:50], noise(seed)[52:]]
    ours, its = dots(paint_dense(lines, WIDTH, HEIGHT)), dots(rasterize(lines, WIDTH, HEIGHT))
    beside = {(x + dx, y + dy) for x, y in ours for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    assert its <= beside
    assert len(ours & its) > 0.85 * len(its)
    assert len(ours) < 1.3 * len(its)


@pytest.mark.parametrize(
    "line", [[(0.0, 0.0), (1.0, 1.0)], [(0.5, 0.5)], [(0.0, 1.0), (0.3, 0.0), (1.0, 0.6)]]
)
def test_a_line_has_no_gaps(line: list[tuple[float, float]]) -> None:
    found = dots(paint_dense([line], WIDTH, HEIGHT))
    columns = sorted({x for x, _ in found})
    assert columns == list(range(columns[0], columns[-1] + 1))
    for x in columns[:-1]:
        here, there = ({y for a, y in found if a == at} for at in (x, x + 1))
        assert min(there) <= max(here) + 1 and min(here) <= max(there) + 1


def test_without_colour_it_is_made_of_its_marker() -> None:
    rows = paint_dense([noise(1)], WIDTH, HEIGHT, "●")
    assert set("".join(rows)) == {" ", "●"}
    assert [len(row) for row in rows] == [WIDTH] * HEIGHT


def test_noise_does_not_reach_plotext_and_a_curve_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_dense([noise(1)], WIDTH, HEIGHT)
    curve = [(k / 79, 0.9 ** (k / 4) + 0.01 * (k % 2)) for k in range(80)]
    assert not is_dense([curve], WIDTH, HEIGHT)
    from tui_lab.tui.chart.curves.frame import ChartData, Frame
    from tui_lab.tui.chart.curves.series import Series
    from tui_lab.tui.chart.drawing import layers
    from tui_lab.tui.chart.drawing.plot import draw

    drawn: list[int] = []
    monkeypatch.setattr(
        layers, "rasterize", lambda lines, *size: drawn.append(len(lines)) or raster.rasterize(lines, *size)
    )
    for line, times in ((noise(1), 0), (curve, 1)):
        drawn.clear()
        draw(Frame(ChartData((Series("training", [x for x, _ in line], [y for _, y in line]),)), 60, 20))
        assert len(drawn) == times
