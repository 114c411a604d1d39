"""Many lines as one picture: the same dots as line by line, and no more work than what is new."""

from tui_lab.tui.chart.drawing.crowd import Canvas, Crowd
from tui_lab.tui.chart.drawing.dense import paint_dense
from tui_lab.tui.chart.drawing.raster import Polyline

SIZE = 30, 8
Line = list[tuple[float, float]]


def wave(number: int, points: int = 40) -> Line:
    return [(k / (points - 1), ((k * 7 + number * 13) % 17) / 16) for k in range(points)]


def drawn(
    crowd: Crowd, lines: dict[int, Line], budget: int = 100_000, key: str = ""
) -> tuple[list[str], int]:
    """The picture, and how much was added to it."""
    points = {number: len(line) for number, line in lines.items()}
    rows, left = crowd.draw(points, lambda number, first: [lines[number][first:]], SIZE, key, budget)
    return rows, budget - left


def both(below: str, above: str) -> str:
    codes = [0 if glyph == " " else ord(glyph) - 0x2800 for glyph in (below, above)]
    return chr(0x2800 | codes[0] | codes[1]) if any(codes) else " "


def by_hand(lines: list[Polyline]) -> list[str]:
    """Each line by itself, and their dots together."""
    rows = [" " * SIZE[0]] * SIZE[1]
    for line in lines:
        rows = [
            "".join(map(both, low, high)) for low, high in zip(rows, paint_dense([line], *SIZE), strict=True)
        ]
    return rows


def test_its_dots_are_those_that_each_line_touches() -> None:
    canvas = Canvas(*SIZE)
    lines: list[Polyline] = [wave(k) for k in range(3)]
    for line in lines:
        canvas.add(line)
    assert canvas.rows() == by_hand(lines)


def test_a_point_alone_is_a_dot() -> None:
    canvas = Canvas(*SIZE)
    assert canvas.add([(1.0, 0.0)]) == 1
    assert canvas.rows()[-1].strip() == "\u2880"


def test_a_line_that_grew_is_drawn_on_from_where_it_ended() -> None:
    crowd, line = Crowd(), wave(1)
    whole, _ = drawn(Crowd(), {0: line})
    _, before = drawn(crowd, {0: line[:39]})
    rows, added = drawn(crowd, {0: line})
    assert rows == whole
    assert 0 < added <= 4 < before
    assert drawn(crowd, {0: line}) == (whole, 0), "nothing new costs nothing"


def test_what_does_not_fit_into_the_budget_is_drawn_next_time() -> None:
    crowd, lines = Crowd(), {k: wave(k) for k in range(20)}
    frames = 0
    while frames == 0 or crowd.waiting:
        rows, added = drawn(crowd, lines, 200)
        frames += 1
        assert added < 200 + 100, "no more than a line beyond the budget"
    assert 4 < frames < 20
    assert rows == drawn(Crowd(), lines)[0]


def test_a_line_that_goes_is_shown_until_the_others_are_drawn_anew() -> None:
    crowd, lines = Crowd(), {k: wave(k) for k in range(10)}
    before, _ = drawn(crowd, lines)
    del lines[4]
    rows, _ = drawn(crowd, lines, 100)
    assert crowd.waiting and rows == before
    while crowd.waiting:
        rows, _ = drawn(crowd, lines, 100)
    assert rows == by_hand([wave(k) for k in range(10) if k != 4]) != before


def test_with_other_limits_all_is_drawn_anew() -> None:
    crowd, lines = Crowd(), {0: wave(0)}
    _, first = drawn(crowd, lines, key="a")
    _, second = drawn(crowd, lines, key="b")
    assert first == second > 0
    rows, _ = crowd.draw({0: 40}, lambda number, first: [lines[number][first:]], (20, 5), "b", 10_000)
    assert [len(row) for row in rows] == [20] * 5
