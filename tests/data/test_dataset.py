"""Tensors: split, scaled by the training split only, in the right types."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data.batches import batch_sizes, epoch_batches
from tui_lab.data.dataset import Dataset
from tui_lab.data.split import quantile_bins, split_rows
from tui_lab.data.table.column_roles import NumberInput
from tui_lab.data.table.load import load
from tui_lab.data.table.scaling import apply, fit_columns
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import bundled_folder, data_path, load_preset

CPU = torch.device("cpu")


def test_inputs_are_scaled_with_figures_of_the_training_split_only(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    torch.testing.assert_close(data.train.x.mean(0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.train.x.std(0, correction=0), torch.ones(4))
    assert (data.val.x.mean(0).abs() > 1e-3).all(), "the validation split must not be centred on itself"


def test_a_regression_target_is_scaled_and_can_be_scaled_back(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    assert float(data.train.y.mean()) == pytest.approx(0, abs=1e-6)
    assert data.target_std > 1


@pytest.mark.parametrize("seed", range(6))
def test_a_target_that_is_all_but_constant_in_training_stays_finite(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{k},{1.25e-83 if k == 7 else int(k == 9)}\n" for k in range(11)))
    asked = experiment(tmp_path, seed=seed)
    asked = asked.model_copy(update={"data": DataSpec(file=str(path), target="y")})
    data = load(asked, CPU)
    for part in (data.train, data.val, data.test):
        assert bool(part.y.isfinite().all())


@pytest.mark.parametrize("seed", range(6))
def test_an_input_that_is_all_but_constant_in_training_stays_finite(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{1.25e-83 if k == 7 else int(k == 9)},{k},{k}\n" for k in range(11))
    )
    asked = experiment(tmp_path, seed=seed)
    asked = asked.model_copy(update={"data": DataSpec(file=str(path), target="y")})
    data = load(asked, CPU)
    for part in (data.train, data.val, data.test):
        assert isinstance(part.x, torch.Tensor)
        assert bool(part.x.isfinite().all())


def test_a_new_row_far_away_stays_finite() -> None:
    rows = np.arange(3)
    fitted, _ = fit_columns([NumberInput("a", np.array([0.0, 1e-30, 2e-30]))], rows, as_image=False)
    x_NF = apply(fitted, [NumberInput("a", np.array([1e300, -1e300, 1e-30]))], rows)
    assert x_NF.tolist() == [[np.float32(3e38)], [np.float32(-3e38)], [0.0]]


@pytest.mark.parametrize(
    ("task", "dtype"),
    [("regression", torch.float32), ("binary", torch.float32), ("multiclass", torch.int64)],
)
def test_targets_have_the_type_their_loss_wants(tmp_path: Path, task: str, dtype: torch.dtype) -> None:
    data = load(experiment(tmp_path, task), CPU)
    assert data.train.y.dtype == dtype
    assert data.about.split == {"train": len(data.train), "val": len(data.val), "test": len(data.test)}
    assert sum(data.about.split.values()) == data.about.rows == 90


def images(folder: Path) -> Experiment:
    rows = ["p0,p1,p2,p3,y"] + [f"{k},{k + 1},0,7,{k % 2}" for k in range(40)]
    (folder / "i.csv").write_text("\n".join(rows) + "\n")
    spec = DataSpec(file=str(folder / "i.csv"), target="y", shape=(1, 2, 2))
    return experiment(folder, "binary").model_copy(update={"data": spec})


def test_images_have_their_shape_and_one_scale_for_all_pixels(tmp_path: Path) -> None:
    data = load(images(tmp_path), CPU)
    assert data.train.x.shape[1:] == (1, 2, 2)
    assert float(data.train.x.mean()) == pytest.approx(0, abs=1e-5)
    assert float(data.train.x[:, 0, 1, 1].std()) == pytest.approx(0, abs=1e-5)
    assert float(data.train.x[:, 0, 1, 1].mean()) != pytest.approx(0, abs=1e-2)


def test_a_constant_column_does_not_become_nan(tmp_path: Path) -> None:
    text = "a,b,y\n" + "".join(f"5,{k},{k}\n" for k in range(30))
    (tmp_path / "c.csv").write_text(text)
    spec = DataSpec(file=str(tmp_path / "c.csv"), target="y")
    data = load(experiment(tmp_path).model_copy(update={"data": spec}), CPU)
    assert bool(data.train.x.isfinite().all())


def test_imbalance_is_said(tmp_path: Path) -> None:
    text = "a,y\n" + "".join(f"{k},{int(k % 10 == 0)}\n" for k in range(100))
    (tmp_path / "c.csv").write_text(text)
    spec = DataSpec(file=str(tmp_path / "c.csv"), target="y")
    data = load(experiment(tmp_path, "binary").model_copy(update={"data": spec}), CPU)
    assert "90%" in data.warnings[0]


def test_a_class_without_a_row_for_training_is_refused(tmp_path: Path) -> None:
    from tui_lab.experiment.split import Split

    text = "a,y\n" + "".join(f"{k},{'rare' if k == 0 else 'usual'}\n" for k in range(50))
    (tmp_path / "c.csv").write_text(text)
    split = Split(train=0.2, val=0.5, test=0.3)
    spec = DataSpec(file=str(tmp_path / "c.csv"), target="y", split=split)
    with pytest.raises(InputError, match="'rare'"):
        load(experiment(tmp_path, "binary").model_copy(update={"data": spec}), CPU)


@pytest.mark.parametrize(
    ("rows", "size", "single", "expected"),
    [
        (10, 4, True, [4, 4, 2]),
        (9, 4, True, [4, 5]),
        (9, 4, False, [4, 4, 1]),
        (8, 4, True, [4, 4]),
        (1, 4, True, [1]),
    ],
)
def test_batch_sizes(rows: int, size: int, single: bool, expected: list[int]) -> None:
    assert batch_sizes(rows, size, no_single=single) == expected


def test_an_epoch_is_every_row_once_with_its_own_target(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    sizes = batch_sizes(len(data.train), 16, no_single=False)
    order = torch.Generator().manual_seed(0)
    pairs = [torch.cat((x, y.unsqueeze(-1)), 1) for x, y in epoch_batches(data.train, sizes, order)]
    assert [len(pair) for pair in pairs] == sizes
    seen = sorted(torch.cat(pairs).tolist())
    assert seen == sorted(torch.cat((data.train.x, data.train.y.unsqueeze(-1)), 1).tolist())
    again = epoch_batches(data.train, sizes, order)
    assert not torch.equal(again.take()[0], pairs[0][:, :-1]), "the next epoch has another order"


def test_batches_taken_together_are_those_taken_one_by_one(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    sizes = batch_sizes(len(data.train), 16, no_single=False)
    one_by_one, mixed = (
        epoch_batches(data.train, sizes, torch.Generator().manual_seed(0), begin=1) for _ in range(2)
    )
    x, y = (torch.cat(found) for found in zip(*one_by_one, strict=True))
    taken = [mixed.take(), mixed.take_together(1), mixed.take_together(mixed.left)]
    assert torch.equal(torch.cat([x for x, _ in taken]), x) and len(x) == sum(sizes[1:])
    assert torch.equal(torch.cat([y for _, y in taken]), y)
    assert mixed.left == one_by_one.left == 0


@pytest.mark.parametrize("name", ["regression", "binary", "multiclass", "cnn"])
def test_a_bundled_table_becomes_the_tensors_that_pandas_and_numpy_give(name: str) -> None:
    """To the bit: a preset must go on giving the losses it gave."""
    preset = load_preset(bundled_folder() / f"{name}.toml")
    asked = preset.experiment()
    data = load(asked, CPU)
    frame = pd.read_csv(data_path(asked.data.file))
    answers = frame.pop(asked.data.target)
    labels = sorted(answers.unique())
    numbers = (
        answers.to_numpy(float)
        if asked.task == "regression"
        else np.array([labels.index(a) for a in answers])
    )
    strata = quantile_bins(numbers) if asked.task == "regression" else numbers
    rows = split_rows(len(frame), asked.data.split, asked.hyperparameters.seed, strata)
    values = np.ascontiguousarray(frame.to_numpy(float))
    known = values[rows.train]
    axis = None if asked.data.shape else 0
    for part, chosen in ((data.train, rows.train), (data.val, rows.val), (data.test, rows.test)):
        expected = (values[chosen] - known.mean(axis)) / known.std(axis)
        torch.testing.assert_close(
            part.x.flatten(1), torch.tensor(expected, dtype=torch.float32), rtol=1e-6, atol=1e-6
        )
    assert data.warnings == ()
    assert digest(data) == DIGESTS[name]


DIGESTS = {
    "regression": "759229d2f636fc14",
    "binary": "defcdfad7dfab197",
    "multiclass": "1454c035a4af68c5",
    "cnn": "c290b26af36dd8fe",
}
"""Of the tensors of the training split, as the first version of this lab made them."""


def digest(data: Dataset) -> str:
    return hashlib.sha256(data.train.x.numpy().tobytes() + data.train.y.numpy().tobytes()).hexdigest()[:16]
