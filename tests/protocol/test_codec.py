"""Every event goes through a line of strict JSON and comes back as it was."""

import json
import math
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import COMMANDS, EVENTS, commands_of, events, events_of, times
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.commands import decode_command, encode_command
from tui_lab.protocol.events import EpochEnded, Event, Measured, Record, RunEnded, Warned

kinds = pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
NAN = float("nan")


def strict(line: bytes) -> Any:
    """Read as a reader would that knows no bare NaN."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"bare {constant}")

    return json.loads(line, parse_constant=refuse)


@kinds
@given(data=st.data(), seq=st.integers(1, 2**63), time=times)
def test_there_and_back_as_a_line_of_strict_json_that_names_its_kind(
    kind: type[Any], data: st.DataObject, seq: int, time: float
) -> None:
    record = Record(seq, time, data.draw(events_of(kind)))
    line = encode(record)
    assert b"\n" not in line
    assert strict(line)["event"]["kind"] == kind.__dataclass_fields__["kind"].default
    again = decode(line)
    assert type(again.event) is kind
    assert repr(again) == repr(record)  # tells 1 from 1.0 and 0.0 from -0.0, and finds NaN equal to NaN


def test_kinds_differ() -> None:
    assert len({kind.__dataclass_fields__["kind"].default for kind in EVENTS}) == len(EVENTS)


def test_what_is_not_a_number_is_written_as_text() -> None:
    event = EpochEnded(1, 2, NAN, math.inf, 0.1, 1.0, {"r2": -math.inf}, (NAN, 0.5))
    written = strict(encode(Record(1, 0.0, event)))["event"]
    assert (written["train_loss"], written["val_loss"]) == ("NaN", "Infinity")
    assert written["metrics"] == {"r2": "-Infinity"}
    assert written["class_recall"] == ["NaN", 0.5]
    line = encode(Record(1, 0.0, Measured(1, 2, {"loss": ((2, NAN),)})))
    assert strict(line)["event"]["series"]["loss"] == [[2, "NaN"]]


def test_the_losses_of_earlier_versions_are_read_as_a_series() -> None:
    line = (
        '{"seq":3,"time":1.5,"event":{"epoch":1,"step":2,"points":[[1,0.5],[2,0.25]],"kind":"steps_trained"}}'
    )
    assert decode(line) == Record(3, 1.5, Measured(1, 2, {"loss": ((1, 0.5), (2, 0.25))}))


def test_the_form_of_a_line_is_fixed() -> None:
    """Journals are kept: this line must be readable for ever."""
    line = b'{"seq":7,"time":1.5,"event":{"status":"diverged","message":"m","hint":"h","kind":"run_ended"}}'
    record = Record(7, 1.5, RunEnded("diverged", "m", "h"))
    assert encode(record) == line
    assert decode(line) == decode(line.decode()) == record


@pytest.mark.parametrize("text", ["\udcff", "caf\udce9\n", "\ud83d"])
def test_text_that_is_not_unicode_does_not_end_the_run(text: str) -> None:
    message = decode(encode(Record(1, 0.0, RunEnded("failed", text, f"see {text}"))))
    assert message == Record(
        1,
        0.0,
        RunEnded(
            "failed",
            text.encode("utf-8", "backslashreplace").decode(),
            f"see {text.encode('utf-8', 'backslashreplace').decode()}",
        ),
    )
    nested = EpochEnded(1, 1, 0.5, NAN, 0.1, 1.0, {text: NAN}, (NAN, 1.0), True)
    (name,) = strict(encode(Record(1, 0.0, nested)))["event"]["metrics"]
    assert name == text.encode("utf-8", "backslashreplace").decode()


@given(st.binary(max_size=80) | st.text(max_size=80) | st.text(st.characters(), max_size=20))
def test_junk_is_refused_by_one_kind_of_error(junk: bytes | str) -> None:
    with pytest.raises(ValueError):
        decode(junk)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(event=events, data=st.data())
def test_a_line_with_one_thing_changed_is_read_or_refused(event: Event, data: st.DataObject) -> None:
    line = json.loads(encode(Record(1, 0.0, event)))
    place = data.draw(st.sampled_from([line, line["event"]]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    try:
        decode(json.dumps(line))
    except ValueError:
        return


@given(event=events, data=st.data())
def test_a_torn_line_is_refused(event: Event, data: st.DataObject) -> None:
    line = encode(Record(1, 0.0, event))
    with pytest.raises(ValueError):
        decode(line[: data.draw(st.integers(0, len(line) - 1))])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"seq":1,"time":0}',
        b'{"seq":1,"time":0,"event":{}}',
        b'{"seq":1,"time":0,"event":{"kind":"run_finished"}}',
        b'{"seq":1,"time":0,"event":{"kind":"warned"}}',
        b'{"seq":1,"time":0,"event":{"kind":"warned","message":7}}',
        b'{"seq":"x","time":0,"event":{"kind":"warned","message":""}}',
        b'{"seq":1,"time":0,"event":{"kind":"run_ended","status":"running","message":""}}',
        b'{"seq":1,"time":0,"event":{"kind":"steps_trained","epoch":1,"step":1,"points":[[1]]}}',
        b'{"seq":1,"time":0,"event":{"kind":"warned","message":"\xff"}}',
    ],
)
def test_what_is_no_record(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


def test_a_key_that_a_later_version_adds_is_passed_over() -> None:
    line = b'{"seq":1,"time":0.0,"more":1,"event":{"kind":"warned","message":"m","more":[]}}'
    assert decode(line) == Record(1, 0.0, Warned("m"))


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_commands_there_and_back(kind: type[Any], data: st.DataObject) -> None:
    command = data.draw(commands_of(kind))
    line = encode_command(command)
    assert b"\n" not in line
    again = decode_command(line)
    assert type(again) is kind
    assert repr(again) == repr(command)


@given(st.binary(max_size=80))
def test_no_command(junk: bytes) -> None:
    with pytest.raises(ValueError):
        decode_command(junk)
