"""Who is trained on, who validates, who tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.data.split import quantile_bins, split_rows
from tui_lab.errors import InputError
from tui_lab.experiment.split import Split


@given(rows=st.integers(10, 400), seed=st.integers(0, 2**63 - 1))
def test_every_row_is_in_exactly_one_split(rows: int, seed: int) -> None:
    parts = split_rows(rows, Split(), seed)
    dealt = np.concatenate([parts.train, parts.val, parts.test])
    assert sorted(dealt.tolist()) == list(range(rows))
    assert abs(len(parts.train) - 0.7 * rows) <= 1
    assert abs(len(parts.val) - 0.2 * rows) <= 1


@given(counts=st.lists(st.integers(1, 60), min_size=2, max_size=6), seed=st.integers(0, 1000))
def test_every_class_is_dealt_in_the_same_shares(counts: list[int], seed: int) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    try:
        parts = split_rows(len(classes), Split(), seed, classes)
    except InputError:
        assert sum(counts) < 30
        return
    for k, count in enumerate(counts):
        in_train = int((classes[parts.train] == k).sum())
        assert abs(in_train - 0.7 * count) < 1
        assert in_train >= 1, "a class that is never trained on cannot be learnt"


def test_the_seed_fixes_the_split() -> None:
    first, second, other = (split_rows(100, Split(), seed) for seed in (3, 3, 4))
    assert first.train.tolist() == second.train.tolist()
    assert sorted(first.train.tolist()) != sorted(other.train.tolist())


def test_rows_do_not_stay_in_the_order_of_their_class() -> None:
    classes = np.repeat([0, 1], 50)
    train = split_rows(100, Split(), 0, classes).train
    assert 0 < classes[train][:20].sum() < 20


def test_small_and_large_targets_are_dealt_evenly() -> None:
    target = np.random.default_rng(0).exponential(size=200)
    bins = quantile_bins(target)
    assert np.bincount(bins).tolist() == [20] * 10
    assert all(target[bins == k].max() < target[bins == k + 1].min() for k in range(9))
    parts = split_rows(200, Split(), 0, bins)
    assert np.bincount(bins[parts.test]).tolist() == [2] * 10


def test_an_empty_split_is_refused_with_the_counts() -> None:
    with pytest.raises(InputError, match=r"train 2, val 1, test 0"):
        split_rows(3, Split(train=0.7, val=0.25, test=0.05), 0)
