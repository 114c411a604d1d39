"""Weights out of a run and into another, on the command line."""

import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
import torch

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.engine.helpers import table
from tui_lab.cli.main import main
from tui_lab.engine.resume import last_good
from tui_lab.model.safetensors import TensorFile, from_bytes, read_file
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import RunFolder, find, run_ids
from tui_lab.runs.reading import load_run


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A preset that trains in a blink: 4 inputs, 8 neurons, 3 classes."""
    table(tmp_path, "multiclass")
    path = tmp_path / "mine.toml"
    path.write_text(
        'format = "tui-lab.preset"\nversion = 1\nname = "mine"\ntitle = "Mine"\ntask = "multiclass"\n'
        '[data]\nfile = "multiclass-90-0.csv"\ntarget = "y"\n[hyperparameters]\nepochs = 3\nlr = 0.01\n'
        '[model]\nlayers = ["linear 8", "activation"]\n'
    )
    return "mine.toml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"


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
    from tui_lab.engine.prepare import prepare

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
    assert "no checkpoint to go on from" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.safetensors"))
