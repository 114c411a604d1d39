"""The output of `train` during training: nothing, a line now and then, a bar, or every event."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Self

from tui_lab.cli.output.output import note, say
from tui_lab.cli.output.text_table import duration, number
from tui_lab.cli.output.transfer_text import transfer_text
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import (
    CheckpointFailed,
    DataLoaded,
    EpochEnded,
    Event,
    Record,
    Warned,
    WeightsTransferred,
)
from tui_lab.protocol.view import RunView

LINE_EVERY_S = 5.0
_NOT_ASCII = re.compile(r"[^ -~]")


class Reporter:
    """Gets every record after it was folded into the view; prints nothing. Used as a context manager."""

    def hear(self, record: Record, view: RunView) -> None:
        """Report a record. Raises RunError if stdout cannot be written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the terminal."""


class LineReporter(Reporter):
    """A line for the first epoch, then for the latest one every few seconds; warnings at once."""

    def __init__(self, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = -LINE_EVERY_S
        note(f"run {run_id}")

    def hear(self, record: Record, view: RunView) -> None:
        for line in remarks(record.event):
            note(line)
        if isinstance(record.event, EpochEnded) and self._clock() - self._last >= LINE_EVERY_S:
            self._last = self._clock()
            note(progress_text(view))


class EventReporter(Reporter):
    """Every event on stdout as JSON lines, in ASCII, since stdout may be a terminal."""

    def __init__(self, run_id: str, quiet: bool) -> None:
        if not quiet:
            note(f"run {run_id}")

    def hear(self, record: Record, view: RunView) -> None:
        say(ascii_json(encode(record)))


def remarks(event: Event) -> Iterator[str]:
    """What is said of an event as soon as it happens, a line each."""
    match event:
        case Warned(message=message) | CheckpointFailed(message=message):
            yield f"tui-lab: warning: {message}"
        case DataLoaded(facts=facts):
            yield from facts
        case WeightsTransferred():
            yield from transfer_text(event)


def progress_text(view: RunView) -> str:
    """The progress of a run in one line."""
    return "  ".join(filter(None, (epoch_text(view), losses_text(view), pace(view))))


def epoch_text(view: RunView) -> str:
    """The current epoch, and how many there are if nothing ends the run early."""
    return f"epoch {view.epoch}/{view.hyper.epochs if view.hyper else 0}"


def losses_text(view: RunView) -> str:
    """The losses of the latest epoch, if one has ended."""
    latest = view.history.last
    return f"train {number(latest.train_loss)}  val {number(latest.val_loss)}" if latest else ""


def pace(view: RunView) -> str:
    """Steps per second and the time left, if known."""
    rate, left = view.steps_per_second, view.seconds_left
    return "" if not rate else f"{rate:,.0f} steps/s  {duration(left)} left"


def ascii_json(line: bytes) -> str:
    """The same JSON text in printable ASCII; other characters occur only in strings."""
    text = line.decode("utf-8")
    return text if text.isascii() and text.isprintable() else _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()  # beyond U+FFFF, JSON needs two escapes
    return "".join(f"\\u{units[k : k + 4]}" for k in range(0, len(units), 4))
