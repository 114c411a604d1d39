"""A folder of runs in which others may write is refused by every command, and `doctor` says so."""

from pathlib import Path

import pytest

from tui_lab.cli.doctor.checks import folders
from tui_lab.cli.main import main


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    root = tmp_path / "shared"
    root.mkdir()
    root.chmod(0o1777)
    return root


@pytest.mark.parametrize(
    "command",
    [["runs"], ["train", "binary"], ["resume", "last"], ["export", "last"], ["ctl", "last", "stop"], []],
)
def test_every_command_refuses_it_with_the_way_out(
    shared: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--runs", str(shared), *command]) == 2
    said = capsys.readouterr()
    assert "everyone on this machine can write to this folder" in said.err
    assert "run `chmod go-w` on it, or use another folder with --runs DIR" in said.err
    assert not said.out
    assert list(shared.iterdir()) == []


def test_doctor_says_so_and_what_to_do(shared: Path) -> None:
    found = next(folders(shared, ""))
    assert found.essential
    assert "can write to this folder" in found.what
    assert "chmod go-w" in found.remedy
    shared.chmod(0o700)
    assert not next(folders(shared, "")).remedy
