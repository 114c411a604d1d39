"""Workers as jobs of SLURM, through submitit: requeued when their time is up or others go first."""

from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from tui_lab.errors import InputError, Problems
from tui_lab.safe import safe
from tui_lab.session.cluster.local_workers import LocalWorkers, usual_count
from tui_lab.session.cluster.worker import WorkerJob

if TYPE_CHECKING:
    from submitit.core.utils import DelayedSubmission

_LOOK_S = 0.2
_MOST_REQUEUES = 10_000
_OF_SUBMITIT = frozenset({"timeout_min", "mem_gb", "cpus_per_task", "gpus_per_node"})
"""Options that submitit names for all kinds of cluster; the others are those of `sbatch`."""
_NOT_OURS = frozenset({"nodes", "tasks_per_node", "ntasks_per_node", "array_parallelism", "signal_delay_s"})
_MISSING = "--slurm needs the extra `cluster`: pip install 'tui-lab[cluster]'"


class SlurmWorkers:
    """What a job does: it joins the study.

    `job`: a `WorkerJob` as JSON. `count`: how many workers, None for what suits the machine.
    submitit calls `checkpoint` when the job is about to be ended, and starts what it returns in its place.
    """

    def __init__(self, job: str, count: int | None = None) -> None:
        self.job, self.count = job, count
        self._workers: LocalWorkers | None = None

    def __call__(self) -> int:
        """Train until the study has nothing left; the exit status of the workers."""
        job = WorkerJob.model_validate_json(self.job)
        self._workers = LocalWorkers(job, usual_count() if self.count is None else self.count)
        self._wait()
        return self._workers.status

    def checkpoint(self) -> "DelayedSubmission":
        """Have the workers save their trials, and be started again."""
        from submitit.helpers import DelayedSubmission

        if self._workers is not None:
            self._workers.stop()
            self._wait()
        return DelayedSubmission(SlurmWorkers(self.job, self.count))

    def _wait(self) -> None:
        assert self._workers is not None
        while self._workers.running:
            sleep(_LOOK_S)


def parse_slurm_options(given: Sequence[str]) -> dict[str, Any]:
    """The options of jobs in `KEY=VALUE`, as submitit names them. Raises InputError."""
    problems = Problems()
    found: dict[str, Any] = {}
    for text in given:
        with problems.caught("--slurm-option: "):
            key, eq, value = (part.strip() for part in text.partition("="))
            key = key.replace("-", "_")
            if not eq or not value or not key.isidentifier():
                raise InputError(f"{safe(text, 60)!r}: write KEY=VALUE, as in partition=gpu")
            if key in _NOT_OURS:
                raise InputError(f"{key}: every job is one worker machine; ask for more jobs instead")
            number = int(value) if value.isascii() and value.isdecimal() else value
            found[key if key in _OF_SUBMITIT else f"slurm_{key}"] = number
    problems.refuse()
    return found


def submit(
    job: WorkerJob, jobs: int, options: dict[str, Any], folder: Path, cluster: str = "slurm"
) -> list[str]:
    """Have SLURM start so many jobs that join the study; their ids.

    `folder`: of their logs, seen by all nodes. `cluster`: submitit's executor. Raises InputError if there is
    no SLURM here, or if it refuses them.
    """
    return [submitted.job_id for submitted in _submitted(job, jobs, options, folder, cluster)]


def executor(folder: Path, options: dict[str, Any], cluster: str = "slurm") -> Any:
    """submitit's executor with these options. Raises InputError."""
    try:
        import submitit
    except ImportError:
        raise InputError(_MISSING) from None
    most = {"slurm_max_num_timeout": _MOST_REQUEUES} if cluster == "slurm" else {}
    try:
        made = submitit.AutoExecutor(folder=folder, cluster=cluster, **most)
        made.update_parameters(name="tui-lab", **options)
    except (RuntimeError, ValueError, NameError, TypeError, OSError) as error:
        raise InputError(f"--slurm: {_first_line(error)}") from None
    return made


def _submitted(job: WorkerJob, jobs: int, options: dict[str, Any], folder: Path, cluster: str) -> list[Any]:
    made = executor(folder, options, cluster)
    try:
        with made.batch():
            submitted = [made.submit(SlurmWorkers(job.model_dump_json())) for _ in range(jobs)]
    except Exception as error:  # whatever sbatch says
        raise InputError(f"--slurm: {_first_line(error)}") from None
    return submitted


def _first_line(error: BaseException) -> str:
    return safe(str(error).strip().split("\n")[0] or type(error).__name__, 300)
