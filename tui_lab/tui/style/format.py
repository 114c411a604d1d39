"""Numbers and times as shown on the screen: short, and of stable width."""

from collections.abc import Sequence
from datetime import datetime
from math import floor, inf, isnan, log10

from tui_lab.data.messages import counted
from tui_lab.experiment.experiment import DataSpec, ModelSpec
from tui_lab.experiment.metrics import metric
from tui_lab.protocol.events import DataLoaded

_BAR_CELLS = 20
RECENT_S = 20 * 3600
"""Up to this age, a time of day is unambiguous."""


def number(value: float | None) -> str:
    """Two to four significant digits in at most seven characters: `0.0893`, `44.21`, `1.2e-5`, `0`, `–`."""
    if value is None:
        return "–"
    if isnan(value):
        return "NaN"
    if value in (inf, -inf):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-3 <= size < 1e6:
        return f"{value:.1e}".replace("e+0", "e+").replace("e-0", "e-")
    places = 4 if size < 1 else 3 - floor(log10(size))
    return f"{value:.{max(0, places)}f}"


def share(value: float | None) -> str:
    """A metric between 0 and 1, with three decimals."""
    if value is None or not abs(value) <= 1:
        return number(value)
    return f"{value:.3f}".replace("-0.000", "0.000")


def score(name: str, value: float | None) -> str:
    """The value of a metric; one without an upper limit can be of any size."""
    return number(value) if metric(name).limits[1] == inf else share(value)


def change(value: float) -> str:
    """A difference with its sign."""
    return ("+" if value >= 0 else "−") + number(abs(value))


def count(value: float) -> str:
    """A whole number, abbreviated from a hundred thousand on: `1,797`, `120k`, `3.4M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e5, "k")):
        if value >= size:
            scaled = value / (1e3 if unit == "k" else size)
            return f"{scaled:.3g}{unit}"
    return f"{round(value):,}"


def duration(seconds: float) -> str:
    """A duration: `4 s`, `1:05 min`, `2:10 h`, `3 d`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    if whole < 48 * 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02} h"
    return f"{whole // 86400:,} d"


def plural(value: int, noun: str) -> str:
    """A count with its noun: `1 epoch`, `3 epochs`."""
    return counted(value, noun, f"{noun}s")


def shape_text(shape: Sequence[int]) -> str:
    """`32×8×8`."""
    return "×".join(map(str, shape))


def examples(data: DataLoaded, spec: DataSpec) -> str:
    """The number of examples: `442 rows`, `840 images`."""
    return f"{count(data.rows)} {'images' if spec.pictures else 'rows'}"


def when(time: float | None, now: float) -> str:
    """A Unix time in local time, at most twelve characters: `today 10:15`, `23 Nov 10:15`, `23 Nov 2025`."""
    try:
        moment, today = (datetime.fromtimestamp(t) for t in (time if time is not None else inf, now))
    except (ValueError, OverflowError, OSError):
        return "–"
    if moment.date() == today.date():
        return f"today {moment:%H:%M}"
    return f"{moment:%d %b %H:%M}" if moment.year == today.year else f"{moment:%d %b %Y}"


def clock_or_day(time: float | None, now: float) -> str:
    """A Unix time in local time, in six characters: `10:15` in the last hours, `23 Nov`, `2025`."""
    if time is not None and 0 <= now - time < RECENT_S:
        return clock(time)
    shown = when(time, now)
    if shown.startswith("today"):
        return shown.removeprefix("today ")
    day = shown[:6]
    return day if ":" in shown else shown[-4:].strip()


def clock(time: float) -> str:
    """A Unix time as the local time of day: `10:15`."""
    try:
        return f"{datetime.fromtimestamp(time):%H:%M}"
    except (ValueError, OverflowError, OSError):
        return "–"


def network_name(model: ModelSpec) -> str:
    """The name of a network that is not a list of layers."""
    name = model.name.rpartition("/")[2]
    if model.source == "torchvision":
        return f"torchvision's {name}{', pretrained' if model.pretrained else ''}"
    return f"{name} (user code)"


def progress_bar(share: float) -> str:
    """A bar of 20 cells for a message, and the fraction as a percentage."""
    full = int(share * _BAR_CELLS)
    return f"{'━' * full}{'─' * (_BAR_CELLS - full)} {share:4.0%}"
