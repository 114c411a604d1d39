"""Filters for runs: `wine status=finished acc>0.9 lr>=1e-3`.

A plain word must occur in the name, id, preset, status or note. A comparison names a field of the run, a
hyperparameter or another setting, or a metric: `acc` and `test_acc` are test scores, `val_acc` is the
validation score of the best epoch. Names are those on the screen, abbreviated or in full, in any case. All
must hold; a comparison with a value the run lacks does not.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from tui_lab.errors import InputError, Problems
from tui_lab.experiment.metrics import METRICS, main_metric
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.runs.folder.settings import Scalar
from tui_lab.runs.index.conditions import COMPARE, condition_of, words_of
from tui_lab.runs.index.listing import RunLine

FULL = {metric.short: name for name, metric in METRICS.items() if metric.short}
"""Metrics by their abbreviations."""
ValueKind = Literal["number", "text", "time"]
FIELDS: dict[str, ValueKind] = {
    "id": "text",
    "name": "text",
    "preset": "text",
    "status": "text",
    "note": "text",
    "best_val_loss": "number",
    "best_epoch": "number",
    "epochs": "number",
    "seconds": "number",
    "edits": "number",
    "parent": "text",
    "started": "time",
}
"""Fields of a run; `epochs` is how many were trained, `seconds` the training time."""
ALIASES = {
    "state": "status",
    "best": "best_val_loss",
    "best_loss": "best_val_loss",
    "val_loss": "best_val_loss",
    "trained": "seconds",
    "took": "seconds",
    "when": "started",
    "fork_of": "parent",
    "batch": "batch_size",
    "decay": "weight_decay",
    "optim": "optimizer",
    "layers": "model.layers",
    "file": "data.file",
    "target": "data.target",
}
"""The titles of columns, and other common names."""
SETTINGS = ("model.", "data.", "task")
USES = ("number", "one_hot", "one_hot_other", "leave_out")
"""The uses of a column of a table."""
_COLUMN = "data.columns."
_SCORE = "test"
"""The column with the most informative metric."""
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d)?)?)?)?)?")
_EXAMPLES: dict[ValueKind, str] = {"number": "<0.4", "text": "=...", "time": ">=2026-11-23"}
Test = Callable[[RunLine], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects runs; an empty filter selects all."""

    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests)

    def matches(self, line: RunLine) -> bool:
        return all(test(line) for test in self.tests)


def read_filter(text: str) -> Filter:
    """Parse one line of input; quotation marks keep text with spaces together.

    Raises InputError with everything that is wrong.
    """
    return make_filter(words_of(text))


def make_filter(words: Iterable[str]) -> Filter:
    """Build a filter from separate words. Raises InputError with everything that is wrong."""
    tests: list[Test] = []
    problems = Problems()
    for word in words:
        with problems.caught():
            tests.append(_test(word))
    problems.refuse()
    return Filter(tuple(tests))


def _test(word: str) -> Test:
    condition = condition_of(word)
    if condition is None:
        return _occurs(word.casefold())
    written, sign, wanted = condition
    name = full_name(written)
    try:
        kind = kind_of(name, written)
    except InputError:
        if wanted.strip().casefold() not in USES:
            raise
        name, kind = _COLUMN + name, "text"  # `tax=leave_out`, as the list shows it
    if not wanted.strip():
        raise InputError(f"{written}: add a value to compare with, e.g. {written}{_EXAMPLES[kind]}")
    if kind == "number":
        return _number(name, sign, _parsed(name, written, wanted))
    if kind == "time":
        return _time(sign, wanted)
    if sign not in ("=", "==", "!="):
        raise InputError(f"{word}: {written} is a text; compare it with = or !=")
    return _text(name, sign == "!=", wanted)


def _occurs(word: str) -> Test:
    def test(line: RunLine) -> bool:
        texts = (line.id, line.name, line.preset, line.status, line.state, line.note)
        return any(word in text.casefold() for text in texts)

    return test


def _number(name: str, sign: str, wanted: float) -> Test:
    compare = COMPARE[sign]

    def test(line: RunLine) -> bool:
        value = value_of(line, name)
        return isinstance(value, int | float) and compare(value, wanted)

    return test


def _text(name: str, negated: bool, wanted: str) -> Test:
    wanted = wanted.strip().casefold()
    if name == "status" and wanted == "training":
        wanted = "running"

    def test(line: RunLine) -> bool:
        value = value_of(line, name)
        if value is None:
            return False
        shown = str(value).casefold()
        if name == "status" and wanted == "paused":
            shown = line.state
        return (shown == wanted or ("*" in wanted and fnmatchcase(shown, wanted))) is not negated

    return test


def _time(sign: str, wanted: str) -> Test:
    """Compare to the precision given: `started=2026-11-23` is any time of that day."""
    asked = wanted.strip().replace(" ", "T")
    if not _TIME.fullmatch(asked):
        raise InputError(f"started: must be a day or a time such as 2026-11-23 (given: {wanted!r})")
    compare = COMPARE[sign]

    def test(line: RunLine) -> bool:
        shown = _local(line.started)
        return bool(shown) and compare(shown[: len(asked)], asked)

    return test


def _local(time: float | None) -> str:
    try:
        return "" if time is None else datetime.fromtimestamp(time).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _parsed(name: str, written: str, wanted: str) -> float:
    unit = re.fullmatch(r"(.*[0-9.]) ?(s|min|h|d)", wanted.strip()) if name == "seconds" else None
    try:
        number = float(unit[1]) * _UNITS[unit[2]] if unit else float(wanted)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        with_unit = ", or a time such as 90 s, 5min or 2h" if name == "seconds" else ""
        raise InputError(f"{written}: must be compared with a number{with_unit} (given: {wanted!r})")
    return number


def full_name(written: str) -> str:
    """The full name of a field, setting or metric that may be abbreviated."""
    name = written.casefold()
    split = next((part for part in ("test_", "val_") if name.startswith(part)), "")
    metric = name.removeprefix(split)
    metric = FULL.get(metric, metric)
    if metric in METRICS and split + metric != "val_loss":
        return split + metric
    return ALIASES.get(name, name)


def value_of(line: RunLine, name: str) -> Scalar | None:
    """The value that a run has of a field, setting or metric, by its full name."""
    if name in FIELDS:
        found: Scalar | None = getattr(line, name)
        return None if name == "best_epoch" and not found else found
    if name == _SCORE:
        told = main_metric(line.test)
        return None if told is None else line.test[told]
    if name.startswith("val_"):
        return line.best_metrics.get(name.removeprefix("val_"))
    value = line.setting(name)
    if value is None and name.startswith(_COLUMN):
        value = next((use for key, use in line.settings.items() if key.casefold() == name), None)
    if value is None:
        value = line.test.get(name.removeprefix("test_"))
    return str(value).lower() if isinstance(value, bool) else value


def kind_of(name: str, written: str) -> ValueKind:
    """The kind of a field, setting or metric. Raises InputError if there is none of that full name."""
    if name in FIELDS:
        return FIELDS[name]
    if name == _SCORE or name.removeprefix("test_").removeprefix("val_") in METRICS:
        return "number"
    if name.startswith(SETTINGS):
        return "text"
    from tui_lab.experiment.catalogue import catalogue  # pydantic: 0.1 s, which other filters do not need

    entries = catalogue()
    if name not in entries:
        known = (*FIELDS, *ALIASES, *METRICS, *FULL, *entries)
        near = did_you_mean(written, known) or (
            "; name a field (status, preset, epochs, started, ...), a setting (lr, optimizer, layers, ...) "
            "or a metric (acc, val_acc, best_loss, ...)"
        )
        raise InputError(f"runs have no {written!r}{near}")
    return "number" if entries[name].type in (int, float) else "text"
