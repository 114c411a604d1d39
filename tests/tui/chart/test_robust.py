"""The range of the y axis: what it must hold, and what it leaves out."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.robust import LATEST, robust_range

values = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60)


@given(values, values, st.lists(st.floats(1e-6, 1e6), max_size=2), st.booleans())
def test_it_always_holds_the_latest_points_and_what_must_be_held(
    a: list[float], b: list[float], held: list[float], log: bool
) -> None:
    low, high = robust_range([a, b], held=held, log=log) or (0.0, 0.0)
    kept = [*a[-LATEST:], *b[-LATEST:], *held]
    assert all(low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9) for value in kept)
    everything = [*a, *b, *held]
    assert min(everything) <= low * (1 + 1e-9) and high <= max(everything) * (1 + 1e-9)


def test_the_first_epochs_do_not_squeeze_the_last() -> None:
    curves = [[2 * exp(-k / 4) + floor for k in range(60)] for floor in (0.002, 0.02)]
    low, high = robust_range(curves) or (0.0, 0.0)
    assert low == pytest.approx(0.002, abs=1e-3)
    assert high < 0.2, "the gap of 0.018 would be nothing on an axis up to 2"


def test_a_spike_that_is_over_is_left_out_and_one_that_lasts_is_not() -> None:
    calm = [0.5 + 0.01 * (k % 3) for k in range(40)]
    assert (robust_range([[*calm, 1200.0, *calm]]) or (0, 0))[1] < 1
    assert (robust_range([[*calm, 10.9]]) or (0, 0))[1] == 10.9


def test_few_points_are_all_shown() -> None:
    assert robust_range([[2.0, 0.5], [1.0, 0.4]]) == (0.4, 2.0)


def test_noise_takes_a_bounded_part_of_the_room() -> None:
    curve = [1.0 - 0.01 * k for k in range(50)]
    noise = [0.0, 1e6] * 50
    low, high = robust_range([curve], [noise]) or (0.0, 0.0)
    span = curve[0] - curve[-1]
    assert high == pytest.approx(curve[0] + span / 2) and low == pytest.approx(curve[-1] - span / 2)


def test_while_there_is_next_to_no_curve_the_noise_is_shown() -> None:
    assert robust_range([[0.7]], [[0.2, 0.9, 0.4, 1.1]]) == (0.2, 1.1)


def test_nothing_has_no_range() -> None:
    assert robust_range([]) is None
    assert robust_range([[]], [[]]) is None
