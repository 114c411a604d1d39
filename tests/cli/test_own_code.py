"""Networks and data of one's own code: run only if named on the command line, and said where they fail."""

import io
import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_weights import last, losses
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.runs.export import schema
from tui_lab.runs.folder import run_ids

NET = """
from pathlib import Path
import torch
from torch import nn
from neighbour import WIDTH

Path("ran").write_text("")

class Net(nn.Module):
    def __init__(self, num_classes, in_features=0):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(in_features, WIDTH), nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.classifier = nn.Linear(WIDTH, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x))

class Raises(Net):
    def forward(self, x):
        raise ValueError("\\x1b[31mno")

class Narrow(Net):
    def forward(self, x):
        return super().forward(x)[:, :1]

class Pair(Net):
    def forward(self, x):
        return super().forward(x), 1

class Needs(Net):
    def __init__(self, depth):
        super().__init__(3)

class Empty(nn.Module):
    pass

def made():
    return nn.Linear(4, 3)

def text():
    return "no"

ready = nn.Linear(4, 3)
number = 3
"""
LOUD = """
import os
import sys
from torch import nn

print("loud:", "being read", repr(sys.stdin.read()))

class Net(nn.Linear):
    def __init__(self, in_features, outputs):
        super().__init__(in_features, outputs)
        os.system("echo loud: being made")
    def forward(self, x):
        print("loud: being trained")
        return super().forward(x)
"""
DATA = """
import torch
from torch.utils.data import Dataset, IterableDataset

def tensors():
    g = torch.Generator().manual_seed(0)
    x = torch.randn(90, 4, generator=g)
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0).long() + 5

class Items(Dataset):
    def __init__(self):
        self.x, self.y = tensors()
    def __len__(self):
        return len(self.x)
    def __getitem__(self, k):
        return self.x[k].numpy(), int(self.y[k])

def images():
    x, y = tensors()
    return x.reshape(-1, 1, 2, 2), y

def numbers():
    x, _ = tensors()
    return x, x.sum(1) * 100 + 7

class Breaks(Items):
    def __getitem__(self, k):
        return self.x[k][: k % 2 + 1], 0

class Raises(Items):
    def __getitem__(self, k):
        return {}[k]

class Stream(IterableDataset):
    def __iter__(self):
        return iter(())

def three():
    return 1, 2, 3

def flat():
    return torch.ones(9), torch.ones(9)

def uneven():
    return torch.ones(9, 2), torch.ones(8)

def nan():
    x, y = tensors()
    x[7, 1] = float("nan")
    return x, y

def one_class():
    return torch.ones(9, 2), torch.ones(9)

def broken():
    return torch.ones(9, 2), torch.arange(9) + 0.5
"""


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "loud.py").write_text(LOUD)
    (tmp_path / "neighbour.py").write_text("WIDTH = 6\n")
    (tmp_path / "data.py").write_text(DATA)
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n")
    (tmp_path / "exits.py").write_text("import sys\nsys.exit(3)\n")


def test_a_network_of_ones_own_is_trained_and_told_part_by_part(
    mine: str, root: Path, tmp_path: Path
) -> None:
    argv = ["train", mine, "--module", "net.py:Net", "--set", "frozen_layers=1", "--export", "run.json"]
    assert main(argv) == 0
    view = last(root)[1]
    assert view.status == "finished"
    assert view.model is not None
    assert [(p.layer.split("(")[0], p.output_shape, p.parameters) for p in view.model.layers] == [
        ("features.0 Linear", (6,), 30),
        ("features.1 BatchNorm1d", (6,), 12),
        ("features.2 ReLU", (6,), 0),
        ("classifier Linear", (3,), 21),
    ]
    assert (view.model.parameters, view.model.trainable) == (63, 21)
    assert any("activation" in w or "without effect" in w for w in view.warnings) is False
    document = json.loads((tmp_path / "run.json").read_text())
    jsonschema.validate(document, schema())
    assert document["experiment"]["model"]["source"] == "module"


@pytest.mark.parametrize("name", ["made", "ready"])
def test_a_function_or_a_module_that_is_there_will_do(name: str, mine: str, root: Path) -> None:
    assert main(["train", mine, "--module", f"net.py:{name}", "--quiet"]) == 0
    assert last(root)[1].status == "finished"


def test_what_a_list_alone_heeds_is_warned_of(mine: str, root: Path) -> None:
    assert main(["train", mine, "--module", "net.py:Net", "--set", "init=uniform", "--quiet"]) == 0
    assert "init: without effect, since the network is not made of a layer list" in last(root)[1].warnings


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("net.py", "write FILE.py:NAME"),
        ("net.py:", "write FILE.py:NAME"),
        ("none.py:Net", "none.py: there is no such file"),
        ("net.py:Nett", "there is no 'Nett' in it; there are: "),
        ("net.py:Raises", r"net.py, line 20: the forward pass of two rows: ValueError: \x1b[31mno"),
        ("net.py:Narrow", "it gives shape (2, 1); the task needs (2, 3)"),
        ("net.py:Pair", "it gives tuple; the task needs (2, 3)"),
        ("net.py:Needs", "Needs needs depth, which nobody gives"),
        ("net.py:Empty", "has no weights"),
        ("net.py:text", "text gives str, not an nn.Module"),
        ("net.py:number", "is neither an nn.Module nor makes one"),
        ("broken.py:f", "broken.py, line 2: running it: SyntaxError"),
        ("exits.py:f", "exits.py, line 2: running it: SystemExit: 3"),
        ("mine.toml:f", "not a Python file"),
    ],
)
def test_a_network_that_cannot_be_used_says_where_and_why(
    named: str, words: str, mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refused(capsys, "train", mine, "--module", named)
    assert words in lines[-1]
    assert not root.exists() or not run_ids(root)


def test_going_on_asks_for_the_code_and_runs_nothing_by_itself(
    mine: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ("--module", "net.py:Net")
    assert main(["train", mine, *own, "--epochs", "6", "--quiet"]) == 0
    whole = last(root)[1]
    assert main(["train", mine, *own, "--epochs", "3", "--quiet"]) == 0
    run = last(root)[0].run_id
    (tmp_path / "ran").unlink()
    again = [("resume", run, "--epochs", "6"), ("fork", run, "--epochs", "6"), ("train", "--replay", run)]
    for argv in [*again, ("predict", run, "--split", "test")]:
        capsys.readouterr()
        assert f"add --module {tmp_path}/net.py:Net" in refused(capsys, *argv)[-1]
        assert not (tmp_path / "ran").exists()
    assert main(["export", run]) == main(["export", run, "--to", "safetensors"]) == main(["runs"]) == 0
    assert not (tmp_path / "ran").exists()
    assert main(["resume", run, "--epochs", "6", *own, "--quiet"]) == 0
    assert losses(last(root)[1]) == losses(whole)
    assert main(["train", "--replay", run, *own, "--quiet"]) == 0
    assert losses(last(root)[1]) == losses(whole)
    assert main(["predict", run, "--split", "test", *own]) == 0


def test_weights_go_into_a_network_of_ones_own_and_out_of_it(mine: str, root: Path) -> None:
    own = ("--module", "net.py:Net", "--quiet")
    assert main(["train", mine, *own]) == 0
    assert main(["train", mine, *own, "--weights", "last", "--set", "transfer_lr_factor=0.1"]) == 0
    transfer = last(root)[1].transfer
    assert transfer is not None
    assert transfer.new == {}
    assert "features.1.running_mean" in transfer.taken


@pytest.mark.parametrize("key", ['[model]\nsource = "module"\nname = "net.py:Net"', '[data]\nsource = "own"'])
def test_a_preset_never_runs_code(
    key: str, mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, _, rest = key.partition("\n")
    text = (tmp_path / mine).read_text().replace(header, f"{header}\n{rest}")
    (tmp_path / "mine.toml").write_text(text.replace('layers = ["linear 8", "activation"]', ""))
    (line,) = refused(capsys, "train", mine)
    assert "code of one's own is never run from a preset" in line
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["tensors", "Items", "images"])
def test_data_of_ones_own_are_split_and_trained_on(name: str, root: Path) -> None:
    assert (
        main(["train", "--dataset", f"data.py:{name}", "--task", "multiclass", "--epochs", "3", "--quiet"])
        == 0
    )
    view = last(root)[1]
    assert view.status == "finished"
    assert view.data is not None
    assert view.data.split == {"train": 63, "val": 18, "test": 9}
    assert view.data.classes == ("5", "6", "7")
    assert view.data.shape == ((1, 2, 2) if name == "images" else (4,))


def test_a_pair_and_its_items_are_the_same_data(root: Path) -> None:
    found = []
    for name in ("tensors", "Items"):
        main(["train", "--dataset", f"data.py:{name}", "--task", "multiclass", "--epochs", "2", "--quiet"])
        found.append(losses(last(root)[1]))
    assert found[0] == found[1]


def test_numbers_are_scaled_and_scored_in_their_own_units(root: Path) -> None:
    argv = ["train", "--dataset", "data.py:numbers", "--task", "regression", "--epochs", "200", "--quiet"]
    assert main([*argv, "--set", "lr=0.01"]) == 0
    tested = last(root)[1].tested
    assert tested is not None
    assert tested.metrics["r2"] > 0.9
    assert 1 < tested.metrics["mae"] < 80


def test_the_network_of_a_preset_learns_from_data_of_ones_own(mine: str, root: Path) -> None:
    assert main(["train", mine, "--dataset", "data.py:tensors", "--quiet"]) == 0
    view = last(root)[1]
    assert view.model is not None
    assert view.model.layers[0].layer == "linear 8"


def test_going_on_with_such_data_asks_for_them_and_notices_others(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ("--dataset", "data.py:tensors")
    assert main(["train", *own, "--task", "multiclass", "--epochs", "3", "--quiet"]) == 0
    capsys.readouterr()
    resume = ("resume", "last", "--epochs", "5")
    assert f"add --dataset {tmp_path}/data.py:tensors" in refused(capsys, *resume)[-1]
    (tmp_path / "data.py").write_text(DATA.replace("manual_seed(0)", "manual_seed(1)"))
    assert "has changed since the run began" in refused(capsys, *resume, *own)[-1]
    (tmp_path / "data.py").write_text(DATA)
    assert main([*resume, *own, "--quiet"]) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Breaks", "item 1 has the shape (2,), item 0 (1,); all must be of one shape"),
        ("Raises", "line 32: gathering its rows: KeyError: 0"),
        ("Stream", "gives Stream; wanted is a Dataset with __len__"),
        ("three", "gives 3 things; wanted are x and y"),
        ("flat", "x has the shape (9,); wanted are rows"),
        ("uneven", "9 inputs and 8 targets"),
        ("nan", "x of row 7 (counted from 0) is not finite"),
        ("one_class", "y holds 1 classes; multiclass needs 2 to 1000"),
        ("broken", "is it a --task regression?"),
    ],
)
def test_data_that_cannot_be_used_say_where_and_why(
    name: str, words: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refused(capsys, "train", "--dataset", f"data.py:{name}", "--task", "multiclass")
    assert words in lines[-1]


def test_without_a_preset_the_task_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "with --task" in refused(capsys, "train", "--dataset", "data.py:tensors")[0]
    both = ("--dataset", "data.py:tensors", "--task", "binary", "--target", "y")
    assert "are for tables" in refused(capsys, "train", *both)[-1]


@pytest.mark.slow
def test_a_host_runs_what_was_named_on_the_command_line(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--module", "net.py:Net", "--detach", "--quiet"]) == 0
    run = capsys.readouterr().out.strip()
    until(lambda: last(root)[1].status == "finished")
    assert main(["resume", run, "--epochs", "9", "--detach", "--quiet"]) == 2


@pytest.mark.slow
def test_what_ones_own_code_prints_is_in_the_log_of_a_host_and_no_answer_of_it(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--module", "loud.py:Net", "--detach", "--quiet"]) == 0
    run = capsys.readouterr().out.strip()
    assert run_ids(root) == [run]
    until(lambda: last(root)[1].status == "finished")
    until(lambda: "loud: being trained" in (root / run / "log").read_text())


def test_what_ones_own_code_prints_is_no_result(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    own = ("--module", "loud.py:Net")
    assert main(["train", mine, *own, "--json", "--epochs", "2"]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["event"]["kind"] for line in out.splitlines()][-1] == "run_ended"
    assert "loud: being read" in err and "loud: being trained" in err
    assert main(["predict", "last", "--split", "test", *own]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("row,prediction") and "loud" not in out
    assert "loud: being trained" in err
