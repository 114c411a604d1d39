"""Doctor finds systems that end a user's processes at log-out."""

import getpass
from pathlib import Path

import pytest

from tui_lab.cli.doctor.logout import logging_out


@pytest.mark.parametrize(
    ("texts", "kills"),
    [
        ([], False),
        (["[Login]\n#KillUserProcesses=yes\n"], False),
        (["[Login]\nKillUserProcesses=yes\n"], True),
        (["KillUserProcesses = yes\n", "KillUserProcesses=no\n"], False),
        (["KillUserProcesses=no\n", "KillUserProcesses=1\n"], True),
    ],
)
def test_the_setting_is_found_and_the_remedy_named(tmp_path: Path, texts: list[str], kills: bool) -> None:
    files = [tmp_path / f"{k}.conf" for k in range(len(texts))]
    for path, text in zip(files, texts, strict=True):
        path.write_text(text)
    (found,) = logging_out([*files, tmp_path / "missing.conf"], linger=tmp_path / "linger")
    assert bool(found.remedy) is kills
    assert not kills or "enable-linger" in found.remedy
    (tmp_path / "linger").mkdir()
    (tmp_path / "linger" / getpass.getuser()).touch()
    (found,) = logging_out(files, linger=tmp_path / "linger")
    assert not found.remedy
