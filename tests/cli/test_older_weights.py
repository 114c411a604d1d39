"""The newest checkpoint is damaged: older weights are never used in silence, by `predict` only on request."""

from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.engine.checkpoints.last_good import newest_point
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run

pytestmark = pytest.mark.slow

SAID = "a newer checkpoint could not be used"


@pytest.fixture
def damaged(mine: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run that was saved after each of its steps; a byte of the last checkpoint is another."""
    monkeypatch.setenv("TUI_LAB_SAVE_EVERY", "0")
    assert main(["train", mine, "--quiet", "--epochs", "8"]) == 0
    run = find(root, "last")
    path = run.checkpoints / load_run(run).view.checkpoints[-1].file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return run


def test_predict_refuses_until_older_weights_are_asked_for(
    damaged: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    predict = ["predict", damaged.run_id, "multiclass-90-0.csv", "--quiet"]
    assert main(predict) == 2
    said = capsys.readouterr()
    assert not said.out
    assert SAID in said.err and "sha256 differs" in said.err and "--older" in said.err
    assert main([*predict, "--older"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("row,prediction")
    assert SAID in said.err


def test_a_journal_whose_end_is_missing_is_no_silence_either(
    mine: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names an older checkpoint only, which is whole: the newer one is in the folder."""
    monkeypatch.setenv("TUI_LAB_SAVE_EVERY", "0")
    assert main(["train", mine, "--quiet", "--epochs", "8"]) == 0
    run = find(root, "last")
    newest = load_run(run).view.checkpoints[-1]
    lines = run.journal.read_bytes().splitlines(keepends=True)
    place = next(k for k, line in enumerate(lines) if newest.sha256.encode() in line)
    run.journal.write_bytes(b"".join(lines[:place]))
    predict = ["predict", run.run_id, "multiclass-90-0.csv", "--quiet"]
    assert main(predict) == 2
    assert f"{SAID}: {newest.file}: the journal does not name it" in capsys.readouterr().err
    assert main([*predict, "--older"]) == 0
    assert SAID in capsys.readouterr().err


def test_a_checkpoint_that_is_gone_is_no_silence_either(
    damaged: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in damaged.checkpoints.glob("*"):
        if path.name == load_run(damaged).view.checkpoints[-1].file:
            path.unlink()
    assert main(["predict", damaged.run_id, "multiclass-90-0.csv"]) == 2
    assert "cannot be read: it no longer exists" in capsys.readouterr().err


@pytest.mark.parametrize("quiet", [["--quiet"], ["--json"], []])
@pytest.mark.parametrize("command", ["weights", "resume", "fork"])
def test_what_trains_on_from_older_weights_says_so(
    damaged: RunFolder,
    mine: str,
    root: Path,
    command: str,
    quiet: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = {
        "weights": ["train", mine, "--weights", damaged.run_id],
        "resume": ["resume", damaged.run_id, "--epochs", "9"],
        "fork": ["fork", damaged.run_id, "--epochs", "9"],
    }[command]
    assert main([*asked, *quiet]) == 0
    assert capsys.readouterr().err.count(SAID) == 1
    assert [text for text in load_run(find(root, "last")).view.warnings if SAID in text]


@pytest.mark.usefixtures("warm_hosts")
def test_detached_it_says_so_too_and_in_the_log(
    damaged: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", damaged.run_id, "--epochs", "9", "--detach", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == damaged.run_id
    assert SAID in said.err
    until(lambda: held(damaged) is None)
    assert SAID in damaged.log.read_text()


def test_exported_weights_say_so(damaged: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", damaged.run_id, "--to", "safetensors", "-o", "w.safetensors"]) == 0
    assert SAID in capsys.readouterr().err


def test_weights_of_a_run_that_is_saved_all_the_time_can_be_taken(
    mine: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the journal and of the weights the trainer goes on, and prunes."""
    from tui_lab.cli.arguments.experiment_args import asked_experiment
    from tui_lab.cli.arguments.parser import parse
    from tui_lab.engine.checkpoints import last_good
    from tui_lab.session.jobs.jobs import Fresh
    from tui_lab.session.jobs.prepare_job import get_ready

    monkeypatch.setenv("TUI_LAB_SAVE_EVERY", "0")
    asked = asked_experiment(parse(["train", mine, "--epochs", "500"]))
    ready = get_ready(Fresh(experiment=asked, root=str(root)))
    records = ready.begin(SimpleQueue())

    def train_on() -> None:
        saved = 0
        while saved < 4:
            saved += next(records).event.kind == "checkpoint_saved"

    def load_late(folder: RunFolder) -> object:
        found = load_run(folder)
        train_on()
        return found

    train_on()
    monkeypatch.setattr(last_good, "load_run", load_late)
    for _ in range(4):
        view, point = newest_point(ready.folder, torch.device("cpu"))
        assert point.skipped == ()
        assert point.state["step"] == view.checkpoints[-1].step
    records.close()  # type: ignore[attr-defined]


def test_what_was_pruned_is_not_listed(
    damaged: RunFolder, mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    view = load_run(damaged).view
    assert len(view.checkpoints) > 4
    for path in damaged.checkpoints.glob("*"):
        path.write_bytes(b"damaged")
    assert main(["resume", damaged.run_id, "--epochs", "10", "--quiet"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert main(["fork", damaged.run_id, "--at", "1", "--quiet"]) == 2
    assert len(capsys.readouterr().err.splitlines()[-1].split(",")) <= 4
