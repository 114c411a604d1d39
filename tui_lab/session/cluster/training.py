"""Training one trial of a study as an ordinary run, anew or from the checkpoint of a lost worker."""

import re
from collections.abc import Callable
from math import nan
from pathlib import Path
from threading import Event

from tui_lab.errors import LabError
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.sweeps.sweep import experiment_of
from tui_lab.protocol.sweeps.events import TrialEnd, TrialEnded
from tui_lab.runs.folder.folder import RunFolder, make_root
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.folder import TRIALS, sweeps_root
from tui_lab.session.cluster.link import TrialLink, Verdict
from tui_lab.session.cluster.study import Study
from tui_lab.session.cluster.trials import Planned
from tui_lab.session.failures import explain_failure
from tui_lab.session.sweeps.messages import TrainTrial
from tui_lab.session.sweeps.trial_run import TrialRun
from tui_lab.session.sweeps.worker import is_reported

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_ENDS: dict[Verdict, tuple[TrialEnd, str]] = {
    "give_up": ("given_up", "given up by the stop rule"),
    "drop": ("dropped", "dropped"),
}
_LOOK_S = 0.1


def trials_folder(root: Path, study: str) -> Path:
    """Where this machine keeps the runs of a study's trials, given the folder of its runs."""
    name = _UNSAFE.sub("-", study).strip(".-")[:60] or "study"
    return sweeps_root(root) / f"study-{name}" / TRIALS


class Trainer:
    """Trains trials one after another; `stopping`: it was told to stop.

    `root`: the folder of the runs; `code`: the user code that may run.
    """

    def __init__(self, study: Study, root: Path, code: Code, say: Callable[[str], object]) -> None:
        self._study, self._root, self._code, self._say = study, root, code, say
        self.stopping = False
        self._run: TrialRun | None = None
        self._changed = Event()

    def stop(self) -> None:
        """End the trial in training after its step, with a checkpoint; from a signal's handler as well."""
        self.stopping = True
        if self._run is not None:
            self._run.interrupt()

    def drop(self, plan: Planned) -> None:
        """End a trial that was dropped before it was trained."""
        end = TrialEnded(plan.number, "dropped", 0, nan, 0, message="dropped")
        TrialLink(self._study, plan, lambda _: None).end(end)

    def train(self, plan: Planned) -> TrialEnded | None:
        """Train a trial and write its end to the study; None if others train it on."""
        link = TrialLink(self._study, plan, self._obey)
        run: TrialRun | None = None
        try:
            with link:
                run = self._run = self._begun(plan)
                link.began(str(run.folder.path))
                if self.stopping:
                    run.interrupt()
                self._train(run, link)
        except LabError as error:
            end = TrialEnded(plan.number, "failed", run.epoch if run else 0, nan, 0, message=str(error))
        except Exception as error:  # one trial must not end the others
            message = " ".join(filter(None, explain_failure(error)))
            end = TrialEnded(plan.number, "failed", run.epoch if run else 0, nan, 0, message=message)
        else:
            end = run.report(*_ENDS.get(link.verdict, ("stopped", "")))
        finally:
            self._run = None
        if link.verdict == "lost":
            self._say(f"trial {plan.number}: was taken for lost, and is trained by others now")
            return None
        if end.status == "stopped":
            link.release()
            return None
        return end if link.end(end) else None

    def _train(self, run: TrialRun, link: TrialLink) -> None:
        while run.ended is None:
            while link.verdict == "pause" and not self.stopping:
                self._changed.wait(_LOOK_S)
            value = run.advance()
            if value is not None and (link.looks_at(run.epoch) or is_reported(run.epoch)):
                link.report(run.epoch, value)

    def _obey(self, verdict: Verdict) -> None:
        """In the link's thread: end the trial after its step, unless it goes on."""
        if verdict not in ("go_on", "pause") and self._run is not None:
            self._run.interrupt()

    def _begun(self, plan: Planned) -> TrialRun:
        """The run of the trial: the one of a lost worker if it can be reached, or a new one."""
        sweep = self._study.sweep
        experiment = experiment_of(sweep, plan.values, plan.seed, plan.fold)
        folder = trials_folder(self._root, self._study.name)
        run_id = ""
        if plan.folder and _is_here(plan.folder, experiment):
            folder, run_id = Path(plan.folder).parent, Path(plan.folder).name
        else:
            make_root(folder)
        name = f"{self._study.name[:40]} {plan.number}"
        order = TrainTrial(
            plan.number, experiment, str(folder), name, run_id, sweep.metric, None, code=self._code
        )
        run = TrialRun(order)
        if run_id == run.folder.run_id:
            self._say(f"trial {plan.number}: goes on from its checkpoint")
        elif plan.tries:
            self._say(f"trial {plan.number}: trained from the start, as its checkpoint is out of reach")
        return run


def _is_here(folder: str, experiment: Experiment) -> bool:
    """Whether the run of a lost worker is here, and of this very trial: elsewhere a path means little."""
    path = Path(folder)
    if not path.is_absolute() or path.is_symlink() or not path.is_dir():
        return False
    run = RunFolder(path)
    try:
        return load_run(run).view.experiment == experiment and held(run) is None
    except LabError:
        return False
