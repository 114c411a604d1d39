"""The output of `train` during training: nothing, a line now and then, a bar, or every event."""

import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Self

from tui_lab.cli.output.output import can_redraw, complain, note, say
from tui_lab.cli.output.text_table import duration, number
from tui_lab.cli.output.transfer_text import transfer_text
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
        """Report epochs and warnings."""
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
    """Every event on stdout as JSON lines, in ASCII, since stdout may be a terminal."""

    def __init__(self, run_id: str, quiet: bool) -> None:
        if not quiet:
            note(f"run {run_id}")

    def hear(self, record: Record, view: RunView) -> None:
        """Write the record to stdout."""
        say(ascii_json(encode(record)))


def make_reporter(args: Namespace, run_id: str) -> Reporter:
    """The reporter for these arguments and this terminal."""
    if args.json:
        return Events(run_id, args.quiet)
    if args.quiet:
        return Reporter()
    if can_redraw(sys.stderr):
        from tui_lab.cli.output.progress import Bar  # rich takes 50 ms

        return Bar(run_id)
    return LineReporter(run_id)


def progress_text(view: RunView) -> str:
    """The progress of a run in one line."""
    parts = [f"epoch {view.epoch}/{total_epochs(view)}"]
    if view.history:
        latest = view.history[-1]
        parts += [f"train {number(latest.train_loss)}", f"val {number(latest.val_loss)}"]
    parts.append(pace(view))
    return "  ".join(part for part in parts if part)


def pace(view: RunView) -> str:
    """Steps per second and the time left, if known."""
    rate, left = view.steps_per_second, view.seconds_left
    return "" if not rate else f"{rate:,.0f} steps/s  {duration(left)} left"


def total_epochs(view: RunView) -> int:
    """The number of epochs if nothing ends the run early."""
    return view.hyper.epochs if view.hyper else 0


def ascii_json(line: bytes) -> str:
    """The same JSON text in printable ASCII; other characters occur only in strings."""
    text = line.decode("utf-8")
    return text if text.isascii() and text.isprintable() else _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()  # beyond U+FFFF, JSON needs two escapes
    return "".join(f"\\u{units[k : k + 4]}" for k in range(0, len(units), 4))
