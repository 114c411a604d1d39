"""`--set NAME=VALUE`."""

import pytest

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import catalogue
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.overrides import override

BASE = Hyperparameters(lr=0.5, epochs=7)


def test_only_what_is_named_changes() -> None:
    changed = override(BASE, ["lr = 0.01", "optimizer=SGD"])
    assert changed == BASE.model_copy(update={"lr": 0.01, "optimizer": "sgd"})
    assert BASE.lr == 0.5


def test_nothing_named_changes_nothing() -> None:
    assert override(BASE, []) == BASE


def test_the_last_one_counts() -> None:
    assert override(BASE, ["lr=1", "lr=2"]).lr == 2.0


def test_every_problem_is_told_at_once_and_nothing_is_applied() -> None:
    with pytest.raises(InputError) as caught:
        override(BASE, ["lr=0", "epochs", "momentun=0.5", "seed=7", "dropout=1", "=3", "batch_size=a=b"])
    heads = [problem.split(":")[0] for problem in caught.value.problems]
    assert heads[0] == "lr"
    assert "'epochs': write NAME=VALUE" in caught.value.problems[1]
    assert "did you mean 'momentum'" in caught.value.problems[2]
    assert heads[3] == "dropout"
    assert caught.value.problems[4].startswith("'' is not a hyperparameter")
    assert heads[5] == "batch_size"
    assert len(heads) == 6


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("learning_rate", "lr"), ("learningRate", "lr"), ("lerning-rate", "lr"), ("wd", "weight_decay"),
        ("l2", "weight_decay"), ("dropout_rate", "dropout"), ("drop", "dropout"), ("bs", "batch_size"),
        ("num_epochs", "epochs"), ("opt", "optimizer"), ("clip", "grad_clip"), ("beta1", "momentum"),
        ("early_stopping", "patience"), ("random_state", "seed"), ("minibatch", "batch_size"),
    ],
)  # fmt: skip
def test_names_from_other_libraries_lead_to_ours(given: str, ours: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{ours}'"):
        override(BASE, [f"{given}=0.1"])


def test_a_name_that_is_like_none_gets_no_suggestion() -> None:
    with pytest.raises(InputError) as caught:
        override(BASE, ["verbose=1"])
    assert "did you mean" not in str(caught.value)


def test_no_two_hyperparameters_share_a_name_of_another_library() -> None:
    others = [name for item in catalogue().values() for name in item.knob.also]
    assert len(others) == len(set(others))
    assert not set(others) & set(catalogue())


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("lr=0,1", "lr: write a decimal point, not a comma: 0.1 (given: 0,1)"),
        ("lr=1,5e-3", "lr: write a decimal point, not a comma: 1.5e-3 (given: 1,5e-3)"),
        ("lr=1.000,5", "lr: must be a number without commas (given: 1.000,5)"),
        ("batch_size=1,000", "batch_size: write the number without commas: 1000 (given: 1,000)"),
        ("epochs=1,5", "epochs: must be a whole number without commas (given: 1,5)"),
    ],
)
def test_a_comma_in_a_number_is_refused_with_how_to_write_it(setting: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        override(BASE, [setting])
    assert caught.value.problems == (said,)
