"""The form of a sweep without its screen: what it offers, what it refuses, and the sweep it makes."""

import pytest

from tests.tui.fakes import preset
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment, ModelSpec
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.sweep.defaults import default_trials
from tui_lab.tui.sweeps.form_model import SweepForm
from tui_lab.tui.sweeps.options import OPTIONS


def experiment(*layers: str, **hyper: object) -> Experiment:
    made = preset(**hyper)
    if layers:
        made = made.model_copy(update={"model": ModelSpec(layers=layers)})
    return made.experiment()


def test_it_offers_every_hyperparameter_and_each_width_with_its_typical_range() -> None:
    form = SweepForm(experiment("linear 64", "activation", "linear 32"))
    assert {"lr", "optimizer", "batch_norm", "width1", "width2"} <= set(form.names)
    assert "flip" not in form.names, "columns are not flipped"
    assert form.text("lr") == "0.0001..0.01:log"
    assert form.text("batch_norm") == "false,true"
    assert form.text("width2") == "8..128:log"
    assert form.row("width1").value == 64
    assert form.marked == ()


def test_the_sweep_has_what_was_marked() -> None:
    form = SweepForm(experiment())
    form.mark("width1")
    form.set_range("lr", " lr=1e-4..1e-1:log ")
    form.options.seeds = 3
    sweep = form.sweep()
    assert sweep.axes == (
        Axis(name="lr", low=1e-4, high=1e-1, log=True),
        Axis(name="width1", low=2, high=32, log=True, whole=True),
    )
    assert (sweep.trials, sweep.seeds, sweep.combinations) == (96, 3, 32)
    assert sweep.experiment == experiment()


def test_the_line_says_what_will_be_trained() -> None:
    form = SweepForm(experiment())
    form.mark("lr")
    form.mark("batch_size")
    form.options.seeds, form.options.stop = 3, "asha"
    assert form.words() == "96 trials: 32 combinations of 2 hyperparameters × 3 seeds, Sobol, ASHA"
    form.mark("width1")
    form.options.folds, form.options.budget_s, form.options.trials = 5, 600.0, 31
    assert form.words() == (
        "31 trials: 3 combinations of 2 hyperparameters and 1 width × 3 seeds × 5 folds (not all of the last "
        "combination), Sobol, ASHA, at most 10m"
    )


def test_seeds_alone_are_a_sweep_and_nothing_is_none() -> None:
    form = SweepForm(experiment())
    with pytest.raises(InputError, match="nothing varies yet"):
        form.sweep()
    form.options.seeds = 8
    assert form.words() == "8 trials: 8 seeds, no stop rule"
    assert form.sweep().axes == ()


def test_listed_values_need_no_more_trials_than_they_make() -> None:
    form = SweepForm(experiment())
    form.set_range("lr", "0.01,0.1")
    form.set_range("optimizer", "sgd,adam,adamw")
    form.options.seeds = 2
    assert form.words() == "12 trials: 6 combinations of 2 hyperparameters × 2 seeds, grid, no stop rule"
    form.options.trials = 10
    assert form.sweep().sampler == "sobol", "a grid would be incomplete"
    form.options.trials = None
    form.mark("dropout")
    assert form.sweep().sampler == "sobol" and form.trials() == 2 * default_trials(form.axes())
    form.options.sampler = "random"
    assert form.sweep().sampler == "random"


def test_a_grid_of_ranges_has_as_many_trials_as_it_has_points() -> None:
    form = SweepForm(experiment())
    form.mark("lr")
    form.mark("momentum")
    form.options.sampler = "grid"
    assert form.words() == "30 trials: 30 combinations of 2 hyperparameters, grid, no stop rule"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("lr", "1..0.1", "reversed"),
        ("lr", "0.1..0.1", "empty"),
        ("lr", "0..1:log", "above 0"),
        ("lr", "0.1..1:linear", "unknown scale"),
        ("lr", "[/x]", "must be a number"),
        ("lr", "0.1,0.1", "given twice"),
        ("optimizer", "sgd,adm", "optimizer"),
        ("width1", "0..8", "whole number from 1"),
        ("epochs", "1,2", "change it in the lab"),
    ],
)
def test_a_wrong_range_is_refused_and_changes_nothing(name: str, text: str, why: str) -> None:
    form = SweepForm(experiment())
    before = form.text(name)
    with pytest.raises(InputError, match=why):
        form.set_range(name, text)
    assert form.text(name) == before and form.marked == ()


def test_what_cannot_vary_is_not_marked() -> None:
    form = SweepForm(experiment())
    for name, why in (("seed", "set `seeds`"), ("epochs", "pane 3")):
        with pytest.raises(InputError, match=why):
            form.mark(name)
    assert form.marked == ()


def test_a_range_outlives_its_mark_and_d_brings_the_typical_one_back() -> None:
    form = SweepForm(experiment())
    form.set_range("lr", "0.1,0.2")
    form.mark("lr")
    assert form.marked == () and form.text("lr") == "0.1,0.2"
    form.mark("lr")
    form.reset("lr")
    assert form.marked == ("lr",) and form.text("lr") == "0.0001..0.01:log"
    form.set_range("lr", "")
    assert form.marked == ()


def test_other_layers_keep_the_rest_and_drop_what_is_not_there_any_more() -> None:
    form = SweepForm(experiment("linear 64", "linear 32"))
    form.mark("lr")
    form.mark("width2")
    form.options.trials, form.place = 7, 1000
    form.renew(experiment("linear 16"))
    assert form.marked == ("lr",)
    assert form.text("width1") == "4..64:log"
    assert form.sweep().trials == 7
    form.move(0)
    assert form.option == OPTIONS[-1]
    form.renew(experiment("linear 64", "linear 32"))
    assert form.marked == ("lr", "width2")


def test_the_metric_is_one_of_the_task() -> None:
    form = SweepForm(experiment())
    assert form.options.metrics[:2] == ("val_loss", "val_accuracy")
    form.options.metric = "val_accuracy"
    form.renew(preset(task="regression").experiment())
    assert form.options.metric == "val_loss" and "val_r2" in form.options.metrics


def test_unused_hyperparameters_are_said_to_be_unless_what_decides_varies_too() -> None:
    form = SweepForm(experiment(optimizer="adagrad"))
    assert form.row("momentum").reason == "not used by adagrad"
    form.mark("optimizer")
    assert form.row("momentum").reason == ""


def test_settings_turn_and_are_typed() -> None:
    options = SweepForm(experiment()).options
    options.seeds = 3
    options.turn("trials", 1, auto=60)
    assert options.trials == 63
    options.type("trials", "64")
    options.turn("trials", -1, auto=60)
    assert options.trials == 63
    options.turn("sampler", -1, auto=60)
    assert options.sampler == "gp", "choices go round"
    options.turn("folds", 1, auto=60)
    assert options.folds == 2, "one fold is none"
    options.turn("budget", 1, auto=60)
    assert options.text("budget") == "1m"
    options.turn("budget", -1, auto=60)
    assert options.budget_s is None
    options.type("trials", "")
    assert options.trials is None
    for option, text in (
        ("trials", "0"), ("trials", "1.5"), ("seeds", "x"), ("folds", "1"), ("folds", "51"),
        ("budget", "soon"), ("name", "n" * 61), ("trials", "1" * 40),
    ):  # fmt: skip
        with pytest.raises(InputError, match=option):
            options.type(option, text)  # type: ignore[arg-type]
