"""The folded view of a journal, stored beside it, so that a long run opens without reading every line.

`events.view` contains nothing that is not in the journal, and can be deleted at any time. It records which
bytes of the journal it covers, by number and checksum. If the journal does not begin with these bytes, or if
the snapshot is damaged, of another version, or missing, the journal is folded from its first line.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from zlib import crc32

from tui_lab.protocol.events import Record
from tui_lab.protocol.freeze import freeze, thaw
from tui_lab.protocol.sealing import seal, seal_of
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.journal.journal_reader import Follower, JournalPosition
from tui_lab.runs.journal.long_journal import while_reading

NAME = "events.view"
_FORMAT, _VERSION = "tui-lab.view", 1
LEAST_BYTES = 2**19
"""A shorter journal is folded in no noticeable time."""
_SHARE = 32
_MAX_BYTES = 512 * 2**20
_PIECE = 2**20


def folded(journal: Path) -> tuple[RunView, Follower]:
    """The current view of a journal, and a follower for what comes next.

    With a snapshot only what was added since is folded. Otherwise one is written, if the journal is long.
    Raises RunError if the journal cannot be read.
    """
    view, place = restored(journal) or (RunView(), JournalPosition())
    known = place.offset
    follower = Follower(journal, place)
    size = SecureFolder(journal.parent).size(journal.name)
    with while_reading(journal.parent.name, size - known) as progress:
        for chunk in follower.chunks():
            for record in chunk:
                view.apply(record)
            progress(min(1.0, (place.offset - known) / max(1, size - known)))
    if is_due(place.offset, known):
        keep(journal, view, follower.place)
    return view, follower


class SnapshotWriter:
    """Folds what is written to a journal as it is written, and keeps the snapshot up to date.

    A cache must not end training: on the first error it gives up, and only the journal is used.
    """

    def __init__(self, journal: Path, view: RunView, place: JournalPosition) -> None:
        self.place = place
        self._journal = journal
        self._view: RunView | None = view
        self._known = place.offset

    @property
    def view(self) -> RunView | None:
        """What the journal adds up to; None if that is not known: lines are damaged, or were given up."""
        return None if self.place.damaged or self.place.problem else self._view

    def take(self, records: Sequence[Record], line: bytes) -> None:
        """Fold the records whose line, with its line break, will be written."""
        if self._view is None:
            return
        self.place.seq = records[-1].seq
        self.place.offset += len(line)
        self.place.crc = crc32(line, self.place.crc)
        try:
            for record in records:
                self._view.apply(record)
        except Exception:
            self.give_up()

    def give_up(self) -> None:
        """A record will never be written: the view no longer matches the journal."""
        self._view = None

    def keep_if_due(self) -> None:
        """Write a snapshot if enough was added since the last one. All folded records must be in the file."""
        if is_due(self.place.offset, self._known):
            self._keep()

    def keep_the_end(self) -> None:
        """Write the snapshot of a journal that is complete, if it is long."""
        if self.place.offset >= LEAST_BYTES and self.place.offset != self._known:
            self._keep()

    def _keep(self) -> None:
        self._known = self.place.offset
        if self._view is not None:
            keep(self._journal, self._view, self.place)


def is_due(offset: int, known: int) -> bool:
    """Whether a journal of `offset` bytes needs a new snapshot, if the last one covers `known`."""
    return offset - known >= max(LEAST_BYTES, known // _SHARE)


def keep(journal: Path, view: RunView, place: JournalPosition) -> None:
    """Write the snapshot of a view folded up to a place; errors are ignored."""
    try:
        body = freeze(view)
    except ValueError:
        return
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "body_crc": reduce(lambda crc, part: crc32(part, crc), body, 0),
        "place": asdict(place),
    }
    with suppress(OSError):
        parts = [seal(json.dumps(head).encode()), b"\n", *body]
        SecureFolder(journal.parent).replace(NAME, parts, durable=False)


def restored(journal: Path) -> tuple[RunView, JournalPosition] | None:
    """The content of a journal's snapshot; None if there is none that matches the journal as it is now."""
    try:
        content = SecureFolder(journal.parent).read(NAME, _MAX_BYTES)
        end = content.index(b"\n")
        head, body = content[:end], memoryview(content)[end + 1 :]  # not copied: it may be large
        if seal_of(head) != "whole":
            return None
        about = json.loads(head)
        place = JournalPosition(**about["place"])
        fits = (about["format"], about["version"], about["body_crc"]) == (_FORMAT, _VERSION, crc32(body))
        if not fits or _checksum(journal, place.offset) != place.crc:
            return None
        return thaw(body), place
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _checksum(journal: Path, size: int) -> int | None:
    """The checksum of the first `size` bytes of a journal; None if it is shorter."""
    crc = 0
    with os.fdopen(SecureFolder(journal.parent).open(journal.name), "rb", buffering=0) as file:
        while size > 0 and (piece := file.read(min(size, _PIECE))):
            crc = crc32(piece, crc)
            size -= len(piece)
    return None if size else crc
