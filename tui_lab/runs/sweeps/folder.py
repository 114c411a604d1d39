"""Sweep folders: `sweeps/ID` in the folder of the runs; the trials of one are the runs in its `trials`."""

from dataclasses import dataclass
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.files import reason
from tui_lab.runs.files.permissions import check_ours
from tui_lab.runs.folder.folder import RunFolder, discard, make_root, new_folder, run_ids, unusable_root

SWEEPS, TRIALS, SWEEP_JOURNAL = "sweeps", "trials", "sweep.jsonl"
_SHOWN = 8
_LEAST_ENDING = 3


@dataclass(frozen=True, slots=True)
class SweepFolder(RunFolder):
    """The folder of one sweep. It has a lock, a control socket and a log as that of a run has."""

    @property
    def journal(self) -> Path:
        return self.path / SWEEP_JOURNAL

    @property
    def trials(self) -> Path:
        """The folder of the trials, which is a folder of runs like any other."""
        return self.path / TRIALS

    def trial(self, run_id: str) -> RunFolder:
        return RunFolder(self.trials / run_id)


def sweep_of(folder: RunFolder) -> str | None:
    """The id of the sweep of which a run is a trial; None if it is none."""
    return folder.path.parent.parent.name if folder.path.parent.name == TRIALS else None


def sweeps_root(root: Path) -> Path:
    """Where the sweeps are, given the folder of the runs."""
    return root / SWEEPS


def create_sweep(root: Path, name: str) -> SweepFolder:
    """Create the folder of a new sweep, readable by its owner only. `name` becomes a part of its id.

    Raises InputError if that fails; nothing is left behind in that case.
    """
    folder: SweepFolder | None = None
    try:
        make_root(root)
        check_ours(root)
        make_root(sweeps_root(root))
        folder = SweepFolder(new_folder(sweeps_root(root), name).path)
        make_root(folder.trials)
    except (OSError, ValueError) as error:
        if folder is not None:
            discard(folder)
        raise InputError(unusable_root(root, reason(error))) from None
    return folder


def sweep_ids(root: Path) -> list[str]:
    """The ids of all sweeps in a folder of runs, newest first. Raises InputError."""
    return run_ids(sweeps_root(root))


def find_sweep(root: Path, ref: str) -> SweepFolder:
    """The sweep that `ref` means: its id, its name, the beginning or the end of an id, `last`, or its preset.

    Raises InputError if there is none, or if several match.
    """
    ids = sweep_ids(root)
    if not ids:
        raise InputError(f"{root}: no sweeps yet; `tui-lab sweep PRESET --over lr=1e-4..1e-1:log` starts one")
    wanted = "-".join(ref.split())
    if not wanted:
        raise InputError("the sweep's name is empty; `tui-lab sweeps` lists all sweeps")
    if wanted == "last":
        return SweepFolder(sweeps_root(root) / ids[0])
    if wanted in ids:
        return SweepFolder(sweeps_root(root) / wanted)
    from tui_lab.runs.sweeps.names import sweeps_called  # it needs pydantic

    ways = (
        sweeps_called(root, " ".join(ref.split())),
        [i for i in ids if i.startswith(wanted)],
        [i for i in ids if len(wanted) >= _LEAST_ENDING and i.endswith(wanted)],
        [i for i in ids if "-".join(i.split("-")[2:-1]) == wanted],
    )
    for found in ways:
        if len(found) == 1:
            return SweepFolder(sweeps_root(root) / found[0])
        if found:
            more = f"  and {len(found) - _SHOWN} more"
            raise InputError(
                [f"{ref!r} means {len(found)} sweeps; give the id of one:"]
                + [f"  {i}" for i in found[:_SHOWN]]
                + ([more] if len(found) > _SHOWN else [])
            )
    raise InputError(f"no sweep {ref!r} in {root}; `tui-lab sweeps` lists all sweeps")
