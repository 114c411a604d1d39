"""The losses of single steps as a table, read from the journal in pieces, never as a whole in memory.

The journal has every step of a run that does fewer than about 600 per second; otherwise the lowest and the
highest of every few.
"""

import csv
import io
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from math import inf
from typing import Literal

from tui_lab.errors import RunError
from tui_lab.protocol.events import LOSS, EpochEnded, Measured, RunResumed
from tui_lab.protocol.steering_events import Undone
from tui_lab.runs.files.strict_json import finite_or_text
from tui_lab.runs.folder.folder import JOURNAL, RunFolder
from tui_lab.runs.journal.journal_reader import Follower

Row = tuple[int, int, float]
"""Epoch, step, training loss."""
COLUMNS = ("epoch", "step", "train_loss")
_MANY = 2000  # rows per piece of text


def step_losses(folder: RunFolder) -> Iterator[Row]:
    """The steps that count: not those that were undone, nor those that a resumed run repeated.

    Raises RunError if there is no readable journal.
    """
    if not folder.files.exists(JOURNAL):
        raise RunError(f"{folder.journal}: there is no journal")
    cuts: list[tuple[int, int]] = []  # the record that went back, and the step it went back to
    until = 0
    for chunk in Follower(folder.journal).chunks():
        for record in chunk:
            until = record.seq
            if isinstance(record.event, Undone | RunResumed):
                cuts.append((record.seq, record.event.step))
    lowest: float = inf
    limits: list[tuple[int, float]] = []  # up to that record, steps beyond the limit were undone later
    for seq, step in reversed(cuts):
        lowest = min(lowest, step)
        limits.append((seq, lowest))
    ends: list[tuple[int, int]] = []  # the last step of each epoch so far, and the epoch
    for chunk in Follower(folder.journal).chunks():
        for record in chunk:
            event = record.event
            if record.seq > until:
                return
            while limits and record.seq > limits[-1][0]:
                limits.pop()
            if isinstance(event, Undone | RunResumed):
                del ends[bisect_left(ends, (event.step + 1, 0)) :]
            elif isinstance(event, EpochEnded):
                ends.append((event.step, event.epoch))
            elif isinstance(event, Measured):
                most = limits[-1][1] if limits else inf
                for step, loss in event.series.get(LOSS, ()):
                    if step <= most:
                        yield _epoch(step, ends, event.epoch), step, loss


def _epoch(step: int, ends: list[tuple[int, int]], latest: int) -> int:
    """The epoch of a step. One record may hold the steps of several epochs, and names the last."""
    place = bisect_left(ends, (step, 0))
    return ends[place][1] if place < len(ends) else latest


def as_text(rows: Iterable[Row], form: Literal["csv", "json"]) -> Iterator[str]:
    """The rows as CSV with a heading, or as a JSON list of records; `pandas` reads both."""
    part = io.StringIO()
    table = csv.writer(part, lineterminator="\n")
    between = "["
    if form == "csv":
        table.writerow(COLUMNS)
    for count, (epoch, step, loss) in enumerate(rows, 1):
        cells = epoch, step, finite_or_text(loss)
        if form == "csv":
            table.writerow(cells)
        else:
            part.write(between + "\n" + json.dumps(dict(zip(COLUMNS, cells, strict=True))))
            between = ","
        if not count % _MANY:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    if form == "json":
        part.write("[]\n" if between == "[" else "\n]\n")
    yield part.getvalue()
