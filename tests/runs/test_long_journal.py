"""The reading of a long journal is reported; that of a short one, or of one with a snapshot, is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runs.samples import epoch, opening
from tui_lab.cli import main
from tui_lab.cli.output import waiting
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.listing import list_runs
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.long_journal import Progress, telling
from tui_lab.runs.journal.snapshot import NAME

RUN_ID = "20261123-101502-multiclass-0a1b"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run whose journal counts as long, without a snapshot."""
    monkeypatch.setattr("tui_lab.runs.journal.long_journal.LONG_BYTES", 10_000)
    monkeypatch.setattr("tui_lab.runs.journal.snapshot.LEAST_BYTES", 10_000)
    monkeypatch.setattr("tui_lab.runs.journal.journal_reader.CHUNK_BYTES", 4096)
    folder = RunFolder(tmp_path / RUN_ID)
    folder.path.mkdir(mode=0o700)
    with Journal.open(folder.journal) as journal:
        for event in [*opening(), *(epoch(number) for number in range(1, 101))]:
            journal.append(event)
    (folder.path / NAME).unlink()
    return folder


def test_the_fraction_grows_to_one_and_a_snapshot_needs_none(run: RunFolder) -> None:
    told: list[tuple[str, list[float]]] = []

    @contextmanager
    def teller(run_id: str) -> Iterator[Progress]:
        told.append((run_id, []))
        yield told[-1][1].append

    load_run(run)
    assert told == []
    (run.path / NAME).unlink()
    with telling(teller):
        list_runs(run.path.parent)
        (name, shares), *more = told
        assert name == RUN_ID and not more
        assert len(shares) > 4 and shares == sorted(shares) and shares[-1] == 1.0
        load_run(run)
    assert len(told) == 1
    (run.path / NAME).unlink()
    load_run(run)
    assert len(told) == 1, "outside of the block nobody is told"


@pytest.mark.parametrize("command", [["runs"], ["export", RUN_ID], ["resume", RUN_ID], ["fork", RUN_ID]])
def test_the_shell_shows_it(
    run: RunFolder, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    @contextmanager
    def meanwhile(doing: str, **_: object) -> Iterator[waiting.Wait]:
        shown.append(doing)
        yield waiting.Wait(doing)

    monkeypatch.setattr(waiting, "meanwhile", meanwhile)
    main.main([*command, "--runs", str(run.path.parent)])
    assert f"reading the journal of {RUN_ID}" in shown
