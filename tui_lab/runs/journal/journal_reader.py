"""Reading a journal: all of it, or what has been added since the last look."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from tui_lab.errors import RunError
from tui_lab.files import reason
from tui_lab.protocol.codec import decode
from tui_lab.protocol.events import Record
from tui_lab.protocol.packed import are_epochs, unpack_epochs
from tui_lab.protocol.sealing import seal_of
from tui_lab.runs.files.secure_files import SecureFolder

FORMAT, VERSION = "tui-lab.events", 1
CHUNK_BYTES = 2**18
_UNSEALED = b"}}"  # a line of an earlier version ends like this; a line with a damaged checksum does not


@dataclass(slots=True)
class JournalPosition:
    """How far a journal was read: `offset` bytes, up to record `seq`; `damaged` lines were skipped.

    `crc`: the checksum of the bytes read so far.
    `problem`: what is wrong with the first line, if anything.
    """

    offset: int = 0
    seq: int = 0
    damaged: int = 0
    crc: int = 0
    problem: str = ""


def left_out(damaged: int) -> str:
    """What is said of damaged lines."""
    return f"damaged lines skipped: {damaged:,}"


class Follower:
    """Reads a growing journal. Only whole lines are taken; a damaged one is skipped and counted.

    A line is damaged if its checksum is wrong, or if it is not a record: lines of earlier versions have no
    checksum. A record whose number is not higher than the previous one also counts as damaged. One changed
    byte costs one record, even if it changes a number.
    """

    def __init__(self, path: Path, place: JournalPosition | None = None) -> None:
        """`place`: how far it has been read already."""
        self.place = place or JournalPosition()
        self.torn = 0
        self._path = path

    @property
    def damaged(self) -> int:
        return self.place.damaged

    @property
    def problem(self) -> str:
        return self.place.problem

    def skip(self) -> None:
        """Skip what is there: only what comes after it is read. A half-written line will count as damaged."""
        with suppress(OSError):
            self.place.offset = SecureFolder(self._path.parent).state(self._path.name).st_size

    def poll(self) -> list[Record]:
        """The records since the last call; none if the file does not exist (yet).

        Raises RunError if it cannot be read.
        """
        return [record for chunk in self.chunks() for record in chunk]

    def chunks(self) -> Iterator[list[Record]]:
        """Like `poll`, a piece at a time: a long journal is never in memory as a whole."""
        try:
            fd = SecureFolder(self._path.parent).open(self._path.name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            size, last = CHUNK_BYTES, False
            while not last:
                content = self._read(fd, size)
                last = len(content) < size
                end = content.rfind(b"\n") + 1
                self.torn = len(content) - end
                lines = content[:end].split(b"\n")[:-1]
                if len(lines) < 2 and not last:
                    size *= 2  # a line longer than a chunk
                    continue
                yield self._take(lines, last=last)
        finally:
            os.close(fd)

    def _read(self, fd: int, size: int) -> bytes:
        try:
            return os.pread(fd, size, self.place.offset)
        except OSError as error:
            raise self._unreadable(error) from None

    def _take(self, lines: list[bytes], *, last: bool) -> list[Record]:
        """The records of some lines. Unless they are the last lines so far, the final record is read again
        with the next ones: only the record after it shows whether its number can be right.
        """
        if lines and self.place.offset == 0:
            self._advance(lines[:1])
            self._check_header(lines.pop(0))
        before = self.place.seq
        found = [self._decoded(line) for line in lines]
        kept = self._ordered([record for records in found for record in records])
        at_the_end = bool(kept and found[-1]) and kept[-1] is found[-1][-1]
        if at_the_end and not last and seal_of(lines[-1]) == "none":
            kept.pop()
            lines.pop()
        self._advance(lines)
        self.place.seq = kept[-1].seq if kept else before
        return kept

    def _advance(self, lines: list[bytes]) -> None:
        content = b"".join([line + b"\n" for line in lines])
        self.place.offset += len(content)
        self.place.crc = crc32(content, self.place.crc)

    def _unreadable(self, error: OSError) -> RunError:
        return RunError(f"{self._path}: cannot be read: {reason(error)}")

    def _check_header(self, line: bytes) -> None:
        found = seal_of(line)
        version = header_version(line)
        if found == "broken":
            self.place.problem = "the first line is damaged"
        elif version is None:
            self.place.problem = "not a journal: its first line is wrong"
        elif version > VERSION:
            self.place.problem = f"written by a newer tui-lab (journal version {version})"

    def _decoded(self, line: bytes) -> list[Record]:
        """The record of a line, or all those of a line of epochs; none if it is damaged."""
        found = seal_of(line)
        try:
            packed = are_epochs(line)
            if found == "broken" or (found == "none" and (packed or not line.endswith(_UNSEALED))):
                raise ValueError("not as it was written")
            return unpack_epochs(line) if packed else [decode(line)]
        except ValueError:
            self.place.damaged += 1
            return []

    def _ordered(self, records: list[Record]) -> list[Record]:
        """Drop records out of order; of two that contradict each other, the one that jumped ahead."""
        kept: list[Record] = []
        for record in records:
            if kept and record.seq <= kept[-1].seq:
                before = kept[-2].seq if len(kept) > 1 else self.place.seq
                self.place.damaged += 1
                if not (before < record.seq and kept[-1].seq > before + 1):
                    continue
                kept.pop()
            elif record.seq <= self.place.seq:
                self.place.damaged += 1
                continue
            kept.append(record)
        return kept


def header_version(line: bytes) -> int | None:
    """The version in the first line of a journal; None if it is not such a line, or damaged."""
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("format") != FORMAT or seal_of(line) == "broken":
        return None
    version = header.get("version")
    return version if type(version) is int else None
