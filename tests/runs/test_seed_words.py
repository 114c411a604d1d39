"""What the evaluation of a run says of its other seeds; nothing trains."""

from pathlib import Path

import pytest

from tests.runs.samples import epoch, opening
from tests.runs.test_seed_groups import asked, run
from tests.tui.evaluations import answer, binary
from tests.tui.kept import make
from tui_lab.experiment.folds import fold_experiments
from tui_lab.protocol.events import RunEnded, Tested
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.seed_groups import seed_groups
from tui_lab.runs.index.seed_words import members_named, seeds_sentence, with_seeds
from tui_lab.tui.evaluation.feed import EvaluationFeed


def runs(root: Path, *accuracies: float, status: str = "finished") -> list[RunFolder]:
    """A run for each, with seeds from 0 and a test loss that falls as accuracy rises."""
    made = []
    for k, accuracy in enumerate(accuracies):
        tested = Tested(1, {"loss": 1 - accuracy, "accuracy": accuracy})
        ended = RunEnded(status, "")  # type: ignore[arg-type]
        made.append(make(root, k, "binary", [*opening(), epoch(1), tested, ended], 9 - k, seed=k))
    return made


def said(made: list[RunFolder], which: int, metric: str = "accuracy") -> str:
    (group,) = seed_groups({run.run_id: load_run(run).view for run in made})
    return seeds_sentence(group, made[which].run_id, "test", metric)


def test_the_sentence_names_the_spread_and_the_place_of_the_run(tmp_path: Path) -> None:
    made = runs(tmp_path, 0.9, 0.94, 0.92)
    whole = "Over 3 seeds (0 to 2), each with its own split of the rows: test accuracy 0.92 ± 0.02, "
    assert said(made, 1) == whole + "from 0.9 to 0.94; this run is the best of them."
    assert said(made, 0).endswith("this run is the worst of them.")
    assert said(made, 2).endswith("this run is better than 1 of them and worse than 1.")
    assert said(made, 1, "loss").endswith("this run is the best of them.")
    assert said(made, 1, "auroc") == ""


def test_equal_scores_are_none_better(tmp_path: Path) -> None:
    assert said(runs(tmp_path, 1.0, 1.0), 0).endswith("this run is as good as each of them.")


def test_the_verdict_says_it_of_a_run_with_other_seeds(tmp_path: Path) -> None:
    made = runs(tmp_path, 0.9, 0.94)
    found = binary()
    assert found.verdict is not None
    told = with_seeds(found, made[1])
    assert told.verdict is not None
    start = f"{found.verdict.sentence} Over 2 seeds (0 to 1)"
    assert told.verdict.sentence.startswith(start)
    assert told.verdict.scores == found.verdict.scores


def test_the_lab_shows_it_in_the_verdict(tmp_path: Path) -> None:
    made = runs(tmp_path, 0.9, 0.94)
    feed = EvaluationFeed(None, lambda split, anew: answer(binary()), made[0])
    feed.ask()
    feed.wait()
    assert feed.shown is not None and feed.shown.verdict is not None
    assert "this run is as good as each of them." in feed.shown.verdict.sentence


@pytest.mark.parametrize("status", ["stopped", "diverged"])
def test_it_says_nothing_of_a_run_that_did_not_finish_or_is_alone(tmp_path: Path, status: str) -> None:
    found = binary()
    assert with_seeds(found, runs(tmp_path / "a", 0.9, 0.94, status=status)[0]) == found
    assert with_seeds(found, runs(tmp_path / "b", 0.9)[0]) == found
    assert with_seeds(found, RunFolder(tmp_path / "c" / "none")) == found


def test_the_sentence_of_a_fold() -> None:
    """The test accuracies of these runs are 0.9, 0.94 and 0.92."""
    folds = fold_experiments(asked(0), 3)
    views = {str(k): run(folds[k], 2 * accuracy) for k, accuracy in enumerate((0.9, 0.94, 0.92))}
    (group,) = seed_groups(views)
    sentence = seeds_sentence(group, "1", "test", "accuracy")
    assert sentence == (
        "Over 3 folds: test accuracy 0.92 ± 0.02, from 0.9 to 0.94; this run is the best of them."
    )
    (group,) = seed_groups({key: views[key] for key in "02"})
    assert members_named(group) == "2 of 3 folds (1, 3)"
    seeds = {f"seed {seed}": run(fold_experiments(asked(seed), 3)[0]) for seed in (1, 2)}
    (group,) = seed_groups(views | seeds)
    assert members_named(group) == "5 runs of 3 seeds and 3 folds"
