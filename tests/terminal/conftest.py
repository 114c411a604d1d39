"""What holds for all tests on a terminal."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.terminal import terminal
from tests.warm import ForkedLab, WarmHosts
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.lock import held


@pytest.fixture
def warm_labs(warm_server: WarmHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab as ever, but it and its hosts have all libraries loaded from the start."""
    monkeypatch.setattr(terminal, "LAB", warm_server.lab())
    monkeypatch.setattr(terminal, "start", partial(ForkedLab, warm_server.door))


@pytest.fixture(autouse=True)
def _no_host_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    for run_id in run_ids(tmp_path / "runs"):
        holder = held(RunFolder(tmp_path / "runs" / run_id))
        if holder is not None and holder.pid != os.getpid():
            os.kill(holder.pid, signal.SIGKILL)
