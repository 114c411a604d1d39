"""Parquet files, if pyarrow is installed: the same columns as from a CSV."""

from hashlib import file_digest
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_lab.data.local_file import Progress, free_memory
from tui_lab.data.table.reading.columns import ColumnReader, take_frame
from tui_lab.data.table.reading.raw_table import RawTable, check_memory, check_names
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.safe import safe

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 10_000


def read_parquet(
    path: Path, shown: str, spec: DataSpec, texts: frozenset[str], progress: Progress | None
) -> RawTable:
    """Read a Parquet file a batch of rows at a time. Raises InputError."""
    parquet = _pyarrow(shown)
    free = free_memory()
    try:
        file = parquet.ParquetFile(path)
        names = check_names(tuple(map(str, file.schema_arrow.names)), shown)
        readers = {name: ColumnReader() for name in names}
        total, done = max(1, file.metadata.num_rows), 0
        for batch in file.iter_batches(batch_size=_ROWS):
            frame = batch.to_pandas()
            frame.columns = list(names)
            take_frame(_worded(frame, texts), readers, texts)
            done += len(frame)
            check_memory(sum(reader.bytes for reader in readers.values()) * total / done, free, shown)
            if progress is not None:
                progress(done / total)
        with path.open("rb") as content:
            sha256 = file_digest(content, "sha256").hexdigest()
    except InputError:
        raise
    except Exception as error:  # pyarrow raises a dozen kinds
        raise InputError(f"{shown}: not readable as Parquet: {safe(error, 200)}") from None
    columns = {name: reader.cells() for name, reader in readers.items()}
    rows_N = np.arange(1, done + 1, dtype=np.int64)
    return RawTable(shown, sha256, columns, rows_N, spec.decimal or ".", (), spec.decimal is not None)


def _pyarrow(shown: str) -> Any:
    try:
        return import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            f"{shown}: reading Parquet needs pyarrow, which is not installed: "
            "`pip install pyarrow`, or save the table as CSV"
        ) from None


def _worded(frame: "pd.DataFrame", texts: frozenset[str]) -> "pd.DataFrame":
    """Dates, lists and the like as text; whole numbers in a text column without a decimal point."""
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        column = frame[name]
        if name in texts and dtype.kind == "f":
            frame[name] = [None if v != v else f"{v:.15g}" for v in column.tolist()]
        elif (dtype.kind not in "biuf" or name in texts) and dtype.kind != "b":
            frame[name] = [None if v is None or v is np.nan or v != v else str(v) for v in column.tolist()]
    return frame


def parquet_names(path: Path, shown: str) -> tuple[str, ...]:
    """The columns of a Parquet file. Raises InputError."""
    parquet = _pyarrow(shown)
    try:
        return tuple(map(str, parquet.read_schema(path).names))
    except Exception as error:
        raise InputError(f"{shown}: not readable as Parquet: {safe(error, 200)}") from None
