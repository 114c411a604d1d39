"""What is measured of the layers: kept in a journal as columns, bounded in a view, cut by undo and resume."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import fold
from tests.protocol.strategies import events_of
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.events import Record, RunResumed
from tui_lab.protocol.layer_events import Histogram, LayerMeasured, LayersMeasured
from tui_lab.protocol.packed import pack_points
from tui_lab.protocol.steering_events import Edited, Undone

LINEAR = LayerMeasured(
    "1 linear 3", 0.5, 2.0, 0.002, 0.1, 1.5, nan, nan,
    Histogram(-1.0, 1.0, (3, 0, 6)), Histogram(-2.0, 2.5, (1, 2, 3)), Histogram(-1e-7, inf, (0, 0, 9)),
)  # fmt: skip
RELU = LayerMeasured("2 relu", nan, nan, nan, 0.4, 0.5, 0.25, nan, None, Histogram(0.0, 2.5, (4, 2, 0)))


def measured(step: int, layers: tuple[LayerMeasured, ...] = (LINEAR, RELU)) -> LayersMeasured:
    return LayersMeasured(step, step // 100 + 1, layers)


@given(events_of(LayersMeasured))
def test_layers_are_packed_and_come_back(event: LayersMeasured) -> None:
    record = Record(5, 0.25, event)
    line = pack_points(record)
    assert line is None or repr(decode(line)) == repr(record)


def test_a_measurement_takes_a_third_of_the_bytes_and_every_bit_comes_back() -> None:
    big = Histogram(-0.123456789, 1 / 3, tuple(range(0, 2000, 100)))
    layer = replace(LINEAR, gradient=1 / 7, weights=big, activations=big, gradients=big)
    record = Record(1, 0.5, measured(7, (layer,) * 8))
    line = pack_points(record)
    assert line is not None
    assert len(line) < len(encode(record)) / 3
    assert repr(decode(line)) == repr(record)


def test_the_form_of_packed_layers_is_fixed() -> None:
    """Journals are kept: this line must be readable for ever."""
    line = (
        b'{"seq":3,"time":1.5,"event":{"step":7,"epoch":1,"layers":["1 linear 3","2 relu"],'
        b'"bins":[[3,3,3],[0,3,0]],"numbers":"eJxjYPgziwEMoBSDB5hcORPCg1IM68HkRzTRPWDyEpooxCRfNNFPYDIJTfQ6ED9gSNj5AwxuPrjw48MHBpYqILZ3sLe3rwcBEL3f/oDDvnoGBwAjxSZm","counts":"eJxj/sv2m5HxLwPn73//GP4DIRj9/08tNgDaLi/X","kind":"layers_measured_packed"}}'
    )
    assert decode(line) == Record(3, 1.5, measured(7)), "also where a figure is missing"


@given(st.data())
def test_a_changed_line_is_read_or_refused(data: st.DataObject) -> None:
    line = pack_points(Record(3, 1.5, measured(7)))
    assert line is not None
    content = bytearray(line)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(content))
    except ValueError:
        return


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bins", "[[3,3,3]]"), ("bins", "[[3,3,3],[0,3,-3]]"), ("bins", "[[3,3,3],[0,4,0]]"),
        ("bins", "[[3,3,3],[3,3,0]]"), ("layers", '["1 linear 3"]'), ("numbers", '""'),
    ],
)  # fmt: skip
def test_other_numbers_of_layers_or_bins_are_refused(name: str, value: str) -> None:
    line = pack_points(Record(3, 1.5, measured(7)))
    assert line is not None
    text = line.decode()
    begin = text.index(f'"{name}":') + len(name) + 3
    end = text.index(',"', begin)
    while name == "layers" and text[end - 1] != "]":
        end = text.index(',"', end + 1)
    with pytest.raises(ValueError):
        decode(text[:begin] + value + text[end:])


def test_a_view_remembers_some_of_many_with_the_first_and_the_last() -> None:
    view = fold([])
    for step in range(1, 1001):
        view.apply(Record(step, float(step), measured(step)))
        assert len(view.layers) <= 200
        assert (view.layers[0].step, view.layers[-1].step) == (1, step)
    steps = [event.step for event in view.layers]
    assert steps == sorted(set(steps))
    assert len(steps) >= 100


def test_the_more_layers_the_fewer_steps_are_remembered() -> None:
    view = fold([Record(step, 1.0, measured(step, (RELU,) * 100)) for step in range(1, 60)])
    assert 12 <= len(view.layers) <= 25


def test_undo_and_resume_cut_them() -> None:
    told = [measured(10), measured(20), Edited(20, 0, "lr", 0.1, 0.2, 100), measured(30)]
    view = fold([Record(seq, 1.0, event) for seq, event in enumerate(told, 1)])
    assert [event.step for event in view.layers] == [10, 20, 30]
    view.apply(Record(5, 2.0, Undone(20, 0, "lr", 0.1, 0.2, 30, 0, 100)))
    assert [event.step for event in view.layers] == [10, 20]
    view.apply(Record(6, 3.0, RunResumed("a.pt", 10, 0, {})))
    assert [event.step for event in view.layers] == [10]


def test_steps_measured_again_take_the_place_of_those_before() -> None:
    """As after an undo whose line in the journal is damaged."""
    again = replace(measured(15), epoch=9)
    told = [measured(10), measured(20), measured(30), again]
    view = fold([Record(seq, 1.0, event) for seq, event in enumerate(told, 1)])
    assert view.layers == [measured(10), again]
