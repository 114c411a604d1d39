"""What holds for all tests on a terminal."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import terminal
from tests.warm import WarmHosts
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.lock import held


@pytest.fixture
def warm_labs(warm_server: WarmHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab as ever, but its hosts have torch loaded from the start."""
    monkeypatch.setattr(terminal, "LAB", warm_server.lab())


@pytest.fixture(autouse=True)
def _no_host_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    for run_id in run_ids(tmp_path / "runs"):
        holder = held(RunFolder(tmp_path / "runs" / run_id))
        if holder is not None and holder.pid != os.getpid():
            os.kill(holder.pid, signal.SIGKILL)
