"""`--notify`: whoever asked is told of the end of a run, by the process that trains it."""

import re
from pathlib import Path

import pytest

from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.cli.output import output
from tui_lab.session.notify import targets as rooms
from tui_lab.session.notify.notifier import wait_until_sent


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_LAB_RUNS", str(root))
    monkeypatch.setenv(rooms.VARIABLE, "")  # restored afterwards, whatever a command sets


def test_a_run_that_ended_is_told_with_its_figures(mine: str, tmp_path: Path) -> None:
    command = f'echo "$TUI_LAB_STATUS, $TUI_LAB_TEXT" > {tmp_path / "said"}'
    assert main(["train", mine, "--quiet", "--notify", command]) == 0
    wait_until_sent()
    said = (tmp_path / "said").read_text()
    assert said.startswith("finished, best validation loss ")
    assert "of 3\ntest accuracy " in said


@pytest.mark.slow
def test_a_run_in_the_background_tells_it_too_and_writes_the_target_nowhere(
    mine: str, tmp_path: Path, root: Path
) -> None:
    said = tmp_path / "said"
    command = f"echo $TUI_LAB_STATUS > {said}.part && mv {said}.part {said}"
    assert main(["train", mine, "--quiet", "--detach", "--notify", command]) == 0
    until(said.exists)
    assert said.read_text() == "finished\n"
    kept = [file.read_bytes() for file in root.rglob("*") if file.is_file()]
    assert kept
    assert not any(b"said.part" in content for content in kept)


def test_the_bell_is_rung_at_the_end_in_a_terminal_only(
    mine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet", "--notify", "bell"]) == 0
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    assert main(["train", mine, "--quiet", "--notify", "bell"]) == 0
    assert re.fullmatch("\a\x1b]9;tui-lab: \\S+-mine-.... finished\x1b\\\\", capsys.readouterr().err)
    monkeypatch.setenv(rooms.VARIABLE, "")
    assert main(["train", mine, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_doctor_tells_whether_a_target_can_be_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    libraries: dict[str, object] = {}
    monkeypatch.setattr("tui_lab.cli.commands.doctor.probe", lambda: libraries)
    main(["doctor"])
    assert "nobody is notified when a run ends" in capsys.readouterr().out
    main(["doctor", "--notify", "exit 3", "--notify", "true"])
    out = capsys.readouterr().out
    assert "could not notify command exit 3: status 3" in out
    assert "command true: a test was sent" in out
    monkeypatch.setenv(rooms.VARIABLE, "ftp://x")
    main(["doctor"])
    assert "not an http or https address: ftp://x" in capsys.readouterr().out
