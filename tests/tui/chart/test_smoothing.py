"""Smoothing by a span of x: nothing is moved."""

from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.smoothing import smoothed

finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=30), st.integers(0, 12))
def test_it_is_the_mean_of_a_window_about_each_point_that_is_even_at_the_ends(
    values: list[float], span: int
) -> None:
    found = smoothed(range(len(values)), values, span)
    for k, value in enumerate(found):
        reach = int(min(span / 2, k, len(values) - 1 - k))
        window = values[k - reach : k + reach + 1]
        assert value == pytest.approx(sum(window) / len(window), rel=1e-9, abs=1e-3)


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 60))
def test_a_straight_line_is_not_moved(start: float, slope: float, span: float) -> None:
    line = [start + slope * k for k in range(50)]
    assert smoothed(range(50), line, span) == pytest.approx(line, abs=1e-6)


def test_the_same_span_smooths_a_point_a_step_and_a_point_an_epoch_alike() -> None:
    steps = [k / 10 for k in range(1000)]
    wave = [1.0 if int(x) % 2 else -1.0 for x in steps]
    assert max(map(abs, smoothed(steps, wave, 20.0)[300:700])) < 0.1
    assert max(map(abs, smoothed(steps[::10], wave[::10], 20.0)[30:70])) < 0.1
    assert smoothed(steps[::10], wave[::10], 0.5) == wave[::10], "less than two points: nothing to average"


def test_what_is_not_finite_stays_and_counts_for_nothing() -> None:
    found = smoothed(range(5), [1.0, nan, 3.0, inf, 5.0], 4)
    assert isnan(found[1]) and found[3] == inf
    assert [found[0], found[2], found[4]] == pytest.approx([1.0, 3.0, 5.0])
