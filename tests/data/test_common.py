"""Text columns of many values: the common ones get an input each, the rest share one, "other"."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data.recipes import CategoryRecipe, TableRecipe
from tui_lab.data.table.common import ManyValues, common_values
from tui_lab.data.table.guess import guess_preset
from tui_lab.data.table.load import load
from tui_lab.data.table.preview import settle
from tui_lab.data.table.reading.cells import TextCells
from tui_lab.data.table.table import read_table
from tui_lab.data.table.unseen import read_unseen
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.sources import OTHER_BELOW

CPU = torch.device("cpu")


def streets(path: Path, rows: int = 600, many: int = 24, rare: int = 15) -> Path:
    """A street of `many` that are common decides the price; `rare` others have a row or two; notes differ."""
    rng = random.Random(0)
    lines = ["street,moved,note,price"]
    for k in range(rows):
        odd = k < 2 * rare
        street = f"lane {k % rare}" if odd else f"street {k % many}"
        price = (k % many) * 10 + rng.gauss(0, 1)
        lines.append(f"{street},{2000 + k % 12}-01-01,note {k},{price:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def spec(path: Path, **fields: object) -> DataSpec:
    return DataSpec.model_validate(
        {"file": str(path), "target": "price", "other_below": OTHER_BELOW} | fields
    )


def recipe_of(given: DataSpec, tmp_path: Path) -> tuple[TableRecipe, dict[str, CategoryRecipe]]:
    asked = experiment(tmp_path).model_copy(update={"data": given})
    recipe = load(asked, CPU).recipe
    assert isinstance(recipe, TableRecipe)
    return recipe, {c.name: c for c in recipe.columns if isinstance(c, CategoryRecipe)}


def test_common_values_get_an_input_each_and_the_rest_one_together(tmp_path: Path) -> None:
    _, columns = recipe_of(spec(streets(tmp_path / "s.csv")), tmp_path)
    street = columns["street"]
    assert set(street.categories) == {f"street {k}" for k in range(24)}
    assert street.other
    assert street.width == 25
    assert "note" not in columns, "a different text in each row is no category"


def test_few_dates_are_categories_and_many_are_left_out(tmp_path: Path) -> None:
    path = streets(tmp_path / "s.csv")
    _, columns = recipe_of(spec(path), tmp_path)
    assert len(columns["moved"].categories) == 12
    assert not columns["moved"].other
    _, columns = recipe_of(spec(path, other_below=100, columns={"street": "one_hot"}), tmp_path)
    assert "moved" not in columns


def test_without_it_such_columns_are_left_out_as_before(tmp_path: Path) -> None:
    path = streets(tmp_path / "s.csv")
    asked = spec(path, other_below=0, columns={"moved": "one_hot"})
    assert [item.name for item in read_table(asked, "regression").inputs] == ["moved"]


def test_it_is_said_what_becomes_of_the_values(tmp_path: Path) -> None:
    said = " ".join(read_table(spec(streets(tmp_path / "s.csv")), "regression").facts)
    assert "'street': text with 39 different values: the 24 most frequent (23 or more rows each) get" in said
    assert "the other 15 (5% of the rows) share one, 'other'" in said


def test_values_of_new_rows_that_are_unknown_count_as_other(tmp_path: Path) -> None:
    path = streets(tmp_path / "s.csv")
    recipe, columns = recipe_of(spec(path), tmp_path)
    new = tmp_path / "new.csv"
    new.write_text("street,moved\nstreet 3,2001-01-01\nlane 2,2002-01-01\nnew road,2003-01-01\n,2003-01-01\n")
    unseen = read_unseen(spec(new), recipe)
    place = next(k for k, c in enumerate(recipe.columns) if c.name == "street")
    first = sum(c.width for c in recipe.columns[:place])
    x_NF = unseen.x_NF[:, first : first + columns["street"].width]
    assert x_NF[:3].argmax(1).tolist() == [columns["street"].categories.index("street 3"), 24, 24]
    assert x_NF.sum(1).tolist() == [1, 1, 1, 1], "a blank cell is the most frequent value"
    assert any("'new road'" in said or "'lane 2'" in said for said in unseen.warnings)
    assert any("treated as 'other'" in said for said in unseen.warnings)


def cells(*counts: int) -> TextCells:
    codes = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return TextCells(codes, tuple(f"v{k}" for k in range(len(counts))))


def kept(columns: list[TextCells], rows: int, width: int = 0, asked: bool = False) -> list[list[int] | None]:
    found = common_values(
        [ManyValues(str(k), column, k, asked) for k, column in enumerate(columns)], rows, width, 10
    )
    return [None if one is None else np.flatnonzero(one).tolist() for one in found]


def test_all_inputs_together_are_no_more_than_the_rows_bear() -> None:
    wide = cells(*[30, 20, *[12] * 20])
    assert kept([wide], 1000) == [list(range(22))]
    assert kept([wide], 1000, width=90) == [list(range(9))], "ten inputs are left: one for the rest"
    assert kept([wide], 1000, width=100) == [None]
    assert kept([wide], 1000, width=99) == [None], "the one would be for the rest alone"
    assert kept([wide, cells(40, 25, *[11] * 5)], 1000, width=96) == [[0], [0]]


def test_free_text_with_some_repeats_is_none() -> None:
    assert kept([cells(15, *[1] * 200)], 215) == [None]
    assert kept([cells(15, *[1] * 200)], 215, asked=True) == [[0]]


def test_a_very_long_table_has_fewer() -> None:
    rows = 2**26 // 4
    assert kept([cells(*[20, 19, 18, 17, 16])], rows) == [[0, 1, 2]], "three, and one for the rest"


@pytest.mark.parametrize("below", [0, OTHER_BELOW])
def test_a_preset_with_all_uses_written_down_makes_the_same_inputs(tmp_path: Path, below: int) -> None:
    guess = guess_preset(spec(streets(tmp_path / "s.csv"), other_below=below, columns={"moved": "one_hot"}))
    settled = settle(guess.raw, guess.preset.data, "regression", ())
    assert settled.uses["street"] == ("one_hot_other" if below else "leave_out")
    again = read_table(settled.pinned.data, "regression").inputs
    first = read_table(guess.preset.data, "regression").inputs
    assert [(i.name, getattr(i, "common", None)) for i in again] == [
        (i.name, getattr(i, "common", None)) for i in first
    ]
