from math import nan

from tests.session.cluster.helpers import tiny_sweep
from tests.session.cluster.test_study import trials_of
from tests.waiting import until
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.claims import Claims
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.link import TrialLink, Verdict
from tui_lab.session.cluster.study import Study, create_or_join, looks
from tui_lab.session.cluster.trials import Planned


def taken(study: Study) -> Planned:
    plan = Claims(study, "box:1", "box").take()
    assert plan is not None
    return plan


def test_who_was_taken_for_lost_hears_it_and_says_nothing_more(database: Database) -> None:
    from optuna.trial import TrialState

    study = create_or_join(database, "cut off", tiny_sweep(trials=1))
    plan, verdicts = taken(study), list[Verdict]()
    link = TrialLink(study, plan, verdicts.append)
    with link:
        link.report(1, 0.5)
        database.storage.set_trial_state_values(plan.trial_id, TrialState.FAIL)
        until(lambda: verdicts == ["lost"])
    assert not link.end(TrialEnded(0, "finished", 3, 0.5, 2))
    again = taken(study)
    assert TrialLink(study, again, lambda _: None).end(TrialEnded(0, "finished", 3, 0.25, 2))
    assert [trial.state.name for trial in trials_of(study)[0]] == ["FAIL", "COMPLETE"]


def test_the_hopeless_is_given_up_after_the_warm_up(database: Database) -> None:
    study = create_or_join(database, "halved", tiny_sweep(trials=4, epochs=9, stop="asha", warm_up=2))
    assert looks(study.sweep) == {2, 6}
    for value in (0.1, 0.2, 0.3):
        with TrialLink(study, taken(study), lambda _: None) as link:
            link.report(2, value)
    with TrialLink(study, taken(study), lambda _: None) as link:
        assert link.report(1, 9.0) == "go_on"
        link.report(2, 9.0)
        until(lambda: link.verdict == "give_up")


def test_the_kept_is_not_given_up(database: Database) -> None:
    from dataclasses import replace

    study = create_or_join(database, "kept", tiny_sweep(trials=4, epochs=9, stop="asha", warm_up=1))
    study.ask(lambda now: replace(now, kept=(3,)))
    for value in (0.1, 0.2, 0.3, 9.0):
        plan = taken(study)
        with TrialLink(study, plan, lambda _: None) as link:
            link.report(1, value)
            until(lambda n=plan.number: bool(trials_of(study)[n][0].intermediate_values))  # type: ignore[misc]
    assert plan.number == 3 and link.verdict == "go_on"


def test_what_has_no_value_is_over_all_the_same(database: Database) -> None:
    study = create_or_join(database, "no value", tiny_sweep(trials=1))
    assert TrialLink(study, taken(study), lambda _: None).end(TrialEnded(0, "finished", 3, nan, 0))
    claims = Claims(study, "box:1", "box")
    assert claims.take() is None and claims.left == 0
