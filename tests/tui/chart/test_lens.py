"""Ways to look at a run: zoom and cursor within bounds."""

from dataclasses import replace
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.lens import SMOOTHINGS, Lens

WHOLE = (0.0, 100.0)
moves = st.lists(st.tuples(st.sampled_from(("zoom", "pan", "point")), st.sampled_from((-1, 1))), max_size=40)


def test_smoothing_goes_round() -> None:
    lens, seen = Lens(), []
    for _ in range(len(SMOOTHINGS) + 1):
        seen.append(lens.smooth)
        lens = lens.next_smoothing()
    assert seen == [*SMOOTHINGS, SMOOTHINGS[0]]


@given(moves, st.booleans())
def test_no_key_leads_out_of_what_there_is(keys: list[tuple[str, int]], log_x: bool) -> None:
    whole = (1.0, 100.0)
    lens = Lens(log_x=log_x)
    for key, direction in keys:
        match key:
            case "zoom":
                lens = lens.zoomed(whole, direction)  # type: ignore[arg-type]
            case "pan":
                lens = lens.panned(whole, direction)  # type: ignore[arg-type]
            case _:
                lens = lens.pointed(whole, direction, 50)  # type: ignore[arg-type]
        low, high = lens.window or whole
        assert whole[0] - 1e-6 <= low < high <= whole[1] + 1e-6


def test_zooming_in_and_out_again_shows_all() -> None:
    lens = Lens().zoomed(WHOLE, 1)
    assert lens.window == (50.0, 100.0), "without a cursor the newest end stays"
    assert lens.zoomed(WHOLE, -1).window is None
    deep = Lens()
    for _ in range(60):
        deep = deep.zoomed(WHOLE, 1)
    assert deep.window is not None and deep.window[1] - deep.window[0] == pytest.approx(1e-4)


def test_zooming_keeps_the_cursor_where_it_is() -> None:
    lens = Lens(cursor=25.0).zoomed(WHOLE, 1)
    assert lens.window == (12.5, 62.5)


def test_panning_stops_at_the_ends() -> None:
    lens = Lens().zoomed(WHOLE, 1).panned(WHOLE, -1)
    assert lens.window == (37.5, 87.5)
    assert lens.panned(WHOLE, 1).panned(WHOLE, 1).window == (50.0, 100.0)
    for _ in range(9):
        lens = lens.panned(WHOLE, -1)
    assert lens.window == (0.0, 50.0)
    assert Lens().panned(WHOLE, -1).window is None


def test_decades_are_zoomed_by_decades() -> None:
    window = Lens(log_x=True).zoomed((1.0, 10_000.0), 1).window
    assert window == pytest.approx((100.0, 10_000.0))
    low, high = Lens(log_x=True).zoomed((0.0, 100.0), 1).window or WHOLE
    assert 0 < low < high == pytest.approx(100.0), "zero has no logarithm"


def test_the_cursor_goes_by_columns_and_stays_inside() -> None:
    lens = Lens().pointed(WHOLE, -1, 50)
    assert lens.cursor == 100.0, "it begins at the newest end"
    assert lens.pointed(WHOLE, -1, 50).cursor == 98.0
    assert lens.pointed(WHOLE, 1, 50).cursor == 100.0
    step = Lens(log_x=True, cursor=10.0).pointed((1.0, 100.0), 1, 10).cursor
    assert step == pytest.approx(exp(log(10) + log(100) / 10))


def test_another_x_forgets_places_on_the_old_one() -> None:
    lens = Lens(window=(1.0, 2.0), cursor=1.5)
    names = []
    for _ in range(3):
        names.append(lens.x)
        lens = lens.next_x()
        assert lens.window is None and lens.cursor is None
    assert names == ["epoch", "step", "time"] and lens.x == "epoch"


def test_metrics_go_round_and_one_that_is_gone_gives_the_first() -> None:
    names = ("loss", "accuracy")
    assert Lens().next_metric(names).metric == "accuracy"
    assert Lens(metric="accuracy").next_metric(names).metric == "loss"
    assert Lens(metric="r2").next_metric(names).metric == "loss"


def test_the_cursor_stands_at_the_ends_of_epochs() -> None:
    stops = [float(k) for k in range(1, 11)]
    lens, seen = Lens(), []
    for _ in range(4):
        lens = lens.pointed((0.05, 10.4), -1, 60, stops)
        seen.append(lens.cursor)
    assert seen == [10.0, 9.0, 8.0, 7.0]
    assert lens.pointed((0.05, 10.4), 1, 60, stops).cursor == 8.0
    assert replace(lens, cursor=10.0).pointed((0.05, 10.4), 1, 60, stops).cursor == 10.0
    assert replace(lens, cursor=1.0).pointed((0.05, 10.4), -1, 60, stops).cursor == 1.0


def test_the_cursor_moves_by_a_column_at_least_and_stays_in_the_window() -> None:
    stops = [float(k) for k in range(1, 1001)]
    lens = Lens(window=(100.5, 200.5)).pointed((0, 1000), -1, 20, stops)
    assert lens.cursor == 200.0
    assert lens.pointed((0, 1000), -1, 20, stops).cursor == 195.0
    assert lens.pointed((0, 1000), 1, 20, stops).cursor == 200.0
