"""`tui-lab runs`: what it lists, in which order, and what it says of the rest. No run is real."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.samples import closing, epoch, experiment, opening
from tui_lab.cli.main import main
from tui_lab.protocol.events import Origin, Record, RunStarted
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.journal.journal import Journal


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path))
    monkeypatch.delenv("NO_COLOR", raising=False)


def make(
    root: Path,
    number: int,
    loss: float,
    parent: str = "",
    columns: dict[str, str] | None = None,
    **hyper: object,
) -> str:
    asked = experiment("mine")
    if columns is not None:
        asked = asked.model_copy(update={"data": asked.data.model_copy(update={"columns": columns})})
    asked = asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=hyper)})
    start, *rest = opening()
    assert isinstance(start, RunStarted)
    origin = Origin(parent, 4, 1) if parent else None
    events = [
        replace(start, experiment=asked, origin=origin),
        *rest,
        epoch(1, 0.9),
        epoch(2, loss),
        *closing(),
    ]
    run = RunFolder(create(root, asked).path.rename(root / f"20261128-10000{number}-mine-000{number}"))
    with Journal.open(run.journal) as journal:
        for k, event in enumerate(events, 1):
            journal.append(Record(k, 1_795_000_000.0 + k, event))
    return run.run_id


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The rows, without the heading."""
    assert main(["runs", *words]) == 0
    return capsys.readouterr().out.splitlines()[1:]


def test_the_list_says_what_was_changed_and_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, hyper in enumerate(({}, {}, {"lr": 0.1, "batch_size": 8}), 1):
        make(tmp_path, number, 0.5, **hyper)
    rows = listed(capsys)
    assert rows[0].endswith("lr=0.1 batch_size=8")
    assert "=" not in rows[1] + rows[2]
    assert all("finished" in row and "acc 0.95" in row for row in rows)


def test_a_setting_that_a_run_lacks_is_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, columns in enumerate(({"tax": "leave_out"}, {"tax": "leave_out"}, {}), 1):
        make(tmp_path, number, 0.5, columns=columns)
    rows = listed(capsys)
    assert rows[0].endswith("data.columns.tax=-")
    assert "=" not in rows[1] + rows[2]


def test_a_list_can_be_sorted_by_anything_it_knows_and_reversed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (loss, lr) in enumerate(((0.3, 0.1), (0.5, 1.0), (0.4, 0.01)), 1):
        make(tmp_path, number, loss, lr=lr)

    def order(*words: str) -> str:
        return "".join(row[24] for row in listed(capsys, *words))

    assert order() == "321" and order("--reverse") == "123"
    assert order("--sort", "best") == order("--sort", "val_loss") == "132"
    assert order("--sort", "lr") == "213" and order("--sort", "lr", "--reverse") == "312"
    assert order("--sort", "val_acc", "val_loss<0.45") == "31"
    assert main(["runs", "--sort", "lrr"]) == 2
    assert "runs have no 'lrr' (did you mean 'lr'?)" in capsys.readouterr().err


def test_forks_stand_under_their_parents_and_the_json_stays_newest_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make(tmp_path, 1, 0.5)
    make(tmp_path, 2, 0.4)
    make(tmp_path, 3, 0.3, parent=first)
    rows = listed(capsys)
    assert [row[24] for row in rows] == ["1", "3", "2"]
    assert "mine" in rows[0] and ("└ mine" in rows[1] or "- mine" in rows[1])
    assert main(["runs", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["id"][24] for line in lines] == ["3", "2", "1"]
    assert (lines[0]["parent"], lines[0]["val_losses"]) == (first, [0.9, 0.3])


def test_a_filter_says_how_many_match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1, 6):
        make(tmp_path, number, number / 10)
    assert main(["runs", "test_acc>0.9", "best<0.35"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 4
    assert said.err == "3 of 5 runs match\n"


def test_at_80_columns_the_score_and_what_was_changed_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, 1, 0.5, lr=0.1, seed=5, dropout=0.5)
    make(tmp_path, 2, 0.5)
    make(tmp_path, 3, 0.5)
    for place in ("tui_lab.cli.output.text_table.is_terminal", "tui_lab.cli.commands.runs.is_terminal"):
        monkeypatch.setattr(place, lambda stream: True)
    monkeypatch.setenv("COLUMNS", "80")
    row = listed(capsys)[-1]
    assert len(row) <= 80
    assert "0.5" in row and "acc 0.95" in row and "lr=0.1" in row
