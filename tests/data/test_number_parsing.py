"""What a person would read as a number, what may be read in two ways, and what is none."""

from collections.abc import Sequence
from math import isnan

import numpy as np
import pytest

from tui_lab.data.table.reading.cells import TextCells
from tui_lab.data.table.reading.number_parsing import Parsed, parse_numbers


def parsed(texts: Sequence[str], decimal: str = ".", *, settled: bool = False) -> Parsed:
    labels = tuple(dict.fromkeys(texts))
    codes = np.array([labels.index(text) for text in texts], np.int32)
    return parse_numbers(TextCells(codes, labels), decimal, settled=settled)


@pytest.mark.parametrize(
    ("texts", "decimal", "values", "words"),
    [
        (["5", "-2.5", "1e3"], ".", [5, -2.5, 1000], ""),
        (["1,234,000", "1,234"], ".", [1234000, 1234], "'1,234,000' was read as a number with thousands"),
        (["1,234.5", "1,234"], ".", [1234.5, 1234], "thousands"),
        (["12.5", "1,264"], ".", [12.5, 1264], "thousands"),
        (["1.234,5", "1.234"], ",", [1234.5, 1234], "thousands"),
        (["0,095", "1,264", "1,265", "1,266"], ".", [0.095, 1.264, 1.265, 1.266], "a decimal comma"),
        (["-0,5", "1,264"], ".", [-0.5, 1.264], "a decimal comma"),
        (["1,5", "12,75", "1,264"], ".", [1.5, 12.75, 1.264], "'1,5' was read with a decimal comma"),
        (["0.095", "1.264"], ",", [0.095, 1.264], "a decimal point"),
        (["6'288", "-5'066.5"], ".", [6288, -5066.5], '"6\'288" was read as the number 6288'),
        (["6 288", "5\u00a0066", "12"], ".", [6288, 5066, 12], "the number 6288"),
        (["5 094,71", "12,5"], ".", [5094.71, 12.5], "a decimal comma"),
        (["$11.29", "-$2", "$-3", "4"], ".", [11.29, -2, -3, 4], "'$11.29' was read as the number 11.29"),
        (["1,50 €", "0,5 €", "1.250 €"], ",", [1.5, 0.5, 1250], "'1,50 €' was read as the number 1.5"),
        (["12.5%", "0", "7 %"], ".", [12.5, 0, 7], "'12.5%' was read as the number 12.5"),
    ],
)
def test_what_is_clear_is_read_and_said(
    texts: list[str], decimal: str, values: list[float], words: str
) -> None:
    found = parsed(texts, decimal)
    assert (found.values_N.tolist(), found.bad, found.unsure) == (values, frozenset(), "")
    assert words in " ".join(found.said)


@pytest.mark.parametrize(
    ("texts", "decimal", "settled_values"),
    [
        (["5,094", "4,068"], ".", [5094, 4068]),
        (["5.094", "4.068"], ",", [5094, 4068]),
        (["1,830", "95"], ".", [1830, 95]),
    ],
)
def test_a_mark_that_means_two_things_is_refused_until_it_is_said(
    texts: list[str], decimal: str, settled_values: list[float]
) -> None:
    unsure = parsed(texts, decimal).unsure
    assert f"--data decimal={decimal} (thousands)" in unsure
    found = parsed(texts, decimal, settled=True)
    assert (found.unsure, found.values_N.tolist()) == ("", settled_values)


def test_one_odd_cell_makes_no_decimals_of_thousands() -> None:
    texts = ["1,264", "1,203", "1,145", "1,99"]
    assert "ambiguous" in parsed(texts).unsure
    found = parsed(texts, settled=True)
    assert "thousands" in found.said[0]
    assert found.values_N[:3].tolist() == [1264, 1203, 1145]
    assert found.bad == {3}


@pytest.mark.parametrize(
    "texts",
    [["$1", "€2"], ["12%", "0.12"], ["$5%", "$6%"], ["1,2,3", "4,5,6"], ["12,34", "1.5"], ["٣", "5 09"]],
)
def test_what_is_not_clear_is_no_number(texts: list[str]) -> None:
    found = parsed(texts)
    assert found.bad
    assert all(isnan(found.values_N[place]) for place in found.bad)


def test_long_whole_numbers_are_told_from_rounded_ones() -> None:
    assert parsed(["9223372036854775807", "9223372036854775808"]).too_long == "9223372036854775808"
    assert parsed(["-9223372036854775808", "9007199254740992"]).rounded == ""
    found = parsed(["9007199254740992", "9007199254740993"])
    assert (found.too_long, found.rounded) == ("", "9007199254740993")
    assert parsed(["1e30", "1" + "0" * 5000]).too_long == "1" + "0" * 5000
