"""Groups of runs that differ by the seed only."""

from dataclasses import replace

import pytest

from tests.journals import fold
from tests.runs.samples import epoch, experiment, opening
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import Member, fold_experiments
from tui_lab.protocol.events import DataLoaded, Event, Origin, Record, RunEnded, RunStarted, Tested
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.runs.index.seed_groups import same_but_for_the_seed, seed_groups


def asked(seed: int, split_seed: int | None = None, **hyper: object) -> Experiment:
    base = experiment()
    split = base.data.split.model_copy(update={"seed": split_seed})
    data = base.data.model_copy(update={"split": split})
    settings = base.hyperparameters.model_copy(update={"seed": seed, **hyper})
    return base.model_copy(update={"hyperparameters": settings, "data": data})


def run(
    experiment: Experiment,
    loss: float = 0.5,
    *events: Event,
    status: str = "finished",
    origin: Origin | None = None,
    sha256: str = "0" * 64,
) -> RunView:
    data, model = opening()[1:3]
    assert isinstance(data, DataLoaded)
    begun = [RunStarted(experiment, {}, origin), replace(data, sha256=sha256), model, *events]
    ended = [Tested(1, {"accuracy": loss / 2, "loss": loss + 1}), RunEnded(status, "")]  # type: ignore[arg-type]
    return fold([Record(k, 0.0, event) for k, event in enumerate([*begun, epoch(1, loss), *ended], 1)])


def test_runs_that_differ_by_the_seed_only_are_a_group() -> None:
    views = {"c": run(asked(2), 0.6), "x": run(asked(0, lr=0.5)), "a": run(asked(0), 0.4)}
    views |= {"b": run(asked(1), 0.5), "y": run(asked(1, lr=0.5)), "alone": run(asked(0, lr=0.25))}
    first, second = seed_groups(views)
    assert [(seed, run_id) for (seed, _), run_id in first.runs] == [(0, "a"), (1, "b"), (2, "c")]
    assert second.ids == ("x", "y")
    spread = first.spreads["best_val_loss"]
    assert (spread.count, spread.minimum, spread.maximum) == (3, 0.4, 0.6)
    assert (spread.mean, spread.deviation) == (pytest.approx(0.5), pytest.approx(0.1))
    assert first.spreads["test_accuracy"].mean == pytest.approx(0.25)
    assert first.values["test_loss"] == {"a": 1.4, "b": 1.5, "c": 1.6}
    assert list(first.spreads)[:3] == ["best_val_loss", "test_accuracy", "test_loss"]
    assert [group.runs for group in seed_groups(views, least=1)][-1] == ((Member(0), "alone"),)


@pytest.mark.parametrize("status", ["stopped", "diverged", "failed"])
def test_a_run_that_did_not_finish_does_not_count(status: str) -> None:
    assert seed_groups({"a": run(asked(0)), "b": run(asked(1), status=status)}) == []


def test_a_run_that_still_trains_does_not_count() -> None:
    running = fold([Record(1, 0.0, RunStarted(asked(1), {})), Record(2, 0.0, epoch(1))])
    assert seed_groups({"a": run(asked(0)), "b": running, "nothing": RunView()}) == []


def test_an_edited_run_does_not_count_unless_that_was_undone() -> None:
    edit = Edited(1, 1, "lr", 0.1, 0.01, 4)
    views = {"a": run(asked(0)), "b": run(asked(1), 0.5, edit)}
    assert seed_groups(views) == []
    undone = run(asked(1), 0.5, edit, Undone(0, 0, "lr", 0.1, 0.01, 5, 0, 4))
    assert not undone.edits
    assert seed_groups(views | {"b": undone})[0].seeds == (0, 1)


def test_a_fork_and_a_run_of_other_data_do_not_count() -> None:
    views = {"a": run(asked(0)), "fork": run(asked(1), origin=Origin("a", 4, 1))}
    assert seed_groups(views) == []
    assert seed_groups({"a": run(asked(0)), "b": run(asked(1), sha256="1" * 64)}) == []


def test_a_seed_counts_once() -> None:
    views = {"new": run(asked(0), 0.1), "old": run(asked(0), 0.1), "b": run(asked(1), 0.2)}
    (group,) = seed_groups(views)
    assert group.runs == ((Member(0), "new"), (Member(1), "b"))


def test_whether_all_have_the_same_rows() -> None:
    (anew,) = seed_groups({"a": run(asked(0)), "b": run(asked(1))})
    (kept,) = seed_groups({"a": run(asked(0, 7)), "b": run(asked(7, 7))})
    assert not anew.same_rows
    assert kept.same_rows
    assert same_but_for_the_seed(asked(0, 7), asked(7, 7))
    assert not same_but_for_the_seed(asked(0, 7), asked(7))


def test_folds_are_a_group_too_each_with_its_seed() -> None:
    folds = {seed: fold_experiments(asked(seed, 7), 3) for seed in (0, 1)}
    views = {
        f"{seed}{fold}": run(folds[seed][fold], 0.5 + fold / 10) for seed in (1, 0) for fold in (2, 0, 1)
    }
    (group,) = seed_groups(
        views | {"plain": run(asked(0, 7)), "of five": run(fold_experiments(asked(0, 7), 5)[0])}
    )
    assert group.members == tuple(Member(seed, fold) for seed in (0, 1) for fold in (0, 1, 2))
    assert group.ids == ("00", "01", "02", "10", "11", "12")
    assert (group.seeds, group.folds, group.whole, group.same_rows) == ((0, 1), 3, True, False)
    spread = group.spreads["best_val_loss"]
    assert (spread.count, spread.mean) == (6, pytest.approx(0.6))
    assert spread.deviation is not None
    assert (spread.low, spread.high) == (None, None), "folds are not independent"
    del views["11"]
    assert not seed_groups(views)[0].whole
    (seeds,) = seed_groups({"a": views["00"], "b": views["10"]})
    assert (seeds.folds, seeds.same_rows) == (None, True), "of one fold, only the seed differs"
    assert seeds.spreads["best_val_loss"].low is not None
    (alone,) = seed_groups({"a": views["00"]}, least=1)
    assert (alone.folds, alone.whole) == (3, False)
