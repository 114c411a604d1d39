"""A value that is typed: what the table would hold, or in words why it cannot be."""

import pytest

from tui_lab.errors import InputError
from tui_lab.protocol.trial import OTHER, TriedColumn, read_cell

AGE = TriedColumn("age", 24.0, 40.0, 1.0, 40.0, 12.0)
CITY = TriedColumn("city", "Oslo", "Oslo", categories=("Bergen", "Oslo", "Tromsø"))
MANY = TriedColumn("maker", "Ford", "Ford", categories=("Fiat", "Ford"), other=True)


def test_what_a_column_can_hold_is_taken() -> None:
    assert [read_cell(AGE, text) for text in ("7", " -2.5e3 ", "", "  ")] == [7.0, -2500.0, None, None]
    assert [read_cell(CITY, text) for text in (" Tromsø ", "")] == ["Tromsø", None]
    assert read_cell(MANY, "Trabant") == "Trabant", "it shares the input of rare ones"
    assert MANY.choices == ("Fiat", "Ford", OTHER)


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        (AGE, "old", "'old' is not a number: age takes numbers"),
        (AGE, "1,5", "'1,5' is not a number: write 1.5"),
        (AGE, "1_000", "not a number"),
        (AGE, "٣", "not a number"),
        (AGE, "1e400", "'1e400' is too large: the largest is 3.4e"),
        (AGE, "-1e39", "too large"),
        (AGE, "nan", "'nan' is not a finite number"),
        (AGE, "-inf", "'-inf' is not a finite number"),
        (AGE, "\x1b[31m", r"'\\x1b\[31m' is not a number"),
        (CITY, "Paris", "'Paris' is not a category of city .* the run knows Bergen, Oslo, Tromsø$"),
        (CITY, "oslo", "did you mean 'Oslo'"),
    ],
)
def test_what_it_cannot_is_explained(column: TriedColumn, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_cell(column, text)
