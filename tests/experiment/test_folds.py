"""The experiments of a cross-validation, and what a split with folds may be."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.runs.samples import experiment
from tui_lab.errors import InputError
from tui_lab.experiment.folds import Member, fold_experiments, member_of, member_words
from tui_lab.experiment.presets import all_presets, load_preset
from tui_lab.experiment.split import Split
from tui_lab.experiment.writing import preset_text


def test_the_experiments_of_folds_differ_by_the_fold_only() -> None:
    asked = experiment("binary")
    made = fold_experiments(asked, 3)
    assert [each.data.split.fold for each in made] == [0, 1, 2]
    assert {each.data.split.folds for each in made} == {3}
    plain = asked.data.split
    for each in made:
        data = each.data.model_copy(update={"split": plain})
        assert each.model_copy(update={"data": data}) == asked
    assert fold_experiments(made[1], 3) == made, "whichever of them it is asked for"
    assert [member_of(each) for each in made] == [Member(0, 0), Member(0, 1), Member(0, 2)]
    assert member_of(asked) == Member(0)


@pytest.mark.parametrize("folds", [-1, 0, 1, 51])
def test_so_many_folds_cannot_be(folds: int) -> None:
    with pytest.raises(ValueError, match=r"folds|at least 2"):
        fold_experiments(experiment("binary"), folds)


def test_a_member_is_named_with_folds_from_one() -> None:
    assert member_words(Member(3), None, seed=False) == "seed 3"
    assert member_words(Member(3, 1), 5, seed=False) == "fold 2 of 5"
    assert member_words(Member(3, 1), 5, seed=True) == "seed 3 fold 2 of 5"


def test_without_folds_a_split_is_written_as_before() -> None:
    assert json.loads(Split().model_dump_json()) == {"train": 0.7, "val": 0.2, "test": 0.1, "seed": None}
    assert set(Split(folds=5, fold=0).model_dump()) == {"train", "val", "test", "seed", "folds", "fold"}
    assert Split.model_validate_json(Split(folds=5, fold=0).model_dump_json()) == Split(folds=5, fold=0)


@pytest.mark.parametrize(
    ("folds", "fold", "why"),
    [
        (1, 0, "greater than or equal to 2"),
        (51, 0, "less than or equal to 50"),
        (5, 5, "fold: 5 is not one of 5 folds, which are 0 to 4"),
        (5, -1, "greater than or equal to 0"),
        (5, None, "fold: missing; folds needs it"),
        (None, 2, "folds: missing; fold needs it"),
        (5.0, 0, "valid integer"),
        (True, 0, "valid integer"),
    ],
)
def test_what_is_no_split(folds: object, fold: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Split.model_validate({"folds": folds, "fold": fold})


def test_a_preset_can_be_one_fold(tmp_path: Path) -> None:
    preset = all_presets()["multiclass"]
    asked = fold_experiments(preset.experiment(), 5)[2]
    assert preset.made(asked), "a run of a fold was made from its preset"
    path = tmp_path / "one.toml"
    path.write_text(preset_text(preset.model_copy(update={"data": asked.data})))
    assert "folds = 5" in path.read_text()
    assert load_preset(path).experiment().data == asked.data
    path.write_text(path.read_text().replace("fold = 2", "fold = 7"))
    with pytest.raises(InputError, match=r"data\.split: fold: 7 is not one of 5 folds"):
        load_preset(path)
