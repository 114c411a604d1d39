"""`tui-lab sweeps`, `best` and `export --to csv`: of sweeps made up here, nothing is trained."""

import csv
import io
import json
from math import nan
from pathlib import Path
from random import Random

import pytest

from tests.sweep.sweeps import LR, OPTIMIZER, opening, sweep, trial
from tui_lab.cli.main import main
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import SweepEnded, SweepEvent, TrialAdded
from tui_lab.runs.sweeps.folder import SWEEPS, SweepFolder, create_sweep
from tui_lab.runs.sweeps.journal import SweepJournal


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path))


def make(root: Path, what: Sweep, *events: SweepEvent, name: str = "regression") -> SweepFolder:
    folder = create_sweep(root, name)
    with SweepJournal.open(folder.journal, 0) as journal:
        for event in (opening(what), *events):
            journal.append(event)
    return folder


def seeded(root: Path, name: str = "") -> SweepFolder:
    """Four combinations with two seeds each; the last one diverged with one of them."""
    events: list[SweepEvent] = []
    values: list[dict[str, Value]] = [
        {"lr": lr, "optimizer": optimizer} for lr in (0.001, 0.01) for optimizer in ("sgd", "adam")
    ]
    for number in range(8):
        best = nan if number == 7 else 1 - number // 2 / 10 + number % 2 / 100
        events += trial(
            number,
            values[number // 2],
            best,
            combination=number // 2,
            seed=number % 2,
            status="diverged" if number == 7 else "finished",
            test={"loss": best, "r2": 0.5 + number / 100},
        )
    what = sweep(LR, OPTIMIZER, seeds=2, trials=8, name=name)
    return make(root, what, *events, SweepEnded("finished", "all trials are done", 9.0))


def spread_out(root: Path, trials: int = 40) -> SweepFolder:
    """Trials that are the better the greater lr is."""
    random = Random(1)
    events: list[SweepEvent] = []
    for number in range(trials):
        values: dict[str, Value] = {
            "lr": LR.at(number / (trials - 1)),
            "optimizer": random.choice(("sgd", "adam")),
        }
        events += trial(number, values, 1 - number / 100, test={"r2": 0.5})
    return make(root, sweep(LR, OPTIMIZER, trials=trials), *events, SweepEnded("finished", "done", 9.0))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], str]:
    assert main([*words]) == 0
    out, err = capsys.readouterr()
    return out.splitlines(), err


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 2
    return capsys.readouterr().err


def test_the_list_of_sweeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished = seeded(tmp_path, name="rates")
    stopped = make(
        tmp_path, sweep(LR, trials=20), *trial(0, {"lr": 0.1}, 0.25), TrialAdded(1, 1, {"lr": 1.0}, 0)
    )
    (heading, *rows), _ = said(capsys, "sweeps")
    assert heading.split()[:5] == ["SWEEP", "NAME", "PRESET", "STATUS", "TRIALS"]
    by_id = {row.split()[0]: " ".join(row.split()) for row in rows}
    assert " rates regression finished 8/8 val_loss 0.805 " in by_id[finished.run_id]
    assert "± 0.0071" in by_id[finished.run_id] or "+- 0.0071" in by_id[finished.run_id]
    assert " regression stopped 1/20 val_loss 0.25 " in by_id[stopped.run_id]


def test_the_list_as_json_and_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no sweeps yet" in said(capsys, "sweeps")[1]
    folder = seeded(tmp_path)
    (record,) = json.loads("\n".join(said(capsys, "sweeps", "--json")[0]))
    assert (record["id"], record["over"], record["seeds"]) == (folder.run_id, 8, 2)
    assert record["best"] == pytest.approx(0.805)
    assert record["best_values"] == {"lr": 0.01, "optimizer": "sgd"}


def test_a_damaged_sweep_is_reported_and_the_others_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, broken = seeded(tmp_path), tmp_path / SWEEPS / "20261129-100000-wine-0001"
    broken.mkdir()
    (broken / "sweep.jsonl").write_text("{}\n")
    rows, err = said(capsys, "sweeps")
    assert len(rows) == 2 and rows[1].startswith(folder.run_id)
    assert "20261129-100000-wine-0001: " in err and "not the journal of a sweep" in err


def test_the_best_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = spread_out(tmp_path)
    lines, err = said(capsys, "best", "last", "--count", "3")
    assert lines[0].split()[:7] == ["TRIAL", "LR", "OPTIMIZER", "VAL", "LOSS", "EPOCH", "TEST"]
    assert [line.split()[0] for line in lines[1:4]] == ["39", "38", "37"]
    assert lines[1].split()[1] == "0.1" and lines[1].split()[3] == "0.61"
    assert "lr alone explains" in lines[4]
    assert "trials lie at the upper end of lr (0.1): widen lr upwards" in lines[5]
    assert f"tui-lab fork {folder.run_id}/39" in err
    assert f"tui-lab export {folder.run_id} --to csv" in err


def test_the_best_combinations_have_a_spread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeded(tmp_path)
    lines, _ = said(capsys, "best", "last")
    assert "MEAN VAL LOSS" in lines[0] and "DIVERGED" in lines[0]
    rows = [line.replace("+-", "±").split() for line in lines[1:5]]
    assert rows[0][:6] == ["0.01", "sgd", "0.805", "±", "0.0071", "2/2"]
    assert rows[-1][:4] == ["0.01", "adam", "0.7", "1/2"], "a mean over what did not diverge comes last"
    assert rows[0][-1] == "4", "the best trial"


def test_trials_by_an_axis(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeded(tmp_path)
    lines, _ = said(capsys, "best", "last", "--group-by", "optimizer")
    assert lines[0].split() == ["OPTIMIZER", "TRIALS", "BEST", "MEAN", "BEST", "TRIAL"]
    assert lines[1].split()[:3] == ["sgd", "4", "0.8"] and lines[2].split()[:3] == ["adam", "4", "0.7"]
    err = refused(capsys, "best", "last", "--group-by", "optimiser")
    assert "--group-by: 'optimiser' is no axis (did you mean 'optimizer'?); its axes: lr, optimizer" in err


def test_the_best_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = seeded(tmp_path)
    lines, _ = said(capsys, "best", "last", "--json", "--count", "2", "--group-by", "lr")
    found = json.loads("\n".join(lines))
    assert (found["sweep"], found["metric"], found["over"]) == (folder.run_id, "val_loss", 8)
    assert len(found["best"]) == 2
    best = found["best"][0]
    assert best["values"] == {"lr": 0.01, "optimizer": "sgd"} and best["spread"]["count"] == 2
    assert [each["trial"] for each in best["trials"]] == [4, 5]
    assert [group["label"] for group in found["groups"]] == ["0.001", "0.01"]


def test_a_sweep_without_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, sweep(LR, trials=20), TrialAdded(0, 0, {"lr": 1.0}, 0))
    assert "no trial with a value yet" in said(capsys, "best", "last")[1]
    assert json.loads("\n".join(said(capsys, "best", "last", "--json")[0]))["best"] == []
    make(tmp_path, sweep(seeds=3, trials=3), *trial(0, {}, 0.5), name="seeds")
    assert said(capsys, "best", "seeds")[0][1].split()[:2] == ["0.5", "1/1"]
    assert "it has none" in refused(capsys, "best", "seeds", "--group-by", "lr")


def test_unknown_sweeps_and_wrong_counts_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no sweeps yet" in refused(capsys, "best", "last")
    seeded(tmp_path)
    assert "no sweep 'nothing'" in refused(capsys, "best", "nothing")
    assert "--count: give a whole number" in refused(capsys, "best", "last", "--count", "0")


def test_trials_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = seeded(tmp_path)
    assert main(["export", "last", "--to", "csv", "-o", str(tmp_path / "t.csv")]) == 0
    assert f"{folder.run_id}, 8 trials -> " in capsys.readouterr().err
    text = (tmp_path / "t.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == [
        "trial", "combination", "lr", "optimizer", "seed", "fold", "status", "epochs", "best", "best_epoch",
        "val_loss", "test_loss", "test_r2", "seconds", "run", "message",
    ]  # fmt: skip
    assert len(rows) == 8
    assert (rows[4]["lr"], rows[4]["optimizer"], rows[4]["seed"], rows[4]["fold"]) == ("0.01", "sgd", "0", "")
    assert (rows[4]["best"], rows[4]["val_loss"], rows[4]["test_r2"]) == ("0.8", "0.8", "0.54")
    assert (rows[7]["status"], rows[7]["best"], rows[7]["val_loss"]) == ("diverged", "", "NaN")
    assert "\n".join(said(capsys, "export", "last", "--to", "csv")[0]) + "\n" == text
    assert main(["export", "last", "--to", "csv", "-o", str(tmp_path / "t.csv")]) == 0, "may be written again"
    capsys.readouterr()
    (tmp_path / "other").write_text("mine")
    assert "not overwritten" in refused(
        capsys, "export", "last", "--to", "csv", "-o", str(tmp_path / "other")
    )


def test_trials_as_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pyarrow import parquet

    seeded(tmp_path)
    assert main(["export", "last", "--to", "parquet", "-o", str(tmp_path / "t.parquet")]) == 0
    capsys.readouterr()
    rows = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert len(rows) == 8 and rows[4]["lr"] == 0.01 and rows[4]["optimizer"] == "sgd"
    assert rows[7]["best"] is None and rows[7]["fold"] is None
    assert "binary" in refused(capsys, "export", "last", "--to", "parquet", "-o", "-")


def test_without_pyarrow_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    seeded(tmp_path)
    err = refused(capsys, "export", "last", "--to", "parquet", "-o", str(tmp_path / "t.parquet"))
    assert "pip install pyarrow" in err and not (tmp_path / "t.parquet").exists()


def test_options_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeded(tmp_path)
    assert "--steps: cannot be combined" in refused(capsys, "export", "last", "--to", "csv", "--steps")
    assert "--history-only: only for JSON" in refused(
        capsys, "export", "last", "--to", "parquet", "--history-only"
    )
