"""Leading a sweep: every trial is trained once, whatever happens meanwhile."""

from collections.abc import Callable, Sequence
from contextlib import closing
from math import isnan
from pathlib import Path

import pytest

from tests.session.sweeps.made import EPOCHS, FakeWorker, a_sweep, begun, loss_of
from tui_lab.experiment.code import NO_CODE
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
)
from tui_lab.protocol.sweeps.events import (
    SweepEvent,
    SweepRecord,
    SweepResumed,
    TrialAdded,
    TrialEnded,
    TrialKept,
    TrialReached,
    TrialsMeasured,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.sweeps.folder import SweepFolder
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.runs.sweeps.reading import open_sweep
from tui_lab.session.sweeps import crew
from tui_lab.session.sweeps import leader as leading
from tui_lab.session.sweeps.judge import look_at, next_until
from tui_lab.session.sweeps.leader import Leader
from tui_lab.sweep.stop_rule import Look, Verdict


class GivesUp:
    """Looks every three epochs, and gives up the trials with bad numbers; waits for all before."""

    def next_look(self, epoch: int) -> int | None:
        return epoch // 3 * 3 + 3 if epoch < 12 else None

    def verdict(self, look: Look) -> Verdict:
        if any(cost is None for cost in look.others.values()):
            return "wait"
        return "give_up" if look.cost > 4 else "go_on"


class Led:
    """A sweep led in this thread. `when`: calls by the number of times the leader looked for news."""

    def __init__(self, root: Path, sweep: Sweep, workers: Sequence[FakeWorker]) -> None:
        self.folder, self.view, self.journal = begun(root, sweep)
        self.workers = list(workers)
        self.leader = Leader(self.folder, self.view, self.journal, workers, 1, NO_CODE)  # type: ignore[arg-type]

    def lead(self, when: dict[int, Callable[[], None]] | None = None) -> SweepView:
        times = 0
        before = self.leader._look_at_the_time

        def look() -> None:
            nonlocal times
            times += 1
            if when and times in when:
                when[times]()
            assert times < 20_000, "it stands still"
            before()

        self.leader._look_at_the_time = look  # type: ignore[method-assign]
        with closing(self.leader):
            self.leader.lead()
        self.journal.close()
        return self.view


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "_TICK_S", 0.001)


def workers(count: int = 2) -> list[FakeWorker]:
    return [FakeWorker(number) for number in range(1, count + 1)]


def trained(fakes: Sequence[FakeWorker]) -> list[tuple[int, int]]:
    return sorted(pair for fake in fakes for pair in fake.trained)


def statuses(view: SweepView) -> list[str]:
    return [trial.status for trial in view.trials]


def test_every_trial_is_trained_once_to_its_end(tmp_path: Path) -> None:
    fakes = workers()
    view = Led(tmp_path, a_sweep(trials=6), fakes).lead()
    assert trained(fakes) == [(trial, epoch) for trial in range(6) for epoch in range(1, EPOCHS + 1)]
    assert all(len(fake.trained) >= 2 * EPOCHS for fake in fakes), "both had work"
    assert statuses(view) == ["finished"] * 6
    assert (view.status, view.message) == ("finished", "6 trials: 6 finished")
    best = view.best()
    assert best is not None
    assert best.number == 0
    assert best.best == loss_of(0, EPOCHS)
    assert all(fake.dismissed for fake in fakes)


def test_combinations_have_all_seeds_and_no_more_trials_than_that(tmp_path: Path) -> None:
    view = Led(tmp_path, a_sweep(trials=5, seeds=3), workers()).lead()
    assert [(trial.combination, trial.seed) for trial in view.trials] == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2),
    ]  # fmt: skip
    assert view.trials[0].values == view.trials[2].values != view.trials[3].values


def test_what_is_read_from_the_folder_is_what_was_seen(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(), workers())
    view = led.lead()
    read, _, _ = open_sweep(led.folder)
    assert read.trials == view.trials
    assert (read.status, read.message, read.seq) == (view.status, view.message, view.seq)


def test_hopeless_trials_are_given_up_whoever_trains_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "make_stop_rule", lambda _: GivesUp())
    found = []
    for count in (1, 2, 5):
        view = Led(tmp_path, a_sweep(trials=14, stop="asha"), workers(count)).lead()
        found.append([(trial.status, trial.epoch) for trial in view.trials])
    bad = [trial * 5 % 7 >= 4 for trial in range(14)]
    assert found[0] == [("given_up", 3) if each else ("finished", EPOCHS) for each in bad]
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_a_trial_that_was_given_up_goes_on_if_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "make_stop_rule", lambda _: GivesUp())
    led = Led(tmp_path, a_sweep(trials=6, stop="asha"), workers(1))

    def keep() -> None:
        given_up = next(trial for trial in led.view.trials if trial.status == "given_up")
        led.leader.obey(KeepTrial(given_up.number))

    view = led.lead({60: keep})
    kept = [trial for trial in view.trials if trial.kept]
    assert [(trial.status, trial.epoch) for trial in kept] == [("finished", EPOCHS)]
    [order] = [o for o in led.workers[0].orders if getattr(o, "run_id", "")]
    assert order.run_id == f"run-{kept[0].number}", "its run goes on"  # type: ignore[union-attr]


def test_a_trial_that_is_dropped_ends_and_the_others_do_not(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=5), workers(1))
    view = led.lead({3: lambda: [led.leader.obey(DropTrial(n)) for n in (0, 1, 4)]})  # type: ignore[dict-item,return-value]
    assert statuses(view) == ["dropped", "dropped", "finished", "finished", "dropped"]
    assert view.trials[0].message == "dropped on request"
    assert {trial for trial, _ in led.workers[0].trained} <= {0, 2, 3}


def test_nothing_is_trained_while_it_is_paused(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=4), workers())
    seen: list[int] = []

    def note(command: object = None) -> None:
        if command is not None:
            led.leader.obey(command)  # type: ignore[arg-type]
        seen.append(len(trained(led.workers)))

    view = led.lead({5: lambda: note(PauseSweep()), 8: note, 60: note, 61: lambda: note(ContinueSweep())})
    assert seen[1] == seen[2] > 0
    assert statuses(view) == ["finished"] * 4


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=6), workers())
    view = led.lead({40: lambda: led.leader.obey(StopSweep())})
    assert view.status == "stopped"
    assert view.message.startswith("stopped on request; 6 trials: ")
    assert "stopped" in statuses(view)
    finished = [trial.number for trial in view.trials if trial.status == "finished"]
    again = resumed(led.folder, fakes := workers())
    assert statuses(again) == ["finished"] * 6
    assert not {trial for trial, _ in trained(fakes)} & set(finished), "none is trained again"
    run_ids = {o.trial: o.run_id for fake in fakes for o in fake.orders if hasattr(o, "run_id")}
    assert run_ids[view.trials[0].number if not finished else max(finished) + 1], "its own run goes on"


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=6), workers())

    def die() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        led.lead({50: die})
    whole = led.folder.journal.read_bytes()
    led.folder.journal.write_bytes(whole[:-7])  # it was killed while it wrote a line
    again = resumed(led.folder, workers())
    assert statuses(again) == ["finished"] * 6
    assert [trial.best for trial in again.trials] == [loss_of(trial, EPOCHS) for trial in range(6)]


def resumed(folder: SweepFolder, fakes: list[FakeWorker]) -> SweepView:
    view, _, _ = open_sweep(folder)
    with SweepJournal.open(folder.journal, view.seq) as journal:
        view.apply(journal.append(SweepResumed({}, 2)))
        with closing(Leader(folder, view, journal, fakes, 1, NO_CODE)) as leader:  # type: ignore[arg-type]
            leader.lead()
    return view


def test_a_trial_taken_up_from_before_a_look_is_judged_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class GivesUpAtNine(GivesUp):
        def verdict(self, look: Look) -> Verdict:
            return "give_up" if look.epoch == 9 else "go_on"

    monkeypatch.setattr(leading, "make_stop_rule", lambda _: GivesUpAtNine())
    folder, view, journal = begun(tmp_path, a_sweep(trials=1, stop="asha"))
    events: list[SweepEvent] = [TrialAdded(0, 0, {"lr": 0.01, "momentum": 0.9}, 0)]
    events += [TrialReached(0, epoch, loss_of(0, epoch)) for epoch in (3, 6, 9)]
    events += [TrialsMeasured((0,), (2,), (loss_of(0, 2),))]  # its checkpoint was older than what it reached
    with journal:
        for event in events:
            view.apply(journal.append(event))
    again = resumed(folder, workers(1))
    assert [(trial.status, trial.epoch) for trial in again.trials] == [("given_up", 9)]
    assert again.trials[0].message == "given up after 9 epochs (asha)"


def test_a_dead_worker_is_replaced_and_its_trials_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes = [FakeWorker(1, dies_at=10), FakeWorker(2)]
    new: list[FakeWorker] = []
    monkeypatch.setattr(crew, "WorkerProcess", replaced_by(new))
    view = Led(tmp_path, a_sweep(trials=4), fakes).lead()
    assert statuses(view) == ["finished"] * 4
    assert new
    assert "worker 1 ended unexpectedly" in view.notes[0]


def test_a_trial_that_kills_its_worker_twice_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new: list[FakeWorker] = []
    monkeypatch.setattr(crew, "WorkerProcess", replaced_by(new, dies_at=[10]))
    view = Led(tmp_path, a_sweep(trials=4), [FakeWorker(1, dies_at=10)]).lead()
    assert statuses(view) == ["failed", "finished", "finished", "finished"]
    assert "twice" in view.trials[0].message
    assert isnan(view.trials[0].best)


def test_a_sweep_whose_workers_do_nothing_but_die_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new: list[FakeWorker] = []
    monkeypatch.setattr(crew, "WorkerProcess", replaced_by(new, dies_at=[0] * 100))
    view = Led(tmp_path, a_sweep(trials=100), [FakeWorker(1, dies_at=0)]).lead()
    assert view.status == "failed"
    assert "ended one after the other" in view.message
    assert len(new) < 20


def test_where_there_are_no_further_combinations_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    led = Led(tmp_path, a_sweep(trials=10), workers())
    few = iter([{"lr": 0.1, "momentum": 0.8}, {"lr": 0.2, "momentum": 0.8}])
    led.leader._planner._sampler.ask = lambda: next(few, None)  # type: ignore[method-assign]
    view = led.lead()
    assert statuses(view) == ["finished"] * 2
    assert view.notes == ["there are no further combinations: 2 trials are all"]
    assert view.sweep is not None
    assert view.sweep.trials == 2


def test_an_end_that_is_reported_twice_counts_once(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=3), workers(1))
    again = TrialEnded(0, "failed", 1, 0.0, 1)
    view = led.lead({40: lambda: led.leader._take(led.workers[0], again)})  # type: ignore[arg-type]
    assert statuses(view) == ["finished"] * 3


def test_what_the_stop_rule_sees_are_trials_with_smaller_numbers(tmp_path: Path) -> None:
    _, view, _ = begun(tmp_path, a_sweep())
    events: list[SweepEvent] = [TrialAdded(number, number, {}, 0) for number in range(6)]
    events += [TrialReached(0, 3, 0.5), TrialReached(3, 3, 0.7), TrialReached(3, 9, 0.6), TrialKept(1)]
    events += [TrialEnded(2, "diverged", 1, 0.9, 1), TrialEnded(0, "finished", 27, 0.1, 20)]
    events += [TrialReached(5, 3, 0.1)]
    view.apply_all(SweepRecord(number, 0.0, event) for number, event in enumerate(events, 2))
    assert look_at(view, view.trials[3], 3) == Look(3, 3, 0.7, {0: 0.5})
    assert look_at(view, view.trials[5], 3) == Look(5, 3, 0.1, {0: 0.5, 3: 0.7, 4: None})
    assert next_until(view.trials[3], GivesUp()) == 3, "the rule has not said that it goes on"
    view.apply(SweepRecord(99, 0.0, TrialsMeasured((3,), (4,), (0.7,))))
    assert next_until(view.trials[3], GivesUp()) == 6
    assert next_until(view.trials[1], GivesUp()) is None, "it is kept"


def replaced_by(made: list[FakeWorker], dies_at: Sequence[float] = ()) -> type:
    """What takes the place of processes: workers, of which the first ones die."""
    deaths = list(dies_at)

    class Replacement(FakeWorker):
        def __init__(self, number: int) -> None:
            super().__init__(number, deaths.pop(0) if deaths else float("inf"))
            made.append(self)

    return Replacement


def test_more_trials_can_be_asked_for_and_lie_beyond_an_edge(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=3), workers())
    wider = Axis(name="lr", low=1e-4, high=10.0, log=True)
    view = led.lead(
        {5: lambda: led.leader.obey(MoreTrials(2)), 6: lambda: led.leader.obey(MoreTrials(3, wider))}
    )
    assert len(view.trials) == 8
    assert statuses(view) == ["finished"] * 8
    assert sum(float(trial.values["lr"]) > 0.1 for trial in view.trials) >= 3
    assert view.sweep is not None
    assert view.sweep.axis("lr") == wider


def test_an_axis_takes_further_values(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=40), workers())
    axis = Axis(name="momentum", values=(0.8, 0.9, 0.95))
    nothing = Axis(name="dropout", values=(0.1,))

    def change() -> None:
        led.leader.obey(ChangeAxis(nothing))
        led.leader.obey(ChangeAxis(axis))
        led.leader.obey(MoreTrials(40))

    view = led.lead({2: change})
    assert {trial.values["momentum"] for trial in view.trials} == {0.8, 0.9, 0.95}
    assert view.notes == ["dropout is not an axis of this sweep"]


def test_a_sweep_ends_when_its_time_is_used_up(tmp_path: Path) -> None:
    led = Led(tmp_path, a_sweep(trials=50, budget_s=1e-9), workers())
    view = led.lead()
    assert view.status == "stopped"
    assert "its time is used up; 50 trials: " in view.message
    assert sum(trial.over for trial in view.trials) < 50
    assert resumed(led.folder, workers()).status == "stopped", "each time it gets as much again"


def test_values_that_no_experiment_can_have_fail_alone(tmp_path: Path) -> None:
    axes = (Axis(name="width1", values=(4, 8)), Axis(name="dropout", low=0.0, high=1.0))
    led = Led(tmp_path, a_sweep(axes=axes, trials=3), workers())
    led.leader._planner._sampler.ask = iter(  # type: ignore[method-assign]
        [{"width1": 4, "dropout": 0.1}, {"width1": 8, "dropout": 1.0}, {"width1": 8, "dropout": 0.2}]
    ).__next__
    view = led.lead()
    assert statuses(view) == ["finished", "failed", "finished"]
    assert "dropout" in view.trials[1].message
