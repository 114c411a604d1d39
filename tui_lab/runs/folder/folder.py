"""Run folders: where they are, what is in one, and how one is created and found."""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from tui_lab.errors import InputError
from tui_lab.files import reason
from tui_lab.runs.files.permissions import check_ours
from tui_lab.runs.files.sealed import UNSEALED, seal
from tui_lab.runs.files.secure_files import PRIVATE_FOLDER, SecureFolder
from tui_lab.runs.folder.ids import is_id, moment_after, new_id, time_of

if TYPE_CHECKING:  # pydantic takes 0.1 s, and the list of runs does not need it
    from tui_lab.experiment.experiment import Experiment

ROOT_VARIABLE = "TUI_LAB_RUNS"
EXPERIMENT, JOURNAL, LOCK, LOG = "experiment.json", "events.jsonl", "lock", "log"
LABEL, SUMMARY = "label.json", "summary.json"
SAMPLES, EVALUATION, TRIAL, FIT = "samples.json", "evaluation.json", "trial.json", "fit.json"
CONTROL, CHECKPOINTS = "control.sock", "checkpoints"
_TRIES = 32
_MOST_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run. Its paths need not exist; they are only ever opened through `files`."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def files(self) -> SecureFolder:
        return SecureFolder(self.path)

    @property
    def experiment_json(self) -> Path:
        return self.path / EXPERIMENT

    @property
    def journal(self) -> Path:
        return self.path / JOURNAL

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    def checkpoint_names(self) -> list[str]:
        """The files in it, sorted. Raises InputError if they cannot be listed."""
        try:
            return SecureFolder.in_run(self.checkpoints).names()
        except OSError as error:
            raise InputError(f"cannot read {self.checkpoints}: {reason(error)}") from None

    @property
    def lock(self) -> Path:
        """Held by the process that trains the run."""
        return self.path / LOCK

    @property
    def control(self) -> Path:
        """The socket of the host that trains the run."""
        return self.path / CONTROL

    @property
    def log(self) -> Path:
        return self.path / LOG

    @property
    def label(self) -> Path:
        return self.path / LABEL


def default_root() -> Path:
    """The default folder of runs: TUI_LAB_RUNS, or the user's data folder. Raises InputError."""
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return home_expanded(named, ROOT_VARIABLE)
    root = platformdirs.user_data_path("tui-lab") / "runs"
    if not root.is_absolute():
        raise InputError(f"no home folder to store runs in: give --runs DIR or set {ROOT_VARIABLE}")
    return root


def home_expanded(named: str, place: str) -> Path:
    """The path with `~` replaced by the home folder; `place` is where it was given. Raises InputError."""
    try:
        return Path(named).expanduser()
    except RuntimeError:
        user = named.partition("/")[0]
        raise InputError(f"{place}: {named}: no home folder for {user}") from None


def create(root: Path, experiment: "Experiment") -> RunFolder:
    """Create the folder of a new run, readable by its owner only, with `experiment.json` in it.

    Raises InputError if that fails; nothing is left behind in that case.
    """
    try:
        content = _experiment_file(experiment)
    except ValueError:
        raise InputError(
            "the experiment contains text that is not UTF-8; rename the file or column"
        ) from None
    folder: RunFolder | None = None
    try:
        make_root(root)
        check_ours(root)
        folder = new_folder(root, experiment.preset)
        folder.files.replace(EXPERIMENT, content)
    except (OSError, ValueError) as error:
        if folder is not None:
            discard(folder)
        raise InputError(unusable_root(root, reason(error))) from None
    return folder


def discard(folder: RunFolder) -> None:
    """Remove a folder that could not be made whole."""
    shutil.rmtree(folder.path, ignore_errors=True)


def unusable_root(root: Path, why: str) -> str:
    """The message for a folder in which runs cannot be stored."""
    return f"{root}: cannot store runs there: {why}; give another folder with --runs DIR"


def make_root(root: Path) -> None:
    """Create the folder and any missing parents, for their owner only, whatever the umask."""
    missing = [path for path in (root, *root.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(None, "it is not a folder") from None
    if not root.is_dir():
        raise NotADirectoryError(None, "it is not a folder")


def _experiment_file(experiment: "Experiment") -> bytes:
    content = {"format": "tui-lab.experiment", "version": 1, "experiment": experiment.model_dump(mode="json")}
    text = json.dumps(content | UNSEALED, indent=2, ensure_ascii=False, allow_nan=False)
    return seal(text + "\n")


def read_experiment_json(folder: RunFolder) -> bytes:
    """The content of `experiment.json`. Raises OSError."""
    return folder.files.read(EXPERIMENT, _MOST_BYTES)


def new_folder(root: Path, name: str) -> RunFolder:
    """A new folder, whose id sorts after all others even if the clock was set back, so `last` stays right."""
    for _ in range(_TRIES):
        newest = next(iter(run_ids(root)), "")
        path = root / new_id(name, max(time.time(), moment_after(newest)))
        try:
            path.mkdir(mode=PRIVATE_FOLDER)
        except FileExistsError:
            continue
        path.chmod(PRIVATE_FOLDER)  # mkdir's mode passes through the umask
        return RunFolder(path)
    raise FileExistsError(None, f"no free name found in {_TRIES} tries")


def run_ids(root: Path) -> list[str]:
    """The ids of all runs under `root`, newest first; none if it does not exist. Raises InputError."""
    try:
        with os.scandir(root) as entries:
            names = [e.name for e in entries if is_id(e.name) and e.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise InputError(f"{root}: cannot list the runs: {reason(error)}") from None
    return sorted(names, key=time_of, reverse=True)
