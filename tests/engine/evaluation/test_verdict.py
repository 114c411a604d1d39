"""Scores, intervals and tests of the verdict equal those of scikit-learn and scipy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge

from tests.engine.evaluation.made_up import made_up, outputs_for, scores_for, subject_for
from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.bootstrap import all_right, mcnemar, resamples_for, row_counts
from tui_lab.engine.evaluation.report.compare import compare
from tui_lab.engine.evaluation.report.judge import Judge, Name, intervals
from tui_lab.engine.evaluation.report.linear_model import fit_linear
from tui_lab.engine.evaluation.report.metric_samples import metric_samples, metric_values
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.engine.evaluation.report.verdict import make_verdict
from tui_lab.engine.evaluation.report.verdict_words import verdict_words
from tui_lab.engine.evaluation.scoring import make_scorer
from tui_lab.errors import InputError
from tui_lab.experiment.metrics import metrics_of
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.evaluation import Rival, Verdict

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")
every_task = pytest.mark.parametrize("task", TASKS)


def expected(rows: RowScores) -> dict[str, float]:
    """By scikit-learn."""
    true, said, chance = rows.true_B.numpy(), rows.predicted_B.numpy(), rows.chance_BK.numpy()
    if not rows.classes:
        return {
            "mae": metrics.mean_absolute_error(true, said),
            "rmse": metrics.root_mean_squared_error(true, said),
            "r2": metrics.r2_score(true, said),
            "loss": metrics.mean_squared_error(true, said) / 7**2,
        }
    how = {"average": "binary" if rows.binary else "macro", "zero_division": 0.0}
    of_two = {
        "auroc": metrics.roc_auc_score(true, chance[:, 1]) if rows.binary else 0,
        "balanced_accuracy": metrics.balanced_accuracy_score(true, said),
    }
    return {
        "accuracy": metrics.accuracy_score(true, said),
        "precision": metrics.precision_score(true, said, **how),
        "recall": metrics.recall_score(true, said, **how),
        "f1": metrics.f1_score(true, said, **how),
        "loss": metrics.log_loss(true, chance),
    } | (of_two if rows.binary else {})


@every_task
def test_scores_are_those_of_scikit_learn_and_of_the_run(task: Task) -> None:
    rows, data = scores_for(task), made_up(task)
    names = [metric.name for metric in metrics_of(task, rare=True)]
    found = metric_values(rows, names)
    assert found == pytest.approx(expected(rows), rel=1e-9)
    ended = make_scorer(task, data.val, data)(outputs_for(data, task, data.val))
    assert {name: found[name] for name in ended.metrics} == pytest.approx(ended.metrics, rel=1e-4)
    assert found["loss"] == pytest.approx(ended.loss, rel=1e-5)


@every_task
def test_intervals_are_those_of_scipy(task: Task) -> None:
    first, second = scores_for(task), scores_for(task, seed=2, noise=1.3)
    names = [metric.name for metric in metrics_of(task, rare=True)]
    one, other = metric_samples([first, second], names)

    for name, statistic in STATISTICS[task].items():
        sides = [side for rows in (first, second) for side in (rows.true_B, rows.predicted_B, rows.loss_B)]
        theirs = stats.bootstrap(
            tuple(side.numpy() for side in sides),
            lambda *six, axis, f=statistic: f(*six[:3], axis) - f(*six[3:], axis),
            paired=True,
            method="percentile",
            rng=np.random.default_rng(3),
        ).confidence_interval
        low, high = np.nanpercentile(one[name][1:] - other[name][1:], [2.5, 97.5])
        assert (low, high) == pytest.approx(theirs, abs=0.1 * (theirs.high - theirs.low)), name


def f1_of_yes(true: np.ndarray, said: np.ndarray, loss: np.ndarray, axis: int) -> np.ndarray:
    return 2 * (true * said).sum(axis) / (true + said).sum(axis)


STATISTICS = {
    "regression": {
        "loss": lambda true, said, loss, axis: loss.mean(axis),
        "rmse": lambda true, said, loss, axis: ((true - said) ** 2).mean(axis) ** 0.5,
        "r2": lambda true, said, loss, axis: 1 - ((true - said) ** 2).mean(axis) / true.var(axis),
    },
    "binary": {"accuracy": lambda true, said, loss, axis: (true == said).mean(axis), "f1": f1_of_yes},
    "multiclass": {"accuracy": lambda true, said, loss, axis: (true == said).mean(axis)},
}


def test_the_area_of_each_resample_counts_ties_half() -> None:
    rows = scores_for("binary")
    samples = metric_samples([rows], ["auroc"])[0]["auroc"]
    counts = row_counts(len(rows)).int().numpy()
    true, chance = rows.true_B.numpy(), rows.chance_BK.numpy()[:, 1]
    assert len(np.unique(chance)) < len(chance)
    theirs = [metrics.roc_auc_score(true, chance, sample_weight=counts[:, place]) for place in range(20)]
    assert samples[1:21].tolist() == pytest.approx(theirs, abs=1e-6)


def test_many_rows_are_drawn_as_few_are() -> None:
    for rows in (2000, 2001):
        counts = row_counts(rows)
        assert counts.shape == (rows, 1000)
        of_a_count = [float((counts == k).double().mean()) for k in range(5)]
        assert of_a_count == pytest.approx(stats.poisson(1).pmf(range(5)), abs=2e-3)
        assert counts.sum(0).mean().item() == pytest.approx(rows, rel=5e-3)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (4, 1), (12, 5), (5, 12), (7, 7), (900, 800)])
def test_the_test_of_two_counts_is_the_binomial_one(first: int, second: int) -> None:
    theirs = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(theirs, rel=1e-9)


def test_all_rows_right_is_no_certainty() -> None:
    assert all_right(18).low == pytest.approx(stats.binomtest(18, 18).proportion_ci(method="exact").low)


@every_task
def test_the_linear_model_is_that_of_scikit_learn(task: Task) -> None:
    data = made_up(task)
    model = fit_linear(task, data.train, len(data.about.classes))
    x, y = data.train.x.double().numpy(), data.train.y.numpy()
    scaled = (x - x.mean(0)) / x.std(0)
    theirs = Ridge() if task == "regression" else LogisticRegression(tol=1e-10, max_iter=10_000)
    theirs.fit(scaled, y)
    unseen = (data.val.x.double().numpy() - x.mean(0)) / x.std(0)
    outputs = model.outputs(data.val)
    if task == "regression":
        assert outputs.squeeze(1).numpy() == pytest.approx(theirs.predict(unseen), rel=1e-6)
    else:
        chances = row_scores(task, outputs, data.val.y, data).chance_BK.numpy()
        assert chances == pytest.approx(theirs.predict_proba(unseen), abs=1e-5)


def test_a_linear_model_with_more_inputs_than_rows() -> None:
    rng = torch.Generator().manual_seed(0)
    part = Part(torch.randn(20, 50, generator=rng), torch.randn(20, generator=rng))
    model = fit_linear("regression", part, 0)
    x = part.x.double().numpy()
    theirs = Ridge().fit((x - x.mean(0)) / x.std(0), part.y.double().numpy())
    assert model.weights_FK.squeeze(1).numpy() == pytest.approx(theirs.coef_, rel=1e-6)


def test_a_linear_model_of_large_images_is_fitted_on_small_ones() -> None:
    x = torch.randint(0, 256, (30, 3, 40, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    model = fit_linear("binary", Part(x, torch.arange(30) % 2.0), 2)
    assert model.weights_FK.shape == (3 * 16 * 16, 1)
    assert model.about.endswith("16 pixels a side")


def verdict(task: Task, noise: float = 1.0, rows: int = 60) -> Verdict:
    data = made_up(task, split={"train": 120, "val": rows, "test": 60})
    scored = {
        name: row_scores(task, outputs_for(data, task, part, noise=noise), part.y, data)
        for name, part in (("val", data.val), ("train", data.train))
    }
    return make_verdict(task, scored["val"], scored["train"], data.val, data)


def test_the_verdict_counts_the_rows() -> None:
    found, rows, data = verdict("binary"), scores_for("binary"), made_up("binary")
    constant, linear = found.rivals
    right = rows.predicted_B == rows.true_B
    majority = int(data.train.y.mean() > 0.5)
    said = row_scores("binary", fit_linear("binary", data.train, 2).outputs(data.val), data.val.y, data)
    for rival, theirs in ((constant, rows.true_B == majority), (linear, ~said.wrong.bool())):
        assert rival.network_only == int((right & ~theirs).sum())
        assert rival.rival_only == int((~right & theirs).sum())
        assert rival.rows_ahead == int(right.sum()) - int(theirs.sum())
        assert rival.difference["accuracy"].value == pytest.approx(rival.rows_ahead / len(rows))
        assert rival.p_value == pytest.approx(mcnemar(rival.network_only, rival.rival_only))
    assert constant.about == f"always '{data.about.classes[majority]}'"
    assert found.sentence.startswith(f"Right on {int(right.sum())} of 60 rows (accuracy ")


@every_task
def test_a_good_network_is_better_than_both(task: Task) -> None:
    found = verdict(task, noise=0.05, rows=300)
    assert [rival.better for rival in found.rivals] == ["network", "network"]
    assert found.sentence.count("That is better than") == 2
    assert found.train_rows == 120
    assert found.train_scores["loss"] < found.rivals[0].scores["loss"].value


@every_task
def test_noise_is_not_better_than_a_linear_model(task: Task) -> None:
    found = verdict(task, noise=30.0, rows=300)
    assert found.rivals[1].better == "rival"
    assert "That is worse than a linear model" in found.sentence


def test_few_rows_are_said_to_be_too_few() -> None:
    found = verdict("binary", noise=1.0, rows=8)
    assert found.rivals[1].better == "unclear"
    assert "8 rows are too few to tell whether it is better than a linear model" in found.sentence


def test_a_network_that_cannot_be_told_from_a_linear_one() -> None:
    subject = subject_for("multiclass", steps=0)
    model = fit_linear("multiclass", subject.dataset.train, 3)
    rows = row_scores(
        "multiclass", model.outputs(subject.dataset.val), subject.dataset.val.y, subject.dataset
    )
    found = make_verdict("multiclass", rows, rows, subject.dataset.val, subject.dataset)
    assert found.rivals[1].rows_ahead == found.rivals[1].network_only == 0
    accuracy = found.scores["accuracy"].value
    assert found.sentence.endswith(
        f"It is right and wrong on the same rows as a linear model (accuracy {accuracy:.3g})."
    )


def two_classes(right: list[bool], sure: float = 1.0) -> RowScores:
    """Rows of which some are right, all with the same logit."""
    y = torch.arange(len(right)) % 2
    signs = torch.where(y == 1, 1.0, -1.0) * torch.where(torch.tensor(right), 1.0, -1.0)
    return row_scores("binary", sure * signs.unsqueeze(1), y.float(), made_up("binary"))


def judged(network: RowScores, other: RowScores, name: Name = "linear") -> tuple[Rival, str]:
    """What is said of another model."""
    samples = metric_samples([network, other], ["accuracy"])
    rival = Judge(network, samples[0], "accuracy").against(name, "b", other, samples[1])
    return rival, verdict_words("accuracy", intervals(samples[0], network), [rival], network)


def test_a_better_accuracy_does_not_hide_a_worse_loss() -> None:
    network = two_classes([True] * 90 + [False] * 10, sure=60.0)
    rival, said = judged(network, two_classes([True] * 60 + [False] * 40))
    assert rival.better == "network"
    assert "60 to 10" not in said and "30 rows more right" in said
    assert said.endswith(", but its loss is worse (6 against 0.713): confident and wrong.")
    _, said = judged(two_classes([True] * 90 + [False] * 10), two_classes([True] * 60 + [False] * 40))
    assert "loss" not in said


def test_equal_models_are_as_good() -> None:
    rival, said = judged(two_classes([False] * 3 + [True] * 57), two_classes([True] * 57 + [False] * 3))
    assert (rival.network_only, rival.rival_only) == (3, 3)
    assert "It is as good as a linear model (accuracy 0.95): as many rows right (3 to 3" in said
    assert "too few" not in said


def test_images_are_called_images() -> None:
    data = made_up("binary")
    pictures = replace(data, about=replace(data.about, shape=(1, 8, 8)))
    rows = scores_for("binary")
    said = make_verdict("binary", rows, rows, data.val, pictures).sentence
    assert " images" in said and "row" not in said


def test_where_the_interval_and_the_exact_test_disagree() -> None:
    less, more = [False] * 5 + [True] * 55, [True] * 60
    worse, said = judged(two_classes(less), two_classes(more))
    assert worse.difference["accuracy"].high < 0 and worse.p_value >= 0.05
    assert worse.better == "rival"
    assert "That is worse than a linear model" in said and "McNemar's test is less sure: p = 0.062" in said
    better, said = judged(two_classes(more), two_classes(less))
    assert better.better == "unclear"
    assert "too few to tell" in said and "McNemar's test: p = 0.062" in said
    assert judged(two_classes(less), two_classes(more), "run")[0].better == "unclear", (
        "as the other way round"
    )


def test_a_constant_target_has_no_r2() -> None:
    rows = scores_for("regression")
    flat = replace(rows, true_B=torch.full_like(rows.true_B, 3.0))
    assert np.isnan(metric_values(flat, ["r2"])["r2"])


def test_huge_errors_have_intervals_and_are_worse_than_the_mean() -> None:
    data = made_up("regression")
    usual, huge = (
        row_scores("regression", outputs_for(data, "regression", data.val) * size, data.val.y, data)
        for size in (1.0, 1e25)
    )
    names = ["mae", "rmse", "r2"]
    ordinary, wide = metric_samples([usual, replace(usual, predicted_B=usual.predicted_B * 1e25)], names)
    assert wide["rmse"].isfinite().all()
    assert float(wide["rmse"].std()) > 1e-3 * float(wide["rmse"][0])
    assert float(ordinary["rmse"].std()) > 0
    found = make_verdict("regression", huge, huge, data.val, data)
    for name in ("loss", *names):
        score = found.scores[name]
        assert score.low < score.value < score.high, name
        assert score.high - score.low > 1e-3 * abs(score.value), name
    assert "it explains" not in found.sentence
    assert "worse than always predicting their mean" in found.sentence


def test_outputs_that_are_not_finite_are_refused() -> None:
    data = made_up("regression")
    outputs = outputs_for(data, "regression", data.val)
    outputs[3] = torch.nan
    with pytest.raises(InputError, match="not finite for 1 of 60 rows"):
        row_scores("regression", outputs, data.val.y, data)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_class_without_training_rows(task: Task) -> None:
    data = made_up(task)
    data = replace(data, train=replace(data.train, y=torch.zeros_like(data.train.y)))
    rows = row_scores(task, outputs_for(data, task, data.val), data.val.y, data)
    found = make_verdict(task, rows, rows, data.val, data)
    assert found.rivals[0].about == f"always '{data.about.classes[0]}'"
    assert found.rivals[0].scores["loss"].value > 1


def test_the_resamples_of_many_rows_fit_in_memory() -> None:
    rows = [10, 4_000, 10_000, 60_000, 200_000, 400_000, 1_000_000, 10_000_000]
    assert [resamples_for(count) for count in rows] == [1000, 1000, 400, 200, 200, 100, 50, 50]


def test_two_runs_of_which_one_is_better() -> None:
    good, bad = subject_for("regression", steps=80), subject_for("regression", steps=1)
    found = compare(good, bad, "val", ("good", "bad"))
    assert (found.metric, found.rival.name, found.rival.about, found.rival.better) == (
        "rmse", "run", "bad", "network",
    )  # fmt: skip
    assert found.sentence.startswith("good: RMSE ")
    assert "That is better than bad (RMSE " in found.sentence
    assert compare(bad, good, "val", ("bad", "good")).rival.better == "rival"
    same = compare(good, good, "val", ("a", "b"))
    assert (same.rival.better, same.rival.network_only, same.rival.rival_only) == ("unclear", 0, 0)
    errors = [(run.scores(run.dataset.val).wrong.sqrt()).numpy() for run in (good, bad)]
    assert found.rival.network_only == (errors[0] < errors[1]).sum()
    assert found.rival.p_value == pytest.approx(
        stats.binomtest(found.rival.network_only, found.rival.network_only + found.rival.rival_only).pvalue
    )


def test_runs_that_cannot_be_compared() -> None:
    good = subject_for("regression", steps=1)
    with pytest.raises(InputError, match="do not have the same val rows"):
        compare(good, subject_for("regression", made_up("regression", seed=3), 1), "val", ("a", "b"))
    with pytest.raises(InputError, match="predict different things"):
        compare(good, subject_for("binary", steps=1), "val", ("a", "b"))


def test_a_class_that_neither_occurs_nor_is_predicted_does_not_count() -> None:
    logits = torch.tensor([[2.0, 0, 1, 0], [3, 0, 0, 0], [0, 0, 4, 0], [1, 3, 0, 0]])
    rows = row_scores("multiclass", logits, torch.tensor([0, 1, 2, 0]), made_up("multiclass"))
    found = metric_values(rows, ["precision", "recall", "f1"])
    theirs = metrics.precision_recall_fscore_support(
        rows.true_B, rows.predicted_B, average="macro", zero_division=0
    )
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx(theirs[:3])


def test_training_scores_are_of_the_training_split() -> None:
    data = made_up("binary")
    part = {name: getattr(data, name) for name in ("val", "train")}
    scored = {
        name: row_scores("binary", outputs_for(data, "binary", one), one.y, data)
        for name, one in part.items()
    }
    found = make_verdict("binary", scored["val"], scored["train"], data.val, data)
    assert found.train_scores["loss"] == pytest.approx(expected(scored["train"])["loss"])
    assert found.train_scores["accuracy"] == pytest.approx(expected(scored["train"])["accuracy"])
    assert found.train_scores["loss"] != pytest.approx(expected(scored["val"])["loss"])
