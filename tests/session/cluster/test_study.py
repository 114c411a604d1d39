import time
from dataclasses import replace
from math import nan
from threading import Thread

import pytest

from tests.session.cluster.helpers import tiny_experiment, tiny_sweep
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster import filling
from tui_lab.session.cluster.claims import Claims
from tui_lab.session.cluster.database import Database, connect
from tui_lab.session.cluster.filling import MOST_LOST, fill
from tui_lab.session.cluster.link import TrialLink
from tui_lab.session.cluster.study import Study, create_or_join, find, names
from tui_lab.session.cluster.trials import by_number, ended, planned


def trials_of(study: Study) -> dict[int, list]:
    return by_number(study.database.storage.get_all_trials(study.study_id))


def test_the_same_sweep_joins_and_another_is_refused(database: Database) -> None:
    create_or_join(database, "same", tiny_sweep())
    assert create_or_join(database, "same", tiny_sweep()).sweep == tiny_sweep()
    other = tiny_sweep().model_copy(update={"experiment": tiny_experiment(batch_size=10)})
    with pytest.raises(InputError, match="'same' holds another experiment"):
        create_or_join(database, "same", other)
    with pytest.raises(InputError, match=r"has axes lr=0.001..0.1:log"):
        create_or_join(database, "same", tiny_sweep(axes=(Axis(name="lr", values=(0.1, 0.2)),)))
    assert "same" in names(database)


def test_more_trials_are_added_to_a_study(database: Database) -> None:
    study = create_or_join(database, "more", tiny_sweep(trials=2))
    assert fill(study) == 2
    assert fill(create_or_join(database, "more", tiny_sweep(trials=5))) == 5
    assert sorted(trials_of(study)) == [0, 1, 2, 3, 4]


def test_an_unknown_study_is_refused(database: Database) -> None:
    create_or_join(database, "known", tiny_sweep())
    with pytest.raises(
        InputError, match=r"no such study in the database postgres.*\(did you mean 'known'\?\)"
    ):
        find(database, "knwon")


def test_a_study_of_another_program_is_refused(database: Database) -> None:
    import optuna

    optuna.create_study(study_name="foreign", storage=database.storage)
    with pytest.raises(InputError, match="not a sweep of tui-lab"):
        find(database, "foreign")


@pytest.mark.parametrize("address", ["postgresql://ann@/lab?host=/nowhere", "postgresql://127.0.0.1:1/lab"])
def test_an_unreachable_database_is_refused_within_seconds(address: str) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=r"database lab on .*: cannot be reached: "):
        connect(address)
    assert time.monotonic() - began < 10


def test_filling_again_adds_nothing(database: Database) -> None:
    study = create_or_join(database, "filled", tiny_sweep(trials=6, seeds=3))
    assert fill(study) == 6 and fill(study) == 6
    held = trials_of(study)
    assert {number: len(trials) for number, trials in held.items()} == dict.fromkeys(range(6), 1)
    plans = [planned(held[number][0]) for number in range(6)]
    assert [plan.seed for plan in plans if plan] == [0, 1, 2, 0, 1, 2]
    assert [plan.combination for plan in plans if plan] == [0, 0, 0, 1, 1, 1]
    assert plans[0] and plans[1] and plans[0].values == plans[1].values


def test_a_large_study_is_added_bit_by_bit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_MOST_ADDED", 4)
    study = create_or_join(database, "large", tiny_sweep(trials=10))
    claims = Claims(study, "box:1", "box")
    taken = []
    while (plan := claims.take()) is not None:
        taken.append(plan.number)
        if len(taken) == 4:
            assert len(trials_of(study)) == 4
    assert taken == list(range(10))


def test_each_trial_is_taken_once(database: Database) -> None:
    study = create_or_join(database, "taken", tiny_sweep(trials=24))
    taken: list[int] = []

    def take() -> None:
        claims = Claims(study, "box:1", "box")
        while (plan := claims.take()) is not None:
            taken.append(plan.number)

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(24))


def test_how_a_trial_ended_is_kept(database: Database) -> None:
    study = create_or_join(database, "ended", tiny_sweep(trials=2))
    claims = Claims(study, "box:1", "box")
    ends = [
        TrialEnded(0, "finished", 3, 0.5, 2, {"loss": 0.5}),
        TrialEnded(1, "diverged", 1, nan, 0, message="the loss is not a number"),
    ]
    for end in ends:
        plan = claims.take()
        assert plan is not None and TrialLink(study, plan, lambda _: None).end(end)
    assert claims.take() is None and claims.left == 0
    held = trials_of(study)
    assert repr([ended(held[number][0]) for number in range(2)]) == repr(ends)
    assert [held[number][0].state.name for number in range(2)] == ["COMPLETE", "FAIL"]


def test_a_trial_that_loses_its_workers_is_given_up(database: Database) -> None:
    study = create_or_join(database, "lost", tiny_sweep(trials=1))
    from optuna.trial import TrialState

    for _ in range(MOST_LOST):
        plan = Claims(study, "box:1", "box").take()
        assert plan is not None and plan.number == 0
        database.storage.set_trial_state_values(plan.trial_id, TrialState.FAIL)
    assert Claims(study, "box:1", "box").take() is None
    end = ended(trials_of(study)[0][-1])
    assert end is not None and end.status == "failed" and "3 workers were lost" in end.message


def test_a_released_trial_does_not_count_as_lost(database: Database) -> None:
    study = create_or_join(database, "released", tiny_sweep(trials=1))
    for _ in range(MOST_LOST + 1):
        plan = Claims(study, "box:1", "box").take()
        assert plan is not None and plan.tries == 0
        TrialLink(study, plan, lambda _: None).release()


def test_nothing_is_added_to_a_stopped_study(database: Database) -> None:
    study = create_or_join(database, "stopped", tiny_sweep(trials=3))
    study.ask(lambda now: replace(now, stopped=True))
    assert Claims(study, "box:1", "box").take() is None
