"""Data of one's own code: gathered, split and trained on, and refused where they cannot be used."""

from pathlib import Path

import pytest

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_weights import last, losses
from tui_lab.cli.main import main
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters

pytestmark = pytest.mark.slow

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

class Endless(Items):
    def __len__(self):
        return 10**12

def scalar_y():
    return torch.ones(9, 2), torch.tensor(5)

def sparse():
    return torch.eye(9).to_sparse(), torch.arange(9) % 2

def meta():
    return torch.ones(9, 2, device="meta"), torch.arange(9) % 2

def complex_y():
    return torch.ones(9, 2), torch.ones(9, dtype=torch.complex64)

def no_columns():
    return torch.ones(9, 0), torch.arange(9) % 2

def huge():
    return torch.ones(9, 2), torch.arange(9).double() * 1e30

def neighbours():
    return torch.ones(90, 2), 2**53 + torch.arange(90) % 2

def truth():
    x, _ = tensors()
    return x, x[:, 0] > 0

def one_class():
    return torch.ones(9, 2), torch.ones(9)

def broken():
    return torch.ones(9, 2), torch.arange(9) + 0.5
"""


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text(DATA)


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
    assert "has changed since the run started" in refused(capsys, *resume, *own)[-1]
    (tmp_path / "data.py").write_text(DATA)
    assert main([*resume, *own, "--quiet"]) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Breaks", "item 1 has the shape (2,), item 0 (1,); all must have the same shape"),
        ("Raises", "line 32: while loading its rows: KeyError: 0"),
        ("Stream", "returns Stream; expected a Dataset with __len__"),
        ("three", "returns 3 values; expected x and y"),
        ("flat", "x has the shape (9,); expected rows"),
        ("uneven", "9 inputs and 8 targets"),
        ("nan", "x of row 7 (counted from 0) is not finite"),
        ("Endless", "Endless has 1,000,000,000,000 items of the shape (4,): they need about 648 TB"),
        ("scalar_y", "y is a single number; expected one per row (N,)"),
        ("sparse", "x is sparse, nested or quantized; convert it"),
        ("meta", "x is on the meta device, where a tensor has no values"),
        ("complex_y", "y holds complex numbers; expected real ones"),
        ("no_columns", "x has the shape (9, 0): its rows are empty"),
        ("huge", "y holds class numbers of 2**53 or more; number the classes from 0"),
        ("one_class", "y has 1 class; multiclass needs 2 to 1000"),
        ("broken", "is it --task regression?"),
    ],
)
def test_data_that_cannot_be_used_say_where_and_why(
    name: str, words: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refused(capsys, "train", "--dataset", f"data.py:{name}", "--task", "multiclass")
    assert words in lines[-1]


@pytest.mark.parametrize(
    ("name", "classes"), [("neighbours", (str(2**53), str(2**53 + 1))), ("truth", ("0", "1"))]
)
def test_classes_are_told_apart_exactly(name: str, classes: tuple[str, ...], root: Path) -> None:
    argv = ["train", "--dataset", f"data.py:{name}", "--task", "binary", "--epochs", "1", "--quiet"]
    assert main(argv) == 0
    data = last(root)[1].data
    assert data is not None
    assert data.classes == classes


def test_items_are_told_of_as_they_are_gathered(tmp_path: Path) -> None:
    heard: list[float] = []
    data = DataSpec(source="own", file="data.py:Items", target="y")
    asked = Experiment(
        preset="own",
        task="multiclass",
        data=data,
        model=ModelSpec(layers=("linear 2",)),
        hyperparameters=Hyperparameters(),
        device="cpu",
    )
    prepare(asked, heard.append, code=Code(dataset=f"{tmp_path}/data.py:Items"))
    assert heard == sorted(heard)
    assert len(heard) == 6


def test_without_a_preset_the_task_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs --task" in refused(capsys, "train", "--dataset", "data.py:tensors")[0]
    both = ("--dataset", "data.py:tensors", "--task", "binary", "--target", "y")
    assert "only for tables" in refused(capsys, "train", *both)[-1]
