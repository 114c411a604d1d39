"""Weights out of a run and into another, on the command line."""

import json
import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import jsonschema
import pytest
import torch

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.engine.helpers import table
from tests.journals import schema
from tui_lab.cli.main import main
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.model.safetensors import TensorFile, from_bytes, read_file, to_bytes
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.reading import load_run

pytestmark = pytest.mark.slow


def last(root: Path) -> tuple[RunFolder, RunView]:
    folder = find(root, "last")
    return folder, load_run(folder).view


def test_the_weights_of_the_best_epoch_are_taken_away(mine: str, root: Path, tmp_path: Path) -> None:
    assert main(["train", mine, "--set", "lr=5", "--epochs", "6", "--quiet"]) == 0
    assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
    found = read_file(tmp_path / "w.safetensors")
    folder, view = last(root)
    state = last_good(folder.checkpoints, view.checkpoints, torch.device("cpu")).state
    assert view.best is not None
    assert view.best.epoch < 6, "the last epoch shall not be the best, or this test says nothing"
    assert {name: w.shape for name, w in found.tensors.items()} == {
        name: w.shape for name, w in state["network"].items()
    }
    assert not torch.equal(found.tensors["0.weight"], state["network"]["0.weight"])
    assert found.metadata["epoch"] == str(view.best.epoch)
    assert json.loads(found.metadata["classes"]) == ["0", "1", "2"]

    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    network.load_state_dict(found.tensors)
    from tui_lab.engine.setup.prepare import prepare

    assert view.experiment is not None
    val = prepare(view.experiment).dataset.val
    loss = torch.nn.functional.cross_entropy(network(val.x), val.y)
    assert loss.item() == pytest.approx(view.best.val_loss, rel=1e-6)


def test_a_run_names_its_file_and_stdout_takes_bytes(
    mine: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["train", mine, "--quiet", "--set", "batch_norm=true"]) == 0
    assert main(["export", "last", "--to", "safetensors"]) == 0
    file = tmp_path / f"{run_ids(root)[0]}.safetensors"
    taken = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(taken))
    assert main(["export", "last", "--to", "safetensors", "-o", "-"]) == 0
    assert taken.getvalue() == file.read_bytes()
    found: TensorFile = from_bytes(taken.getvalue())
    assert found.tensors["1.num_batches_tracked"].dtype == torch.int64


def test_what_cannot_be_taken_away(
    mine: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", mine, "--quiet"])
    capsys.readouterr()
    to = ("export", "last", "--to", "safetensors")
    assert "weights have no history" in refused(capsys, *to, "--history-only")[0]
    assert "no folder" in refused(capsys, *to, "-o", "none/w.safetensors")[0]
    for file in last(root)[0].checkpoints.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert main(list(to)) == 1
    assert "no checkpoint to resume from" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.safetensors"))


def losses(view: RunView) -> list[tuple[float, float]]:
    return [(epoch.train_loss, epoch.val_loss) for epoch in view.history]


def test_a_run_begins_with_the_weights_of_another(
    mine: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    source = run_ids(root)[0]
    assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
    capsys.readouterr()
    slow = ("--set", "transfer_lr_factor=0.1")
    assert main(["train", mine, "--weights", "last", *slow, "--export", "run.json"]) == 0
    assert f"weights from {source}: loaded 0.weight, 0.bias, 2.weight, 2.bias" in capsys.readouterr().err
    by_run = last(root)[1]
    assert by_run.transfer is not None
    assert by_run.transfer.taken == ("0.weight", "0.bias", "2.weight", "2.bias")
    document = json.loads((tmp_path / "run.json").read_text())
    jsonschema.validate(document, schema())
    assert document["model"]["transfer"]["source"] == source
    assert document["experiment"]["model"]["weights"] == str(root / source)

    assert main(["train", mine, "--weights", "w.safetensors", *slow, "--quiet"]) == 0
    by_file = last(root)[1]
    assert losses(by_file) == losses(by_run)
    assert by_file.transfer is not None
    assert by_file.transfer.source == str(tmp_path / "w.safetensors")


def test_the_last_layer_is_new_where_the_classes_differ(
    mine: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    table(tmp_path, "binary")
    other = (tmp_path / mine).read_text().replace("multiclass", "binary").replace('"mine"', '"other"')
    (tmp_path / "other.toml").write_text(other)
    assert main(["train", "other.toml", "--weights", "last"]) == 0
    err = capsys.readouterr().err
    assert "loaded 0.weight, 0.bias\n" in err
    assert "not loaded: 2.weight (3 x 8 there, 1 x 8 here), 2.bias (3 there, 1 here)" in err


def test_resume_fork_and_replay_do_without_the_file(mine: str, root: Path, tmp_path: Path) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
    argv = ["--weights", "w.safetensors", "--set", "transfer_lr_factor=0.3", "--quiet"]
    assert main(["train", mine, *argv, "--epochs", "6"]) == 0
    whole = last(root)[1]
    assert main(["train", mine, *argv, "--epochs", "3"]) == 0
    folder = last(root)[0]
    (tmp_path / "w.safetensors").unlink()
    assert main(["resume", folder.run_id, "--epochs", "6", "--quiet"]) == 0
    assert losses(last(root)[1]) == losses(whole)

    assert main(["train", "--replay", folder.run_id, "--quiet"]) == 0
    again, view = last(root)
    assert again != folder
    assert losses(view) == losses(whole)
    assert view.origin is not None
    assert (view.origin.run, view.origin.step) == (folder.run_id, 0)
    assert main(["train", "--replay", again.run_id, "--quiet"]) == 0
    assert losses(last(root)[1]) == losses(whole)

    assert main(["fork", folder.run_id, "--epochs", "8", "--set", "transfer_lr_factor=0", "--quiet"]) == 0
    assert [epoch.epoch for epoch in last(root)[1].history] == [7, 8]
    assert main(["train", mine, "--weights", "w.safetensors"]) == 2


def test_a_replay_keeps_what_its_first_weights_settle(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", mine, "--quiet"])
    main(["train", mine, "--weights", "last", "--quiet"])
    capsys.readouterr()
    (line,) = refused(capsys, "train", "--replay", "last", "--set", "batch_norm=true")
    assert "batch_norm: fixed by the weights of the parent, which a fork keeps" in line


def test_a_preset_names_a_file_beside_it(mine: str, root: Path, tmp_path: Path) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    (tmp_path / "deep").mkdir()
    assert main(["export", "last", "--to", "safetensors", "-o", "deep/w.safetensors"]) == 0
    text = (tmp_path / mine).read_text() + 'weights = "deep/w.safetensors"\n'
    (tmp_path / "with.toml").write_text(text)
    assert main(["train", "with.toml", "--quiet"]) == 0
    view = last(root)[1]
    assert view.transfer is not None
    assert view.transfer.source == str(tmp_path / "deep" / "w.safetensors")


@pytest.mark.parametrize("named", ["last", "../runs/x", "w.pt", "w\\u0000.safetensors"])
def test_a_preset_names_nothing_else(
    named: str, mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "with.toml").write_text((tmp_path / mine).read_text() + f'weights = "{named}"\n')
    (line,) = refused(capsys, "train", "with.toml")
    assert "with.toml: model.weights: " in line


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("none", "no run 'none' in"),
        ("none.safetensors", "none.safetensors: no such file"),
        ("/dev/zero", "/dev/zero: not a regular file"),
        ("nan.safetensors", "nan.safetensors: tensor '2.bias' has values that are not finite"),
        ("runs/", "this is a folder; to use a run, give its id"),
        ("pickled.safetensors", "a pickle"),
        ("\x1b[2J", r"\x1b[2J"),
        ("other.safetensors", "no tensor matches the network"),
        ("mine.toml", "not a safetensors file"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_and_leave_no_run(
    named: str, words: str, mine: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", mine, "--quiet"])
    torch.save({"w": torch.ones(1)}, tmp_path / "pickled.safetensors")
    (tmp_path / "other.safetensors").write_bytes(to_bytes({"fc.w": torch.ones(2)}))
    (tmp_path / "nan.safetensors").write_bytes(to_bytes({"2.bias": torch.full((3,), torch.nan)}))
    capsys.readouterr()
    (line,) = refused(capsys, "train", mine, "--weights", named)
    assert words in line
    assert "weights: " in line
    assert len(run_ids(root)) == 1


@pytest.mark.parametrize(
    "argv", [("export", "last", "--to", "safetensors"), ("predict", "last", "--split", "test")]
)
def test_what_is_no_regular_file_is_written_to_and_stays_what_it_is(
    argv: tuple[str, ...], mine: str, tmp_path: Path
) -> None:
    """A pipe stands for `/dev/null`, which a test must not put at risk."""
    assert main(["train", mine, "--quiet"]) == 0
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert main([*argv, "-o", "pipe"]) == 0
    assert pipe.is_fifo()
    assert os.read(reader, 10)
    os.close(reader)
