"""The kinds of data: one record each, with all that is known about it without reading any.

How a kind is read is in a folder of its own in `data/`; `data/sources.py` says what must be in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Inputs = Literal["columns", "pixels", "pictures"]
"""What a network's inputs are: columns of a table, pixels stored as numbers in a table, 8-bit images."""
CLASS = "class"
"""The name of the target for images, which have no target column."""
GUESS_SHAPE = (1, 1, 1)
"""The shape of a folder of images if it is to be chosen automatically."""
GUESS_TARGET = " "
"""The target of a table if it is to be chosen automatically."""
OTHER_BELOW = 10
"""Rows that a value of a text column needs for an input of its own, where a table is guessed at."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A kind of data; `DataSpec.source` names it.

    `folder`: the package that reads it (`data/sources.py`), imported when data are read. `inputs`: what the
    network's inputs are, as long as the experiment has no `shape`. `target`: the name of the target, if the
    data do not have one. `is_path`: `DataSpec.file` is a path. `user_code`: reading runs the user's code.
    `read_early`: the lab reads it before training, to describe it.

    `suffixes`, `is_folder`: which paths on the command line are such data. `settings`: what --data may say of
    them (None: everything), and `to_guess`: what is chosen automatically.
    """

    name: str
    folder: str
    inputs: Inputs = "columns"
    target: str | None = None
    is_path: bool = True
    user_code: bool = False
    read_early: bool = True
    suffixes: tuple[str, ...] = ()
    is_folder: bool = False
    settings: frozenset[str] | None = None
    to_guess: Mapping[str, Any] = field(default_factory=dict)


_OF_FOLDERS = frozenset({"split", "shape", "fit", "broken"})
SOURCES: dict[str, SourceRecord] = {
    record.name: record
    for record in (
        SourceRecord(
            "table",
            "tui_lab.data.table",
            suffixes=(".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".pq"),
            to_guess={"target": GUESS_TARGET, "other_below": OTHER_BELOW},
        ),
        SourceRecord(
            "images",
            "tui_lab.data.images",
            "pictures",
            CLASS,
            is_folder=True,
            settings=_OF_FOLDERS,
            to_guess={"shape": GUESS_SHAPE},
        ),
        SourceRecord(
            "torchvision", "tui_lab.data.images", "pictures", CLASS, is_path=False, read_early=False
        ),
        # a data set of the user may hold images
        SourceRecord("own", "tui_lab.data.user", "pixels", user_code=True, read_early=False),
    )
}


def source_of_path(name: str, *, is_folder: bool = False) -> SourceRecord | None:
    """The kind of data in a file of that name, or in a folder; None if there is none."""
    every, name = SOURCES.values(), name.lower()
    return next((r for r in every if (r.is_folder if is_folder else name.endswith(r.suffixes))), None)
