"""The standard streams of a process that trains independently of whoever started it."""

import json
import os
from contextlib import suppress

from tui_lab.runs.folder.folder import LOG, RunFolder


class Answers:
    """The pipe to the process that started this one: its standard output, to which nothing else writes."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def give(self, message: dict[str, object]) -> None:
        """Send a message as one line; if the other side has gone, it is not an error."""
        with suppress(OSError):
            self._send(message)

    def give_before(self, message: dict[str, object]) -> None:
        """Send a message that is not the answer yet; if the other side has gone, nobody waits for that."""
        try:
            self._send(message)
        except OSError:
            os._exit(0)

    def _send(self, message: dict[str, object]) -> None:
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()

    def close(self) -> None:
        with suppress(OSError):
            self._stream.close()


def print_to_log(folder: RunFolder) -> None:
    """Output goes to the log in a folder from now on, or nowhere if the log is not a regular file."""
    try:
        log = folder.files.open_to_write(LOG, os.O_WRONLY | os.O_APPEND)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def empty_input() -> None:
    """Nothing more comes on standard input."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
