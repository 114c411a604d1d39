import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.session.cluster.helpers import Postgres, Workers, tiny_sweep
from tests.session.cluster.test_study import trials_of
from tests.waiting import until
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.study import Study, create_or_join
from tui_lab.session.cluster.training import trials_folder
from tui_lab.session.cluster.trials import FOLDER, WORKER, ended

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


SECRET = "s3cret-word"


def ends_of(study: Study) -> dict[int, list[TrialEnded]]:
    """All ends of each trial: one each if all is well."""
    return {
        number: [end for trial in trials if (end := ended(trial)) is not None]
        for number, trials in trials_of(study).items()
    }


def assert_complete(study: Study, count: int, epochs: int) -> None:
    ends = ends_of(study)
    assert sorted(ends) == list(range(count))
    assert all(len(each) == 1 for each in ends.values())
    assert {(each[0].status, each[0].epoch) for each in ends.values()} == {("finished", epochs)}


def running(study: Study) -> list[tuple[str, str]]:
    """Who trains at the moment, and the folder of the run."""
    trials = [trial for each in trials_of(study).values() for trial in each]
    return [
        (trial.user_attrs[WORKER], trial.user_attrs[FOLDER])
        for trial in trials
        if trial.state.name == "RUNNING" and FOLDER in trial.user_attrs
    ]


def caught_training(study: Study, worker: "subprocess.Popen[str]") -> bool:
    """Whether a worker, which is halted then, is in the midst of a trial."""

    def trains() -> bool:
        return any(who.endswith(f":{worker.pid}") for who, _ in running(study))

    if not trains():
        return False
    worker.send_signal(signal.SIGSTOP)
    if not trains():
        worker.send_signal(signal.SIGCONT)
        return False
    return True


def test_two_workers_share_the_trials(
    server: Postgres, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    study = create_or_join(database, "two", tiny_sweep(trials=12))
    with Workers(server.url, "two", tmp_path) as workers:
        workers.start(2)
        said = workers.end()
    assert [process.returncode for process in workers.running] == [0, 0], said
    assert_complete(study, 12, epochs=3)
    folder = trials_folder(tmp_path, "two")
    runs = [load_run(RunFolder(folder / run_id)).view for run_id in run_ids(folder)]
    assert len(runs) == 12 and {view.status for view in runs} == {"finished"}
    assert len({trials[0].user_attrs[WORKER] for trials in trials_of(study).values()}) == 2
    assert all(trials[0].intermediate_values.keys() == {1, 2, 3} for trials in trials_of(study).values())
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 24 and not any(SECRET.encode() in path.read_bytes() for path in written)
    assert SECRET not in "".join(said) + repr(trials_of(study)) + repr(study.attributes())


def test_the_trial_of_a_killed_worker_is_taken_up(
    server: Postgres, database: Database, tmp_path: Path
) -> None:
    epochs = 2000
    study = create_or_join(database, "killed", tiny_sweep(trials=4, epochs=epochs))
    with Workers(server.url, "killed", tmp_path) as workers:
        workers.start(3)
        killed = workers.running[0]
        until(lambda: caught_training(study, killed))
        killed.send_signal(signal.SIGKILL)
        said = workers.end(120)
    assert [process.returncode for process in workers.running] == [-signal.SIGKILL, 0, 0], said
    assert_complete(study, 4, epochs)
    again = [trials for trials in trials_of(study).values() if len(trials) > 1]
    assert len(again) == 1


@pytest.mark.parametrize("reachable", [True, False])
def test_a_stopped_worker_leaves_its_trial_to_the_next(
    server: Postgres, database: Database, tmp_path: Path, reachable: bool
) -> None:
    name = f"left {reachable}"
    study = create_or_join(database, name, tiny_sweep(trials=1, epochs=500_000))
    here = tmp_path / "here"
    with Workers(server.url, name, here) as workers:
        workers.start(1)
        until(lambda: any(trial.intermediate_values for each in trials_of(study).values() for trial in each))
        workers.running[0].send_signal(signal.SIGTERM)
        workers.end()
        assert workers.running[0].returncode == 128 + signal.SIGTERM
        assert not ends_of(study)[0]
        if not reachable:
            here.rename(tmp_path / "elsewhere")
        workers.start(1)
        until(lambda: len(running(study)) == 1)
        workers.running[1].send_signal(signal.SIGTERM)
        said = workers.end()[1]
    assert ("trial 0: goes on from its checkpoint" in said) == reachable
    assert len(trials_of(study)[0]) == 2 and not ends_of(study)[0]
    assert len(run_ids(trials_folder(here, name))) == 1


def test_nothing_is_lost_while_the_database_is_gone(
    server: Postgres, database: Database, tmp_path: Path
) -> None:
    """Three seconds here, twenty by hand."""
    study = create_or_join(database, "gone", tiny_sweep(trials=4, epochs=400))
    with Workers(server.url, "gone", tmp_path) as workers:
        workers.start(2)
        for worker in workers.running:
            until(lambda one=worker: caught_training(study, one))  # type: ignore[misc]
        server.stop()
        for worker in workers.running:
            worker.send_signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            workers.running[0].wait(3)
        server.start()
        said = workers.end()
    assert [process.returncode for process in workers.running] == [0, 0], said
    assert all("it does not answer; training goes on" in each for each in said)
    assert all("it answers again" in each for each in said)
    assert_complete(study, 4, epochs=400)
    assert all(len(trials) == 1 for trials in trials_of(study).values())
