"""Reading what a run has written, as the tests do: a whole journal at once, its view, the export's schema."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from tui_lab.errors import RunError
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.journal.journal_reader import Follower


@dataclass(frozen=True, slots=True)
class JournalText:
    """What could be read; the fields are those of a `Follower`."""

    records: list[Record]
    damaged: int
    torn: int
    problem: str = ""


def read(path: Path) -> JournalText:
    """A journal as it is now. Raises RunError only if the file cannot be read at all."""
    if not path.exists():
        raise RunError(f"{path}: there is no journal")
    follower = Follower(path)
    records = follower.poll()
    return JournalText(records, follower.damaged, follower.torn, follower.problem)


def fold(records: Iterable[Record]) -> RunView:
    """The view of a list of records."""
    view = RunView()
    for record in records:
        view.apply(record)
    return view


def schema() -> dict[str, Any]:
    """The JSON Schema of an exported run."""
    loaded: dict[str, Any] = json.loads(files("tui_lab.runs").joinpath("schema/run.schema.json").read_text())
    return loaded
