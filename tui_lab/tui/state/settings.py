"""What the lab remembers between sessions: a short text for each setting, one file each."""

from contextlib import suppress
from pathlib import Path

import platformdirs

from tui_lab.files import write_atomically

_MOST = 200


def _file(name: str) -> Path:
    return platformdirs.user_config_path("tui-lab") / name


def read_setting(name: str) -> str:
    """The saved text; empty if there is none or it cannot be read."""
    try:
        with _file(name).open(encoding="utf-8") as file:
            return file.read(_MOST).strip()
    except (OSError, ValueError):
        return ""


def keep_setting(name: str, text: str) -> None:
    """Save a setting for the next session; failures are ignored."""
    with suppress(OSError):
        file = _file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, f"{text}\n".encode(), durable=False)
