"""The linear model that a run is compared with: that of an evaluation; the run does not notice."""

from pathlib import Path

import pytest

from tests.engine.helpers import epochs, experiment, run_all
from tui_lab.engine import loop
from tui_lab.engine.evaluation import linear_reference as reference
from tui_lab.engine.evaluation.linear_reference import linear_reference
from tui_lab.engine.evaluation.report.linear_model import fit_linear
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.observed_events import LinearFitted

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")


@pytest.mark.parametrize("task", TASKS)
def test_its_losses_are_those_of_the_model_of_an_evaluation(tmp_path: Path, task: Task) -> None:
    data = prepare(experiment(tmp_path, task)).dataset
    fitted = linear_reference(task, data)
    model, loss = fit_linear(task, data.train, len(data.about.classes)), ENGINE_TASKS[task].loss(0.0)
    assert fitted is not None and fitted.about == model.about
    for part, found in ((data.train, fitted.train_loss), (data.val, fitted.val_loss)):
        assert found == pytest.approx(float(loss(model.outputs(part).float(), part.y)), rel=1e-5)


def test_large_data_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = prepare(experiment(tmp_path, "multiclass")).dataset
    monkeypatch.setattr(reference, "MOST_WORK", 63 * 4 * 3)
    assert linear_reference("multiclass", data) is not None
    monkeypatch.setattr(reference, "MOST_WORK", 63 * 4 * 3 - 1)
    assert linear_reference("multiclass", data) is None


def test_no_system_of_equations_is_a_reason_to_end_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("singular")

    monkeypatch.setattr(reference, "fit_linear", fail)
    assert linear_reference("regression", prepare(experiment(tmp_path)).dataset) is None


def test_it_is_fitted_once_and_the_run_is_the_same_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = experiment(tmp_path, "binary", dropout=0.5)
    with_it = run_all(asked)
    assert [event.kind for event in with_it].count("linear_fitted") == 1
    place = next(k for k, event in enumerate(with_it) if isinstance(event, LinearFitted))
    assert with_it[place - 1].kind == "epoch_ended" and epochs(with_it[:place])[-1].epoch == 1
    monkeypatch.setattr(loop, "linear_reference", lambda *_: None)
    without = run_all(asked)
    losses = [[(e.train_loss, e.val_loss) for e in epochs(events)] for events in (with_it, without)]
    assert losses[0] == losses[1]
    assert all(event.kind != "linear_fitted" for event in without)
