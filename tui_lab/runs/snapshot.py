"""The folded view of a journal, kept beside it: so a long run is opened without reading all of its lines.

`events.view` holds nothing that is not in the journal, and may be deleted at any time. It says which bytes of
the journal it was made of, by number and checksum. If the journal does not begin with these bytes, or if the
snapshot is damaged, of another version, or missing, the journal is folded from its first line.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from zlib import crc32

from tui_lab.protocol.events import Record
from tui_lab.protocol.freeze import freeze, thaw
from tui_lab.protocol.sealing import seal, seal_of
from tui_lab.protocol.view import RunView
from tui_lab.runs.follow import Follower, Place
from tui_lab.runs.secure_files import SecureFolder

NAME = "events.view"
_FORMAT, _VERSION = "tui-lab.view", 1
LEAST_BYTES = 2 * 2**20
"""A shorter journal is folded in less time than anybody notices."""
_SHARE = 32
_MAX_BYTES = 512 * 2**20
_PIECE = 2**20


def folded(journal: Path) -> tuple[RunView, Follower]:
    """The view of a journal as it is now, and what follows it from here on.

    With a snapshot only what was added since is folded. Otherwise one is kept, if the journal is long.
    Raises RunError if the journal cannot be read.
    """
    view, place = restored(journal) or (RunView(), Place())
    known = place.offset
    follower = Follower(journal, place)
    for chunk in follower.chunks():
        for record in chunk:
            view.apply(record)
    if is_due(place.offset, known):
        keep(journal, view, follower.place)
    return view, follower


class Keeper:
    """Folds what is written into a journal as it is written, and keeps the snapshot up to date.

    A cache must not end a training: at the first thing it cannot do it gives up, and the journal alone tells.
    """

    def __init__(self, journal: Path, view: RunView, place: Place) -> None:
        self.place = place
        self._journal = journal
        self._view: RunView | None = view
        self._known = place.offset

    def take(self, record: Record, line: bytes) -> None:
        """Fold a record whose line, with the line break, is to be written."""
        if self._view is None:
            return
        self.place.seq = record.seq
        self.place.offset += len(line)
        self.place.crc = crc32(line, self.place.crc)
        try:
            self._view.apply(record)
        except Exception:
            self.give_up()

    def give_up(self) -> None:
        """A record will never be written: the view is not that of the journal any more."""
        self._view = None

    def keep_if_due(self) -> None:
        """Write a snapshot if enough has come since the last one. All that was taken must be in the file."""
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
    """Whether a journal of `offset` bytes is worth another snapshot than the one that covers `known`."""
    return offset - known >= max(LEAST_BYTES, known // _SHARE)


def keep(journal: Path, view: RunView, place: Place) -> None:
    """Write the snapshot of a view that was folded up to a place; what refuses is no matter."""
    try:
        body = b"".join(freeze(view))
    except ValueError:
        return
    head = {"format": _FORMAT, "version": _VERSION, "body_crc": crc32(body), "place": asdict(place)}
    with suppress(OSError):
        content = seal(json.dumps(head).encode()) + b"\n" + body
        SecureFolder(journal.parent).replace(NAME, content, durable=False)


def restored(journal: Path) -> tuple[RunView, Place] | None:
    """What the snapshot of a journal holds; None if there is none that fits the journal as it is now."""
    try:
        content = SecureFolder(journal.parent).read(NAME, _MAX_BYTES)
        head, _, body = content.partition(b"\n")
        if seal_of(head) != "whole":
            return None
        about = json.loads(head)
        place = Place(**about["place"])
        fits = (about["format"], about["version"], about["body_crc"]) == (_FORMAT, _VERSION, crc32(body))
        if not fits or _checksum(journal, place.offset) != place.crc:
            return None
        return thaw(body), place
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _checksum(journal: Path, size: int) -> int | None:
    """That of the first `size` bytes of a journal; None if it has not that many."""
    crc = 0
    for piece in _pieces(journal, size):
        crc = crc32(piece, crc)
        size -= len(piece)
    return None if size else crc


def _pieces(journal: Path, size: int) -> Iterator[bytes]:
    with closing(os.fdopen(SecureFolder(journal.parent).open(journal.name), "rb", buffering=0)) as file:
        while size > 0 and (piece := file.read(min(size, _PIECE))):
            size -= len(piece)
            yield piece
