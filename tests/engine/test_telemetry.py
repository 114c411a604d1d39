"""The learning rate of each step, as reported, is the one the optimizer had."""

from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue

import pytest
from torch import Tensor

from tests.engine.helpers import experiment
from tests.engine.test_steering import at, driven, view_of
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.protocol.commands import Edit, Undo
from tui_lab.protocol.events import LR, Event, Measured

SCHEDULES = [
    {"schedule": "constant"},
    {"schedule": "one_cycle"},
    {"schedule": "cosine"},
    {"schedule": "step", "step_size": 1, "gamma": 0.5},
]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The learning rate of every update of a run."""
    rates: list[float] = []
    step = EagerStepper.step

    def noted(stepper: EagerStepper, x: Tensor, y: Tensor) -> bool:
        rates.append(stepper._optimizer.param_groups[0]["lr"])
        return step(stepper, x, y)

    monkeypatch.setattr(EagerStepper, "step", noted)
    return rates


def reported(events: Iterable[Event]) -> list[tuple[int, float]]:
    return [point for event in events if isinstance(event, Measured) for point in event.series[LR]]


@pytest.mark.parametrize("hyper", SCHEDULES, ids=lambda hyper: hyper["schedule"])
def test_each_step_has_the_rate_it_was_made_with_also_after_edits(
    tmp_path: Path, used: list[float], hyper: dict[str, object]
) -> None:
    asked = experiment(tmp_path, epochs=4, **hyper)
    events = driven(asked, at({6: [Edit("lr", 0.05)], 9: [Edit("optimizer", "sgd")]}))
    assert reported(events) == list(enumerate(used, 1))
    assert len(used) == 16 and len(set(used)) > 1


@pytest.mark.parametrize("hyper", SCHEDULES, ids=lambda hyper: hyper["schedule"])
def test_after_an_undo_the_rates_are_those_of_the_steps_that_count(
    tmp_path: Path, used: list[float], hyper: dict[str, object]
) -> None:
    asked = experiment(tmp_path, epochs=4, **hyper)
    view = view_of(driven(asked, at({6: [Edit("lr", 0.05)], 9: [Undo()]})))
    assert view.series[LR] == list(enumerate(used[:6] + used[9:], 1))
    assert view.undone[0].series[LR] == list(enumerate(used[6:9], 7))


def one_report(tmp_path: Path, **hyper: object) -> Measured:
    events = run(prepare(experiment(tmp_path, **hyper)), SimpleQueue(), interval_s=1e9)
    (found,) = [event for event in events if isinstance(event, Measured)]
    return found


def test_a_constant_rate_takes_two_points_however_many_steps_it_is_used_for(tmp_path: Path) -> None:
    assert one_report(tmp_path, epochs=50).series[LR] == ((1, 0.01), (200, 0.01))


def test_a_rate_that_changes_has_the_steps_before_and_after(tmp_path: Path) -> None:
    found = one_report(tmp_path, epochs=4, schedule="step", step_size=2, gamma=0.5)
    assert found.series[LR] == ((1, 0.01), (8, 0.01), (9, 0.005), (16, 0.005))


def test_a_smooth_schedule_takes_few_points_with_its_peak_and_its_end(
    tmp_path: Path, used: list[float]
) -> None:
    found = one_report(tmp_path, epochs=50, schedule="one_cycle").series[LR]
    assert len(found) <= 8
    assert max(rate for _, rate in found) == max(used)
    assert found[-1] == (200, used[-1])
