"""Residuals, slices, importance and responses equal what numpy, scipy and scikit-learn compute."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence

from tests.engine.evaluation.made_up import made_up, scores_for, subject_for
from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.report.column_groups import column_groups, value_groups
from tui_lab.engine.evaluation.report.columns import Column, columns_of, inputs_of
from tui_lab.engine.evaluation.report.importance import correlated_groups, importance
from tui_lab.engine.evaluation.report.residuals import ABSOLUTE, PERCENTS, explained, residuals
from tui_lab.engine.evaluation.report.responses import input_values, responses
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.engine.evaluation.report.slices import max_t, slices
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.experiment.tasks import Task

DATA = made_up("regression")
COLUMNS = columns_of(DATA)
X = DATA.val.x


def test_a_row_in_the_units_of_its_table() -> None:
    x = torch.tensor([[-1.0, 0.5, 0, 1, 0, 0.25], [2.0, 1, 0, 0, 1, -3], [0, 0, 0, 0, 0, 0]])
    assert [column.name for column in COLUMNS] == ["age", "twice", "colour", "noise"]
    texts = list(zip(*(column.texts(x) for column in COLUMNS), strict=True))
    assert texts == [
        ("30", "90", "red", "0.25"),
        ("60", "100", "other", "-3"),
        ("40", "80", "unknown", "0"),
    ]


def test_inputs_without_a_recipe_are_numbered() -> None:
    part = Part(torch.zeros(4, 3), torch.zeros(4))
    recipe = DATA.recipe.model_copy(update={"columns": ()})
    found = columns_of(Dataset(part, part, part, DATA.about, 0.0, 1.0, (), recipe))
    assert [(column.name, column.first) for column in found] == [("x1", 0), ("x2", 1), ("x3", 2)]


def test_quartiles_and_categories() -> None:
    age, _, colour, _ = COLUMNS
    quarters = column_groups(age, X, 4)
    values = age.values(X).numpy()
    assert [len(group.rows_B) for group in quarters] == [15, 15, 15, 15]
    cuts = np.quantile(values, [0.25, 0.5, 0.75])
    for place, group in enumerate(quarters):
        assert set(np.digitize(values[group.rows_B], cuts)) == {place}
        assert (group.low, group.high) == pytest.approx(
            (values[group.rows_B].min(), values[group.rows_B].max()), rel=1e-6
        )
    groups = column_groups(colour, X, 4)
    assert [group.label for group in groups] == ["blue", "red", "other"]
    assert [len(group.rows_B) for group in groups] == X[:, 2:5].sum(0).tolist()


def test_few_values_are_groups_of_their_own() -> None:
    groups = value_groups(torch.tensor([1.0, 0, 0, 2, 0, 1]), 4)
    assert [(group.label, group.rows_B.tolist()) for group in groups] == [
        ("0", [1, 2, 4]), ("1", [0, 5]), ("2", [3]),
    ]  # fmt: skip
    lumped = value_groups(torch.tensor([0.0] * 90 + list(range(1, 11))), 4)
    assert [(group.label, len(group.rows_B)) for group in lumped] == [("0", 90), ("1 to 10", 10)]
    topped = value_groups(torch.tensor([10.0] * 90 + list(range(10))), 4)
    assert [(group.label, len(group.rows_B)) for group in topped] == [("0 to 9", 10), ("10", 90)]


def test_residuals_and_their_quantiles() -> None:
    rows = scores_for("regression")
    found = residuals(rows, COLUMNS, X)
    left = (rows.true_B - rows.predicted_B).numpy()
    assert found.mean.value == pytest.approx(left.mean())
    assert found.quantiles == pytest.approx(dict(zip(PERCENTS, np.percentile(left, PERCENTS), strict=True)))
    absolute = np.percentile(np.abs(left), ABSOLUTE)
    assert found.absolute_quantiles == pytest.approx(dict(zip(ABSOLUTE, absolute, strict=True)))
    assert found.points == pytest.approx(torch.stack((rows.true_B, rows.predicted_B), 1).numpy())
    theirs = stats.bootstrap((left,), np.mean, method="percentile", rng=np.random.default_rng(1))
    low, high = theirs.confidence_interval
    assert (found.mean.low, found.mean.high) == pytest.approx((low, high), abs=0.1 * (high - low))
    assert sum(one.rows for one in found.by_prediction) == len(rows)
    for one in found.by_prediction:
        said = rows.predicted_B.numpy()
        inside = left[(said >= one.low - 1e-4) & (said <= one.high + 1e-4)]
        assert one.mean == pytest.approx(inside.mean())
        assert one.quantiles == pytest.approx(np.percentile(inside, [5, 25, 50, 75, 95]))


def test_the_column_that_explains_the_residuals_comes_first() -> None:
    rows = scores_for("regression")
    bent = RowScores(
        False, rows.true_B, rows.true_B - 5 * X[:, 3].double(), rows.loss_B, rows.logits_BK, rows.chance_BK
    )
    found = residuals(bent, COLUMNS, X).by_column
    assert found[0].column == "colour"
    assert found[0].explained == pytest.approx(1)
    assert {one.label: round(one.mean, 6) for one in found[0].bins} == {"blue": 0, "red": 5, "other": 0}
    assert found[-1].explained < 0.1


def test_what_groups_explain_is_corrected_for_chance() -> None:
    rng = torch.Generator().manual_seed(0)
    values = torch.randn(80, generator=rng).double()
    groups = value_groups(torch.randn(80, generator=rng), 4)
    f = stats.f_oneway(*(values[group.rows_B].numpy() for group in groups)).statistic
    k, n = len(groups), len(values)
    assert explained(values, groups) == pytest.approx((k - 1) * (f - 1) / ((k - 1) * f + n - k))


def test_a_single_slice_is_a_permutation_test() -> None:
    rng = np.random.default_rng(5)
    wrong = torch.from_numpy((rng.random(200) < 0.3).astype(float))
    member = torch.zeros(200, 1)
    member[:40] = 1
    wrong[:12] = 1
    _, p_value = max_t(wrong, member)
    inside, outside = wrong[:40], wrong[40:]
    table = [[inside.sum(), 40 - inside.sum()], [outside.sum(), 160 - outside.sum()]]
    theirs = stats.fisher_exact(np.array(table), alternative="greater").pvalue
    assert float(p_value) == pytest.approx(theirs, abs=4 * (theirs / 1000) ** 0.5 + 2e-3)
    values = torch.from_numpy(rng.exponential(size=60))
    values[:20] += 0.35
    theirs = stats.permutation_test(
        (values[:20].numpy(), values[20:].numpy()), lambda a, b, axis: a.mean(axis) - b.mean(axis),
        vectorized=True, alternative="greater", n_resamples=2000, rng=np.random.default_rng(0),
    ).pvalue  # fmt: skip
    member = torch.zeros(60, 1)
    member[:20] = 1
    assert float(max_t(values, member)[1]) == pytest.approx(theirs, abs=0.04)


def test_many_slices_of_pure_chance_are_rarely_clear() -> None:
    rng = np.random.default_rng(0)
    clear = 0
    for _ in range(40):
        wrong = torch.from_numpy((rng.random(150) < 0.2).astype(float))
        member = torch.from_numpy((rng.random((150, 30)) < 0.25).astype(np.float32))
        clear += float(max_t(wrong, member)[1].min()) < 0.05
    assert clear <= 6, "1 in 20 is expected; without the correction it would be nearly all"


def test_a_bad_slice_is_found() -> None:
    rows = scores_for("binary", noise=0.3)
    red = X[:, 3] == 1
    said = torch.where(red, 1 - rows.true_B, rows.true_B)
    bad = RowScores(True, rows.true_B, said, rows.loss_B, rows.logits_BK, rows.chance_BK)
    found, tested = slices(bad, COLUMNS, X)
    assert tested == 4 + 4 + 3 + 4
    worst = found[0]
    assert (worst.column, worst.label, worst.rows, worst.clear) == ("colour", "red", int(red.sum()), True)
    assert (worst.score, worst.whole) == pytest.approx((0.0, 1 - float(red.double().mean())))
    assert slices(RowScores(*_perfect(rows)), COLUMNS, X)[0] == ()


def _perfect(
    rows: RowScores,
) -> tuple[bool, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    return True, rows.true_B, rows.true_B, rows.loss_B, rows.logits_BK, rows.chance_BK


def test_correlated_columns_are_one_group() -> None:
    groups = correlated_groups(COLUMNS, DATA.train.x)
    assert [[column.name for column in group] for group in groups] == [
        ["age", "twice"],
        ["colour"],
        ["noise"],
    ]
    correlation = np.abs(np.corrcoef(DATA.train.x.numpy().T)) > 0.7
    assert [tuple(pair) for pair in np.argwhere(np.triu(correlation, 1))] == [(0, 1)]


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_importance_by_shuffling_a_group(task: Task) -> None:
    subject = subject_for(task)
    part = subject.dataset.val
    found = importance(subject, part, columns_of(subject.dataset))
    assert {one.columns for one in found} == {("age", "twice"), ("colour",), ("noise",)}
    assert found[0].columns == ("age", "twice")
    assert [one.loss for one in found] == sorted((one.loss for one in found), reverse=True)
    noise = next(one for one in found if one.columns == ("noise",))
    assert found[0].loss > 5 * max(noise.loss, 0)
    assert found[0].score > 0
    whole, rng = subject.scores(part), np.random.default_rng(0)
    mine = []
    for _ in range(40):
        x = part.x.clone()
        x[:, :2] = x[torch.from_numpy(rng.permutation(len(x)))][:, :2]
        shuffled = subject.scores(Part(x, part.y))
        mine.append(float(shuffled.loss_B.mean() - whole.loss_B.mean()))
    assert found[0].loss == pytest.approx(np.mean(mine), abs=4 * np.std(mine) / 5**0.5)


class Wrapped(BaseEstimator):
    """The network, as scikit-learn wants it."""

    def __init__(self, subject: Subject | None = None) -> None:
        self.subject = subject
        self.fitted_ = True

    def fit(self, x: np.ndarray, y: np.ndarray) -> "Wrapped":
        return self

    def _scores(self, x: np.ndarray) -> RowScores:
        assert self.subject is not None
        y = torch.zeros(len(x), dtype=self.subject.dataset.val.y.dtype)
        return self.subject.scores(Part(torch.tensor(x, dtype=torch.float32), y))


class Numbers(RegressorMixin, Wrapped):
    def predict(self, x: np.ndarray) -> np.ndarray:
        return self._scores(x).predicted_B.numpy()


class Classes(ClassifierMixin, Wrapped):
    @property
    def classes_(self) -> np.ndarray:
        return np.arange(len(self.subject.dataset.about.classes))

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return self._scores(x).chance_BK.numpy()


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_responses_are_partial_dependence(task: Task) -> None:
    subject = subject_for(task)
    part = subject.dataset.val
    columns = columns_of(subject.dataset)
    age, _, colour, _ = responses(subject, part, columns)
    grid = torch.cat(input_values(columns[0], part.x)).double().numpy()
    model = (Numbers if task == "regression" else Classes)(subject)
    theirs = partial_dependence(
        model, part.x.numpy(), [0], method="brute", custom_values={0: grid}, kind="both"
    )
    assert np.array(age.mean) == pytest.approx(theirs["average"], rel=1e-5)
    low, high = np.quantile(theirs["individual"], [0.1, 0.9], axis=1)
    assert np.array(age.low) == pytest.approx(low, rel=1e-5, abs=1e-7)
    assert np.array(age.high) == pytest.approx(high, rel=1e-5, abs=1e-7)
    assert age.values == pytest.approx(grid * 10 + 40, rel=1e-6)
    assert (age.classes, age.rows) == ({"regression": (), "binary": (1,), "multiclass": (0, 1, 2)}[task], 60)
    assert colour.labels == ("blue", "red", "other")
    for place, output in product(range(3), range(len(colour.mean))):
        x = part.x.clone()
        x[:, 2:5] = torch.eye(3)[place]
        scores = subject.scores(Part(x, part.y))
        said = scores.chance_BK[:, colour.classes[output]] if scores.classes else scores.predicted_B
        assert colour.mean[output][place] == pytest.approx(float(said.mean()), rel=1e-5)


def test_a_number_with_few_values_is_set_to_each() -> None:
    x = torch.tensor([[0.0], [1.0], [1.0], [-1.0]])
    assert [float(value) for value in input_values(Column("x", 0), x)] == [-1, 0, 1]
    many = torch.randn(500, 1, generator=torch.Generator().manual_seed(0))
    chosen = [float(value) for value in input_values(Column("x", 0), many)]
    assert len(chosen) == 15
    assert set(chosen) <= set(many.squeeze(1).tolist())
    assert inputs_of(Part(many, many.squeeze(1))).equal(many)


def test_of_very_many_rows_some_are_cut_into_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.engine.evaluation.report.slices._MOST_ROWS", 40)
    rows = scores_for("binary", noise=0.3)
    said = torch.where(X[:, 3] == 1, 1 - rows.true_B, rows.true_B)
    bad = RowScores(True, rows.true_B, said, rows.loss_B, rows.logits_BK, rows.chance_BK)
    worst = slices(bad, COLUMNS, X)[0][0]
    assert (worst.label, worst.score) == ("red", 0)
    assert worst.rows < int((X[:, 3] == 1).sum())
