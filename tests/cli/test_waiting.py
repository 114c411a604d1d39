"""What is waited for is said: on a terminal with a sign that moves though all threads stand still."""

import io
import sys
import textwrap
from pathlib import Path
from threading import Event

import pytest

from tests.terminal.terminal import terminal
from tui_lab.cli.output import waiting
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.data.local_file import FractionRead

BUSY = textwrap.dedent(
    """
    import re, sys, time
    from tui_lab.cli.output.output import complain
    from tui_lab.cli.output.waiting import meanwhile

    sys.setswitchinterval(1e6)  # as an import does that loads a large library: no other thread runs

    def busy(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    with meanwhile("loading a library") as wait:
        busy(2.5)
        complain("a warning")
        wait.doing("reading the data")
        wait(0.42)
        busy(1.0)
    print("done")
    """
)


@pytest.mark.slow
def test_the_sign_moves_while_no_thread_runs_and_is_taken_away(tmp_path: Path) -> None:
    with terminal(width=60, height=10, folder=tmp_path, program=("-c", BUSY)) as shell:
        shell.shows(r"^. loading a library, [01] s")
        shell.shows(r"^. loading a library, 2 s")
        shell.shows("tui-lab: a warning", r"\n. reading the data, 42 %, [23] s")
        assert shell.ends() == 0
        assert [line.strip() for line in shell.screen.display[:2]] == ["tui-lab: a warning", "done"]
        assert shell.raw.count("⠋".encode()) > 1, "it went round"


@pytest.mark.slow
def test_one_killed_while_it_waits_leaves_no_painter(tmp_path: Path) -> None:
    import signal

    with terminal(width=60, height=10, folder=tmp_path, program=("-c", BUSY)) as shell:
        shell.shows(r"loading a library, 1 s")
        shell.process.kill(signal.SIGKILL)
        assert shell.ends() == -signal.SIGKILL  # and with the painter its terminal has no user any more


def test_elsewhere_one_plain_line_if_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(waiting, "PLAIN_S", 0.0)
    with meanwhile("loading torch"):
        pause = Event()
        while not said.getvalue():
            pause.wait(0.01)
    assert said.getvalue() == "loading torch ...\n"


def test_quiet_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(waiting, "PLAIN_S", 0.0)
    with meanwhile("loading torch", quiet=True) as wait:
        wait(0.5)
    assert not said.getvalue()


def test_elsewhere_a_second_line_says_how_far_it_is_if_it_takes_very_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(waiting, "LATE_S", 0.0)
    with meanwhile("reading t.csv.gz") as wait:
        for percent in (3, 4):
            wait(FractionRead(percent / 100, "about 1.2 GB unpacked, about 2 min left"))
    assert said.getvalue() == "reading t.csv.gz, 3 %, about 1.2 GB unpacked, about 2 min left\n"
