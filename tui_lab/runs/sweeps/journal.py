"""The journal of a sweep: lines of JSON with a checksum, one writer, any number of readers."""

import json
import os
import time
from pathlib import Path
from typing import Self

from tui_lab.errors import RunError
from tui_lab.files import reason
from tui_lab.protocol.sealing import seal, seal_of
from tui_lab.protocol.sweeps.events import SweepEvent, SweepRecord, decode_record, encode_record
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.journal.torn_line import cut_torn_line

FORMAT, VERSION = "tui-lab.sweep", 1
_CHUNK = 2**20


class SweepJournal:
    """The one writer. An event is with the system when `append` returns, unless it `waits`; `sync` forces
    it to disk.

    Unlike that of a run it cannot do without its disk: an event that cannot be written raises RunError.
    """

    def __init__(self, path: Path, fd: int, seq: int) -> None:
        self._path, self._fd, self._seq = path, fd, seq
        self._waiting = bytearray()

    @classmethod
    def open(cls, path: Path, seq: int) -> Self:
        """Start a journal, or append to one after record `seq`; a torn last line is cut off first.

        Raises RunError.
        """
        try:
            fd = SecureFolder(path.parent).open_to_write(path.name, os.O_RDWR | os.O_APPEND)
            cut_torn_line(fd)
            journal = cls(path, fd, seq)
            if os.fstat(fd).st_size == 0:
                journal._waiting += seal(json.dumps({"format": FORMAT, "version": VERSION}).encode()) + b"\n"
        except OSError as error:
            raise RunError(f"{path}: cannot be opened: {reason(error)}") from None
        return journal

    def append(self, event: SweepEvent, *, waits: bool = False) -> SweepRecord:
        """Add an event, numbered and dated. `waits`: it may be written together with the next one."""
        self._seq += 1
        record = SweepRecord(self._seq, time.time(), event)
        self._waiting += seal(encode_record(record)) + b"\n"
        if not waits:
            self.flush()
        return record

    def flush(self) -> None:
        """Write what waits."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self._fd, self._waiting)]
        except OSError as error:
            raise RunError(f"{self._path}: cannot be written: {reason(error)}") from None

    def sync(self) -> None:
        """Write what waits, and force it to disk."""
        self.flush()
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise RunError(f"{self._path}: cannot be written: {reason(error)}") from None

    def close(self) -> None:
        """Write and sync. Raises RunError."""
        if self._fd >= 0:
            try:
                self.sync()
            finally:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SweepReader:
    """Reads a growing journal: whole lines only. A damaged line is skipped and counted in `damaged`."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self.seq = path, 0, 0
        self.damaged = 0
        self.problem = ""

    def poll(self) -> list[SweepRecord]:
        """The records since the last call; none if the file does not exist (yet). Raises RunError."""
        try:
            fd = SecureFolder(self._path.parent).open(self._path.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RunError(f"{self._path}: cannot be read: {reason(error)}") from None
        try:
            return self._read(fd)
        except OSError as error:
            raise RunError(f"{self._path}: cannot be read: {reason(error)}") from None
        finally:
            os.close(fd)

    def _read(self, fd: int) -> list[SweepRecord]:
        found: list[SweepRecord] = []
        pending = b""
        while content := os.pread(fd, _CHUNK, self._offset + len(pending)):
            pending += content
            end = pending.rfind(b"\n") + 1
            for line in pending[:end].split(b"\n")[:-1]:
                found += self._taken(line)
                self._offset += len(line) + 1
            pending = pending[end:]
        return found

    def _taken(self, line: bytes) -> list[SweepRecord]:
        if self._offset == 0:
            self._check_header(line)
            return []
        try:
            if seal_of(line) != "whole":
                raise ValueError("not as it was written")
            record = decode_record(line)
            if record.seq <= self.seq:
                raise ValueError("out of order")
        except ValueError:
            self.damaged += 1
            return []
        self.seq = record.seq
        return [record]

    def _check_header(self, line: bytes) -> None:
        try:
            header = json.loads(line)
            version = header["version"] if header["format"] == FORMAT and seal_of(line) == "whole" else None
        except (ValueError, RecursionError, TypeError, KeyError):
            version = None
        if type(version) is not int:
            self.problem = "not the journal of a sweep: its first line is wrong or damaged"
        elif version > VERSION:
            self.problem = f"written by a newer tui-lab (sweep version {version})"
