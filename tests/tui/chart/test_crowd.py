"""Many lines as one picture: the same dots as line by line, and no more work than what is new."""

from tui_lab.tui.chart.drawing.crowd import Canvas, Crowd, Member
from tui_lab.tui.chart.drawing.dense import paint_dense
from tui_lab.tui.chart.drawing.raster import Polyline

SIZE = 30, 8
Line = list[tuple[float, float]]


def wave(number: int, points: int = 40) -> Line:
    return [(k / (points - 1), ((k * 7 + number * 13) % 17) / 16) for k in range(points)]


def member(line: Line) -> Member:
    return Member(len(line), lambda first: [line[first:]])


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
    whole, left = Crowd().draw({0: member(line)}, SIZE, "", 10_000)
    _, before = crowd.draw({0: member(line[:39])}, SIZE, "", 10_000)
    rows, after = crowd.draw({0: member(line)}, SIZE, "", 10_000)
    assert rows == whole
    assert 10_000 - after <= 4 < 10_000 - before
    assert crowd.draw({0: member(line)}, SIZE, "", 10_000) == (whole, 10_000), "nothing new costs nothing"
    assert left < before


def test_what_does_not_fit_into_the_budget_is_drawn_next_time() -> None:
    crowd, members = Crowd(), {k: member(wave(k)) for k in range(20)}
    frames = 0
    while True:
        rows, _ = crowd.draw(members, SIZE, "", 200)
        frames += 1
        if not crowd.waiting:
            break
    assert 4 < frames < 20
    assert rows == Crowd().draw(members, SIZE, "", 100_000)[0]


def test_a_line_that_goes_is_shown_until_the_others_are_drawn_anew() -> None:
    crowd, members = Crowd(), {k: member(wave(k)) for k in range(10)}
    before, _ = crowd.draw(members, SIZE, "", 100_000)
    del members[4]
    rows, _ = crowd.draw(members, SIZE, "", 100)
    assert crowd.waiting and rows == before
    while crowd.waiting:
        rows, _ = crowd.draw(members, SIZE, "", 100)
    assert rows == by_hand([wave(k) for k in range(10) if k != 4]) != before


def test_other_limits_or_another_size_draw_all_anew() -> None:
    crowd, members = Crowd(), {0: member(wave(0))}
    _, first = crowd.draw(members, SIZE, "a", 10_000)
    _, second = crowd.draw(members, SIZE, "b", 10_000)
    rows, third = crowd.draw(members, (20, 5), "b", 10_000)
    assert first == second < 10_000 > third
    assert [len(row) for row in rows] == [20] * 5
