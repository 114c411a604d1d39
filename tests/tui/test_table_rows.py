"""Rows of the set-up as text: they fit, and hold nothing that a terminal would act on, whatever the bytes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.test_fuzz import likely, tables
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.safe import safe
from tui_lab.session.queries.tables import open_table
from tui_lab.tui.data_setup.settings import AskedData
from tui_lab.tui.data_setup.table_rows import (
    about_lines,
    blocks,
    column_heading,
    column_line,
    framed_setting,
    on_screen,
    preview_lines,
    reading_lines,
    refused_lines,
    setting_line,
)
from tui_lab.tui.data_setup.table_settings import SETTINGS, TableSetup
from tui_lab.tui.style.text import Line, width_of


def test_a_histogram_shows_what_is_there_at_all() -> None:
    assert blocks((0, 1, 1000)) == " ▂█"
    assert blocks(()) == blocks((0, 0)) == ""


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("/t.csv: the target is 'y' (change it with --target).", "the target is 'y'."),
        ("/t.csv: column 'a b': left out: an id; --data 'number=a b' keeps it",
         "column 'a b': left out: an id; ← → on the column keeps it"),
        ("/t.csv: fix it (--data leave_out=city)", "fix it (← → on the column)"),
        ("/t.csv: count it as missing (--data 'missing=x?'), or",
         "count it as missing (type x? at missing values), or"),
        ('/t.csv: fill it in, or drop such rows with --data blank_target=drop '
         '(blank_target = "drop" in a preset)',
         "fill it in, or drop such rows: ← → on missing target"),
        ("/t.csv: drop such rows (--data missing=n/k --data blank_target=drop), or",
         "drop such rows (type n/k at missing values, and ← → on missing target), or"),
        ("/t.csv: unsure; set it with --data decimal=. (thousands) or --data decimal=, (decimals), which is "
         "decimal in a preset",
         "unsure; start with --data decimal=. (thousands) or start with --data decimal=, (decimals)"),
        ("/t.csv: a row (--data header=true if they are names)",
         "a row (start with --data header=true if they are names)"),
    ],
)  # fmt: skip
def test_sentences_leave_out_what_the_screen_says(sentence: str, shown: str) -> None:
    assert on_screen(sentence, "/t.csv") == shown


def test_what_must_be_said_at_the_start_is_said_as_it_is_typed() -> None:
    problem = "/t.csv: unsure; set it with --data decimal=, or --data decimal=. (decimal in a preset)"
    text = " ".join("".join(part for part, _ in row) for row in refused_lines("a t.csv", (problem,), 200))
    assert "tui-lab 'a t.csv' --data decimal=, or tui-lab 'a t.csv' --data decimal=." in text
    assert "in a preset" not in text


def test_a_narrow_screen_shows_the_value_rather_than_the_note() -> None:
    for value in ("70 / 20 / 10 %", "other below 10", "multiclass"):
        row = framed_setting("splits", value, "train 1,750, val 500, test 250", True, False, False, 58)
        text = "".join(part for part, _ in row)
        assert f"{value} • " in text and "train 1,750" in text and width_of(row) <= 58


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(likely() | tables, st.integers(1, 140))
def test_every_line_fits_and_is_printable(tmp_path: Path, text: str, width: int) -> None:
    path = tmp_path / "t\x1b[.csv"
    path.write_text(text, "utf-8", errors="replace")
    setup = TableSetup(AskedData(DataSpec(file=str(path), target=" ")))
    lines: list[Line] = [*reading_lines(path.name, 0.5, width)]
    try:
        setup.opened = open_table(setup.spec, None, lambda share: None)
    except InputError as error:
        lines += refused_lines(path.name, error.problems, width)
    for place in range(setup.total if setup.opened else 0):
        setup.place = place
        lines += [*about_lines(setup, width), *preview_lines(setup, 9, width), column_heading(width)]
        lines += [setting_line(setup, name, True, True, width) for name in SETTINGS]
        lines += [column_line(setup, column, True, False, width) for column in setup.columns]
    assert all(safe(part, 10_000) == part for spans in lines for part, _ in spans)
    if width >= 20:
        assert all(width_of(spans) <= width for spans in lines)
