"""Reading the file of a table, whatever its format."""

from contextlib import suppress
from pathlib import Path
from time import time_ns

from tui_lab.data.local_file import Progress, check_file
from tui_lab.data.table.reading.delimited import read_delimited, sniff_format
from tui_lab.data.table.reading.made import made_table
from tui_lab.data.table.reading.parquet import parquet_names, read_parquet
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import data_path

_JUDGED = ("target", "columns", "one_hot_up_to", "other_below", "blank_target", "split", "shape")
_SMALL = 2**20
"""Cells of a table that stays in memory for the next run: reading it takes half of preparing a small one."""
_SETTLED_NS = 2 * 10**9
"""A file written so recently may be written again without a change of its times: these have ticks."""
FileState = tuple[int, int, int, int, int]
_kept: list[tuple[object, RawTable]] = []


def how_read(spec: DataSpec) -> DataSpec:
    """A spec with nothing but what decides how its file is read, except that its target is kept as text."""
    plain = {name: DataSpec.model_fields[name].default for name in _JUDGED}
    return spec.model_copy(update=plain)


def state_of(spec: DataSpec) -> FileState | None:
    """What changes when the file is written again, times last; None if there is no such file."""
    with suppress(OSError):
        state = data_path(spec.file).stat()
        return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
    return None


def keep(raw: RawTable, spec: DataSpec, texts: frozenset[str], state: FileState | None) -> None:
    """Keep a table, whatever its size, for the next `read_raw` of the same: a run that trains on it.

    `state` of the file is that from before it was read.
    """
    _kept[:] = [((how_read(spec), texts | {spec.target}, state), raw)]


def read_raw(
    spec: DataSpec, texts: frozenset[str] = frozenset(), progress: Progress | None = None, fewest: int = 2
) -> RawTable:
    """Read the file of `spec`; columns named in `texts`, and its target, are kept as text.

    `progress` is called with the fraction read; `fewest`: the minimum number of columns. Raises
    InputError with every problem in the file.
    """
    texts |= {spec.target}
    if spec.made:
        return made_table(spec, texts)
    path = data_path(spec.file)
    shown = check_file(path, spec.file)
    state = state_of(spec)
    asked = how_read(spec), texts, state
    if _kept and (kept := _kept.pop())[0] == asked:
        raw = kept[1]
    elif _is_parquet(path):
        raw = read_parquet(path, shown, spec, texts, progress)
    else:
        raw = read_delimited(path, shown, spec, texts, progress, fewest)
    if len(raw.columns) > 1 and _stays(raw, state):
        _kept[:] = [(asked, raw)]
    return raw


def _stays(raw: RawTable, state: FileState | None) -> bool:
    """Whether a table is small, and its file was not changed just now. `state` of the file before reading."""
    small = len(raw.columns) * len(raw.rows_N) <= _SMALL
    return small and state is not None and time_ns() - max(state[-2:]) > _SETTLED_NS


def column_names(spec: DataSpec) -> tuple[str, ...]:
    """The columns of the file of `spec`; reads only its beginning. Raises InputError."""
    if spec.made:
        return tuple(made_table(spec).columns)
    path = data_path(spec.file)
    shown = check_file(path, spec.file)
    return parquet_names(path, shown) if _is_parquet(path) else sniff_format(path, shown, spec).names


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")
