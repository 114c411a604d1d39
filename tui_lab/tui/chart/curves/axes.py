"""Axis limits that change in jumps, and ticks with short labels.

Limits that followed the data would move every tick in every frame. These are round numbers, and change
only when the data leave them or no longer fill them.
"""

from math import ceil, floor, isclose, log10
from typing import NamedTuple

Limits = tuple[float, float]
"""The lower and upper end of an axis, lower < upper; both above zero on a log axis."""

HUGE = 1e300
"""Larger values are clamped to this, so that differences do not overflow."""
TINY = 1e-99
"""Smaller absolute values count as zero on a linear axis."""
MIN_SPAN = 1e-3
"""The minimum span relative to the values; a narrower one would need labels too long to read."""
MIN_FILL = 0.45
"""New limits are chosen if the data fill less than this fraction of the old ones."""
GROWTH = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""Mantissas at which an axis starting at zero may end; at least 0.8 of it is used."""
MANTISSAS: tuple[tuple[float, ...], ...] = (
    (1, 1.5, 2, 3, 4, 5, 6, 8),
    (1, 2, 3, 5, 7),
    (1, 2, 5),
    (1, 3),
    (1,),
)
"""The labels of a decade on a log axis, from many to few; the first set that fits is used."""
UNITS = ((1e6, "M"), (1e3, "k"))


class Tick(NamedTuple):
    """A labelled position on an axis."""

    value: float
    label: str


def unit(value: float, limits: Limits, log: bool = False) -> float:
    """The position of a value between the limits: 0 at the lower one, 1 at the upper one."""
    low, high = limits
    if log:
        value, low, high = log10(value), log10(low), log10(high)
    return (value - low) / (high - low)


def padded(limits: Limits, rows: int, log: bool = False) -> Limits:
    """Limits extended by half a row on either side, so that a value at an end is in the middle of its row.

    Ticks and stars are drawn there, too; otherwise a value just above zero would appear below the tick of 0.
    """
    if rows < 2:
        return limits
    low, high = (log10(limits[0]), log10(limits[1])) if log else limits
    pad = (high - low) / (rows - 1) / 2
    low, high = low - pad, high + pad
    return (10 ** max(low, -307.0), 10 ** min(high, 308.0)) if log else (low, high)


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 5 (times a power of ten) that divides `span` into at most `count` parts."""
    return _round_up(span / count, (1, 2, 5, 10))


def fit_x(low: float, high: float, *, log: bool = False) -> Limits:
    """Limits for x from `low` to `high`; the axis starts at zero if possible."""
    if log:
        return _fit_log(low, high)
    low, high = _clamped(low, high)
    if 0 <= low <= 0.5 * high or low == high >= 0:
        return 0.0, max(high, _round_up(high, GROWTH)) if high > TINY else 1.0
    return _fit_linear(low, high)


def fit_y(low: float, high: float, *, log: bool = False, old: Limits | None = None) -> Limits:
    """Limits for y from `low` to `high`; the old ones while the data fit and fill them."""
    new = _fit_log(low, high) if log else _fit_linear(*_clamped(low, high))
    if old is None or not old[0] <= low <= high <= old[1] or (log and old[0] <= 0):
        return new
    filled = unit(new[1], old, log) - unit(new[0], old, log)
    return old if filled >= MIN_FILL else new


def ticks(limits: Limits, count: int, *, log: bool = False, whole: bool = False) -> list[Tick]:
    """About `count` ticks within the limits, rather fewer than more; `whole` allows no fractions."""
    count = max(1, count)
    low, high = limits
    if log:
        found = _log_values(low, high, count)
        if len(found) >= 2 or high > 100 * low:
            return [Tick(value, short(value, step)) for value, step in found]
    step = nice_step(high - low, count)
    if whole:
        step = max(1.0, step)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    values = [k * step for k in range(first, last + 1)]
    largest = max(map(abs, values), default=0.0)
    return [Tick(value, short(value, step, largest)) for value in values]


def short(value: float, step: float, largest: float | None = None) -> str:
    """A value with as many digits as distinguish it from the next tick: 0.25, 12k, 1e-3, 5e30.

    `largest` decides the format, so that all labels of an axis share it.
    """
    if value == 0:
        return "0"
    largest = abs(value) if largest is None else largest
    if largest >= 1e9 * (1 - 1e-9) or largest < 1e-3 * (1 + 1e-9):
        digits = max(0, _exponent(abs(value)) - _exponent(step))
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}"
    if largest >= 1e4:
        size, letter = next(found for found in UNITS if largest >= found[0])
        value, step = value / size, step / size
    else:
        letter = ""
    return f"{value:.{max(0, -_exponent(step))}f}{letter}"


def _fit_linear(low: float, high: float) -> Limits:
    """Round outward to about an eighth of the span; include zero if it is near."""
    largest = max(abs(low), abs(high))
    least = largest * MIN_SPAN if largest > TINY else 1.0
    if high - low < least:
        middle = (low + high) / 2
        pad = max(least, abs(middle) * 0.1) if low == high else least
        low, high = middle - pad / 2, middle + pad / 2
    if 0 <= low < 0.25 * high:
        low = 0.0
    step = nice_step(high - low, 8)
    return min(low, floor(low / step + 1e-9) * step), max(high, ceil(high / step - 1e-9) * step)


def _fit_log(low: float, high: float) -> Limits:
    """Round outward to 1, 2 or 5 times a power of ten; below a factor of four, like a linear axis."""
    low, high = (min(max(end, 1e-300), HUGE) for end in (low, high))
    if high < 4 * low and low > TINY:
        return _fit_linear(low, high)
    least, most = (low, high) if high >= 4 * low else (low / 2, high * 2)
    return min(low, _round_down(least)), max(high, _round_up(most, (1, 2, 5, 10)))


def _log_values(low: float, high: float, count: int) -> list[Limits]:
    """Powers of ten (every n-th if there are many, with values in between if few), each with its step."""
    first, last = floor(log10(low) + 1e-9), floor(log10(high) + 1e-9)
    stride = max(1, ceil((last - first + 1) / count))
    powers = [k for k in range(first, last + 1) if k % stride == 0]
    for mantissas in MANTISSAS:
        values = [(m * 10.0**k, (1 if m == int(m) else 0.1) * 10.0**k) for k in powers for m in mantissas]
        values = [tick for tick in values if low * (1 - 1e-9) <= tick[0] <= high * (1 + 1e-9)]
        if stride == 1 and len(values) <= count + 1:
            break
    return values


def _clamped(low: float, high: float) -> Limits:
    return max(-HUGE, min(low, HUGE)), min(HUGE, max(high, -HUGE))


def _exponent(value: float) -> int:
    """The exponent of the power of ten at or below a positive value, robust to rounding of its log."""
    return floor(log10(value) + 1e-9)


def _round_up(value: float, mantissas: tuple[float, ...]) -> float:
    size: float = 10.0 ** _exponent(value)
    return next(m * size for m in mantissas if m * size >= value or isclose(m * size, value))


def _round_down(value: float) -> float:
    size: float = 10.0 ** _exponent(value)
    return next(m * size for m in (5, 2, 1, 0.5) if m * size <= value or isclose(m * size, value))
