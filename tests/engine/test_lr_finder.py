"""The learning-rate finder: its short runs are real ones, and the run they start from is left alone."""

from math import inf, isfinite
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine.helpers import experiment, run_all
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.lr_finder import find_rate, try_rates
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.lr_finder import FindRate
from tui_lab.runs.folder.folder import create
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.recorder import record_run


def training_loss(prepared: Prepared) -> float:
    """Over all training rows, in evaluation mode."""
    train = prepared.dataset.train
    outputs = outputs_of_split(prepared.network, train, prepared.network)
    return float(ENGINE_TASKS[prepared.experiment.task].loss(0.0)(outputs, train.y))


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize("rate", [0.003, 0.1])
def test_a_short_run_is_the_run_that_rate_would_make(tmp_path: Path, rate: float, speed: str) -> None:
    def asked(lr: float) -> Experiment:
        return experiment(tmp_path, "multiclass", epochs=1, seed=1, lr=lr, dropout=0.2, speed=speed)

    trained = prepare(asked(rate))
    start = training_loss(trained)
    run_all(trained)
    found = try_rates(prepare(asked(0.5)), None, FindRate(rates=(rate,), seeds=2, steps=4))
    assert (found.step, found.lr, found.steps, found.start) == (0, 0.5, 4, start)
    assert found.losses[0][1] == training_loss(trained), "that of the second seed, which is the run's"
    assert found.losses[0][0] != found.losses[0][1]


def test_a_rate_does_not_depend_on_those_tried_before_nor_on_the_schedule(tmp_path: Path) -> None:
    def losses(*rates: float, **hyper: object) -> tuple[float, ...]:
        asked = experiment(tmp_path, "binary", dropout=0.3, epochs=2, **hyper)
        return try_rates(prepare(asked), None, FindRate(rates=rates, seeds=3, steps=10)).losses[-1]

    alone = losses(0.05)
    assert losses(0.001, 0.05) == alone
    assert losses(0.05, schedule="one_cycle") == alone
    assert losses(0.05, optimizer="sgd") != alone


def test_rates_that_diverge_are_infinite_and_higher_ones_are_not_tried(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, optimizer="sgd"))
    rates = (0.01, 100.0, 1e4, 1e6, 1e8)
    found = try_rates(prepared, None, FindRate(rates=rates, seeds=2, steps=20))
    assert all(map(isfinite, found.losses[0]))
    assert found.losses[2:] == ((inf, inf),) * 3
    assert found.too_high_from() == 100.0


def test_from_a_run_its_last_weights_are_tried_and_its_folder_stays_as_it_was(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=3)
    folder = create(tmp_path / "runs", asked)
    trained = prepare(asked)
    list(record_run(trained, folder, SimpleQueue()))
    before = {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()}
    found = find_rate(asked, folder.path, FindRate(rates=(1e-9,), seeds=1, steps=5))
    view = load_run(folder).view
    assert (found.step, found.epoch) == (view.step, view.epoch) == (12, 3)
    assert view.best is not None and view.best.epoch == 3, "so that the run left its last weights"
    assert found.start == training_loss(trained)
    assert found.losses[0][0] == pytest.approx(found.start, rel=1e-4)
    assert {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()} == before


def test_there_are_enough_steps_to_tell_and_no_more_than_there_is_time_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(experiment(tmp_path))
    monkeypatch.setattr("tui_lab.engine.lr_finder.BUDGET_S", 0.0)
    assert try_rates(prepared, None, FindRate(rates=(0.01,), seeds=1)).steps == 10
    monkeypatch.setattr("tui_lab.engine.lr_finder.BUDGET_S", 1e9)
    assert try_rates(prepared, None, FindRate(rates=(0.01,), seeds=1)).steps == 100


def test_impossible_wishes_are_refused(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path))
    for wish in (FindRate(rates=()), FindRate(rates=(0.0,)), FindRate(seeds=0)):
        with pytest.raises(InputError, match="above 0"):
            try_rates(prepared, None, wish)
    assert torch.is_grad_enabled()
