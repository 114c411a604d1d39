"""The folds of a cross-validation: every row is validated once, and the test split stays what it is."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.helpers import experiment
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tui_lab.data.dataset import Dataset
from tui_lab.data.sources import load
from tui_lab.data.split import SplitRows, quantile_bins, split_rows
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import fold_experiments
from tui_lab.experiment.split import Split


def parts_of(rows: int, folds: int, seed: int, classes: np.ndarray | None = None) -> list[SplitRows]:
    return [split_rows(rows, Split(folds=folds, fold=k), seed, classes) for k in range(folds)]


@given(rows=st.integers(60, 300), folds=st.integers(2, 50), seed=st.integers(0, 2**63 - 1))
def test_each_row_is_validated_once_and_the_test_split_is_as_without(
    rows: int, folds: int, seed: int
) -> None:
    plain, parts = split_rows(rows, Split(), seed), parts_of(rows, folds, seed)
    own = sorted([*plain.train, *plain.val])
    assert sorted(np.concatenate([part.val for part in parts]).tolist()) == own
    for part in parts:
        assert part.test.tolist() == plain.test.tolist()
        assert sorted([*part.train, *part.val]) == own
    sizes = [len(part.val) for part in parts]
    assert max(sizes) - min(sizes) <= 1


@given(counts=st.lists(st.integers(12, 60), min_size=2, max_size=6), seed=st.integers(0, 1000))
def test_each_class_is_dealt_evenly(counts: list[int], seed: int) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    parts = parts_of(len(classes), 5, seed, classes)
    in_fold = np.array([np.bincount(classes[part.val], minlength=len(counts)) for part in parts])
    assert (in_fold.max(0) - in_fold.min(0) <= 1).all()


def test_small_and_large_targets_are_dealt_evenly() -> None:
    bins = quantile_bins(np.random.default_rng(0).exponential(size=200))
    for part in parts_of(200, 6, 0, bins):
        assert np.bincount(bins[part.val], minlength=10).tolist() == [3] * 10


def test_the_parts_depend_on_the_seed_only() -> None:
    again, other = Split(train=0.5, val=0.4, test=0.1, folds=5, fold=2), Split(folds=5, fold=2)
    assert sorted(split_rows(100, again, 3).val) == sorted(split_rows(100, other, 3).val)
    assert sorted(split_rows(100, other, 4).val) != sorted(split_rows(100, other, 3).val)


def test_which_rows_are_in_a_part_is_random() -> None:
    part = split_rows(100, Split(folds=5, fold=2), 0)
    assert sorted(part.val) != sorted([*part.train, *part.val])[2::5]


def test_rows_do_not_stay_in_order() -> None:
    classes = np.repeat([0, 1], 50)
    part = split_rows(100, Split(folds=5, fold=0), 0, classes)
    assert part.train.tolist() != sorted(part.train.tolist())
    assert 0 < classes[part.train][:20].sum() < 20


def test_more_folds_than_rows_are_refused() -> None:
    with pytest.raises(InputError, match="folds: 9 are more than the 8 rows in training and validation"):
        split_rows(9, Split(folds=9, fold=0), 0)
    classes = np.repeat([0, 1], [40, 4])
    few = "folds: 5 are more than the 4 rows of class 'b' in training and validation; use at most 4 folds"
    with pytest.raises(InputError, match=few):
        split_rows(44, Split(folds=5, fold=0), 0, classes, ("a", "b"))
    assert len(split_rows(44, Split(folds=4, fold=0), 0, classes, ("a", "b")).val) == 10


def loaded(asked: Experiment, folds: int) -> list[Dataset]:
    return [load(each, torch.device("cpu")) for each in fold_experiments(asked, folds)]


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_of_a_table(tmp_path: Path, task: str) -> None:
    asked = experiment(tmp_path, task)
    plain, parts = load(asked, torch.device("cpu")), loaded(asked, 4)
    for part in parts:
        assert part.test.numbers_B is not None and plain.test.numbers_B is not None
        assert part.test.numbers_B.tolist() == plain.test.numbers_B.tolist()
        assert part.about.sha256 == plain.about.sha256
    validated = [number for part in parts for number in part.val.numbers_B.tolist()]  # type: ignore[union-attr]
    assert len(validated) == len(set(validated)) == len(plain.train) + len(plain.val)


def test_of_images(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos", count=20))
    plain, parts = load(asked, torch.device("cpu")), loaded(asked, 3)
    assert {part.test.names for part in parts} == {plain.test.names}
    validated = [name for part in parts for name in part.val.names]
    assert sorted(validated) == sorted(plain.train.names + plain.val.names)


def test_of_images_with_splits_of_their_own(tmp_path: Path) -> None:
    """A test folder is kept; a validation folder leaves nothing to deal."""
    for split, count in (("train", 12), ("test", 4)):
        photos(tmp_path / "photos" / split, count=count)
    asked = of_images(tmp_path / "photos")
    parts = loaded(asked, 3)
    assert all(set(part.test.names) == set(parts[0].test.names) for part in parts)
    validated = [name for part in parts for name in part.val.names]
    assert len(validated) == len(set(validated)) == 24
    assert all(name.startswith("train/") for name in validated)
    photos(tmp_path / "photos" / "val", count=4)
    with pytest.raises(InputError, match="folds: the folder has a validation split of its own"):
        loaded(asked, 3)
