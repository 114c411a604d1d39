"""From a text file to columns of numbers and texts, in chunks, with little more memory than the result.

Legend: N rows.
"""

import re
import warnings
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from time import monotonic

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_lab.data.local_file import FractionRead, Progress, TextSource, free_memory
from tui_lab.data.messages import counted, named
from tui_lab.data.table.reading.cells import BLANK_WORDS, Floats, NumberCells
from tui_lab.data.table.reading.columns import ColumnReader, take_frame
from tui_lab.data.table.reading.raw_table import RawTable, check_memory, check_names
from tui_lab.data.table.reading.sniff import BLANKS, Dialect, sniff
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.network.memory import bytes_text
from tui_lab.safe import safe

_SAMPLE = 2**18
_CHUNK_CELLS, _CHUNK_BYTES = 6_000_000, (4 * 2**20, 16 * 2**20)
"""Bytes parsed at a time: an eighth of the file, within these bounds. pandas wraps each column of each chunk,
so many small chunks of a wide table take twice as long; large ones take memory."""
_SHOWN = 3
_LARGE, _LONG_S = 100e6, 30.0
"""The size of a file that has so many bytes is shown while it is read; so is the time left, in seconds."""
_SKIPPED = re.compile(r"Skipping line (\d+): expected (\d+) fields, saw (\d+)")
_EXTRA = "\0extra"  # cannot be a column of a file: NUL is refused


def read_delimited(
    path: Path, shown: str, spec: DataSpec, texts: frozenset[str], progress: Progress | None, fewest: int
) -> RawTable:
    """Read a text file; `fewest`: the minimum number of columns. Raises InputError with every problem."""
    dialect = sniff_format(path, shown, spec, fewest)
    try:
        return _read(path, shown, spec, dialect, texts, progress)
    except _Mixed as mixed:  # numbers in one chunk and text in another, or digits lost: keep the text
        return _read(path, shown, spec, dialect, texts | mixed.names, progress)


class _Mixed(Exception):  # noqa: N818 - not an error: the file is read again
    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names


def sniff_format(path: Path, shown: str, spec: DataSpec, fewest: int = 2) -> Dialect:
    """The format of a text file, from its beginning. Raises InputError."""
    with TextSource(path, shown, spec.encoding) as source:
        sample = b""
        while len(sample) < _SAMPLE and (block := source.read(_SAMPLE)):
            sample += block
    return sniff(sample.decode(errors="ignore"), len(sample) < _SAMPLE, spec, shown, fewest)


def _read(
    path: Path, shown: str, spec: DataSpec, dialect: Dialect, texts: frozenset[str], progress: Progress | None
) -> RawTable:
    names = check_names(dialect.names, shown)
    problems: list[str] = []
    readers = {name: ColumnReader() for name in names if name}
    rows: list[npt.NDArray[np.int64]] = []
    with TextSource(path, shown, spec.encoding) as source:
        free, began = free_memory(), monotonic()
        if progress is not None and not source.packed:
            progress(_told(source, 0.0))
        source.skip_lines(dialect.skip)
        for frame in _frames(source, dialect, names, spec, texts, problems, shown):
            source.chunk_done()
            blank_N = _blank_rows(frame)
            if blank_N.any():
                frame = frame[~blank_N]
            rows.append(frame.index.to_numpy(np.int64) + dialect.first_row)
            if not problems:
                _note_extra(frame, len(names), dialect.first_row, shown, problems)
            take_frame(frame, readers, texts)
            held = sum(reader.bytes for reader in readers.values())
            check_memory(held / max(source.share, 1e-9), free, shown)
            if progress is not None:
                progress(_told(source, monotonic() - began))
        sha256 = source.sha256
    if problems:
        raise InputError(problems)
    mixed = {name for name, reader in readers.items() if reader.mixed and name not in texts}
    columns = {name: reader.cells() for name, reader in readers.items() if name not in mixed}
    mixed |= {
        name for name, cells in columns.items() if isinstance(cells, NumberCells) and _long(cells.values_N)
    }
    if mixed:
        raise _Mixed(mixed)
    said = [*dialect.said, *_unnamed(dialect.names, shown)]
    rows_N = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    inner = int(rows_N[-1]) - dialect.first_row + 1 - len(rows_N) if len(rows_N) else 0
    if inner > 0:
        said.append(f"{shown}: {counted(inner, 'blank row was', 'blank rows were')} skipped")
    settled = spec.decimal is not None
    return RawTable(shown, sha256, columns, rows_N, dialect.decimal, tuple(said), settled, dialect.facts)


def _told(source: TextSource, seconds: float) -> FractionRead:
    """The fraction read; of a large file also its size, and how long the rest will take if that is long."""
    share = source.share
    size, left = source.unpacked, seconds / share - seconds if share else 0.0
    if size < _LARGE:
        return FractionRead(share)
    said = f"about {bytes_text(size)} unpacked" if source.packed else bytes_text(size)
    return FractionRead(share, said + (f", about {ceil(left / 60)} min left" if left > _LONG_S else ""))


def _long(values_N: Floats) -> bool:
    """Whether these are whole numbers beyond 2^53, among those that pandas reads as whole."""
    with np.errstate(invalid="ignore"):
        if not len(values_N) or np.isnan(values_N).all() or not np.nanmax(np.abs(values_N)) >= 2**53:
            return False
        present = values_N[~np.isnan(values_N)]
        return bool((np.abs(present) <= 2.0**64).all() and (present % 1 == 0).all())


def _unnamed(names: tuple[str, ...], shown: str) -> list[str]:
    places = [str(k) for k, name in enumerate(names, 1) if not name]
    if not places:
        return []
    what = "column" if len(places) == 1 else "columns"
    more = ", ..." if len(places) > 5 else ""
    return [f"{shown}: {what} {', '.join(places[:5])}{more} without a name: left out (a trailing comma?)"]


def _frames(
    source: TextSource,
    dialect: Dialect,
    names: tuple[str, ...],
    spec: DataSpec,
    texts: frozenset[str],
    problems: list[str],
    shown: str,
) -> Iterator[pd.DataFrame]:
    """The chunks of the file; rows that are too long go into `problems`, parse errors are raised.

    One column more than the header has is read, to detect rows that are one cell too long: pandas would
    drop the cell, or use the first column as the index.
    """
    asked = [name or f"\0{k}" for k, name in enumerate(names)] + [_EXTRA]
    blank = [*BLANK_WORDS, *spec.missing]
    rows = _chunk_rows(source.size, len(asked), dialect.bytes_per_row)
    long: list[tuple[int, int]] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with pd.read_csv(
                source,  # type: ignore[call-overload]
                sep=r"\s+" if dialect.delimiter == BLANKS else dialect.delimiter,
                decimal=dialect.decimal,
                header=None,
                names=asked,
                index_col=False,
                dtype={name: str for name in names if name in texts} | {_EXTRA: str},
                keep_default_na=False,
                na_values={name: ["", *spec.missing] if name == spec.target else blank for name in asked},
                skipinitialspace=True,
                skip_blank_lines=False,
                low_memory=False,
                on_bad_lines="warn",
                chunksize=rows,
            ) as chunks:
                for frame in chunks:
                    long += _long_rows(caught, dialect.first_row)
                    yield frame
            long += _long_rows(caught, dialect.first_row)
    except InputError:
        raise
    except pd.errors.EmptyDataError:
        return
    except (ValueError, OSError, OverflowError, MemoryError, pd.errors.ParserError) as error:
        raise InputError([*_worded(long, len(names), shown), _unparsable(error, dialect, shown)]) from None
    problems += _worded(long, len(names), shown)


def _chunk_rows(size: int, columns: int, bytes_per_row: int) -> int:
    fewest, most = _CHUNK_BYTES
    return max(50, min(_CHUNK_CELLS // columns, min(max(fewest, size // 8), most) // bytes_per_row))


def _long_rows(caught: list[warnings.WarningMessage], first_row: int) -> list[tuple[int, int]]:
    """Rows that pandas skipped, with their number of cells; empties `caught`."""
    found = [
        (int(row) - 1 + first_row, int(saw))
        for warning in caught
        for row, _, saw in _SKIPPED.findall(str(warning.message))
    ]
    caught.clear()
    return found


def _worded(long: list[tuple[int, int]], width: int, shown: str) -> list[str]:
    sentences = [
        f"{shown}: row {row}: {counted(cells, 'cell', 'cells')}, but the header has "
        f"{counted(width, 'column', 'columns')}; quote the cell with the delimiter in it, or name the columns"
        for row, cells in long[:_SHOWN]
    ]
    if len(long) > _SHOWN:
        sentences.append(f"{shown}: and {len(long) - _SHOWN} more rows that are too long")
    return sentences


def _unparsable(error: Exception, dialect: Dialect, shown: str) -> str:
    text = str(error)
    if match := re.search(r"EOF inside string starting at row (\d+)", text):
        row = int(match[1]) + dialect.first_row
        return f"{shown}: row {row}: a quote is opened but never closed; close or remove it"
    return f"{shown}: not readable as a table: {safe(text.strip())}"


def _blank_rows(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows are empty."""
    blank_N = frame.iloc[:, 0].isna().to_numpy(copy=True)
    places = np.flatnonzero(blank_N)
    if len(places):
        blank_N[places] = np.asarray(frame.iloc[places].isna().all(axis=1))
    return blank_N


def _note_extra(frame: pd.DataFrame, width: int, first: int, shown: str, problems: list[str]) -> None:
    """Rows with one cell more than the header; an empty one (a trailing comma) is harmless."""
    extra = frame[_EXTRA]
    filled = extra[extra.notna()]
    if len(filled):
        problems.append(
            f"{shown}: row {int(filled.index[0]) + first}: more cells ({named(filled.iloc[0], 40)}) than "
            f"the header has columns ({width}), here and in {len(filled) - 1} more rows; name every "
            "column, or remove the cells"
        )
