"""`--set NAME=VALUE`."""

import pytest

from tui_lab.errors import InputError
from tui_lab.spec.hyperparameters import Hyperparameters
from tui_lab.spec.overrides import override

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
