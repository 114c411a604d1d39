"""The queue of records from the training thread to the reader."""

from threading import Lock

from tui_lab.protocol.events import EpochEnded, Measured, Record
from tui_lab.protocol.thinning import extended

MAX_WAITING_POINTS = 4096


class RecordQueue:
    """Holds records until they are drained. `put` never waits for the reader.

    Everything is kept except what is measured at steps: at most `MAX_WAITING_POINTS` of a series wait,
    thinned so that the extremes remain, however long nobody reads. They are merged across the ends of epochs
    only: an `Undone` discards the steps before it, not those after.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Record] = []
        self._steps: Record | None = None

    def put(self, record: Record) -> None:
        """Add a record; call in order of `seq`."""
        with self._lock:
            if isinstance(record.event, Measured):
                self._steps = _joined(self._steps, record, record.event)
                return
            if not isinstance(record.event, EpochEnded):
                self._push_steps()
            self._waiting.append(record)

    def drain(self) -> list[Record]:
        with self._lock:
            self._push_steps()
            records, self._waiting = self._waiting, []
        records.sort(key=lambda record: record.seq)
        return records

    def _push_steps(self) -> None:
        if self._steps is not None:
            self._waiting.append(self._steps)
            self._steps = None


def _joined(before: Record | None, record: Record, event: Measured) -> Record:
    if before is None or not isinstance(before.event, Measured):
        return record
    series = dict(before.event.series)
    for name, points in event.series.items():
        series[name] = tuple(extended(list(series.get(name, ())), points, MAX_WAITING_POINTS))
    return Record(record.seq, record.time, Measured(event.epoch, event.step, series))
