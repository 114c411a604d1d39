"""Every hyperparameter is declared fully, once, and within its own bounds."""

from typing import get_args

import pytest
from pydantic import ValidationError

from tests.experiment.strategies import ENTRIES
from tui_lab.experiment.catalogue import Hyperparameter, catalogue, format_value, is_used
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.knob import Group, Knob

NAMES = {
    "lr", "momentum", "weight_decay", "dropout", "optimizer", "batch_size", "epochs", "schedule", "grad_clip",
    "label_smoothing", "activation", "negative_slope", "batch_norm", "init", "patience", "seed",
}  # fmt: skip

every = pytest.mark.parametrize("item", ENTRIES, ids=lambda item: item.name)


def test_all_that_was_asked_for_is_there() -> None:
    assert set(catalogue()) >= NAMES
    assert list(catalogue()) == list(Hyperparameters.model_fields)


@every
def test_it_is_explained(item: Hyperparameter) -> None:
    knobs = [m for m in Hyperparameters.model_fields[item.name].metadata if isinstance(m, Knob)]
    assert knobs == [item.knob]
    assert item.knob.label.strip()
    assert item.knob.group in get_args(Group)
    assert "\n" not in item.knob.help
    assert 80 < len(item.knob.help) < 500, "one paragraph"
    assert item.knob.help.endswith(".")


def test_labels_differ() -> None:
    labels = [item.knob.label for item in ENTRIES]
    assert len(set(labels)) == len(labels)


@every
def test_it_is_bounded_on_both_sides(item: Hyperparameter) -> None:
    if item.choices:
        assert item.knob.scale == "choice"
        assert item.default in item.choices
    else:
        assert item.low is not None
        assert item.high is not None
        assert item.low < item.high
        assert item.allows(float(item.default))
        assert item.allows(item.low) is not item.low_open
        assert item.allows(item.high) is not item.high_open


@every
def test_the_usual_range_lies_within_the_bounds(item: Hyperparameter) -> None:
    if item.knob.typical is not None:
        low, high = item.knob.typical
        assert low < high
        assert item.allows(low)
        assert item.allows(high)


@every
def test_what_switches_it_off_is_allowed(item: Hyperparameter) -> None:
    if item.knob.off is not None:
        assert item.allows(item.knob.off)


@every
def test_it_is_used_only_when_others_have_values_they_can_have(item: Hyperparameter) -> None:
    for other, allowed in item.knob.used_when:
        assert other != item.name
        assert set(allowed) <= set(catalogue()[other].choices)


def test_the_ranges_of_the_notes() -> None:
    assert catalogue()["lr"].knob.typical == (1e-4, 1e-2)
    assert catalogue()["momentum"].knob.typical == (0.85, 0.99)


@pytest.mark.parametrize(
    ("name", "values", "used"),
    [
        ("beta2", {"optimizer": "adam"}, True),
        ("beta2", {"optimizer": "sgd"}, False),
        ("momentum", {"optimizer": "adagrad"}, False),
        ("gamma", {"schedule": "plateau"}, True),
        ("gamma", {"schedule": "cosine"}, False),
        ("negative_slope", {"activation": "leaky_relu"}, True),
        ("negative_slope", {"activation": "relu"}, False),
        ("lr", {"optimizer": "adagrad"}, True),
    ],
)
def test_whether_it_matters_is_told(name: str, values: dict[str, str], used: bool) -> None:
    assert is_used(name, Hyperparameters.model_validate(values)) is used


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lr", "> 0, <= 100"),
        ("momentum", ">= 0, < 1"),
        ("optimizer", "sgd | adam | adamw | rmsprop | adagrad"),
        ("batch_norm", "false | true"),
    ],
)
def test_bounds_in_words(name: str, words: str) -> None:
    assert catalogue()[name].bounds() == words


def test_values_are_frozen_and_unknown_ones_refused() -> None:
    with pytest.raises(ValidationError):
        Hyperparameters().lr = 0.1
    with pytest.raises(ValidationError):
        Hyperparameters.model_validate({"learning_rate": 0.1})


def test_no_text_is_read_as_a_number_and_no_true_as_one() -> None:
    for wrong in ({"lr": "0.1"}, {"epochs": True}, {"epochs": 2.0}, {"batch_norm": 1}, {"seed": "7"}):
        with pytest.raises(ValidationError):
            Hyperparameters.model_validate(wrong)


def test_format_value() -> None:
    assert [format_value(v) for v in (0.001, 1e-5, True, False, "adam", 50, 1e6)] == [
        "0.001", "1e-05", "true", "false", "adam", "50", "1e+06",
    ]  # fmt: skip


def test_what_a_fork_keeps_is_said_of_each_that_needs_a_new_run() -> None:
    Knob("x", "", "run", takes_effect="new run", kept_in_fork=False)
    Knob("x", "", "run", takes_effect="next epoch")
    with pytest.raises(TypeError, match="kept_in_fork"):
        Knob("x", "", "run", takes_effect="new run")
    with pytest.raises(TypeError, match="kept_in_fork"):
        Knob("x", "", "run", takes_effect="next step", kept_in_fork=True)
