"""Thinning a curve: nothing that sticks out is lost, nothing is invented."""

from array import array
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.series import decimate

finite = st.floats(-1e6, 1e6)
anything = st.one_of(finite, st.sampled_from([nan, inf, -inf]))


def columns_of(high: float, points: list[tuple[float, float]], columns: int) -> list[list[float]]:
    """Sort values into columns from 0 to `high` the slow way."""
    found: list[list[float]] = [[] for _ in range(columns)]
    edges = [high * (k / columns) for k in range(1, columns)]
    for position, value in points:
        found[sum(position >= edge for edge in edges)].append(value)
    return found


def points(x: list[float], y: list[float], columns: int) -> list[tuple[float, float]]:
    pieces = decimate(x, y, columns).pieces
    return [point for piece in pieces for point in zip(piece.x, piece.y, strict=True)]


@given(st.lists(finite, min_size=1, max_size=300), st.integers(1, 20))
def test_the_extremes_of_every_column_survive(y: list[float], columns: int) -> None:
    x = list(map(float, range(len(y))))
    before = columns_of(x[-1], list(zip(x, y, strict=True)), columns)
    after = columns_of(x[-1], points(x, y, columns), columns)
    assert [(min(c), max(c)) for c in before if c] == [(min(c), max(c)) for c in after if c]


@given(st.lists(anything, max_size=300), st.integers(1, 20))
def test_no_more_than_two_points_a_column_all_real_and_in_order(y: list[float], columns: int) -> None:
    x = list(map(float, range(len(y))))
    kept = points(x, y, columns)
    assert len(kept) <= 2 * columns
    assert [a for a, _ in kept] == sorted({a for a, _ in kept})
    assert all(y[int(a)] == b and isfinite(b) for a, b in kept)


@given(st.lists(anything, max_size=60))
def test_few_points_are_kept_and_split_at_every_gap(y: list[float]) -> None:
    pieces = decimate(range(len(y)), y, 60).pieces
    expected: list[list[float]] = [[]]
    for value in y:
        if isfinite(value):
            expected[-1].append(value)
        else:
            expected.append([])
    assert [piece.y for piece in pieces] == [run for run in expected if run]


def test_one_spike_among_a_million_survives() -> None:
    y = array("d", bytes(8_000_000))
    y[654_321] = 7.0
    kept = points(range(1_000_000), y, 120)  # type: ignore[arg-type]
    assert (654_321, 7.0) in kept
    assert len(kept) <= 240


def test_a_gap_among_many_points_ends_a_piece() -> None:
    y = [1.0] * 500 + [nan] * 1000 + [2.0] * 500
    pieces = decimate(range(2000), y, 20).pieces
    assert [set(piece.y) for piece in pieces] == [{1.0}, {2.0}]


@pytest.mark.parametrize("count", [10, 5000])
def test_a_log_axis_hides_what_is_not_above_zero_and_counts_it(count: int) -> None:
    y = [1.0, 0.0, -3.0, nan, 2.0] * (count // 5)
    thinned = decimate(range(count), y, 50, log_y=True)
    assert thinned.hidden == 2 * count // 5
    assert all(value > 0 for piece in thinned.pieces for value in piece.y)
    assert decimate(range(count), y, 50).hidden == 0


def test_the_neighbours_outside_the_limits_are_kept() -> None:
    pieces = decimate([0, 10, 20, 30, 40], [1, 2, 3, 4, 5], 20, (15, 25)).pieces
    assert pieces[0].x == [10, 20, 30]


def test_columns_of_a_log_axis_are_decades() -> None:
    x = [float(k) for k in range(1, 10_001)]
    kept = decimate(x, x, 4, (1, 10_000), log_x=True).pieces[0].x
    assert kept == [1, 9, 10, 99, 100, 999, 1000, 10_000]


def test_nothing_gives_nothing() -> None:
    assert decimate([], [], 10).pieces == []
    assert decimate([1], [1], 0).pieces == []
    assert decimate([1, 2], [nan, inf], 10).pieces == []
