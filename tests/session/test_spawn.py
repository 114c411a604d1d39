"""Two threads read what a host says: whoever loads torch waits for it, and the lab, which gave it a job."""

import os
import select
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import LONG_S
from tui_lab.session.clients import spawn
from tui_lab.session.clients.spawn import SpareHost

pytestmark = pytest.mark.slow
READY = b'{"ready": true}\n'


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpareHost]:
    """A host that says that it is ready, and then nothing until the end of its input."""
    start = subprocess.Popen

    def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return start(["sh", "-c", f"echo '{READY.decode().strip()}'; exec cat"], **{**options, "cwd": "/"})

    monkeypatch.setattr(spawn.subprocess, "Popen", popen)
    made = SpareHost()
    yield made
    made.dismiss()
    made._process.wait(LONG_S)


def test_an_answer_that_another_thread_has_taken_holds_nobody_up(
    host: SpareHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw it coming; the other one was quicker."""
    look, takes = select.select, [True]

    def slow_look(*arguments: Any) -> Any:
        found = look(*arguments)
        if found[0] and takes:
            takes.pop()
            host._answers += os.read(found[0][0].fileno(), 1000)
        return found

    monkeypatch.setattr(spawn.select, "select", slow_look)
    said: list[str | None] = []
    lab = threading.Thread(target=lambda: said.append(host.outcome(timeout_s=LONG_S / 100)), daemon=True)
    lab.start()
    lab.join(LONG_S / 2)
    assert said == [None], "it waits in a read"
    assert host.ready


def test_whoever_waits_for_torch_sees_that_another_thread_has_read_of_it(host: SpareHost) -> None:
    waiting = threading.Thread(target=host.wait_ready, daemon=True)
    host.outcome(timeout_s=0.2)
    waiting.start()
    waiting.join(LONG_S / 2)
    assert not waiting.is_alive()
