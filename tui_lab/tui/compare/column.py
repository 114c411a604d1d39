"""A column of the comparison. No widgets."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A column of the table: a text and a sort key for each run, by id."""

    title: str
    texts: dict[str, str]
    keys: dict[str, Any]
    setting: bool = False
    """Whether it is a setting in which the runs differ."""
    figure: str = ""
    """The figure of a `SeedGroup` that it shows, or `cursor_loss`; then its keys are numbers."""
