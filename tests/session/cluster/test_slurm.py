import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.session.cluster.helpers import Postgres, tiny_sweep
from tests.session.cluster.test_study import trials_of
from tests.session.cluster.test_workers import assert_complete, running
from tests.waiting import until
from tui_lab.errors import InputError
from tui_lab.runs.folder.folder import run_ids
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.slurm import SlurmWorkers, executor, parse_slurm_options, submit
from tui_lab.session.cluster.study import create_or_join
from tui_lab.session.cluster.training import trials_folder
from tui_lab.session.cluster.worker import WorkerJob

pytest.importorskip("submitit")


def test_options_are_named_as_submitit_names_them() -> None:
    assert parse_slurm_options(["partition=gpu", "gpus_per_node=1", "timeout_min=120", "mail-user=a@b"]) == {
        "slurm_partition": "gpu", "gpus_per_node": 1, "timeout_min": 120, "slurm_mail_user": "a@b",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["partition", "=gpu", "partition=", "a b=1", "nodes=2"])
def test_what_is_no_option_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--slurm-option: "):
        parse_slurm_options([text])


@pytest.mark.skipif(shutil.which("srun") is not None, reason="there is a SLURM here")
def test_without_slurm_nothing_is_submitted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'--slurm: .*"srun"'):
        submit(WorkerJob(url="postgresql:///lab", study="a", root=str(tmp_path)), 1, {}, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_job_that_is_preempted_goes_on_where_it_was(
    server: Postgres, database: Database, tmp_path: Path
) -> None:
    """With submitit's local executor, which starts a job again as SLURM does."""
    study = create_or_join(database, "queued", tiny_sweep(trials=1, epochs=4000))
    job = WorkerJob(url=server.url, study="queued", root=str(tmp_path), grace_s=20, beat_s=1)
    made = executor(tmp_path / "jobs", {"timeout_min": 5}, cluster="local")
    submitted = made.submit(SlurmWorkers(job.model_dump_json(), count=1))
    try:
        until(lambda: any(trial.intermediate_values for each in trials_of(study).values() for trial in each))
        for task in psutil.Process(int(submitted.job_id)).children():
            task.send_signal(signal.SIGUSR2)  # as SLURM does before it ends a job
        until(lambda: len(trials_of(study)[0]) == 2 and len(running(study)) == 1)
        study.ask(lambda now: replace(now, stopped=True))
        until(submitted.done)
    finally:
        submitted.cancel()
    assert submitted.result() == 0
    assert len(run_ids(trials_folder(tmp_path, "queued"))) == 1


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(
    shutil.which("sinfo") is None or subprocess.run(["sinfo"], capture_output=True, check=False).returncode,
    reason="no slurmctld answers here",
)
def test_a_real_slurm_trains_the_study(server: Postgres, database: Database, tmp_path: Path) -> None:
    study = create_or_join(database, "slurm", tiny_sweep(trials=2))
    job = WorkerJob(url=server.url, study="slurm", root=str(tmp_path))
    assert len(submit(job, 1, {"timeout_min": 5}, tmp_path / "jobs")) == 1
    until(lambda: sum(len(each) for each in trials_of(study).values()) == 2)
    until(lambda: all(trial.state.is_finished() for each in trials_of(study).values() for trial in each))
    assert_complete(study, 2, epochs=3)
