"""One more metric and one more task, each from its record alone."""

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.engine.helpers import epochs, experiment, run_all
from tests.journals import fold
from tests.runs.samples import stamped
from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.recipes import TableRecipe
from tui_lab.data.table.load import load
from tui_lab.engine.setup import prepare
from tui_lab.engine.tasks.engine_task import EngineTask, Loss, MetricInputs, Predicted
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.metrics import METRICS, Computation, Metric
from tui_lab.experiment.tasks import TASKS, Task, TaskRecord
from tui_lab.protocol.events import DataLoaded, ModelBuilt, Tested
from tui_lab.runs.index.filter import full_name, kind_of
from tui_lab.runs.index.ordering import order_named
from tui_lab.tui.lab.panes.metrics import table
from tui_lab.tui.style.format import score

CPU = torch.device("cpu")
MAPE = Metric(
    "mape",
    {"regression": Computation(("regression.mean_absolute_percentage_error",), given="values")},
    better="lower",
    limits=(0.0, inf),
    acronym=True,
)
"""As a fraction; torchmetrics takes a target of 0 for 1.17e-6, which makes it very large."""


def percentage_error(answers: Tensor, values: Tensor) -> float:
    return float(((answers - values).abs() / values.abs()).mean())


def test_a_metric_is_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "mape", MAPE)
    asked = experiment(tmp_path, epochs=2)
    data, events = load(asked, CPU), run_all(asked)
    values = data.val.y.double() * data.target_std + data.target_mean
    mean = data.train.y.double().mean() * data.target_std + data.target_mean
    built = next(event for event in events if isinstance(event, ModelBuilt))
    assert built.baseline["mape"] == pytest.approx(percentage_error(mean, values), rel=1e-4)
    for ended in epochs(events):
        assert list(ended.metrics) == ["mae", "rmse", "r2", "mape"]
        assert ended.train_metrics["mape"] > 0
    view = fold(stamped(events))
    assert view.tested is not None
    assert view.tested.metrics["mape"] > 0
    heads, *rows = ["".join(text for text, _ in row) for row in table(view, 78)]
    assert heads.split() == ["loss", "mae", "rmse", "r2", "mape"]
    assert score("mape", ended.metrics["mape"]) in next(row for row in rows if row.startswith("validation"))


def test_runs_are_filtered_and_sorted_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "mape", MAPE)
    assert full_name("val_MAPE") == "val_mape"
    assert kind_of("mape", "mape") == "number"
    assert order_named("mape").words == "lowest mape first"
    assert METRICS["mape"].title == "MAPE"


def test_the_names_of_the_tasks_are_those_of_their_records() -> None:
    assert get_args(Task) == tuple(TASKS) == tuple(ENGINE_TASKS)
    assert {task for metric in METRICS.values() for task in metric.tasks} == set(TASKS)


class Multilabel(EngineTask):
    """A row may have any of the labels; an output each."""

    def loss(self, label_smoothing: float) -> Loss:
        return lambda logits_BK, y_BK: F.binary_cross_entropy_with_logits(logits_BK, y_BK)

    def constant_output(self, y: Tensor, classes: int) -> Tensor:
        return torch.logit(y.mean(0, keepdim=True))

    def given(self, form: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> MetricInputs:
        return MetricInputs(outputs_BK.sigmoid(), y_B.long(), {"num_labels": y_B.shape[1]})

    def predictions(self, outputs_NK: Tensor, classes: tuple[str, ...], mean: float, std: float) -> Predicted:
        chosen = (outputs_NK > 0).tolist()
        named = [" ".join(name for name, has in zip(classes, row, strict=True) if has) for row in chosen]
        return Predicted(named, outputs_NK.double().sigmoid().numpy())


def made_up() -> Dataset:
    """Four inputs, three labels: whether each of the first three is positive."""
    generator = torch.Generator().manual_seed(0)

    def part(rows: int) -> Part:
        x = torch.randn(rows, 4, generator=generator)
        return Part(x, (x[:, :3] > 0).float())

    split = {"train": 160, "val": 40, "test": 40}
    about = DataLoaded("made up", "", 240, 4, (4,), "labels", ("red", "green", "blue"), split)
    recipe = TableRecipe.model_construct(task="multilabel", target="labels", columns=())  # type: ignore[arg-type]
    return Dataset(*map(part, split.values()), about, 0.0, 1.0, (), recipe)


def test_a_task_trains_from_its_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = TaskRecord("multilabel", "labels", (1, None), output_per_class=True, target_type="float32")  # type: ignore[arg-type]
    monkeypatch.setitem(TASKS, record.name, record)
    monkeypatch.setitem(ENGINE_TASKS, record.name, Multilabel())
    for name, function in (("accuracy", "multilabel_accuracy"), ("f1", "multilabel_f1_score")):
        tasks = {**METRICS[name].tasks, record.name: Computation((f"classification.{function}",))}
        monkeypatch.setitem(METRICS, name, replace(METRICS[name], tasks=tasks))
    data = made_up()
    monkeypatch.setattr(prepare, "load", lambda *_: data)
    asked = experiment(tmp_path, "multiclass", epochs=12, lr=0.05).model_copy(update={"task": record.name})
    prepared = prepare.prepare(asked)
    assert [weight.shape[0] for weight in prepared.network.parameters()][-1] == 3
    events = run_all(prepared)
    first, *_, last = epochs(events)
    assert list(last.metrics) == list(last.train_metrics) == ["accuracy", "f1"]
    assert last.train_loss < first.train_loss / 2
    built = next(event for event in events if isinstance(event, ModelBuilt))
    tested = next(event for event in events if isinstance(event, Tested))
    assert last.val_loss < built.baseline["loss"] / 2
    assert tested.metrics["accuracy"] > 0.8 > built.baseline["accuracy"]
    with torch.inference_mode():
        right = ((prepared.network.eval()(data.test.x) > 0) == data.test.y.bool()).double().mean(0).mean()
    assert tested.metrics["accuracy"] == pytest.approx(float(right))
    named = Multilabel().predictions(torch.tensor([[1.0, -1.0, 2.0]]), data.about.classes, 0.0, 1.0)
    assert named.answers == ["red blue"]
