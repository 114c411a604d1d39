"""Many epochs in one line, and points as columns: every bit comes back, and damage is one kind of error."""

import base64
import json
import struct
import tracemalloc
import zlib
from dataclasses import fields, replace
from math import inf, isnan, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import events_of
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.columns import from_text, to_text
from tui_lab.protocol.events import EpochEnded, Measured, Record
from tui_lab.protocol.packed import (
    MANY_POINTS,
    MAX_EPOCHS,
    NUMBERS,
    are_epochs,
    pack_epochs,
    pack_points,
    unpack_epochs,
)

pytestmark = pytest.mark.slow

TASKS = {
    "regression": ({"mae": 50.1, "rmse": 60.2, "r2": 0.4}, 0, 85),
    "binary": ({"accuracy": 0.9, "precision": 0.8, "recall": 0.7, "f1": 0.75, "auroc": 0.97}, 2, 130),
}
EPOCH = EpochEnded(1, 20, 0.5, 0.6, 0.01, 0.25, {"r2": 0.9}, (), True, {"r2": 0.8})


def noisy(last: int, metrics: dict[str, float], classes: int, first: int = 1) -> list[Record]:
    """Epochs whose losses and metrics have no bits in common but sign and exponent."""
    random = Random(last)

    def near(value: float) -> float:
        return value * random.uniform(0.99, 1.01)

    def near_short(value: float) -> float:
        """As torch computes it, in 32 bits."""
        (found,) = struct.unpack("f", struct.pack("f", near(value)))
        return float(found)

    return [
        Record(
            n,
            1_795_905_442.5 + n / 1000,
            EpochEnded(
                epoch=n,
                step=20 * n,
                train_loss=near(0.3),
                val_loss=near_short(0.4),
                lr=0.002,
                seconds=round(near(0.001) * 2**20) / 2**20,
                metrics={name: near(value) for name, value in metrics.items()},
                class_recall=tuple(near(0.9) for _ in range(classes)),
                best=n % 3 == 0,
                train_metrics={name: near(value) for name, value in metrics.items()},
            ),
        )
        for n in range(first, last + 1)
    ]


def back(records: list[Record]) -> list[Record]:
    line = pack_epochs(records)
    assert line is not None and are_epochs(line) and b"\n" not in line
    assert not any(are_epochs(encode(record)) for record in records)
    return unpack_epochs(line)


@given(
    st.lists(events_of(EpochEnded), min_size=1, max_size=5),
    st.lists(st.tuples(st.floats(), st.floats(), st.booleans(), st.floats(0, 4e9)), min_size=1, max_size=12),
    st.integers(0, 2**60),
)
def test_epochs_come_back_or_are_not_packed(
    drawn: list[EpochEnded], others: list[tuple[float, float, bool, float]], seq: int
) -> None:
    alike = [
        Record(seq + k, time, replace(drawn[0], train_loss=a, lr=b, best=best))
        for k, (a, b, best, time) in enumerate(others)
    ]
    unlike = [Record(k, 0.5, ended) for k, ended in enumerate(drawn)]
    for records in (alike, unlike):
        line = pack_epochs(records)
        if line is not None:
            assert repr(unpack_epochs(line)) == repr(records)


def test_epochs_of_one_kind_are_packed_whatever_their_numbers() -> None:
    odd = [nan, inf, -inf, -0.0, 5e-324, 1e308]
    records = [
        Record(k, 1.5 * k, replace(EPOCH, epoch=k, val_loss=value, metrics={"r2": -value}, best=k % 2 == 0))
        for k, value in enumerate(odd, 7)
    ]
    assert repr(back(records)) == repr(records)
    full = noisy(MAX_EPOCHS, *TASKS["binary"][:2])
    assert back(full) == full
    assert type(back(full)[0].event.best) is bool  # type: ignore[union-attr]


def test_what_does_not_fit_one_line_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Record(1, 0.5, EPOCH)
    for other in (
        Record(3, 0.5, EPOCH),
        Record(2, 0.5, replace(EPOCH, metrics={"mae": 0.5})),
        Record(2, 0.5, replace(EPOCH, train_metrics={})),
        Record(2, 0.5, replace(EPOCH, class_recall=(0.5,))),
        Record(2, 0.5, replace(EPOCH, step=2**70)),
    ):
        assert pack_epochs([first, other]) is None, other
    assert pack_epochs([Record(1, 0.5, replace(EPOCH, metrics={"\udcff": 1.0}))]) is None
    assert pack_epochs([first]) is not None
    monkeypatch.setattr("tui_lab.protocol.columns.MAX_BYTES", 50)
    assert pack_epochs([first]) is None


def test_every_field_of_an_epoch_is_in_the_line() -> None:
    assert {f.name for f in fields(EpochEnded)} == {
        *NUMBERS, "metrics", "train_metrics", "class_recall", "kind",
    }  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_an_epoch_takes_few_bytes_even_if_nothing_repeats(task: str) -> None:
    metrics, classes, most = TASKS[task]
    records = noisy(64, metrics, classes)
    line = pack_epochs(records)
    assert line is not None and len(line) / len(records) < most < len(encode(records[-1])) / 3.5


def test_the_form_of_a_line_of_epochs_is_fixed() -> None:
    """Journals are kept: this line must be readable for ever."""
    line = (
        b'{"epochs":{"seq":7,"count":2,"metrics":["r2"],"train_metrics":["r2"],"class_recall":1,'
        b'"columns":"eJxjYECAH3/s7RkZGVCAiAgDTvDggb29MRJ4/NjevrpaRGTdOnf3hw+rqlpa7O2R1V+4ADSf4ezZM3Dw5o29/axZM+Hg5UtUHQ9+2NcDAGrJKuI="}}'
    )
    records = [
        Record(7, 1.5, replace(EPOCH, class_recall=(0.5,))),
        Record(8, 1.75, replace(EPOCH, epoch=2, step=40, class_recall=(nan,), best=False)),
    ]
    assert repr(unpack_epochs(line)) == repr(records)


def test_the_form_of_packed_points_is_fixed() -> None:
    line = (
        b'{"seq":3,"time":1.5,"event":{"epoch":1,"step":9,"series":{"loss":[2,"eJxjZ2LACR5csLcHAAfrAjg="],'
        b'"lr":[0,"eJwDAAAAAAE="]},"kind":"measured_packed"}}'
    )
    assert decode(line) == Record(3, 1.5, Measured(1, 9, {"loss": ((7, 0.5), (9, 0.25)), "lr": ()}))


@given(
    events_of(Measured),
    st.lists(st.tuples(st.integers(0, 2**62), st.floats()), min_size=MANY_POINTS, max_size=2 * MANY_POINTS),
)
def test_many_points_are_packed_and_come_back(event: Measured, points: list[tuple[int, float]]) -> None:
    record = Record(5, 0.25, replace(event, series={"loss": tuple(points), "other": tuple(points[:1])}))
    line = pack_points(record)
    assert line is not None and b"\n" not in line
    assert repr(decode(line)) == repr(record)
    drawn = Record(5, 0.25, event)
    packed = pack_points(drawn)
    assert packed is None or repr(decode(packed)) == repr(drawn)


def test_few_points_stay_readable_and_points_beyond_64_bits_are_not_packed() -> None:
    points = tuple((k, 0.5) for k in range(MANY_POINTS))
    assert pack_points(Record(1, 0.5, Measured(1, 1, {"loss": points[1:]}))) is None
    assert pack_points(Record(1, 0.5, Measured(1, 1, {"loss": points}))) is not None
    assert pack_points(Record(1, 0.5, Measured(1, 1, {"loss": (*points, (2**70, 0.5))}))) is None
    assert pack_points(Record(1, 0.5, EPOCH)) is None


LINES = (
    pack_epochs(noisy(3, *TASKS["regression"][:2])),
    pack_points(Record(1, 0.5, Measured(1, 99, {"loss": tuple((k, 1 / k) for k in range(1, 99))}))),
)


@given(st.sampled_from(LINES), st.data())
def test_a_changed_line_is_read_or_refused(line: bytes, data: st.DataObject) -> None:
    content = bytearray(line)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        (unpack_epochs if are_epochs(bytes(content)) else decode)(bytes(content))
    except ValueError:
        return


@pytest.mark.parametrize("count", [-1, 0, 1, 2, 4, 2**40, 2**70])
def test_a_text_of_other_numbers_than_expected_is_refused(count: int) -> None:
    text = to_text([("d", [0.5, 0.25, nan])])
    values = from_text(text, 3, "d")[0]
    assert list(values[:2]) == [0.5, 0.25] and isnan(values[2])
    with pytest.raises(ValueError):
        from_text(text, count, "d")


def test_a_short_text_cannot_fill_the_memory() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(64 * 2**20))).decode()
    line = json.loads(LINES[0] or "")
    line["epochs"]["columns"] = bomb
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            unpack_epochs(json.dumps(line).replace('{"epochs": ', '{"epochs":').encode())
        with pytest.raises(ValueError):
            from_text(bomb, 64 * 2**17, "d")
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()
