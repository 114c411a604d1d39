"""Whether the system kills a user's processes at logout, including runs."""

import getpass
from collections.abc import Iterator
from pathlib import Path

from tui_lab.cli.doctor.checks import Finding

_LOGIND = (Path("/etc/systemd/logind.conf"), Path("/usr/lib/systemd/logind.conf"))
_DROP_INS = (Path("/usr/lib/systemd/logind.conf.d"), Path("/run/systemd/logind.conf.d"))
_ETC_DROP_INS = Path("/etc/systemd/logind.conf.d")
_LINGER = Path("/var/lib/systemd/linger")


def logging_out(files: list[Path] | None = None, linger: Path = _LINGER) -> Iterator[Finding]:
    """What happens to a run when its owner logs out.

    `files`: logind's settings, later ones override earlier ones; by default from their usual places.
    """
    kills = False
    for path in _settings() if files is None else files:
        kills = _kills(path, kills)
    if not kills:
        yield Finding("processes survive logging out")
    elif _lingers(linger):
        yield Finding("processes survive logging out: lingering is enabled for you")
    else:
        yield Finding(
            "logging out kills your processes, including runs (KillUserProcesses of systemd-logind)",
            "run `loginctl enable-linger` to keep them",
        )


def _settings() -> list[Path]:
    main = next((path for path in _LOGIND if path.is_file()), None)
    parts = [part for folder in (*_DROP_INS, _ETC_DROP_INS) for part in sorted(folder.glob("*.conf"))]
    return ([main] if main else []) + parts


def _kills(path: Path, before: bool) -> bool:
    """The setting after reading one file; unchanged if the file does not set it or cannot be read."""
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
