"""What is fitted: on the training split alone, plain data, and the same for rows not seen before."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data.dataset import Dataset
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe, TableRecipe
from tui_lab.data.table.load import load
from tui_lab.data.table.table import read_table, rows_of_splits
from tui_lab.data.table.unseen import read_unseen
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment

CPU = torch.device("cpu")


def houses(path: Path, rows: int = 120, seed: int = 0) -> Path:
    """A table with numbers, blanks, categories, booleans, and a price that depends on them."""
    rng = random.Random(seed)
    lines = ["area,city,garden,rooms,price"]
    for _ in range(rows):
        area, city, garden = (
            rng.uniform(40, 200),
            rng.choice(["Oslo", "Bergen", "Tromsø"]),
            rng.random() < 0.5,
        )
        price = 3 * area + 50 * (city == "Oslo") + 20 * garden + rng.gauss(0, 5)
        shown = "" if rng.random() < 0.1 else f"{area:.1f}"
        city_shown = city if rng.random() > 0.1 else ""
        lines.append(f"{shown},{city_shown},{str(garden).lower()},{rng.randint(1, 6)},{price:.1f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def asked(folder: Path, **spec: object) -> Experiment:
    data = DataSpec.model_validate({"file": str(houses(folder / "h.csv")), "target": "price"} | spec)
    return experiment(folder).model_copy(update={"data": data})


def test_a_recipe_is_plain_data_and_comes_back_the_same(tmp_path: Path) -> None:
    recipe = load(asked(tmp_path), CPU).recipe
    assert TableRecipe.model_validate(json.loads(json.dumps(recipe.model_dump(mode="json")))) == recipe
    assert recipe.width == 6


def test_the_figures_are_those_of_the_training_split(tmp_path: Path) -> None:
    given = asked(tmp_path)
    recipe = load(given, CPU).recipe
    table = read_table(given.data, "regression")
    train = rows_of_splits(table, given).train
    area, city, garden, _ = recipe.columns
    assert isinstance(area, NumberRecipe)
    known = table.inputs[0].values_N[train].astype(float)  # type: ignore[union-attr]
    assert area.fill == pytest.approx(np.nanmean(known), rel=1e-12)
    filled = np.where(np.isnan(known), area.fill, known)
    assert (area.mean, area.std) == (pytest.approx(filled.mean()), pytest.approx(filled.std()))
    assert isinstance(city, CategoryRecipe)
    assert city.categories == ("Bergen", "Oslo", "Tromsø")
    labels = np.array([*table.inputs[1].labels, ""])[table.inputs[1].codes_N[train]]  # type: ignore[union-attr]
    assert city.fill == max(city.categories, key=lambda name: (labels == name).sum())
    assert isinstance(garden, NumberRecipe)


def test_rows_that_are_held_out_change_no_figure(tmp_path: Path) -> None:
    """Cells of validation and test are set to something wild: what was fitted stays."""
    given = asked(tmp_path)
    before = load(given, CPU).recipe
    table = read_table(given.data, "regression")
    split = rows_of_splits(table, given)
    lines = Path(given.data.file).read_text().splitlines()
    for row in table.rows_N[np.concatenate([split.val, split.test])]:
        cells = lines[row - 1].split(",")
        lines[row - 1] = ",".join(["99999", "Nowhere", "true", "77", cells[-1]])
    Path(given.data.file).write_text("\n".join(lines) + "\n")
    assert load(given, CPU).recipe == before


def test_one_hot_is_one_for_the_category_and_zero_for_the_others(tmp_path: Path) -> None:
    data = load(asked(tmp_path), CPU)
    hot = torch.cat([part.x[:, 1:4] for part in (data.train, data.val, data.test)])
    assert torch.equal(hot.sum(1), torch.ones(len(hot)))
    assert set(hot.unique().tolist()) == {0.0, 1.0}


def test_the_same_file_again_gives_the_tensors_of_training(tmp_path: Path) -> None:
    given = asked(tmp_path)
    data = load(given, CPU)
    unseen = read_unseen(given.data, data.recipe)
    rows = rows_of_splits(read_table(given.data, "regression"), given)
    for part, chosen in ((data.train, rows.train), (data.test, rows.test)):
        assert torch.equal(torch.from_numpy(unseen.x_NF[chosen]), part.x)
        assert torch.equal(torch.tensor(unseen.answers_N[chosen], dtype=torch.float32), part.y)


def test_columns_are_matched_by_name(tmp_path: Path) -> None:
    given = asked(tmp_path)
    recipe = load(given, CPU).recipe
    expected = read_unseen(given.data, recipe).x_NF
    lines = [line.split(",") for line in Path(given.data.file).read_text().splitlines()]
    other = tmp_path / "other.csv"
    order = (3, 1, 0, 2)  # without the price, and with a column that nobody asked for
    other.write_text(
        "\n".join(";".join([*(line[k] for k in order), "more"]) for line in lines).replace(".", ",")
    )
    unseen = read_unseen(given.data.model_copy(update={"file": str(other)}), recipe)
    assert np.array_equal(unseen.x_NF, expected)
    assert np.isnan(unseen.answers_N).all()


def refused(given: Experiment, data: Dataset, text: str) -> str:
    path = Path(given.data.file).with_name("new.csv")
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_unseen(given.data.model_copy(update={"file": str(path)}), data.recipe)
    return str(caught.value)


def test_what_new_rows_lack_is_said(tmp_path: Path) -> None:
    given = asked(tmp_path)
    data = load(given, CPU)
    message = refused(given, data, "area,town,gardn,rooms\n1,Oslo,yes,2\n")
    assert "missing: 'city', 'garden' (did you mean 'gardn'?)" in message
    message = refused(given, data, "area,city,garden,rooms\n1,Oslo,yes,2\nbig,Oslo,no,inf\n")
    assert "row 3, column 'area': 'big'" in message
    assert "row 3, column 'rooms': 'inf'" in message
    assert "0 rows" in refused(given, data, "area,city,garden,rooms\n")


def test_unknown_categories_and_blanks_are_said_and_filled(tmp_path: Path) -> None:
    given = asked(tmp_path)
    recipe = load(given, CPU).recipe
    path = tmp_path / "new.csv"
    path.write_text("area,city,garden,rooms\n,Paris,yes,2\n50,,no,3\n")
    unseen = read_unseen(given.data.model_copy(update={"file": str(path)}), recipe)
    area, city = recipe.columns[:2]
    assert isinstance(area, NumberRecipe)
    assert isinstance(city, CategoryRecipe)
    assert unseen.x_NF[0, 0] == np.float32((area.fill - area.mean) / area.std)
    assert unseen.x_NF[0, 1:4].tolist() == [0, 0, 0]
    assert unseen.x_NF[1, 1:4].argmax() == city.categories.index(city.fill)
    said = "\n".join(unseen.warnings)
    assert "'Paris' in row 2" in said
    assert "1 missing value filled" in said


def test_a_single_input_needs_no_delimiter_when_predicting(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("x,y\n" + "".join(f"{k},{k * k}\n" for k in range(40)))
    given = experiment(tmp_path).model_copy(update={"data": DataSpec(file=str(path), target="y")})
    recipe = load(given, CPU).recipe
    path.write_text("x\n1\n2\n")
    assert len(read_unseen(given.data, recipe).x_NF) == 2
