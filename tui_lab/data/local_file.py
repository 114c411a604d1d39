"""A local file as a stream of UTF-8, checked before it is opened and while it is read.

pandas would open a socket for a URL, wait forever on a pipe, and decompress a gzip bomb until memory is
full. Here only regular files are opened, they are read in blocks, and the decompressed size is counted.
"""

import codecs
import gzip
import hashlib
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from io import BufferedReader, RawIOBase
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tui_lab.data.file_kinds import LOOKED_AT, known_kind
from tui_lab.errors import InputError
from tui_lab.experiment.network.memory import bytes_text
from tui_lab.safe import safe

Progress = Callable[[float], None]
"""Called with the fraction done, from 0 to 1; a `FractionRead` also names what is being read."""


class FractionRead(float):
    """The fraction done, from 0 to 1, and what is being read now, if one file takes long."""

    doing: str

    def __new__(cls, share: float, doing: str = "") -> Self:
        made = super().__new__(cls, share)
        made.doing = doing
        return made


def part_of(share: float, start: float, length: float) -> FractionRead:
    """The fraction of the whole, of which this is one part that begins at `start`."""
    return FractionRead(start + length * share, getattr(share, "doing", ""))


LONGEST_CHUNK = 256 * 2**20
"""Bytes the parser may consume without returning a row (an open quote, an endless line)."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LINE_BREAK = re.compile(rb"\r\n?|\n")
_GZIP = b"\x1f\x8b"
_BOMB_FROM, _BOMB_TIMES = 64 * 2**20, 200
"""Above this many unpacked bytes a file must not be this many times its packed size: tables reach 5 to 50."""
_SOURCE_ERRORS = (OSError, EOFError, zlib.error)


def free_memory() -> int:
    """Bytes of available memory."""
    return int(psutil.virtual_memory().available)


def check_file(path: Path, given: str) -> str:
    """The name to show for a file. Raises InputError unless it is a readable regular local file."""
    shown = safe(given, 300)
    check_local(given)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"{shown}: no such file{_neighbour(path)}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{shown}: cannot be read: {_reason(error)}") from None
    if stat.S_ISDIR(mode):
        raise InputError(f"{shown}: this is a folder, not a regular file; give the table in it")
    if not stat.S_ISREG(mode):
        raise InputError(
            f"{shown}: this is a pipe or a device, not a regular file; write its content to a file first"
        )
    if not os.access(path, os.R_OK):
        raise InputError(f"{shown}: cannot be read: permission denied (chmod u+r grants it)")
    size, free = path.stat().st_size, free_memory()
    if size > free:
        raise InputError(
            f"{shown}: {bytes_text(size)}, but only {bytes_text(free)} of memory are free; use fewer rows"
        )
    return shown


def check_local(given: str) -> None:
    """Raise InputError for a URL; call it before making a path, which would lose a slash."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", given):
        raise InputError(f"{given}: this is a web address, not a local file; download it first")


def _neighbour(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    near = get_close_matches(path.name, names, n=1, cutoff=0.7)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class _Hashing(RawIOBase):
    """The raw bytes of the file, counted and hashed while reading."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.sha256 = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        count = self._file.readinto(buffer) or 0
        self.sha256.update(memoryview(buffer)[:count])
        self.count += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class TextSource:
    """The text of a file, plain or gzip, as blocks of valid UTF-8 bytes for pandas' parser.

    Use as a context manager. Every method raises InputError, with the offset of the offending byte (in the
    decompressed text) if there is one.
    """

    def __init__(self, path: Path, shown: str, encoding: str | None = None) -> None:
        self._path, self._shown, self._asked = path, shown, encoding
        self._since_chunk = self._unpacked = self._offset = 0
        self._ready = b""

    def __enter__(self) -> Self:
        try:
            self._disk = _Hashing(self._path)
            self.size = os.fstat(self._disk._file.fileno()).st_size
            raw = BufferedReader(self._disk, 2**14)  # small: `share` counts what was decompressed
            self._packed = raw.peek(2)[:2] == _GZIP
            self._raw: Any = gzip.GzipFile(fileobj=raw) if self._packed else raw
            self._first = self._raw.read(LOOKED_AT)
        except _SOURCE_ERRORS as error:
            raise self._broken(error) from None
        if what := known_kind(self._first):
            raise InputError(f"{self._shown}: {what}")
        self._encoding = self._sniff_encoding()
        self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._disk.close()

    def __iter__(self) -> Iterator[bytes]:  # pandas only accepts iterables as files
        return iter(lambda: self.read(2**18), b"")

    @property
    def share(self) -> float:
        return min(1.0, self._disk.count / self.size) if self.size else 1.0

    @property
    def unpacked(self) -> float:
        """The size of the text in bytes; of a packed file, estimated from the part read so far."""
        return self._unpacked / self.share if self._packed and self.share else self.size

    @property
    def packed(self) -> bool:
        return self._packed

    @property
    def sha256(self) -> str:
        """The sha256 of the file on disk; reads the rest of it."""
        try:
            while self._disk.read(2**20):
                pass
        except OSError as error:
            raise self._broken(error) from None
        return self._disk.sha256.hexdigest()

    def chunk_done(self) -> None:
        """The parser has returned rows, so the text before was not an endless line."""
        self._since_chunk = 0

    def read(self, size: int = 2**18) -> bytes:
        """At most about `size` bytes of UTF-8; empty at the end."""
        if self._ready:
            ready, self._ready = self._ready, b""
            return ready
        try:
            block = self._first + self._raw.read(max(1, size - len(self._first)))
        except _SOURCE_ERRORS as error:
            raise self._broken(error) from None
        self._first = b""
        self._since_chunk += len(block)
        self._unpacked += len(block)
        if self._packed and self._unpacked > max(_BOMB_FROM, _BOMB_TIMES * self._disk.count):
            raise InputError(
                f"{self._shown}: its first {bytes_text(self._disk.count)} unpack to over {_BOMB_TIMES} times "
                "that, so it is probably not a table; if it is, unpack it (gunzip) and use the unpacked file"
            )
        if self._since_chunk > LONGEST_CHUNK:
            raise InputError(
                f"{self._shown}: {bytes_text(LONGEST_CHUNK)} before byte {self._offset:,} without the end of "
                "a row: a quote that is never closed, or not a table"
            )
        return self._checked(block)

    def skip_lines(self, count: int) -> None:
        while count:
            block = self.read()
            if not block:
                return
            if block.endswith(b"\r"):  # its line feed may be in the next block
                block += self.read(1)
            for found in islice(_LINE_BREAK.finditer(block), count):
                count, end = count - 1, found.end()
            self._ready = b"" if count else block[end:]

    def _checked(self, block: bytes) -> bytes:
        pending = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            place = self._offset - pending + error.start
            raise InputError(
                f"{self._shown}: byte {place:,} ({error.object[error.start]:#04x}) is not "
                f"{self._encoding.upper()}; save the file as UTF-8, or give its encoding: "
                '--data encoding=latin-1 (encoding = "latin-1" in a preset)'
            ) from None
        if "\0" in text:
            place = self._offset + max(0, block.find(0))
            raise InputError(
                f"{self._shown}: byte {place:,} is NUL: a binary file, or UTF-16 without a byte order mark "
                "(--data encoding=utf-16); save the table as text in UTF-8"
            )
        self._offset += len(block)
        if self._encoding == "utf-8":
            return block
        return text.encode() if text or not block else self.read()

    def _sniff_encoding(self) -> str:
        for mark, encoding in _BOMS:
            if self._first.startswith(mark):
                self._first = self._first[len(mark) :]
                self._offset = len(mark)
                return encoding
        return {"utf-16": "utf-16-le", None: "utf-8"}.get(self._asked, self._asked or "utf-8")

    def _broken(self, error: Exception) -> InputError:
        what = "a damaged gzip file" if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile) else ""
        return InputError(f"{self._shown}: cannot be read: {what or _reason(error)}")
