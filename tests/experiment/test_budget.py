"""The time limit of a sweep, as it is typed."""

import pytest

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.budget import budget_text, parse_budget


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10 min", 600), ("1.5h", 5400), ("2H", 7200), ("1d", 86400), (" 3s ", 3)],
)
def test_a_time_with_its_unit(text: str, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "10", "m", "-1m", "0s", "1e9d", "10m5", "nan s", "[/x]m", "9" * 50 + "d"]
)
def test_what_is_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match="such as 90s, 10m or 2h"):
        parse_budget(text)


@pytest.mark.parametrize("text", ["90s", "10m", "2h", "3d", "0.5s"])
def test_text_and_back(text: str) -> None:
    assert budget_text(parse_budget(text)) == text
