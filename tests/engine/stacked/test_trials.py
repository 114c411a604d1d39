"""What happens to one trial of a stack: it diverges, is edited, paused, held, dropped, saved or resumed."""

from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tests.engine.stacked.helpers import Counted, assert_the_same, kinds, together, trials_of
from tests.engine.test_edits import edited
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.together import Together, Trial
from tui_lab.errors import RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Advance, Edit, Pause, Resume
from tui_lab.protocol.events import CheckpointSaved, EpochEnded, Event
from tui_lab.protocol.steering_events import Advancing, Continued, Paused, StepProbed

pytestmark = pytest.mark.slow
LEAKY: dict[str, Any] = {"epochs": 20, "dropout": 0.3, "activation": "leaky_relu", "optimizer": "sgd"}
"""So that no unit dies of a rate that is far too high."""


def four(folder: Path, epochs: int = 6, **hyper: object) -> list[Experiment]:
    return [experiment(folder, "binary", seed=seed, dropout=0.3, epochs=epochs, **hyper) for seed in range(4)]


def test_one_that_diverges_leaves_the_bits_of_the_others(tmp_path: Path) -> None:
    sane = [experiment(tmp_path, seed=seed, **LEAKY) for seed in range(4)]
    wild = experiment(tmp_path, seed=1, **(LEAKY | {"lr": 100}))
    mixed = together(trials_of([sane[0], wild, *sane[2:]]))
    for number, events in enumerate(together(trials_of(sane))):
        if number != 1:
            assert step_losses(events) == step_losses(mixed[number])
            assert [e.val_loss for e in epochs(events)] == [e.val_loss for e in epochs(mixed[number])]
    alone = run_all(wild)
    assert ending(alone).status == "diverged"
    assert ending(mixed[1]) == ending(alone)
    assert kinds(mixed[1]) == kinds(alone)


def test_a_checkpoint_of_a_diverged_one_has_its_last_weights(tmp_path: Path) -> None:
    wild = experiment(tmp_path, seed=1, **(LEAKY | {"lr": 100, "batch_size": 4}))
    savers = [Saver(tmp_path / name, every_s=1e9) for name in ("together", "alone")]
    sane = experiment(tmp_path, **(LEAKY | {"batch_size": 4}))
    found = together([Trial(prepare(wild), saver=savers[0]), Trial(prepare(sane)), Trial(prepare(sane))])[0]
    alone = list(run(prepare(wild), SimpleQueue(), saver=savers[1]))
    states = [
        last_good(saver.folder, saved(events), prepare(wild).device).state
        for saver, events in zip(savers, (found, alone), strict=True)
    ]
    for name, weight in states[1]["network"].items():
        assert states[0]["network"][name].equal(weight), name
    assert states[0]["random"]["cpu"].equal(states[1]["random"]["cpu"])
    assert states[0]["step"] == states[1]["step"]


def saved(events: list[Event]) -> list[CheckpointSaved]:
    return [event for event in events if isinstance(event, CheckpointSaved)]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("at", [(1, 2), (0, 3)], ids=["before its epoch was made", "after it was made"])
def test_an_edit_is_that_of_a_run_alone(tmp_path: Path, optimizer: str, at: tuple[int, int]) -> None:
    asked = four(tmp_path, optimizer=optimizer)
    trials, found = trials_of(asked), [[] for _ in asked]  # type: list[Trial], list[list[Event]]
    stack = Counted()
    for number, event in Together(trials, interval_s=0, stack=stack):
        assert not isinstance(event, Exception)
        found[number].append(event)
        if isinstance(event, EpochEnded) and (number, event.epoch) == at:
            trials[1].commands.put(Edit("lr", 0.05))
    assert_the_same(edited(asked[1], (8, "lr", 0.05)), found[1])
    for number in (0, 2, 3):
        assert_the_same(run_all(asked[number]), found[number])
    assert max(stack.sizes[4:]) == 4, "it takes part again in a later epoch"
    if at == (1, 2):
        assert sum(stack.sizes) == 24, "its epoch was made together with the next of another"


def test_a_paused_one_waits_for_its_commands_alone(tmp_path: Path) -> None:
    asked = four(tmp_path)
    trials, order = trials_of(asked), []  # type: list[Trial], list[tuple[int, Event]]
    trials[2].saver = Saver(tmp_path / "saved", every_s=1e9)
    over = 0
    for number, event in Together(trials, interval_s=0):
        assert not isinstance(event, Exception)
        order.append((number, event))
        if number == 2 and isinstance(event, EpochEnded) and event.epoch == 2:
            trials[2].commands.put(Pause())
        over += event is order[-1][1] and type(event).__name__ == "RunEnded"
        if over == 3 and not any(isinstance(e, Advancing) for _, e in order):
            trials[2].commands.put(Advance("step"))
        if isinstance(event, StepProbed):
            trials[2].commands.put(Resume())
    mine = [event for number, event in order if number == 2]
    paused = next(k for k, (_, event) in enumerate(order) if isinstance(event, Paused))
    resumed = next(k for k, (_, event) in enumerate(order) if isinstance(event, Continued))
    assert sum(type(event).__name__ == "RunEnded" for _, event in order[paused:resumed]) == 3
    assert isinstance(order[paused + 1][1], CheckpointSaved), "before the others have their turn"
    assert step_losses(mine) == pytest.approx(step_losses(run_all(asked[2])), rel=1e-6)


def test_held_released_dropped_and_added(tmp_path: Path) -> None:
    asked = four(tmp_path)
    trials = trials_of(asked[:3])
    trials[1].saver = Saver(tmp_path / "saved", every_s=1e9)
    both, found = Together(trials, interval_s=0), [[], [], [], []]  # type: Together, list[list[Event]]

    def go() -> None:
        for number, event in both:
            assert not isinstance(event, Exception)
            found[number].append(event)
            if isinstance(event, EpochEnded) and event.epoch == 3 and number < 2:
                trials[number].hold()

    go()
    assert [len(epochs(events)) for events in found] == [3, 3, 6, 0], "it ends when all others are held"
    assert both.add(Trial(prepare(asked[3]))) == 3
    trials[0].release()
    trials[1].drop()
    go()
    assert ending(found[1]).status == "stopped"
    for number in (0, 2, 3):
        assert_the_same(run_all(asked[number]), found[number])
    point = last_good(tmp_path / "saved", saved(found[1]), prepare(asked[1]).device)
    rest = list(run(prepare(asked[1]), SimpleQueue(), interval_s=0, resume=point))
    whole = step_losses(run_all(asked[1]))
    assert step_losses(found[1]) + step_losses(rest) == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_what_is_resumed_goes_on_in_a_stack(tmp_path: Path, optimizer: str) -> None:
    asked = four(tmp_path, optimizer=optimizer, momentum=0.8, schedule="one_cycle", ema_decay=0.8)
    trials = trials_of(asked)
    for number, trial in enumerate(trials):
        trial.saver = Saver(tmp_path / str(number), every_s=1e9)
    found: list[list[Event]] = [[] for _ in asked]
    for number, event in Together(trials, interval_s=0):
        assert not isinstance(event, Exception)
        found[number].append(event)
        if isinstance(event, EpochEnded) and event.epoch == 3:
            trials[number].drop()
    points = [
        last_good(tmp_path / str(number), saved(events), trials[number].prepared.device)
        for number, events in enumerate(found)
    ]
    stack = Counted()
    again = [Trial(prepare(one), resume=point) for one, point in zip(asked, points, strict=True)]
    rest = together(again, stack)
    assert stack.sizes[-1] == 4
    for one, first, then in zip(asked, found, rest, strict=True):
        whole = run_all(one)
        assert step_losses(first) + step_losses(then) == pytest.approx(step_losses(whole), rel=1e-6)
        last = epochs(then)[-1]
        assert last.val_loss == pytest.approx(epochs(whole)[-1].val_loss, rel=1e-6)


def test_one_that_fails_leaves_the_others(tmp_path: Path) -> None:
    asked = four(tmp_path)
    other = experiment(tmp_path, "binary", ("linear 3",))
    saver = Saver(tmp_path / "other", every_s=0)
    events = list(run(prepare(other), SimpleQueue(), saver=saver))
    point = last_good(saver.folder, saved(events), prepare(other).device)
    trials = trials_of(asked)
    trials[0].resume = point
    found: list[list[Event | Exception]] = [[] for _ in asked]
    for number, event in Together(trials, interval_s=0):
        found[number].append(event)
    assert isinstance(found[0][-1], RunError)
    assert "does not fit" in str(found[0][-1])
    for number in (1, 2, 3):
        assert_the_same(run_all(asked[number]), found[number])  # type: ignore[arg-type]


def test_the_time_of_an_epoch_is_shared(tmp_path: Path) -> None:
    events = together(trials_of(four(tmp_path, epochs=20)))
    seconds = [sum(event.seconds for event in epochs(of_one)) for of_one in events]
    assert max(seconds) < 3 * min(seconds), "the first is not charged for all"
    assert min(min(event.seconds for event in epochs(of_one)) for of_one in events) > 0
