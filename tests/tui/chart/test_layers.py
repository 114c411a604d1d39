"""Lines that grow: what is drawn piece by piece is what plotext draws at once."""

import random
from itertools import accumulate

import pytest

from tui_lab.tui.chart.drawing.layers import GrowingLine, Layers
from tui_lab.tui.chart.drawing.raster import rasterize


def shown(rows: list[str]) -> list[str]:
    return [row.replace("\N{BRAILLE PATTERN BLANK}", " ") for row in rows]


def line_of(rng: random.Random, count: int) -> list[tuple[float, float]]:
    xs = sorted(rng.random() for _ in range(count)) if count % 2 else [k / count for k in range(count)]
    return [(x, rng.random()) for x in xs]


@pytest.mark.parametrize("seed", range(40))
def test_a_line_that_grows_is_drawn_as_one_at_once(seed: int) -> None:
    rng = random.Random(seed)
    width, height, marker = rng.randint(2, 130), rng.randint(2, 40), rng.choice(["braille", "+"])
    whole, growing = line_of(rng, rng.randint(2, 60)), GrowingLine()
    for count in accumulate(rng.choice([1, 1, 2, 12]) for _ in range(60)):
        line = whole[:count]
        if rng.random() < 0.3 and len(line) > 1:  # the column that still grows: its last point changes
            line = [*line[:-1], (line[-1][0], rng.random())]
        assert shown(growing.draw(line, width, height, marker)) == shown(
            rasterize([line], width, height, marker)
        )
        if count > len(whole):
            break


def test_what_changes_further_back_is_drawn_anew() -> None:
    rng, growing = random.Random(1), GrowingLine()
    line = line_of(rng, 30)
    growing.draw(line, 60, 20)
    moved = [(x, y / 2) for x, y in line]
    assert shown(growing.draw(moved, 60, 20)) == shown(rasterize([moved], 60, 20))
    assert shown(growing.draw(moved, 50, 20)) == shown(rasterize([moved], 50, 20))
    assert shown(growing.draw(moved[:5], 50, 20)) == shown(rasterize([moved[:5]], 50, 20))


def test_only_the_end_of_a_line_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def noted(lines: list[list[tuple[float, float]]], *canvas: object) -> list[str]:
        drawn.append(sum(map(len, lines)))
        return rasterize(lines, *canvas)  # type: ignore[arg-type]

    monkeypatch.setattr("tui_lab.tui.chart.drawing.layers.rasterize", noted)
    monkeypatch.setattr("tui_lab.tui.chart.drawing.raster.rasterize", noted)
    line, layers = line_of(random.Random(2), 201), Layers()
    for count in range(150, 200):
        layers.draw(0, [line[:count]], 112, 36, "braille")
    assert sum(drawn) < 1200, "at once they would be 8,700"
    drawn.clear()
    layers.draw(0, [line[:199]], 112, 36, "braille")
    assert not drawn, "nothing is new"
    layers.draw(0, [line[:50], line[60:]], 112, 36, "braille")
    assert sum(drawn) == 191, "a line with a gap"
