"""New rows with values that were not trained on: refused where nearly none is known, and why."""

from pathlib import Path

import pytest
import torch

from tests.data.test_recipe import asked
from tui_lab.data.recipes import TableRecipe
from tui_lab.data.table.load import load
from tui_lab.data.table.mismatch import likely_cause
from tui_lab.data.table.unseen import read_unseen
from tui_lab.data.unseen import Unseen
from tui_lab.errors import InputError


@pytest.mark.parametrize(
    ("unknown", "known", "cause"),
    [
        (["Female", "Male"], ["female", "male"], "case"),
        (["very good"], ["very_good", "bad"], "spaces"),
        (["1,5", "2,5"], ["1.5", "2.5"], "decimal sign"),
        (['"a"'], ["a", "b"], "quotes"),
        (["MÃ¼nchen"], ["München"], "encoding"),
        (["Very Good"], ["very_good", "bad"], "case and spaces"),
        (["a;3"], ["a"], "delimiter"),
        (["Paris", "Rome"], ["Oslo"], ""),
        (["Paris", "Rome", "oslo"], ["Oslo"], ""),
        ([], ["Oslo"], ""),
    ],
)
def test_the_likely_cause_is_named(unknown: list[str], known: list[str], cause: str) -> None:
    said = likely_cause(unknown, known)
    assert cause in said
    assert bool(said) == bool(cause)


@pytest.fixture
def recipe(tmp_path: Path) -> TableRecipe:
    found = load(asked(tmp_path), torch.device("cpu")).recipe
    assert isinstance(found, TableRecipe)
    return found


def rows_of(folder: Path, recipe: TableRecipe, cities: list[str], *, anyway: bool = False) -> Unseen:
    path = folder / "new.csv"
    path.write_text("area,city,garden,rooms\n" + "".join(f"50,{city},true,2\n" for city in cities))
    spec = asked(folder).data.model_copy(update={"file": str(path)})
    return read_unseen(spec, recipe, anyway=anyway)


@pytest.mark.parametrize("cities", [["OSLO"], ["oslo"] * 19 + ["Oslo"], ["BERGEN", "OSLO", ""]])
def test_nearly_no_known_value_is_refused(tmp_path: Path, recipe: TableRecipe, cities: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        rows_of(tmp_path, recipe, cities)
    (problem,) = refused.value.problems
    for words in ("column 'city'", "upper and lower case", "--anyway", "'Bergen', 'Oslo', 'Tromsø'"):
        assert words in problem
    rows = rows_of(tmp_path, recipe, cities, anyway=True)
    assert "--anyway" not in str(rows.warnings) and "Predicted regardless" in str(rows.warnings)
    assert len(rows.x_NF) == len(cities)
    assert "upper and lower case" in rows.warnings[0]


def test_a_new_value_or_two_are_only_said(tmp_path: Path, recipe: TableRecipe) -> None:
    assert "treated as unknown" in rows_of(tmp_path, recipe, ["Paris"]).warnings[0]
    assert "'oslo'" in rows_of(tmp_path, recipe, ["oslo", "Oslo", "Oslo"]).warnings[0]
    with pytest.raises(InputError, match="10 of 10 cells"):
        rows_of(tmp_path, recipe, ["Paris"] * 10)


def test_numbers_that_are_none_name_the_decimal_sign_once(tmp_path: Path, recipe: TableRecipe) -> None:
    path = tmp_path / "new.csv"
    path.write_text("area;city;garden;rooms\n" + "5,0 m;Oslo;true;2\n" * 12)
    with pytest.raises(InputError) as refused:
        read_unseen(asked(tmp_path).data.model_copy(update={"file": str(path), "delimiter": ";"}), recipe)
    (problem,) = refused.value.problems
    assert "12 of 12 cells are not numbers" in problem
    assert "decimal" in problem
