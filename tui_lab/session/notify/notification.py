"""A notification, as it is sent to anyone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notification:
    """What is said about a run. `status`: finished, stopped, diverged, failed, stalled or resumed.

    `title` and `text` are safe to show; `text` may have several lines.
    """

    run: str
    status: str
    title: str
    text: str

    @property
    def urgent(self) -> bool:
        return self.status in ("diverged", "failed", "stalled")
