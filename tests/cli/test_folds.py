"""`train --folds`: what is trained, what is printed, and how an interrupted cross-validation goes on."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_seeds import cells, interrupt_in_run, losses
from tui_lab.cli.main import main
from tui_lab.experiment.folds import Member, member_of
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.reading import load_run


@pytest.fixture
def mine(preset: Path) -> str:
    """A preset that trains in a blink."""
    return str(preset)


def views(root: Path = Path("runs")) -> dict[Member, RunView]:
    """The runs by seed and fold. Fails if one was trained twice."""
    found: dict[Member, RunView] = {}
    for run_id in run_ids(root):
        view = load_run(RunFolder(root / run_id)).view
        assert view.experiment is not None
        assert member_of(view.experiment) not in found
        found[member_of(view.experiment)] = view
    return dict(sorted(found.items()))


def test_each_fold_is_an_ordinary_run_and_the_spread_is_that_of_numpy(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--folds", "3"]) == 0
    out, err = capsys.readouterr()
    found = views()
    assert list(found) == [Member(0, 0), Member(0, 1), Member(0, 2)]
    names = [read_label(RunFolder(Path("runs") / run_id)).name for run_id in run_ids(Path("runs"))]
    assert sorted(names) == ["mine fold 1 of 3", "mine fold 2 of 3", "mine fold 3 of 3"]
    lines = out.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
    assert "fold 2 of 3\n" in err
    assert "\n3 folds:\n" in out
    assert "Each row of training and validation was validated once, by a network" in out
    assert "95 % OF THE MEAN" not in out
    best = [view.best for view in found.values() if view.best]
    tested = [view.tested.metrics for view in found.values() if view.tested]
    for name, values in (
        ("best val loss", [one.val_loss for one in best]),
        ("val accuracy", [one.metrics["accuracy"] for one in best]),
        ("test accuracy", [one["accuracy"] for one in tested]),
    ):
        shown = [np.mean(values), np.std(values, ddof=1), min(values), max(values)]
        assert cells(out, name) == [f"{value:.4g}" for value in shown]


def test_the_split_of_the_runs_is_a_cross_validation(mine: str) -> None:
    assert main(["train", mine, "--folds", "3", "--quiet"]) == 0
    sizes = [view.data.split for view in views().values() if view.data]
    assert sizes == [{"train": 54, "val": 27, "test": 9}] * 3


def test_of_several_seeds(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--folds", "2", "--seeds", "2", "--name", "wide"]) == 0
    out, err = capsys.readouterr()
    assert list(views()) == [Member(seed, fold) for seed in (0, 1) for fold in (0, 1)]
    names = [read_label(RunFolder(Path("runs") / run_id)).name for run_id in run_ids(Path("runs"))]
    assert sorted(names)[0] == "wide seed 0 fold 1 of 2"
    assert "seed 1 fold 1 of 2 (3 of 4)" in err
    assert "\n4 runs of 2 seeds and 2 folds:\n" in out
    assert "validated once for each seed" in " ".join(out.split())


def test_the_same_command_trains_only_what_is_missing(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--folds", "2", "--quiet"]) == 0
    assert main(["train", mine, "--folds", "2", "--seeds", "2"]) == 0
    assert len(run_ids(Path("runs"))) == 4
    ends = [line.endswith("(trained before)") for line in capsys.readouterr().out.splitlines()[:4]]
    assert ends == [True, True, False, False]
    assert main(["train", mine, "--folds", "3", "--quiet"]) == 0
    assert len(run_ids(Path("runs"))) == 7, "other folds are other rows"
    assert main(["train", mine, "--seeds", "1", "--quiet"]) == 0
    assert len(run_ids(Path("runs"))) == 8, "and so is a run without"


def test_ctrl_c_stops_the_run_and_the_same_command_goes_on(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        interrupt_in_run(patched, 2)
        assert main(["train", mine, "--folds", "3"]) == 130
    said = "1 of 3 folds are done (1); fold 2 of 3 was stopped after 1 epoch. The same command goes on with "
    assert said + "fold 2 of 3" in capsys.readouterr().err
    assert main(["train", mine, "--folds", "3"]) == 0
    out, _ = capsys.readouterr()
    assert [line.rpartition("(")[2] for line in out.splitlines()[:2]] == ["trained before)", "resumed)"]
    found = views()
    assert main(["--runs", str(tmp_path / "alone"), "train", mine, "--folds", "3", "--quiet"]) == 0
    alone = views(tmp_path / "alone")
    assert {member: losses(view) for member, view in alone.items()} == {
        member: losses(view) for member, view in found.items()
    }


def test_ctrl_c_of_folds_and_seeds_counts_runs(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_in_run(monkeypatch, 3)
    assert main(["train", mine, "--folds", "2", "--seeds", "2"]) == 130
    said = (
        "2 of 4 runs are done; seed 1 fold 1 of 2 was stopped after 1 epoch. The same command goes on with "
    )
    assert said + "seed 1 fold 1 of 2" in capsys.readouterr().err


def test_of_user_code_whose_classes_are_counted_too(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.py").write_text(
        "import torch\n\ndef rows():\n    x = torch.arange(180.0).view(60, 3)\n"
        "    return x, (torch.arange(60) < 50).long()\n"
    )
    asked = ["train", "--dataset", "own.py:rows", "--task", "binary", "--epochs", "1", "--quiet"]
    assert main([*asked, "--folds", "20"]) == 2
    assert "folds: 20 are more than the 9 rows of class '0'" in capsys.readouterr().err
    assert main([*asked, "--folds", "3"]) == 0
    assert [view.data.split for view in views().values() if view.data] == [
        {"train": 36, "val": 18, "test": 6}
    ] * 3


def test_json_names_seed_and_fold(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--folds", "2", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    runs = [line["run"] for line in lines if "run" in line]
    assert [(run["seed"], run["fold"]) for run in runs] == [(0, 0), (0, 1)]
    series = lines[-1]["series"]
    assert series["folds"] == 2
    assert [(run["fold"], run["id"]) for run in series["runs"]] == [(k, runs[k]["id"]) for k in (0, 1)]
    found = series["spreads"]["val_accuracy"]
    assert found["mean"] == pytest.approx(np.mean([run["figures"]["val_accuracy"] for run in runs]))
    assert (found["low"], found["high"]) == (None, None)


def test_an_export_says_which_fold_a_run_is(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--folds", "2", "--quiet"]) == 0
    assert main(["export", "last"]) == 0
    split = json.loads(capsys.readouterr().out)["experiment"]["data"]["split"]
    assert (split["folds"], split["fold"]) == (2, 1)
    assert main(["train", mine, "--quiet"]) == 0
    assert main(["export", "last"]) == 0
    assert set(json.loads(capsys.readouterr().out)["experiment"]["data"]["split"]) == {
        "train", "val", "test", "seed",
    }  # fmt: skip


def test_a_fold_that_another_process_trains_is_waited_for(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt_in_run(patched, 1)
        main(["train", mine, "--folds", "2"])
    (run_id,) = run_ids(Path("runs"))
    capsys.readouterr()
    with take(RunFolder(Path("runs") / run_id)):
        assert main(["train", mine, "--folds", "2"]) == 2
    assert f"--folds: fold 1 of 2 is being trained as run {run_id} by" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--folds", "1"], "--folds: '1': give a whole number of folds from 2 to 50, such as 5"),
        (["--folds", "51"], "--folds: '51': give a whole number"),
        (["--folds", "-3"], "--folds: '-3': give a whole number"),
        (["--folds", "many"], "--folds: 'many': give a whole number"),
        (["--folds", "9" * 5000], "give a whole number of folds"),
        (["--folds", "0", "--seeds", "0"], "--seeds: '0': give a whole number of runs"),
        (["--folds", "3", "--detach"], "--folds: cannot be combined with --detach"),
        (["--folds", "3", "--export", "x.json"], "--folds: cannot be combined with --export"),
        (["--folds", "3", "--name", "x" * 55], "--name: a name can have at most 60 characters"),
        (["--folds", "40"], "folds: 40 are more than the 19 rows of class '1' in training and validation"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    mine: str, given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert not Path("runs").exists() or not run_ids(Path("runs"))
