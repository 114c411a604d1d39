"""Training one trial of a study as an ordinary run, anew or from the checkpoint of a lost worker."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import Path
from queue import SimpleQueue

from tui_lab.errors import LabError
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.sweeps.sweep import Sweep, experiment_of
from tui_lab.protocol.commands import Command, Pause, Resume, Stop
from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.sweeps.events import TrialEnd, TrialEnded
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.cluster.link import TrialLink, Verdict
from tui_lab.session.cluster.study import Study
from tui_lab.session.cluster.trials import Planned
from tui_lab.session.jobs.jobs import Fresh, Resumed
from tui_lab.session.jobs.prepare_job import Ready, get_ready

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_DONE = ("finished", "diverged")
_ENDS: dict[Verdict, tuple[TrialEnd, str]] = {
    "give_up": ("given_up", "given up by the stop rule"),
    "drop": ("dropped", "dropped"),
}


def trials_folder(root: Path, study: str) -> Path:
    """Where this machine keeps the runs of a study's trials."""
    name = _UNSAFE.sub("-", study).strip(".-")[:60] or "study"
    return root / "sweeps" / name / "trials"


@dataclass(slots=True)
class Trainer:
    """Trains trials one after another. `root`: of the runs; `code`: the user code that may run."""

    study: Study
    root: Path
    code: Code
    say: Callable[[str], object]
    commands: SimpleQueue[Command] = field(default_factory=SimpleQueue)
    stopping: bool = False

    def stop(self) -> None:
        """End the trial in training after its step, with a checkpoint; from a signal's handler as well."""
        self.stopping = True
        self.commands.put(Stop(test=False))

    def drop(self, plan: Planned) -> None:
        """End a trial that was dropped before it was trained."""
        end = TrialEnded(plan.number, "dropped", 0, nan, 0, message="dropped")
        TrialLink(self.study, plan, self._obey).end(end)

    def train(self, plan: Planned) -> TrialEnded | None:
        """Train a trial and write its end to the study; None if others train it on."""
        self.commands = SimpleQueue()
        if self.stopping:
            self.commands.put(Stop(test=False))
        link = TrialLink(self.study, plan, self._obey)
        view = RunView()
        try:
            experiment = experiment_of(self.study.sweep, plan.values, plan.seed, plan.fold)
            earlier = _earlier(plan.folder, experiment)
            if earlier is not None and earlier.status in _DONE:  # its worker was lost before it could say so
                end = _end(plan.number, earlier, "go_on", self.study.sweep)
                return end if link.end(end) else None
            with link:
                ready = self._ready(plan, experiment, begun=earlier is not None)
                if earlier is not None and plan.folder == str(ready.folder.path):
                    view = earlier
                link.began(str(ready.folder.path))
                for record in ready.begin(self.commands):
                    view.apply(record)
                    if isinstance(record.event, EpochEnded):
                        link.report(record.event.epoch, metric_of(record.event, self.study.sweep.metric))
        except LabError as error:
            end = TrialEnded(plan.number, "failed", view.epochs_done, nan, 0, message=str(error))
        else:
            end = _end(plan.number, view, link.verdict, self.study.sweep)
        if link.verdict == "lost":
            self.say(f"trial {plan.number}: was taken for lost, and is trained by others now")
            return None
        if end.status == "stopped":
            link.release()
            return None
        return end if link.end(end) else None

    def _obey(self, verdict: Verdict) -> None:
        if verdict == "pause":
            self.commands.put(Pause())
        elif verdict == "go_on":
            self.commands.put(Resume())
        else:
            self.commands.put(Stop(test=False))

    def _ready(self, plan: Planned, experiment: Experiment, *, begun: bool) -> Ready:
        """The run of the trial: the one of a lost worker if it can be reached, or a new one."""
        if begun:
            try:
                ready = get_ready(Resumed(folder=plan.folder, code=self.code))
            except LabError as error:
                self.say(f"trial {plan.number}: cannot go on from {plan.folder}, so it begins anew: {error}")
            else:
                self.say(f"trial {plan.number}: goes on from its checkpoint in {plan.folder}")
                return ready
        folder = trials_folder(self.root, self.study.name)
        name = f"{self.study.name[:40]} {plan.number}"
        return get_ready(Fresh(experiment=experiment, root=str(folder), name=name, code=self.code))


def metric_of(ended: EpochEnded, metric: str) -> float:
    """A metric of the validation split after an epoch, by the name that sweeps use; NaN if it has none."""
    name = metric.removeprefix("val_")
    return ended.val_loss if name == "loss" else ended.metrics.get(name, nan)


def _earlier(folder: str, experiment: Experiment) -> RunView | None:
    """The run of a lost worker, if it is here and of this very trial: elsewhere a path means little."""
    path = Path(folder)
    if not path.is_absolute() or path.is_symlink() or not path.is_dir():
        return None
    try:
        view = load_run(RunFolder(path)).view
    except LabError:
        return None
    return view if view.experiment == experiment else None


def _end(number: int, view: RunView, verdict: Verdict, sweep: Sweep) -> TrialEnded:
    status: TrialEnd = "failed"
    if view.status != "running" and view.status != "interrupted":
        status = view.status
    message = view.message
    if status == "stopped" and verdict in _ENDS:
        status, message = _ENDS[verdict]
    best = view.best
    value = metric_of(best, sweep.metric) if best is not None else nan
    metrics = {"loss": best.val_loss, **best.metrics} if best is not None else {}
    return TrialEnded(
        number, status, view.epochs_done, value if isfinite(value) else nan,
        best.epoch if best is not None else 0, metrics,
        view.tested.metrics if view.tested is not None else {}, view.epochs_s, message,
    )  # fmt: skip
