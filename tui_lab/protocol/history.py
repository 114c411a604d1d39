"""The epochs of a run in columns: 100 bytes per epoch instead of 1,500, for runs of hundreds of thousands."""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, overload

from tui_lab.protocol.events import EpochEnded

RECENT = 256
_CODES = {int: "q", float: "d", bool: "b"}
_PLAIN = tuple(f.name for f in fields(EpochEnded) if f.type in _CODES)
_TABLES = tuple(f.name for f in fields(EpochEnded) if f.type == dict[str, float])
_LISTS = tuple(f.name for f in fields(EpochEnded) if f.type == tuple[float, ...])
_plain_of = attrgetter(*_PLAIN)
_ints_of = attrgetter(*(f.name for f in fields(EpochEnded) if f.type is int))
_numbers_of = attrgetter(*_TABLES, *_LISTS)
_MOST = 2**63 - 1
_exhaust = deque[None](maxlen=0).extend
Layout = tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]
"""The names in each table of numbers (such as `metrics`), and the length of each list of numbers."""


class History(Sequence[EpochEnded]):
    """The epochs that count, in order; each has a higher number than the one before.

    The first epoch determines the columns. An epoch with other fields is stored separately, as an object.
    Each access creates an epoch object, except for the last `RECENT` ones, which stay the same objects.
    """

    __slots__ = ("_recent", "columns", "cuts", "layout", "odd")

    def __init__(self, epochs: Iterable[EpochEnded] = ()) -> None:
        self.cuts = 0
        """The number of calls to `cut`: while it is unchanged, the epochs that were there are there still."""
        self.layout: Layout | None = None
        """That of the columns; None before the first epoch."""
        self.columns: list[array[Any]] = []
        """As stored; not to be changed."""
        self.odd: dict[int, EpochEnded] = {}
        """The epochs that do not fit the columns, by position."""
        self._recent: deque[EpochEnded] = deque(maxlen=RECENT)
        for ended in epochs:
            self.append(ended)

    def append(self, ended: EpochEnded) -> None:
        """Add the next epoch; its number is higher than that of the last."""
        numbers = _numbers_of(ended)
        tables, lists = numbers[: len(_TABLES)], numbers[len(_TABLES) :]
        layout = tuple(map(tuple, tables)), tuple(map(len, lists))
        if self.layout is None:
            self._lay_out(layout)
        values = [*_plain_of(ended)]
        if layout == self.layout and max(map(abs, _ints_of(ended))) <= _MOST:
            for table in tables:
                values += table.values()
            for row in lists:
                values += row
        else:
            self.odd[len(self)] = ended
            values = [_within(v) if isinstance(v, int) else v for v in values]
            values += [float("nan")] * (len(self.columns) - len(values))
        _exhaust(map(array.append, self.columns, values))
        self._recent.append(ended)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, place: int) -> EpochEnded: ...
    @overload
    def __getitem__(self, place: slice) -> list[EpochEnded]: ...

    def __getitem__(self, place: int | slice) -> EpochEnded | list[EpochEnded]:
        count = len(self)
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(count))]
        if not -count <= place < count:
            raise IndexError("no such epoch")
        place %= count
        if place >= count - len(self._recent):
            return self._recent[place - count]
        return self._made(place)

    def __iter__(self) -> Iterator[EpochEnded]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, History):
            same = self.layout == other.layout and repr(self.odd) == repr(other.odd)  # NaN equals NaN
            return same and [c.tobytes() for c in self.columns] == [c.tobytes() for c in other.columns]
        return isinstance(other, list | tuple) and len(other) == len(self) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

    @property
    def last(self) -> EpochEnded | None:
        return self._recent[-1] if self._recent else None

    def at(self, epoch: int) -> EpochEnded | None:
        """The epoch of that number; None if it is not there."""
        place = self.until(epoch) - 1
        found = self[place] if place >= 0 else None
        return found if found is not None and found.epoch == epoch else None

    def until(self, epoch: int) -> int:
        """The number of epochs up to and including `epoch`."""
        return bisect_right(self.columns[0], _within(epoch)) if self.columns else 0

    def cut(self, count: int) -> None:
        """Keep only the first `count` epochs."""
        self.cuts += 1
        for _ in range(min(len(self) - count, len(self._recent))):
            self._recent.pop()
        for column in self.columns:
            del column[count:]
        self.odd = {place: ended for place, ended in self.odd.items() if place < count}
        if not self._recent:
            self._remember()

    def part(self, first: int) -> "History":
        """The epochs from position `first` on, as a separate history."""
        found = History()
        if self.layout is not None:
            found._lay_out(self.layout)
            found.columns = [column[first:] for column in self.columns]
            found.odd = {place - first: ended for place, ended in self.odd.items() if place >= first}
            found._remember()
        return found

    def best(self) -> EpochEnded | None:
        """The last epoch that was the best so far when it ended."""
        if not self.columns:
            return None
        place = self.columns[_PLAIN.index("best")].tobytes().rfind(b"\x01")
        return None if place < 0 else self[place]

    def names(self, table: str) -> list[str]:
        """All names in a table of numbers, such as `metrics`, in order of first occurrence."""
        if self.layout is None:
            return []
        found = dict.fromkeys(self.layout[0][_TABLES.index(table)])
        for place in sorted(self.odd):
            found |= dict.fromkeys(getattr(self.odd[place], table))
        return list(found)

    def column(self, name: str) -> "array[Any]":
        """The column of a number such as `lr`, as stored; integers beyond 64 bits are clipped."""
        return self.columns[_PLAIN.index(name)] if self.columns else array("d")

    def table(self, name: str) -> dict[str, "array[Any]"]:
        """The columns of a table of numbers such as `metrics`; NaN in epochs that are `odd`."""
        if self.layout is None:
            return {}
        at = _TABLES.index(name)
        first = len(_PLAIN) + sum(map(len, self.layout[0][:at]))
        return dict(zip(self.layout[0][at], self.columns[first:], strict=False))

    def lists(self, name: str) -> list["array[Any]"]:
        """The columns of a list of numbers such as `class_recall`; NaN in epochs that are `odd`."""
        if self.layout is None:
            return []
        at = _LISTS.index(name)
        first = len(_PLAIN) + sum(map(len, self.layout[0])) + sum(self.layout[1][:at])
        return self.columns[first : first + self.layout[1][at]]

    @classmethod
    def restored(cls, layout: Layout | None, content: memoryview, odd: dict[int, EpochEnded]) -> "History":
        """A stored history: `content` has the bytes of the columns one after the other.

        Raises ValueError if they are not valid.
        """
        found = cls()
        if layout is None:
            if content.nbytes:
                raise ValueError("columns without a layout")
            return found
        found._lay_out(layout)
        count, rest = divmod(content.nbytes, sum(column.itemsize for column in found.columns))
        if rest:
            raise ValueError("not whole columns")
        at = 0
        for column in found.columns:
            column.frombytes(content[at : at + count * column.itemsize])
            at += count * column.itemsize
        found.odd = odd
        found._remember()
        return found

    def _lay_out(self, layout: Layout) -> None:
        tables, lists = layout
        self.layout = layout
        codes = [_CODES[f.type] for f in fields(EpochEnded) if f.type in _CODES]
        numbers = sum(map(len, tables)) + sum(lists)
        self.columns = [array(code) for code in codes + ["d"] * numbers]

    def _remember(self) -> None:
        count = len(self)
        self._recent.extend([self._made(place) for place in range(max(0, count - RECENT), count)])

    def _made(self, place: int) -> EpochEnded:
        if place in self.odd:
            return self.odd[place]
        assert self.layout is not None
        row = [column[place] for column in self.columns]
        values: dict[str, Any] = dict(zip(_PLAIN, row, strict=False))
        values["best"] = bool(values["best"])
        at = len(_PLAIN)
        for name, keys in zip(_TABLES, self.layout[0], strict=True):
            values[name] = dict(zip(keys, row[at : at + len(keys)], strict=True))
            at += len(keys)
        for name, length in zip(_LISTS, self.layout[1], strict=True):
            values[name] = tuple(row[at : at + length])
            at += length
        return EpochEnded(**values)


def _within(number: int) -> int:
    return max(-_MOST, min(number, _MOST))
