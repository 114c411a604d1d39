"""The lab as a process on a terminal of its own: how it ends."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import sys, time
from pathlib import Path
from tests.tui.fakes import FakeClient, FakeTrainers, a_shelf
from tui_lab.tui import launch
from tui_lab.tui.lab.screen import LabScreen

class Client(FakeClient):
    def close(self, timeout_s):
        if {stuck}:
            time.sleep(timeout_s)
        else:
            Path({note!r}).write_text("closed")
        return not {stuck}

class Trainers(FakeTrainers):
    def start(self, job):
        client = Client(job.experiment)
        client.begin()
        client.epochs(1, 3)
        return client

def fail(*_):
    raise RuntimeError("a defect")

LabScreen.action_help = fail
status = launch.open_lab(launch.Contents(a_shelf(), Path("/runs"), Trainers(outlives={outlives}), "binary"))
sys.exit(status)
"""


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., pexpect.spawn]:
    def spawn(stuck: bool = False, outlives: bool = False) -> pexpect.spawn:
        code = SCRIPT.format(stuck=stuck, outlives=outlives, note=str(tmp_path / "note"))
        child = pexpect.spawn(
            sys.executable, ["-c", code], dimensions=(40, 120), timeout=30, encoding="utf-8",
            env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        child.expect("press t to train")
        child.send("t")
        child.expect("edits apply now")
        return child

    return spawn


def ended(child: pexpect.spawn) -> float:
    began = time.monotonic()
    child.expect(pexpect.EOF)
    child.close()
    return time.monotonic() - began


def test_q_closes_the_run_and_gives_the_terminal_back(
    lab: Callable[..., pexpect.spawn], tmp_path: Path
) -> None:
    child = lab()
    child.send("q")
    child.expect(r"\x1b\[\?1049l")
    ended(child)
    assert child.exitstatus == 0
    assert (tmp_path / "note").read_text() == "closed"


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131)],
)
def test_a_signal_closes_the_run(
    lab: Callable[..., pexpect.spawn], tmp_path: Path, number: int, status: int
) -> None:
    child = lab()
    child.kill(number)
    child.expect(r"\x1b\[\?1049l")
    ended(child)
    assert child.exitstatus == status
    assert (tmp_path / "note").read_text() == "closed"


def test_a_run_that_does_not_end_holds_nobody(lab: Callable[..., pexpect.spawn]) -> None:
    child = lab(stuck=True)
    child.send("q")
    child.expect(r"\x1b\[\?1049l")
    ended(child)
    assert child.exitstatus == 0


@pytest.mark.parametrize("outlives", [True, False])
def test_after_an_error_in_the_lab_a_run_in_its_host_keeps_training(
    lab: Callable[..., pexpect.spawn], tmp_path: Path, outlives: bool
) -> None:
    child = lab(outlives=outlives)
    child.send("?")
    child.expect("a defect")
    if outlives:
        child.expect("keeps training")
    ended(child)
    assert child.exitstatus == 1
    assert (tmp_path / "note").exists() != outlives
