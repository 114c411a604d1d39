"""Runs that were kept, as files, and a clock that stands still."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.samples import experiment
from tui_lab.experiment.folds import with_split
from tui_lab.experiment.split import Split
from tui_lab.protocol.events import EpochEnded, Event, Record, RunStarted
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.journal.journal import Journal

NOW = 1_795_430_000.0


@contextmanager
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tui_lab.tui.runs.widgets.time", lambda: NOW)
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def make(
    root: Path,
    number: int,
    preset: str,
    events: list[Event],
    hours_ago: float,
    split: Split | None = None,
    **hyper: object,
) -> RunFolder:
    """A run of that preset, asked for with `hyper`. The higher its number, the faster its epochs."""
    asked = with_split(experiment(preset), split or Split())
    asked = asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=hyper)})
    events = [replace(e, experiment=asked) if isinstance(e, RunStarted) else e for e in events]
    events = [replace(e, seconds=10.0 - number) if isinstance(e, EpochEnded) else e for e in events]
    run = create(root, asked)
    run = RunFolder(run.path.rename(root / f"20261123-10150{number}-{preset}-000{number}"))
    with Journal.open(run.journal) as journal:
        for k, event in enumerate(events, 1):
            journal.append(Record(k, NOW - hours_ago * 3600 + k * 5, event))
    return run
