"""Axes and sweeps as they are typed: what they mean, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tui_lab.errors import InputError
from tui_lab.experiment.presets import all_presets
from tui_lab.experiment.sweeps.axis import Axis, parse_axis, typical_axis
from tui_lab.experiment.sweeps.sweep import Sweep, experiment_of
from tui_lab.experiment.sweeps.widths import widths, with_widths

REGRESSION = all_presets().presets["regression"].experiment()
CNN = all_presets().presets["cnn"].experiment()


@pytest.mark.parametrize(
    "text",
    [
        "lr=0.0001..0.1:log",
        "momentum=0.8,0.9",
        "width1=16..128:log",
        "optimizer=adam,sgd",
        "batch_size=8..64",
    ],
)
def test_an_axis_is_written_as_it_is_read(text: str) -> None:
    assert parse_axis(text, REGRESSION).text() == text


def test_a_range_on_a_log_scale_has_its_middle_in_the_logarithm() -> None:
    axis = parse_axis("lr=1e-4..1e-2:log", REGRESSION)
    assert [axis.at(share) for share in (0, 0.5, 1)] == [0.0001, 0.001, 0.01]
    assert axis.share_of(0.001) == pytest.approx(0.5)


def test_each_value_of_a_list_has_an_equal_share() -> None:
    axis = parse_axis("optimizer=adam,sgd,rmsprop", REGRESSION)
    assert [axis.at(share) for share in (0, 0.32, 0.34, 0.66, 0.67, 1)] == [
        "adam", "adam", "sgd", "sgd", "rmsprop", "rmsprop",
    ]  # fmt: skip
    assert not axis.numeric


@given(low=st.integers(1, 50), more=st.integers(1, 500), log=st.booleans(), share=st.floats(0, 1))
def test_whole_numbers_stay_whole_and_within(low: int, more: int, log: bool, share: float) -> None:
    axis = Axis(name="batch_size", low=low, high=low + more, log=log, whole=True)
    found = axis.at(share)
    assert isinstance(found, int)
    assert low <= found <= low + more
    assert axis.at(0) == low
    assert axis.at(1) == low + more


@given(share=st.floats(0, 1))
def test_the_share_of_a_value_is_where_it_came_from(share: float) -> None:
    for text in ("lr=1e-5..1:log", "dropout=0..0.9"):
        axis = parse_axis(text, REGRESSION)
        assert axis.share_of(axis.at(share)) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr", "write NAME=LOW..HIGH"),
        ("lr=", "write NAME=LOW..HIGH"),
        ("lr=1..0.1", "reversed"),
        ("lr=0.1..0.1", "empty"),
        ("lr=0..1:log", "above 0"),
        ("lr=-1..1", "greater than 0"),
        ("lr=0.1..1000", "less than or equal to 100"),
        ("lr=1e-4..x", "'x' is not a number"),
        ("lr=1e-4..nan", "not a finite number"),
        ("lr=1e-4..1e-1:cube", "unknown scale 'cube'"),
        ("lr=0.1,0.1", "given twice"),
        ("lr=0.1,two", "must be a number"),
        ("rate=0.1,0.2", "neither a hyperparameter nor a width"),
        ("momentun=0.1,0.2", "did you mean 'momentum'"),
        ("optimizer=1..2", "list the values to try"),
        ("optimizer=adam,lion", "'adagrad'"),
        ("seed=1,2", "use --seeds"),
        ("epochs=10,20", "--set epochs=N"),
        ("width3=8,16", "no such width; it has: width1 (64), width2 (32)"),
        ("width1=0,16", "whole number from 1"),
        ("width1=1.5..16", "whole number from 1"),
        ("\x1b[31mlr=1,2", "neither"),
    ],
)
def test_what_cannot_vary_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InputError, match=None) as refused:
        parse_axis(text, REGRESSION)
    assert words in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_typical_ranges_are_those_of_the_hyperparameters() -> None:
    lr = typical_axis("lr", REGRESSION)
    assert lr is not None
    assert (lr.low, lr.high, lr.log) == (1e-4, 1e-2, True)
    width = typical_axis("width1", REGRESSION)
    assert width is not None
    assert width.text() == "width1=16..256:log"
    choice = typical_axis("optimizer", REGRESSION)
    assert choice is not None
    assert "adamw" in choice.values
    assert typical_axis("epochs", REGRESSION) is None
    assert typical_axis("width9", REGRESSION) is None


def test_widths_are_counted_through_the_layers() -> None:
    assert widths(CNN.model.layers) == {"width1": 32, "width2": 64}
    changed = with_widths(CNN.model.layers, {"width2": 7})
    assert changed[0] == CNN.model.layers[0]
    assert changed[3] == "conv 7 kernel=3 padding=1"
    assert with_widths(("linear size=8 init=uniform",), {"width1": 9}) == ("linear 9 init=uniform",)
    with pytest.raises(InputError):
        with_widths(CNN.model.layers, {"width3": 7})


def a_sweep(**fields: object) -> Sweep:
    axes = (parse_axis("lr=1e-4..1e-1:log", REGRESSION), parse_axis("width1=8,16", REGRESSION))
    return Sweep.model_validate({"experiment": REGRESSION, "axes": axes, "trials": 10} | fields)


def test_the_experiment_of_a_trial_has_its_values_and_its_seed() -> None:
    made = experiment_of(a_sweep(), {"lr": 0.01, "width1": 16}, 7, None)
    assert (made.hyperparameters.lr, made.hyperparameters.seed) == (0.01, 7)
    assert made.model.layers[0] == "linear 16"
    assert made.hyperparameters.momentum == REGRESSION.hyperparameters.momentum
    folded = experiment_of(a_sweep(folds=5), {"lr": 0.01}, 7, 3)
    assert (folded.data.split.folds, folded.data.split.fold) == (5, 3)
    with pytest.raises(InputError, match="lr"):
        experiment_of(a_sweep(), {"lr": -1.0}, 7, None)


def test_combinations_are_trained_once_for_each_seed_and_fold() -> None:
    assert a_sweep(seeds=3).combinations == 4
    assert a_sweep(seeds=2, folds=5).repeats == 10
    assert a_sweep().lower_is_better
    assert not a_sweep(metric="val_r2").lower_is_better


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"axes": ()}, "nothing varies"),
        ({"folds": 1}, "at least 2"),
        ({"trials": 0}, "greater than or equal to 1"),
        ({"budget_s": 0.0}, "greater than 0"),
        ({"axes": (Axis(name="lr", values=(0.1,)), Axis(name="lr", values=(0.2,)))}, "lr: given twice"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        a_sweep(**fields)
