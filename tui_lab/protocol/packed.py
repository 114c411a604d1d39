"""How a journal stores what comes fast: many epochs in one line, and what was measured at steps, as columns.

Reading gives the records that were written, bit for bit. A line of epochs is

    {"epochs": {"seq": 17, "count": 9, "metrics": ["mae", "r2"], "train_metrics": [], "class_recall": 0,
                "columns": "..."}}

with the records 17 to 25 and, in `columns`, their times, `NUMBERS`, the metrics in the order of their names,
and the recall of each class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import attrgetter
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.columns import from_text, to_text
from tui_lab.protocol.events import EpochEnded, Measured, PackedMeasured, Record
from tui_lab.protocol.layer_events import LayersMeasured, PackedLayers

MAX_EPOCHS = 256
"""In one line."""
MANY_POINTS = 32
"""A `Measured` with fewer stays as readable as other events."""
NUMBERS = {
    "epoch": "q", "step": "q", "train_loss": "d", "val_loss": "d", "lr": "d", "seconds": "d", "best": "b",
}  # fmt: skip
"""The single numbers of an epoch, with their type codes. Lines with other numbers need another start."""
_START = b'{"epochs":'
_numbers_of = attrgetter(*NUMBERS)


@dataclass(frozen=True, slots=True)
class _Epochs:
    seq: int
    count: Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
    metrics: tuple[str, ...]
    train_metrics: tuple[str, ...]
    class_recall: Annotated[int, Field(ge=0)]
    columns: str


@dataclass(frozen=True, slots=True)
class _Line:
    epochs: _Epochs


@cache
def _reader() -> TypeAdapter[_Line]:
    return TypeAdapter(_Line)


def pack_epochs(records: Sequence[Record]) -> bytes | None:
    """One line for at most `MAX_EPOCHS` records of `EpochEnded`, without the line break.

    None if they cannot be stored that way: if they have other fields, or are not numbered in turn.
    """
    layouts, rows = set(), []
    for record in records:
        ended = record.event
        assert isinstance(ended, EpochEnded)
        layouts.add((tuple(ended.metrics), tuple(ended.train_metrics), len(ended.class_recall)))
        measured = (*ended.metrics.values(), *ended.train_metrics.values(), *ended.class_recall)
        rows.append((record.time, *_numbers_of(ended), *measured))
    if len(layouts) > 1 or any(after.seq != before.seq + 1 for before, after in pairwise(records)):
        return None
    (layout,) = layouts
    try:
        columns = to_text(zip(_codes(*layout), zip(*rows, strict=True), strict=True))
        return to_json(_Line(_Epochs(records[0].seq, len(records), *layout, columns)))
    except (ValueError, OverflowError, TypeError):
        return None


def are_epochs(line: bytes) -> bool:
    """Whether it is a line of `pack_epochs`, if it is any."""
    return line.startswith(_START)


def unpack_epochs(line: bytes) -> list[Record]:
    """The records of such a line. Raises ValueError if it is damaged."""
    found = _reader().validate_json(line).epochs
    codes = _codes(found.metrics, found.train_metrics, found.class_recall)
    rows = zip(*from_text(found.columns, found.count, codes), strict=True)
    return [
        Record(found.seq + place, time, _epoch(found, row[: len(NUMBERS)], row[len(NUMBERS) :]))
        for place, (time, *row) in enumerate(rows)
    ]


def _epoch(line: _Epochs, numbers: Sequence[Any], measured: Sequence[float]) -> EpochEnded:
    epoch, step, train_loss, val_loss, lr, seconds, best = numbers
    train = len(line.metrics)
    recall = train + len(line.train_metrics)
    return EpochEnded(
        epoch=epoch,
        step=step,
        train_loss=train_loss,
        val_loss=val_loss,
        lr=lr,
        seconds=seconds,
        metrics=dict(zip(line.metrics, measured[:train], strict=True)),
        class_recall=tuple(measured[recall:]),
        best=bool(best),
        train_metrics=dict(zip(line.train_metrics, measured[train:recall], strict=True)),
    )


def _codes(metrics: tuple[str, ...], train_metrics: tuple[str, ...], class_recall: int) -> list[str]:
    return ["d", *NUMBERS.values(), *["d"] * (len(metrics) + len(train_metrics) + class_recall)]


def pack_points(record: Record) -> bytes | None:
    """One line, with columns, for a `LayersMeasured` or a `Measured` with many points; None for any other.

    `decode` reads it as it reads every other event.
    """
    event = record.event
    packed: PackedMeasured | PackedLayers
    try:
        if isinstance(event, LayersMeasured):
            packed = PackedLayers.of(event)
        elif isinstance(event, Measured) and sum(map(len, event.series.values())) >= MANY_POINTS:
            packed = PackedMeasured.of(event)
        else:
            return None
        return to_json({"seq": record.seq, "time": record.time, "event": packed})
    except (ValueError, OverflowError, TypeError):
        return None
