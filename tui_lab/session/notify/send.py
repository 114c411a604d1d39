"""Sending a notification: to a webhook, to a topic of ntfy, or to a command of the user's."""

import json
import os
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from tui_lab import __version__
from tui_lab.safe import safe
from tui_lab.session.notify.notification import Notification
from tui_lab.session.notify.targets import Target

TIMEOUT_S, COMMAND_S = 10.0, 60.0
PAUSES_S = (0.0, 2.0, 8.0)
"""How long to wait before each attempt to reach a server."""


def send(target: Target, note: Notification) -> str:
    """Send to one target; takes up to a minute. Why it failed, in one sentence, or empty.

    Nothing secret, such as the path of a webhook, is in that sentence.
    """
    if target.kind == "bell":  # rung by whoever has a terminal
        return ""
    problem = _run(target.address, note) if target.kind == "command" else _post(target, note)
    return f"could not notify {target.shown}: {problem}" if problem else ""


def _run(command: str, note: Notification) -> str:
    """Run a shell command, in the home folder wherever the process that trains was started.

    What is said comes in the environment, never as part of the command.
    """
    said = {"RUN": note.run, "STATUS": note.status, "TITLE": note.title, "TEXT": note.text}
    environment = os.environ | {f"TUI_LAB_{name}": value for name, value in said.items()}
    try:
        done = subprocess.run(
            command, shell=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=_home(), timeout=COMMAND_S, start_new_session=True, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return (
            f"took more than {COMMAND_S:.0f} s"
            if isinstance(error, subprocess.TimeoutExpired)
            else safe(error)
        )
    if not done.returncode:
        return ""
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return f"status {done.returncode}" + (f": {safe(last, 200)}" if last else "")


def _home() -> Path | None:
    """The home folder; None, for where we are, if there is none."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_dir() else None


def _post(target: Target, note: Notification) -> str:
    problem = ""
    for pause_s in PAUSES_S:
        time.sleep(pause_s)
        try:
            with urlopen(_request(target, note), timeout=TIMEOUT_S):
                return ""
        except HTTPError as error:
            problem = f"the server answered {error.code} {safe(error.reason, 60)}"
            if 400 <= error.code < 500 and error.code != 429:
                return problem  # asking again would not help
        except (URLError, OSError, ValueError) as error:
            problem = safe(getattr(error, "reason", None) or error, 100)
        except Exception as error:  # http.client's, of a server that speaks something else
            problem = safe(f"{type(error).__name__}: {error}", 100)
    return problem


def _request(target: Target, note: Notification) -> Request:
    address, body = target.address, _body(target, note)
    if target.kind == "ntfy":  # as JSON, since a header cannot hold every character
        parts = urlsplit(address)
        path, _, topic = parts.path.rstrip("/").rpartition("/")
        address = urlunsplit((parts.scheme, parts.netloc, path or "/", parts.query, ""))
        body = {"topic": topic, **body}
    headers = {"Content-Type": "application/json", "User-Agent": f"tui-lab/{__version__}"}
    return Request(address, json.dumps(body).encode(), headers, method="POST")


def _body(target: Target, note: Notification) -> dict[str, object]:
    whole = f"{note.title}\n{note.text}".strip()
    match target.kind:
        case "ntfy":
            return {
                "title": note.title,
                "message": note.text or note.title,
                "priority": 4 if note.urgent else 3,
            }
        case "slack":  # its three special characters, so that a name cannot mention people
            return {"text": whole.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
        case "discord":
            return {"content": whole[:2000], "allowed_mentions": {"parse": []}}
        case _:
            return {"run": note.run, "status": note.status, "title": note.title, "text": note.text}
