"""The list of runs."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from tui_lab.errors import RunError
from tui_lab.runs.files.sealed import unseal
from tui_lab.runs.files.strict_json import Json, iso_time, strict
from tui_lab.runs.folder.folder import RunFolder, read_experiment_json, run_ids
from tui_lab.runs.folder.labels import Label, read_label
from tui_lab.runs.folder.lock import LockHolder, held_or_problem
from tui_lab.runs.folder.settings import Scalar
from tui_lab.runs.folder.summary import JournalFacts, facts


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of the list.

    `name` is the name it was given, otherwise its id. `status`: that of its last event; if it has not ended,
    `running` while a process holds the lock, otherwise `interrupted`; `broken` if nothing can be read.
    `trained_by` is that process. `started`: Unix time in seconds. `seconds`: training time, without pauses.
    `best_epoch` is 0 if there is none. `edits`: how often a value was changed during training. `parent`: the
    id of the run it was forked from. `paused`: it is `running`, but paused. `problem`: what could not be
    read. `val_losses`, `best_metrics` and `settings` as in `JournalFacts`.
    """

    id: str
    name: str
    preset: str
    status: str
    started: float | None = None
    seconds: float | None = None
    epochs: int = 0
    best_epoch: int = 0
    best_val_loss: float | None = None
    test: dict[str, float] = field(default_factory=dict)
    edits: int = 0
    parent: str = ""
    note: str = ""
    trained_by: str = ""
    hyperparameters: dict[str, Scalar] = field(default_factory=dict)
    paused: bool = False
    problem: str = ""
    val_losses: tuple[float, ...] = ()
    best_metrics: dict[str, float] = field(default_factory=dict)
    settings: dict[str, Scalar] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.preset or self.id if self.name == self.id else self.name

    @property
    def state(self) -> str:
        return "paused" if self.paused else self.status

    @property
    def asked(self) -> dict[str, Scalar]:
        """Hyperparameters by their names, other settings by their places in a preset."""
        return {**self.hyperparameters, **self.settings}

    def setting(self, name: str) -> Scalar | None:
        """One of `asked`; None if the run has none of that name."""
        found = self.hyperparameters.get(name)
        return self.settings.get(name) if found is None else found

    def as_json(self) -> Json:
        """The row as strict JSON; the start in ISO 8601, `best_epoch` null if there is none."""
        values = asdict(self) | {"started": iso_time(self.started), "best_epoch": self.best_epoch or None}
        return strict(values, [])


_SHARED = {known.name for known in fields(JournalFacts)} & {shown.name for shown in fields(RunLine)}


def list_runs(root: Path) -> list[RunLine]:
    """All runs under `root`, newest first. A broken run is listed with its problem.

    1,000 runs with summaries take 0.1 s; 1,000 runs of 200 epochs without summaries take 2 s, once.
    Raises InputError if the folder itself cannot be read.
    """
    return [describe_run(RunFolder(root / run_id)) for run_id in run_ids(root)]


def describe_run(folder: RunFolder, lock: tuple[LockHolder | None, str] | None = None) -> RunLine:
    """One run of the list; `lock` is what `held_or_problem` says, if that is known."""
    holder, problem = lock or held_or_problem(folder)  # before the facts: one that ends in between has ended
    try:
        found = facts(folder)
    except RunError as error:
        label = read_label(folder)
        return _unread(folder, label, holder, _joined(str(error), label.problem, problem))
    return line_of(folder, found, read_label(folder, found.labelled), holder, problem)


def line_of(
    folder: RunFolder, found: JournalFacts, label: Label, holder: LockHolder | None, problem: str = ""
) -> RunLine:
    """The row for what is known about a run. `problem`: what is wrong with its lock."""
    status = found.ended_as or _waiting(holder)
    shared = {name: getattr(found, name) for name in _SHARED}
    return RunLine(
        **shared
        | {
            "id": folder.run_id,
            "name": label.name or folder.run_id,
            "preset": found.preset or _preset(folder),
            "status": status,
            "note": label.note,
            "trained_by": str(holder) if holder is not None and status == "running" else "",
            "paused": found.paused and status == "running",
            "problem": _joined(found.problem, label.problem, problem),
        }
    )


def _unread(folder: RunFolder, label: Label, holder: LockHolder | None, problem: str) -> RunLine:
    preset = _preset(folder)
    status = _waiting(holder) if preset else "broken"
    name = label.name or folder.run_id
    return RunLine(folder.run_id, name, preset, status, note=label.note, problem=problem)


def _joined(*problems: str) -> str:
    return "; ".join(filter(None, problems))


def _waiting(holder: LockHolder | None) -> str:
    return "running" if holder is not None else "interrupted"


def _preset(folder: RunFolder) -> str:
    """The preset's name from `experiment.json`; empty if there is none."""
    try:
        return str(unseal(read_experiment_json(folder))["experiment"]["preset"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""
