"""Lines cut to the unit square."""

from hypothesis import given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.series import Piece
from tui_lab.tui.chart.drawing.clip import _segment, clip

UNIT = (0.0, 1.0)
values = st.floats(-1e30, 1e30)


def lines(x: list[float], y: list[float]) -> list[list[tuple[float, float]]]:
    return clip(Piece(x, y), UNIT, UNIT, log_x=False, log_y=False)


@given(st.lists(st.tuples(values, values), min_size=1, max_size=20))
def test_nothing_comes_out_outside(points: list[tuple[float, float]]) -> None:
    for line in lines([x for x, _ in points], [y for _, y in points]):
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in line)


def test_what_is_inside_stays_as_it_is() -> None:
    assert lines([0, 0.5, 1], [0, 1, 0.25]) == [[(0, 0), (0.5, 1), (1, 0.25)]]


def test_a_line_through_is_cut_at_both_sides() -> None:
    assert lines([-1, 2], [0.5, 0.5]) == [[(0, 0.5), (1, 0.5)]]


@given(st.lists(st.tuples(st.floats(0, 1), values), min_size=2, max_size=2))
def test_a_line_between_two_places_of_the_square_is_cut_like_any_other(
    points: list[tuple[float, float]],
) -> None:
    (a, b), whole = points, _segment(points[0], points[1])
    found = lines([a[0], b[0]], [a[1], b[1]])
    assert found == ([] if whole is None or max(a[1], b[1]) < 0 or min(a[1], b[1]) > 1 else [list(whole)])


def test_a_peak_above_leaves_two_parts() -> None:
    assert lines([0, 0.5, 1], [0, 2, 0]) == [[(0, 0), (0.25, 1)], [(0.75, 1), (1, 0)]]


def test_a_line_that_passes_by_is_gone() -> None:
    assert lines([0, 1], [2, 2]) == []
    assert lines([-1, 0.5], [0.5, 2]) == []
    assert lines([5], [5]) == []


def test_a_log_axis_is_cut_in_decades() -> None:
    piece = Piece([0, 1], [1, 10_000])
    assert clip(piece, UNIT, (1, 100), log_x=False, log_y=True) == [[(0, 0), (0.5, 1)]]
