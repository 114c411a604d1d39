"""A yes-or-no target with a rare answer: what says most comes first, and those found are counted."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torchmetrics.functional.classification as classification

from tests.engine.helpers import experiment, run_all
from tests.journals import fold
from tests.runs.samples import stamped
from tui_lab.cli.output.summary import closing_text
from tui_lab.data.dataset import Dataset
from tui_lab.data.table.load import load
from tui_lab.engine.evaluation.baseline import constant_baseline
from tui_lab.engine.evaluation.scoring import make_scorer, score_by_torchmetrics
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.metrics import main_metric
from tui_lab.protocol.events import EpochEnded, Tested
from tui_lab.protocol.rare import found_of_rare, rare_class

CPU = torch.device("cpu")
FIRST = ("balanced_accuracy", "auroc", "recall", "precision", "f1", "accuracy")


def rare(folder: Path, yes: str = "1") -> Experiment:
    """A table of 300 rows, every tenth of which is `yes`, as one of its columns tells."""
    lines = ["a,b,y"]
    for k in range(300):
        hit = k % 10 == 0
        answer = yes if hit else {"1": "0", "no": "yes"}[yes]
        lines.append(f"{2.0 if hit else -1 - k % 7 / 7},{k * 37 % 101},{answer}")
    path = folder / "rare.csv"
    path.write_text("\n".join(lines) + "\n")
    asked = experiment(folder, "binary", epochs=8, lr=0.05)
    return asked.model_copy(update={"data": asked.data.model_copy(update={"file": str(path)})})


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((90, 10), 1), ((10, 90), 0), ((80, 20), None), ((100, 0), None), ((90, 5, 5), None)],
)
def test_one_of_two_classes_is_rare_below_a_fifth(counts: tuple[int, ...], expected: int | None) -> None:
    assert rare_class(counts) == expected


def outputs(data: Dataset) -> torch.Tensor:
    return torch.randn(len(data.val), 1, generator=torch.Generator().manual_seed(1)) - 0.5


def test_balanced_accuracy_and_auroc_come_first_and_are_torchmetrics(tmp_path: Path) -> None:
    data = load(rare(tmp_path), CPU)
    ours = make_scorer("binary", data.val, data)(outputs(data))
    theirs = score_by_torchmetrics("binary", outputs(data), data.val, data)
    assert tuple(ours.metrics) == tuple(theirs.metrics) == FIRST
    assert ours.metrics == pytest.approx(theirs.metrics, rel=1e-5)
    both = torch.cat((-outputs(data), outputs(data)), 1)
    balanced = classification.multiclass_accuracy(both, data.val.y.long(), num_classes=2, average="macro")
    assert ours.metrics["balanced_accuracy"] == pytest.approx(float(balanced))
    baseline = constant_baseline("binary", data)
    assert baseline["balanced_accuracy"] == 0.5
    assert baseline["accuracy"] == pytest.approx(0.9)


def test_without_a_rare_class_all_is_as_before(tmp_path: Path) -> None:
    data = load(experiment(tmp_path, "binary"), CPU)
    assert tuple(make_scorer("binary", data.val, data)(outputs(data)).metrics) == (
        "accuracy", "precision", "recall", "f1", "auroc",
    )  # fmt: skip


@pytest.mark.parametrize("yes", ["1", "no"])
def test_the_found_ones_are_counted_whichever_class_is_rare(tmp_path: Path, yes: str) -> None:
    view = fold(stamped(run_all(rare(tmp_path, yes))))
    assert view.tested is not None
    assert view.data is not None
    found = found_of_rare(view.data, view.tested)
    assert found is not None
    right, rows, name = found
    assert (rows, name) == (3, yes)
    assert right == 3, "one column tells it"
    place = view.data.classes.index(yes)
    some = replace(view.tested, class_recall=tuple(1 / 3 if k == place else 1.0 for k in range(2)))
    assert found_of_rare(view.data, some) == (1, 3, yes)
    text = closing_text("r", view)
    assert f"found 3 of 3 '{yes}'; a constant prediction finds none" in text
    assert text.index("balanced_accuracy") < text.index("auroc") < text.index("  accuracy")


def test_nothing_is_counted_where_it_is_not_known() -> None:
    assert found_of_rare(None, None) is None
    assert found_of_rare(None, Tested(1, {}, (1.0, 0.5))) is None
    ended = EpochEnded(1, 1, 0.1, 0.1, 0.1, 1.0, {})
    assert found_of_rare(None, ended) is None


def test_the_list_tells_of_the_metric_that_comes_first() -> None:
    assert main_metric(["loss", *FIRST]) == "balanced_accuracy"
    assert main_metric(["loss", "accuracy", "precision", "auroc"]) == "accuracy"
    assert main_metric(["loss", "mae", "rmse", "r2"]) == "r2"
    assert main_metric(["loss"]) == "loss"
    assert main_metric([]) is None
