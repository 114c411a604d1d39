"""What `train` says while it trains: nothing, a line now and then, a bar, or every event."""

import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tui_lab.cli.brought import transfer_text
from tui_lab.cli.output import can_redraw, complain, note, say
from tui_lab.cli.table import duration, number
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import (
    CheckpointFailed,
    DataLoaded,
    EpochEnded,
    Record,
    Warned,
    WeightsTransferred,
)
from tui_lab.protocol.view import RunView

LINE_EVERY_S = 5.0
_NOT_ASCII = re.compile(r"[^ -~]")


class Reporter:
    """Hears of every record, after it was folded into the view; says nothing. Entered for the run."""

    def hear(self, record: Record, view: RunView) -> None:
        """Say what there is to say. Raises RunError if stdout cannot be written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""


class Lines(Reporter):
    """A line for the first epoch, then for the newest one every few seconds; warnings as they come."""

    def __init__(self, run_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = -LINE_EVERY_S
        note(f"run {run_id}")

    def hear(self, record: Record, view: RunView) -> None:
        """Take note of epochs and warnings."""
        match record.event:
            case Warned(message=message) | CheckpointFailed(message=message):
                complain(f"warning: {message}")
            case DataLoaded(facts=facts):
                for fact in facts:
                    note(fact)
            case WeightsTransferred() as transfer:
                for line in transfer_text(transfer):
                    note(line)
            case EpochEnded() if self._clock() - self._last >= LINE_EVERY_S:
                self._last = self._clock()
                note(progress_text(view))


class Events(Reporter):
    """Every event on stdout, one JSON text a line, in ASCII: a terminal may be reading along."""

    def __init__(self, run_id: str, quiet: bool) -> None:
        if not quiet:
            note(f"run {run_id}")

    def hear(self, record: Record, view: RunView) -> None:
        """Put the record on stdout."""
        say(ascii_json(encode(record)))


def make_reporter(args: Namespace, run_id: str) -> Reporter:
    """The reporter that the arguments and the terminal call for."""
    if args.json:
        return Events(run_id, args.quiet)
    if args.quiet:
        return Reporter()
    if can_redraw(sys.stderr):
        from tui_lab.cli.progress import Bar  # rich takes 50 ms

        return Bar(run_id)
    return Lines(run_id)


def progress_text(view: RunView) -> str:
    """How far a run is, in one line."""
    parts = [f"epoch {view.epoch}/{total_epochs(view)}"]
    if view.history:
        latest = view.history[-1]
        parts += [f"train {number(latest.train_loss)}", f"val {number(latest.val_loss)}"]
    parts.append(pace(view))
    return "  ".join(part for part in parts if part)


def pace(view: RunView) -> str:
    """Steps a second and the time left, as far as they are known."""
    rate, left = view.steps_per_second, view.seconds_left
    return "" if not rate else f"{rate:,.0f} steps/s  {duration(left)} left"


def total_epochs(view: RunView) -> int:
    """How many epochs the run will have if nothing ends it early."""
    return view.hyper.epochs if view.hyper else 0


def ascii_json(line: bytes) -> str:
    """The same JSON text in printable ASCII: what is not can only stand in its strings."""
    text = line.decode("utf-8")
    return text if text.isascii() and text.isprintable() else _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()  # beyond U+FFFF JSON has two escapes
    return "".join(f"\\u{units[k : k + 4]}" for k in range(0, len(units), 4))
