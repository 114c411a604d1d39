"""A file of weights is enough to predict: no run folder, no tui-lab, only what its metadata say."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.data.images.folders import folder
from tui_lab.cli.main import main
from tui_lab.model.safetensors import TensorFile, read_file

TABLE = "size,colour,y\n" + "".join(
    f"{k % 17 if k % 9 else ''},{('red', 'green', 'blue')[k % 3]},{k % 17 * 3 + k % 3 * 40}\n"
    for k in range(90)
)


def exported(path: Path) -> TensorFile:
    assert main(["export", "last", "--to", "safetensors", "-o", str(path)]) == 0
    return read_file(path)


def network(file: TensorFile) -> nn.Sequential:
    """Of the layers that were built, by hand."""
    kinds = {"relu": nn.ReLU(), "elu": nn.ELU(), "flatten": nn.Flatten(), "dropout": nn.Dropout()}
    layers: list[nn.Module] = []
    for place, text in enumerate(json.loads(file.metadata["built"])):
        weight = file.tensors.get(f"{place}.weight")
        if weight is None:
            layers.append(kinds[text.split()[0]])
        elif text.startswith("linear"):
            layers.append(nn.Linear(weight.shape[1], weight.shape[0]))
        else:
            assert text.startswith("conv 4 kernel=3")
            layers.append(nn.Conv2d(weight.shape[1], 4, 3))
    made = nn.Sequential(*layers)
    made.load_state_dict(file.tensors)
    return made.eval()


def predicted(path: Path) -> list[dict[str, str]]:
    assert main(["predict", "last", "--split", "test", "-o", str(path)]) == 0
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_for_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    assert main(["train", "t.csv", "--epochs", "5", "--quiet"]) == 0
    file = exported(tmp_path / "w.safetensors")
    recipe = json.loads(file.metadata["recipe"])
    rows = list(csv.DictReader(TABLE.splitlines()))

    def inputs(row: dict[str, str]) -> list[float]:
        found: list[float] = []
        for column in recipe["columns"]:
            cell = row[column["name"]] or column["fill"]
            if column["kind"] == "number":
                found.append((float(cell) - column["mean"]) / column["std"])
            else:
                found += [float(cell == category) for category in column["categories"]]
        return found

    answers = predicted(tmp_path / "out.csv")
    given = [inputs(rows[int(answer["row"]) - 2]) for answer in answers]
    outputs = network(file)(torch.tensor(given)).squeeze(1) * recipe["target_std"] + recipe["target_mean"]
    assert outputs.tolist() == pytest.approx([float(answer["prediction"]) for answer in answers], rel=1e-4)


def test_for_images(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", each=20)
    (tmp_path / "mine.toml").write_text(
        'format = "tui-lab.preset"\nversion = 1\nname = "mine"\ntitle = "Mine"\ntask = "multiclass"\n'
        '[data]\nsource = "images"\nfile = "photos"\nshape = [3, 10, 12]\n[hyperparameters]\nepochs = 2\n'
        '[model]\nlayers = ["conv 4 kernel=3", "activation", "flatten"]\n'
    )
    assert main(["train", "mine.toml", "--quiet"]) == 0
    file = exported(tmp_path / "w.safetensors")
    recipe = json.loads(file.metadata["recipe"])
    mean, std = (torch.tensor(recipe[name]).view(-1, 1, 1) for name in ("mean", "std"))

    def pixels(name: str) -> Tensor:
        return torch.from_numpy(np.array(Image.open(root / name))).permute(2, 0, 1) / 255

    answers = predicted(tmp_path / "out.csv")
    x = torch.stack([(pixels(answer["file"]) - mean) / std for answer in answers])
    chances = network(file)(x).softmax(1)
    for place, name in enumerate(json.loads(file.metadata["classes"])):
        told = [float(answer[f"probability of {name}"]) for answer in answers]
        assert chances[:, place].tolist() == pytest.approx(told, rel=1e-3)
