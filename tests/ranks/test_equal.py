"""Several ranks train as one process with the same global batch does, whatever is done to the run."""

import os
import pickle
from pathlib import Path

import pytest
import torch

from tests.ranks.launching import LIMIT_S, done, torchrun
from tests.ranks.scenarios import SCENARIOS, Outcome, trained
from tui_lab.protocol.steering_events import Continued, Edited, StepProbed, Undone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LIMIT_S + 60)]

ROUNDING = 1e-6
RANKS = [int(count) for count in os.environ.get("TUI_LAB_RANKS", "2").split(",")]
"""`TUI_LAB_RANKS=2,3` also asks for three: then rows are shared out unevenly."""
OF_IMAGES = 1e-5
"""With convolutions rounding grows faster; one thread and two of the same process differ by 5e-7 here."""


@pytest.fixture(scope="module", params=RANKS)
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All trainings in so many ranks."""
    folder = tmp_path_factory.mktemp("ranks")
    ended = done(torchrun(request.param, "-m", "tests.ranks.program", str(folder)))
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Outcome] = pickle.loads((folder / "outcomes").read_bytes())
    assert {outcome.environment["ranks"] for outcome in found.values()} == {request.param}
    return found


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", SCENARIOS)
def test_ranks_train_as_one_process_does(name: str, outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    theirs = outcomes[name]
    alone = trained(SCENARIOS[name], tmp_path, theirs.commands)
    allowed = OF_IMAGES if name == "images" else ROUNDING
    assert theirs.losses == pytest.approx(alone.losses, rel=allowed, abs=allowed)
    assert theirs.end == alone.end
    assert (name == "stopped early") == ("early" in theirs.end.message)
    assert len(theirs.epochs) == len(alone.epochs)
    for one, other in zip(theirs.epochs, alone.epochs, strict=True):
        assert one.val_loss == pytest.approx(other.val_loss, rel=allowed, abs=allowed)
        assert one.train_loss == pytest.approx(other.train_loss, rel=allowed, abs=allowed)
        assert one.metrics == pytest.approx(other.metrics, rel=1e-4, abs=1e-5)
        assert one.train_metrics == pytest.approx(other.train_metrics, rel=1e-4, abs=1e-5)
        assert (one.best, one.lr, one.step) == (other.best, other.lr, other.step)
    for mine, its in zip(theirs.weights, alone.weights, strict=True):
        torch.testing.assert_close(mine, its, rtol=10 * allowed, atol=10 * allowed)


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.measured])
def test_rank_0_measures_the_layers(name: str, outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    """The gradients are those of the whole batch."""
    theirs, alone = outcomes[name].measured, trained(SCENARIOS[name], tmp_path, ()).measured
    assert [event.step for event in theirs] == [event.step for event in alone] != []
    for mine, its in zip(theirs, alone, strict=True):
        for layer, other in zip(mine.layers, its.layers, strict=True):
            assert layer.gradient == pytest.approx(other.gradient, rel=1e-3, abs=1e-5, nan_ok=True)


def test_a_run_in_ranks_is_steered_as_any(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    theirs = outcomes["steered"]
    alone = trained(SCENARIOS["steered"], tmp_path, theirs.commands)
    assert len(theirs.losses) > 100
    assert {Edited, Undone, Continued} < {type(event) for event in theirs.steered}
    told, wanted = (
        [
            event for event in outcome.steered if not isinstance(event, Continued)
        ]  # it tells how long it waited
        for outcome in (theirs, alone)
    )
    assert told == wanted
    (mine,), (its,) = theirs.probed, alone.probed
    assert isinstance(mine, StepProbed)
    assert (mine.step, mine.epoch) == (its.step, its.epoch)
    assert mine.gradient == pytest.approx(its.gradient, rel=1e-5)


def test_a_command_is_obeyed_within_a_step(outcomes: dict[str, Outcome]) -> None:
    """Rank 0 was sent them after these steps: they are spread with the next step, at the latest."""
    sent = [step for step, commands in SCENARIOS["steered"].sent.items() for _ in commands]
    obeyed = [planned.step for planned in outcomes["steered"].commands]
    obeyed.pop(-3)  # that which was sent when a single step had been made
    assert all(late in (0, 1) for late in (a - b for a, b in zip(obeyed, sent, strict=True)))
