"""A run as its folder tells it."""

from dataclasses import dataclass

from tui_lab.protocol.view import RunView, fold
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.follow import read
from tui_lab.runs.lock import held
from tui_lab.safe import safe


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run read from its folder.

    `last`: the Unix time of its last record in seconds. `problems`: what of the journal could not be
    read, a sentence each.
    """

    run_id: str
    view: RunView
    last: float | None = None
    problems: tuple[str, ...] = ()


def load_run(folder: RunFolder) -> KeptRun:
    """Fold the journal of a run. Its status is `interrupted` if it has no end and nobody trains it.

    Raises RunError if there is no journal that could be read.
    """
    trained_by = held(folder)  # before the journal: a run that ends in between is seen as ended
    text = read(folder.journal)
    view = fold(text.records)
    if view.status == "running" and trained_by is None:
        view.status = "interrupted"
    problems = []
    if text.problem:
        problems.append(f"{safe(folder.journal, 300)}: {text.problem}")
    if text.damaged:
        problems.append(f"{safe(folder.journal, 300)}: damaged lines left out: {text.damaged}")
    last = text.records[-1].time if text.records else None
    return KeptRun(folder.run_id, view, last, tuple(problems))
