"""Whom to notify: what `--notify`, the environment, or a file in the configuration folder asks for.

The targets reach the process that trains in its environment. They may be secret (a webhook's address lets
anyone post), so they are never written to the run's folder.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import platformdirs

from tui_lab.errors import InputError
from tui_lab.safe import safe

VARIABLE, FILE = "TUI_LAB_NOTIFY", "notify"
BELL = "bell"
_NTFY = "ntfy+"
_MOST_BYTES = 20_000
Kind = Literal["bell", "ntfy", "slack", "discord", "webhook", "command"]


@dataclass(frozen=True, slots=True)
class Target:
    """Someone to notify. `address`: the URL, or the shell command; empty for the terminal's bell."""

    kind: Kind
    address: str = ""

    @property
    def shown(self) -> str:
        """The target without anything secret in it: for a URL, its host."""
        if self.kind in ("bell", "command"):
            return f"{self.kind} {safe(self.address, 60)}".strip()
        return f"{self.kind} at {safe(urlsplit(self.address).hostname, 60)}"


def read_target(text: str) -> Target:
    """`bell`, the URL of a webhook, or a shell command. Raises InputError.

    An address of a server named ntfy is a topic of ntfy (https://ntfy.sh), as is one after `ntfy+`; Slack and
    Discord are known by their host; any other server gets JSON.
    """
    text = text.strip()
    if not text:
        raise InputError("--notify: give `bell`, the address of a webhook, or a command")
    if text == BELL:
        return Target("bell")
    topic = text.startswith(_NTFY)
    address = text.removeprefix(_NTFY)
    if "://" not in address.split(maxsplit=1)[0]:
        return Target("command", text)
    parts = _split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"--notify: not an http or https address: {safe(text, 100)}")
    host = parts.hostname
    if topic or "ntfy" in host.split("."):
        if not parts.path.strip("/"):
            raise InputError(f"--notify: a topic is missing: {parts.scheme}://{safe(host, 60)}/TOPIC")
        return Target("ntfy", address)
    if host.endswith("slack.com"):
        return Target("slack", address)
    return Target("discord" if host.endswith(("discord.com", "discordapp.com")) else "webhook", address)


def targets() -> list[Target]:
    """Everyone to notify: a line each in TUI_LAB_NOTIFY, or else in the file `notify`. Raises InputError."""
    return [read_target(line) for line in _lines() if line.strip() and not line.lstrip().startswith("#")]


def set_targets(texts: Iterable[str]) -> None:
    """Notify these, in this process and in those that it starts. Raises InputError."""
    wanted = list(texts)
    for text in wanted:
        read_target(text)
    os.environ[VARIABLE] = "\n".join(wanted)


def settings_file() -> Path:
    """Where the targets of all runs may be listed."""
    return platformdirs.user_config_path("tui-lab") / FILE


def _lines() -> list[str]:
    if (given := os.environ.get(VARIABLE)) is not None:
        return given.splitlines()
    try:
        with settings_file().open(encoding="utf-8") as file:
            return file.read(_MOST_BYTES).splitlines()
    except (OSError, ValueError):
        return []


def _split(address: str) -> SplitResult | None:
    """The parts of a URL; None if it is not one."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 and address.isprintable() and " " not in address else None
    except ValueError:
        return None
