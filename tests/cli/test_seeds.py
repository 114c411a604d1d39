"""`train --seeds`: what is trained, what is printed, and how an interrupted series goes on."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.engine.helpers import table
from tui_lab.cli.commands import follow_run
from tui_lab.cli.main import main
from tui_lab.cli.output.reporters import Reporter
from tui_lab.errors import InputError
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.seed_words import seeds_named


@pytest.fixture
def mine(preset: Path) -> str:
    """A preset that trains in a blink; its first seed is 4."""
    preset.write_text(preset.read_text() + "seed = 4\n")
    return str(preset)


def views() -> dict[int, RunView]:
    """The runs by seed; of one seed the newest. Fails if a seed was trained twice."""
    found: dict[int, RunView] = {}
    for run_id in run_ids(Path("runs")):
        view = load_run(RunFolder(Path("runs") / run_id)).view
        assert view.experiment is not None
        seed = view.experiment.hyperparameters.seed
        assert seed not in found
        found[seed] = view
    return dict(sorted(found.items()))


def losses(view: RunView) -> list[float]:
    return [epoch.val_loss for epoch in view.history]


def cells(out: str, name: str) -> list[str]:
    """The row of a metric in the table."""
    return next(line for line in out.splitlines() if line.startswith(name))[len(name) :].split()


def interrupt_in_run(monkeypatch: pytest.MonkeyPatch, number: int, times: int = 1) -> None:
    """Ctrl-C after the first epoch of that run of the series, counted from 1."""
    begun: Iterator[int] = iter(range(1, 100))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it

    class Interrupting(Reporter):
        def __init__(self) -> None:
            self.mine = next(begun) == number

        def hear(self, record: Record, view: RunView) -> None:
            if self.mine and isinstance(record.event, EpochEnded) and record.event.epoch == 1:
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(follow_run, "_reporter", lambda args, run_id: Interrupting())


def test_each_seed_is_an_ordinary_run_and_the_spread_is_that_of_numpy(
    mine: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["train", mine, "--seeds", "3"]) == 0
    out, err = capsys.readouterr()
    found = views()
    assert list(found) == [4, 5, 6]
    names = [read_label(RunFolder(Path("runs") / run_id)).name for run_id in run_ids(Path("runs"))]
    assert sorted(names) == ["mine seed 4", "mine seed 5", "mine seed 6"]
    lines = out.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["seed 4", "seed 5", "seed 6"]
    assert lines[0].split("  ")[1] in run_ids(Path("runs"))
    assert "finished after 3 epochs, best epoch 3, val loss" in lines[0]
    assert "seed 5 (2 of 3)" in err
    assert "3 seeds (4 to 6), each with its own split of the rows" in out
    best = [view.best.val_loss for view in found.values() if view.best]
    accuracy = [view.tested.metrics["accuracy"] for view in found.values() if view.tested]
    for name, values in (("best val loss", best), ("test accuracy", accuracy)):
        mean, std, *_, low, high = cells(out, name)
        shown = [np.mean(values), np.std(values, ddof=1), min(values), max(values)]
        assert [mean, std, low, high] == [f"{value:.4g}" for value in shown]
    assert main(["--runs", str(tmp_path / "alone"), "train", mine, "--seed", "5", "--quiet"]) == 0
    (alone,) = run_ids(tmp_path / "alone")
    assert losses(load_run(RunFolder(tmp_path / "alone" / alone)).view) == losses(found[5])


def test_finished_runs_count_and_only_the_missing_seeds_are_trained(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet", "--seed", "5"]) == 0
    assert main(["train", mine, "--quiet", "--set", "lr=0.02"]) == 0
    others = len(run_ids(Path("runs")))
    assert main(["train", mine, "--seeds", "3", "--name", "wide"]) == 0
    out = capsys.readouterr().out
    assert len(run_ids(Path("runs"))) == others + 2
    assert [line.endswith("(trained before)") for line in out.splitlines()[:3]] == [True, False, False]
    assert "3 seeds (4 to 6)" in out
    assert main(["train", mine, "--seeds", "3"]) == 0
    again = capsys.readouterr().out
    assert len(run_ids(Path("runs"))) == others + 2
    assert cells(again, "best val loss") == cells(out, "best val loss")
    assert again.count("(trained before)") == 3


def test_ctrl_c_stops_the_run_and_the_same_command_goes_on(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        interrupt_in_run(patched, 2)
        assert main(["train", mine, "--seeds", "3"]) == 130
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    said = "1 of 3 seeds are done (4); seed 5 was stopped after 1 epoch. The same command goes on with seed 5"
    assert said in err
    assert {seed: view.status for seed, view in views().items()} == {4: "finished", 5: "stopped"}
    assert main(["train", mine, "--seeds", "3"]) == 0
    out, _ = capsys.readouterr()
    assert [line.rpartition("(")[2] for line in out.splitlines()[:2]] == ["trained before)", "resumed)"]
    found = views()
    assert list(found) == [4, 5, 6]
    assert main(["--runs", str(tmp_path / "alone"), "train", mine, "--seeds", "3", "--quiet"]) == 0
    for run_id in run_ids(tmp_path / "alone"):
        view = load_run(RunFolder(tmp_path / "alone" / run_id)).view
        assert view.experiment is not None
        assert losses(view) == losses(found[view.experiment.hyperparameters.seed])


def test_a_second_ctrl_c_ends_the_series_at_once(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_in_run(monkeypatch, 1, times=2)
    assert main(["train", mine, "--seeds", "2"]) == 130
    assert "0 of 2 seeds are done; seed 4 was interrupted after 1 epoch" in capsys.readouterr().err


def test_ctrl_c_between_two_runs_says_the_same(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = follow_run.get_ready

    def interrupted(*given: object) -> object:
        if run_ids(Path("runs")):
            raise KeyboardInterrupt
        return ready(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(follow_run, "get_ready", interrupted)
    assert main(["train", mine, "--seeds", "2"]) == 130
    assert "1 of 2 seeds are done (4). The same command goes on with seed 5" in capsys.readouterr().err


def test_what_stops_the_next_run_from_starting_is_told_with_how_to_go_on(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = follow_run.get_ready

    def broken(*given: object) -> object:
        if run_ids(Path("runs")):
            raise InputError("the data are gone")
        return ready(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(follow_run, "get_ready", broken)
    assert main(["train", mine, "--seeds", "2"]) == 2
    err = capsys.readouterr().err
    assert "1 of 2 seeds are done (4). The same command goes on with seed 5" in err
    assert "the data are gone" in err
    assert main(["train", mine, "--seeds", "2"]) == 2
    assert "goes on" not in capsys.readouterr().err, "nothing was trained"


def test_a_run_that_cannot_be_resumed_is_trained_anew(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt_in_run(patched, 1)
        assert main(["train", mine, "--seeds", "2"]) == 130
    (run_id,) = run_ids(Path("runs"))
    for file in (Path("runs") / run_id / "checkpoints").iterdir():
        file.unlink()
    assert main(["train", mine, "--seeds", "2"]) == 0
    assert f"run {run_id} cannot be resumed, so seed 4 is trained anew" in capsys.readouterr().err
    assert len(run_ids(Path("runs"))) == 3


def test_runs_of_other_data_do_not_count(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--seeds", "2", "--quiet"]) == 0
    before = set(run_ids(Path("runs")))
    data = next(Path().glob("*.csv"))
    data.write_text("\n".join(data.read_text().splitlines()[:-1]) + "\n")
    assert main(["train", mine, "--seeds", "3"]) == 0
    out, err = capsys.readouterr()
    assert err.count("does not count: the data have changed since; it is trained again") == 2
    assert "3 seeds (4 to 6)" in out
    assert len(set(run_ids(Path("runs"))) - before) == 3


def test_json_has_the_events_then_the_runs_and_the_spread(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--seeds", "2", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    runs = [line["run"] for line in lines if "run" in line]
    assert [run["seed"] for run in runs] == [4, 5]
    assert [run["trained_before"] for run in runs] == [False, False]
    assert sum(line.get("event", {}).get("kind") == "run_ended" for line in lines) == 2
    series = lines[-1]["series"]
    assert [run["id"] for run in series["runs"]] == [run["id"] for run in runs]
    assert series["same_rows"] is False
    values = [run["figures"]["best_val_loss"] for run in runs]
    found = series["spreads"]["best_val_loss"]
    assert found["count"] == 2
    assert found["mean"] == pytest.approx(np.mean(values))
    assert found["deviation"] == pytest.approx(np.std(values, ddof=1))
    assert (found["minimum"], found["maximum"]) == (min(values), max(values))


def test_the_evaluation_of_a_run_names_the_spread_over_seeds(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--seeds", "2", "--quiet"]) == 0
    tested = [view.tested.metrics["accuracy"] for view in views().values() if view.tested]
    assert main(["evaluate", "last"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Over 2 seeds (4 to 5), each with its own split of the rows: test accuracy " in said
    assert f"{np.mean(tested):.3g} ± {np.std(tested, ddof=1):.2g}, from {min(tested):.3g}" in said
    assert main(["evaluate", "last", "--split", "val", "--json"]) == 0
    assert "Over 2 seeds (4 to 5)" in json.loads(capsys.readouterr().out)["verdict"]["sentence"]
    assert main(["train", mine, "--set", "lr=0.02", "--quiet"]) == 0
    assert main(["evaluate", "last"]) == 0
    assert "seeds" not in capsys.readouterr().out


def test_a_diverged_run_is_not_in_the_mean_and_not_trained_again(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(mine).read_text().replace("multiclass", "regression").replace("epochs = 3", "epochs = 500")
    data = table(Path(), "regression")
    Path("r.toml").write_text(text.replace("regression-90-0.csv", data.name))
    settings = ["--set", "lr=100", "--set", "optimizer=sgd", "--set", "momentum=0.99"]
    for _ in range(2):
        assert main(["train", "r.toml", "--seeds", "2", "--json", *settings]) == 3
        out, err = capsys.readouterr()
        assert "seed 5: run" in err and "does not count: it diverged" in err
        assert json.loads(out.splitlines()[-1]) == {"series": None}
        assert list(views()) == [4, 5]


def test_quiet_prints_nothing(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--seeds", "2", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--seeds", "0"], "--seeds: '0': give a whole number of runs from 1 to 1,000"),
        (["--seeds", "-1"], "--seeds: '-1': give a whole number"),
        (["--seeds", "abc"], "--seeds: 'abc': give a whole number"),
        (["--seeds", "1.5"], "--seeds: '1.5': give a whole number"),
        (["--seeds", "²"], "give a whole number"),
        (["--seeds", ""], "--seeds: '': give a whole number"),
        (["--seeds", "9" * 5000], "give a whole number"),
        (["--seeds", "3", "--seed", "7"], "use --set seed=7"),
        (["--seeds", "3", "--detach"], "--seeds: cannot be combined with --detach"),
        (["--seeds", "3", "--export", "x.json"], "--seeds: cannot be combined with --export"),
        (["--seeds", "3", "--name", "x" * 55], "--name: a name can have at most 60 characters"),
        (["--seeds", "3", "--set", f"seed={2**63 - 2}"], "--seeds: seed"),
        (["--seeds", "3", "--set", "lr=0"], "lr: must be greater than 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    mine: str, given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, *given]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert not Path("runs").exists()


def test_it_needs_a_preset_and_goes_with_no_other_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--seeds", "3"]) == 2
    assert "give either a preset or file to train" in capsys.readouterr().err
    assert main(["train", "--replay", "last", "--seeds", "3"]) == 2
    assert "--seeds: cannot be combined with --replay" in capsys.readouterr().err
    assert main(["resume", "last", "--seeds", "3"]) == 2
    assert "unrecognized arguments: --seeds" in capsys.readouterr().err


def test_a_seed_that_another_process_trains_is_waited_for(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt_in_run(patched, 1)
        main(["train", mine, "--seeds", "2"])
    (run_id,) = run_ids(Path("runs"))
    capsys.readouterr()
    with take(RunFolder(Path("runs") / run_id)):
        assert main(["train", mine, "--seeds", "2"]) == 2
    assert f"--seeds: seed 4 is being trained as run {run_id} by" in capsys.readouterr().err


def test_seeds_are_named_in_short() -> None:
    assert seeds_named([3]) == "3"
    assert seeds_named([0, 1, 2, 5, 7, 8]) == "0 to 2, 5, 7 to 8"
    assert seeds_named([]) == ""
