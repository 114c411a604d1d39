"""The losses of single steps as a table."""

import io
import json
from math import nan
from pathlib import Path

import pandas as pd
import pytest

from tests.runs.samples import epoch, experiment, opening
from tui_lab.cli.main import main
from tui_lab.errors import RunError
from tui_lab.protocol.events import Event, Measured, RunResumed
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.runs.export.step_losses import as_text, step_losses
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.journal.journal import Journal


def steps(number: int, *points: tuple[int, float]) -> Measured:
    return Measured(number, points[-1][0], {"loss": points})


def run_of(root: Path, *events: Event) -> RunFolder:
    folder = create(root, experiment())
    with Journal.open(folder.journal) as journal:
        for event in events:
            journal.append(event)
    return folder


@pytest.fixture
def undone(tmp_path: Path) -> RunFolder:
    """Steps 1 to 6, an edit after step 2 undone, a kill after step 5, resumed after step 4."""
    return run_of(
        tmp_path,
        *opening(),
        steps(1, (1, 0.9), (2, 0.8)),
        Edited(2, 0, "lr", 0.001, 0.01, 4),
        steps(1, (3, 9.0), (4, 9.1)),
        epoch(1),
        steps(2, (5, 9.2)),
        Undone(2, 0, "lr", 0.001, 0.01, 5, 0, 4),
        steps(1, (3, 0.7), (4, 0.6)),
        epoch(1),
        steps(2, (5, 8.0)),
        RunResumed("last.pt", 4, 1, {}),
        steps(2, (5, 0.5), (6, nan)),
    )


def test_what_was_undone_or_made_again_does_not_count(undone: RunFolder) -> None:
    rows = list(step_losses(undone))
    assert [row[:2] for row in rows] == [(1, 1), (1, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
    assert [row[2] for row in rows[:5]] == [0.9, 0.8, 0.7, 0.6, 0.5]


def test_a_record_of_several_epochs_gives_each_step_its_own(tmp_path: Path) -> None:
    folder = run_of(
        tmp_path,
        *opening(),
        epoch(1),
        epoch(2),
        steps(3, (3, 0.7), (4, 0.6), (5, 0.5), (8, 0.4), (9, 0.3)),
        Undone(6, 1, "lr", 0.001, 0.01, 9, 0, 4),
        steps(2, (7, 0.6)),
        epoch(2),
        steps(3, (8, 0.5), (9, 0.4)),
    )
    assert [row[:2] for row in step_losses(folder)] == [(1, 3), (1, 4), (2, 5), (2, 7), (2, 8), (3, 9)]


def test_pandas_reads_both_forms(
    undone: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--runs", str(tmp_path), "export", "last", "--steps"]
    assert main(command) == 0
    frame = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert frame.columns.tolist() == ["epoch", "step", "train_loss"]
    assert frame["train_loss"].tolist()[:5] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert frame["train_loss"].isna().tolist() == [False] * 5 + [True]
    assert main([*command, "-o", str(tmp_path / "s.json")]) == 0
    assert pd.read_json(tmp_path / "s.json")["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert main([*command, "-o", str(tmp_path / "s.csv")]) == 0
    assert pd.read_csv(tmp_path / "s.csv")["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert main([*command, "-o", str(tmp_path / "s.csv")]) == 0, "its own kind may be written over"
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    assert main([*command, "-o", str(tmp_path / "mine.csv")]) == 2
    assert (tmp_path / "mine.csv").read_text() == "a,b\n1,2\n"


def test_a_run_without_steps_is_an_empty_table(tmp_path: Path) -> None:
    folder = run_of(tmp_path, *opening())
    assert "".join(as_text(step_losses(folder), "csv")) == "epoch,step,train_loss\n"
    assert json.loads("".join(as_text(step_losses(folder), "json"))) == []


def test_many_steps_come_in_parts_and_lose_nothing(tmp_path: Path) -> None:
    rows = [(1 + k // 100, k, k / 7) for k in range(1, 5001)]
    for form in ("csv", "json"):
        parts = list(as_text(iter(rows), form))  # type: ignore[arg-type]
        assert len(parts) > 2
        text = "".join(parts)
        frame = pd.read_csv(io.StringIO(text)) if form == "csv" else pd.read_json(io.StringIO(text))
        assert frame["step"].tolist() == [row[1] for row in rows]
        assert frame["train_loss"].tolist() == pytest.approx([row[2] for row in rows], rel=1e-9)


def test_no_journal_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no journal"):
        list(step_losses(create(tmp_path, experiment())))
