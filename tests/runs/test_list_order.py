"""The orders of the list, forks under their parents, and in what runs differ from their presets."""

import random
from dataclasses import replace
from math import inf, nan

import pytest

from tests.runs.samples import experiment, view, whole_run
from tui_lab.experiment.experiment import ModelSpec
from tui_lab.runs.folder.settings import Scalar, asked_of_preset, settings_of
from tui_lab.runs.folder.sparkline import sparkline
from tui_lab.runs.folder.summary import MAX_POINTS, facts_of, thinned
from tui_lab.runs.index.differences import Differences
from tui_lab.runs.index.families import in_families
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.ordering import ORDERS, by_setting

BY = {order.column: order for order in ORDERS}


def a_run(run_id: str, parent: str = "", **fields: object) -> RunLine:
    return RunLine(run_id, run_id, "binary", "finished", parent=parent, **fields)  # type: ignore[arg-type]


def ids(lines: list[RunLine]) -> str:
    return "".join(line.id for line in lines)


def test_each_order_in_both_directions_has_what_has_no_value_at_its_end() -> None:
    losses = {"a": 0.5, "b": None, "c": nan, "d": 0.1, "e": inf}
    runs = [a_run(name, best_val_loss=loss) for name, loss in losses.items()]
    assert ids(BY["best"].apply(runs)) == "daebc"
    assert ids(BY["best"].apply(runs, reverse=True)) == "eadbc"
    assert ids(BY["when"].apply(runs)) == "abcde"
    assert ids(BY["when"].apply(runs, reverse=True)) == "edcba"


def test_of_equals_the_newer_comes_first_in_either_direction() -> None:
    runs = [a_run(name, epochs=3) for name in "abc"]
    assert ids(BY["epochs"].apply(runs)) == ids(BY["epochs"].apply(runs, reverse=True)) == "abc"


def test_the_best_test_score_is_the_highest_accuracy_or_the_lowest_loss() -> None:
    runs = [a_run("a", test={"loss": 0.1, "accuracy": 0.8}), a_run("b", test={"loss": 0.9, "accuracy": 0.9})]
    assert ids(BY["test"].apply(runs)) == "ba"
    assert ids(BY["test"].apply([replace(run, test={"loss": run.test["loss"]}) for run in runs])) == "ab"


def test_a_setting_can_be_sorted_by_though_some_have_it_as_a_text_and_some_not_at_all() -> None:
    runs = [a_run("a"), a_run("b", hyperparameters={"lr": 0.1}), a_run("c", hyperparameters={"lr": 1})]
    runs.append(a_run("d", hyperparameters={"lr": "?"}))
    assert ids(by_setting("lr", "lr").apply(runs)) == "cbda"
    assert ids(by_setting("lr", "lr").apply(runs, reverse=True)) == "dbca"


def shape(lines: list[RunLine], every: list[RunLine] | None = None) -> str:
    return " ".join(f"{line.id}{depth}" for line, depth in in_families(lines, every or lines))


def test_forks_come_after_their_parent_and_a_family_where_its_newest_member_was() -> None:
    runs = [a_run("f", "b"), a_run("e"), a_run("d", "c"), a_run("c", "a"), a_run("b"), a_run("a")]
    assert shape(runs) == "b0 f1 e0 a0 c1 d2"
    assert shape(runs[::-1]) == "a0 c1 d2 b0 f1 e0"
    assert shape([run for run in runs if run.id != "c"], runs) == "b0 f1 e0 a0 d1"
    assert shape([run for run in runs if run.id not in "ac"], runs) == "b0 f1 e0 d0"


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_damaged_folder_says_of_parents_each_run_is_listed_once(seed: int) -> None:
    dice = random.Random(seed)
    runs = [a_run(str(k), str(dice.randrange(12))) for k in range(10)]
    shown = [run for run in runs if dice.random() < 0.8]
    found = [line.id for line, _ in in_families(shown, runs)]
    assert sorted(found) == sorted(run.id for run in shown)


def test_a_chain_of_a_thousand_forks_is_no_trouble() -> None:
    runs = [a_run(str(k), str(k - 1) if k else "") for k in reversed(range(1000))]
    assert in_families(runs, runs)[-1] == (runs[0], 999)


def test_what_differs_from_a_preset_is_hyperparameters_data_and_network() -> None:
    asked = experiment("binary")
    hyper = asked.hyperparameters.model_copy(update={"lr": 0.5, "epochs": 3})
    changed = asked.model_copy(update={"hyperparameters": hyper, "model": ModelSpec(layers=("linear 4",))})
    lines = [
        a_run(name, hyperparameters=item.hyperparameters.model_dump(mode="json"), settings=settings_of(item))
        for name, item in (("a", asked), ("b", changed))
    ]
    found = Differences(lines, {"binary": asked_of_preset(asked)})
    assert found.of(lines[0]) == {}
    assert found.of(lines[1]) == {"lr": 0.5, "model.layers": "linear 4", "epochs": 3}
    assert found.names(lines) == ["lr", "model.layers", "epochs"], "how long it may train tells least"
    assert found.usual(lines[1], "lr") == asked.hyperparameters.lr


def test_a_split_by_the_seed_of_the_run_is_none_of_its_settings() -> None:
    asked = experiment()
    split = asked.data.split

    def settings(seed: int) -> dict[str, Scalar]:
        data = asked.data.model_copy(update={"split": split.model_copy(update={"seed": seed})})
        return settings_of(asked.model_copy(update={"data": data}))

    assert settings(asked.hyperparameters.seed) == settings_of(asked)
    assert settings(77)["data.split.seed"] == 77


def test_long_settings_that_differ_stay_different() -> None:
    model = [ModelSpec(layers=(*["linear 8"] * 40, f"linear {k}")) for k in (1, 2)]
    texts = {settings_of(experiment().model_copy(update={"model": m}))["model.layers"] for m in model}
    assert len(texts) == 2 and all(len(str(text)) <= 200 for text in texts)


def test_without_a_preset_runs_are_held_against_what_most_of_them_have() -> None:
    lrs = {"a": 0.1, "b": 0.2, "c": 0.1, "d": 0.3}
    lines = [a_run(name, hyperparameters={"lr": lr, "seed": 0}) for name, lr in lrs.items()]
    found = Differences(lines, {})
    assert [found.of(line) for line in lines] == [{}, {"lr": 0.2}, {}, {"lr": 0.3}]
    two = Differences(lines[:2], {})
    assert [two.of(line) for line in lines[:2]] == [{"lr": 0.1}, {}], "the oldest was there first"


def test_a_curve_in_blocks() -> None:
    assert sparkline([], 8) == "" and sparkline([1.0, 2.0], 0) == ""
    assert sparkline([8, 4, 2, 1], 8) == "▇▅▃▁"
    assert sparkline([1.0] * 5, 8) == "▄▄▄▄▄"
    assert sparkline([1.0, nan, inf, 2.0], 8) == "▁××▇"
    assert sparkline([nan], 8) == "×"
    assert sparkline([0.0, -1.0], 8) == "▇▁"
    assert len(sparkline(range(1, 1000), 8)) == 8


def test_a_long_curve_is_thinned_and_keeps_its_shape_and_what_is_not_finite() -> None:
    assert thinned([]) == ()
    assert thinned([0.5, 0.25]) == (0.5, 0.25)
    long = thinned([1 / k for k in range(1, 10_001)])
    assert len(long) == MAX_POINTS and list(long) == sorted(long, reverse=True)
    assert [value == inf for value in thinned([1.0] * 500 + [inf])].count(True) == 1


def test_the_facts_have_the_curve_and_the_validation_scores_of_the_best_epoch() -> None:
    found = facts_of(view(whole_run()))
    assert found.val_losses == (0.9, 0.6, 0.7)
    assert found.best_metrics == {"accuracy": 0.8, "recall": 0.7}
    assert found.settings["data.file"] == "bundled:wine.csv"
