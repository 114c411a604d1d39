"""What a run takes in memory as it gets long: the numbers of its epochs, and nothing else that grows.

The bound: 8 bytes per number of an epoch and a byte for `best`, and an eighth for what the columns reserve,
once in the host, once in a lab that watches it, and twice while its list of runs is open.
"""

import gc
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.protocol.test_packed import noisy
from tests.runs.samples import experiment, opening
from tests.runs.test_fast_epochs import METRICS
from tui_lab.protocol.events import Event, Measured
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.lock import take
from tui_lab.runs.index.run_index import RunIndex
from tui_lab.runs.journal.journal import Journal
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.run_series import Tracks, chart_data

pytestmark = pytest.mark.slow

WARM, MORE = 600, 1200
ROW_BYTES = 8 * (6 + 2 * len(METRICS)) + 1
SLACK, A_LITTLE = 1.13, 30_000
PORTION, POINTS = 20, 256


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(first: int, last: int) -> Iterator[Event]:
    """Epochs as they come, and the steps with every tenth."""
    for number in range(first, last + 1):
        yield noisy(number, METRICS, 0, first=number)[0].event
        if not number % 10:
            steps = range(20 * number - 63, 20 * number + 1)
            yield Measured(number, 20 * number, {"loss": tuple((step, 1 / step) for step in steps)})


def write(journal: Journal, clock: Clock, events: Iterable[Event]) -> None:
    for event in events:
        clock.now += 0.01 * (not isinstance(event, Measured))
        journal.append(event)


class Memory:
    """What is kept since it began: bytes, and objects that can refer to others."""

    def __init__(self) -> None:
        tracemalloc.start()

    def look(self) -> tuple[int, int]:
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(gc.get_objects())


@pytest.fixture
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """In each curve: it takes long to reach the number to which they are thinned."""
    monkeypatch.setattr("tui_lab.protocol.view.MAX_STEP_POINTS", POINTS)
    monkeypatch.setattr("tui_lab.tui.chart.curves.epoch_series.MOST", POINTS)


@pytest.fixture
def memory(few_points: None) -> Iterator[Memory]:
    yield Memory()
    tracemalloc.stop()


def check(before: tuple[int, int], after: tuple[int, int], times: int) -> None:
    (bytes_before, objects_before), (bytes_after, objects_after) = before, after
    assert bytes_after - bytes_before < times * SLACK * ROW_BYTES * MORE + A_LITTLE
    assert objects_after - objects_before < 2 * POINTS


class Calls:
    """Counts the calls of functions, those written in C as well, while it is in force."""

    def __enter__(self) -> "Calls":
        self.count = 0
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, _frame: object, event: str, _argument: object) -> None:
        self.count += event in ("call", "c_call")


def test_an_epoch_takes_as_many_calls_late_in_a_run_as_early(tmp_path: Path, few_points: None) -> None:
    """In the trainer, which writes and folds it, and in a lab that reads, folds and draws it."""
    clock = Clock()
    folder = create(tmp_path, experiment())
    with Journal.open(folder.journal, clock) as journal, take(folder):
        for event in opening():
            journal.append(event)
        write(journal, clock, told(1, WARM))
        index, tracks = RunIndex(tmp_path), Tracks()
        view, session = RemoteSession.opened(folder)
        made = []
        for first in range(WARM + 1, WARM + MORE, PORTION):
            events = [*told(first, first + PORTION - 1)]
            with Calls() as written:
                write(journal, clock, events)
            with Calls() as shown:
                for record in session.drain():
                    view.apply(record)
                chart_data(view, "", Lens(), None, tracks)
                index.look()
            made.append((written.count, shown.count))
    third = len(made) // 3
    for early, late in zip(
        *(map(sum, zip(*part, strict=True)) for part in (made[:third], made[-third:])), strict=True
    ):
        assert late < 1.15 * early


def test_the_trainer_keeps_the_numbers_of_its_epochs(tmp_path: Path, memory: Memory) -> None:
    clock = Clock()
    with Journal.open(tmp_path / "events.jsonl", clock) as journal:
        for event in opening():
            journal.append(event)
        write(journal, clock, told(1, WARM))
        before = memory.look()
        write(journal, clock, told(WARM + 1, WARM + MORE))
        check(before, memory.look(), 1)


@pytest.mark.parametrize("times", [1, 2], ids=["lab", "list of runs"])
def test_a_lab_that_watches_keeps_them_once_or_twice_and_draws_a_bounded_number(
    tmp_path: Path, memory: Memory, times: int
) -> None:
    folder = create(tmp_path, experiment())
    first, second = parts(folder)
    unfollowed = folder.run_id if times == 1 else ""
    folder.journal.write_bytes(b"".join(first))
    with take(folder):
        index, tracks = RunIndex(tmp_path), Tracks()
        view, session = RemoteSession.opened(folder)

        def look() -> int:
            for record in session.drain():
                view.apply(record)
            chart = chart_data(view, "", Lens(), None, tracks)
            assert [line.status for line in index.look(unfollowed)] == ["running"]
            return max(len(line.x) for line in chart.series)

        look()
        before = memory.look()
        for place in range(0, len(second), PORTION):
            with folder.journal.open("ab") as file:
                file.writelines(second[place : place + PORTION])
            assert look() <= 2 * POINTS
        check(before, memory.look(), times)
        assert len(view.history) == WARM + MORE


def parts(folder: RunFolder) -> tuple[list[bytes], list[bytes]]:
    """The lines of a journal up to `WARM` epochs, and those of the epochs after."""
    clock = Clock()
    with Journal.open(folder.journal, clock) as journal:
        for event in opening():
            journal.append(event)
        write(journal, clock, told(1, WARM))
        journal.flush()
        size = folder.journal.stat().st_size
        write(journal, clock, told(WARM + 1, WARM + MORE))
    content = folder.journal.read_bytes()
    return content[:size].splitlines(keepends=True), content[size:].splitlines(keepends=True)
