"""In what experiments differ."""

from tests.journals import fold
from tests.runs.samples import experiment, opening
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import Event, Record, RunStarted
from tui_lab.protocol.steering_events import Edited
from tui_lab.protocol.view import RunView
from tui_lab.runs.index.comparison import differing, setting_text


def view(asked: Experiment, *events: Event) -> RunView:
    begun = [RunStarted(asked, {}), *opening()[1:], *events]
    return fold([Record(k, 0.0, event) for k, event in enumerate(begun, 1)])


def asked(**hyper: object) -> Experiment:
    base = experiment()
    return base.model_copy(update={"hyperparameters": base.hyperparameters.model_copy(update=hyper)})


def test_only_what_differs_is_told_in_the_order_of_the_runs() -> None:
    views = [view(asked(lr=0.1, dropout=0.5)), view(asked(lr=0.2, dropout=0.5)), view(asked(lr=0.1))]
    found = differing(views)
    assert set(found) == {"lr", "dropout"}
    assert [asked for asked, _ in found["lr"]] == [0.1, 0.2, 0.1]
    assert differing(views[:1]) == {}
    assert differing([]) == {}
    assert differing([view(asked()), view(asked())]) == {}


def test_layers_and_data_count_too() -> None:
    wide = asked()
    wide = wide.model_copy(update={"model": wide.model.model_copy(update={"layers": ("linear 64",)})})
    found = differing([view(asked()), view(wide)])
    assert list(found) == ["model.layers"]
    assert setting_text(found["model.layers"][1]) == "linear 64"


def test_a_fork_that_keeps_the_rows_of_its_parent_does_not_differ_in_them() -> None:
    fork = asked(lr=0.1)
    split = fork.data.split.model_copy(update={"seed": fork.hyperparameters.seed})
    fork = fork.model_copy(update={"data": fork.data.model_copy(update={"split": split})})
    assert differing([view(asked(lr=0.1)), view(fork)]) == {}


def test_an_edited_value_differs_from_the_same_left_alone() -> None:
    edited = view(asked(lr=0.1), Edited(3, 1, "lr", 0.1, 0.01, 4))
    found = differing([view(asked(lr=0.1)), edited])
    assert [setting_text(value) for value in found["lr"]] == ["0.1", "0.1→0.01"]


def test_a_run_that_never_began_has_no_settings() -> None:
    found = differing([view(asked()), RunView()])
    assert [setting_text(value) for value in found["lr"]][1] == "–"


def test_booleans_are_written_as_in_a_preset() -> None:
    assert setting_text((True, True)) == "true"
    assert setting_text((["a", "b"], ["a", "b"])) == "a, b"
