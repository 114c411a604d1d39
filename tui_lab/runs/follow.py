"""Reading a journal: all of it, or what has been added since the last look."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tui_lab.errors import RunError
from tui_lab.protocol.codec import decode
from tui_lab.protocol.events import Record
from tui_lab.runs.atomic import reason
from tui_lab.runs.secure_files import SecureFolder
from tui_lab.safe import safe

FORMAT, VERSION = "tui-lab.events", 1


@dataclass(frozen=True, slots=True)
class JournalText:
    """What could be read: the records in order, how many lines could not, what the last line lacks.

    `torn`: bytes after the last line break, of a line whose writer was cut short or is still writing.
    `problem`: a sentence if the first line is not that of a journal of this version.
    """

    records: list[Record]
    damaged: int
    torn: int
    problem: str = ""


def read(path: Path) -> JournalText:
    """Read a journal as it is now. Raises RunError only if the file cannot be read at all."""
    if not SecureFolder(path.parent).exists(path.name):
        raise RunError(f"{safe(path, 300)}: there is no journal")
    follower = Follower(path)
    records = follower.poll()
    return JournalText(records, follower.damaged, follower.torn, follower.problem)


class Follower:
    """Reads a journal that grows. Only whole lines are taken; a damaged one is skipped and counted.

    Among the damaged are records whose number is not above the one before. One changed byte costs
    one record, also when it falls into a number.
    """

    def __init__(self, path: Path) -> None:
        self.damaged = 0
        self.torn = 0
        self.problem = ""
        self._path = path
        self._offset = 0
        self._seq = 0

    def skip(self) -> None:
        """Pass over what is there: only what comes after it is read. A half-written line will be damaged."""
        with suppress(OSError):
            self._offset = SecureFolder(self._path.parent).state(self._path.name).st_size

    def poll(self) -> list[Record]:
        """The records that have come since the last call; none if the file is not there (yet).

        Raises RunError if it cannot be read.
        """
        content = self._added()
        end = content.rfind(b"\n") + 1
        self.torn = len(content) - end
        lines = content[:end].split(b"\n")[:-1]
        if lines and self._offset == 0:
            self._check_header(lines[0])
            del lines[0]
        self._offset += end
        return self._ordered([record for line in lines if (record := self._decoded(line)) is not None])

    def _added(self) -> bytes:
        try:
            with os.fdopen(SecureFolder(self._path.parent).open(self._path.name), "rb") as file:
                file.seek(self._offset)
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise RunError(f"{safe(self._path, 300)}: cannot be read: {reason(error)}") from None

    def _check_header(self, line: bytes) -> None:
        version = header_version(line)
        if version is None:
            self.problem = "the first line is not that of a journal"
        elif version > VERSION:
            self.problem = f"written by a newer tui-lab (journal version {version})"

    def _decoded(self, line: bytes) -> Record | None:
        try:
            return decode(line)
        except ValueError:
            self.damaged += 1
            return None

    def _ordered(self, records: list[Record]) -> list[Record]:
        """Drop what is out of order; of two that contradict each other the one that leapt ahead."""
        kept: list[Record] = []
        for record in records:
            if kept and record.seq <= kept[-1].seq:
                before = kept[-2].seq if len(kept) > 1 else self._seq
                self.damaged += 1
                if not (before < record.seq and kept[-1].seq > before + 1):
                    continue
                kept.pop()
            elif record.seq <= self._seq:
                self.damaged += 1
                continue
            kept.append(record)
        if kept:
            self._seq = kept[-1].seq
        return kept


def header_version(line: bytes) -> int | None:
    """The version that the first line of a journal names; None if it is no such line."""
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        return None
    version = header.get("version")
    return version if type(version) is int else None
