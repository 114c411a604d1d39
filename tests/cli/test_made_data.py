"""Data that are made, with their settings, through everything that is done with a run."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from tests.journals import schema
from tui_lab.cli.main import main
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.reading import load_run

SETTINGS = ["--data", "noise=0.3", "--data", "rows=200"]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)


def test_the_settings_are_those_of_the_run_in_all_that_follows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "moons", "--set", "epochs=4", *SETTINGS, "--quiet"]) == 0
    first = load_run(find(Path("runs"), "last")).view
    assert first.experiment is not None and first.data is not None
    data = first.experiment.data
    assert (data.file, data.noise, data.rows) == ("made:moons", 0.3, 200)
    assert sum(first.data.split.values()) == 200

    assert main(["train", "--replay", "last", "--quiet"]) == 0
    again = load_run(find(Path("runs"), "last")).view
    assert again.epoch == first.epoch == 4
    assert again.tested == first.tested
    assert main(["resume", "last", "--epochs", "6", "--quiet"]) == 0
    assert main(["fork", "last", "--epochs", "8", "--quiet"]) == 0
    forked = load_run(find(Path("runs"), "last")).view
    assert forked.experiment is not None and forked.epoch == 8
    assert (forked.experiment.data.noise, forked.experiment.data.rows) == (0.3, 200)

    capsys.readouterr()
    assert main(["export", "last"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema())
    assert document["experiment"]["data"]["noise"] == 0.3
    assert main(["evaluate", "last", "--json"]) == 0
    assert main(["predict", "last", "--split", "test", "-o", "split.csv", "--quiet"]) == 0
    assert main(["predict", "last", "made:moons", "--data", "noise=0", "-o", "new.csv", "--quiet"]) == 0
    assert len(list(csv.reader(Path("new.csv").read_text().splitlines()))) == 201
    Path("mine.csv").write_text("x1,x2\n0.5,1\n1,-0.5\n")
    assert main(["predict", "last", "mine.csv", "-o", "mine-said.csv", "--quiet"]) == 0
    assert main(["predict", "last", "made:moon"]) == 2
    assert "did you mean 'moons'?" in capsys.readouterr().err


def test_settings_of_made_data_are_for_made_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "binary", "--data", "noise=0.3"]) == 2
    assert "noise and rows: only for data that are made" in capsys.readouterr().err
    assert main(["train", "moons", "--data", "noise=much"]) == 2
    assert "noise: must be a valid number (given: much)" in capsys.readouterr().err
