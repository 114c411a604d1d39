"""`tui-lab sweep --study` and `tui-lab sweep join`: what they refuse, and what they start."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.session.cluster.helpers import Postgres
from tui_lab.cli.main import main
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.claims import Claims
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.link import TrialLink
from tui_lab.session.cluster.study import find, names

OVER = ["--over", "lr=1e-4..1e-1:log", "--trials", "3"]


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))


def created(server: Postgres, name: str, *more: str) -> int:
    study = ["--study", server.url, "--name", name, "--workers", "0", "--detach"]
    return main(["sweep", "regression", *OVER, *study, *more])


@pytest.mark.parametrize(
    "words", [["sweep", "regression", *OVER, "--study", "{}"], ["sweep", "join", "{}", "diabetes"]]
)
def test_a_password_on_the_command_line_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([word.format("postgresql://ann:s3cret@db/lab") for word in words]) == 2
    out, err = capsys.readouterr()
    assert "contains a password" in err and "s3cret" not in out + err
    assert not (tmp_path / "runs").exists()


def test_an_unreachable_database_starts_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    began = time.monotonic()
    assert main(["sweep", "regression", *OVER, "--study", "postgresql://ann@/lab?host=/nowhere"]) == 2
    assert time.monotonic() - began < 10
    assert "database lab on /nowhere: cannot be reached: " in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_study_of_another_experiment_starts_nothing(
    server: Postgres, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert created(server, "held") == created(server, "held") == 0
    assert created(server, "held", "--set", "batch_size=8") == 2
    assert "--name: the study 'held' holds another experiment" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_study_is_steered_from_the_shell(server: Postgres, database: Database) -> None:
    assert created(server, "from the shell") == 0
    study = find(database, "from the shell")
    assert Claims(study, "box:1", "box").take() is not None
    for words, asked in (
        (["pause", "from the shell"], {"paused": True}),
        (["drop", "from the shell/1"], {"dropped": (1,)}),
        (["keep", "from the shell/2"], {"kept": (2,)}),
        (["stop", "from the shell"], {"stopped": True}),
    ):
        before = study.control()
        assert main(["sweep", *words, "--study", server.url]) == 0
        assert study.control() == replace(before, **asked)
    assert created(server, "from the shell") == 0
    assert not study.control().stopped


@pytest.mark.parametrize("words", [["drop", "a"], ["stop"], ["drop", "a/x"], ["stop", "a", "b"]])
def test_what_is_no_trial_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *words, "--study", "postgresql:///lab"]) == 2
    assert f"give one, as in `tui-lab sweep {words[0]} STUDY" in capsys.readouterr().err


def test_joining_needs_a_study(
    server: Postgres, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "join", server.url]) == 2
    assert main(["sweep", "join", server.url, "nothing such"]) == 2
    err = capsys.readouterr().err
    assert "tui-lab sweep join postgresql://USER@HOST/DATABASE STUDY" in err
    assert "'nothing such': no such study" in err and "nothing such" not in names(database)


def test_in_the_background_others_must_train(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "regression", *OVER, "--study", "postgresql:///lab", "--detach"]) == 2
    assert "--detach: with --study only together with --workers 0" in capsys.readouterr().err


def test_a_study_is_listed_with_its_best(
    server: Postgres, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert created(server, "listed") == 0
    study = find(database, "listed")
    plan = Claims(study, "box:1", "box").take()
    assert plan is not None
    TrialLink(study, plan, lambda _: None).end(
        TrialEnded(plan.number, "finished", 3, 0.25, 2, {"loss": 0.25})
    )
    capsys.readouterr()
    assert main(["sweeps", "--study", server.url]) == 0
    assert "listed" in capsys.readouterr().out
    assert main(["best", "listed", "--study", server.url, "--json"]) == 0
    assert '"listed"' in (out := capsys.readouterr().out) and "0.25" in out
    assert main(["best", "lsited", "--study", server.url]) == 2
    assert "did you mean 'listed'?" in capsys.readouterr().err
