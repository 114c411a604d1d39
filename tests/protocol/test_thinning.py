"""Fewer points, the same extremes."""

from math import inf, isnan, nan

from hypothesis import given
from hypothesis import strategies as st

from tui_lab.protocol.thinning import places_kept, thin

Point = tuple[int, float]
curves = st.lists(st.floats(), max_size=300).map(lambda values: list(enumerate(values)))
limits = st.integers(4, 60)


@given(curves, limits)
def test_what_stays_is_real_in_order_and_not_too_much(points: list[Point], limit: int) -> None:
    kept = thin(points, limit)
    assert len(kept) <= limit
    assert len(kept) <= len(points)
    assert [step for step, _ in kept] == sorted({step for step, _ in kept})
    assert all(point is points[point[0]] for point in kept)


@given(curves, limits)
def test_the_extremes_and_the_last_stay(points: list[Point], limit: int) -> None:
    kept = thin(points, limit)
    if not points:
        assert kept == []
        return
    assert kept[-1] is points[-1]
    finite = [value for _, value in points if not isnan(value)]
    if finite:
        assert min(finite) in [value for _, value in kept], "a NaN does not hide the smallest"
    if len(finite) < len(points):
        assert any(isnan(value) for _, value in kept)
    else:
        assert max(finite) in [value for _, value in kept]


@given(curves, limits)
def test_every_stretch_keeps_its_own_extremes(points: list[Point], limit: int) -> None:
    """Not only the extremes of all: a curve keeps its shape."""
    kept = thin(points, limit)
    stretches = (limit - 1) // 2
    if len(points) <= limit:
        assert kept == points
        return
    for k in range(stretches):
        stretch = points[k * len(points) // stretches : (k + 1) * len(points) // stretches]
        here = [value for step, value in kept if stretch[0][0] <= step <= stretch[-1][0]]
        finite = [value for _, value in stretch if not isnan(value)]
        assert here
        assert not finite or min(finite) in here


@given(curves, limits)
def test_thinning_what_is_thin_changes_nothing(points: list[Point], limit: int) -> None:
    kept = thin(points, limit)
    assert thin(kept, limit) == kept


def test_a_single_spike_among_a_hundred_thousand_survives_again_and_again() -> None:
    points = [(step, 1.0) for step in range(100_000)]
    points[31_415] = (31_415, 1e9)
    points[27_182] = (27_182, -1e9)
    for limit in (50_000, 8192, 4096, 100, 10, 4):
        points = thin(points, limit)
        assert (31_415, 1e9) in points
        assert (27_182, -1e9) in points
        assert points[-1] == (99_999, 1.0)
        assert len(points) <= limit


def test_the_smallest_beside_a_nan() -> None:
    assert thin([(0, nan), (1, 5.0), (2, -9.0), (3, 7.0), (4, 1.0)], 4)[1:] == [(2, -9.0), (4, 1.0)]
    assert [step for step, _ in thin([(0, 1.0), (1, inf), (2, nan), (3, -inf), (4, 0.0)], 4)] == [2, 3, 4]
    only_nan = [(step, nan) for step in range(9)]
    assert thin(only_nan, 4) == [only_nan[0], only_nan[-1]]


@given(curves, limits)
def test_the_places_are_those_of_the_plain_rule(points: list[Point], limit: int) -> None:
    """The rule as it would be written without a thought for speed."""
    kept: set[int] = set(range(len(points))) if len(points) <= limit else {len(points) - 1}
    stretches = (limit - 1) // 2
    for k in range(stretches if len(points) > limit else 0):
        places = range(k * len(points) // stretches, (k + 1) * len(points) // stretches)
        kept.add(min(places, key=lambda place: inf if isnan(points[place][1]) else points[place][1]))
        kept.add(max(places, key=lambda place: (isnan(points[place][1]), points[place][1])))
    assert places_kept([value for _, value in points], limit) == sorted(kept)
