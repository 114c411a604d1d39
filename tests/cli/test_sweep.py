"""`tui-lab sweep`: what it starts, what it says, and what it refuses."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.session.sweeps.made import FakeWorker, begun
from tui_lab.cli.commands import attach
from tui_lab.cli.commands import sweep as command
from tui_lab.cli.main import main
from tui_lab.experiment.code import NO_CODE
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.commands import (
    ContinueSweep,
    DropTrial,
    KeepTrial,
    PauseSweep,
    StopSweep,
    SweepCommand,
)
from tui_lab.protocol.sweeps.events import TrialsWanted, decode_record
from tui_lab.runs.folder.folder import run_ids
from tui_lab.runs.folder.lock import take
from tui_lab.runs.sweeps.folder import SweepFolder, find_sweep, sweep_ids
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.runs.sweeps.reading import load_sweep, open_sweep
from tui_lab.session.sweeps import leader as leading
from tui_lab.session.sweeps.client import SweepClient
from tui_lab.session.sweeps.jobs import NewSweep, SweepJob
from tui_lab.session.sweeps.leader import Leader
from tui_lab.tui import launch
from tui_lab.tui.app import Contents

RUNS = Path("runs")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[SweepJob]:
    """Sweeps are trained at once, in no time, by nobody; the jobs that were started."""
    given: list[SweepJob] = []
    monkeypatch.setattr(leading, "_TICK_S", 0.001)

    def start(job: SweepJob) -> str:
        given.append(job)
        if isinstance(job, NewSweep):
            folder, view, journal = begun(Path(job.root), job.sweep)
        else:
            folder = SweepFolder(Path(job.folder))
            view, _, _ = open_sweep(folder)
            journal = SweepJournal.open(folder.journal, view.seq)
            if job.trials:
                view.apply(journal.append(TrialsWanted(job.trials)))
        workers = [FakeWorker(1), FakeWorker(2)]
        with journal, closing(Leader(folder, view, journal, workers, 1, NO_CODE)) as leader:  # type: ignore[arg-type]
            leader.lead()
        return folder.run_id

    monkeypatch.setattr(command, "start_sweep", start)
    return given


def asked(jobs: list[SweepJob]) -> Sweep:
    [job] = jobs
    assert isinstance(job, NewSweep)
    return job.sweep


def test_the_best_trials_are_printed(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["sweep", mine, "--over", "lr=1e-4..1e-1:log", "--over", "width1=4,8", "--seeds", "2"])
    out, err = capsys.readouterr()
    assert status == 0
    rows = out.splitlines()
    assert rows[0].split() == ["LR", "WIDTH1", "MEAN", "VAL", "LOSS", "OF", "BEST", "TRIAL"]
    means = [float(row.split()[2]) for row in rows[1:6]]
    assert means == sorted(means), "of both seeds, the best first"
    [sweep_id] = sweep_ids(RUNS)
    assert f"tui-lab export {sweep_id}/0" in " ".join(out.split())
    assert f"sweep {sweep_id}: 64 trials: 32 combinations of lr and width1 (sobol) x 2 seeds" in err
    assert [axis.text() for axis in asked(jobs).axes] == ["lr=0.0001..0.1:log", "width1=4,8"]


@pytest.mark.parametrize(
    ("options", "trials", "sampler"),
    [
        (["--over", "lr=0.1,0.01", "--over", "width1=4,8,16"], 6, "grid"),
        (["--over", "lr=0.1,0.01", "--over", "width1=4,8,16", "--trials", "4"], 4, "sobol"),
        (["--over", "lr=0.1,0.01", "--seeds", "3"], 6, "grid"),
        (["--over", "lr=1e-4..1e-1:log"], 16, "sobol"),
        (["--over", "lr=1e-4..1e-1:log", "--sampler", "random", "--trials", "5"], 5, "random"),
        (["--seeds", "4"], 4, "grid"),
    ],
)
def test_how_many_trials_and_how_they_are_chosen(
    jobs: list[SweepJob], mine: str, options: list[str], trials: int, sampler: str
) -> None:
    assert main(["sweep", mine, "--quiet", *options]) == 0
    assert (asked(jobs).trials, asked(jobs).sampler) == (trials, sampler)
    assert len(load_sweep(find_sweep(RUNS, "last")).trials) == trials


def test_settings_and_options_reach_the_sweep(jobs: list[SweepJob], mine: str) -> None:
    options = ["--set", "momentum=0.5", "--epochs", "40", "--seed", "7", "--stop", "asha"]
    options += ["--metric", "val_accuracy", "--budget", "1.5h"]
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--name", "Mine", "--quiet", *options]) == 0
    sweep = asked(jobs)
    hyper = sweep.experiment.hyperparameters
    assert (hyper.momentum, hyper.epochs, hyper.seed) == (0.5, 40, 7)
    assert (sweep.stop, sweep.metric, sweep.budget_s, sweep.name) == ("asha", "val_accuracy", 5400, "Mine")
    assert 1 <= sweep.warm_up < 40


def test_events_are_printed_as_json_lines(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--json"]) == 0
    out, err = capsys.readouterr()
    records = [decode_record(line) for line in out.splitlines()]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert json.loads(out.splitlines()[-1])["event"]["kind"] == "sweep_ended"
    assert err == ""


def test_in_the_background_only_the_id_is_printed(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--detach", "--quiet"]) == 0
    assert capsys.readouterr().out.split() == sweep_ids(RUNS)


def test_a_finished_sweep_takes_more_trials(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=1e-3..1e-1", "--trials", "3", "--quiet"]) == 0
    assert main(["sweep", "resume", "last", "--trials", "5"]) == 0
    assert "5 trials: 5 finished" in capsys.readouterr().out
    assert len(load_sweep(find_sweep(RUNS, "last")).trials) == 5


def test_resume_takes_a_sweep_too(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=1e-3..1e-1", "--trials", "3", "--quiet"]) == 0
    [sweep_id] = sweep_ids(RUNS)
    assert main(["resume", sweep_id[:20]]) == 0
    assert jobs[1].folder.endswith(sweep_id)  # type: ignore[union-attr]
    assert main(["resume", sweep_id, "--epochs", "9"]) == 2
    assert "is a sweep" in capsys.readouterr().err
    assert main(["resume", "nothing"]) == 2
    assert "no runs yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["sweep"], "give a preset or a file"),
        (["sweep", "{mine}"], "nothing varies"),
        (["sweep", "{mine}", "other.toml", "--seeds", "2"], "one preset or file at a time"),
        (["sweep", "nowhere", "--over", "lr=1,2"], "neither a preset nor a file"),
        (["sweep", "{mine}", "--over", "lr=0.1..0.01"], "reversed"),
        (["sweep", "{mine}", "--over", "lr=0..1:log"], "above 0"),
        (["sweep", "{mine}", "--over", "rate=0,1"], "neither a hyperparameter nor a width"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--over", "lr=3,4"], "lr: given twice"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--metric", "val_rmse"], "is not of this task"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--metric", "acc"], "did you mean 'val_accuracy'"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--trials", "0"], "from 1 to 100,000"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--trials", "many"], "from 1 to 100,000"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--seeds", "-3"], "--seeds"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--folds", "1"], "from 2 to 50"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--budget", "soon"], "--budget: write a time"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--budget", "0s"], "--budget: write a time"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--workers", "0"], "from 1 to 1,024"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--stop", "soon"], "invalid choice"),
        (["sweep", "{mine}", "--over", "lr=1,2", "--warm-up", "2"], "only with --stop"),
        (
            ["sweep", "{mine}", "--over", "lr=1,2", "--stop", "asha", "--warm-up", "90"],
            "less than the 3 epochs",
        ),
        (["sweep", "{mine}", "--over", "lr=1e-4...1"], "two dots between the ends"),
        (["sweep", "resume", "last"], "no sweeps yet"),
        (["sweep", "resume"], "give one sweep"),
        (["export", "last/3"], "no sweeps yet"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(
    jobs: list[SweepJob], mine: str, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(mine=mine) for word in argv]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert (out, jobs) == ("", [])
    assert not RUNS.exists() or sweep_ids(RUNS) == []


def test_everything_that_is_wrong_is_said_at_once(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["sweep", mine, "--over", "lr=2..1", "--over", "x=1,2", "--trials", "x", "--budget", "x"]) == 2
    )
    err = capsys.readouterr().err
    assert all(word in err for word in ("reversed", "'x' is neither", "--trials", "--budget"))


def test_attach_opens_the_lab_on_a_sweep_too(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--quiet"]) == 0
    [sweep_id] = sweep_ids(RUNS)
    assert main(["attach", sweep_id]) == 2
    assert f"`tui-lab best {sweep_id}`" in capsys.readouterr().err
    assert main(["attach", "nothing"]) == 2
    assert "no runs yet" in capsys.readouterr().err
    opened: list[Contents] = []
    monkeypatch.setattr(attach, "check_terminal", lambda _: None)
    monkeypatch.setattr(launch, "open_lab", lambda contents, **_: opened.append(contents) or 0)
    assert main(["attach", "last"]) == 0
    assert opened[0].sweep == sweep_id
    assert main(["attach", f"{sweep_id}/1"]) == 0
    assert (opened[1].sweep, opened[1].trial) == (sweep_id, "run-1")


def test_two_sweeps_of_one_name_are_refused(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--name", "wide", "--quiet"]) == 0
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--name", "Wide", "--quiet"]) == 2
    assert "is called 'Wide' already" in capsys.readouterr().err
    assert len(jobs) == 1


def test_trials_that_are_not_there_are_refused_in_words(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--quiet"]) == 0
    assert main(["export", "last/2"]) == 2
    assert "has no trial '2'; it has 2, from 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("stop last", StopSweep()),
        ("pause last", PauseSweep()),
        ("continue last", ContinueSweep()),
        ("drop last/1", DropTrial(1)),
        ("keep last/0", KeepTrial(0)),
    ],
)
def test_a_sweep_is_steered_from_the_shell(
    jobs: list[SweepJob],
    mine: str,
    words: str,
    command: SweepCommand,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--quiet"]) == 0
    if "keep" not in words:
        assert main(["sweep", *words.split()]) == 2
        assert "has finished" in capsys.readouterr().err
    sent: list[SweepCommand] = []
    monkeypatch.setattr(SweepClient, "send", lambda _, each: sent.append(each) or True)
    with take(find_sweep(RUNS, "last")):
        assert main(["sweep", *words.split()]) == 0
        assert sent == [command]
        assert main(["sweep", "drop", "last"]) == 2
        assert main(["sweep", "drop", "last/2"]) == 2
        assert main(["sweep", "drop", f"last/{'9' * 5000}"]) == 2
        assert main(["sweep", "stop"]) == 2
        monkeypatch.setattr(SweepClient, "send", lambda *_: False)
        assert main(["sweep", *words.split()]) == 2
    assert "does not answer" in capsys.readouterr().err


def test_a_trial_of_a_sweep_that_has_ended_is_kept_by_resuming_it(jobs: list[SweepJob], mine: str) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--quiet"]) == 0
    assert main(["sweep", "keep", "last/1", "--quiet"]) == 0
    assert jobs[1].keep == (1,)  # type: ignore[union-attr]


def test_a_sweep_is_found_by_its_name(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--name", "Wide net", "--quiet"]) == 0
    assert main(["best", "wide net"]) == 0
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--quiet"]) == 0
    assert find_sweep(RUNS, "WIDE NET").run_id == sweep_ids(RUNS)[1]


def test_a_speed_that_was_set_stays(jobs: list[SweepJob], mine: str) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--set", "speed=exact", "--quiet"]) == 0
    assert jobs[0].exact  # type: ignore[union-attr]


def test_trials_are_no_more_than_the_combinations_of_a_grid(jobs: list[SweepJob], mine: str) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--seeds", "2", "--trials", "1000", "--quiet"]) == 0
    assert asked(jobs).trials == 4


def test_a_trial_is_not_resumed_behind_the_back_of_its_sweep(
    jobs: list[SweepJob], mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.2", "--name", "Wide net", "--quiet"]) == 0
    assert main(["resume", "last/1"]) == 2
    assert "tui-lab sweep keep last/1" in capsys.readouterr().err
    assert main(["resume", "wide net/1"]) == 2
    assert "tui-lab sweep keep 'wide net/1'" in capsys.readouterr().err
    assert main(["export", "last"]) == 2
    assert "is a sweep: give a trial" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_real_sweep_leaves_ordinary_runs(
    mine: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.01", "--seeds", "2", "--workers", "1"]) == 0
    out, _ = capsys.readouterr()
    view = load_sweep(folder := find_sweep(RUNS, "last"))
    assert "4 trials: 4 finished" in out
    assert len(run_ids(folder.trials)) == 4
    assert run_ids(RUNS) == [], "the list of runs is not flooded"
    best = view.best()
    assert best is not None
    assert main(["export", f"last/{best.number}", "-o", "best.json"]) == 0
    exported = json.loads(Path("best.json").read_text())
    assert exported["summary"]["best_val_loss"] == pytest.approx(best.best)
    assert main(["fork", f"last/{best.number}", "--epochs", "5", "--quiet"]) == 0
    [fork] = run_ids(RUNS)
    assert fork


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_dry_run_says_how_long_it_would_take(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", mine, "--over", "lr=0.1,0.01", "--seeds", "5", "--dry-run"]) == 0
    out, _ = capsys.readouterr()
    assert "10 trials: 2 combinations of lr (grid) x 5 seeds" in out
    assert "time: about" in out
    assert not RUNS.exists()
