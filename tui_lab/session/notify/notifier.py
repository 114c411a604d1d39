"""Watches a run from inside the process that trains it, and notifies people when it ends or stands still."""

import atexit
import os
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from tui_lab.protocol.events import EpochEnded, Event, Measured, RunEnded, Tested
from tui_lab.runs.folder.folder import LOG, RunFolder
from tui_lab.runs.folder.labels import read_label
from tui_lab.session.notify.notification import Notification
from tui_lab.session.notify.standstill import Standstill
from tui_lab.session.notify.targets import Target
from tui_lab.session.notify.words import Said

STALLED_S, LOOK_S = 300.0, 5.0
LEAVE_S = 15.0
"""How long a process that is about to exit waits for its notifications to be sent."""
_sending: list[Thread] = []


class Notifier:
    """Call `hear` with each event of a run; it never waits for anything.

    `stalled_s`: after so many seconds without an update a run stands still, unless it is paused.
    """

    def __init__(
        self,
        folder: RunFolder,
        targets: Sequence[Target],
        stalled_s: float = STALLED_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._folder = folder
        self._targets = [target for target in targets if target.kind != "bell"]
        self._look_s = look_s
        self._said = Said()
        self._standstill = Standstill(monotonic(), stalled_s)
        self._ended: SimpleQueue[None] = SimpleQueue()
        if self._targets:
            Thread(target=self._watch, name="notifier", daemon=True).start()

    def hear(self, event: Event) -> None:
        """Take note of an event, from the training thread."""
        if not self._targets:
            return
        self._standstill.hear(event, monotonic())
        if isinstance(event, RunEnded):
            self._ended.put(None)
            self._notify(event.status, self._said.at_end(event))
        elif isinstance(event, Measured | EpochEnded | Tested):
            self._said.note(event)

    def _watch(self) -> None:
        """Notify when the run stands still, and when it goes on; ends with the run."""
        while True:
            with suppress(Empty):
                return self._ended.get(timeout=self._look_s)
            now = monotonic()
            found = self._standstill.look(now)
            if found == "stalled":
                self._notify(found, self._said.standing_still(self._standstill.seconds(now)))
            elif found == "resumed":
                self._notify(found, "it trains again")

    def _notify(self, status: str, text: str) -> None:
        note = self._said.notification(self._folder.run_id, read_label(self._folder).name, status, text)
        if not _sending:
            atexit.register(wait_until_sent)
        for target in self._targets:
            sending = Thread(target=self._send, args=(target, note), daemon=True)
            _sending.append(sending)
            sending.start()

    def _send(self, target: Target, note: Notification) -> None:
        from tui_lab.session.notify.send import send  # urllib takes 30 ms

        if problem := send(target, note):
            with suppress(OSError):
                fd = self._folder.files.open_to_write(LOG, os.O_WRONLY | os.O_APPEND)
                with os.fdopen(fd, "a", encoding="utf-8") as log:
                    log.write(f"{problem}\n")


def wait_until_sent(timeout_s: float = LEAVE_S) -> None:
    """Wait for notifications on their way; Ctrl+C stops waiting."""
    end = monotonic() + timeout_s
    with suppress(KeyboardInterrupt):
        while _sending:
            _sending[-1].join(max(0.0, end - monotonic()))
            _sending.pop()
