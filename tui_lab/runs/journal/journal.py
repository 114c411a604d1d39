"""Writing a journal: lines with a checksum, one writer; a crash loses only what is in memory."""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from tui_lab.errors import RunError
from tui_lab.files import reason
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, EpochEnded, Event, Measured, Record
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.packed import MAX_EPOCHS, pack_epochs, pack_points
from tui_lab.protocol.sealing import seal
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.journal.byte_rate import ByteRate
from tui_lab.runs.journal.journal_reader import FORMAT, VERSION, header_version
from tui_lab.runs.journal.snapshot import SnapshotWriter, folded
from tui_lab.runs.journal.torn_line import cut_torn_line

FLUSH_INTERVAL_S = 0.09  # less than between two reports of the engine
FAST_EPOCHS, FAST_S = 64, 3.2
"""Epochs come fast if the last 64 took less than that: more than 20 a second."""
MAX_WAITING_BYTES = 32 * 2**20


class Journal:
    """The one writer of a journal.

    What is measured at steps waits in memory for at most `FLUSH_INTERVAL_S`, and so do epochs if they come
    fast: those that wait are written in one line, in a sixth of the bytes. Every other event is written at
    once, with everything that is waiting. Only `sync` and `close` force it to disk.

    A failing disk does not end training: what could not be written stays in memory, `failed` says why, and
    every later write tries again. Beyond `MAX_WAITING_BYTES` measurements of steps are dropped, beyond twice
    that all events; `dropped` counts them.

    If it grows faster than `BYTES_PER_S` for long, reports of steps get fewer points; epochs are all kept.

    A long journal gets a snapshot of its view now and then, and at its end.
    """

    def __init__(self, path: Path, fd: int, snapshots: SnapshotWriter, clock: Callable[[], float]) -> None:
        self.failed = ""
        self.dropped = 0
        self.next_seq = snapshots.place.seq + 1
        self._snapshots = snapshots
        self._path = path
        self._fd = fd
        self._clock = clock
        self._waiting = bytearray()
        self._records_in: list[int] = []
        """How many records each line has, of those that are or were waiting since all was written."""
        self._epochs: list[Record] = []
        self._ended_at: deque[float] = deque(maxlen=FAST_EPOCHS)
        self._last_write = -FLUSH_INTERVAL_S
        self._rate = ByteRate(clock)

    @property
    def view(self) -> RunView | None:
        """What the lines so far add up to, not to be changed; None if that is not known."""
        return self._snapshots.view

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.monotonic) -> Self:
        """Start a journal, or append to one: a torn last line is cut off first.

        `clock` measures the seconds between two writes. Raises RunError if the file cannot be used.
        """
        try:
            fd = SecureFolder(path.parent).open_to_write(path.name, os.O_RDWR | os.O_APPEND)
        except OSError as error:
            raise RunError(f"{path}: cannot be opened: {reason(error)}") from None
        try:
            return cls(path, fd, _prepare(fd, path), clock)
        except OSError as error:
            os.close(fd)
            raise RunError(f"{path}: cannot be written: {reason(error)}") from None
        except RunError:
            os.close(fd)
            raise

    def append(self, event: Event | Record) -> Record:
        """Append an event, numbered and dated, or a record that already is. Never raises OSError."""
        if isinstance(event, Record):
            if event.seq < self.next_seq:
                raise ValueError(f"record {event.seq} comes after record {self.next_seq - 1}")
            record = event
        else:
            if isinstance(event, Measured):
                event = self._rate.fit(event)
            record = Record(self.next_seq, time.time(), event)
        self.next_seq = record.seq + 1
        steps = isinstance(record.event, Measured | LayersMeasured)
        if len(self._waiting) > MAX_WAITING_BYTES * (1 if steps else 2):
            self.dropped += 1
            self._snapshots.give_up()
        elif isinstance(record.event, EpochEnded):
            self._epochs.append(record)
        else:
            self._line_up_epochs()
            self._line_up([record], pack_points(record) or encode(record))
        if not self._may_wait(record.event):
            self.flush()
        return record

    def flush(self) -> bool:
        """Write everything that is waiting. False if that failed; `failed` says why."""
        self._line_up_epochs()
        written = self._attempt(self._write)
        if written:
            self._snapshots.keep_if_due()
        return written

    def sync(self) -> bool:
        """Like `flush`, and force it to disk."""
        return self.flush() and self._attempt(lambda: os.fsync(self._fd))

    def close(self) -> None:
        """Write and sync. Raises RunError if events are lost; closing twice does nothing."""
        if self._fd < 0:
            return
        whole = self.sync() and not self.dropped
        if whole:
            self._snapshots.keep_the_end()
        os.close(self._fd)
        self._fd = -1
        if not whole:
            lines = self._waiting.count(b"\n")
            lost = self.dropped + sum(self._records_in[-lines:] if lines else ())
            raise RunError(f"{self.failed or self._path}; events of the run lost: {lost}")

    def _may_wait(self, event: Event) -> bool:
        now = self._clock()
        if isinstance(event, EpochEnded):
            fast = len(self._ended_at) == FAST_EPOCHS and now - self._ended_at[0] < FAST_S
            self._ended_at.append(now)
            if not fast or len(self._epochs) == MAX_EPOCHS:
                return False
        elif not isinstance(event, Measured | LayersMeasured):
            if not isinstance(event, CheckpointSaved | CheckpointFailed):
                self._ended_at.clear()  # a command, perhaps: a run may now train a single epoch, and wait
            return False
        return now - self._last_write < FLUSH_INTERVAL_S

    def _line_up_epochs(self) -> None:
        records, self._epochs = self._epochs, []
        line = pack_epochs(records) if len(records) > 1 else None
        if line is not None:
            self._line_up(records, line)
            return
        for record in records:
            self._line_up([record], encode(record))

    def _line_up(self, records: Sequence[Record], text: bytes) -> None:
        line = seal(text) + b"\n"
        self._waiting += line
        self._rate.spend(len(line))
        self._records_in.append(len(records))
        self._snapshots.take(records, line)

    def _attempt(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except OSError as error:
            self.failed = f"{self._path}: cannot be written: {reason(error)}"
        else:
            self.failed = ""
        return not self.failed

    def _write(self) -> None:
        """A write may stop in the middle of a line; the rest of that line then stays in memory."""
        self._last_write = self._clock()
        if os.fstat(self._fd).st_nlink == 0:
            raise FileNotFoundError(None, "it was removed")
        while self._waiting:
            written = os.write(self._fd, self._waiting)
            del self._waiting[:written]
        self._records_in.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _prepare(fd: int, path: Path) -> SnapshotWriter:
    """Make the file end with a whole line, or write the first one if it is new; its content, folded."""
    cut_torn_line(fd)
    if os.fstat(fd).st_size == 0:
        os.write(fd, seal(json.dumps({"format": FORMAT, "version": VERSION}).encode()) + b"\n")
    version = header_version(os.pread(fd, 1000, 0).split(b"\n")[0])
    if version is not None and version > VERSION:
        raise RunError(f"{path}: written by a newer tui-lab (journal version {version})")
    view, follower = folded(path)
    return SnapshotWriter(path, view, follower.place)
