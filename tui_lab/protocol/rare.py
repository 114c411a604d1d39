"""Binary targets with a rare class: accuracy says little there, so other metrics come first.

Always predicting the common class is right as often as that class is common, and finds no rare case.
"""

from collections.abc import Sequence
from math import isnan

from tui_lab.protocol.events import DataLoaded, EpochEnded, Tested

RARE = 0.2
"""The fraction of training rows below which one of two classes counts as rare."""


def rare_class(counts: Sequence[int]) -> int | None:
    """Which of two classes is rare, by their row counts; None if neither is, or if there are not two."""
    if len(counts) != 2 or not 0 < min(counts) < RARE * sum(counts):
        return None
    return 0 if counts[0] < counts[1] else 1


def found_of_rare(data: DataLoaded | None, scored: EpochEnded | Tested | None) -> tuple[int, int, str] | None:
    """How many rows of the rare class a run found, out of how many, and that class; None if none is rare."""
    if data is None or scored is None or len(scored.class_recall) != 2:
        return None
    rare = rare_class(data.class_rows.get("train", ()))
    rows = data.class_rows.get("test" if isinstance(scored, Tested) else "val", ())
    if rare is None or len(rows) != 2 or isnan(scored.class_recall[rare]):
        return None
    return round(scored.class_recall[rare] * rows[rare]), rows[rare], data.classes[rare]
