"""An experiment goes to JSON and comes back as it was."""

import json

import pytest
from hypothesis import given
from pydantic import ValidationError

from tests.experiment.strategies import experiments
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.split import Split


@given(experiments)
def test_there_and_back(asked: Experiment) -> None:
    assert Experiment.model_validate_json(asked.model_dump_json()) == asked


@given(experiments)
def test_what_is_written_is_complete(asked: Experiment) -> None:
    written = json.loads(asked.model_dump_json())
    assert set(written) == set(Experiment.model_fields)
    assert set(written["hyperparameters"]) == set(type(asked.hyperparameters).model_fields)


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ((0.7, 0.2, 0.2), "must add up to 1, not 1.1"),
        ((0.7, 0.3, 0.0), "greater than 0"),
        ((1.0, 0.2, 0.1), "less than 1"),
        ((-0.7, 0.2, 0.1), "greater than 0"),
        ((float("nan"), 0.2, 0.1), "finite"),
    ],
)
def test_shares_that_are_none(shares: tuple[float, float, float], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Split(train=shares[0], val=shares[1], test=shares[2])


def test_a_share_alone_must_fit_the_usual_others() -> None:
    with pytest.raises(ValidationError, match=r"must add up to 1, not 0\.8"):
        Split(train=0.5)
    assert Split(train=0.6, val=0.3).test == 0.1


@pytest.mark.parametrize(
    "shape", [(0, 8, 8), (1, -8, 8), (1, 8, 65_537), (1, 8), (1, 8, 8, 1), (1.0, 8, 8), (True, 8, 8)]
)
def test_a_shape_that_is_none(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        DataSpec.model_validate({"file": "x.csv", "target": "y", "shape": shape})


@pytest.mark.parametrize("name", ["", "../x", "/", "A", "a b", "-a", "a\0", "a\n", "[red]", "x" * 41])
def test_a_preset_name_that_is_none(name: str) -> None:
    with pytest.raises(ValidationError):
        Experiment(preset=name, task="binary", data=DataSpec(file="x.csv", target="y"))


def test_unicode_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        DataSpec(file="\udcff.csv", target="y")
