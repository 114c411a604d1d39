"""One process a run."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tui_lab.errors import RunError
from tui_lab.runs.folder import lock
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import LockHolder, held, take

HOLD = """
import sys
from pathlib import Path
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import take
taken = take(RunFolder(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr(lock, "_PAUSE_S", 0)
    folder = RunFolder(tmp_path / "20261123-101502-wine-0a1b")
    folder.path.mkdir()
    return folder


def test_the_second_is_told_who_holds_it(run: RunFolder) -> None:
    assert held(run) is None
    with take(run):
        holder = held(run)
        assert holder is not None and (holder.pid, holder.host) == (os.getpid(), socket.gethostname())
        with pytest.raises(RunError) as caught:
            take(run)
        message = str(caught.value)
        for part in (run.run_id, f"process {os.getpid()}", socket.gethostname(), "since 20"):
            assert part in message
    assert held(run) is None
    take(run).release()


@pytest.mark.parametrize("looks", [1, 3])
def test_whoever_looks_who_holds_it_keeps_nobody_from_taking_it(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    take(run).release()
    looking = [os.open(run.lock, os.O_RDONLY) for _ in range(looks)]
    for fd in looking:
        fcntl.flock(fd, fcntl.LOCK_SH)
    monkeypatch.setattr(lock.time, "sleep", lambda _: os.close(looking.pop()))
    with take(run):
        assert not looking
        assert held(run) is not None


@pytest.mark.slow
def test_another_process_holds_it_until_it_is_killed(run: RunFolder) -> None:
    command = [sys.executable, "-c", HOLD, str(run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        holder = held(run)
        assert holder is not None and holder.pid == other.pid
        with pytest.raises(RunError, match=f"process {other.pid} on "):
            take(run)
        other.kill()
        other.wait()
    assert run.lock.exists() and held(run) is None
    take(run).release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff", b"[" * 3000])
def test_a_holder_without_a_name_is_a_holder(run: RunFolder, content: bytes) -> None:
    with take(run):
        run.lock.write_bytes(content)
        assert held(run) == LockHolder()
        with pytest.raises(RunError, match="by another process"):
            take(run)


def test_a_hostile_host_name_is_made_visible() -> None:
    assert "\x1b" not in str(LockHolder(1, "\x1b[31m", 0.0))


def test_releasing_twice_does_not_release_another(run: RunFolder) -> None:
    first = take(run)
    first.release()
    with take(run):
        first.release()
        assert held(run) is not None


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = RunFolder(tmp_path / "gone")
    assert held(gone) is None
    with pytest.raises(RunError, match="cannot be opened: No such file"):
        take(gone)
