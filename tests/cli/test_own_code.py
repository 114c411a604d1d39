"""Networks of one's own code: run only if named on the command line, and said where they fail."""

import io
import json
from pathlib import Path

import jsonschema
import pytest
import torch

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_weights import last, losses
from tests.journals import schema
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.model.safetensors import read_file
from tui_lab.runs.folder.folder import run_ids

pytestmark = pytest.mark.slow

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

class Held(Net):
    def __init__(self, num_classes, in_features=0):
        super().__init__(num_classes, in_features)
        self.features.requires_grad_(False)

class Frozen(Net):
    def __init__(self, num_classes, in_features=0):
        super().__init__(num_classes, in_features)
        self.requires_grad_(False)

class Lazy(Net):
    def __init__(self, num_classes, in_features=0):
        super().__init__(num_classes, in_features)
        self.classifier = nn.Sequential(nn.LazyBatchNorm1d(), nn.LazyLinear(num_classes))

class Unreached(Net):
    def __init__(self, num_classes, in_features=0):
        super().__init__(num_classes, in_features)
        self.other = nn.LazyLinear(3)

class Tires(Net):
    steps = 0
    def forward(self, x):
        self.steps += self.training
        if self.steps > 3:
            raise IndexError("\x1b[31mtired")
        return super().forward(x)

class Detached(Net):
    def forward(self, x):
        return super().forward(x).detach()

class Shrinks(Tires):
    def forward(self, x):
        self.steps += self.training
        return Net.forward(self, x)[: 1 if self.steps > 3 else None]

def made():
    return nn.Linear(4, 3)

def text():
    return "no"

ready = nn.Linear(4, 3)
nothing = nn.Identity()
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


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "loud.py").write_text(LOUD)
    (tmp_path / "neighbour.py").write_text("WIDTH = 6\n")
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
    assert any("activation" in w or "no effect" in w for w in view.warnings) is False
    document = json.loads((tmp_path / "run.json").read_text())
    jsonschema.validate(document, schema())
    assert document["experiment"]["model"]["source"] == "module"


def test_what_a_network_has_frozen_itself_stays_as_it_is(mine: str, root: Path, tmp_path: Path) -> None:
    argv = ["train", mine, "--module", "net.py:Held", "--set", "weight_decay=0.1", "--quiet"]
    found = []
    for epochs in ("1", "3"):
        assert main([*argv, "--epochs", epochs]) == 0
        model = last(root)[1].model
        assert model is not None
        assert (model.parameters, model.trainable) == (63, 21)
        assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
        found.append(read_file(tmp_path / "w.safetensors").tensors)
    short, long = found
    assert torch.equal(short["features.0.weight"], long["features.0.weight"])
    assert torch.equal(short["features.1.bias"], long["features.1.bias"])
    assert not torch.equal(short["classifier.weight"], long["classifier.weight"])


def test_lazy_layers_take_their_size_from_the_data(mine: str, root: Path) -> None:
    own = ("--module", "net.py:Lazy", "--quiet")
    assert main(["train", mine, *own]) == 0
    model = last(root)[1].model
    assert model is not None
    assert model.parameters == model.trainable == 30 + 12 + 12 + 21
    assert main(["resume", "last", "--epochs", "5", *own]) == 0
    assert main(["predict", "last", "--split", "test", *own[:2]]) == 0


@pytest.mark.parametrize("name", ["made", "ready"])
def test_a_function_or_a_module_that_is_there_will_do(name: str, mine: str, root: Path) -> None:
    assert main(["train", mine, "--module", f"net.py:{name}", "--quiet"]) == 0
    assert last(root)[1].status == "finished"


def test_what_a_list_alone_heeds_is_warned_of(mine: str, root: Path) -> None:
    assert main(["train", mine, "--module", "net.py:Net", "--set", "init=uniform", "--quiet"]) == 0
    assert "init: no effect, since the network is not a layer list" in last(root)[1].warnings


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("net.py", "write FILE.py:NAME"),
        ("net.py:", "write FILE.py:NAME"),
        ("none.py:Net", "none.py: no such file"),
        ("net.py:Nett", "no 'Nett' in it; it has: "),
        ("net.py:Raises", r"net.py, line 20: in a forward pass of two rows: ValueError: \x1b[31mno"),
        ("net.py:Narrow", "it returns shape (2, 1); the task needs (2, 3)"),
        ("net.py:Pair", "it returns tuple; the task needs (2, 3)"),
        ("net.py:Needs", "Needs needs depth, which is not provided"),
        ("net.py:Empty", "has no weights"),
        ("net.py:nothing", "has no weights"),
        ("net.py:Unreached", "has a lazy layer that the forward pass does not reach"),
        ("net.py:Frozen", "Frozen has all weights frozen"),
        ("net.py:text", "text returns str, not an nn.Module"),
        ("net.py:number", "is not an nn.Module and does not return one"),
        ("broken.py:f", "broken.py, line 2: while running it: SyntaxError"),
        ("exits.py:f", "exits.py, line 2: while running it: SystemExit: 3"),
        ("mine.toml:f", "not a Python file"),
    ],
)
def test_a_network_that_cannot_be_used_says_where_and_why(
    named: str, words: str, mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refused(capsys, "train", mine, "--module", named)
    assert words in lines[-1]
    assert not root.exists() or not run_ids(root)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Tires", r"net.py, line 62: IndexError: \x1b[31mtired"),
        ("Detached", "the network's output does not depend on any trainable weight"),
        ("Shrinks", "for input of shape (31, 4) it returns shape (1, 3); the task needs (31, 3)"),
    ],
)
def test_a_network_that_fails_later_says_where_and_why(
    name: str, words: str, mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--module", f"net.py:{name}", "--quiet"]) == 1
    view = last(root)[1]
    assert view.status == "failed"
    assert words in view.message
    assert words in capsys.readouterr().err


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
    (tmp_path / "net.py").write_text(NET.replace("return self.classifier", "return {}[1], self.classifier"))
    capsys.readouterr()
    assert "line 16: predicting: KeyError: 1" in refused(capsys, "predict", run, "--split", "test", *own)[-1]


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
    assert "user code is never run from a preset" in line
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("warm_hosts")
def test_a_host_runs_what_was_named_on_the_command_line(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--module", "net.py:Net", "--detach", "--quiet"]) == 0
    run = capsys.readouterr().out.strip()
    until(lambda: last(root)[1].status == "finished")
    assert main(["resume", run, "--epochs", "9", "--detach", "--quiet"]) == 2


@pytest.mark.usefixtures("warm_hosts")
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
