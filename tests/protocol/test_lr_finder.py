"""What short runs at many rates suggest."""

from itertools import pairwise
from math import inf

import pytest

from tui_lab.protocol.lr_finder import RATES, RatesTried, Suggestion

RISING = (0.001, 0.01, 0.1, 1.0)


def tried(*losses: tuple[float, ...], start: float = 1.0) -> RatesTried:
    return RatesTried(0, 0, 0.01, 50, start, RISING[: len(losses)], losses)


def test_there_are_16_to_32_rates_evenly_spread() -> None:
    assert 16 <= len(RATES) <= 32
    assert (RATES[0], RATES[-1]) == (pytest.approx(1e-5), 10.0)
    ratios = {round(b / a, 9) for a, b in pairwise(RATES)}
    assert len(ratios) == 1


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        (((0.9, 0.9), (0.2, 0.25), (0.3, 0.9), (inf, inf)), Suggestion(0.01, 0.01, 0.01)),
        (((0.9, 0.9), (0.2, 0.25), (0.21, 0.3), (inf, inf)), Suggestion(0.01, 0.032, 0.1)),
        (((0.22, 0.3), (0.2, 0.25), (0.21, 0.3), (inf, 0.2)), Suggestion(0.001, 0.01, 0.1)),
        (((1.0, 1.0), (1.1, 1.0), (2.0, inf), (inf, inf)), None),
        (((0.99, 0.9), (0.95, 0.8), (0.5, 1.2)), None),
        (((inf, inf), (inf, inf)), None),
    ],
)
def test_good_rates_lower_the_loss_with_every_seed(
    losses: tuple[tuple[float, ...], ...], expected: Suggestion | None
) -> None:
    assert tried(*losses).suggestion() == expected


def test_where_rates_are_too_high() -> None:
    assert tried((0.9, 0.9), (1.2, 0.9), (1.2, 3.0), (inf, inf)).too_high_from() == 0.1
    assert tried((0.9, 0.9), (1.2, 0.9)).too_high_from() == inf
    assert tried((1.1, inf), (inf, inf)).too_high_from() == 0.001
