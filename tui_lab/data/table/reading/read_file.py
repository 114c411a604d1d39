"""Reading the file of a table, whatever its format."""

from pathlib import Path

from tui_lab.data.local_file import Progress, check_file
from tui_lab.data.table.reading.delimited import read_delimited, sniff_format
from tui_lab.data.table.reading.parquet import parquet_names, read_parquet
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import data_path


def read_raw(
    spec: DataSpec, texts: frozenset[str] = frozenset(), progress: Progress | None = None, fewest: int = 2
) -> RawTable:
    """Read the file of `spec`; columns named in `texts`, and its target, are kept as text.

    `progress` is called with the fraction read; `fewest`: the minimum number of columns. Raises
    InputError with every problem in the file.
    """
    path = data_path(spec.file)
    shown = check_file(path, spec.file)
    texts |= {spec.target}
    if _is_parquet(path):
        return read_parquet(path, shown, spec, texts, progress)
    return read_delimited(path, shown, spec, texts, progress, fewest)


def column_names(spec: DataSpec) -> tuple[str, ...]:
    """The columns of the file of `spec`; reads only its beginning. Raises InputError."""
    path = data_path(spec.file)
    shown = check_file(path, spec.file)
    return parquet_names(path, shown) if _is_parquet(path) else sniff_format(path, shown, spec).names


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")
