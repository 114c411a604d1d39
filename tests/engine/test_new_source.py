"""One more kind of data, from its record and its folder alone: trained, resumed, exported, predicted with."""

import csv
import json
from inspect import signature
from pathlib import Path
from pkgutil import resolve_name

import jsonschema
import numpy as np
import pytest

from tests.engine.helpers import epochs, run_all
from tests.engine.sequences.preview import LENGTH, ROWS, made_up
from tests.journals import schema
from tui_lab.cli.main import main
from tui_lab.data import sources
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.presets import load_preset
from tui_lab.experiment.sources import SOURCES, SourceRecord
from tui_lab.protocol.events import ModelBuilt, Tested
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.queries.tables import look_at
from tui_lab.tui.lab.preset_data import quick

RECORD = SourceRecord("sequences", "tests.engine.sequences", target="next", is_path=False)
PRESET = """
format = "tui-lab.preset"
version = 1
name = "waves"
title = "Waves"
task = "regression"
[data]
source = "sequences"
file = "sine:7"
[model]
layers = ["linear 16", "activation"]
[hyperparameters]
optimizer = "adam"
lr = 0.01
epochs = 8
batch_size = 16
"""


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(SOURCES, RECORD.name, RECORD)
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "waves.toml"
    path.write_text(PRESET)
    return path


WHAT_A_FOLDER_HAS = {
    "load": {"load": sources.load},
    "preview": {"look_at": sources.look_at, "guess": sources.guess},
    "unseen": {"read_unseen": sources.read_unseen, "rows_of_split": sources.rows_of_split},
}


@pytest.mark.parametrize("record", [RECORD, *SOURCES.values()], ids=lambda record: record.name)
def test_a_folder_has_the_functions_that_are_called(record: SourceRecord) -> None:
    for module, functions in WHAT_A_FOLDER_HAS.items():
        if record.user_code and module != "load":
            continue
        for name, called in functions.items():
            if name == "guess" and not record.to_guess:
                continue
            its = signature(resolve_name(f"{record.folder}.{module}:{name}")).parameters
            assert [(p.name, p.kind) for p in its.values()] == [
                (p.name, p.kind) for p in signature(called).parameters.values()
            ]


def test_the_schema_of_exports_knows_every_kind() -> None:
    written = schema()["properties"]["experiment"]["properties"]["data"]["properties"]["source"]
    assert written == {"enum": list(SOURCES)}


def test_it_trains(preset: Path) -> None:
    asked = load_preset(preset).experiment(device="cpu")
    assert (asked.data.file, asked.data.target, asked.data.inputs) == ("sine:7", "next", "columns")
    prepared = prepare(asked)
    assert prepared.dataset.about == look_at(asked)
    assert quick(asked.data)
    events = run_all(prepared)
    built = next(event for event in events if isinstance(event, ModelBuilt))
    tested = next(event for event in events if isinstance(event, Tested))
    assert epochs(events)[-1].val_loss < built.baseline["loss"] / 2
    assert tested.metrics["rmse"] < built.baseline["rmse"]


def test_it_is_resumed_exported_and_predicted_with(preset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(preset), "--quiet"]) == 0
    assert main(["resume", "last", "--epochs", "10"]) == 0
    run = find(Path("runs"), "last")
    view = load_run(run).view
    assert (view.epoch, view.status) == (10, "finished")
    assert view.tested is not None and view.data is not None
    capsys.readouterr()

    assert main(["export", "last"]) == 0
    document = json.loads(capsys.readouterr().out)
    held = schema()
    held["properties"]["experiment"]["properties"]["data"]["properties"]["source"]["enum"].append(RECORD.name)
    jsonschema.validate(document, held)
    assert document["experiment"]["data"]["source"] == RECORD.name
    assert document["dataset"]["features"] == LENGTH

    assert main(["predict", "last", "--split", "test", "-o", "split.csv"]) == 0
    assert f"rmse {view.tested.metrics['rmse']:.4g}"[:9] in capsys.readouterr().err
    assert main(["predict", "last", "sine:8", "-o", "new.csv", "--quiet"]) == 0
    rows = list(csv.DictReader(Path("new.csv").read_text().splitlines()))
    assert [int(row["row"]) for row in rows] == list(range(1, ROWS + 1))
    _, y_N, _ = made_up("sine:8")
    errors = np.array([float(row["prediction"]) for row in rows]) - y_N
    assert np.sqrt((errors**2).mean()) < 2 * view.tested.metrics["rmse"], "in the units of the data"

    assert main(["predict", "last", "cosine:8"]) == 2
    assert "write sine:SEED" in capsys.readouterr().err


def test_data_that_changed_are_not_gone_on_with(
    preset: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["train", str(preset), "--quiet"]) == 0
    monkeypatch.setattr("tests.engine.sequences.preview.ROWS", ROWS + 10)
    assert main(["resume", "last", "--epochs", "10"]) == 2
    assert "sine:7: has changed since the run started" in capsys.readouterr().err
    assert main(["predict", "last", "--split", "test"]) == 2
    assert "its test rows are unknown" in capsys.readouterr().err
