"""A table as it is surveyed for a screen: what is told of it agrees with what is trained."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.data.images.folders import load_images
from tests.data.test_fuzz import CPU, likely, tables
from tui_lab.data.table.load import load
from tui_lab.data.table.survey import BINS, ColumnSurvey
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import all_presets
from tui_lab.experiment.tasks import Task
from tui_lab.session.queries.tables import OpenedTable, look_at, open_table


def opened(
    path: Path, task: Task | None = None, before: OpenedTable | None = None, **fields: object
) -> OpenedTable:
    spec = DataSpec.model_validate({"file": str(path), "target": " "} | fields)
    return open_table(spec, task, lambda share: None, before)


def written(folder: Path, columns: dict[str, list[object]]) -> Path:
    path = folder / "t.csv"
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join(",".join(map(str, row)) for row in [tuple(columns), *rows]) + "\n", "utf-8")
    return path


@pytest.fixture
def some(tmp_path: Path) -> Path:
    n = 40
    return written(
        tmp_path,
        {
            "whole": list(range(n)),
            "part": [k / 8 if k % 4 else "" for k in range(n)],
            "words": [("b", "a", "a", "")[k % 4] for k in range(n)],
            "flag": [("yes", "no")[k % 2] for k in range(n)],
            "day": [f"2026-01-{k % 28 + 1:02}" for k in range(n)],
            "nothing": [""] * n,
            "y": [k * 1.5 for k in range(n)],
        },
    )


def test_columns_are_told_by_kind_blanks_values_and_range(some: Path) -> None:
    told = {column.name: column for column in opened(some).survey.columns}
    assert {name: column.kind for name, column in told.items()} == {
        "whole": "whole", "part": "number", "words": "text", "flag": "yes/no", "day": "dates",
        "nothing": "blank", "y": "number",
    }  # fmt: skip
    assert told["whole"] == ColumnSurvey("whole", "whole", 0, 40, False, told["whole"].bins, "0", "39")
    assert sum(told["whole"].bins) == 40
    assert len(told["whole"].bins) == BINS
    assert (told["part"].missing, told["part"].distinct) == (10, 30)
    assert told["words"].common == (("a", 20), ("b", 10))
    assert told["words"].missing == 10
    assert (told["nothing"].missing, told["nothing"].distinct) == (40, 0)
    assert (told["y"].low, told["y"].high) == ("0", "58.5"), "the target is read as text, and told as numbers"


def test_the_first_rows_are_shown_as_they_are_understood(some: Path) -> None:
    survey = opened(some).survey
    assert survey.rows == 40
    assert len(survey.preview) == 20
    assert survey.preview[0] == ("0", "", "b", "yes", "2026-01-01", "", "0")


def test_decimal_commas_are_shown_as_the_numbers_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;y\n" + "".join(f"{k},6;{143694 + k},39\n" for k in range(20)))
    assert opened(path).survey.preview[0] == ("0.6", "143694.39")
    assert opened(path).survey.columns[1].low == "143694"


def test_whole_ranges_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{k * 100_000},{k % 2}\n" for k in range(11)))
    assert opened(path).survey.columns[0].high == "1,000,000"


def test_what_makes_scores_doubtful_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{k}\t{'ab'[k % 2]}\t{int(k % 10 == 0)}\n" for k in range(100))
    path.write_text("a\tb\ty\n" + rows)
    settled = opened(path).settled
    assert ["90% of the rows are of one class" in doubt for doubt in settled.doubts] == [True]
    assert any("the delimiter is a tab" in sentence for sentence in settled.said)
    data = load(opened(path).settled.preset.experiment(), CPU)
    assert len(data.warnings) == 1 and "90% of the rows" in data.warnings[0], "facts are no warnings"
    assert any("the delimiter is a tab" in sentence for sentence in data.about.facts)


def test_a_column_that_cannot_be_what_it_is_to_be_keeps_its_wish(some: Path) -> None:
    settled = opened(some, columns={"day": "number", "words": "one_hot"}).settled
    assert settled.uses["day"] == "number" and settled.unfit == {"day"}
    (problem,) = settled.problems
    assert "40 of 40 cells are not numbers, such as '2026-01-01' in row 2" in problem
    assert "leave_out=day" in problem and "missing" not in problem


@pytest.mark.parametrize(
    ("last", "target"),
    [
        ([f"note {k} of some length" for k in range(40)], "y"),
        ([f"2026-01-{k % 28 + 1:02}" for k in range(40)], "y"),
        (["same"] * 40, "y"),
        ([f"kind {k % 3}" for k in range(40)], "last"),
        ([str(k * 1.5) for k in range(40)], "last"),
    ],
)
def test_a_last_column_that_is_no_answer_is_passed_over(tmp_path: Path, last: list[str], target: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,yy,last\n" + "".join(f"{k},{k % 2},{last[k]}\n" for k in range(40)))
    found = opened(path)
    assert found.asked.target == target.replace("y", "yy")
    assert found.settled.preset.data.target == found.asked.target
    assert sum("the target is" in sentence for sentence in found.settled.said) == 1
    again = open_table(DataSpec(file=str(path), target=" "), None, lambda share: None, found)
    assert again.raw is found.raw, "read once more for nothing"
    assert again.settled.said == found.settled.said


def test_what_is_settled_is_what_a_run_tells(some: Path) -> None:
    settled = opened(some).settled
    assert not settled.problems
    told = load(settled.preset.experiment(), CPU)
    assert settled.data == told.about
    assert load(settled.pinned.experiment(), CPU).about.features == told.about.features
    assert settled.uses == {
        "whole": "number", "part": "number", "words": "one_hot", "flag": "number", "day": "leave_out",
        "nothing": "leave_out",
    }  # fmt: skip
    assert any("left out: always missing" in sentence for sentence in settled.said)


def test_a_target_that_cannot_be_used_leaves_the_columns_to_be_seen(some: Path) -> None:
    found = opened(some, target="words")
    assert "is missing in 10 rows" in found.settled.problems[0]
    assert found.settled.data is None
    assert len(found.survey.columns) == 7
    mended = opened(some, before=found, target="words", blank_target="drop")
    assert not mended.settled.problems
    assert mended.raw is found.raw, "not read again"
    assert mended.settled.preset.task == "binary"


@pytest.mark.slow
def test_bundled_presets_are_looked_at_without_torch() -> None:
    for preset in all_presets().presets.values():
        read = load_images if preset.data.pictures else load
        assert look_at(preset.experiment()) == read(preset.experiment(), CPU).about


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(likely() | tables)
def test_whatever_the_bytes_it_agrees_with_what_is_trained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8", errors="replace")
    try:
        found = opened(path)
    except InputError:
        return
    if found.settled.problems:
        with pytest.raises(InputError):
            load(found.settled.preset.experiment(), CPU)
    else:
        assert load(found.settled.preset.experiment(), CPU).about == found.settled.data
