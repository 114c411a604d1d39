"""Answers of a run that are too large for its journal: the latest images, evaluation, tried row and fit.

There is one file of each kind beside the journal, replaced each time. A process that watches a run reads its
journal; these would be read again every time the run is opened.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar
from zlib import crc32

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.fit import FitDrawn
from tui_lab.protocol.steering_events import Evaluated, SamplesShown, Tried
from tui_lab.runs.folder.folder import EVALUATION, FIT, SAMPLES, TRIAL, RunFolder

LARGE = (SamplesShown, Evaluated, Tried, FitDrawn)
Large = TypeVar("Large", bound=SamplesShown | Evaluated | Tried | FitDrawn)
_FILES = {
    SamplesShown: (SAMPLES, 1_000_000),
    Evaluated: (EVALUATION, 8_000_000),
    Tried: (TRIAL, 8_000_000),
    FitDrawn: (FIT, 2_000_000),
}
"""The file of each kind, and how much of it is read at most."""
_EMPTY: dict[type, dict[str, Any]] = {
    SamplesShown: {"samples": ()},
    Evaluated: {"report": ""},
    Tried: {"report": ""},
    FitDrawn: {"values": (), "chosen": (), "rows": ()},
}


def set_aside(folder: RunFolder, event: Large) -> Large:
    """Write the answer to the folder, replacing the previous one; the event for the journal.

    If it cannot be written, only this process sees it: a full disk must not end a run.
    """
    name, _ = _FILES[type(event)]
    with suppress(OSError, ValueError):
        content = to_json(event, inf_nan_mode="strings")
        folder.files.replace(name, b"%08x\n" % crc32(content) + content, durable=False)
    return _noted(event)


def with_answer(folder: RunFolder, event: Large) -> Large:
    """A journal event with its answer, if that is still the most recent one."""
    found = _read(folder, type(event))
    return found if found is not None and _noted(found) == event else event


def latest_evaluation(folder: RunFolder) -> Evaluated | None:
    """The evaluation a run was last asked for, also after it had ended; None if there is none."""
    return _read(folder, Evaluated)


def _read(folder: RunFolder, kind: type[Large]) -> Large | None:
    """The latest answer of a kind; None if there is none, or if the file is damaged."""
    name, most_bytes = _FILES[kind]
    try:
        check, _, content = folder.files.read(name, most_bytes).partition(b"\n")
        if int(check, 16) != crc32(content):
            return None
        found: Large = TypeAdapter(kind).validate_json(content)
    except (OSError, ValueError):
        return None
    return found


def _noted(event: Large) -> Large:
    """What the journal says: that it was answered, not the answer."""
    return replace(event, **_EMPTY[type(event)])
