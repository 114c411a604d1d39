"""What is said first, what is not said again, what came of it; and how much work it is."""

from itertools import pairwise

import pytest

from tests.coach.views import BASELINE, STEPS, ended, folded, layer, opening, run_of
from tui_lab.cli.output.summary import closing_text
from tui_lab.coach.advice import PREFIX
from tui_lab.coach.coach import advise, applied
from tui_lab.coach.outcome import outcome
from tui_lab.coach.registry import RULES
from tui_lab.coach.signs import MOST_EPOCHS, MOST_MEASURED, Signs
from tui_lab.protocol.events import EpochEnded, Event, RunEnded
from tui_lab.protocol.history import History
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.steering_events import Edited, Undone

STUCK = [BASELINE] * 12
FAST = [layer(update=0.3)]


def said(*events: Event, dismissed: frozenset[str] = frozenset()) -> str:
    advice = advise(folded([*opening(), *events]), dismissed)
    return advice.rule.name if advice is not None else ""


def epochs(first: int, count: int, val: float, update: float = 0.3) -> list[Event]:
    made: list[Event] = []
    for number in range(first, first + count):
        made.append(LayersMeasured(number * STEPS - 1, number, (layer(update=update),)))
        made.append(ended(number, val, val))
    return made


def edit(step: int, name: str = "lr", why: str = "") -> Edited:
    return Edited(step, step // STEPS, name, 0.01, 0.001, STEPS, why=why)


def test_a_cause_is_said_before_what_follows_from_it() -> None:
    names = [rule.name for rule in RULES]
    view = run_of(STUCK, layers=FAST)
    fired = [rule.name for rule in RULES if rule.look(Signs(view))]
    assert fired == ["update_high", "underfitting"]
    assert said(*epochs(1, 12, BASELINE)) == "update_high"
    order = ["not_finite", "dead", "exploding", "update_high", "lr_high", "overfitting", "plateau"]
    assert all(names.index(a) < names.index(b) for a, b in pairwise(order))


def test_nothing_is_said_about_a_run_that_learns() -> None:
    healthy = run_of([1.0 / n for n in range(1, 30)], [1.05 / n for n in range(1, 30)], [layer()])
    assert advise(healthy) is None
    assert advise(folded(opening())) is None


def test_what_was_dismissed_is_not_said_again() -> None:
    assert said(*epochs(1, 6, 0.9), dismissed=frozenset({"update_high"})) == ""
    assert said(*epochs(1, 9, BASELINE), dismissed=frozenset({"update_high"})) == "underfitting"


def test_what_was_applied_is_not_said_again_unless_it_is_undone() -> None:
    before = epochs(1, 6, 0.9)
    advice = advise(folded([*opening(), *before]))
    assert advice is not None
    assert advice.why.startswith("coach: updates too large: ")
    done = edit(60, why=advice.why)
    assert said(*before, done, *epochs(7, 8, 0.9)) == ""
    assert applied(folded([*opening(), *before, done])) == {"update_high"}
    undone = Undone(60, 6, "lr", 0.01, 0.001, 140, 0, STEPS)
    assert said(*before, done, *epochs(7, 8, 0.9), undone) == "update_high"


def test_the_summary_of_a_run_has_the_last_word_of_the_coach() -> None:
    told = closing_text("some-run", run_of(STUCK, layers=FAST)).splitlines()
    (line,) = (line for line in told if line.startswith("coach "))
    assert "updates too large: a step changes" in line and "-> lr 0.0002" in line
    assert "coach " not in closing_text("some-run", run_of([1.0 / n for n in range(1, 9)]))


def test_only_epochs_since_the_last_edit_speak_for_the_values_in_force() -> None:
    by_hand = edit(60)
    assert said(*epochs(1, 6, 0.9), by_hand) == ""
    assert said(*epochs(1, 6, 0.9), by_hand, *epochs(7, 3, 0.9)) == ""
    assert said(*epochs(1, 6, 0.9), by_hand, *epochs(7, 4, 0.9)) == "update_high"
    assert said(*epochs(1, 6, 0.9), edit(60, "epochs")) == "update_high", "training goes on as before"


def judged(after: float, count: int = 5) -> bool | str | None:
    why = f"{PREFIX}updates too large: a step changes the weights"
    events = [*epochs(1, 6, 0.5), edit(60, why=why), *epochs(7, count, after)]
    found = outcome(folded([*opening(), *events]))
    return "too soon" if found is None else found.helped


def test_an_edit_to_save_time_is_not_judged_by_the_loss() -> None:
    why = f"{PREFIX}overfitting: since epoch 1"
    events = [*epochs(1, 6, 0.5), edit(60, "patience", why), *epochs(7, 9, 0.6)]
    assert outcome(folded([*opening(), *events])) is None


def test_what_came_of_it_is_judged_against_noise_after_some_epochs() -> None:
    assert judged(0.4) is True
    assert judged(0.6) is False
    assert judged(0.49) is None, "less than half the standard error of 400 rows"
    assert judged(0.4, count=4) == "too soon"
    assert outcome(folded([*opening(), *epochs(1, 6, 0.5), edit(60, why="mine"), *epochs(7, 9, 0.4)])) is None


def test_a_long_run_is_no_more_work_than_its_latest_part(monkeypatch: pytest.MonkeyPatch) -> None:
    view = folded(opening(epochs=200_000))
    for number in range(1, 2 * MOST_EPOCHS):
        view.history.append(EpochEnded(number, number * STEPS, 0.9, 0.9, 0.01, 0.1, {}))
    view.layers = [
        LayersMeasured(n * STEPS, n, (layer(),)) for n in range(2 * MOST_EPOCHS - 99, 2 * MOST_EPOCHS)
    ]
    signs = Signs(view)
    assert len(signs.train) == len(signs.val) == MOST_EPOCHS
    assert len(signs.layers) == MOST_MEASURED
    assert (signs.first, signs.done) == (MOST_EPOCHS, 2 * MOST_EPOCHS - 1)
    asked: list[int] = []
    made = History._made
    monkeypatch.setattr(History, "_made", lambda self, place: asked.append(place) or made(self, place))
    for rule in RULES:
        rule.look(Signs(view))
    assert len(asked) <= 3, "the epochs are read as columns"


def test_overfitting_is_told_since_the_best_epoch_however_long_ago() -> None:
    train = [1.0 / n for n in range(1, 2_501)]
    view = run_of(train, [0.3] * 5 + [0.5 + n / 1_000 for n in range(2_495)])
    advice = advise(view)
    assert advice is not None and advice.rule.name == "overfitting"
    assert "since epoch 1 the validation loss has risen by" in advice.finding.evidence


def test_after_an_edit_of_the_rate_the_one_before_it_is_proposed() -> None:
    view = folded([
        *opening(lr=0.005), *epochs(1, 6, 0.5), Edited(60, 7, "lr", 0.005, 100.0, 1),
        RunEnded("diverged", "diverged: the loss of step 63 is not finite"),
    ])  # fmt: skip
    advice = advise(view)
    assert advice is not None and advice.finding.edits == (("lr", 0.005),)


def test_a_run_that_diverges_in_its_first_epoch_has_gone_wrong_in_that() -> None:
    view = folded([*opening(lr=100.0), RunEnded("diverged", "diverged: the loss of step 3 is not finite")])
    advice = advise(view)
    assert advice is not None
    assert advice.finding.epochs == (1, 1)
    assert advice.finding.edits == (("lr", 0.01),), "not 1, which is 100 times less and far too much"
