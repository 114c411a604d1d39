"""Confident learning: by hand, and against the formula written in numpy."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tui_lab.engine.evaluation.report.label_errors import Ranking, confident_joint, flagged_rows
from tui_lab.engine.out_of_fold import folds_of

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

CHANCES = torch.tensor(
    [
        [0.9, 0.1, 0.0],  # 0
        [0.7, 0.2, 0.1],  # 0
        [0.2, 0.8, 0.0],  # labelled 0, likely 1
        [0.1, 0.7, 0.2],  # 1
        [0.3, 0.3, 0.4],  # labelled 1, confidently of no class
        [0.65, 0.15, 0.2],  # labelled 2, likely 0
        [0.0, 0.51, 0.49],  # labelled 2, likely 1; below the threshold of 2
        [0.1, 0.1, 0.8],  # 2
    ],
    dtype=torch.float64,
)
GIVEN = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2])


def test_an_example_by_hand() -> None:
    """The thresholds are (0.9 + 0.7 + 0.2)/3, (0.7 + 0.3)/2 and (0.2 + 0.49 + 0.8)/3."""
    found = confident_joint(CHANCES, GIVEN)
    assert found.thresholds_K.tolist() == pytest.approx([0.6, 0.5, 1.49 / 3])
    assert found.likely_N.tolist() == [0, 0, 1, 1, -1, 0, 1, 2]
    assert found.joint_KK.tolist() == [[2, 1, 0], [0, 1, 0], [1, 1, 1]]
    # margins: 0.2 - 0.8 = -0.6, 0.2 - 0.65 = -0.45, 0.49 - 0.51 = -0.02
    assert flagged_rows(CHANCES, GIVEN, found.likely_N).tolist() == [2, 5, 6]
    # self-confidence: 0.2, 0.2, 0.49
    assert flagged_rows(CHANCES, GIVEN, found.likely_N, "self_confidence").tolist() == [2, 5, 6]


def test_the_two_rankings_differ_where_they_should() -> None:
    chances = torch.tensor([[0.30, 0.69, 0.01], [0.28, 0.36, 0.36], [0.9, 0.05, 0.05]])
    given, likely = torch.tensor([0, 0, 0]), torch.tensor([1, 1, 0])
    assert flagged_rows(chances, given, likely).tolist() == [0, 1]
    assert flagged_rows(chances, given, likely, "self_confidence").tolist() == [1, 0]


@pytest.mark.parametrize("by", ["margin", "self_confidence"])
@pytest.mark.parametrize(("rows", "classes", "seed"), [(300, 2, 0), (500, 5, 1), (64, 9, 2)])
def test_as_the_formula_in_numpy(rows: int, classes: int, seed: int, by: Ranking) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(classes, 0.4), rows)
    drawn = (chances.cumsum(1) > rng.random((rows, 1))).argmax(1)
    given = np.where(rng.random(rows) < 0.2, rng.integers(0, classes, rows), drawn).astype(np.int64)
    thresholds, joint, flagged = in_numpy(chances, given, by)
    found = confident_joint(torch.tensor(chances), torch.tensor(given))
    assert np.allclose(found.thresholds_K, thresholds, rtol=1e-12)
    assert (found.joint_KK.numpy() == joint).all()
    order = flagged_rows(torch.tensor(chances), torch.tensor(given), found.likely_N, by)
    assert order.tolist() == flagged
    assert len(flagged) == joint.sum() - np.trace(joint) > 3


def in_numpy(chances: Floats, given: Numbers, by: Ranking) -> tuple[Floats, Numbers, list[int]]:
    """Row by row, as it is written in the paper."""
    classes = chances.shape[1]
    thresholds = np.array([chances[given == j, j].mean() for j in range(classes)])
    joint = np.zeros((classes, classes), np.int64)
    scores: list[tuple[float, int]] = []
    for n, (p, i) in enumerate(zip(chances, given, strict=True)):
        reached = [j for j in range(classes) if p[j] >= thresholds[j]]
        if not reached:
            continue
        j = max(reached, key=lambda k: p[k])
        joint[i, j] += 1
        if i != j:
            others = max(p[k] for k in range(classes) if k != i)
            scores.append((p[i] - others if by == "margin" else p[i], n))
    return thresholds, joint, [n for _, n in sorted(scores)]


def test_a_class_without_rows_is_nobodys_likely_label() -> None:
    chances = torch.tensor([[0.6, 0.1, 0.3], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]])
    found = confident_joint(chances, torch.tensor([0, 0, 1]))
    assert found.thresholds_K[2] == torch.inf
    assert not found.joint_KK[:, 2].any()


@pytest.mark.parametrize("folds", [2, 5, 7])
def test_folds_have_as_many_rows_of_each_class_as_possible(folds: int) -> None:
    labels = torch.tensor([0] * 40 + [1] * 9 + [2] * 17)[torch.randperm(66)].float()
    found = folds_of(labels, folds, seed=1)
    assert found.shape == labels.shape and set(found.tolist()) == set(range(folds))
    for rows in (found, *(found[labels == k] for k in range(3))):
        counts = torch.bincount(rows, minlength=folds)
        assert counts.max() - counts.min() <= 1
    assert found.equal(folds_of(labels, folds, seed=1)) and not found.equal(folds_of(labels, folds, seed=2))
