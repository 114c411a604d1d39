"""Whether the system ends a user's processes at log-out: then a run would not outlive it."""

import getpass
from collections.abc import Iterator
from pathlib import Path

from tui_lab.cli.checks import Finding

_LOGIND = (Path("/etc/systemd/logind.conf"), Path("/usr/lib/systemd/logind.conf"))
_DROP_INS = (Path("/usr/lib/systemd/logind.conf.d"), Path("/run/systemd/logind.conf.d"))
_ETC_DROP_INS = Path("/etc/systemd/logind.conf.d")
_LINGER = Path("/var/lib/systemd/linger")


def logging_out(files: list[Path] | None = None, linger: Path = _LINGER) -> Iterator[Finding]:
    """What becomes of a run when its owner logs out.

    `files`: logind's settings, the later ones prevail; found in their usual places if not given.
    """
    kills = False
    for path in _settings() if files is None else files:
        kills = _kills(path, kills)
    if not kills:
        yield Finding("logging out leaves processes alone")
    elif _lingers(linger):
        yield Finding("logging out leaves processes alone: lingering is on for you")
    else:
        yield Finding(
            "logging out ends all your processes (KillUserProcesses of systemd-logind), runs among them",
            "`loginctl enable-linger` keeps them",
        )


def _settings() -> list[Path]:
    main = next((path for path in _LOGIND if path.is_file()), None)
    parts = [part for folder in (*_DROP_INS, _ETC_DROP_INS) for part in sorted(folder.glob("*.conf"))]
    return ([main] if main else []) + parts


def _kills(path: Path, before: bool) -> bool:
    """The setting after reading one file; unchanged where it says nothing or cannot be read."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return before
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() == "KillUserProcesses":
            before = value.strip().lower() in ("yes", "true", "on", "1")
    return before


def _lingers(folder: Path) -> bool:
    try:
        return (folder / getpass.getuser()).exists()
    except (OSError, KeyError):
        return False
