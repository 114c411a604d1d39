"""What one glance at the chart tells of real runs, read from the drawn rows alone.

The journals were recorded from trainings of the presets as they are; `undone` is `binary` with a learning
rate of 0.3 from epoch 30 to 45, which an undo discarded. At 80x24 the chart has 11 rows; at 120x40 it is 58
wide.
"""

import gzip
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from tests.journals import fold
from tui_lab.protocol.codec import decode
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.curves.frame import DrawnChart, Frame
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.chart.run_series import chart_data

JOURNALS = Path(__file__).parent / "journals"
SIZES = [(78, 11), (58, 24)]
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@cache
def records(name: str) -> list[Record]:
    lines = gzip.decompress((JOURNALS / f"{name}.jsonl.gz").read_bytes()).splitlines()
    return [decode(line) for line in lines[1:]]


def view_of(name: str, epochs: int = 0) -> RunView:
    """A run, or its first epochs."""
    found, ended = [], 0
    for record in records(name):
        found.append(record)
        ended += isinstance(record.event, EpochEnded)
        if ended == epochs > 0:
            break
    return fold(found)


def picture_of(view: RunView, size: tuple[int, int], mono: bool, lens: Lens | None = None) -> DrawnChart:
    return draw(Frame(chart_data(view, "", lens or Lens()), *size, mono))


def heights(picture: DrawnChart, style: str) -> list[float]:
    """The height of a curve, in rows from the bottom, in each column that shows it, from the left.

    A glyph that is not braille stands for the middle of its cell.
    """
    found: dict[int, list[float]] = {}
    for row, runs in enumerate(reversed(picture.rows[:-2])):
        column = 0
        for text, run_style in runs:
            for char in text:
                if run_style == style and char not in " ─":
                    bits = ord(char) - 0x2800
                    dots = [k for k, pair in enumerate(BITS) if 0 <= bits < 256 and bits & sum(pair)]
                    found.setdefault(column, []).append(row + (3.5 - mean(dots)) / 4 if dots else row + 0.5)
                column += 1
    return [mean(found[column]) for column in sorted(found) if found[column]]


def end(picture: DrawnChart, style: str) -> float:
    """How high a curve is in its last columns."""
    return mean(heights(picture, style)[-5:])


GLANCES = [
    # preset, epochs (0: all), which is lower at the end, whether it overfits
    ("regression", 0, "train", True),
    ("binary", 0, "train", True),
    ("multiclass", 0, "train", True),
    ("cnn", 0, "train", False),
    ("shapes", 0, "train", False),
    ("multiclass", 15, "val", False),
    ("cnn", 3, "val", False),
    ("undone", 0, "train", False),
]


@pytest.mark.parametrize("mono", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "epochs", "lower", "overfits"), GLANCES)
def test_the_rows_tell_which_curve_is_lower_and_whether_it_overfits(
    name: str, epochs: int, lower: str, overfits: bool, size: tuple[int, int], mono: bool
) -> None:
    view = view_of(name, epochs)
    last = view.history[-1]
    assert (last.train_loss < last.val_loss) is (lower == "train"), (
        "the recorded run is what it is said to be"
    )
    picture = picture_of(view, size, mono)
    train, val = end(picture, "train"), end(picture, "val")
    if not mono or abs(train - val) > 0.5:  # without colour a glyph fills its cell: there the number tells
        assert (train < val) is (lower == "train"), (train, val)
    if overfits:
        middle = heights(picture, "train")[len(heights(picture, "train")) // 3 :]
        best = min(heights(picture, "val"))
        assert val >= best and mean(middle[:5]) - train > 0.25, "training still falls, validation does not"
    elif name == "shapes":
        assert min(heights(picture, "val")) >= val - 0.5, "validation still falls"
    sign = "+" if lower == "train" else "−"
    assert f"gap {sign}" in picture.text()[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["regression", "binary", "multiclass", "cnn", "shapes", "undone"])
def test_the_axis_holds_what_is_now_and_uses_its_room(name: str, size: tuple[int, int]) -> None:
    view = view_of(name)
    window = picture_of(view, size, False).window
    assert window is not None and view.best is not None
    last = view.history[-1]
    low, high = window.y
    for value in (last.val_loss, last.train_loss, view.best.val_loss):
        assert low <= value <= high
    assert abs(last.val_loss - last.train_loss) > 0.08 * (high - low), "the gap is more than nothing"


def test_a_live_spike_is_seen_while_it_lasts_and_takes_no_room_once_discarded() -> None:
    during = next(k for k, r in enumerate(records("undone")) if r.event.kind == "undone")
    view = fold(records("undone")[:during])
    blown = max(ended.val_loss for ended in view.history[-3:])
    window = picture_of(view, SIZES[0], False).window
    assert blown > 0.3 and window is not None and window.y[1] >= view.history[-1].val_loss
    calm = view_of("undone")
    for lens in (Lens(), Lens(discarded=False), Lens(whole=True)):
        window = picture_of(calm, SIZES[0], False, lens).window
        assert window is not None and window.y[1] < 1, "194 was the loss of a step that was discarded"
