"""Whether a finished run had more to learn."""

import pytest

from tests.runs.samples import view, whole_run
from tui_lab.cli.output.summary import closing_text
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.events import EpochEnded, Event, ModelBuilt, RunEnded, RunResumed, RunStarted, TimeUp
from tui_lab.protocol.progress import more_epochs, still_improving
from tui_lab.tui.lab.panes.message import ended_words

FALLING = [1 / epoch for epoch in range(1, 41)]
FLAT = [*FALLING[:10], *([0.11, 0.12] * 15)]
CRAWLING = [*[1.0] * 20, *(0.5 - 1e-6 * k for k in range(40))]
TINY = [*[0.5] * 20, *(1e-3 - 2e-5 * k for k in range(20))]


def ran(
    losses: list[float], end: str = "finished", *, time_up: bool = False, patience: int = 0
) -> list[Event]:
    hyper = Hyperparameters(epochs=len(losses) + 10 * time_up, patience=patience)
    asked = Experiment(
        preset="test", task="regression", data=DataSpec(file="x.csv", target="y"), hyperparameters=hyper
    )
    ended, best = [], float("inf")
    for epoch, loss in enumerate(losses, 1):
        ended.append(EpochEnded(epoch, epoch, loss, loss, 0.1, 1.0, {}, best=loss < best))
        best = min(best, loss)
    last = [TimeUp(len(losses), len(losses), 60.0)] if time_up else []
    built = ModelBuilt((), 1, 1, {"loss": 1.0}, 1)
    return [RunStarted(asked, {}), built, *ended, *last, RunEnded(end, "m")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("losses", "improving"),
    [(FALLING, True), (FLAT, False), (CRAWLING, False), (TINY, False), ([1.0], False)],
)
def test_a_loss_that_falls_to_the_end_is_still_improving(losses: list[float], improving: bool) -> None:
    assert still_improving(view(ran(losses))) is improving
    assert still_improving(view(ran(losses, time_up=True))) is improving


def test_a_run_that_did_not_finish_or_lost_its_patience_is_not() -> None:
    assert not still_improving(view(ran(FALLING, "stopped")))
    assert not still_improving(view(ran([*FALLING, 0.1], patience=1)))
    assert still_improving(view(ran(FALLING, patience=5)))


def test_what_it_is_told_to_train_on_for() -> None:
    assert more_epochs(view(ran(FALLING))) == 80
    assert more_epochs(view(ran(FALLING, time_up=True))) == 50, "those it was to have, it did not come to"


def test_going_on_takes_the_end_back() -> None:
    events = [*ran(FALLING, time_up=True), RunResumed("a.pt", 40, 40, {})]
    assert view(events[:-1]).time_up
    assert not view(events).time_up


def test_the_summary_and_the_lab_say_how_to_train_on() -> None:
    improving, flat = view(ran(FALLING)), view(ran(FLAT))
    assert "tui-lab resume r --epochs 80" in closing_text("r", improving)
    assert "still improving" in ended_words(improving, "finished")[1]
    assert "--epochs 80" in ended_words(improving, "finished")[1]
    assert "improving" not in closing_text("r", flat) + ended_words(flat, "finished")[1]


def test_the_summary_says_once_that_all_epochs_were_trained_and_counts_images_as_images() -> None:
    assert "status  finished after 1 epoch" in closing_text("r", view(ran([1.0]))).splitlines()
    assert "status  stopped after 40 epochs: m" in closing_text("r", view(ran(FALLING, "stopped")))
    told = view(whole_run())
    assert told.experiment is not None
    assert "has only 18 rows, so" in closing_text("r", told)
    images = told.experiment.data.model_copy(update={"source": "images", "shape": (1, 8, 8)})
    told.experiment = told.experiment.model_copy(update={"data": images})
    assert "has only 18 images, so" in closing_text("r", told)
